//! The admin listener, its tokens, and who is told of events.

use std::path::PathBuf;

use super::fields::Fields;
use super::known::Known;
use super::{listener, secret};
use crate::config::{Admin, EventGroup, Notify, Scope, Token, url};

/// The admin listener, if there is one.
pub(super) fn read(buffy: &Fields<'_>) -> Option<Admin> {
    let admin = buffy.section("admin")?;
    Some(Admin {
        line: buffy.key_place("admin").line,
        path: path(&admin),
        bind: listener::bind(&admin),
        port: admin.number_or_preset("port"),
        unix: admin.text("unix").map(PathBuf::from),
        tokens: tokens(&admin),
        hosts: hosts(&admin),
        compat_get: admin.flag("compat_get"),
        notify: notify(&admin),
    })
}

fn path(admin: &Fields<'_>) -> String {
    let preset = admin.preset("path");
    let Some(written) = admin.written("path") else {
        return preset.to_owned();
    };
    let Some(text) = written.text() else {
        return preset.to_owned();
    };
    let trimmed = text.trim_end_matches('/');
    let visible = |c: char| c.is_ascii_graphic() && !matches!(c, '?' | '#' | '%' | '{' | '}');
    if !trimmed.starts_with('/') || !trimmed.chars().all(visible) {
        let hint = "write a path that begins with `/`, such as `/_admin`";
        written.error(
            format!("{} cannot be the admin's path", written.shown()),
            hint,
        );
    }
    trimmed.to_owned()
}

fn tokens(admin: &Fields<'_>) -> Vec<Token> {
    let mut known = Known::new("token");
    for token in admin.sections("tokens") {
        let name = token.id("name");
        let scope = token.choice("scope", &[Scope::Read, Scope::Gate, Scope::Admin]);
        let value = token
            .written("value")
            .and_then(|value| secret::secret(&value));
        let place = token.key_place("name");
        let read = name.clone().zip(scope).zip(value);
        let read = read.map(|((name, scope), value)| (Token { name, scope, value }, place));
        known.add(admin.reader.report, name, place, read);
    }
    known.into_values()
}

fn hosts(admin: &Fields<'_>) -> Vec<String> {
    let items = admin.items("hosts").unwrap_or_default();
    let host = |item: &super::written::Written<'_>| {
        let host = url::host_name(item.text()?);
        if host.is_none() {
            item.error(
                format!("{} is not a host name", item.shown()),
                "write it without a port",
            );
        }
        host
    };
    items.iter().filter_map(host).collect()
}

fn notify(admin: &Fields<'_>) -> Notify {
    let notify = admin.section_or_presets("notify");
    let hook = |name| notify.written(name).and_then(|hook| secret::hook(&hook));
    let webhook_secret = notify
        .written("secret")
        .and_then(|secret| secret::secret(&secret));
    if notify.has("secret") && !notify.has("webhook") {
        let place = notify.key_place("secret");
        let hint = "add `webhook`, or remove it";
        admin
            .reader
            .report
            .error(place, "`secret` signs a webhook, and there is none", hint);
    }
    notify.refuse_empty("events", "remove the key to send all of them");
    let events = notify.choices(
        "events",
        &[
            EventGroup::Gate,
            EventGroup::Upstream,
            EventGroup::Hold,
            EventGroup::Configuration,
        ],
    );
    Notify {
        webhook: hook("webhook"),
        webhook_secret,
        slack: hook("slack"),
        events,
    }
}
