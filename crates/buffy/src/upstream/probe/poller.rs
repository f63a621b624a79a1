//! A look at a status document, by which an autogate opens and closes.

use std::sync::Arc;
use std::time::{Duration, Instant};

use buffy_core::config::{Autogate, Match, Then};
use buffy_core::gate::{Input, Poll};
use buffy_core::rule::{self, Document, Judgement, Rule};
use tokio::runtime::Handle;

use super::fetch::{self, Failure};
use super::last::{LastPoll, Looks, RuleTried};
use super::{LOOK_MAX, Report};
use crate::client::{Address, Client, Reply};
use crate::clock;
use crate::observe::metrics::GateCounts;
use crate::upstream::Upstream;
use crate::upstream::address::Addresses;

/// What stands for the expected version among the rules that were tried.
const EXPECT_VERSION: &str = "expect_version";

/// Polls one status document.
pub(super) struct Poller {
    pub(super) client: Client,
    /// None where the configuration's URL cannot be called, and why.
    pub(super) to: Result<Address, String>,
    pub(super) addresses: Addresses,
    pub(super) matches: Vec<Match>,
    /// What every OPEN must come with, asked when there is a document: it may change meanwhile.
    pub(super) expected: Box<dyn Fn() -> Option<Rule> + Send + Sync>,
    pub(super) within: Duration,
    pub(super) looks: Arc<Looks>,
    pub(super) counts: Arc<GateCounts>,
    pub(super) report: Report,
}

/// What a document says, for the gate and for people.
struct Judged {
    poll: Poll,
    found: String,
    rules: Vec<RuleTried>,
}

impl Poller {
    pub(super) fn new(
        upstream: &Arc<Upstream>,
        autogate: &Autogate,
        client: Client,
        control: &Handle,
        report: Report,
    ) -> Self {
        let settings = upstream.settings();
        let (uri, target) = (&autogate.uri, settings.first_target());
        // One host and port is looked up once, whoever asks.
        let addresses = if (uri.host.as_str(), uri.port) == (target.host.as_str(), target.port) {
            upstream.target(0).addresses.clone()
        } else {
            Addresses::of(&uri.host, uri.port, control.clone())
        };
        Self {
            client,
            to: Address::parse(&uri.url).map_err(|error| error.to_string()),
            addresses,
            matches: autogate.matches.clone(),
            expected: Box::new(expected_by(upstream)),
            within: settings.interval.min(LOOK_MAX),
            looks: Arc::clone(&upstream.looks),
            counts: upstream.counts(),
            report,
        }
    }

    /// Looks once, and tells; not of a failure of this machine, which says nothing of the document.
    pub(super) async fn look(&self) {
        let began = clock::now();
        let started = Instant::now();
        let fetched = match &self.to {
            Ok(to) => fetch::fetch(&self.client, &self.addresses, to, self.within).await,
            Err(error) => Err(Failure::new("broken", error.clone())),
        };
        let took = started.elapsed();
        self.counts
            .probed(took, fetched.as_ref().err().map(|failure| failure.reason));
        let (status, body, judged, local) = match fetched {
            Ok(reply) => {
                let body = fetch::shown(&reply.body);
                (
                    Some(reply.status),
                    body,
                    judge(&self.matches, (self.expected)().as_ref(), &reply),
                    false,
                )
            }
            Err(failure) => (
                None,
                String::new(),
                Judged::miss(failure.text),
                failure.local,
            ),
        };
        let Judged {
            poll: outcome,
            found,
            rules,
        } = judged;
        if local {
            tracing::warn!(error = found, "a status document could not be asked for");
        }
        let at_ms = clock::unix_ms();
        self.looks.polled(LastPoll {
            at_ms,
            took,
            status,
            body,
            found,
            rules,
        });
        if !local {
            (self.report)(Input::Poll { began, outcome });
        }
    }
}

impl Judged {
    fn miss(text: String) -> Self {
        Self {
            poll: Poll::Miss(text.clone()),
            found: text,
            rules: Vec::new(),
        }
    }
}

/// A reply's fields as rules read them.
pub(super) fn document_headers(reply: &Reply) -> Vec<(String, String)> {
    reply
        .headers
        .iter()
        .map(|(name, value)| {
            (
                name.as_str().to_owned(),
                String::from_utf8_lossy(value.as_bytes()).into_owned(),
            )
        })
        .collect()
}

/// What every OPEN of an upstream must come with.
fn expected_by(upstream: &Arc<Upstream>) -> impl Fn() -> Option<Rule> + use<> {
    let upstream = Arc::clone(upstream);
    move || upstream.expected_version()
}

fn judge(matches: &[Match], expected: Option<&Rule>, reply: &Reply) -> Judged {
    let text = String::from_utf8_lossy(&reply.body);
    let parsed: Result<serde_json::Value, _> = serde_json::from_str(&text);
    let no_json = parsed.as_ref().err().map(ToString::to_string);
    let document = Document {
        code: reply.status,
        headers: &document_headers(reply),
        text: &text,
        json: parsed.ok(),
    };
    let id = |index: usize| {
        matches
            .get(index)
            .map(|one| one.id.clone())
            .unwrap_or_default()
    };
    let (poll, found) = match rule::judge(matches, expected, &document) {
        Judgement::Open(index) => (
            Poll::Open { rule: id(index) },
            format!("rule {} says OPEN", id(index)),
        ),
        Judgement::Close(index) => (
            Poll::Close { rule: id(index) },
            format!("rule {} says CLOSE", id(index)),
        ),
        Judgement::Unmatched => (
            Poll::Unmatched,
            match expected.filter(|rule| !rule.judge(&document)) {
                None => format!("status {}, no rule matched", reply.status),
                Some(rule) => format!(
                    "status {}, no rule matched; every OPEN needs {}",
                    reply.status,
                    rule.text()
                ),
            },
        ),
        Judgement::Miss(why) => {
            let text = no_json.map_or(why.clone(), |error| format!("{why}: {error}"));
            (Poll::Miss(text.clone()), text)
        }
    };
    Judged {
        poll,
        found,
        rules: matches
            .iter()
            .map(|one| tried(one, &document))
            .chain(expected.map(|rule| version_tried(rule, &document)))
            .collect(),
    }
}

/// What every OPEN must come with, shown as a rule of its own.
fn version_tried(expected: &Rule, document: &Document<'_>) -> RuleTried {
    RuleTried {
        id: EXPECT_VERSION.to_owned(),
        then: "OPEN",
        held: expected.judge(document),
        terms: expected.explain(document),
    }
}

fn tried(one: &Match, document: &Document<'_>) -> RuleTried {
    RuleTried {
        id: one.id.clone(),
        then: match one.then {
            Then::Open => "OPEN",
            Then::Close => "CLOSE",
        },
        held: one.rule.judge(document),
        terms: one.rule.explain(document),
    }
}
