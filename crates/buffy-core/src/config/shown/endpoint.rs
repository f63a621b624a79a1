//! Endpoints as they are shown.

use serde_json::{Map, Value, json};

use super::REDACTED;
use super::response::response;
use super::upstream::timeouts;
use crate::config::unit::{duration_text, size_text};
use crate::config::{Endpoint, Failover, HeadersMode, Priority, Proxy, ProxyMode, Upstream};

/// Fields whose values let somebody in.
const SECRET_FIELDS: &[&str] = &[
    "authorization",
    "proxy-authorization",
    "cookie",
    "set-cookie",
    "x-api-key",
];

/// `upstreams` are all of them, whose gates responses may move.
pub(super) fn endpoint(endpoint: &Endpoint, kind: &str, upstreams: &[Upstream]) -> Value {
    let responses = endpoint.responses.iter();
    let responses = responses.map(|one| response(one, upstreams));
    json!({
        "id": endpoint.id,
        "desc": endpoint.desc,
        "path": endpoint.path,
        "host": endpoint.host,
        "match": if endpoint.contains { "contains" } else { "path" },
        "type": kind,
        "methods": endpoint.methods,
        "response": responses.collect::<Vec<_>>(),
    })
}

/// Adds the members of another object.
pub(super) fn extend(value: &mut Value, more: Value) {
    if let (Value::Object(value), Value::Object(more)) = (value, more) {
        value.extend(more);
    }
}

/// `named` are the ids of its upstreams, `all` what there is.
pub(super) fn proxy(
    endpoint: &Endpoint,
    proxy: &Proxy,
    named: &[&String],
    all: &[Upstream],
) -> Value {
    let mode = match proxy.mode {
        ProxyMode::StoreAndForward => "store_and_forward",
        ProxyMode::Bypass => "bypass",
    };
    let headers = match proxy.headers {
        HeadersMode::Full => "full",
        HeadersMode::Minimal => "minimal",
        HeadersMode::None => "none",
    };
    let set_headers = proxy.rewrite.set_headers.iter();
    let mut value = self::endpoint(endpoint, "proxy", all);
    let of_proxies = json!({
        "upstream": named,
        "failover": failover(proxy.failover),
        "proxy_mode": mode,
        "timeout": duration_text(proxy.timeout),
        "max_queue": proxy.max_queue,
        "timeouts": proxy.timeouts.first().map(timeouts),
        "body": {
            "memory": size_text(proxy.body.memory),
            "buffer": size_text(proxy.body.buffer),
            "max": proxy.body.max.map(size_text),
        },
        "hold_on": proxy.hold_on,
        "priority": proxy.priority.iter().map(priority).collect::<Vec<_>>(),
        "repeat": {"idempotency_key": proxy.idempotency_key},
        "headers": headers,
        "via": if proxy.via { "on" } else { "off" },
        "preserve_host": proxy.preserve_host,
        "rewrite": {
            "strip_prefix": proxy.rewrite.strip_prefix,
            "set_headers": fields(set_headers.map(|(name, value)| (name.as_str(), value.clone()))),
            "remove_headers": proxy.rewrite.remove_headers,
        },
    });
    extend(&mut value, of_proxies);
    value
}

fn failover(failover: Failover) -> Vec<&'static str> {
    let reasons = [(failover.health, "health"), (failover.autogate, "autogate")];
    let counts = reasons.into_iter().filter(|(counts, _)| *counts);
    counts.map(|(_, name)| name).collect()
}

fn priority(priority: &Priority) -> Value {
    json!({"if": priority.rule.text(), "class": priority.class})
}

/// Several fields of one name become a list, as they are written.
pub(super) fn fields<'f>(fields: impl Iterator<Item = (&'f str, String)>) -> Value {
    let mut shown = Map::new();
    for (name, value) in fields {
        let mut secrets = SECRET_FIELDS.iter();
        let secret = secrets.any(|secret| secret.eq_ignore_ascii_case(name));
        let value = if secret {
            REDACTED.into()
        } else {
            Value::from(value)
        };
        match shown.get_mut(name) {
            None => drop(shown.insert(name.to_owned(), value)),
            Some(Value::Array(values)) => values.push(value),
            Some(first) => *first = json!([first.take(), value]),
        }
    }
    Value::Object(shown)
}
