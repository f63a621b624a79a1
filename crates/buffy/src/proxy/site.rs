//! What every worker serves: the configuration made ready, shared and never changed.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use buffy_core::config::{Config, EndpointKind, HeadersMode, Proxy, ProxyMode, Timeouts};
use buffy_http::write;

use super::reply::Reply;
use crate::observe::log::AccessSender;
use crate::permits::Permits;
use crate::upstream::Upstream;
use crate::upstream::limits::{Bounded, ProcessLimits};

/// Everything that serves requests.
pub struct Site {
    pub config: Arc<Config>,
    pub endpoints: Vec<Endpoint>,
    pub upstreams: Vec<Arc<Upstream>>,
    pub no_endpoint: Reply,
    /// Where the file of an endpoint's `not_found` is missing.
    pub not_found: Reply,
    /// Of the configuration's file: what `file:///` is relative to.
    pub folder: PathBuf,
    pub process: Arc<ProcessLimits>,
    /// Of the data path: clients' and targets' connections.
    pub descriptors: Arc<Permits>,
    /// Clients' connections, of all listeners.
    pub connections: Arc<Permits>,
    pub access: Option<AccessSender>,
    /// Random, for request ids.
    pub process_id: u64,
    /// The same in hexadecimal digits, for `X-Buffy-Hops`.
    pub hop: Vec<u8>,
    pub limits: buffy_http::Limits,
    pub stopping: Stopping,
}

/// How far Buffy's own end has come.
#[derive(Debug, Default)]
pub struct Stopping {
    /// No more requests on a connection than the one that is under way.
    last_answers: AtomicBool,
    /// Nothing is held any more.
    no_holding: AtomicBool,
    /// Whoever waits is told when `no_holding` is set.
    told: tokio::sync::Notify,
}

impl Stopping {
    /// Answers say `Connection: close` from now on.
    pub fn last_answers(&self) {
        self.last_answers.store(true, Ordering::Release);
    }

    pub fn is_last_answer(&self) -> bool {
        self.last_answers.load(Ordering::Acquire)
    }

    /// Whoever is held is refused now, and whoever would be.
    pub fn end_holding(&self) {
        self.no_holding.store(true, Ordering::Release);
        self.told.notify_waiters();
    }

    pub fn has_ended_holding(&self) -> bool {
        self.no_holding.load(Ordering::Acquire)
    }

    /// Returns when holding has ended.
    pub async fn holding_ended(&self) {
        loop {
            let told = self.told.notified();
            if self.no_holding.load(Ordering::Acquire) {
                return;
            }
            told.await;
        }
    }
}

/// An endpoint, made ready.
pub struct Endpoint {
    pub index: usize,
    pub settings: buffy_core::config::Endpoint,
    pub kind: Kind,
    pub replies: Vec<Reply>,
}

/// What answers.
pub enum Kind {
    Respond,
    Proxy(Box<Forwarding>),
}

/// A `type: proxy` endpoint, made ready.
pub struct Forwarding {
    pub settings: Proxy,
    pub upstream: usize,
    pub timeouts: Timeouts,
    /// Held requests of this endpoint.
    pub held: Arc<Bounded>,
    /// Fields that every request to the upstream gets.
    pub up_fields: Vec<u8>,
    /// Fields that every answer of the upstream gets.
    pub down_fields: Vec<u8>,
    /// `http://authority`, which `Location` is cleared of.
    pub origin: String,
}

impl Endpoint {
    /// Makes an endpoint of a checked configuration ready.
    pub fn new(config: &Config, index: usize) -> Option<Self> {
        let settings = config.endpoints.get(index)?.clone();
        let named = |response| Reply::named(&settings, response);
        let mut replies: Vec<_> = settings.responses.iter().map(named).collect();
        let kind = match &settings.kind {
            EndpointKind::Respond => {
                if !replies.iter().any(|reply| reply.name == "not_found") {
                    replies.push(Reply::not_found_of(&settings));
                }
                Kind::Respond
            }
            EndpointKind::Proxy(proxy) => {
                Kind::Proxy(Box::new(Forwarding::new(config, &settings.id, proxy)?))
            }
        };
        Some(Self {
            index,
            settings,
            kind,
            replies,
        })
    }

    /// The configured response of this name.
    pub fn reply(&self, name: &str) -> Option<&Reply> {
        self.replies.iter().find(|reply| reply.name == name)
    }
}

impl Forwarding {
    fn new(config: &Config, id: &str, proxy: &Proxy) -> Option<Self> {
        let upstream = config.upstreams.get(*proxy.upstreams.first()?)?;
        let mut up_fields = Vec::new();
        let mut down_fields = Vec::new();
        if proxy.headers == HeadersMode::Full {
            write::field(&mut up_fields, b"X-Buffy-Endpoint-ID", id.as_bytes());
            write::field(&mut up_fields, b"X-Buffy-Way", b"up");
            write::field(
                &mut up_fields,
                b"X-Buffy-Upstream-ID",
                upstream.id.as_bytes(),
            );
            let seconds = proxy.timeout.as_secs_f64().to_string();
            write::field(&mut down_fields, b"X-Buffy-Timeout", seconds.as_bytes());
            let mode = match proxy.mode {
                ProxyMode::StoreAndForward => "store_and_forward",
                ProxyMode::Bypass => "bypass",
            };
            write::field(&mut down_fields, b"X-Buffy-Mode", mode.as_bytes());
            write::field(
                &mut down_fields,
                b"X-Buffy-Upstream",
                upstream.id.as_bytes(),
            );
        }
        let places = if proxy.timeout.is_zero() {
            0
        } else {
            proxy.max_queue
        };
        Some(Self {
            upstream: *proxy.upstreams.first()?,
            timeouts: *proxy.timeouts.first()?,
            held: Arc::new(Bounded::new(places)),
            up_fields,
            down_fields,
            origin: format!("http://{}", upstream.first_target().authority),
            settings: proxy.clone(),
        })
    }
}
