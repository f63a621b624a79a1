//! What `type: proxy` endpoints have beside the rest.

use super::endpoint::Type;
use super::fields::Fields;
use super::header_fields;
use super::known::Known;
use super::written::Written;
use super::{response, rule, upstream};
use crate::config::{
    BodySettings, EndpointKind, Failover, HeadersMode, Priority, Proxy, ProxyMode, Rewrite,
    Timeouts, Upstream,
};

/// `type: proxy`.
pub(super) const PROXY: Type = Type {
    name: "proxy",
    read: |section, others| {
        let responses = response::refusals(section);
        let proxy = read(section, others.upstreams);
        Some((EndpointKind::Proxy(Box::new(proxy?)), responses?))
    },
};

fn read(section: &Fields<'_>, upstreams: &Known<Upstream>) -> Option<Proxy> {
    let (named, failover) = (named(section, upstreams), failover(section));
    let mode = [ProxyMode::StoreAndForward, ProxyMode::Bypass];
    let mode = section.choice_or_preset("proxy_mode", &mode);
    let timeout = section.duration_or_preset("timeout");
    let max_queue = section.number_or_preset("max_queue");
    // To wait for no time is not to wait.
    let max_queue = if timeout.is_zero() { 0 } else { max_queue };
    let holds = mode == ProxyMode::StoreAndForward && max_queue > 0;
    let timeouts = timeouts(section, named.as_deref().unwrap_or_default(), upstreams);
    let body = body(&section.section_or_presets("body"));
    let hold_on = hold_on(section, holds);
    let priority = priority(section, holds);
    let repeat = section.section_or_presets("repeat");
    let idempotency_key = repeat.flag("idempotency_key");
    let headers = [HeadersMode::Full, HeadersMode::Minimal, HeadersMode::None];
    let headers = section.choice_or_preset("headers", &headers);
    let (via, preserve_host) = (section.flag("via"), section.flag("preserve_host"));
    let rewrite = rewrite(&section.section_or_presets("rewrite"));
    Some(Proxy {
        upstreams: named?,
        failover,
        mode,
        timeout,
        max_queue,
        timeouts,
        body,
        hold_on,
        idempotency_key,
        priority: priority?,
        headers,
        via,
        preserve_host,
        rewrite,
    })
}

/// The upstreams in order, all of them or none; every wrong one is told.
fn named(section: &Fields<'_>, upstreams: &Known<Upstream>) -> Option<Vec<usize>> {
    let report = section.reader.report;
    if !section.has("upstream") {
        let hint = "write `upstream: ID`, the id of one of the `upstreams`";
        report.error(
            section.key_place("type"),
            "a `proxy` endpoint needs `upstream`",
            hint,
        );
    }
    section.refuse_empty("upstream", "write the id of one of the `upstreams`");
    let items = section.items("upstream")?;
    let found: Vec<Option<usize>> = items.iter().map(|item| upstreams.find(item)).collect();
    for (position, item) in items.iter().enumerate() {
        let before = found.iter().take(position);
        let index = found.get(position).copied().flatten();
        if index.is_some() && before.clone().any(|&earlier| earlier == index) {
            item.error(
                format!("upstream {} is named twice", item.shown()),
                "remove one of the two: the next one is another upstream",
            );
        }
    }
    let found: Option<Vec<usize>> = found.into_iter().collect();
    found.filter(|found| !found.is_empty())
}

fn failover(section: &Fields<'_>) -> Failover {
    let both = Failover {
        health: true,
        autogate: true,
    };
    section.refuse_empty(
        "failover",
        "name one upstream where none is to be passed over, or remove the key",
    );
    if !section.has("failover") {
        return both;
    }
    let (health, autogate) = (
        Failover {
            autogate: false,
            ..both
        },
        Failover {
            health: false,
            ..both
        },
    );
    let chosen = section.choices("failover", &[health, autogate]);
    Failover {
        health: chosen.contains(&health),
        autogate: chosen.contains(&autogate),
    }
}

