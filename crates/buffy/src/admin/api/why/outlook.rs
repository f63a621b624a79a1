//! What becomes of a request, said in a sentence.

use buffy_core::config::{Config, EndpointKind, Proxy, ProxyMode};
use buffy_core::gate::{Absence, Verdict};

use super::Asked;
use super::endpoint::Way;
use crate::admin::wire::why::{Meets, Outcome};
use crate::upstream::{self, Upstream};

/// An upstream, and what the request meets there.
type At<'u> = (&'u Upstream, upstream::Meets);

pub(super) fn of(config: &Config, asked: &Asked, way: &Way<'_>, upstreams: &[At<'_>]) -> Meets {
    let Some(endpoint) = way.endpoint() else {
        let status = config.no_endpoint.return_code;
        let detail = format!(
            "No endpoint of `{}` matches its host and path.",
            way.listener
        );
        return at_once(Outcome::NoEndpoint, status, detail);
    };
    let id = &endpoint.id;
    if let Some(allowed) = way.refused() {
        let detail = format!("`{id}` has other methods: {allowed}.");
        return at_once(Outcome::MethodNotAllowed, 405, detail);
    }
    match &endpoint.kind {
        EndpointKind::Respond(_) | EndpointKind::Data(_) => replied(id, way.is_below()),
        EndpointKind::Proxy(proxy) => forwarded(proxy, upstreams, asked),
    }
}

fn replied(id: &str, below: bool) -> Meets {
    let name = if below { "not_found" } else { "ok" };
    Meets {
        outcome: Outcome::Replied,
        status: None,
        detail: format!("It is answered by the response `{name}` of `{id}`."),
    }
}

/// The first upstream that is not passed over decides; where all are, the request waits for each.
fn forwarded(proxy: &Proxy, upstreams: &[At<'_>], asked: &Asked) -> Meets {
    let asks_for_health = matches!(asked.method.as_str(), "GET" | "HEAD")
        && upstreams.iter().any(|(upstream, _)| {
            let path = upstream.settings().gate.health_path.as_ref();
            path == Some(&asked.path)
        });
    let mut tried = upstreams.iter();
    let Some((upstream, meets)) = tried
        .find(|(_, meets)| !is_passed_over(proxy, meets.absence))
        .or_else(|| upstreams.first())
    else {
        // A checked configuration has none without an upstream.
        return Meets {
            outcome: Outcome::Refused,
            status: None,
            detail: "Its upstream is not served any more.".to_owned(),
        };
    };
    let id = upstream.id();
    match meets.verdict {
        Verdict::Refuse => {
            let detail = format!("It is refused before `{id}`: {}.", meets.reasons.join("; "));
            at_once(Outcome::Refused, 503, detail)
        }
        Verdict::Hold(_) if asks_for_health => Meets {
            outcome: Outcome::Replied,
            status: Some(200),
            detail: format!("It is answered by `gate.health_path` while `{id}` holds."),
        },
        Verdict::Hold(_) => held(proxy, id, meets),
        Verdict::Pass if !meets.joins => Meets {
            outcome: Outcome::Passes,
            status: None,
            detail: format!("It is forwarded to `{id}` at once."),
        },
        Verdict::Pass if proxy.mode == ProxyMode::Bypass => {
            let detail = format!("Others go before it to `{id}`, and its endpoint never waits.");
            at_once(Outcome::Refused, 503, detail)
        }
        Verdict::Pass => Meets {
            outcome: Outcome::Waits,
            status: None,
            detail: format!(
                "It may pass to `{id}`, and waits its turn: of the {} that wait there, those that \
                 may pass too go before it.",
                meets.waiting
            ),
        },
    }
}

fn held(proxy: &Proxy, id: &str, meets: &upstream::Meets) -> Meets {
    let why = meets.reasons.join("; ");
    if proxy.mode == ProxyMode::Bypass {
        let detail = format!("Its endpoint never waits, and `{id}` is not open: {why}.");
        return at_once(Outcome::Refused, 503, detail);
    }
    if proxy.timeout.is_zero() || proxy.max_queue == 0 {
        let detail = format!("Its endpoint holds nothing, and `{id}` is not open: {why}.");
        return at_once(Outcome::Refused, 503, detail);
    }
    Meets {
        outcome: Outcome::Held,
        status: None,
        detail: format!(
            "It is held before `{id}` for {} s at most, beside {} that wait: {why}.",
            proxy.timeout.as_secs_f64(),
            meets.waiting
        ),
    }
}

fn is_passed_over(proxy: &Proxy, absence: Absence) -> bool {
    (absence.health && proxy.failover.health) || (absence.autogate && proxy.failover.autogate)
}

fn at_once(outcome: Outcome, status: u16, detail: String) -> Meets {
    Meets {
        outcome,
        status: Some(status),
        detail,
    }
}
