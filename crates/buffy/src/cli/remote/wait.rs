//! `buffy wait`: for something true, instead of sleeping.

use std::time::Duration;

use clap::{Args, ValueEnum};
use serde_json::Value;
use tokio::time::{Instant, sleep};

use super::super::{DONE, TIMED_OUT, complain, say};
use super::admin::{Admin, time};
use super::gate::Printed;
use super::status::{of_upstream, pretty};
use super::trouble::Trouble;
use super::way::Way;
use super::wire::Upstream;
use super::words::{joined, requests, span};

/// Between two looks.
const LOOK_EVERY: Duration = Duration::from_millis(100);
/// For one look, whatever is left of the time.
const LOOK_MIN: Duration = Duration::from_secs(2);

#[derive(Debug, Args)]
pub(in crate::cli) struct Wait {
    /// The upstream, by its id.
    upstream: String,
    /// What for; several must be true at the same time.
    #[arg(
        long = "for",
        value_name = "WHAT",
        value_enum,
        value_delimiter = ',',
        default_value = "open"
    )]
    conditions: Vec<Condition>,
    /// How long, at most; 0 looks once.
    #[arg(long, value_name = "TIME", default_value = "60s", value_parser = time)]
    timeout: Duration,
    #[command(flatten)]
    printed: Printed,
    #[command(flatten)]
    way: Way,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Condition {
    /// Every request passes.
    Open,
    /// A target is up, whatever the gate is.
    Up,
    /// Nothing is in flight.
    Drained,
    /// Nobody waits.
    Empty,
}

/// What a look found.
enum Seen {
    True(Value),
    /// And what stands in the way.
    NotYet {
        value: Value,
        why: String,
    },
}

impl Wait {
    pub(super) async fn done(self) -> Result<u8, Trouble> {
        let admin = super::admin(&self.way)?;
        let began = Instant::now();
        let mut told = String::new();
        loop {
            let looked = self.look(&admin, began).await;
            let over = began.elapsed() >= self.timeout;
            let why = match looked {
                Ok(Seen::True(value)) => {
                    self.tell(&value, began);
                    return Ok(DONE);
                }
                Ok(Seen::NotYet { value, why }) if over => return Ok(self.give_up(&value, &why)),
                Ok(Seen::NotYet { why, .. }) => why,
                // Buffy itself may be starting.
                Err(trouble) if trouble.may_pass() && !over => trouble.to_string(),
                Err(trouble) => return Err(trouble),
            };
            if why != told {
                complain(&format!("{}: waiting: {why}\n", self.upstream));
                told = why;
            }
            let left = self.timeout.saturating_sub(began.elapsed());
            sleep(left.min(LOOK_EVERY)).await;
        }
    }

    async fn look(&self, admin: &Admin, began: Instant) -> Result<Seen, Trouble> {
        let left = self.timeout.saturating_sub(began.elapsed());
        let (one, value) = of_upstream(admin, &self.upstream, left.max(LOOK_MIN)).await?;
        let obstacles = self
            .conditions
            .iter()
            .filter_map(|one_of| one_of.obstacle(&one));
        let why = obstacles.collect::<Vec<_>>().join("; ");
        Ok(if why.is_empty() {
            Seen::True(value)
        } else {
            Seen::NotYet { value, why }
        })
    }

    fn tell(&self, value: &Value, began: Instant) {
        if self.printed.json {
            say(&pretty(value));
        } else {
            let waited = span(began.elapsed().as_secs_f64());
            say(&format!(
                "{}: {} after {waited}\n",
                self.upstream,
                self.words()
            ));
        }
    }

    fn give_up(&self, value: &Value, why: &str) -> u8 {
        if self.printed.json {
            say(&pretty(value));
        }
        let upstream = &self.upstream;
        complain(&format!(
            "buffy: {upstream} is not {} after {}: {why}; `buffy status {upstream} --json` tells \
             more\n",
            self.words(),
            span(self.timeout.as_secs_f64()),
        ));
        TIMED_OUT
    }

    /// `open and drained`.
    fn words(&self) -> String {
        let words: Vec<&str> = self.conditions.iter().map(|one| one.word()).collect();
        words.join(" and ")
    }
}

impl Condition {
    fn word(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Up => "up",
            Self::Drained => "drained",
            Self::Empty => "empty",
        }
    }

    /// What keeps it from being true.
    fn obstacle(self, one: &Upstream) -> Option<String> {
        match self {
            Self::Open => (one.gate != "open").then(|| {
                if one.reasons.is_empty() {
                    format!("the gate is {}", one.gate)
                } else {
                    format!("the gate is {}: {}", one.gate, joined(&one.reasons))
                }
            }),
            Self::Up => (!one.targets.iter().any(|target| target.state == "up")).then(|| {
                let targets = one.targets.iter().map(|target| {
                    let name = target.url.as_deref().unwrap_or("its target");
                    let error = target.error.as_deref();
                    let error = error.map_or_else(String::new, |error| format!(" ({error})"));
                    format!("{name} is {}{error}", target.state)
                });
                targets.collect::<Vec<_>>().join(", ")
            }),
            Self::Drained => {
                (one.inflight > 0).then(|| format!("{} in flight", requests(one.inflight)))
            }
            Self::Empty => (one.held.now > 0).then(|| {
                let held = requests(one.held.now);
                if one.reasons.is_empty() {
                    format!("{held} held")
                } else {
                    format!("{held} held: {}", joined(&one.reasons))
                }
            }),
        }
    }
}
