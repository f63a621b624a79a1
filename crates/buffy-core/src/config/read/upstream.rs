//! The upstreams.

use std::num::NonZeroUsize;
use std::time::Duration;

use super::fields::Fields;
use super::known::Known;
use super::written::Written;
use super::{autogate, gate, release, target};
use crate::config::{Balance, DocumentKind, Health, HealthCheck, Pool, Timeouts, Upstream};
use crate::rule::{Rule, StatusRanges};

/// All upstreams of the file.
pub(super) fn all(file: &Fields<'_>) -> Known<Upstream> {
    let mut known = Known::new("upstream");
    for section in file.sections("upstreams") {
        let id = section.id("id");
        let upstream = read(&section, id.clone());
        let place = section.key_place("id");
        known.add(
            file.reader.report,
            id,
            place,
            upstream.map(|upstream| (upstream, place)),
        );
    }
    known
}

/// The time-outs of an upstream; those of an endpoint stand on the upstream's.
pub(super) fn timeouts(section: Option<&Fields<'_>>, under: Option<Timeouts>) -> Option<Timeouts> {
    let read = |name: &'static str, under: Option<Duration>| match (section, under) {
        (Some(section), Some(under)) => Some(section.duration(name).unwrap_or(under)),
        (Some(section), None) => Some(section.duration_or_preset(name)),
        (None, under) => under,
    };
    let connect = read("connect", under.map(|under| under.connect));
    let first_byte = read("first_byte", under.map(|under| under.first_byte));
    let idle = read("idle", under.map(|under| under.idle));
    let body_idle = read("body_idle", under.map(|under| under.body_idle));
    Some(Timeouts {
        connect: connect?,
        first_byte: first_byte?,
        idle: idle?,
        body_idle: body_idle?,
    })
}

fn read(section: &Fields<'_>, id: Option<String>) -> Option<Upstream> {
    let targets = target::all(section);
    let balance = [Balance::RoundRobin, Balance::LeastInflight, Balance::First];
    let balance = section.choice_or_preset("balance", &balance);
    let max_inflight = NonZeroUsize::new(section.number_or_preset("max_inflight"));
    let interval = section.duration_or_preset("interval");
    let health = health(section, id.as_deref());
    let max_queue = section
        .number("max_queue")
        .and_then(|max| usize::try_from(max).ok());
    let timeouts = timeouts(Some(&section.section_or_presets("timeouts")), None);
    let pool = section.section_or_presets("pool");
    let pool = Pool {
        idle: pool.duration_or_preset("idle"),
        max: pool.number_or_preset("max"),
    };
    let release = release::read(section);
    let gate = gate::read(section);
    let autogate = section.section("autogate");
    let autogate = autogate.map(|autogate| autogate::read(&autogate, targets.as_deref()));
    Some(Upstream {
        id: id?,
        line: section.place().line,
        targets: targets?,
        balance,
        max_inflight,
        interval,
        health,
        max_queue,
        timeouts: timeouts?,
        pool,
        release,
        gate: gate?,
        // An autogate that could not be read is not the same as none.
        autogate: autogate.map_or(Some(None), |autogate| autogate.map(Some))?,
    })
}

fn health(upstream: &Fields<'_>, id: Option<&str>) -> Health {
    let section = upstream.section_or_presets("health");
    if let Some(id) = id
        && !section.has("path")
        && !upstream.has("autogate")
    {
        warn_of_connects(upstream, id);
    }
    let path = section.written("path").and_then(|path| probe_path(&path));
    let rule = section
        .written("if")
        .and_then(|rule| self::rule(&rule, DocumentKind::Json));
    let statuses = section
        .written("expect_status")
        .and_then(|written| statuses(&written));
    for name in ["expect_status", "if"] {
        if section.has(name) && !section.has("path") {
            let place = section.key_place(name);
            let message = format!("`{name}` is about the answer to a GET, and there is no `path`");
            upstream
                .reader
                .report
                .error(place, message, "add `path`, or remove it");
        }
    }
    let rise = section
        .number("rise")
        .and_then(|rise| u32::try_from(rise).ok());
    let preset = || StatusRanges::parse(section.preset("expect_status"));
    let expect_status = statuses.unwrap_or_else(|| preset().expect("statuses are preset"));
    let (check, usual_rise) = match path {
        Some(path) => (
            HealthCheck::Http {
                path,
                expect_status,
                rule,
            },
            2,
        ),
        None => (HealthCheck::Tcp, 1),
    };
    Health {
        check,
        rise: rise.unwrap_or(usual_rise),
        fall: section.number_or_preset("fall"),
        fast_interval: section.duration_or_preset("fast_interval"),
    }
}

/// A rule, its errors at their columns.
pub(super) fn rule(written: &Written<'_>, kind: DocumentKind) -> Option<Rule> {
    match Rule::parse(written.text()?, kind) {
        Ok(rule) => Some(rule),
        Err(error) => {
            written.error_at(error.column.saturating_sub(1), &error.message, "");
            None
        }
    }
}

fn probe_path(written: &Written<'_>) -> Option<String> {
    let text = written.text()?;
    let visible = text.chars().all(|c| c.is_ascii_graphic() && c != '#');
    if !text.starts_with('/') || !visible {
        let hint = "write a path that begins with `/`, such as `/health`";
        written.error(format!("{} is not a path", written.shown()), hint);
        return None;
    }
    Some(text.to_owned())
}

fn statuses(written: &Written<'_>) -> Option<StatusRanges> {
    match StatusRanges::parse(written.text()?) {
        Ok(statuses) => Some(statuses),
        Err(error) => {
            written.error_at(0, &error, "");
            None
        }
    }
}

fn warn_of_connects(upstream: &Fields<'_>, id: &str) {
    let message = format!("upstream `{id}` counts as up as soon as it takes connections");
    let hint = "add `health: {path: /health}` or `autogate`, \
                so that it gets no request before it is ready";
    upstream
        .reader
        .report
        .warn(upstream.key_place("id"), message, hint);
}
