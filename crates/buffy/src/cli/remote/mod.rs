//! The verbs that ask a running Buffy: made for a step of a pipeline, and for people.
//!
//! What was asked for goes to standard output, one line where one will do; progress and trouble go
//! to standard error, with what to do next; the exit code says how it ended. `--json` prints the
//! admin API's own document.

mod admin;
mod bypass;
mod drain;
mod gate;
mod health;
mod held;
mod hold;
mod let_go;
mod push;
mod record;
mod reload;
mod requests;
mod reset;
mod status;
mod trouble;
mod verify;
mod wait;
mod way;
mod why;
mod wire;
mod words;

use clap::Subcommand;

use super::{complain, with_causes};
use admin::Admin;
use trouble::Trouble;
use way::Way;

/// The verbs that ask a running Buffy.
#[derive(Debug, Subcommand)]
pub(super) enum Verb {
    /// Moves the gate of an upstream.
    #[command(subcommand)]
    Gate(gate::Gate),
    /// Holds an upstream's requests while a command runs, and lets them go.
    Hold(hold::Hold),
    /// Waits for something true of an upstream, instead of sleeping.
    Wait(wait::Wait),
    /// What is: gates, targets, and how many wait.
    Status(status::Show),
    /// The requests that are held.
    Held(held::List),
    /// Lets held requests go now, whatever closed the gate (not past a stop, nor to nobody).
    Release(let_go::Which),
    /// Turns held requests away with a 503.
    Refuse(let_go::Which),
    /// What a request would meet now, and why: gate, rules term by term, the last probe.
    Why(why::Why),
    /// Prints a signed value that passes a closed gate, for smoke tests.
    Bypass(bypass::Bypass),
    /// Has the configuration read again and applied.
    Reload(reload::Reload),
    /// What was asked of the endpoints that Buffy answers itself.
    Requests(requests::List),
    /// Whether endpoints were asked as often as they expect; exits with 1 where they were not.
    Verify(verify::Verify),
    /// Sends an event to the open streams of an endpoint.
    Push(push::Push),
    /// Forgets what was asked, counted, set and pinned.
    Reset(reset::Reset),
    /// Records what an upstream answers, and writes a configuration that answers the same.
    Record(record::Record),
    /// Whether Buffy is alive, or takes requests; for health checks of images without a shell.
    Health(health::Health),
}

/// Does what was typed, and returns the exit code.
pub(super) fn run(verb: Verb) -> u8 {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|source| Trouble::System {
            subject: "a runtime",
            source,
        });
    let done = runtime.and_then(|runtime| runtime.block_on(verb.done()));
    done.unwrap_or_else(|trouble| {
        complain(&format!("buffy: {}\n", with_causes(&trouble)));
        trouble.code()
    })
}

impl Verb {
    async fn done(self) -> Result<u8, Trouble> {
        match self {
            Self::Gate(gate) => gate.done().await,
            Self::Hold(hold) => hold.done().await,
            Self::Wait(wait) => wait.done().await,
            Self::Status(show) => show.done().await,
            Self::Held(list) => list.done().await,
            Self::Release(which) => which.done(let_go::Way::Release).await,
            Self::Refuse(which) => which.done(let_go::Way::Refuse).await,
            Self::Why(why) => why.done().await,
            Self::Bypass(bypass) => bypass.done().await,
            Self::Reload(reload) => reload.done().await,
            Self::Requests(list) => list.done().await,
            Self::Verify(verify) => verify.done().await,
            Self::Push(push) => push.done().await,
            Self::Reset(reset) => reset.done().await,
            Self::Record(record) => record.done().await,
            Self::Health(health) => health.done().await,
        }
    }
}

/// Who is named as the author of an order: as said, else `BUFFY_ACTOR`, else the user.
fn actor(said: Option<&str>) -> Option<String> {
    let variable = |name: &str| std::env::var(name).ok();
    said.map(str::to_owned)
        .or_else(|| variable("BUFFY_ACTOR"))
        .or_else(|| variable("USER"))
        .or_else(|| variable("LOGNAME"))
        .filter(|actor| !actor.is_empty())
}

/// The admin API that the options lead to.
fn admin(way: &Way) -> Result<Admin, Trouble> {
    way.find().map(Admin::new)
}
