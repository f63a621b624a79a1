//! The addresses of an upstream.

use super::fields::Fields;
use super::written::Written;
use crate::config::url::Url;
use crate::config::{Target, Upstream};

/// All of them or none; every wrong one is told.
pub(super) fn all(upstream: &Fields<'_>) -> Option<Vec<Target>> {
    match (upstream.has("endpoint"), upstream.has("targets")) {
        (true, true) => {
            upstream.reader.report.error(
                upstream.key_place("targets"),
                "`endpoint` and `targets` say the same",
                "write one of them: list the address of `endpoint` under `targets` too, and remove `endpoint`",
            );
            None
        }
        (false, false) => {
            upstream.reader.report.error(
                upstream.place(),
                "an upstream needs `endpoint`",
                "add `endpoint: http://host:port`, or `targets` where it has several addresses",
            );
            None
        }
        (true, false) => Some(vec![target(&upstream.written("endpoint")?, 1)?]),
        (false, true) => listed(upstream),
    }
}

fn listed(upstream: &Fields<'_>) -> Option<Vec<Target>> {
    upstream.refuse_empty("targets", "write `- url: http://host:port`");
    let sections = upstream.sections("targets");
    let (count, max) = (sections.len(), Upstream::TARGETS_MAX);
    if count > max {
        upstream.reader.report.error(
            upstream.key_place("targets"),
            format!("an upstream has at most {max} targets, and these are {count}"),
            "put a balancer before them, or make several upstreams of them",
        );
    }
    let mut known: Vec<Target> = Vec::with_capacity(count);
    for section in &sections {
        let weight = section.number_or_preset("weight");
        let written = section.written("url");
        let Some(target) = written.and_then(|url| target(&url, weight)) else {
            continue;
        };
        let same = |other: &Target| {
            (&other.host, other.port, &other.base) == (&target.host, target.port, &target.base)
        };
        if known.iter().any(same) {
            section.reader.report.error(
                section.key_place("url"),
                format!("target `{}` is there twice", target.url),
                "remove one of them; `weight` gives a target a larger share",
            );
        }
        known.push(target);
    }
    (known.len() == count && count > 0).then_some(known)
}

fn target(written: &Written<'_>, weight: u32) -> Option<Target> {
    let text = written.text()?;
    let url = written.url(text)?;
    if url.https {
        let hint = "TLS to upstreams is not built yet: write `http://`";
        written.error("an `https://` upstream cannot be reached", hint);
        return None;
    }
    if url.rest.contains('?') {
        written.error(
            format!("an upstream's `{}` has no query", written.name),
            "remove what begins with `?`",
        );
        return None;
    }
    let Url {
        host,
        port,
        authority,
        rest,
        ..
    } = url;
    let base = rest.trim_end_matches('/').to_owned();
    Some(Target {
        url: text.to_owned(),
        host,
        port,
        authority,
        base,
        weight,
    })
}
