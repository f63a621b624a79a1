//! What is done after a response.

use crate::config::read::endpoint::Others;
use crate::config::read::fields::Fields;
use crate::config::read::header_fields;
use crate::config::read::template::{json_template, template};
use crate::config::{Call, CallBody, GateOrder, Step};
use crate::delay::Delay;

/// The keys that name a call's URL, with their methods.
const METHODS: [(&str, &str); 5] = [
    ("get", "GET"),
    ("post", "POST"),
    ("put", "PUT"),
    ("patch", "PATCH"),
    ("delete", "DELETE"),
];

/// The keys of calls beside those of [`METHODS`].
const OF_CALLS: [&str; 5] = ["json", "content", "headers", "after", "retry"];

/// The steps of a response; all or none.
pub(super) fn all(response: &Fields<'_>, others: &Others<'_>) -> Option<Vec<Step>> {
    let sections = response.sections("then");
    let steps: Vec<Option<Step>> = sections.iter().map(|step| read(step, others)).collect();
    steps.into_iter().collect()
}

fn read(step: &Fields<'_>, others: &Others<'_>) -> Option<Step> {
    let report = step.reader.report;
    let written = METHODS.into_iter().filter(|(key, _)| step.has(key));
    let written: Vec<(&'static str, &'static str)> = written.collect();
    let gate = step.has("gate");
    match (written.as_slice(), gate) {
        ([(key, method)], false) => {
            refuse(step, &["do"], "no gate is moved");
            call(step, key, method)
        }
        ([], true) => {
            refuse(step, &OF_CALLS, "no call is made");
            moved(step, others)
        }
        ([], false) => {
            let hint = "write `{post: URL, json: …}` or `{gate: UPSTREAM, do: CLOSE}`";
            report.error(step.place(), "this step does nothing", hint);
            skip(step);
            None
        }
        (_, _) => {
            let hint = "write one call or one gate for each step";
            report.error(step.place(), "this step does several things", hint);
            skip(step);
            None
        }
    }
}

/// Keys of the other kind of step.
fn refuse(step: &Fields<'_>, keys: &[&'static str], why: &str) {
    for key in keys {
        if step.has(key) {
            let message = format!("`{key}` means nothing where {why}");
            let report = step.reader.report;
            report.error(step.key_place(key), message, "remove it");
        }
    }
}

/// What the rest of it means depends on what it does.
fn skip(step: &Fields<'_>) {
    for key in OF_CALLS.iter().chain(&["do", "gate"]) {
        step.key(key);
    }
}

fn moved(step: &Fields<'_>, others: &Others<'_>) -> Option<Step> {
    let upstream = step
        .written("gate")
        .and_then(|id| others.upstreams.find(&id));
    let orders = [GateOrder::Open, GateOrder::Close, GateOrder::Stop];
    let order = step.choice("do", &orders);
    if !step.has("do") {
        let report = step.reader.report;
        report.error(
            step.place(),
            "a step on a gate needs `do`",
            "write `do: CLOSE`",
        );
    }
    Some(Step::Gate {
        upstream: upstream?,
        order: order?,
    })
}

fn call(step: &Fields<'_>, key: &'static str, method: &'static str) -> Option<Step> {
    let url = step.written(key).and_then(|written| {
        let url = template(&written)?;
        // What a template renders to is seen when the call is made.
        if let Some(fixed) = url.fixed() {
            written.url(&fixed)?;
        }
        Some(url)
    });
    let body = body(step);
    let headers = step.written("headers");
    let headers = headers.map_or(Some(Vec::new()), |headers| {
        header_fields::of_answers(&headers)
    });
    let after = step.written("after").map(|after| {
        let delay = after.delay()?;
        if delay == Delay::Forever {
            let hint = "write a time, `after: 2s`, or remove the step";
            after.error("a call that is never made", hint);
            return None;
        }
        Some(delay)
    });
    let retry = step.number_or_preset("retry");
    Some(Step::Call(Box::new(Call {
        method,
        url: url?,
        headers: headers?,
        body: body?,
        after: after.map_or(Some(None), |after| after.map(Some))?,
        retry,
    })))
}

fn body(step: &Fields<'_>) -> Option<CallBody> {
    let json = step.written("json");
    let content = step.written("content");
    match (json, content) {
        (Some(_), Some(content)) => {
            content.error(
                "`json` and `content` are both what is sent",
                "remove one of them",
            );
            None
        }
        (Some(json), None) => json_template(&json).map(CallBody::Json),
        (None, Some(content)) => template(&content).map(CallBody::Text),
        (None, None) => Some(CallBody::Nothing),
    }
}
