//! `GET held`, `POST held/release` and `POST held/refuse`: those who wait, and a hand for them.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::response::Response;
use buffy_core::rule::{RequestFacts, Rule};
use serde::de::DeserializeOwned;

use super::fields::{Fields, Query};
use super::upstream;
use crate::admin::Control;
use crate::admin::problem::{Problem, bad};
use crate::admin::routes::{Changer, Reader, Shared, pretty};
use crate::admin::wire::Now;
use crate::admin::wire::held::{Came, Held, One};
use crate::tasks;
use crate::upstream::{ByHand, Shown, Upstream};

/// Requests that are listed where nobody says how many.
const LISTED: usize = 100;
const LISTED_MAX: usize = 10_000;

pub(super) async fn list(
    _: Reader,
    State(shared): State<Shared>,
    Query(fields): Query,
) -> Result<Response, Problem> {
    fields.only(&["upstream", "limit"])?;
    let limit = fields.count("limit")?.unwrap_or(LISTED);
    if limit > LISTED_MAX {
        return Err(bad(format!(
            "`limit` is more than {LISTED_MAX}; write less."
        )));
    }
    let upstreams = upstreams(&shared.control, &fields)?;
    let now = Now::read();
    let mut held = Held {
        count: upstreams.iter().map(|one| one.status().held).sum(),
        held: Vec::new(),
    };
    for upstream in upstreams {
        let left = limit - held.held.len();
        let requests = upstream.held_requests(left).into_iter();
        let shown = requests.map(|one| One::of(upstream.id(), one, now));
        held.held.extend(shown);
    }
    let only = fields.text("upstream")?;
    let only = only.map_or_else(String::new, |id| format!("&upstream={id}"));
    let target = format!("/api/v1/held?limit={limit}{only}");
    if let Some(earlier) = of_elder(&shared.control, "GET", target, String::new()).await {
        held = held.behind(earlier, limit);
    }
    Ok(pretty(&held))
}

/// What the Buffy that was taken over from answers, as long as it is there: it has held requests,
/// too.
async fn of_elder<T: DeserializeOwned>(
    control: &Control,
    method: &'static str,
    target: String,
    body: String,
) -> Option<T> {
    let elder = control.elder()?;
    let asked = tasks::spawn_blocking(move || elder.admin(method, &target, &body));
    match asked.await.ok()? {
        // What it does not know (an upstream that is new) nobody waits for there.
        Ok((status, body)) => (status == 200)
            .then(|| serde_json::from_str(&body).ok())
            .flatten(),
        Err(error) => {
            tracing::warn!(%error, "the Buffy before this one was not asked");
            None
        }
    }
}

/// What is done with those that are meant.
#[derive(Clone, Copy, Debug)]
pub(super) enum Hand {
    /// They go now, past closes and the autogate.
    Release,
    /// They are answered 503 now.
    Refuse,
}

pub(super) async fn by_hand(
    hand: Hand,
    Changer(caller): Changer,
    State(shared): State<Shared>,
    request: Request,
) -> Result<Response, Problem> {
    let fields = Fields::of(request).await?;
    let mut meant = Meant::read(&fields)?;
    let upstreams = upstreams(&shared.control, &fields)?;
    let mut came = Came::default();
    let target = format!("/api/v1/held/{}", hand.word());
    let earlier = of_elder::<Came>(&shared.control, "POST", target, fields.to_json()).await;
    if let Some(earlier) = earlier {
        meant.are_fewer(earlier.sum());
        came.join(&earlier);
    }
    for upstream in upstreams {
        came.add(meant.reach(&upstream, hand));
    }
    came.unknown = meant.missing(came.sum());
    tracing::info!(
        ?hand,
        by = caller.name(),
        ?came,
        "held requests were seen to by hand"
    );
    Ok(pretty(&came))
}

/// Those that are meant.
enum Meant {
    Ids(Vec<u128>),
    /// The first `count` of one upstream that the rule names.
    Some {
        rule: Option<Rule>,
        count: usize,
    },
}

impl Hand {
    fn word(self) -> &'static str {
        match self {
            Self::Release => "release",
            Self::Refuse => "refuse",
        }
    }
}

impl Meant {
    /// So many were reached already.
    fn are_fewer(&mut self, reached: usize) {
        if let Self::Some { count, .. } = self {
            *count = count.saturating_sub(reached);
        }
    }

    fn read(fields: &Fields) -> Result<Self, Problem> {
        fields.only(&["ids", "upstream", "if", "count"])?;
        if let Some(ids) = fields.list("ids")? {
            if fields.has("if") || fields.has("count") {
                let detail = "`if` and `count` go with `upstream`, not with `ids`.";
                return Err(bad(detail));
            }
            return Ok(Self::Ids(
                ids.iter().map(|id| read_id(id)).collect::<Result<_, _>>()?,
            ));
        }
        if !fields.has("upstream") {
            let detail = "Nobody is meant; write `ids` as `GET held` shows them, or `upstream`, \
                          with `if` (a rule on requests) and `count` where not all are.";
            return Err(bad(detail));
        }
        let rule = fields.rule("if", Rule::parse_request)?;
        if rule.as_ref().is_some_and(Rule::names_header) {
            let detail = "`if` names a header field, and those of held requests are not kept; use \
                          `method`, `path`, `host` and `query.NAME`.";
            return Err(bad(detail));
        }
        let count = fields.count("count")?.unwrap_or(usize::MAX);
        Ok(Self::Some { rule, count })
    }

    fn reach(&self, upstream: &Upstream, hand: Hand) -> ByHand {
        let (max, meant): (usize, &dyn Fn(&Shown) -> bool) = match self {
            Self::Ids(ids) => (usize::MAX, &|shown| ids.contains(&shown.id)),
            Self::Some { rule, count } => (*count, &|shown| {
                rule.as_ref().is_none_or(|rule| names(rule, shown))
            }),
        };
        match hand {
            Hand::Release => upstream.release_held(max, meant),
            Hand::Refuse => upstream.refuse_held(max, meant),
        }
    }

    /// Of the ids, those that nobody has who waits.
    fn missing(&self, found: usize) -> Option<usize> {
        match self {
            Self::Ids(ids) => Some(ids.len().saturating_sub(found)),
            Self::Some { .. } => None,
        }
    }
}

fn names(rule: &Rule, shown: &Shown) -> bool {
    rule.judge_request(&RequestFacts {
        method: shown.line.method(),
        path: shown.line.path(),
        query: shown.line.query(),
        host: shown.line.host(),
        header: &|_| Vec::new(),
    })
}

fn read_id(text: &str) -> Result<u128, Problem> {
    u128::from_str_radix(text, 16).map_err(|_| {
        bad(format!(
            "`ids` has `{text}`, which is no id; write them as `GET held` shows them."
        ))
    })
}

/// The one that is named, else all.
fn upstreams(control: &Control, fields: &Fields) -> Result<Vec<Arc<Upstream>>, Problem> {
    match fields.text("upstream")? {
        Some(id) => Ok(vec![upstream::find(control, &id)?]),
        None => Ok(control.present().upstreams.clone()),
    }
}
