//! Where requests are forwarded.

use std::time::Duration;

use super::Autogate;
use crate::rule::{Rule, StatusRanges};

/// Where requests are forwarded.
#[derive(Clone, Debug, PartialEq)]
pub struct Upstream {
    pub id: String,
    pub line: usize,
    pub target: Target,
    /// Between two probes, and two autogate polls; 2 s.
    pub interval: Duration,
    pub health: Health,
    /// Held requests at most; none written: no limit of its own.
    pub max_queue: Option<usize>,
    pub timeouts: Timeouts,
    pub pool: Pool,
    pub gate: GateSettings,
    pub autogate: Option<Autogate>,
}

/// One address of an upstream: the `http://host:port/base` of its `endpoint`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Target {
    /// As written.
    pub url: String,
    /// A name or an address, without brackets.
    pub host: String,
    pub port: u16,
    /// What goes into `Host`: `localhost:9091`.
    pub authority: String,
    /// Put before every forwarded path; empty, or begins with `/` and does not end with one.
    pub base: String,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Health {
    pub check: HealthCheck,
    /// Good probes in a row until up: 1 for TCP, 2 for HTTP.
    pub rise: u32,
    /// Bad probes in a row until down: 3.
    pub fall: u32,
    /// Between probes while requests wait for them; 100 ms.
    pub fast_interval: Duration,
}

#[derive(Clone, Debug, PartialEq)]
pub enum HealthCheck {
    /// Connected, and not closed by the peer for 20 ms.
    Tcp,
    Http {
        path: String,
        expect_status: StatusRanges,
        rule: Option<Rule>,
    },
}

/// Time-outs of an exchange; an endpoint's win over its upstream's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Timeouts {
    /// One attempt to connect; 2 s, never past the hold deadline.
    pub connect: Duration,
    /// From the request's last byte to the response's first; 60 s.
    pub first_byte: Duration,
    /// Between two bytes of a response; 60 s.
    pub idle: Duration,
    /// Between two bytes of a request's body while Buffy is reading it; 30 s (408).
    pub body_idle: Duration,
}

/// Idle connections to a target, per worker.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pool {
    /// An idle connection is kept so long; 4 s.
    pub idle: Duration,
    /// Idle connections at most; 128.
    pub max: usize,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct GateSettings {
    pub initial: GateInitial,
}

/// How a gate starts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum GateInitial {
    /// As the operator left it; the default.
    Persisted,
    /// Closed by configuration, unless the operator left it stopped or closed.
    Closed,
}
