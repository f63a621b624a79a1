//! Parts of a stream that contradict each other.

use super::{End, Event, Form, Pace, Repeat, Script, Told};
use crate::delay::Delay;

/// Keys of a stream of which only one may be given, and why.
pub const APART: &[(&str, &str, &str)] = &[
    ("file", "events", "a recording is told in place of `events`"),
    (
        "file",
        "every",
        "a recording has its own waits: set `speed`",
    ),
    (
        "file",
        "profile",
        "a recording has its own waits: set `speed`",
    ),
    (
        "profile",
        "delay",
        "`profile.ttft` is the wait before the first event",
    ),
    (
        "profile",
        "every",
        "`profile.tps` says how fast events follow",
    ),
];

/// Something in a stream that could never be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mistake {
    pub at: At,
    pub message: &'static str,
    /// What to write instead.
    pub hint: &'static str,
}

/// Where in a stream, with the key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum At {
    Stream(&'static str),
    /// The event's index.
    Event(usize, &'static str),
    /// The reply's index.
    Reply(usize, &'static str),
}

impl Script {
    /// What contradicts itself, all of it.
    pub fn mistakes(&self) -> Vec<Mistake> {
        let mut mistakes = Vec::new();
        let mut tell = |at, message, hint| mistakes.push(Mistake { at, message, hint });
        if !self.replies.is_empty() && self.form != Form::Ws {
            let hint = "write `as: ws`, or remove `reply`";
            tell(At::Stream("reply"), "only a WebSocket gets messages", hint);
        }
        if let Told::Events(events) = &self.told {
            for (index, event) in events.iter().enumerate() {
                of_event(self.form, event, &mut |key, message, hint| {
                    tell(At::Event(index, key), message, hint);
                });
            }
            if self.repeat == Repeat::Forever && self.is_breathless(events) {
                let hint = "add `every: 1s`, or a `wait` to an event";
                let message = "events without a wait between them would be sent for ever";
                tell(At::Stream("repeat"), message, hint);
            }
        }
        for (index, reply) in self.replies.iter().enumerate() {
            if reply.send.is_none() && reply.end.is_none() {
                let hint = "add `send` or `end`, or remove it: a message without a reply gets none";
                tell(At::Reply(index, "send"), "this reply does nothing", hint);
            }
            if reply.to_all && reply.send.is_none() {
                let hint = "add `send`";
                tell(
                    At::Reply(index, "to"),
                    "there is nothing to send to all",
                    hint,
                );
            }
        }
        mistakes
    }

    /// Nothing is waited for in a whole round of the events.
    fn is_breathless(&self, events: &[Event]) -> bool {
        let pace = match &self.pace {
            Pace::Every(every) => every.as_ref(),
            Pace::Profile(_) => return false,
        };
        events
            .iter()
            .all(|event| event.wait.as_ref().or(pace).is_none_or(is_nothing))
    }
}

fn of_event(
    form: Form,
    event: &Event,
    tell: &mut dyn FnMut(&'static str, &'static str, &'static str),
) {
    let of_sse = [
        ("event", event.event.is_some()),
        ("id", event.id.is_some()),
        ("retry", event.retry.is_some()),
        ("comment", event.comment.is_some()),
    ];
    if form == Form::Sse {
        if event.event.is_some() && event.data.is_none() {
            let hint = "add `data`, be it `\"\"`";
            tell("event", "clients drop an event without data", hint);
        }
    } else if let Some((key, _)) = of_sse.iter().find(|(_, given)| *given) {
        let hint = "write `as: sse`, or put it into `data`";
        tell(key, "only server-sent events have this", hint);
    }
    if *event == Event::default() {
        tell("data", "this event is nothing", "add `data`, or remove it");
    }
    if event.end == Some(End::Keep) {
        let hint = "write close, reset or truncate, or remove it";
        tell("end", "no event would follow this one", hint);
    }
}

fn is_nothing(delay: &Delay) -> bool {
    *delay == Delay::Fixed(std::time::Duration::ZERO)
}
