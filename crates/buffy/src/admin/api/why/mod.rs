//! `GET why`: what a request would meet now, and by which rules.

mod endpoint;
mod outlook;

use axum::extract::State;
use axum::response::Response;
use buffy_core::config::{EndpointKind, Proxy};
use buffy_core::gate::Verdict;
use buffy_core::rule::RequestFacts;

use super::fields::{Fields, Query};
use crate::admin::Present;
use crate::admin::problem::{Problem, bad};
use crate::admin::routes::{Reader, Shared, pretty};
use crate::admin::wire::why::{Before, PriorityTried, Request, Why};
use crate::admin::wire::{Gate, Now, Term};
use crate::upstream::{Meets, Upstream};

/// A header field of the request is asked as `header.NAME=VALUE`.
const HEADER: &str = "header.";

pub(super) async fn why(
    _: Reader,
    State(shared): State<Shared>,
    Query(fields): Query,
) -> Result<Response, Problem> {
    let asked = Asked::read(&fields)?;
    let why = asked.answer(&shared.control.present())?;
    Ok(pretty(&why))
}

/// The request that is asked about.
struct Asked {
    method: String,
    path: String,
    query: String,
    host: Option<String>,
    listener: Option<String>,
    /// Names in lower case.
    headers: Vec<(String, String)>,
}

impl Asked {
    fn read(fields: &Fields) -> Result<Self, Problem> {
        let headers: Vec<&str> = fields
            .names()
            .filter(|name| name.starts_with(HEADER))
            .collect();
        fields
            .clone()
            .without(&headers)
            .only(&["path", "method", "host", "listener"])?;
        let whole = fields
            .text("path")?
            .ok_or_else(|| bad("`path` is missing; write the path of a request: `/api/x`."))?;
        if !whole.starts_with('/') {
            return Err(bad(format!(
                "`path` is `{whole}`; write the path of a request, which begins with `/`."
            )));
        }
        let (path, query) = whole.split_once('?').unwrap_or((&whole, ""));
        let header = |name: &&str| {
            let value = fields.text(name)?.unwrap_or_default();
            Ok((name.trim_start_matches(HEADER).to_ascii_lowercase(), value))
        };
        Ok(Self {
            method: fields.text("method")?.unwrap_or_else(|| "GET".to_owned()),
            path: path.to_owned(),
            query: query.to_owned(),
            host: fields.text("host")?,
            listener: fields.text("listener")?,
            headers: headers.iter().map(header).collect::<Result<_, Problem>>()?,
        })
    }

    fn answer(self, present: &Present) -> Result<Why, Problem> {
        let header = |name: &str| self.values(name);
        let facts = RequestFacts {
            method: &self.method,
            path: &self.path,
            query: &self.query,
            host: self.host.as_deref().unwrap_or_default(),
            header: &header,
        };
        let way = endpoint::find(&present.config, &self)?;
        let proxy = match way.endpoint().map(|endpoint| &endpoint.kind) {
            Some(EndpointKind::Proxy(proxy)) => Some(proxy),
            Some(EndpointKind::Respond(_) | EndpointKind::Data(_)) | None => None,
        };
        let all = proxy.iter().flat_map(|proxy| &proxy.upstreams);
        let upstreams: Vec<(&Upstream, Meets)> = all
            .filter_map(|index| present.upstreams.get(*index))
            .map(|upstream| (upstream.as_ref(), upstream.meets(&facts)))
            .collect();
        let meets = outlook::of(&present.config, &self, &way, &upstreams);
        let now = Now::read();
        Ok(Why {
            listener: way.listener.to_owned(),
            endpoint: way.shown(),
            priority: proxy.map_or_else(Vec::new, |proxy| priority(proxy, &facts)),
            upstreams: upstreams
                .into_iter()
                .map(|(upstream, meets)| before(upstream, meets, now))
                .collect(),
            meets,
            request: Request {
                method: self.method.clone(),
                path: self.path.clone(),
                host: self.host.clone(),
            },
        })
    }

    fn values(&self, name: &str) -> Vec<String> {
        let all = self.headers.iter();
        let own = all.filter(|(own, _)| own == name);
        own.map(|(_, value)| value.clone()).collect()
    }
}

fn before(upstream: &Upstream, meets: Meets, now: Now) -> Before {
    Before {
        verdict: match meets.verdict {
            Verdict::Pass => "pass",
            Verdict::Hold(_) => "hold",
            Verdict::Refuse => "refuse",
        },
        reasons: meets.reasons,
        closes: meets.closes.into_iter().map(Into::into).collect(),
        gate: Gate::of(upstream, now, true),
    }
}

fn priority(proxy: &Proxy, facts: &RequestFacts<'_>) -> Vec<PriorityTried> {
    let rules = proxy.priority.iter();
    let tried = rules.map(|one| PriorityTried {
        rule: one.rule.text().to_owned(),
        class: one.class,
        matched: one.rule.judge_request(facts),
        terms: one
            .rule
            .explain_request(facts)
            .into_iter()
            .map(Term::from)
            .collect(),
    });
    tried.collect()
}
