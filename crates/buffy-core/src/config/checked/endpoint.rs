//! A path, and what answers it.

use std::time::Duration;

use super::{Answers, Data, Response, Timeouts};
use crate::rule::Rule;

/// A path, and what answers it.
#[derive(Clone, Debug, PartialEq)]
pub struct Endpoint {
    pub id: String,
    pub line: usize,
    pub desc: String,
    /// As written: exact, `/x/` prefix, `{name}` one segment, `{rest*}` the remainder.
    pub path: String,
    /// `match: contains`, the earlier implementation's substring search.
    pub contains: bool,
    /// Lower case, without port; empty: any.
    pub host: Vec<String>,
    /// Upper case as written; empty: all. HEAD is allowed where GET is.
    pub methods: Vec<String>,
    /// Named responses, in file order.
    pub responses: Vec<Response>,
    pub kind: EndpointKind,
}

/// What answers at an endpoint.
#[derive(Clone, Debug, PartialEq)]
pub enum EndpointKind {
    Proxy(Box<Proxy>),
    Respond(Answers),
    Data(Box<Data>),
}

impl EndpointKind {
    /// How it chooses among its responses, where it answers by itself.
    pub fn answers(&self) -> Option<&Answers> {
        match self {
            Self::Proxy(_) => None,
            Self::Respond(answers) => Some(answers),
            Self::Data(data) => Some(&data.answers),
        }
    }
}

/// A `type: proxy` endpoint.
#[derive(Clone, Debug, PartialEq)]
pub struct Proxy {
    /// Indices into [`Config::upstreams`](super::Config::upstreams), in the order in which they
    /// are tried; at least one, none twice.
    pub upstreams: Vec<usize>,
    /// What makes a request pass over an upstream of the list.
    pub failover: Failover,
    pub mode: ProxyMode,
    /// How long a request may be held; 30 s. Zero never holds.
    pub timeout: Duration,
    /// Held requests at most; 10,000; 0 never holds.
    pub max_queue: usize,
    /// For each of `upstreams`, in their order: the endpoint's, over that upstream's own.
    pub timeouts: Vec<Timeouts>,
    pub body: BodySettings,
    /// Answers of the upstream at which a request is held again, where it may be repeated;
    /// 429 and 500 to 599.
    pub hold_on: Vec<u16>,
    /// Whether a method that is not idempotent may be repeated where the request has an
    /// `Idempotency-Key`.
    pub idempotency_key: bool,
    /// The first rule that matches a request tells its class.
    pub priority: Vec<Priority>,
    pub headers: HeadersMode,
    pub via: bool,
    pub preserve_host: bool,
    pub rewrite: Rewrite,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ProxyMode {
    StoreAndForward,
    /// Never waits, never buffers.
    Bypass,
}

/// When an endpoint of several upstreams goes on to the next one. Never because of an operator.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Failover {
    /// Where no target of the upstream is up.
    pub health: bool,
    /// Where the upstream's autogate is closed.
    pub autogate: bool,
}

/// What is kept of the body of a held request, in bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BodySettings {
    /// In memory; 64 KiB, never more than `buffer`.
    pub memory: u64,
    /// In memory and in a file together; 16 MiB. Past it no more is read.
    pub buffer: u64,
    /// A longer body is refused (413); none: no limit.
    pub max: Option<u64>,
}

/// Which requests go before others when held ones are released.
#[derive(Clone, Debug, PartialEq)]
pub struct Priority {
    pub rule: Rule,
    /// Class 1 goes first; a request that no rule names is in the last one, `u8::MAX`.
    pub class: u8,
}

/// Which fields Buffy adds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HeadersMode {
    Full,
    Minimal,
    None,
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct Rewrite {
    /// Taken off the front of the path, at a segment's boundary.
    pub strip_prefix: Option<String>,
    pub set_headers: Vec<(String, String)>,
    /// Lower case.
    pub remove_headers: Vec<String>,
}

impl Rewrite {
    /// A field that came is not passed on: it is removed, or set anew. A name in any case.
    pub fn touches(&self, name: &[u8]) -> bool {
        let is = |other: &str| name.eq_ignore_ascii_case(other.as_bytes());
        self.remove_headers.iter().any(|removed| is(removed))
            || self.set_headers.iter().any(|(set, _)| is(set))
    }
}
