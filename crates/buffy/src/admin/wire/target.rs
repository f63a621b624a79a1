//! The addresses of an upstream, each with what is believed of it.

use buffy_core::gate::TargetStatus;
use serde::Serialize;

use super::Now;
use super::looks::Probe;
use crate::upstream::Upstream;

/// One address of the upstream.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(super) struct Target {
    /// Not shown without a token.
    #[serde(skip_serializing_if = "Option::is_none")]
    url: Option<String>,
    #[cfg_attr(test, schemars(extend("enum" = ["unknown", "up", "suspect", "down"])))]
    state: &'static str,
    /// RFC 3339.
    since: String,
    /// Its share of the requests where they are sent in turn.
    weight: u32,
    /// Requests on their way to it, where they are counted by target.
    #[serde(skip_serializing_if = "Option::is_none")]
    inflight: Option<usize>,
    /// Of them at most; none: no limit.
    #[serde(skip_serializing_if = "Option::is_none")]
    max_inflight: Option<usize>,
    /// Why the newest look at it failed.
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    last_probe: Option<Probe>,
}

/// All of an upstream. Without `all`: no addresses and nothing that a probe met.
pub(super) fn targets(
    upstream: &Upstream,
    statuses: Vec<TargetStatus>,
    inflight: &[Option<usize>],
    now: Now,
    all: bool,
) -> Vec<Target> {
    let settings = upstream.settings();
    let inflight = inflight.iter().copied().chain(std::iter::repeat(None));
    let each = statuses.into_iter().zip(&settings.targets).zip(inflight);
    each.enumerate()
        .map(|(index, ((target, own), inflight))| Target {
            url: all.then_some(target.url),
            state: target.state.word(),
            since: now.at(target.since),
            weight: own.weight,
            inflight,
            max_inflight: settings.max_inflight.map(Into::into),
            error: target.error.filter(|_| all),
            last_probe: upstream
                .looks
                .last_probe(index)
                .filter(|_| all)
                .map(Into::into),
        })
        .collect()
}
