//! No response is for a request: the answer says which one came nearest, and why it is not it.

use buffy_core::facts::Facts;
use serde_json::Value as Json;

use super::case::Case;
use super::verdict::Verdict;
use super::whose::Whose;
use crate::journal::Closest;
use crate::plugin::{Answer, Asked, Content};

/// As where there is no endpoint at all; where that is JSON, `closest` is added.
pub(super) fn verdict<'a>(case: Case<'a>, whose: &Whose, asked: &Asked<'_>) -> Verdict<'a> {
    let closest = closest(case, whose, asked.facts);
    let (reply, made) = case.site.no_endpoint.make_or(&case.site.not_found, asked);
    let status = made.answer.status.unwrap_or(reply.status);
    let mut fields = b"Cache-Control: no-store\r\n".to_vec();
    fields.extend_from_slice(reply.content_type());
    fields.extend_from_slice(&made.answer.fields);
    let content = match (made.answer.content, &closest) {
        (Content::Bytes(bytes), Some(closest)) => Content::Bytes(with_closest(bytes, closest)),
        (Content::Shared(bytes), Some(closest)) => {
            Content::Bytes(with_closest(bytes.to_vec(), closest))
        }
        (content, _) => content,
    };
    let answer = Answer {
        status: Some(status),
        fields,
        content,
    };
    let reply = &case.answering.of_source;
    let made = reply.made(answer, asked.facts);
    let mut verdict = Verdict::of(reply, made, case.answering.unmatched);
    verdict.closest = closest;
    verdict
}

fn closest(case: Case<'_>, whose: &Whose, facts: &Facts<'_>) -> Option<Closest> {
    let id = &case.endpoint.settings.id;
    let tally = whose.session.look(id).tally;
    let nearest = case.answering.sheet.nearest(facts, &tally)?;
    Some(Closest {
        endpoint: id.clone(),
        response: nearest.name,
        failed: nearest.failed.clause,
        got: nearest.failed.got,
    })
}

fn with_closest(content: Vec<u8>, closest: &Closest) -> Vec<u8> {
    let Ok(Json::Object(mut object)) = serde_json::from_slice(&content) else {
        return content;
    };
    let closest = serde_json::json!({
        "endpoint": closest.endpoint,
        "response": closest.response,
        "failed": closest.failed,
        "got": closest.got,
    });
    object.insert("closest".to_owned(), closest);
    format!("{}\n", Json::Object(object)).into_bytes()
}