/// For each upstream that is named: the endpoint's, over its own.
fn timeouts(section: &Fields<'_>, named: &[usize], upstreams: &Known<Upstream>) -> Vec<Timeouts> {
    let written = section.section("timeouts");
    if named.is_empty() {
        // What is wrong with them is told, whatever they stand on.
        upstream::timeouts(written.as_ref(), None);
    }
    let under = named
        .iter()
        .filter_map(|&index| upstreams.values().get(index));
    under
        .filter_map(|upstream| upstream::timeouts(written.as_ref(), Some(upstream.timeouts)))
        .collect()
}

fn body(section: &Fields<'_>) -> BodySettings {
    let (memory, buffer): (u64, u64) = (
        section.size_or_preset("memory"),
        section.size_or_preset("buffer"),
    );
    let max = section.size("max");
    let both = section.has("memory") && section.has("buffer");
    if memory > buffer && both {
        section.reader.report.error(
            section.key_place("memory"),
            "`memory` is a part of `buffer`, and larger than it",
            "let `buffer` be at least as much",
        );
    }
    // A default never undercuts what is written.
    let buffer = if section.has("memory") {
        buffer.max(memory)
    } else {
        buffer
    };
    BodySettings {
        memory: memory.min(buffer),
        buffer,
        max,
    }
}

fn hold_on(section: &Fields<'_>, holds: bool) -> Vec<u16> {
    section.refuse_empty("hold_on", "write `hold_on: [503]`, or remove the key");
    refuse_unless_holding(section, "hold_on", holds);
    let mut statuses = Vec::new();
    for (item, status) in section.numbers("hold_on") {
        let Ok(status) = u16::try_from(status) else {
            continue;
        };
        if status != 429 && status < 500 {
            item.error(
                format!("{status} does not say that the upstream may answer later"),
                "write 429, or one of 500 to 599",
            );
        } else if statuses.contains(&status) {
            item.error(format!("{status} is there twice"), "remove one of the two");
        } else {
            statuses.push(status);
        }
    }
    statuses
}

/// All rules, or none if one of them could not be read: the others would not mean the same.
fn priority(section: &Fields<'_>, holds: bool) -> Option<Vec<Priority>> {
    section.refuse_empty("priority", "write a rule, or remove the key");
    refuse_unless_holding(section, "priority", holds);
    let read = |one: &Fields<'_>| {
        let rule = one.written("if").and_then(|rule| rule::request(&rule));
        let class = one.number("class");
        let class = class.and_then(|class| u8::try_from(class).ok());
        Some(Priority {
            rule: rule?,
            class: class?,
        })
    };
    let rules: Vec<Option<Priority>> = section.sections("priority").iter().map(read).collect();
    rules.into_iter().collect()
}

fn refuse_unless_holding(section: &Fields<'_>, name: &str, holds: bool) {
    if !holds && section.has(name) {
        section.reader.report.error(
            section.key_place(name),
            format!("`{name}` means nothing where no request is held"),
            "remove it, or what makes the endpoint never hold: `proxy_mode: bypass`, `timeout: 0` or `max_queue: 0`",
        );
    }
}

fn rewrite(section: &Fields<'_>) -> Rewrite {
    let strip_prefix = section
        .written("strip_prefix")
        .and_then(|prefix| self::prefix(&prefix));
    let set = section.written("set_headers");
    let set_headers = set
        .map(|set| header_fields::of_requests(&set))
        .unwrap_or_default();
    let remove = section.items("remove_headers").unwrap_or_default();
    let remove_headers = remove.iter().filter_map(header_fields::removed).collect();
    Rewrite {
        strip_prefix,
        set_headers,
        remove_headers,
    }
}

fn prefix(written: &Written<'_>) -> Option<String> {
    let prefix = written.text()?.trim_end_matches('/');
    if !prefix.starts_with('/') {
        let hint = "write a path that begins with `/`, such as `/api`";
        written.error(format!("{} is not a prefix", written.shown()), hint);
        return None;
    }
    Some(prefix.to_owned())
}
