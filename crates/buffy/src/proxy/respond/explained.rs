//! Why a request would be answered as it would be: every response, and the first condition of each
//! that does not hold. Nothing is served and nothing is counted.

use std::cell::RefCell;

use buffy_core::dice::Dice;
use buffy_core::facts::Facts;
use buffy_core::reply::{Trace, Why};
use serde_json::{Value as Json, json};

use super::body::Taken;
use super::case::Case;
use super::whose::Whose;
use super::wishes::Wishes;
use crate::plugin::{Answer, Content};
use crate::proxy::request::Request;

/// The answer to `X-Buffy-Explain: 1`.
pub(super) fn trace(
    case: Case<'_>,
    whose: &Whose,
    request: &Request,
    body: &Taken,
    wishes: &Wishes,
) -> Answer {
    let id = case.endpoint.settings.id.as_str();
    let look = whose.session.look(id);
    let seed = case.worker.process.answering.sessions.seed();
    let trace = whose.with_facts(case, request, body, |facts| {
        let dice = RefCell::new(Dice::new(seed, whose.session.id(), id, look.count));
        let facts = Facts {
            count: look.count,
            state: &look.state,
            dice: Some(&dice),
            ..facts
        };
        let sheet = &case.answering.sheet;
        sheet.explain(&facts, &look.tally, look.pin.as_ref(), wishes.reply)
    });
    let shown = shown(case, whose, look.count, &trace);
    Answer {
        status: Some(200),
        fields: b"Content-Type: application/json\r\nCache-Control: no-store\r\n".to_vec(),
        content: Content::Bytes(format!("{shown:#}\n").into_bytes()),
    }
}

fn shown(case: Case<'_>, whose: &Whose, count: u64, trace: &Trace) -> Json {
    let named = |index: usize| {
        let reply = case.endpoint.replies.get(index);
        reply.map(|reply| reply.name.as_str())
    };
    let chosen = trace.choice.response.and_then(named);
    let why = match trace.choice.why {
        Why::Conditions => "its conditions hold",
        Why::Pinned => "an operator pinned it",
        Why::Asked => "the request asks for it",
        Why::Nothing if case.answering.source.is_some() => {
            "no response is for it: the data answers"
        }
        Why::Nothing => "no response is for it",
    };
    let tried = trace.tried.iter().map(|tried| {
        let line = case.endpoint.settings.responses.get(tried.response);
        let failed = tried.failed.as_ref();
        json!({
            "response": tried.name,
            "line": line.map(|response| response.line),
            "holds": failed.is_none(),
            "failed": failed.map(|failed| &failed.clause),
            "got": failed.map(|failed| &failed.got),
        })
    });
    json!({
        "endpoint": case.endpoint.settings.id,
        "session": whose.session_id,
        "count": count,
        "response": chosen,
        "why": why,
        "tried": tried.collect::<Vec<_>>(),
    })
}
