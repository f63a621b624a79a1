//! A signed value that passes a closed gate, as it is handed out.

use std::time::Duration;

use serde::Serialize;

use super::timestamp;
use crate::bypass::Signer;

/// A signed value that passes a closed gate.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(in crate::admin) struct Bypass {
    upstream: String,
    /// The name of the field, and of the cookie, that carries the value.
    header: String,
    /// A secret until it expires: whoever has it passes.
    value: String,
    /// The same for a browser, as a value of `Set-Cookie`.
    cookie: String,
    /// RFC 3339.
    expires: String,
}

impl Bypass {
    /// One that is good until then, in seconds since the Unix epoch.
    pub(in crate::admin) fn of(upstream: &str, signer: &Signer, until: u64, ttl: Duration) -> Self {
        let value = signer.value(until);
        Self {
            upstream: upstream.to_owned(),
            header: signer.header().to_owned(),
            cookie: signer.cookie(&value, ttl),
            value,
            expires: timestamp(until.saturating_mul(1000)),
        }
    }
}
