//! `buffy gate`: an operator's close, stop or open.

use std::time::Duration;

use clap::{Args, Subcommand, ValueEnum};
use serde_json::{Value, json};

use super::super::{DONE, UNDRAINED, complain, say};
use super::admin::{Admin, Answer, escaped, time};
use super::drain;
use super::trouble::Trouble;
use super::way::Way;
use super::wire::{Left, Lifted, Moved};
use super::words::{joined, span};
use super::{actor, admin};

#[derive(Debug, Subcommand)]
pub(in crate::cli) enum Gate {
    /// Holds what comes, and waits until nothing is in flight any more.
    Close(Close),
    /// Lifts what operators closed, stopped or forced; rules and health still count.
    Open(Open),
    /// Refuses what comes, and what is held, with 503.
    Stop(Stop),
}

/// Options of every order.
#[derive(Clone, Debug, Args)]
pub(super) struct Order {
    /// Why; it is shown wherever the gate is.
    #[arg(long, value_name = "TEXT")]
    pub(super) reason: Option<String>,
    /// Who; else `BUFFY_ACTOR`, else the user's name.
    #[arg(long, value_name = "NAME")]
    pub(super) actor: Option<String>,
}

#[derive(Debug, Args)]
pub(in crate::cli) struct Close {
    /// The upstream, by its id.
    upstream: String,
    /// A lease: when it runs out, the close ends by itself.
    #[arg(long = "for", value_name = "TIME", value_parser = time)]
    ttl: Option<Duration>,
    #[command(flatten)]
    order: Order,
    /// How long to wait for what is in flight; 0: not at all.
    #[arg(long, value_name = "TIME", default_value = "30s", value_parser = time)]
    drain: Duration,
    /// What is held: `all`, `writes`, or a rule on the request, such as `path="/api/*"`.
    #[arg(long = "hold", value_name = "WHICH", default_value = "all")]
    holds: String,
    /// What follows when the lease runs out.
    #[arg(long, value_enum, requires = "ttl")]
    on_expiry: Option<OnExpiry>,
    #[command(flatten)]
    printed: Printed,
    #[command(flatten)]
    way: Way,
}

#[derive(Debug, Args)]
pub(in crate::cli) struct Open {
    /// The upstream, by its id.
    upstream: String,
    /// Only what this token closed or stopped; without it everything.
    #[arg(long)]
    token: Option<String>,
    /// Lets requests pass whatever the rules of the autogate say.
    #[arg(long, conflicts_with = "token")]
    force: bool,
    /// How long the rules are overridden; an hour where it is not said.
    #[arg(long = "for", value_name = "TIME", value_parser = time, requires = "force")]
    ttl: Option<Duration>,
    #[command(flatten)]
    order: Order,
    #[command(flatten)]
    printed: Printed,
    #[command(flatten)]
    way: Way,
}

#[derive(Debug, Args)]
pub(in crate::cli) struct Stop {
    /// The upstream, by its id.
    upstream: String,
    /// What clients are told.
    #[arg(long, value_name = "TEXT")]
    message: Option<String>,
    /// When it is planned to end, as `2026-03-01T12:00:00Z`: clients are told when to try again.
    #[arg(long, value_name = "WHEN")]
    until: Option<String>,
    /// A lease: when it runs out, the stop ends by itself.
    #[arg(long = "for", value_name = "TIME", value_parser = time)]
    ttl: Option<Duration>,
    /// Who; else `BUFFY_ACTOR`, else the user's name.
    #[arg(long, value_name = "NAME")]
    actor: Option<String>,
    #[command(flatten)]
    printed: Printed,
    #[command(flatten)]
    way: Way,
}

/// How the answer is printed.
#[derive(Clone, Copy, Debug, Args)]
pub(super) struct Printed {
    /// Prints the admin API's JSON document.
    #[arg(long)]
    pub(super) json: bool,
}

/// What follows when a lease runs out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum OnExpiry {
    /// The entry is lifted.
    Lift,
    /// The gate is stopped.
    Stop,
    /// The entry stays until somebody lifts it.
    Keep,
}

impl Gate {
    pub(super) async fn done(self) -> Result<u8, Trouble> {
        match self {
            Self::Close(close) => close.done().await,
            Self::Open(open) => open.done().await,
            Self::Stop(stop) => stop.done().await,
        }
    }
}

impl Close {
    async fn done(self) -> Result<u8, Trouble> {
        let admin = admin(&self.way)?;
        let said = json!({
            "reason": self.order.reason,
            "actor": actor(self.order.actor.as_deref()),
            "ttl": self.ttl.map(|ttl| ttl.as_secs_f64()),
            "on_expiry": self.on_expiry.map(OnExpiry::word),
            "hold": self.holds,
            "drain": drain::asked(self.drain),
        });
        let answer = drain::close(&admin, &self.upstream, said, self.drain).await?;
        let moved: Moved = answer.document()?;
        if self.printed.json {
            say(&answer.text);
        } else {
            let drained = moved.left.is_none();
            say(&closed(&self.upstream, &moved, drained, self.drain));
        }
        warn_unpersisted(&moved);
        let Some(left) = moved.left else {
            return Ok(DONE);
        };
        complain(&undrained(&self.upstream, &moved, left, self.drain));
        Ok(UNDRAINED)
    }
}

