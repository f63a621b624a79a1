//! `GET requests` and `GET requests/wait`: what was asked of the endpoints that Buffy answers
//! itself.

use std::time::Duration;

use axum::Extension;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use tokio::time::timeout;

use super::endpoint;
use super::fields::{Fields, Query};
use crate::admin::problem::{Problem, bad};
use crate::admin::routes::{Reader, Shared, pretty};
use crate::admin::serve::Life;
use crate::admin::wire::Now;
use crate::admin::wire::requests::{Asked, Came, Requests};
use crate::journal::{Filter, Journal, TooManyWait, WAITING_MAX};

/// Requests that are listed where nobody says how many.
const LISTED: usize = 100;
const LISTED_MAX: usize = 10_000;

/// How long is waited where nobody says, and at most.
const WAIT: Duration = Duration::from_secs(10);
const WAIT_MAX: Duration = Duration::from_mins(10);
/// For the answer itself, when the wait is over.
const ANSWERED: Duration = Duration::from_secs(10);

pub(super) async fn list(
    _: Reader,
    State(shared): State<Shared>,
    Query(fields): Query,
) -> Result<Response, Problem> {
    fields.only(&["endpoint", "session", "unmatched", "limit"])?;
    let limit = fields.count("limit")?.unwrap_or(LISTED);
    if limit > LISTED_MAX {
        return Err(bad(format!(
            "`limit` is more than {LISTED_MAX}; write less."
        )));
    }
    let meant = Meant::read(&shared, &fields)?;
    let journal = &shared.control.answering.journal;
    let now = Now::read();
    let newest = journal.newest(&meant.filter(), limit).into_iter();
    Ok(pretty(&Requests {
        count: meant.count(journal),
        requests: newest.map(|seen| Asked::of(seen, now)).collect(),
    }))
}

pub(super) async fn wait(
    _: Reader,
    State(shared): State<Shared>,
    Extension(life): Extension<Life>,
    Query(fields): Query,
) -> Result<Response, Problem> {
    fields.only(&[
        "endpoint",
        "response",
        "session",
        "unmatched",
        "n",
        "timeout",
    ])?;
    let wanted = fields.count("n")?.unwrap_or(1) as u64;
    let within = fields.duration("timeout")?.unwrap_or(WAIT);
    if within > WAIT_MAX {
        let most = WAIT_MAX.as_secs() / 60;
        return Err(bad(format!(
            "`timeout` is longer than {most} min; wait again instead."
        )));
    }
    let meant = Meant::read(&shared, &fields)?;
    let journal = &shared.control.answering.journal;
    life.lasts(within + ANSWERED);
    let came = timeout(within, journal.until(|| meant.count(journal) >= wanted));
    let came = tokio::select! {
        came = came => came,
        () = life.stopping() => {
            let detail = "Buffy is stopping.";
            return Err(Problem::new(StatusCode::SERVICE_UNAVAILABLE, detail));
        }
    };
    let count = meant.count(journal);
    match came {
        Ok(Ok(())) => return Ok(pretty(&Came { count })),
        Ok(Err(TooManyWait)) => {
            let detail = format!("{WAITING_MAX} wait for requests already; wait again later.");
            return Err(Problem::new(StatusCode::SERVICE_UNAVAILABLE, detail));
        }
        Err(_) => {}
    }
    let detail = format!(
        "{count} of {wanted} came within {} s.",
        within.as_secs_f64()
    );
    Err(Problem::new(StatusCode::REQUEST_TIMEOUT, detail).with(&Came { count }))
}

/// Which requests are meant.
struct Meant {
    endpoint: Option<String>,
    response: Option<String>,
    session: Option<String>,
    unmatched: bool,
}

impl Meant {
    fn read(shared: &Shared, fields: &Fields) -> Result<Self, Problem> {
        let endpoint = fields.text("endpoint")?;
        let response = fields.text("response")?;
        match (&endpoint, &response) {
            (Some(id), response) => {
                let found = endpoint::find(&shared.control, id)?;
                let response = response.as_deref();
                response.map_or(Ok(()), |response| found.has_counted(response))?;
            }
            (None, Some(_)) => {
                let detail = "`response` goes with `endpoint`: say which one's it is.";
                return Err(bad(detail));
            }
            (None, None) => {}
        }
        Ok(Self {
            endpoint,
            response,
            session: fields.session("session")?,
            unmatched: fields.flag("unmatched")?,
        })
    }

    fn filter(&self) -> Filter<'_> {
        Filter {
            endpoint: self.endpoint.as_deref(),
            session: self.session.as_deref(),
            unmatched: self.unmatched,
        }
    }

    /// All since the last reset.
    fn count(&self, journal: &Journal) -> u64 {
        let counts = journal.counts(self.session.as_deref()).into_iter();
        let is = |name: &str, wanted: &Option<String>| {
            wanted.as_deref().is_none_or(|wanted| wanted == name)
        };
        let meant = counts.filter(|(named, _)| {
            is(&named.endpoint, &self.endpoint)
                && is(&named.response, &self.response)
                && (!self.unmatched || named.is_unmatched())
        });
        meant.map(|(_, count)| count.requests).sum()
    }
}
