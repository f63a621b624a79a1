//! What workers serve: a configuration made ready, shared and never changed. A reload makes another.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use buffy_core::config::{Config, EndpointKind, HeadersMode, Proxy, ProxyMode, Response, Timeouts};
use buffy_http::write;

use super::answering::Answering;
use super::listener::Listener;
use super::process::Process;
use super::reply::Reply;
use crate::bypass::Signer;
use crate::observe::log::AccessSender;
use crate::observe::metrics::Counters;
use crate::plugin::{Held, Making, Source};
use crate::upstream::Upstream;
use crate::upstream::limits::Bounded;

/// A configuration, ready to serve.
pub struct Site {
    pub config: Arc<Config>,
    pub process: Arc<Process>,
    pub listeners: Vec<Arc<Listener>>,
    pub endpoints: Vec<Endpoint>,
    /// What `data` endpoints hold.
    pub held: Held,
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

    /// What is counted from one configuration to the next is bound by this one from now on; whoever
    /// is in already stays in.
    pub fn set_limits(&self) {
        for listener in &self.listeners {
            listener.connections.set_max(listener.connections_max());
        }
        for upstream in &self.upstreams {
            upstream.set_limits();
        }
        for endpoint in &self.endpoints {
            if let Kind::Proxy(ways) = &endpoint.kind
                && let Some(way) = ways.first()
            {
                way.held.set_limit(places(&way.settings));
            }
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
    /// A `respond` or `data` endpoint.
    Answering(Box<Answering>),
    /// For each of its upstreams, in their order; never empty.
    Proxy(Box<[Forwarding]>),
}

/// A `type: proxy` endpoint and one of its upstreams, made ready.
pub struct Forwarding {
    /// Its id.
    pub endpoint: Arc<str>,
    pub settings: Arc<Proxy>,
    pub upstream: usize,
    pub timeouts: Timeouts,
    /// Held requests of the endpoint, whichever upstream they wait for.
    pub held: Arc<Bounded>,
    /// Knows the values that pass the upstream's closed gate.
    pub signer: Option<Signer>,
    /// Fields and cookies with such values, of all upstreams of the endpoint: none of them is
    /// forwarded.
    pub carriers: Arc<[String]>,
    /// Fields that every request to the upstream gets.
    pub up_fields: Vec<u8>,
    /// Fields that every answer of the upstream gets.
    pub down_fields: Vec<u8>,
}

impl Endpoint {
    /// Makes an endpoint of a checked configuration ready; `before` is the one that it was.
    pub fn new(
        config: &Config,
        index: usize,
        (folder, process): (&Path, &Process),
        before: Option<&Self>,
    ) -> Option<Self> {
        let settings = config.endpoints.get(index)?.clone();
        let making = Making {
            endpoint: &settings,
            response: None,
            folder,
            hubs: &process.answering.hubs,
        };
        let named = |response| Reply::named(&making, response);
        let mut replies: Vec<_> = settings.responses.iter().map(named).collect();
        let kind = match &settings.kind {
            EndpointKind::Respond(_) | EndpointKind::Data(_) => {
                let answering = Answering::new(&making, &replies, &process.journal, before)?;
                if !answering.has_not_found {
                    replies.push(Reply::not_found_of(&making));
                }
                Kind::Answering(Box::new(answering))
            }
            EndpointKind::Proxy(proxy) => {
                let held = before.and_then(Self::held);
                Kind::Proxy(Forwarding::all(config, &settings.id, proxy, held)?)
            }
        };
        Some(Self {
            index,
            settings,
            kind,
            replies,
        })
    }

    fn held(&self) -> Option<&Arc<Bounded>> {
        match &self.kind {
            Kind::Proxy(ways) => ways.first().map(|way| &way.held),
            Kind::Answering(_) => None,
        }
    }

    /// What answers where no response does.
    pub fn source(&self) -> Option<&Arc<dyn Source>> {
        match &self.kind {
            Kind::Answering(answering) => answering.source.as_ref(),
            Kind::Proxy(_) => None,
        }
    }

    /// The configured response of this name, as it is answered with and as it is written.
    pub(super) fn named(&self, name: &str) -> Option<(&Reply, &Response)> {
        let mut named = self.replies.iter().zip(&self.settings.responses);
        named.find(|(reply, _)| reply.name == name)
    }
}

impl Forwarding {
    /// One for each upstream of the endpoint.
    fn all(
        config: &Config,
        id: &str,
        proxy: &Proxy,
        held: Option<&Arc<Bounded>>,
    ) -> Option<Box<[Self]>> {
        let held = held.map_or_else(|| Arc::new(Bounded::new(places(proxy))), Arc::clone);
        let settings = Arc::new(proxy.clone());
        let named = proxy.upstreams.iter();
        let carriers = named.filter_map(|&index| {
            let bypass = config.upstreams.get(index)?.gate.bypass.as_ref()?;
            Some(bypass.header.clone())
        });
        let carriers: Arc<[String]> = carriers.collect();
        let endpoint: Arc<str> = id.into();
        let each = proxy.upstreams.iter().zip(&proxy.timeouts);
        each.map(|(&index, &timeouts)| {
            let upstream = config.upstreams.get(index)?;
            let (up_fields, down_fields) = fields(id, proxy, &upstream.id);
            Some(Self {
                endpoint: Arc::clone(&endpoint),
                upstream: index,
                timeouts,
                held: Arc::clone(&held),
                signer: Signer::of(upstream),
                carriers: Arc::clone(&carriers),
                up_fields,
                down_fields,
                settings: Arc::clone(&settings),
            })
        })
        .collect()
    }
}

/// Held requests of an endpoint at most.
fn places(proxy: &Proxy) -> usize {
    if proxy.timeout.is_zero() {
        0
    } else {
        proxy.max_queue
    }
}

/// What every request to an upstream gets, and every answer of it.
fn fields(id: &str, proxy: &Proxy, upstream: &str) -> (Vec<u8>, Vec<u8>) {
    let mut up_fields = Vec::new();
    let mut down_fields = Vec::new();
    if proxy.headers == HeadersMode::Full {
        write::field(&mut up_fields, b"X-Buffy-Endpoint-ID", id.as_bytes());
        write::field(&mut up_fields, b"X-Buffy-Way", b"up");
        write::field(&mut up_fields, b"X-Buffy-Upstream-ID", upstream.as_bytes());
        let seconds = proxy.timeout.as_secs_f64().to_string();
        write::field(&mut down_fields, b"X-Buffy-Timeout", seconds.as_bytes());
        let mode = match proxy.mode {
            ProxyMode::StoreAndForward => "store_and_forward",
            ProxyMode::Bypass => "bypass",
        };
        write::field(&mut down_fields, b"X-Buffy-Mode", mode.as_bytes());
        write::field(&mut down_fields, b"X-Buffy-Upstream", upstream.as_bytes());
    }
    (up_fields, down_fields)
}
