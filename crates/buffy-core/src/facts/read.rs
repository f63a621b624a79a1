//! Looking up single facts.

use std::borrow::Cow;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::Value as Json;

use super::Facts;
use super::decoded::pairs;

/// Nothing longer is taken for a token.
const TOKEN_BYTES_MAX: usize = 16 * 1024;

impl Facts<'_> {
    /// The body as text, with a mark in place of what is no UTF-8.
    pub fn text(&self) -> Cow<'_, str> {
        String::from_utf8_lossy(self.body)
    }

    /// The body as JSON, where it is.
    pub fn json(&self) -> Option<&Json> {
        let json = self.parsed.json.get_or_init(|| {
            if self.body.is_empty() {
                return None;
            }
            serde_json::from_slice(self.body).ok()
        });
        json.as_ref()
    }

    /// The values of a header field, in any case; `_` in the name stands for `-` too.
    pub fn header(&self, name: &str) -> impl Iterator<Item = &str> {
        let named = self
            .fields
            .iter()
            .filter(move |(own, _)| is_named(own, name));
        named.map(|(_, value)| value.as_ref())
    }

    /// The values of a query's parameter, decoded.
    pub fn argument<'f>(&'f self, name: &'f str) -> impl Iterator<Item = Cow<'f, str>> {
        pairs(self.query).filter_map(move |(own, value)| (own == name).then_some(value))
    }

    /// All parameters of the query, decoded.
    pub fn arguments(&self) -> impl Iterator<Item = (Cow<'_, str>, Cow<'_, str>)> {
        pairs(self.query)
    }

    /// The values of a form's field, decoded: of `application/x-www-form-urlencoded` only.
    pub fn form<'f>(&'f self, name: &'f str) -> impl Iterator<Item = Cow<'f, str>> {
        pairs(self.form_text()).filter_map(move |(own, value)| (own == name).then_some(value))
    }

    /// All fields of the form, decoded.
    pub fn forms(&self) -> impl Iterator<Item = (Cow<'_, str>, Cow<'_, str>)> {
        pairs(self.form_text())
    }

    /// The values of the cookies of this name (RFC 6265 §4.2.1), as they came, without quotes around.
    pub fn cookie<'f>(&'f self, name: &'f str) -> impl Iterator<Item = &'f str> {
        self.cookies()
            .filter_map(move |(own, value)| (own == name).then_some(value))
    }

    /// All cookies.
    pub fn cookies(&self) -> impl Iterator<Item = (&str, &str)> {
        let fields = self.header("cookie");
        let cookies = fields.flat_map(|field| field.split(';'));
        cookies.filter_map(|cookie| {
            let (name, value) = cookie.split_once('=')?;
            let value = value.trim();
            let inside = value
                .strip_prefix('"')
                .and_then(|value| value.strip_suffix('"'));
            Some((name.trim(), inside.unwrap_or(value)))
        })
    }

    /// A parameter of the path.
    pub fn param(&self, name: &str) -> Option<&str> {
        let named = self.params.iter().find(|(own, _)| own == name);
        named.map(|(_, value)| value.as_str())
    }

    /// The host without its port.
    pub fn host_name(&self) -> &str {
        host_name(self.host)
    }

    /// The claims of a bearer's JSON Web Token (RFC 7519), **unverified**: who wrote them is not
    /// looked at, so they tell answers apart and protect nothing.
    pub fn claims(&self) -> Option<&Json> {
        let claims = self.parsed.claims.get_or_init(|| {
            let token = self.header("authorization").find_map(bearer)?;
            let payload = token.split('.').nth(1)?;
            let payload = URL_SAFE_NO_PAD.decode(payload.trim_end_matches('='));
            serde_json::from_slice(&payload.ok()?).ok()
        });
        claims.as_ref()
    }

    fn form_text(&self) -> &str {
        let mut types = self.header("content-type");
        let is_form = types.next().is_some_and(|claimed| {
            let essence = claimed.split(';').next().unwrap_or_default().trim();
            essence.eq_ignore_ascii_case("application/x-www-form-urlencoded")
        });
        let text = is_form.then(|| std::str::from_utf8(self.body).ok());
        text.flatten().unwrap_or_default()
    }
}

/// Names of fields have no case, and rules may write them with `_`.
fn is_named(own: &str, name: &str) -> bool {
    let folded = |byte: u8| match byte {
        b'_' => b'-',
        other => other.to_ascii_lowercase(),
    };
    own.len() == name.len()
        && own
            .bytes()
            .zip(name.bytes())
            .all(|(own, name)| folded(own) == folded(name))
}

/// The token of `Authorization: Bearer …` (RFC 6750 §2.1).
fn bearer(value: &str) -> Option<&str> {
    let (scheme, token) = value.split_once(' ')?;
    let token = token.trim();
    (scheme.eq_ignore_ascii_case("bearer") && token.len() <= TOKEN_BYTES_MAX).then_some(token)
}

/// A host goes by its name: the port is where it was reached, not what.
pub(crate) fn host_name(host: &str) -> &str {
    match host.rsplit_once(':') {
        Some((name, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => name,
        Some(_) | None => host,
    }
}
