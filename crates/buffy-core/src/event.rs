//! What happened, for those who are told: the log, the hooks, the metrics.

/// Something that happened, as it is logged and sent to hooks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event {
    /// Milliseconds since the Unix epoch.
    pub at_ms: u64,
    /// The upstream's id; none: it is of the whole process.
    pub upstream: Option<String>,
    pub what: What,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum What {
    /// The gate changed, for the requests that ask most: `from` and `to` are `open`, `closed`, `down`,
    /// `stopped`, or `unknown` before anything is known. By an operator, `autogate` or `health`.
    GateChanged {
        from: &'static str,
        to: &'static str,
        actor: String,
        reason: String,
    },
    /// A target is believed up.
    TargetUp { url: String },
    /// A target is believed down, and why.
    TargetDown { url: String, error: String },
    /// Never reached since the start, after `fall` misses.
    NeverReached { url: String, error: String },
    /// The lease of an operator's entry ran out, and what was done: `order` is `close`, `stop` or
    /// `force`, and it was `lifted`, `stopped` (a close that is a stop now) or `kept`.
    LeaseExpired {
        order: &'static str,
        /// Whose it was.
        actor: String,
        reason: String,
        then: &'static str,
    },
    /// Requests that were tried first after an outage failed, so many in a row; the last one's
    /// status.
    CanaryFailed { status: u16, failures: u32 },
    /// The first request is held since the gate was last open.
    FirstHeld,
    /// Held requests passed 80 % of a limit.
    NearLimit { held: usize, limit: usize },
    /// All that were held are gone, and how.
    HoldOver {
        held: usize,
        longest_ms: u64,
        answered: usize,
        timed_out: usize,
        left: usize,
    },
    /// Another configuration is served now; what is different, in words.
    Reloaded { changes: String },
    /// The configuration was to be read anew, and everything is as it was: why.
    ReloadRefused { error: String },
}
