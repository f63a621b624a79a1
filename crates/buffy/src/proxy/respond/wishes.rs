//! What a caller wishes of its answer: which response, how late, or to be told why.

use std::time::Duration;

use buffy_core::delay::Delay;
use buffy_http::Known;

use crate::proxy::request::Request;
use crate::proxy::site::Endpoint;

/// What a caller wishes of its answer.
#[derive(Debug, Default)]
pub(super) struct Wishes {
    /// The index of a reply of the endpoint.
    pub(super) reply: Option<usize>,
    /// Instead of the response's own.
    pub(super) delay: Option<Duration>,
    /// Not the answer, but why it would be that one.
    pub(super) explain: bool,
}

impl Wishes {
    /// Reads them, where the endpoint heeds any; a sentence where one cannot be met.
    pub(super) fn read(request: &Request, endpoint: &Endpoint) -> Result<Self, String> {
        let mut wishes = Self::default();
        let heeded = endpoint.settings.kind.answers();
        if !request.head.has_wishes() || !heeded.is_some_and(|answers| answers.overrides) {
            return Ok(wishes);
        }
        for field in request.head.fields() {
            let is = |name: &str| field.name.eq_ignore_ascii_case(name.as_bytes());
            let value = String::from_utf8_lossy(field.value);
            let value = value.trim();
            if field.known == Known::Prefer {
                wishes.prefer(endpoint, value);
            } else if is("x-buffy-response") {
                wishes.reply = Some(named(endpoint, value)?);
            } else if is("x-buffy-delay") {
                wishes.delay = Some(delay(value)?);
            } else if is("x-buffy-explain") {
                wishes.explain |= value == "1";
            }
        }
        Ok(wishes)
    }

    /// RFC 7240 §2: what is not known is passed over, and the first of two alike counts.
    fn prefer(&mut self, endpoint: &Endpoint, preferences: &str) {
        for preference in preferences.split([',', ';']) {
            let Some((name, value)) = preference.split_once('=') else {
                continue;
            };
            let value = value.trim().trim_matches('"');
            let preferred = match name.trim() {
                "example" => named(endpoint, value).ok(),
                "code" => of_status(endpoint, value),
                _ => None,
            };
            self.reply = self.reply.or(preferred);
        }
    }
}

fn named(endpoint: &Endpoint, name: &str) -> Result<usize, String> {
    let mut replies = endpoint.replies.iter();
    let found = replies.position(|reply| reply.name == name);
    found.ok_or_else(|| {
        let names = endpoint.replies.iter().map(|reply| reply.name.as_str());
        let names: Vec<&str> = names.collect();
        let id = &endpoint.settings.id;
        let names = names.join(", ");
        format!("X-Buffy-Response: `{id}` has no response of this name, but {names}")
    })
}

fn of_status(endpoint: &Endpoint, status: &str) -> Option<usize> {
    let status: u16 = status.parse().ok()?;
    endpoint
        .replies
        .iter()
        .position(|reply| reply.status == status)
}

fn delay(value: &str) -> Result<Duration, String> {
    match Delay::parse(value) {
        Ok(Delay::Fixed(delay)) => Ok(delay),
        Ok(_) | Err(_) => Err("X-Buffy-Delay: write a time with its unit, `200ms`".to_owned()),
    }
}
