//! Responses as they are shown.

use serde_json::{Map, Value, json};

use super::endpoint::{extend, fields};
use super::stream::stream;
use crate::config::{
    Call, CallBody, Carries, Content, Fault, FaultKind, GateOrder, Response, Step, Upstream,
};
use crate::rule::Rule;
use crate::template::Template;

/// `upstreams` are those whose gates it may move.
pub(super) fn response(response: &Response, upstreams: &[Upstream]) -> Value {
    let when = &response.when;
    let headers = response.headers.iter();
    let set = response.set.iter();
    let set = set.map(|one| {
        (
            one.path.to_string().trim_start_matches('.').to_owned(),
            one.value.json(),
        )
    });
    let then = response.then.iter();
    let then = then.map(|step| self::step(step, upstreams));
    let mut value = json!({
        "name": response.name,
        "return_code": response.return_code,
        "headers": fields(headers.map(|(name, value)| (name.as_str(), value.text()))),
        "if": when.rule.as_ref().map(Rule::text),
        "times": when.times,
        "chance": when.chance.map(|chance| chance.to_string()),
        "delay": response.delay.map(|delay| delay.to_string()),
        "fault": response.fault.map(fault),
        "after": response.fault.map(|fault| crate::config::unit::size_text(fault.after)),
        "set": set.collect::<Map<_, _>>(),
        "then": then.collect::<Vec<_>>(),
    });
    // What most responses do not have only hides what they have.
    if let Value::Object(value) = &mut value {
        value.retain(|_, value| match value {
            Value::Null => false,
            Value::Object(members) => !members.is_empty(),
            Value::Array(items) => !items.is_empty(),
            Value::Bool(_) | Value::Number(_) | Value::String(_) => true,
        });
        value.entry("headers").or_insert_with(|| json!({}));
    }
    extend(
        &mut value,
        match &response.carries {
            Carries::Content(content) => json!({"content": self::content(content)}),
            Carries::Json(template) => json!({"json": template.json()}),
            Carries::Stream(script) => json!({"stream": stream(script)}),
        },
    );
    value
}

/// A template is shown as written: its variables in place of their values.
pub(super) fn content(content: &Content) -> String {
    match content {
        Content::Inline { template, .. } => template.text(),
        Content::File { path } => format!("file:///{}", path.text()),
    }
}

fn fault(fault: Fault) -> &'static str {
    match fault.kind {
        FaultKind::Reset => "reset",
        FaultKind::Empty => "empty",
        FaultKind::Garbage => "garbage",
        FaultKind::Truncate => "truncate",
        FaultKind::Hang => "hang",
    }
}

fn step(step: &Step, upstreams: &[Upstream]) -> Value {
    match step {
        Step::Call(call) => self::call(call),
        Step::Gate { upstream, order } => {
            let upstream = upstreams.get(*upstream);
            json!({
                "gate": upstream.map(|upstream| &upstream.id),
                "do": match order {
                    GateOrder::Open => "OPEN",
                    GateOrder::Close => "CLOSE",
                    GateOrder::Stop => "STOP",
                },
            })
        }
    }
}

fn call(call: &Call) -> Value {
    let headers = call.headers.iter();
    let mut value = json!({
        "headers": fields(headers.map(|(name, value)| (name.as_str(), value.text()))),
        "after": call.after.map(|after| after.to_string()),
        "retry": call.retry,
    });
    let more = match &call.body {
        CallBody::Nothing => json!({}),
        CallBody::Json(template) => json!({"json": template.json()}),
        CallBody::Text(template) => json!({"content": template.text()}),
    };
    extend(&mut value, more);
    extend(
        &mut value,
        json!({call.method.to_ascii_lowercase(): call_url(&call.url)}),
    );
    value
}

/// As that of a hook: what follows the origin may let somebody in.
fn call_url(url: &Template) -> String {
    match url.fixed() {
        Some(fixed) => super::origin(&fixed),
        None => url.text(),
    }
}
