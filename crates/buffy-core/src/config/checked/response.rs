//! Named responses: what they carry, when they are served, and what follows.

use std::num::NonZeroU32;

use crate::delay::{Chance, Delay};
use crate::facts::StatePath;
use crate::rule::Rule;
use crate::stream::Script;
use crate::template::{JsonTemplate, Template, Variable};

/// A named response: `ok`, `not_found`, `hit_timeout`, or as it was called.
#[derive(Clone, Debug, PartialEq)]
pub struct Response {
    pub name: String,
    pub line: usize,
    pub return_code: u16,
    /// As written, in order. Of `proxy` endpoints they are fixed.
    pub headers: Vec<(String, Template)>,
    pub carries: Carries,
    /// Always, for `not_found`, `method_not_allowed` and the responses of `proxy` endpoints.
    pub when: When,
    /// Before the answer.
    pub delay: Option<Delay>,
    pub fault: Option<Fault>,
    /// Set in this order, as the response is chosen.
    pub set: Vec<Assignment>,
    /// Done in this order, after the response.
    pub then: Vec<Step>,
}

impl Response {
    /// Served where nothing else was, and where a method is refused: never by its conditions.
    pub const UNCHOSEN: [&str; 2] = ["not_found", "method_not_allowed"];

    /// What the content of a `proxy` endpoint's response of this name may name.
    pub fn variables(name: &str) -> &'static [Variable] {
        match name {
            "hit_max_queue" | "hit_timeout" | "closed" | "stopped" => Variable::OF_REFUSALS,
            "upstream_error" | "upstream_timeout" => Variable::OF_FAILURES,
            _ => Variable::OF_REPLIES,
        }
    }

    /// Whether conditions decide about it.
    pub fn is_chosen(&self) -> bool {
        !Self::UNCHOSEN.contains(&self.name.as_str())
    }
}

/// All conditions of a response; one that is none always holds.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct When {
    pub rule: Option<Rule>,
    /// So many times in a session.
    pub times: Option<NonZeroU32>,
    pub chance: Option<Chance>,
}

impl When {
    /// It has no condition.
    pub fn is_always(&self) -> bool {
        self.rule.is_none() && self.times.is_none() && self.chance.is_none()
    }
}

/// What a response carries.
#[derive(Clone, Debug, PartialEq)]
pub enum Carries {
    Content(Content),
    Json(JsonTemplate),
    Stream(Box<Script>),
}

/// A text or a file.
#[derive(Clone, Debug, PartialEq)]
pub enum Content {
    /// Rendered per request where the template has a variable, once at load where not.
    Inline {
        template: Template,
        content_type: &'static str,
    },
    /// `file:///x`: relative to the configuration's folder and confined to it, also once it is
    /// rendered; read anew when it changes.
    File { path: Template },
}

/// How an answer is broken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fault {
    pub kind: FaultKind,
    /// Bytes of the answer that are sent before; 0: not even the status line.
    pub after: u64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FaultKind {
    /// The connection is reset.
    Reset,
    /// The connection is closed.
    Empty,
    /// What follows is not HTTP.
    Garbage,
    /// The connection is closed in an orderly way before the content is whole.
    Truncate,
    /// Nothing follows, and the connection stays.
    Hang,
}

/// One entry of `set`: a place in the session's state, and its new value.
#[derive(Clone, Debug, PartialEq)]
pub struct Assignment {
    pub path: StatePath,
    pub value: JsonTemplate,
}

/// One entry of `then`.
#[derive(Clone, Debug, PartialEq)]
pub enum Step {
    Call(Box<Call>),
    Gate {
        /// An index into [`Config::upstreams`](super::Config::upstreams).
        upstream: usize,
        order: GateOrder,
    },
}

/// A request that Buffy makes after a response.
#[derive(Clone, Debug, PartialEq)]
pub struct Call {
    /// In upper case.
    pub method: &'static str,
    /// `http://…` or `https://…` once it is rendered.
    pub url: Template,
    pub headers: Vec<(String, Template)>,
    pub body: CallBody,
    /// Before it is made.
    pub after: Option<Delay>,
    /// How many times it is made again after a failure or a status of 500 or more.
    pub retry: u32,
}

#[derive(Clone, Debug, PartialEq)]
pub enum CallBody {
    Nothing,
    Json(JsonTemplate),
    Text(Template),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum GateOrder {
    /// Lifts what an answer closed or stopped.
    Open,
    Close,
    Stop,
}
