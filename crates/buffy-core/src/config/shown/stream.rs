//! Streams as they are shown.

use serde_json::{Value, json};

use super::endpoint::extend;
use crate::config::unit::duration_text;
use crate::rule::Rule;
use crate::stream::{End, Event, Pace, Payload, Repeat, Reply, Script, Told};
use crate::template::Template;

pub(super) fn stream(script: &Script) -> Value {
    let mut value = json!({"as": script.form.name(), "end": script.end.name()});
    if let Some(delay) = &script.delay {
        extend(&mut value, json!({"delay": delay.to_string()}));
    }
    let pace = match &script.pace {
        Pace::Every(None) => json!({}),
        Pace::Every(Some(every)) => json!({"every": every.to_string()}),
        Pace::Profile(profile) => json!({"profile": {
            "ttft": duration_text(profile.ttft),
            "tps": profile.tps,
            "jitter": profile.jitter,
        }}),
    };
    extend(&mut value, pace);
    let told = match &script.told {
        Told::Events(events) => {
            json!({"events": events.iter().map(event).collect::<Vec<_>>()})
        }
        Told::Recording { path, speed, .. } => {
            json!({"file": format!("file:///{}", path.display()), "speed": speed})
        }
    };
    extend(&mut value, told);
    let repeat = match script.repeat {
        Repeat::Times(times) => json!(times),
        Repeat::Forever => json!("forever"),
    };
    extend(&mut value, json!({"repeat": repeat}));
    if !script.replies.is_empty() {
        let replies: Vec<Value> = script.replies.iter().map(reply).collect();
        extend(&mut value, json!({"reply": replies}));
    }
    value
}

/// Without what it does not have.
fn event(event: &Event) -> Value {
    let text = |template: &Option<Template>| template.as_ref().map(Template::text);
    let mut value = json!({
        "wait": event.wait.map(|wait| wait.to_string()),
        "comment": text(&event.comment),
        "event": text(&event.event),
        "id": text(&event.id),
        "retry": event.retry.map(duration_text),
        "end": event.end.map(End::name),
    });
    remove_nulls(&mut value);
    match &event.data {
        Some(Payload::Json(data)) => extend(&mut value, json!({"data": data.json()})),
        Some(Payload::Text(text)) => extend(&mut value, json!({"text": text.text()})),
        None => {}
    }
    value
}

fn reply(reply: &Reply) -> Value {
    let send = reply.send.as_ref().map(|send| match send {
        Payload::Json(send) => send.json(),
        Payload::Text(text) => text.text().into(),
    });
    let mut value = json!({
        "if": reply.rule.as_ref().map(Rule::text),
        "wait": reply.wait.map(|wait| wait.to_string()),
        "send": send,
        "to": if reply.to_all { "all" } else { "sender" },
        "end": reply.end.map(End::name),
    });
    remove_nulls(&mut value);
    value
}

fn remove_nulls(value: &mut Value) {
    if let Value::Object(members) = value {
        members.retain(|_, member| !member.is_null());
    }
}
