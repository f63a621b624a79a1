//! A look at a target: does it accept, and does it say that it is well?

use std::sync::Arc;
use std::time::{Duration, Instant};

use buffy_core::config::{HealthCheck, Target};
use buffy_core::gate::Input;
use buffy_core::rule::{Document, Rule, StatusRanges};
use tokio::io::AsyncReadExt;

use super::fetch::{self, Failure};
use super::last::{HealthTried, LastProbe, Looks};
use super::poller::document_headers;
use super::{LOOK_MAX, Report};
use crate::client::{Address, Client, Reply};
use crate::clock;
use crate::observe::metrics::GateCounts;
use crate::upstream::Upstream;
use crate::upstream::address::Addresses;

/// A connection that the peer closes within so long was accepted by nobody: a proxy or a port
/// mapping before a target that is away does that.
const STANDS: Duration = Duration::from_millis(20);

/// Probes one target.
pub(super) struct Prober {
    /// Its index.
    pub(super) target: usize,
    pub(super) check: Check,
    pub(super) addresses: Addresses,
    pub(super) within: Duration,
    pub(super) looks: Arc<Looks>,
    pub(super) counts: Arc<GateCounts>,
    pub(super) report: Report,
}

/// What is asked of a target.
pub(super) enum Check {
    Tcp,
    Http(Box<Expected>),
}

/// The answer that an HTTP probe wants.
pub(super) struct Expected {
    client: Client,
    /// None where the path makes no URL, and why.
    to: Result<Address, String>,
    path: String,
    status: StatusRanges,
    rule: Option<Rule>,
}

impl Prober {
    /// Of the target of this index.
    pub(super) fn new(upstream: &Upstream, target: usize, client: Client, report: Report) -> Self {
        let settings = upstream.settings();
        let own = upstream.target(target);
        Self {
            target,
            check: Check::of(&settings.health.check, &own.settings, client),
            addresses: own.addresses.clone(),
            within: settings.interval.min(LOOK_MAX),
            looks: Arc::clone(&upstream.looks),
            counts: upstream.counts(),
            report,
        }
    }

    /// Looks once, and tells; not of a failure of this machine, which says nothing of the target.
    pub(super) async fn look(&self) {
        let began = clock::now();
        let started = Instant::now();
        let (reply, rule, failure) = match &self.check {
            Check::Tcp => (None, None, self.stands().await.err()),
            Check::Http(expected) => match expected.ask(&self.addresses, self.within).await {
                Ok(reply) => {
                    let tried = expected.try_rule(&reply);
                    let failure = expected.judge(reply.status, tried.as_ref()).err();
                    (Some(reply), tried, failure)
                }
                Err(failure) => (None, None, Some(failure)),
            },
        };
        let took = started.elapsed();
        self.counts
            .probed(took, failure.as_ref().map(|failure| failure.reason));
        let last = LastProbe {
            at_ms: clock::unix_ms(),
            took,
            status: reply.as_ref().map(|reply| reply.status),
            body: reply
                .map(|reply| fetch::shown(&reply.body))
                .unwrap_or_default(),
            rule,
            error: failure.as_ref().map(|failure| failure.text.clone()),
        };
        self.looks.probed(self.target, last);
        match failure {
            None => (self.report)(Input::Probe {
                target: self.target,
                began,
                result: Ok(()),
            }),
            Some(Failure {
                local: true, text, ..
            }) => {
                tracing::warn!(error = text, "a probe could not be made");
            }
            Some(Failure { text, .. }) => {
                (self.report)(Input::Probe {
                    target: self.target,
                    began,
                    result: Err(text),
                });
            }
        }
    }

    async fn stands(&self) -> Result<(), Failure> {
        let mut stream = fetch::connect(&self.addresses, self.within).await?;
        let mut byte = [0; 1];
        match tokio::time::timeout(STANDS, stream.read(&mut byte)).await {
            // A target that speaks first is as good as a silent one.
            Err(_) | Ok(Ok(1..)) => Ok(()),
            Ok(Ok(0) | Err(_)) => Err(Failure::new(
                "closed",
                "closed at once by the peer".to_owned(),
            )),
        }
    }
}

impl Check {
    pub(super) fn of(check: &HealthCheck, target: &Target, client: Client) -> Self {
        match check {
            HealthCheck::Tcp => Self::Tcp,
            HealthCheck::Http {
                path,
                expect_status,
                rule,
            } => Self::Http(Box::new(Expected {
                client,
                to: Address::parse(&format!("http://{}{path}", target.authority))
                    .map_err(|error| error.to_string()),
                path: path.clone(),
                status: expect_status.clone(),
                rule: rule.clone(),
            })),
        }
    }
}

impl Expected {
    async fn ask(&self, addresses: &Addresses, within: Duration) -> Result<Reply, Failure> {
        match &self.to {
            Ok(to) => fetch::fetch(&self.client, addresses, to, within).await,
            Err(error) => Err(Failure::new("broken", error.clone())),
        }
        .map_err(|failure| Failure {
            text: format!("GET {}: {}", self.path, failure.text),
            ..failure
        })
    }

    /// The rule, where there is one, with what its comparisons met.
    fn try_rule(&self, reply: &Reply) -> Option<HealthTried> {
        let rule = self.rule.as_ref()?;
        let text = String::from_utf8_lossy(&reply.body);
        let document = Document {
            code: reply.status,
            headers: &document_headers(reply),
            text: &text,
            json: serde_json::from_str(&text).ok(),
        };
        Some(HealthTried {
            rule: rule.text().to_owned(),
            held: rule.judge(&document),
            terms: rule.explain(&document),
        })
    }

    fn judge(&self, status: u16, tried: Option<&HealthTried>) -> Result<(), Failure> {
        let path = &self.path;
        if !self.status.contains(status) {
            let text = format!("GET {path}: status {status}, expected {}", self.status);
            return Err(Failure::new("status", text));
        }
        let Some(failed) = tried.filter(|tried| !tried.held) else {
            return Ok(());
        };
        let met = failed.terms.iter();
        let met: Vec<String> = met
            .map(|term| format!("{} met {}", term.text, term.got))
            .collect();
        let text = format!(
            "GET {path}: status {status}, but the rule fails: {}",
            met.join(", ")
        );
        Err(Failure::new("rule", text))
    }
}
