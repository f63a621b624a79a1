//! `GET verify` and `POST verify`: were endpoints asked as often as they expect, and was there
//! nothing else?

use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Response};
use buffy_core::config::{self, Config};

use super::fields::Fields;
use crate::admin::Control;
use crate::admin::problem::Problem;
use crate::admin::routes::{Reader, Shared, pretty};
use crate::admin::wire::Now;
use crate::admin::wire::requests::Asked;
use crate::admin::wire::verify::{Expecting, Report, Served, Unmatched};
use crate::journal::{Count, Filter, Named};

/// Unmatched requests that are told, at most.
const UNMATCHED_MAX: usize = 100;

pub(super) async fn verify(
    _: Reader,
    State(shared): State<Shared>,
    request: Request,
) -> Result<Response, Problem> {
    let fields = Fields::of(request).await?;
    fields.only(&["session", "allow_unmatched"])?;
    let session = fields.session("session")?;
    let allowed = fields.flag("allow_unmatched")?;
    let report = report(&shared.control, session, allowed);
    let status = if report.verified {
        StatusCode::OK
    } else {
        StatusCode::EXPECTATION_FAILED
    };
    Ok((status, pretty(&report)).into_response())
}

fn report(control: &Control, session: Option<String>, allowed: bool) -> Report {
    let config = &control.present().config;
    let answering = &control.answering;
    let counts = answering.journal.counts(session.as_deref());
    let endpoints = config.endpoints.iter();
    let endpoints: Vec<_> = endpoints.filter_map(|one| asked(one, &counts)).collect();
    let unmatched = unmatched(control, config, (&counts, session.as_deref(), allowed));
    let failed = endpoints.iter().filter(|endpoint| !endpoint.met).count();
    let verified = failed == 0 && (allowed || unmatched.count == 0);
    Report {
        verified,
        detail: in_words(failed, &unmatched),
        seed: answering.sessions.seed(),
        file: config.name.clone(),
        session,
        sessions_forgotten: answering.journal.sessions_forgotten(),
        endpoints,
        unmatched,
    }
}

/// How often an endpoint was asked; none where it was not, and expects nothing.
fn asked(endpoint: &config::Endpoint, counts: &[(Named, Count)]) -> Option<Expecting> {
    let expect = endpoint.kind.answers()?.expect;
    let mine = || {
        let mine = counts.iter();
        mine.filter(|(named, _)| named.endpoint.as_ref() == endpoint.id)
    };
    let requests = mine().map(|(_, count)| count.requests).sum();
    if expect.is_none() && requests == 0 {
        return None;
    }
    let served = mine().filter(|(named, _)| !named.is_unmatched());
    Some(Expecting {
        endpoint: endpoint.id.clone(),
        line: endpoint.line,
        expect: expect.map(|expect| expect.to_string()),
        requests,
        resumed: mine().map(|(_, count)| count.resumed).sum(),
        met: expect.is_none_or(|expect| expect.holds(requests)),
        responses: served
            .map(|(named, count)| Served {
                response: named.response.to_string(),
                requests: count.requests,
            })
            .collect(),
    })
}

fn unmatched(
    control: &Control,
    config: &Config,
    (counts, session, allowed): (&[(Named, Count)], Option<&str>, bool),
) -> Unmatched {
    let filter = Filter {
        endpoint: None,
        session,
        unmatched: true,
    };
    let now = Now::read();
    let newest = control.answering.journal.newest(&filter, UNMATCHED_MAX);
    let none = counts.iter().filter(|(named, _)| named.is_unmatched());
    Unmatched {
        count: none.map(|(_, count)| count.requests).sum(),
        allowed,
        requests: newest
            .into_iter()
            .map(|seen| Asked::of(seen, now).placed(config))
            .collect(),
    }
}

fn in_words(failed: usize, unmatched: &Unmatched) -> String {
    let expected = match failed {
        0 => "Every expectation is met".to_owned(),
        1 => "1 endpoint was not asked as often as it expects".to_owned(),
        many => format!("{many} endpoints were not asked as often as they expect"),
    };
    let unmatched = match unmatched.count {
        0 => "every request had its response".to_owned(),
        1 => "1 request had none that was for it".to_owned(),
        many => format!("{many} requests had none that was for them"),
    };
    format!("{expected}, and {unmatched}.")
}
