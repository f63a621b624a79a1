//! The checked configuration: every reference resolved, every default filled in.

mod admin;
mod answers;
mod autogate;
mod endpoint;
mod listener;
mod process;
mod response;
mod secret;
mod upstream;

use std::num::NonZeroUsize;
use std::path::PathBuf;

pub use admin::{Admin, EventGroup, Notify, Scope, Token};
pub use answers::{
    Answers, AnswersSettings, Collections, Data, DataSource, Expect, Origin, SessionFrom, Write,
};
pub use autogate::{Autogate, AutogateUri, DocumentKind, Match, Then, Unmatched, Unreachable};
pub use endpoint::{
    BodySettings, Endpoint, EndpointKind, Failover, HeadersMode, Priority, Proxy, ProxyMode,
    Rewrite,
};
pub use listener::{Listener, Network};
pub use process::{Limits, Log, LogFormat, NoEndpoint, Shutdown};
pub use response::{
    Assignment, Call, CallBody, Carries, Content, Fault, FaultKind, GateOrder, Response, Step, When,
};
pub use secret::{HookUrl, Secret};
pub use upstream::{
    Balance, Bypass, GateInitial, GateSettings, Health, HealthCheck, OnExpiry, Pool, Release,
    ReleaseMode, Target, Timeouts, Upstream,
};

/// A checked configuration: every reference resolved, every default filled in.
#[derive(Clone, Debug, PartialEq)]
pub struct Config {
    /// The file, as messages name it.
    pub name: String,
    pub listeners: Vec<Listener>,
    pub admin: Option<Admin>,
    /// Threads that serve requests; none written: one per core.
    pub workers: Option<NonZeroUsize>,
    /// Where operator state is kept; none written: `$STATE_DIRECTORY`, else `./state`.
    pub state_dir: Option<PathBuf>,
    pub limits: Limits,
    pub no_endpoint: NoEndpoint,
    pub answers: AnswersSettings,
    pub log: Log,
    pub shutdown: Shutdown,
    pub upstreams: Vec<Upstream>,
    pub endpoints: Vec<Endpoint>,
}