impl Open {
    async fn done(self) -> Result<u8, Trouble> {
        let admin = admin(&self.way)?;
        let said = json!({
            "reason": self.order.reason,
            "actor": actor(self.order.actor.as_deref()),
            "token": self.token,
            "force": self.force.then_some(true),
            "ttl": self.ttl.map(|ttl| ttl.as_secs_f64()),
        });
        let answer = order(&admin, &self.upstream, "open", said).await?;
        let moved: Moved = answer.document()?;
        if self.printed.json {
            say(&answer.text);
        } else {
            say(&opened(&self.upstream, &moved));
        }
        warn_unpersisted(&moved);
        Ok(DONE)
    }
}

impl Stop {
    async fn done(self) -> Result<u8, Trouble> {
        let admin = admin(&self.way)?;
        let said = json!({
            "message": self.message,
            "until": self.until,
            "ttl": self.ttl.map(|ttl| ttl.as_secs_f64()),
            "actor": actor(self.actor.as_deref()),
        });
        let answer = order(&admin, &self.upstream, "stop", said).await?;
        let moved: Moved = answer.document()?;
        if self.printed.json {
            say(&answer.text);
        } else {
            let upstream = &self.upstream;
            say(&format!("{upstream}: {}{}\n", moved.verdict, ends(&moved)));
        }
        warn_unpersisted(&moved);
        Ok(DONE)
    }
}

impl OnExpiry {
    pub(super) fn word(self) -> &'static str {
        match self {
            Self::Lift => "lift",
            Self::Stop => "stop",
            Self::Keep => "keep",
        }
    }
}

/// Asks for one change of a gate.
pub(super) async fn order(
    admin: &Admin,
    upstream: &str,
    word: &str,
    said: Value,
) -> Result<Answer, Trouble> {
    admin.post(&path(upstream, word), said).await
}

/// `api/v1/gates/UPSTREAM/WORD`.
pub(super) fn path(upstream: &str, word: &str) -> String {
    format!("api/v1/gates/{}/{word}", escaped(upstream))
}

/// What the gate is after an open, whose words were taken away, and why it is not open if it is not.
fn opened(upstream: &str, moved: &Moved) -> String {
    let whose: Vec<String> = moved.lifted.iter().map(Lifted::told).collect();
    let lifted = (!whose.is_empty()).then(|| format!("lifted {}", whose.join(", ")));
    let forced = moved.until.as_ref();
    let forced = forced.map(|until| format!("forced until {until}"));
    let (open, shut) = if moved.reasons.is_empty() {
        (Some(moved.verdict.clone()), None)
    } else {
        (None, Some(format!("not open: {}", joined(&moved.reasons))))
    };
    let parts = [open, forced, lifted, shut].into_iter().flatten();
    format!("{upstream}: {}\n", parts.collect::<Vec<_>>().join("; "))
}

/// What a close came to, with what it takes to lift it.
fn closed(upstream: &str, moved: &Moved, drained: bool, drain: Duration) -> String {
    let drained = match (drain.is_zero(), drained) {
        (true, _) => "",
        (false, true) => ", drained",
        (false, false) => ", not drained",
    };
    let token = moved.token.as_ref();
    let token = token.map_or_else(String::new, |token| format!("; token {token}"));
    format!(
        "{upstream}: {}{drained}{}{token}\n",
        moved.verdict,
        ends(moved)
    )
}

/// When an entry ends by itself.
fn ends(moved: &Moved) -> String {
    let until = moved.until.as_ref();
    until.map_or_else(String::new, |until| format!(", until {until}"))
}

/// What is left, and what can be done about it.
fn undrained(upstream: &str, moved: &Moved, left: Left, drain: Duration) -> String {
    if left.is_nothing() {
        let detail = moved.detail.as_deref().unwrap_or_default();
        return format!("buffy: {detail}\n");
    }
    let only_this = moved.token.as_ref();
    let only_this = only_this.map_or_else(String::new, |token| format!(" --token {token}"));
    format!(
        "buffy: {} after {}: go on waiting with `buffy wait {upstream} --for drained`, or lift the \
         close with `buffy gate open {upstream}{only_this}`\n",
        left.told(),
        span(drain.as_secs_f64()),
    )
}

/// It would be forgotten at a restart, which somebody must know.
fn warn_unpersisted(moved: &Moved) {
    if !moved.persisted {
        complain(
            "buffy: this is not on disk, and will be forgotten when Buffy restarts: see that its \
             `state_dir` can be written\n",
        );
    }
}
