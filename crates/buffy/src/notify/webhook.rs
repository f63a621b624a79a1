//! The webhook: one JSON document per event, with the headers of Standard Webhooks.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use buffy_core::config::Secret;
use hyper::body::Bytes;
use hyper::header::{HeaderMap, HeaderName, HeaderValue};
use ring::hmac;
use serde::Serialize;
use serde_json::Value;
use tokio::sync::mpsc::Receiver;

use super::damper::Notice;
use super::delivery::Delivery;
use super::message::Message;

/// What a Standard Webhooks secret begins with; the rest is base64.
const SECRET_PREFIX: &str = "whsec_";

/// Signs deliveries with the secret that the receiver has too.
#[derive(Debug)]
pub(super) struct Signer(hmac::Key);

#[derive(Serialize)]
struct Payload<'a> {
    #[serde(rename = "type")]
    kind: &'static str,
    timestamp: String,
    data: &'a Value,
    /// Events that were lost before this one, where any were.
    #[serde(skip_serializing_if = "none")]
    dropped: u64,
}

/// Delivers notices, one after the other, until nobody can send any more.
pub(super) async fn run(mut notices: Receiver<Notice>, delivery: Delivery, signer: Option<Signer>) {
    while let Some(notice) = notices.recv().await {
        let message = Message::of(&notice);
        let dropped = delivery.tally.take_untold();
        let payload = Payload {
            kind: message.kind,
            timestamp: message.timestamp(),
            data: &message.data,
            dropped,
        };
        let body = Bytes::from(serde_json::to_vec(&payload).expect("JSON values have a text"));
        let id = new_id();
        let text = body.clone();
        let headers = || headers(&id, crate::clock::unix_ms() / 1000, &text, signer.as_ref());
        if !delivery.deliver(body, headers).await {
            delivery.tally.dropped(1);
            delivery.tally.still_untold(dropped);
        }
    }
}

/// The headers of one try: the id is the same for all tries of a delivery, the time is the try's.
pub(super) fn headers(id: &str, at: u64, body: &[u8], signer: Option<&Signer>) -> HeaderMap {
    let mut headers = HeaderMap::new();
    let mut set = |name: &'static str, value: &str| {
        if let Ok(value) = HeaderValue::from_str(value) {
            headers.insert(HeaderName::from_static(name), value);
        }
    };
    set("webhook-id", id);
    set("webhook-timestamp", &at.to_string());
    if let Some(signer) = signer {
        set("webhook-signature", &signer.sign(id, at, body));
    }
    headers
}

/// Unique, so that a receiver can tell a repeat from news.
pub(super) fn new_id() -> String {
    let random = crate::random::bytes().map_or(0, u64::from_ne_bytes);
    format!("msg_{:x}_{random:016x}", crate::clock::unix_ms())
}

impl Signer {
    /// The key is what follows `whsec_`, as base64; a text without it is the key as it stands.
    pub(super) fn new(secret: &Secret) -> Result<Self, base64::DecodeError> {
        let key = match secret.expose().strip_prefix(SECRET_PREFIX) {
            Some(encoded) => STANDARD.decode(encoded)?,
            None => secret.expose().as_bytes().to_vec(),
        };
        Ok(Self(hmac::Key::new(hmac::HMAC_SHA256, &key)))
    }

    fn sign(&self, id: &str, at: u64, body: &[u8]) -> String {
        let mut context = hmac::Context::with_key(&self.0);
        context.update(format!("{id}.{at}.").as_bytes());
        context.update(body);
        format!("v1,{}", STANDARD.encode(context.sign()))
    }
}

#[expect(
    clippy::trivially_copy_pass_by_ref,
    reason = "serde hands a reference over"
)]
fn none(dropped: &u64) -> bool {
    *dropped == 0
}
