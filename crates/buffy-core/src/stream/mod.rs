//! What a response streams: events one after the other, their pace, and how they end.
//!
//! [`Script`] is what the configuration says. [`Reel`] is what of it is played: every event with its
//! number and the wait before it, be they written in the configuration or recorded. [`Said`] is one
//! event as it is sent, in any [`Form`]. Nothing here waits or sends.

use std::num::NonZeroU32;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use crate::delay::Delay;
use crate::rule::Rule;
use crate::template::{JsonTemplate, Template};

pub use mistake::{APART, At, Mistake};
pub use recording::{Frame, Recording, RecordingError};
pub use reel::{Beat, Reel, Saying};
pub use said::{Data, PushError, Pushed, Said};

mod mistake;
mod recording;
mod reel;
mod render;
mod said;
#[cfg(test)]
mod tests;

/// A stream, as configured.
#[derive(Clone, Debug, PartialEq)]
pub struct Script {
    pub form: Form,
    /// Before the first event.
    pub delay: Option<Delay>,
    pub pace: Pace,
    pub told: Told,
    pub repeat: Repeat,
    /// What follows the last event.
    pub end: End,
    /// How messages of a WebSocket are answered: the first whose rule holds.
    pub replies: Vec<Reply>,
}

/// How events are sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// Server-sent events, as the HTML standard has them.
    Sse,
    /// A line of JSON for each event.
    Ndjson,
    /// A chunk of the answer for each event, as it is.
    Chunked,
    /// A message of a WebSocket for each event.
    Ws,
}

/// The waits between events that say nothing else.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Pace {
    /// None: one event follows the other at once.
    Every(Option<Delay>),
    Profile(Profile),
}

/// The pace of a language model, an event for each token.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Profile {
    /// Before the first event.
    pub ttft: Duration,
    /// Events a second; above 0.
    pub tps: f64,
    /// How far waits lie from what they should be, at most: 0.2 is a fifth of it; 0 to 1.
    pub jitter: f64,
}

/// Where events come from.
#[derive(Clone, Debug, PartialEq)]
pub enum Told {
    Events(Vec<Event>),
    /// Read with the configuration.
    Recording {
        /// Of the file, relative to the configuration's folder.
        path: PathBuf,
        recording: Arc<Recording>,
        /// 2 plays it in half of its time; above 0.
        speed: f64,
    },
}

/// One event of a stream. Each part may be absent.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Event {
    /// Before it, in place of the stream's pace.
    pub wait: Option<Delay>,
    /// A comment of server-sent events, before the event's fields.
    pub comment: Option<Template>,
    /// The type of a server-sent event.
    pub event: Option<Template>,
    /// Of a server-sent event; its number otherwise.
    pub id: Option<Template>,
    /// When a client that lost the stream is to come back.
    pub retry: Option<Duration>,
    pub data: Option<Payload>,
    /// The stream ends behind it. Whoever comes back with its id goes on with the next one.
    pub end: Option<End>,
}

/// What an event or a reply carries.
#[derive(Clone, Debug, PartialEq)]
pub enum Payload {
    /// `text`: as it is.
    Text(Template),
    /// `data` and `send`. What renders to a text is sent without quotes, but not in NDJSON, whose
    /// lines are JSON.
    Json(JsonTemplate),
}

/// How many times the events are told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Repeat {
    Times(NonZeroU32),
    Forever,
}

/// How a stream ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// In good order: the answer is complete, a WebSocket is closed with code 1000.
    Close,
    /// Not at all: the stream stays open, for pushes and replies, until the client leaves.
    Keep,
    /// The connection is reset.
    Reset,
    /// The connection is closed, without the mark that says that the answer is complete.
    Truncate,
}

/// What follows a message of a WebSocket.
#[derive(Clone, Debug, PartialEq)]
pub struct Reply {
    /// None: every message.
    pub rule: Option<Rule>,
    /// Before it is sent.
    pub wait: Option<Delay>,
    pub send: Option<Payload>,
    /// It is sent to all open streams of the endpoint and session, not to the sender alone.
    pub to_all: bool,
    /// What becomes of the sender's WebSocket then.
    pub end: Option<End>,
}

impl Form {
    /// As they are written.
    pub const NAMES: &[(&str, Self)] = &[
        ("sse", Self::Sse),
        ("ndjson", Self::Ndjson),
        ("chunked", Self::Chunked),
        ("ws", Self::Ws),
    ];

    /// What follows the last event where the configuration does not say it: a WebSocket stays open
    /// for its messages, anything else ends in good order.
    pub fn usual_end(self) -> End {
        match self {
            Self::Ws => End::Keep,
            Self::Sse | Self::Ndjson | Self::Chunked => End::Close,
        }
    }

    /// The content type of an answer in this form; none for a WebSocket.
    pub fn content_type(self) -> Option<&'static str> {
        match self {
            Self::Sse => Some("text/event-stream"),
            Self::Ndjson => Some("application/x-ndjson"),
            Self::Chunked => Some("text/plain; charset=utf-8"),
            Self::Ws => None,
        }
    }

    /// As it is written.
    pub fn name(self) -> &'static str {
        name(Self::NAMES, self)
    }
}

impl End {
    /// As they are written.
    pub const NAMES: &[(&str, Self)] = &[
        ("close", Self::Close),
        ("keep", Self::Keep),
        ("reset", Self::Reset),
        ("truncate", Self::Truncate),
    ];

    /// As it is written.
    pub fn name(self) -> &'static str {
        name(Self::NAMES, self)
    }
}

fn name<T: Copy + PartialEq>(names: &[(&'static str, T)], wanted: T) -> &'static str {
    let found = names.iter().find(|(_, value)| *value == wanted);
    found.map(|(name, _)| *name).expect("all have names")
}
