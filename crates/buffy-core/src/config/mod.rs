//! The configuration: what the user wrote, checked.
//!
//! Three sets of types (ARCHITECTURE.md): `File` is what was typed, with its places; [`Config`] is
//! checked, with indices for ids, durations and compiled rules; what runs is the `buffy` crate's.

use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::time::Duration;

use crate::rule::{Rule, StatusRanges};
use crate::template::Template;

/// A checked configuration: every reference resolved, every default filled in.
#[derive(Clone, Debug)]
pub struct Config {
    pub listeners: Vec<Listener>,
    pub admin: Option<Admin>,
    /// Threads that serve requests; none written: one per core.
    pub workers: Option<NonZeroUsize>,
    /// Where operator state is kept; none written: `$STATE_DIRECTORY`, else `./state`.
    pub state_dir: Option<PathBuf>,
    pub limits: Limits,
    pub no_endpoint: NoEndpoint,
    pub log: Log,
    pub shutdown: Shutdown,
    pub upstreams: Vec<Upstream>,
    pub endpoints: Vec<Endpoint>,
}

/// A text that must not be shown: its `Debug` is `[redacted]`.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    /// Keeps a text out of logs.
    pub fn new(text: String) -> Self {
        Self(text)
    }

    /// The text itself.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl std::fmt::Debug for Secret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("[redacted]")
    }
}

/// Where connections are accepted.
#[derive(Clone, Debug)]
pub struct Listener {
    pub id: String,
    /// The line of the file, for errors met when it is bound.
    pub line: usize,
    pub bind: std::net::IpAddr,
    /// 0 lets the system choose.
    pub port: u16,
    /// Indices into [`Config::endpoints`]; none written: all of them.
    pub endpoints: Option<Vec<usize>>,
    /// Told of connections opened and closed, in batches.
    pub webhook: Option<HookUrl>,
    /// Open connections at most on this listener; none written: what descriptors allow.
    pub connections_max: Option<NonZeroUsize>,
    /// Peers whose `X-Forwarded-*` and `Forwarded` are believed.
    pub trusted_proxies: Vec<Network>,
}

/// An address range: `10.0.0.0/8`, `::1/128`, or one address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Network {
    pub address: std::net::IpAddr,
    pub prefix: u8,
}

/// Where a hook is sent: `http://` or `https://`; may hold a secret, so it is shown by its origin only.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HookUrl(pub Secret);

/// The admin listener.
#[derive(Clone, Debug)]
pub struct Admin {
    pub line: usize,
    /// Begins with `/`, does not end with one; `/_admin` by default.
    pub path: String,
    pub bind: std::net::IpAddr,
    pub port: u16,
    pub unix: Option<PathBuf>,
    pub tokens: Vec<Token>,
    /// Host names (beside IP literals and `localhost`) that are answered without a token.
    pub hosts: Vec<String>,
    /// `GET /gate?…` changes state too, as the earlier implementation had it.
    pub compat_get: bool,
    pub notify: Notify,
}

/// Who may do what through the admin API.
#[derive(Clone, Debug)]
pub struct Token {
    pub name: String,
    pub scope: Scope,
    pub value: Secret,
}

/// What a token allows; each includes the ones before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Scope {
    Read,
    Gate,
    Admin,
}

/// Who is told of events.
#[derive(Clone, Debug, Default)]
pub struct Notify {
    pub webhook: Option<HookUrl>,
    /// Signs the webhook's deliveries (Standard Webhooks).
    pub webhook_secret: Option<Secret>,
    pub slack: Option<HookUrl>,
    pub events: Vec<EventGroup>,
}

/// A kind of event that can be asked for; without `events` all are sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EventGroup {
    Gate,
    Upstream,
    Hold,
}

/// Limits of the whole process.
#[derive(Clone, Debug)]
pub struct Limits {
    /// Held requests: 10,000, or the largest `max_queue` written (a default never undercuts it).
    pub held: usize,
    /// Bytes of the heads of held requests; 256 MiB.
    pub held_heads: u64,
    /// Bytes of a request's head; 64 KiB (431).
    pub header_bytes: usize,
    /// Bytes of a request's target; 8 KiB (414).
    pub target_bytes: usize,
    /// Fields of a request's head; 128 (431).
    pub fields: usize,
    /// From a head's first byte to its last; 10 s (408).
    pub header_timeout: Duration,
    /// A client's connection without a request; 75 s.
    pub keep_alive: Duration,
}

