//! Where requests are forwarded.

use std::num::NonZeroUsize;
use std::time::Duration;

use super::{Autogate, Secret};
use crate::rule::{Rule, StatusRanges};

/// Where requests are forwarded.
#[derive(Clone, Debug, PartialEq)]
pub struct Upstream {
    pub id: String,
    pub line: usize,
    /// Its addresses, in file order; 1 to [`Upstream::TARGETS_MAX`].
    pub targets: Vec<Target>,
    /// Which of the targets that are up a request is sent to.
    pub balance: Balance,
    /// Requests in flight at one target at most; none: no limit.
    pub max_inflight: Option<NonZeroUsize>,
    /// Between two probes, and two autogate polls; 2 s.
    pub interval: Duration,
    pub health: Health,
    /// Held requests at most; none written: no limit of its own.
    pub max_queue: Option<usize>,
    pub timeouts: Timeouts,
    pub pool: Pool,
    pub release: Release,
    pub gate: GateSettings,
    pub autogate: Option<Autogate>,
}

impl Upstream {
    /// Targets of one upstream at most.
    pub const TARGETS_MAX: usize = 64;

    /// The target that is written first.
    pub fn first_target(&self) -> &Target {
        self.targets
            .first()
            .expect("an upstream without a target is refused")
    }
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
    /// Its share of the requests where they are sent in turn; 1.
    pub weight: u32,
}

/// Which of the targets that are up, and have room, a request is sent to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Balance {
    /// In turn, by weight; the default.
    RoundRobin,
    /// The one with the fewest requests in flight for its weight.
    LeastInflight,
    /// The first one in file order.
    First,
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

/// How held requests are let go after an outage.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Release {
    pub mode: ReleaseMode,
    /// Requests of the first step after the probation; 4.
    pub start: usize,
    /// Requests of the last step; 128.
    pub max: usize,
    /// A connection that stood so long is a success, answered or not; 1 s.
    pub patience: Duration,
    /// Whether a 5xx of the probation's request closes the gate again; off.
    pub canary: bool,
    /// Between a canary that failed and the next one, doubling; 1 s.
    pub retry: Duration,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReleaseMode {
    /// One first, then steps that double; the default.
    Ramp,
    /// Everything at once.
    All,
}

#[derive(Clone, Debug, PartialEq)]
pub struct GateSettings {
    pub initial: GateInitial,
    /// How long a close stands that names no time of its own; none: without an end.
    pub lease: Option<Duration>,
    /// What follows when a lease runs out.
    pub on_expiry: OnExpiry,
    /// An exact path at which a load balancer in front is answered while the gate holds.
    pub health_path: Option<String>,
    pub bypass: Option<Bypass>,
}

/// How a gate starts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum GateInitial {
    /// As the operator left it; the default.
    Persisted,
    /// Closed by configuration, unless the operator left it stopped or closed.
    Closed,
}

/// What follows when the lease of a close runs out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OnExpiry {
    /// The close is lifted; the default.
    Lift,
    /// It becomes a stop.
    Stop,
    /// It stands, without a lease.
    Keep,
}

/// Signed values that pass a closed gate.
#[derive(Clone, Debug, PartialEq)]
pub struct Bypass {
    /// The name of the field, and of the cookie, that carries the value; as written.
    pub header: String,
    /// The key that values are signed with.
    pub secret: Secret,
}
