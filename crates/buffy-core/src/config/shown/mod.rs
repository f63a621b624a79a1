//! The effective configuration as it may be shown: in the shape of the file, without secrets.

mod answers;
mod endpoint;
mod response;
mod stream;
mod upstream;

use serde_json::{Value, json};

use super::unit::{duration_text, size_text};
use super::url::Url;
use super::{
    Admin, Config, EndpointKind, EventGroup, HookUrl, Listener, LogFormat, Network, Notify, Scope,
    Token,
};

const REDACTED: &str = "[redacted]";

/// The effective configuration in the shape of the file, every default filled in. Tokens and
/// secrets are left out, of hooks only the origin is shown.
pub fn redacted(config: &Config) -> Value {
    let endpoint_id = |index: &usize| config.endpoints.get(*index).map(|endpoint| &endpoint.id);
    let upstream_id = |index: &usize| config.upstreams.get(*index).map(|upstream| &upstream.id);
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
                let upstreams: Vec<&String> =
                    proxy.upstreams.iter().filter_map(upstream_id).collect();
                endpoint::proxy(endpoint, proxy, &upstreams, &config.upstreams)
            }
            EndpointKind::Respond(answers) => {
                let mut value = endpoint::endpoint(endpoint, "respond", &config.upstreams);
                endpoint::extend(&mut value, answers::answers(answers));
                value
            }
            EndpointKind::Data(data) => {
                let mut value = endpoint::endpoint(endpoint, "data", &config.upstreams);
                endpoint::extend(&mut value, answers::answers(&data.answers));
                endpoint::extend(&mut value, answers::source(&data.source));
                value
            }
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
                "content": response::content(&config.no_endpoint.content),
            },
            "session": config.answers.session.as_ref().map(|from| format!("header {}", from.header)),
            "seed": config.answers.seed,
            "cors": config.answers.cors,
            "journal": config.answers.journal,
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
        "upstreams": config.upstreams.iter().map(upstream::upstream).collect::<Vec<_>>(),
        "endpoints": endpoints,
    })
}

fn limits(config: &Config) -> Value {
    let limits = &config.limits;
    let bytes = |bytes: usize| size_text(bytes as u64);
    json!({
        "held": limits.held,
        "held_heads": size_text(limits.held_heads),
        "held_memory": size_text(limits.held_memory),
        "held_spill": size_text(limits.held_spill),
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
        EventGroup::Configuration => "configuration",
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
    origin(hook.0.expose())
}

fn origin(url: &str) -> String {
    match Url::parse(url) {
        Ok(url) if matches!(url.rest.as_str(), "" | "/") => url.origin(),
        Ok(url) => format!("{}/{REDACTED}", url.origin()),
        Err(_) => REDACTED.to_owned(),
    }
}