/// The answer where no endpoint matches; the seed's is 501.
#[derive(Clone, Debug)]
pub struct NoEndpoint {
    pub return_code: u16,
    pub content: Content,
}

#[derive(Clone, Debug)]
pub struct Log {
    pub format: LogFormat,
    /// One line per request; off by default.
    pub access: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LogFormat {
    /// Human on a terminal, else JSON.
    Auto,
    Json,
    Human,
}

/// How Buffy stops.
#[derive(Clone, Debug)]
pub struct Shutdown {
    /// Between readiness failing and listeners closing; 0 s.
    pub delay: Duration,
    /// How long held requests may go on waiting; 60 s.
    pub hold: Duration,
    /// How long requests in flight may go on; 30 s.
    pub grace: Duration,
}

/// Where requests are forwarded.
#[derive(Clone, Debug)]
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

#[derive(Clone, Debug)]
pub struct Health {
    pub check: HealthCheck,
    /// Good probes in a row until up: 1 for TCP, 2 for HTTP.
    pub rise: u32,
    /// Bad probes in a row until down: 3.
    pub fall: u32,
    /// Between probes while requests wait for them; 100 ms.
    pub fast_interval: Duration,
}

#[derive(Clone, Debug)]
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

/// The rules that open and close a gate by a status document.
#[derive(Clone, Debug)]
pub struct Autogate {
    pub uri: AutogateUri,
    pub rise: u32,
    pub fall: u32,
    pub unmatched: Unmatched,
    pub unreachable: Unreachable,
    /// After the first OPEN; 0 s.
    pub settle: Duration,
    pub matches: Vec<Match>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AutogateUri {
    pub url: String,
    pub https: bool,
    pub host: String,
    pub port: u16,
    pub authority: String,
    /// Path and query, at least `/`.
    pub path: String,
}

/// What a document that no rule matches means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unmatched {
    Keep,
    Close,
}

/// What a document that cannot be had means, after `fall` misses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unreachable {
    Close,
    Keep,
}

/// One `if … then` of an autogate.
#[derive(Clone, Debug)]
pub struct Match {
    pub id: String,
    pub kind: DocumentKind,
    pub rule: Rule,
    pub then: Then,
}

/// What a bare word of a rule is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DocumentKind {
    /// A field of the JSON document.
    Json,
    /// The whole text.
    Text,
    /// The status code.
    Status,
    /// A header field.
    Header,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Then {
    Open,
    Close,
}

/// A path, and what answers it.
#[derive(Clone, Debug)]
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

#[derive(Clone, Debug)]
pub enum EndpointKind {
    Proxy(Proxy),
    Respond,
}

/// A `type: proxy` endpoint.
#[derive(Clone, Debug)]
pub struct Proxy {
    /// Index into [`Config::upstreams`].
    pub upstream: usize,
    pub mode: ProxyMode,
    /// How long a request may be held; 30 s. Zero never holds.
    pub timeout: Duration,
    /// Held requests at most; 10,000; 0 never holds.
    pub max_queue: usize,
    pub timeouts: Timeouts,
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

/// Which fields Buffy adds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HeadersMode {
    Full,
    Minimal,
    None,
}

#[derive(Clone, Debug, Default)]
pub struct Rewrite {
    /// Taken off the front of the path, at a segment's boundary.
    pub strip_prefix: Option<String>,
    pub set_headers: Vec<(String, String)>,
    /// Lower case.
    pub remove_headers: Vec<String>,
}

/// A named response: `ok`, `not_found`, `hit_timeout`, …
#[derive(Clone, Debug)]
pub struct Response {
    pub name: String,
    pub return_code: u16,
    /// As written, in order.
    pub headers: Vec<(String, String)>,
    pub content: Content,
}

/// What a response carries.
#[derive(Clone, Debug)]
pub enum Content {
    /// Rendered per request where the template has a variable, once at load where not.
    Inline { template: Template, content_type: &'static str },
    /// `file:///x`: relative to the configuration's folder and confined to it; read anew when it changes.
    File { path: PathBuf },
}
