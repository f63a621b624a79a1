//! No response is for a request: the answer says which one came nearest, and why it is not it.

use buffy_core::facts::Facts;
use buffy_core::reply;
use serde_json::Value as Json;

use super::case::Case;
use super::verdict::Verdict;
use super::whose::Whose;
use crate::journal::Closest;
use crate::plugin::{Answer, Asked, Content};
use crate::proxy::request::Request;
use crate::proxy::site::{Kind, Site};

/// Endpoints of which the paths are compared: a request that is for nobody is not to cost much.
const LOOKED_AT_MAX: usize = 500;

/// As where there is no endpoint at all; where that is JSON, `closest` is added.
pub(super) fn verdict<'a>(case: Case<'a>, whose: &Whose, asked: &Asked<'_>) -> Verdict<'a> {
    let closest = closest(case, whose, asked.facts);
    let (reply, made) = case.site.no_endpoint.make_or(&case.site.not_found, asked);
    let status = made.answer.status.unwrap_or(reply.status);
    let mut fields = b"Cache-Control: no-store\r\n".to_vec();
    fields.extend_from_slice(reply.content_type());
    fields.extend_from_slice(made.said(reply));
    let content = match &closest {
        Some(closest) => with_closest(made.answer.content, closest),
        None => made.answer.content,
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

/// The endpoint whose path is nearest to that of a request for which there is none.
pub(super) fn near(site: &Site, request: &Request) -> Option<Closest> {
    let answering = site.endpoints.iter().take(LOOKED_AT_MAX);
    let answering = answering.filter(|endpoint| matches!(endpoint.kind, Kind::Answering(_)));
    let settings: Vec<_> = answering.map(|endpoint| &endpoint.settings).collect();
    let path = request.head.path();
    let near = reply::near(path, settings.iter().map(|endpoint| endpoint.path.as_str()))?;
    let near = settings.get(near)?;
    let response = near.responses.first();
    Some(Closest {
        endpoint: near.id.clone(),
        response: response.map_or_else(String::new, |response| response.name.clone()),
        failed: format!("path={}", near.path),
        got: path.into(),
    })
}

/// Content that is a JSON object gets one more member.
pub(super) fn with_closest(content: Content, closest: &Closest) -> Content {
    let bytes = match &content {
        Content::Bytes(bytes) => bytes.as_slice(),
        Content::Shared(bytes) => bytes,
        Content::Nothing | Content::File { .. } | Content::Flow(_) | Content::Upgrade(_) => {
            return content;
        }
    };
    let Ok(Json::Object(mut object)) = serde_json::from_slice(bytes) else {
        return content;
    };
    let closest = serde_json::json!({
        "endpoint": closest.endpoint,
        "response": closest.response,
        "failed": closest.failed,
        "got": closest.got,
    });
    object.insert("closest".to_owned(), closest);
    Content::Bytes(format!("{}\n", Json::Object(object)).into_bytes())
}
