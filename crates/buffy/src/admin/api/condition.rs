//! `If-Match` (RFC 9110, section 13.1.1): a change that is meant for a gate as it was seen.

use axum::http::{HeaderMap, HeaderValue, header};
use axum::response::Response;

use crate::admin::Control;
use crate::admin::problem::{Problem, bad};

/// The answer, with the tag of a gate that has changed so often.
pub(super) fn tagged(control: &Control, generation: u64, mut response: Response) -> Response {
    let tag = format!("{}{generation}\"", prefix(control));
    if let Ok(tag) = HeaderValue::from_str(&tag) {
        response.headers_mut().insert(header::ETAG, tag);
    }
    response
}

/// Of another process tags are other ones: counting begins anew there.
fn prefix(control: &Control) -> String {
    format!("\"{:x}-", control.started_ms)
}

/// The generations that a change is meant for; none where any will do.
pub(super) fn wanted(control: &Control, fields: &HeaderMap) -> Result<Option<Vec<u64>>, Problem> {
    let mut wanted = None;
    for value in fields.get_all(header::IF_MATCH) {
        let text = value.to_str().unwrap_or_default();
        for one in text.split(',').map(str::trim) {
            if one == "*" {
                return Ok(None);
            }
            if !(one.len() >= 2 && one.starts_with('"') && one.ends_with('"')) {
                return Err(bad(
                    "`If-Match` is no list of tags; send the `ETag` of `GET gates/ID` as it is.",
                ));
            }
            let generation: Option<u64> = one
                .strip_prefix(&prefix(control))
                .and_then(|rest| rest.strip_suffix('"'))
                .and_then(|number| number.parse().ok());
            wanted.get_or_insert_with(Vec::new).extend(generation);
        }
    }
    Ok(wanted)
}
