//! The endpoints.

use super::fields::Fields;
use super::known::Known;
use super::written::Written;
use super::{answers, data, proxy};
use crate::config::{Endpoint, EndpointKind, Response, Upstream, url};
use crate::route;

/// All endpoints of the file.
pub(super) fn all(file: &Fields<'_>, others: &Others<'_>) -> Known<Endpoint> {
    let mut known = Known::new("endpoint");
    for section in file.sections("endpoints") {
        let id = section.id("id");
        let endpoint = read(&section, id.clone(), others);
        let path = section.key_place("path");
        let endpoint = endpoint.map(|endpoint| (endpoint, path));
        known.add(file.reader.report, id, section.key_place("id"), endpoint);
    }
    known
}

/// What answers at an endpoint. To add a type, add a line to [`TYPES`].
pub(super) struct Type {
    /// As written.
    pub name: &'static str,
    pub read: fn(&Fields<'_>, &Others<'_>) -> Option<Made>,
}

/// What a type makes of an endpoint's keys.
pub(super) type Made = (EndpointKind, Vec<Response>);

/// All types, in the order of the table of keys.
const TYPES: [&Type; 3] = [&proxy::PROXY, &answers::RESPOND, &data::DATA];

/// What else of the file an endpoint depends on.
pub(super) struct Others<'o> {
    pub upstreams: &'o Known<Upstream>,
    /// `cors` of `buffy`.
    pub cors: bool,
}

fn read(section: &Fields<'_>, id: Option<String>, others: &Others<'_>) -> Option<Endpoint> {
    let kind = section.choice("type", &TYPES);
    let desc = section.text("desc").unwrap_or_default().to_owned();
    let contains = section.choice_or_preset("match", &[false, true]);
    let path = section
        .written("path")
        .and_then(|path| self::path(&path, contains));
    let host = hosts(section);
    let methods = methods(section);
    section.skip_keys_of_others(kind.map(|kind| kind.name));
    let made = if let Some(kind) = kind {
        section.refuse_keys_of_others(kind.name);
        (kind.read)(section, others)
    } else {
        // What they may say depends on the type.
        section.key("response");
        section.key("body");
        None
    };
    let (kind, responses) = made?;
    Some(Endpoint {
        id: id?,
        line: section.place().line,
        desc,
        path: path?,
        contains,
        host: host?,
        methods: methods?,
        responses,
        kind,
    })
}

fn path(written: &Written<'_>, contains: bool) -> Option<String> {
    let text = written.text()?;
    if let Err(error) = route::check_path(text, contains) {
        written.error_at(error.column.saturating_sub(1), &error.message, "");
        return None;
    }
    Some(text.to_owned())
}

/// All of them or none; every wrong one is told.
fn hosts(section: &Fields<'_>) -> Option<Vec<String>> {
    section.refuse_empty("host", "remove the key to answer for all hosts");
    if !section.has("host") {
        return Some(Vec::new());
    }
    let host = |item: &Written<'_>| {
        let host = url::host_name(item.text()?);
        if host.is_none() {
            let hint = "write its name alone: `app.example`";
            item.error(format!("{} is not a host", item.shown()), hint);
        }
        host
    };
    let hosts: Vec<Option<String>> = section.items("host")?.iter().map(host).collect();
    hosts.into_iter().collect()
}

fn methods(section: &Fields<'_>) -> Option<Vec<String>> {
    section.refuse_empty("methods", "remove the key to take all methods");
    if !section.has("methods") {
        return Some(Vec::new());
    }
    let methods: Vec<Option<String>> = section.items("methods")?.iter().map(method).collect();
    methods.into_iter().collect()
}

/// Methods are case-sensitive (RFC 9110 §9.1), and the known ones are upper case.
fn method(item: &Written<'_>) -> Option<String> {
    let text = item.text()?;
    let token = |c: char| c.is_ascii_alphanumeric() || "!#$%&'*+-.^_`|~".contains(c);
    if text.is_empty() || !text.chars().all(token) {
        item.error(
            format!("{} is not a method", item.shown()),
            "write `GET`, `POST`, …",
        );
        return None;
    }
    if text.chars().any(|c| c.is_ascii_lowercase()) {
        let hint = format!("write `{}`", text.to_ascii_uppercase());
        item.error(
            format!("{} is not a method: they are upper case", item.shown()),
            hint,
        );
        return None;
    }
    Some(text.to_owned())
}
