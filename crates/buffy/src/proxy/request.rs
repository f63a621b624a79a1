//! A request, from its head to its answer: what every step of an exchange knows of it.

use std::net::IpAddr;
use std::time::{Duration, Instant};

use buffy_core::facts::Facts;
use buffy_core::gate::Asks;
use buffy_core::moment::Moment;
use buffy_core::rule::RequestFacts;
use buffy_http::{Known, RequestHead};

use super::body::Body;
use super::prefers;
use crate::clock;

/// A request that is being answered.
#[derive(Debug)]
pub(super) struct Request {
    pub(super) head: Box<RequestHead>,
    pub(super) body: Body,
    /// When its head was whole.
    pub(super) arrived: Instant,
    /// Of `X-Request-Id`, where the client brought none that can be kept.
    pub(super) id: u128,
    /// The client's connection takes no other request after this one.
    pub(super) last: bool,
    /// The client was told to go on with its body.
    pub(super) continued: bool,
    asks: Asks,
    /// Its `Idempotency-Key` says that it may be repeated, and the endpoint heeds that.
    has_key: bool,
}

impl Request {
    pub(super) fn new(head: Box<RequestHead>, arrived: Instant, id: u128, last: bool) -> Self {
        let body = Body::new(head.framing());
        let asks = if head.is_safe() {
            Asks::READ
        } else {
            Asks::WRITE
        };
        Self {
            asks,
            head,
            body,
            arrived,
            id,
            last,
            continued: false,
            has_key: false,
        }
    }

    /// Whether the endpoint takes an `Idempotency-Key` for leave to repeat.
    pub(super) fn heed_key(&mut self, heeds: bool) {
        let is_key = |name: &[u8]| name.eq_ignore_ascii_case(b"idempotency-key");
        let mut fields = self.head.fields();
        self.has_key = heeds && fields.any(|field| is_key(field.name) && !field.value.is_empty());
    }

    pub(super) fn arrival(&self) -> Moment {
        clock::moment(self.arrived)
    }

    /// By its method alone.
    pub(super) fn asks(&self) -> Asks {
        self.asks
    }

    /// Tries rules on it.
    pub(super) fn judged<T>(&self, judge: impl FnOnce(&RequestFacts<'_>) -> T) -> T {
        let head = &self.head;
        let header = |name: &str| {
            let named = head
                .fields()
                .filter(|field| field.name.eq_ignore_ascii_case(name.as_bytes()));
            named
                .map(|field| String::from_utf8_lossy(field.value).into_owned())
                .collect()
        };
        judge(&RequestFacts {
            method: head.method(),
            path: head.path(),
            query: head.query().unwrap_or_default(),
            host: head.host().unwrap_or_default(),
            header: &header,
        })
    }

    /// What its line and its connection tell of it to rules and templates.
    pub(super) fn line_facts(&self, ip: IpAddr) -> Facts<'_> {
        let head = &self.head;
        Facts {
            url: head.target(),
            method: head.method(),
            path: head.path(),
            query: head.query().unwrap_or_default(),
            host: head.host().unwrap_or_default(),
            ip,
            ..Facts::default()
        }
    }

    /// May be sent again after its connection was lost (semantics.md §5): by its method or its key,
    /// and because its body is still whole.
    pub(super) fn is_repeatable(&self) -> bool {
        self.body.is_whole() && (self.has_key || self.has_idempotent_method())
    }

    /// RFC 9110 §9.2.2; a condition (`If-*`) may have been met by the first sending.
    pub(super) fn has_idempotent_method(&self) -> bool {
        !self.asks.writes || (self.head.is_put_or_delete() && !self.head.has_conditional())
    }

    /// The client asked whether to go on with its body, and has sent nothing of it.
    pub(super) fn awaits_continue(&self) -> bool {
        self.head.expects_continue() && !self.continued && !self.body.has_begun()
    }

    /// What it may wait: the endpoint's time-out, or less where `Prefer: wait=N` says so
    /// (RFC 7240 §4.3).
    pub(super) fn patience(&self, timeout: Duration) -> Duration {
        let prefers = self
            .head
            .fields()
            .filter(|field| field.known == Known::Prefer);
        let asked = prefers.filter_map(|field| wait_seconds(field.value)).min();
        asked.map_or(timeout, |seconds| timeout.min(Duration::from_secs(seconds)))
    }

    /// A value that may be passed on as it came: at most 128 visible characters.
    pub(super) fn client_id(&self) -> Option<&[u8]> {
        self.head
            .get_known(Known::XRequestId)
            .filter(|id| (1..=128).contains(&id.len()) && id.iter().all(u8::is_ascii_graphic))
    }

    /// The client would rather have a page than JSON.
    pub(super) fn prefers_html(&self) -> bool {
        let fields = self.head.fields();
        let accept = fields.filter(|field| field.known == Known::Accept);
        let accept: Vec<&[u8]> = accept.map(|field| field.value).collect();
        prefers::html(&accept)
    }
}

/// The seconds of `wait=N` among the preferences.
fn wait_seconds(prefer: &[u8]) -> Option<u64> {
    std::str::from_utf8(prefer)
        .ok()?
        .split([',', ';'])
        .find_map(|preference| preference.trim().strip_prefix("wait="))
        .and_then(|seconds| seconds.trim_matches('"').parse().ok())
}
