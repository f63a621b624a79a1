//! Endpoints as they are shown.

use serde_json::{Map, Value, json};

use super::REDACTED;
use super::upstream::timeouts;
use crate::config::unit::{duration_text, size_text};
use crate::config::{
    Content, Endpoint, Failover, HeadersMode, Priority, Proxy, ProxyMode, Response,
};

/// Fields whose values let somebody in.
const SECRET_FIELDS: &[&str] = &[
    "authorization",
    "proxy-authorization",
    "cookie",
    "set-cookie",
    "x-api-key",
];

pub(super) fn endpoint(endpoint: &Endpoint, kind: &str) -> Value {
    json!({
        "id": endpoint.id,
        "desc": endpoint.desc,
        "path": endpoint.path,
        "host": endpoint.host,
        "match": if endpoint.contains { "contains" } else { "path" },
        "type": kind,
        "methods": endpoint.methods,
        "response": endpoint.responses.iter().map(response).collect::<Vec<_>>(),
    })
}

pub(super) fn proxy(endpoint: &Endpoint, proxy: &Proxy, upstreams: &[&String]) -> Value {
    let mode = match proxy.mode {
        ProxyMode::StoreAndForward => "store_and_forward",
        ProxyMode::Bypass => "bypass",
    };
    let headers = match proxy.headers {
        HeadersMode::Full => "full",
        HeadersMode::Minimal => "minimal",
        HeadersMode::None => "none",
    };
    let mut value = self::endpoint(endpoint, "proxy");
    let of_proxies = json!({
        "upstream": upstreams,
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
            "set_headers": fields(&proxy.rewrite.set_headers),
            "remove_headers": proxy.rewrite.remove_headers,
        },
    });
    if let (Value::Object(value), Value::Object(more)) = (&mut value, of_proxies) {
        value.extend(more);
    }
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

fn response(response: &Response) -> Value {
    json!({
        "name": response.name,
        "return_code": response.return_code,
        "headers": fields(&response.headers),
        "content": content(&response.content),
    })
}

/// Several fields of one name become a list, as they are written.
fn fields(fields: &[(String, String)]) -> Value {
    let mut shown = Map::new();
    for (name, value) in fields {
        let secret = SECRET_FIELDS
            .iter()
            .any(|secret| secret.eq_ignore_ascii_case(name));
        let value = Value::from(if secret { REDACTED } else { value });
        match shown.get_mut(name) {
            None => drop(shown.insert(name.clone(), value)),
            Some(Value::Array(values)) => values.push(value),
            Some(first) => *first = json!([first.take(), value]),
        }
    }
    Value::Object(shown)
}

/// A template is shown as written: its variables in place of their values.
pub(super) fn content(content: &Content) -> String {
    match content {
        Content::Inline { template, .. } => template.text(),
        Content::File { path } => format!("file:///{}", path.display()),
    }
}
