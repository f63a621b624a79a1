//! The answer of `GET why`, and how it is told: what the request meets first, then who says so.

use std::fmt::{self, Display, Formatter};

use serde::Deserialize;

use super::super::wire::{Entry, forced};
use super::super::words::joined;

/// What a request would meet now, and why.
#[derive(Debug, Deserialize)]
pub(super) struct Explained {
    request: Request,
    meets: Meets,
    #[serde(default)]
    endpoint: Option<Endpoint>,
    #[serde(default)]
    priority: Vec<Priority>,
    #[serde(default)]
    upstreams: Vec<Before>,
}

#[derive(Debug, Deserialize)]
struct Request {
    method: String,
    path: String,
}

#[derive(Debug, Deserialize)]
struct Meets {
    detail: String,
}

#[derive(Debug, Deserialize)]
struct Endpoint {
    id: String,
    path: String,
    because: String,
}

#[derive(Debug, Deserialize)]
struct Priority {
    #[serde(rename = "if")]
    rule: String,
    class: u8,
    matched: bool,
    terms: Vec<Term>,
}

/// An upstream, as the request meets it.
#[derive(Debug, Deserialize)]
struct Before {
    verdict: String,
    reasons: Vec<String>,
    closes: Vec<Close>,
    gate: Gate,
}

#[derive(Debug, Deserialize)]
struct Close {
    actor: String,
    reason: String,
    hold: String,
    held: bool,
    #[serde(default)]
    terms: Vec<Term>,
}

#[derive(Debug, Deserialize)]
struct Gate {
    id: String,
    #[serde(default)]
    operator: Vec<Entry>,
    autogate: Autogate,
    targets: Vec<Target>,
}

#[derive(Debug, Deserialize)]
struct Autogate {
    state: String,
    #[serde(default)]
    last_poll: Option<Look>,
}

#[derive(Debug, Deserialize)]
struct Target {
    #[serde(default)]
    url: Option<String>,
    state: String,
    #[serde(default)]
    error: Option<String>,
    #[serde(default)]
    last_probe: Option<Look>,
}

/// A poll or a probe.
#[derive(Debug, Deserialize)]
struct Look {
    at: String,
    took_ms: u64,
    #[serde(default)]
    status: Option<u16>,
    #[serde(default)]
    body: String,
    #[serde(default)]
    error: Option<String>,
    /// Of a poll: what was made of it.
    #[serde(default)]
    found: Option<String>,
    #[serde(default)]
    rules: Vec<Rule>,
}

#[derive(Debug, Deserialize)]
struct Rule {
    id: String,
    then: String,
    matched: bool,
    terms: Vec<Term>,
}

#[derive(Debug, Deserialize)]
struct Term {
    #[serde(rename = "term")]
    text: String,
    got: String,
    matched: bool,
}

impl Display for Explained {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let Request { method, path } = &self.request;
        writeln!(f, "{method} {path}: {}", self.meets.detail)?;
        if let Some(Endpoint { id, path, because }) = &self.endpoint {
            writeln!(f, "endpoint {id} ({path}): {because}")?;
        }
        for one in &self.priority {
            let matched = if one.matched { "is" } else { "is not" };
            writeln!(f, "  {matched} of class {}: {}", one.class, one.rule)?;
            tell(f, &one.terms)?;
        }
        self.upstreams.iter().try_for_each(|one| one.fmt(f))
    }
}

impl Display for Before {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let (id, verdict) = (&self.gate.id, &self.verdict);
        if self.reasons.is_empty() {
            writeln!(f, "upstream {id}: {verdict}")?;
        } else {
            writeln!(f, "upstream {id}: {verdict}: {}", joined(&self.reasons))?;
        }
        for close in &self.closes {
            let follows = if close.held {
                "holds it"
            } else {
                "lets it pass"
            };
            let (actor, hold) = (&close.actor, &close.hold);
            let reason = if close.reason.is_empty() {
                String::new()
            } else {
                format!(" ({})", close.reason)
            };
            writeln!(f, "  closed by {actor}{reason} for {hold}: {follows}")?;
            tell(f, &close.terms)?;
        }
        if let Some(forced) = forced(&self.gate.operator) {
            writeln!(f, "  {forced}")?;
        }
        let autogate = &self.gate.autogate;
        if autogate.state != "absent" {
            writeln!(f, "  autogate {}", autogate.state)?;
            autogate.last_poll.iter().try_for_each(|look| look.fmt(f))?;
        }
        self.gate.targets.iter().try_for_each(|one| one.fmt(f))
    }
}

impl Display for Target {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let url = self.url.as_deref().unwrap_or_default();
        let error = self.error.as_ref();
        let error = error.map_or_else(String::new, |error| format!(": {error}"));
        writeln!(f, "  target {url} {}{error}", self.state)?;
        self.last_probe.iter().try_for_each(|look| look.fmt(f))
    }
}

impl Display for Look {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let said = match (self.status, &self.error) {
            (Some(status), _) => format!("answered {status}"),
            (None, Some(error)) => error.clone(),
            (None, None) => "connected".to_owned(),
        };
        let found = self.found.as_ref().filter(|found| !found.is_empty());
        let found = found.map_or_else(String::new, |found| format!(": {found}"));
        writeln!(f, "    {} in {} ms: {said}{found}", self.at, self.took_ms)?;
        if !self.body.is_empty() {
            // On one line, and nothing that a terminal would obey.
            let body = self.body.replace(char::is_control, " ");
            writeln!(f, "    body: {body}")?;
        }
        for rule in &self.rules {
            let matched = if rule.matched {
                "matched"
            } else {
                "not matched"
            };
            writeln!(f, "    rule {}, then {}: {matched}", rule.id, rule.then)?;
            tell(f, &rule.terms)?;
        }
        Ok(())
    }
}

/// Rules, term by term, with what was there.
fn tell(f: &mut Formatter<'_>, terms: &[Term]) -> fmt::Result {
    terms.iter().try_for_each(|term| {
        let matched = if term.matched { "yes" } else { "no" };
        writeln!(f, "      {}: {matched}, it is {}", term.text, term.got)
    })
}
