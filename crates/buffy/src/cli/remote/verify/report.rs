//! The report of a verification, in words.

use serde::Deserialize;
use serde_json::Value;

use super::super::super::github::{Place, note};
use super::super::words::requests;

/// Of `GET verify`.
#[derive(Debug, Deserialize)]
pub(super) struct Report {
    pub(super) verified: bool,
    /// What all chance was drawn from.
    pub(super) seed: u64,
    /// The configuration, as it was named to Buffy.
    pub(super) file: String,
    /// The one that is looked at; none: all of them.
    #[serde(default)]
    session: Option<String>,
    #[serde(default)]
    sessions_forgotten: u64,
    pub(super) endpoints: Vec<Expecting>,
    pub(super) unmatched: Unmatched,
}

#[derive(Debug, Deserialize)]
pub(super) struct Expecting {
    pub(super) endpoint: String,
    pub(super) line: usize,
    /// None: it was asked, and expects nothing.
    #[serde(default)]
    pub(super) expect: Option<String>,
    pub(super) requests: u64,
    pub(super) met: bool,
}

#[derive(Debug, Deserialize)]
pub(super) struct Unmatched {
    pub(super) count: u64,
    /// They are no failure.
    pub(super) allowed: bool,
    /// Those that the journal still has.
    pub(super) requests: Vec<Stray>,
}

/// A request that no response was for.
#[derive(Debug, Deserialize)]
pub(super) struct Stray {
    method: String,
    target: String,
    /// Whose responses had none for it; empty: it was for no endpoint.
    #[serde(default)]
    endpoint: String,
    #[serde(default)]
    closest: Option<Closest>,
}

#[derive(Debug, Deserialize)]
struct Closest {
    endpoint: String,
    response: String,
    failed: String,
    got: Value,
    #[serde(default)]
    line: Option<usize>,
}

impl Report {
    /// A line for each failure, and one for all.
    pub(super) fn for_people(&self) -> String {
        let file = &self.file;
        let failed = self.failed();
        let failed = failed.map(|one| format!("{file}:{}: {}\n", one.line, one.told()));
        let strays = self.unmatched.requests.iter().map(|stray| {
            let line = stray.line();
            let place = line.map_or_else(String::new, |line| format!(" ({file}:{line})"));
            format!("{}{place}\n", stray.told())
        });
        let told: String = failed.chain(strays).collect();
        told + &self.summary() + "\n"
    }

    /// An annotation for each failure, and a line for all.
    pub(super) fn for_github(&self) -> String {
        let at = |line| Place {
            file: &self.file,
            line,
            column: None,
        };
        let failed = self.failed();
        let failed = failed.map(|one| note("error", Some(at(one.line)), &one.told()));
        let severity = if self.unmatched.allowed {
            "warning"
        } else {
            "error"
        };
        let strays = self.unmatched.requests.iter();
        let strays = strays.map(|one| note(severity, one.line().map(at), &one.told()));
        let notes: String = failed.chain(strays).collect();
        notes + &self.summary() + "\n"
    }

    /// Those that were not asked as often as they expect.
    pub(super) fn failed(&self) -> impl Iterator<Item = &Expecting> {
        self.endpoints.iter().filter(|endpoint| !endpoint.met)
    }

    fn summary(&self) -> String {
        let word = if self.verified {
            "verified"
        } else {
            "not verified"
        };
        let expecting = self.endpoints.iter().filter(|one| one.expect.is_some());
        let expecting = expecting.count();
        let asked = self.endpoints.iter().map(|one| one.requests).sum();
        let unmatched = match self.unmatched.count {
            0 => "none".to_owned(),
            count => count.to_string(),
        };
        // What was counted in them still counts where all are looked at.
        let is_one = self.session.as_deref().is_some_and(|id| !id.is_empty());
        let forgotten = match self.sessions_forgotten {
            forgotten if is_one && forgotten > 0 => {
                format!("; {forgotten} sessions were forgotten, maybe this one")
            }
            _ => String::new(),
        };
        format!(
            "{word}: {} of {expecting} expectations are met; {}, {unmatched} unmatched; \
             seed {}{forgotten}",
            expecting - self.failed().count(),
            requests(asked),
            self.seed
        )
    }
}

impl Expecting {
    /// `` `orders` expects >=1 requests, and there were 0 ``.
    pub(super) fn told(&self) -> String {
        let expect = self.expect.as_deref().unwrap_or("any");
        let expected = match expect {
            "1" => requests(1),
            several => format!("{several} requests"),
        };
        let were = if self.requests == 1 { "was" } else { "were" };
        format!(
            "`{}` expects {expected}, and there {were} {}",
            self.endpoint, self.requests
        )
    }
}

impl Stray {
    /// What was asked.
    pub(super) fn line_of_request(&self) -> String {
        format!("{} {}", self.method, self.target)
    }

    pub(super) fn told(&self) -> String {
        let what = self.line_of_request();
        match &self.closest {
            None if self.endpoint.is_empty() => format!("`{what}` is for no endpoint"),
            None => format!("no response of `{}` is for `{what}`", self.endpoint),
            Some(closest) => format!(
                "no response is for `{what}`: the closest is `{}` of `{}`, but for `{}`, where it \
                 has {}",
                closest.response, closest.endpoint, closest.failed, closest.got
            ),
        }
    }

    /// Of the closest response.
    pub(super) fn line(&self) -> Option<usize> {
        self.closest.as_ref().and_then(|closest| closest.line)
    }
}
