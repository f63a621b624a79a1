use std::time::Duration;

use serde_json::{Value as Json, json};

use super::*;
use crate::facts::Facts;

mod mistakes;
mod recordings;
mod reels;
mod said;

/// A stream of events, in this form, that says nothing else.
fn script(form: Form, events: Vec<Event>) -> Script {
    Script {
        form,
        delay: None,
        pace: Pace::Every(None),
        told: Told::Events(events),
        repeat: Repeat::Times(NonZeroU32::MIN),
        end: form.usual_end(),
        replies: Vec::new(),
    }
}

fn data(data: &Json) -> Event {
    Event {
        data: Some(json_payload(data)),
        ..Event::default()
    }
}

fn json_payload(json: &Json) -> Payload {
    Payload::Json(JsonTemplate::new(json).unwrap())
}

fn template(text: &str) -> Template {
    Template::parse_reply(text).unwrap()
}

fn delay(text: &str) -> Delay {
    Delay::parse(text).unwrap()
}
