//! The effective configuration as it may be shown: in the shape of the file, without secrets.

use serde_json::{Value, json};

use super::unit::{duration_text, size_text};
use super::url::Url;
use super::{
    Admin, Autogate, Config, Content, DocumentKind, Endpoint, EndpointKind, EventGroup,
    GateInitial, HeadersMode, Health, HealthCheck, HookUrl, Listener, LogFormat, Match, Network,
    Notify, Proxy, ProxyMode, Response, Scope, Then, Timeouts, Token, Unmatched, Unreachable,
    Upstream,
};

const REDACTED: &str = "[redacted]";

/// Fields whose values let somebody in.
const SECRET_FIELDS: &[&str] = &[
    "authorization",
    "proxy-authorization",
    "cookie",
    "set-cookie",
    "x-api-key",
];

/// The effective configuration in the shape of the file, every default filled in. Tokens and
/// secrets are left out, of hooks only the origin is shown.
pub fn redacted(config: &Config) -> Value {
    let endpoint_id = |index: &usize| config.endpoints.get(*index).map(|endpoint| &endpoint.id);
    let upstream_id = |index: usize| config.upstreams.get(index).map(|upstream| &upstream.id);
    let listeners: Vec<Value> = config
        .listeners
        .iter()
        .map(|listener| {
            let only = listener.endpoints.as_ref();
            let only = only.map(|only| only.iter().filter_map(endpoint_id).collect::<Vec<_>>());
            self::listener(listener, only.as_deref())
        })
        .collect();
    let endpoints: Vec<Value> = config
        .endpoints
        .iter()
        .map(|endpoint| match &endpoint.kind {
            EndpointKind::Proxy(proxy) => {
                let upstream = upstream_id(proxy.upstream).map(String::as_str);
                self::proxy(endpoint, proxy, upstream.unwrap_or_default())
            }
            EndpointKind::Respond => self::endpoint(endpoint, "respond"),
        })
        .collect();
    json!({
        "version": "0.1",
        "buffy": {
            "listen": listeners,
            "admin": config.admin.as_ref().map(admin),
            "workers": config.workers.map_or(json!("auto"), |workers| json!(workers.get())),
            "state_dir": config.state_dir,
            "limits": limits(config),
            "no_endpoint": {
                "return_code": config.no_endpoint.return_code,
                "content": content(&config.no_endpoint.content),
            },
            "log": {
                "format": match config.log.format {
                    LogFormat::Auto => "auto",
                    LogFormat::Json => "json",
                    LogFormat::Human => "human",
                },
                "access": config.log.access,
            },
            "shutdown": {
                "delay": duration_text(config.shutdown.delay),
                "hold": duration_text(config.shutdown.hold),
                "grace": duration_text(config.shutdown.grace),
            },
        },
        "upstreams": config.upstreams.iter().map(upstream).collect::<Vec<_>>(),
        "endpoints": endpoints,
    })
}

fn limits(config: &Config) -> Value {
    let limits = &config.limits;
    let bytes = |bytes: usize| size_text(bytes as u64);
    json!({
        "held": limits.held,
        "held_heads": size_text(limits.held_heads),
        "header_bytes": bytes(limits.header_bytes),
        "target_bytes": bytes(limits.target_bytes),
        "fields": limits.fields,
        "header_timeout": duration_text(limits.header_timeout),
        "keep_alive": duration_text(limits.keep_alive),
    })
}

fn listener(listener: &Listener, only: Option<&[&String]>) -> Value {
    json!({
        "id": listener.id,
        "bind": listener.bind,
        "port": listener.port,
        "endpoints": only,
        "notify": {"webhook": listener.webhook.as_ref().map(hook)},
        "connections_max": listener.connections_max,
        "trusted_proxies": listener.trusted_proxies.iter().map(network).collect::<Vec<_>>(),
    })
}

fn network(network: &Network) -> String {
    format!("{}/{}", network.address, network.prefix)
}

fn admin(admin: &Admin) -> Value {
    json!({
        "path": admin.path,
        "bind": admin.bind,
        "port": admin.port,
        "unix": admin.unix,
        "tokens": admin.tokens.iter().map(token).collect::<Vec<_>>(),
        "hosts": admin.hosts,
        "compat_get": admin.compat_get,
        "notify": notify(&admin.notify),
    })
}

fn token(token: &Token) -> Value {
    let scope = match token.scope {
        Scope::Read => "read",
        Scope::Gate => "gate",
        Scope::Admin => "admin",
    };
    json!({"name": token.name, "scope": scope, "value": REDACTED})
}

