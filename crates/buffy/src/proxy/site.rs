//! What workers serve: a configuration made ready, shared and never changed. A reload makes another.

use std::path::PathBuf;
use std::sync::Arc;

use buffy_core::config::{Config, EndpointKind, HeadersMode, Proxy, ProxyMode, Timeouts};
use buffy_http::write;

use super::listener::Listener;
use super::process::Process;
use super::reply::Reply;
use crate::observe::log::AccessSender;
use crate::observe::metrics::Counters;
use crate::upstream::Upstream;
use crate::upstream::limits::Bounded;

/// A configuration, ready to serve.
pub struct Site {
    pub config: Arc<Config>,
    pub process: Arc<Process>,
    pub listeners: Vec<Arc<Listener>>,
    pub endpoints: Vec<Endpoint>,
    pub upstreams: Vec<Arc<Upstream>>,
    /// One per worker; by endpoint in the order of `endpoints`.
    pub counters: Vec<Arc<Counters>>,
    pub no_endpoint: Reply,
    /// Where the file of an endpoint's `not_found` is missing.
    pub not_found: Reply,
    /// Of the configuration's file: what `file:///` is relative to.
    pub folder: PathBuf,
    pub access: Option<AccessSender>,
    pub limits: buffy_http::Limits,
}

impl Site {
    /// The listener of this id.
    pub fn listener(&self, id: &str) -> Option<&Arc<Listener>> {
        self.listeners.iter().find(|one| one.settings.id == id)
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
