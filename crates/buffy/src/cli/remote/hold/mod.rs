//! `buffy hold`: an upstream's requests wait while a command runs.
//!
//! The gate is closed with a lease and drained, the command runs, the gate is lifted. The lease is
//! renewed while the command runs and not beyond, so whatever becomes of this process, no gate
//! stays closed for it. Standard output is the command's alone.

mod command;
mod lease;
mod report;
mod signals;

use std::ffi::OsString;
use std::io;
use std::process::ExitStatus;
use std::time::Duration;

use clap::{Args, ValueEnum};
use rustix::process::Signal;
use serde_json::json;
use tokio::time::{Instant, sleep, sleep_until};

use super::super::{DONE, INTERNAL, UNDRAINED, complain};
use super::admin::{Answer, time};
use super::gate::{OnExpiry, Order};
use super::trouble::Trouble;
use super::way::Way;
use super::wire::{Left, Moved};
use super::words::{requests, span};
use super::{actor, drain};
use command::Command;
use lease::Lease;
use signals::{Signals, asks_for_the_end, came_to_all};

/// A command that is asked to end, and does not, is killed.
const KILLED_AFTER: Duration = Duration::from_secs(30);
/// A close whose answer was not waited for is there by then.
const SETTLED: Duration = Duration::from_millis(500);
/// So that a third of it is still more than an answer takes.
const LEASE_MIN: Duration = Duration::from_secs(1);