fn notify(notify: &Notify) -> Value {
    let event = |event: &EventGroup| match event {
        EventGroup::Gate => "gate",
        EventGroup::Upstream => "upstream",
        EventGroup::Hold => "hold",
    };
    json!({
        "webhook": notify.webhook.as_ref().map(hook),
        "secret": notify.webhook_secret.as_ref().map(|_| REDACTED),
        "slack": notify.slack.as_ref().map(hook),
        "events": notify.events.iter().map(event).collect::<Vec<_>>(),
    })
}

/// The origin tells where it goes; what follows may let somebody in.
fn hook(hook: &HookUrl) -> String {
    match Url::parse(hook.0.expose()) {
        Ok(url) if matches!(url.rest.as_str(), "" | "/") => url.origin(),
        Ok(url) => format!("{}/{REDACTED}", url.origin()),
        Err(_) => REDACTED.to_owned(),
    }
}

fn upstream(upstream: &Upstream) -> Value {
    let initial = match upstream.gate.initial {
        GateInitial::Persisted => "persisted",
        GateInitial::Closed => "closed",
    };
    json!({
        "id": upstream.id,
        "endpoint": upstream.target.url,
        "interval": duration_text(upstream.interval),
        "health": health(&upstream.health),
        "max_queue": upstream.max_queue,
        "timeouts": timeouts(&upstream.timeouts),
        "pool": {"idle": duration_text(upstream.pool.idle), "max": upstream.pool.max},
        "gate": {"initial": initial},
        "autogate": upstream.autogate.as_ref().map(autogate),
    })
}

fn health(health: &Health) -> Value {
    let (rise, fall) = (health.rise, health.fall);
    let fast_interval = duration_text(health.fast_interval);
    match &health.check {
        HealthCheck::Tcp => json!({"rise": rise, "fall": fall, "fast_interval": fast_interval}),
        HealthCheck::Http {
            path,
            expect_status,
            rule,
        } => json!({
            "path": path,
            "expect_status": expect_status.to_string(),
            "if": rule.as_ref().map(crate::rule::Rule::text),
            "rise": rise,
            "fall": fall,
            "fast_interval": fast_interval,
        }),
    }
}

fn timeouts(timeouts: &Timeouts) -> Value {
    json!({
        "connect": duration_text(timeouts.connect),
        "first_byte": duration_text(timeouts.first_byte),
        "idle": duration_text(timeouts.idle),
        "body_idle": duration_text(timeouts.body_idle),
    })
}

fn autogate(autogate: &Autogate) -> Value {
    let unmatched = match autogate.unmatched {
        Unmatched::Keep => "keep",
        Unmatched::Close => "close",
    };
    let unreachable = match autogate.unreachable {
        Unreachable::Close => "close",
        Unreachable::Keep => "keep",
    };
    json!({
        "uri": autogate.uri.url,
        "rise": autogate.rise,
        "fall": autogate.fall,
        "unmatched": unmatched,
        "unreachable": unreachable,
        "settle": duration_text(autogate.settle),
        "matches": autogate.matches.iter().map(rule).collect::<Vec<_>>(),
    })
}

fn rule(rule: &Match) -> Value {
    let kind = match rule.kind {
        DocumentKind::Json => "json",
        DocumentKind::Text => "text",
        DocumentKind::Status => "status",
        DocumentKind::Header => "header",
    };
    let then = match rule.then {
        Then::Open => "OPEN",
        Then::Close => "CLOSE",
    };
    json!({"id": rule.id, "type": kind, "if": rule.rule.text(), "then": then})
}

fn endpoint(endpoint: &Endpoint, kind: &str) -> Value {
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

fn proxy(endpoint: &Endpoint, proxy: &Proxy, upstream: &str) -> Value {
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
        "upstream": [upstream],
        "proxy_mode": mode,
        "timeout": duration_text(proxy.timeout),
        "max_queue": proxy.max_queue,
        "timeouts": timeouts(&proxy.timeouts),
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
    let mut shown = serde_json::Map::new();
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
fn content(content: &Content) -> String {
    match content {
        Content::Inline { template, .. } => {
            let mut text = Vec::new();
            template.render("{{URL}}", "{{ID}}", false, &mut text);
            String::from_utf8_lossy(&text).into_owned()
        }
        Content::File { path } => format!("file:///{}", path.display()),
    }
}
