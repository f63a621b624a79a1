//! From the tree to the checked configuration, section by section.
//!
//! Every reader goes on after a mistake, so that all of them are told at once. What it gives back
//! is used only if nothing was wrong; what depends on a variable without a value is left out.

mod admin;
mod answers;
mod autogate;
mod content;
mod data;
mod endpoint;
mod fields;
mod gate;
mod header_fields;
mod json;
mod known;
mod listener;
mod path;
mod process;
mod proxy;
mod release;
mod response;
mod rule;
mod secret;
mod stream;
mod target;
mod template;
mod upstream;
mod values;
mod written;

use std::num::NonZeroUsize;
use std::path::PathBuf;

use self::endpoint::Others;
use self::fields::Fields;
use self::known::Known;
use super::keys::FILE;
use super::report::Report;
use super::tree::Node;
use super::{Config, Endpoint, EndpointKind, Listener, Surroundings};
use crate::route;

/// What every reader needs.
#[derive(Clone, Copy)]
pub(super) struct Reader<'r> {
    pub report: &'r Report<'r>,
    pub around: &'r Surroundings<'r>,
}

/// The configuration that the tree says; to be used only if the report has no error.
pub(super) fn config(reader: Reader<'_>, root: &Node) -> Option<Config> {
    let file = Fields::open(reader, &FILE, root)?;
    version(&file);
    let upstreams = upstream::all(&file);
    let buffy = file.section_or_presets("buffy");
    let answers = process::answers(&buffy);
    let others = Others {
        upstreams: &upstreams,
        cors: answers.cors,
    };
    let endpoints = endpoint::all(&file, &others);
    let listeners = listener::all(&buffy, &endpoints);
    let admin = admin::read(&buffy);
    if let Some(admin) = &admin {
        listener::refuse_taken(&buffy, &listeners, admin);
    }
    told_apart(reader, &endpoints, &listeners);
    gate::warn_of_unreached(reader, &upstreams, endpoints.values(), &listeners);
    let max_queues = max_queues(&upstreams, &endpoints);
    file.refuse_empty("endpoints", "write one, or remove the key");
    if !file.has("endpoints") {
        let hint = "add `endpoints`";
        reader.report.warn(
            file.place(),
            "no endpoint: every request gets `no_endpoint`",
            hint,
        );
    }
    Some(Config {
        name: reader.report.name().to_owned(),
        listeners,
        admin,
        workers: workers(&buffy),
        state_dir: buffy.text("state_dir").map(PathBuf::from),
        limits: process::limits(&buffy, max_queues),
        answers,
        no_endpoint: process::no_endpoint(&buffy),
        log: process::log(&buffy),
        shutdown: process::shutdown(&buffy),
        upstreams: upstreams.into_values(),
        endpoints: endpoints.into_values(),
    })
}

fn version(file: &Fields<'_>) {
    let Some(written) = file.written("version") else {
        return;
    };
    let Some(text) = written.text() else { return };
    if text != "0.1" {
        let hint = "this Buffy reads `version: 0.1`";
        written.error(format!("{} is not a known version", written.shown()), hint);
    }
}

fn workers(buffy: &Fields<'_>) -> Option<NonZeroUsize> {
    let written = buffy.written("workers")?;
    if written.text()? == buffy.preset("workers") {
        return None;
    }
    NonZeroUsize::new(usize::try_from(written.number(1, 1024)?).ok()?)
}

/// The largest `max_queue` that is written; presets of endpoints are no smaller than the limit.
fn max_queues(upstreams: &Known<super::Upstream>, endpoints: &Known<Endpoint>) -> usize {
    let upstreams = upstreams
        .values()
        .iter()
        .filter_map(|upstream| upstream.max_queue);
    let endpoints = endpoints
        .values()
        .iter()
        .map(|endpoint| match &endpoint.kind {
            EndpointKind::Proxy(proxy) => proxy.max_queue,
            EndpointKind::Respond(_) | EndpointKind::Data(_) => 0,
        });
    upstreams.chain(endpoints).max().unwrap_or_default()
}

/// Every endpoint must get its requests on some listener.
fn told_apart(reader: Reader<'_>, endpoints: &Known<Endpoint>, listeners: &[Listener]) {
    let mut told: Vec<(usize, usize)> = Vec::new();
    for listener in listeners {
        let pairs = route::conflicts(endpoints.values(), listener.endpoints.as_deref());
        for (earlier, later) in pairs {
            if told.contains(&(earlier, later)) {
                continue;
            }
            told.push((earlier, later));
            let [Some(first), Some(second)] =
                [earlier, later].map(|index| endpoints.values().get(index))
            else {
                continue;
            };
            let message = format!(
                "endpoint `{}` can never be reached: `{}` on line {} takes its requests",
                second.id, first.id, first.line
            );
            let hint = "give it another `path`, `host` or `methods`, or remove one of the two";
            reader.report.error(endpoints.place(later), message, hint);
        }
    }
    for (index, endpoint) in endpoints.values().iter().enumerate() {
        let serves = |listener: &Listener| {
            listener
                .endpoints
                .as_ref()
                .is_none_or(|only| only.contains(&index))
        };
        if !listeners.iter().any(serves) {
            let message = format!(
                "endpoint `{}` can never be reached: no listener serves it",
                endpoint.id
            );
            let hint = "add its id to the `endpoints` of a listener, or remove it";
            reader.report.error(endpoints.place(index), message, hint);
        }
    }
}
