//! A `respond` or `data` endpoint, made ready.

use std::sync::Arc;

use buffy_core::config::{Answers, CallBody, Response, Step};
use buffy_core::delay::Delay;
use buffy_core::facts::Needs;
use buffy_core::reply::Sheet;
use buffy_core::route::Params;

use super::reply::Reply;
use super::site::Endpoint;
use crate::journal::{Journal, Subject};
use crate::plugin::{ENDPOINTS, Making, Source};

/// What the answers of a data endpoint's source are called, where responses have a name.
pub(super) const OF_SOURCE: &str = "data";

/// An endpoint that answers by itself, made ready.
pub struct Answering {
    pub settings: Answers,
    pub sheet: Sheet,
    pub params: Params,
    /// What answers where no response does.
    pub source: Option<Arc<dyn Source>>,
    /// With what its answers begin.
    pub(super) of_source: Reply,
    /// As what its answers are counted.
    pub(super) of_source_subject: Subject,
    /// The index of the reply where what was asked for is not there.
    pub(super) not_found: usize,
    /// The configuration has one.
    pub(super) has_not_found: bool,
    /// As what requests are counted that nothing is for.
    pub(super) unmatched: Subject,
    /// The response that answers every request, and needs nothing but its line.
    plain: Option<usize>,
    /// What rules look at, and whatever a response leaves behind.
    needs: Needs,
    /// Replies of which what they look at changes.
    changing: Vec<usize>,
    /// By reply.
    subjects: Vec<Subject>,
}

impl Answering {
    /// Makes it ready, with the responses as they were made; `before` is the endpoint that it was.
    /// None where it is no such endpoint.
    pub(super) fn new(
        making: &Making<'_>,
        replies: &[Reply],
        journal: &Journal,
        before: Option<&Endpoint>,
    ) -> Option<Self> {
        let Making { endpoint, .. } = making;
        let settings = endpoint.kind.answers()?;
        let sheet = Sheet::new(&endpoint.responses, settings.pick);
        let source = source(making, before);
        let not_found = sheet.named("not_found");
        let plain = sheet.plain().filter(|&plain| {
            let reply = replies.get(plain);
            let response = endpoint.responses.get(plain);
            let by_line = |reply: &Reply| !reply.changes() && reply.needs().is_nothing();
            reply.is_some_and(by_line) && response.is_some_and(is_quiet)
        });
        let needs = endpoint.responses.iter().zip(replies);
        let needs = needs.fold(sheet.needs(), |needs, (response, reply)| {
            needs | reply.needs() | left_behind(response)
        });
        let changing = replies.iter().enumerate();
        let changing = changing.filter(|(_, reply)| reply.changes());
        let changing = changing.map(|(index, _)| index);
        let names = endpoint.responses.iter().map(|one| one.name.as_str());
        let default = not_found.is_none().then_some("not_found");
        let subject = |name| journal.subject(&endpoint.id, name);
        Some(Self {
            settings: settings.clone(),
            params: Params::of(endpoint),
            of_source: Reply::of_source(making),
            of_source_subject: subject(OF_SOURCE),
            has_not_found: not_found.is_some(),
            not_found: not_found.unwrap_or(endpoint.responses.len()),
            unmatched: subject(""),
            subjects: names.chain(default).map(subject).collect(),
            needs,
            changing: changing.collect(),
            sheet,
            source,
            plain,
        })
    }

    /// The response that answers every request, without a look at it.
    pub(super) fn plain(&self) -> Option<usize> {
        self.plain
    }

    /// What rules, responses and the source look at now.
    pub(super) fn needs(&self, replies: &[Reply]) -> Needs {
        let changing = self.changing.iter().filter_map(|&index| replies.get(index));
        let source = self.source.iter().map(|source| source.needs());
        let now = changing.map(Reply::needs).chain(source);
        now.fold(self.needs, |needs, now| needs | now)
    }

    /// As what a reply is counted.
    pub(super) fn subject(&self, reply: usize) -> Subject {
        self.subjects.get(reply).copied().unwrap_or(self.unmatched)
    }
}

/// What answers itself; the one that did before where nothing of it has changed, with all that it
/// holds.
fn source(making: &Making<'_>, before: Option<&Endpoint>) -> Option<Arc<dyn Source>> {
    let before = before.filter(|before| {
        let same = before.settings.kind == making.endpoint.kind;
        same && before.settings.path == making.endpoint.path
    });
    match before.and_then(Endpoint::source) {
        Some(source) => Some(Arc::clone(source)),
        None => ENDPOINTS.iter().find_map(|make| make(making)),
    }
}

/// Nothing comes before it, breaks it, or follows.
fn is_quiet(response: &Response) -> bool {
    response.delay.is_none()
        && response.fault.is_none()
        && response.set.is_empty()
        && response.then.is_empty()
}

/// What a response's delay, state and steps look at.
fn left_behind(response: &Response) -> Needs {
    let mut needs = of_delay(response.delay.as_ref());
    for assignment in &response.set {
        needs = needs | assignment.path.needs() | assignment.value.needs();
    }
    for step in &response.then {
        // How deep calls are nested is said in a field.
        needs = needs | of_step(step) | Needs::FIELDS;
    }
    needs
}

fn of_step(step: &Step) -> Needs {
    let Step::Call(call) = step else {
        return Needs::NOTHING;
    };
    let body = match &call.body {
        CallBody::Nothing => Needs::NOTHING,
        CallBody::Json(json) => json.needs(),
        CallBody::Text(text) => text.needs(),
    };
    let after = of_delay(call.after.as_ref());
    let fields = call.headers.iter().map(|(_, value)| value.needs());
    fields.fold(call.url.needs() | body | after, |needs, field| {
        needs | field
    })
}

fn of_delay(delay: Option<&Delay>) -> Needs {
    match delay {
        None | Some(Delay::Fixed(_) | Delay::Forever) => Needs::NOTHING,
        Some(Delay::Between(..) | Delay::Normal { .. } | Delay::LogNormal { .. }) => Needs::DICE,
    }
}