#[derive(Debug, Args)]
pub(in crate::cli) struct Hold {
    /// The upstream, by its id.
    upstream: String,
    /// How long the gate stays closed if this process dies; renewed while COMMAND runs.
    #[arg(long, value_name = "TIME", default_value = "60s", value_parser = lease)]
    lease: Duration,
    /// What follows when the lease runs out.
    #[arg(long, value_enum, default_value = "lift")]
    on_expiry: OnExpiry,
    #[command(flatten)]
    order: Order,
    /// How long to wait for what is in flight before COMMAND runs; 0: not at all.
    #[arg(long, value_name = "TIME", default_value = "30s", value_parser = time)]
    drain: Duration,
    /// What is held: `all`, `writes`, or a rule on the request, such as `path="/api/*"`.
    #[arg(long = "hold", value_name = "WHICH", default_value = "all")]
    which: String,
    /// What follows when something is still in flight then.
    #[arg(long, value_enum, default_value = "abort")]
    on_undrained: OnUndrained,
    /// What follows when COMMAND fails.
    #[arg(long, value_enum, default_value = "lift")]
    on_fail: OnFail,
    /// What follows when the lease cannot be renewed.
    #[arg(long, value_enum, default_value = "terminate")]
    on_lost: OnLost,
    #[command(flatten)]
    way: Way,
    /// Runs behind the closed gate; its exit code is passed through.
    #[arg(last = true, required = true, value_name = "COMMAND")]
    command: Vec<OsString>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum OnUndrained {
    /// COMMAND is not run, the gate is lifted, the exit code is 75.
    Abort,
    /// It is cut off: clients get 502, or see their answers break off; COMMAND runs.
    Cut,
    /// COMMAND runs all the same.
    Run,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum OnFail {
    /// The gate is lifted.
    Lift,
    /// The gate is stopped: requests are refused until somebody opens it.
    Stop,
    /// The gate stays closed until somebody opens it.
    Keep,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum OnLost {
    /// COMMAND gets SIGTERM.
    Terminate,
    /// COMMAND goes on, though requests may pass.
    Continue,
}

impl Hold {
    pub(super) async fn done(self) -> Result<u8, Trouble> {
        let admin = super::admin(&self.way)?;
        let mut signals = Signals::listen().map_err(|source| Trouble::System {
            subject: "the way of signals",
            source,
        })?;
        let lease = Lease {
            admin: &admin,
            upstream: &self.upstream,
            token: lease::token()?,
            ttl: self.lease,
        };
        let closed = tokio::select! {
            closed = self.close(&lease) => closed,
            signal = signals.end() => {
                complain(&format!("buffy: interrupted: `{}` was not run\n", self.name()));
                self.take_back(&lease).await?;
                return Ok(command::signalled(signal));
            }
        };
        let moved: Moved = match closed.and_then(|answer| answer.document()) {
            Ok(moved) => moved,
            Err(trouble) => {
                if trouble.may_have_been_done() {
                    self.take_back(&lease).await?;
                }
                return Err(trouble);
            }
        };
        if let Some(cut) = moved.cut {
            let (cut, upstream) = (requests(cut.inflight), &self.upstream);
            complain(&format!("buffy: {cut} to {upstream} cut off\n"));
        }
        if let Some(left) = moved.left
            && self.gives_up(left, moved.detail.as_deref())
        {
            lease.lift().await?;
            return Ok(UNDRAINED);
        }
        self.run(&lease, &mut signals).await
    }

    async fn close(&self, lease: &Lease<'_>) -> Result<Answer, Trouble> {
        let said = json!({
            "reason": self.reason(),
            "actor": actor(self.order.actor.as_deref()),
            "hold": self.which,
            "on_expiry": self.on_expiry.word(),
            "drain": drain::asked(self.drain),
            "cut": (self.on_undrained == OnUndrained::Cut).then_some(true),
        });
        lease.close(said, self.drain).await
    }

    /// Lifts a close that may be under way still.
    async fn take_back(&self, lease: &Lease<'_>) -> Result<(), Trouble> {
        if lease.lift().await?.is_none() {
            sleep(SETTLED).await;
            lease.lift().await?;
        }
        Ok(())
    }

    fn gives_up(&self, left: Left, detail: Option<&str>) -> bool {
        let (upstream, name) = (&self.upstream, self.name());
        if left.is_nothing() {
            let detail = detail.unwrap_or_default();
            complain(&format!("buffy: {detail} `{name}` was not run\n"));
            return true;
        }
        let left = left.told();
        let drain = span(self.drain.as_secs_f64());
        match self.on_undrained {
            OnUndrained::Abort | OnUndrained::Cut => {
                complain(&format!(
                    "buffy: {left} to {upstream} after {drain}: `{name}` was not run, and the gate \
                     is lifted; give it longer with `--drain`, or go on with `--on-undrained run`\n"
                ));
                true
            }
            OnUndrained::Run => {
                complain(&format!(
                    "buffy: {left} to {upstream} after {drain}: `{name}` runs all the same\n"
                ));
                false
            }
        }
    }

    async fn run(&self, lease: &Lease<'_>, signals: &mut Signals) -> Result<u8, Trouble> {
        let began = Instant::now();
        let code = match Command::start(&self.command) {
            Ok(command) => match self.attend(command, lease, signals).await {
                Ok(status) => command::code(status),
                Err(error) => {
                    complain(&format!(
                        "buffy: the command cannot be waited for: {error}\n"
                    ));
                    INTERNAL
                }
            },
            Err(error) => {
                let name = self.name();
                complain(&format!("buffy: `{name}` cannot be started: {error}\n"));
                // Nothing was done behind the gate, whatever is to follow where something was.
                lease.lift().await?;
                return Ok(command::unstarted(&error));
            }
        };
        let ran = began.elapsed();
        if code != DONE {
            self.failed(lease, code).await?;
        }
        match lease.lift().await {
            Ok(Some(answer)) => {
                let moved: Moved = answer.document()?;
                complain(&report::told(&self.upstream, &self.name(), ran, &moved));
            }
            Ok(None) => complain(&format!(
                "buffy: the close of {} was gone before `{}` had ended\n",
                self.upstream,
                self.name(),
            )),
            // The command's own failure is what the caller must hear of first.
            Err(trouble) if code == DONE => return Err(trouble),
            Err(trouble) => complain(&format!("buffy: {trouble}\n")),
        }
        Ok(code)
    }

    /// Waits for the command's end, passes signals on, and keeps the lease.
    async fn attend(
        &self,
        mut command: Command,
        lease: &Lease<'_>,
        signals: &mut Signals,
    ) -> io::Result<ExitStatus> {
        let mut kept = std::pin::pin!(lease.keep());
        let mut lost = false;
        let mut killed_at = None;
        let deadline = || Some(Instant::now() + KILLED_AFTER);
        loop {
            tokio::select! {
                ended = command.ended() => return ended,
                signal = signals.next() => {
                    if !came_to_all(signal) {
                        command.signal(signal);
                    }
                    if asks_for_the_end(signal) {
                        killed_at = killed_at.or_else(deadline);
                    }
                }
                trouble = &mut kept, if !lost => {
                    lost = true;
                    if self.loses(&trouble) {
                        command.signal(Signal::TERM);
                        killed_at = killed_at.or_else(deadline);
                    }
                }
                () = sleep_until(killed_at.unwrap_or_else(Instant::now)), if killed_at.is_some() => {
                    complain(&format!("buffy: `{}` does not end: killed\n", self.name()));
                    command.signal(Signal::KILL);
                    killed_at = None;
                }
            }
        }
    }

    /// Tells that the lease is lost; is the command to end?
    fn loses(&self, trouble: &Trouble) -> bool {
        let (upstream, name) = (&self.upstream, self.name());
        let ends = self.on_lost == OnLost::Terminate;
        let follows = if ends { "is asked to end" } else { "goes on" };
        let why = trouble.to_string();
        complain(&format!(
            "buffy: the close of {upstream} is lost, requests may pass: {}; `{name}` {follows}\n",
            why.trim_end_matches('.'),
        ));
        ends
    }

    /// Does what is to follow when the command failed, before its close is lifted.
    async fn failed(&self, lease: &Lease<'_>, code: u8) -> Result<(), Trouble> {
        let (upstream, actor) = (&self.upstream, actor(self.order.actor.as_deref()));
        let name = self.name();
        match self.on_fail {
            OnFail::Lift => return Ok(()),
            OnFail::Stop => {
                let said = json!({ "actor": actor, "message": "maintenance did not succeed" });
                lease.insist("stop", said).await?;
                complain(&format!(
                    "buffy: `{name}` failed ({code}): {upstream} is stopped"
                ));
            }
            OnFail::Keep => {
                let reason = format!("{}, which failed ({code})", self.reason());
                let said = json!({ "actor": actor, "reason": reason, "hold": self.which });
                lease.insist("close", said).await?;
                complain(&format!(
                    "buffy: `{name}` failed ({code}): {upstream} stays closed"
                ));
            }
        }
        complain(&format!("; open it with `buffy gate open {upstream}`\n"));
        Ok(())
    }

    /// As it is shown wherever the gate is.
    fn reason(&self) -> String {
        let said = self.order.reason.clone();
        said.unwrap_or_else(|| format!("buffy hold -- {}", self.name()))
    }

    fn name(&self) -> String {
        command::name(&self.command)
    }
}

fn lease(text: &str) -> Result<Duration, &'static str> {
    let lease = time(text)?;
    if lease < LEASE_MIN {
        return Err("a lease is 1s at least");
    }
    Ok(lease)
}
