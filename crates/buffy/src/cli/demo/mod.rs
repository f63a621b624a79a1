//! `buffy demo`: a backend, Buffy and a load in one process, to be seen and not only read about.
//!
//! The backend is killed and replaced under load. What is counted is what clients and backends
//! really saw, over real sockets ([`tally`]); what Buffy says of itself is shown beside it.

mod backend;
mod folder;
mod load;
mod message;
mod plan;
mod record;
mod screen;
mod stage;
mod status;
mod table;
mod tally;

use std::time::Duration;

use tokio::signal::unix::{Signal, SignalKind, signal};

use super::{DONE, INTERNAL, NO, complain, say, with_causes};
use crate::app::Ended;

pub(super) use plan::Plan;
use screen::Screen;
use stage::{Stage, StageError};
use tally::Figures;

/// Ended by the user (128 + SIGINT, as shells have it) before there was anything to say no to.
const INTERRUPTED: u8 = 130;
/// What is under way when the user ends it is given so long.
const PATIENCE: Duration = Duration::from_secs(2);

/// Plays it to its end, and tells how it went.
pub(super) fn demo(plan: &Plan) -> u8 {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build();
    let played = runtime
        .map_err(|source| StageError::Runtime { source })
        .and_then(|runtime| runtime.block_on(play(plan)));
    played.unwrap_or_else(|error| {
        complain(&format!("buffy demo: {}\n", with_causes(&error)));
        INTERNAL
    })
}

async fn play(plan: &Plan) -> Result<u8, StageError> {
    let mut signals = Signals::new().map_err(|source| StageError::Signals { source })?;
    say(&table::announcement(plan));
    let mut screen = Screen::new(plan.plain);
    let mut stage = Stage::set(plan)?;
    let (record, admin) = (stage.record().clone(), stage.admin());
    say(&format!(
        "Look in meanwhile: curl http://{admin}/_admin/status\n\n"
    ));
    let interrupted = tokio::select! {
        played = stage.play(plan) => {
            played?;
            false
        }
        never = screen.follow(&record, admin) => match never {},
        () = signals.next() => true,
    };
    if interrupted {
        // A second signal ends the waiting too.
        tokio::select! {
            over = stage.break_off(PATIENCE) => over?,
            () = signals.next() => {}
        }
    }
    screen.last(&record, admin).await;
    let ended = stage.strike();
    let figures = record.figures();
    say("\n");
    say(&table::verdict(&figures, &record.moves(), screen.ink()));
    if interrupted {
        say("It was ended before its end.\n");
    }
    if ended == Ended::Broken {
        complain("buffy demo: Buffy broke\n");
        return Ok(INTERNAL);
    }
    Ok(code(&figures, interrupted))
}

/// The exit code that the figures deserve.
fn code(figures: &Figures, interrupted: bool) -> u8 {
    match interrupted {
        _ if figures.are_bad() => NO,
        true => INTERRUPTED,
        false if figures.are_good() => DONE,
        false => NO,
    }
}

/// What asks for the end: Ctrl-C, or SIGTERM.
struct Signals {
    interrupt: Signal,
    terminate: Signal,
}

impl Signals {
    fn new() -> std::io::Result<Self> {
        Ok(Self {
            interrupt: signal(SignalKind::interrupt())?,
            terminate: signal(SignalKind::terminate())?,
        })
    }

    async fn next(&mut self) {
        tokio::select! {
            _ = self.interrupt.recv() => {}
            _ = self.terminate.recv() => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::tally::{Method, Seen, Tally, Version};
    use super::{DONE, INTERRUPTED, NO, code};

    #[test]
    fn a_lost_or_doubled_request_is_no_success() {
        let mut tally = Tally::default();
        assert_eq!(code(&tally.figures(), false), NO, "nothing is proven");
        assert_eq!(code(&tally.figures(), true), INTERRUPTED);

        let answered = Seen::Answered { by: Version(1) };
        let post = tally.sent(Method::Post, Duration::ZERO);
        assert!(tally.begun(post, Version(1)));
        tally.ended(post, Duration::ZERO, false, answered);
        assert_eq!(code(&tally.figures(), false), DONE);
        assert_eq!(code(&tally.figures(), true), INTERRUPTED);

        assert!(tally.begun(post, Version(2)));
        assert_eq!(code(&tally.figures(), false), NO, "doubled");
        assert_eq!(code(&tally.figures(), true), NO, "doubled");

        let mut tally = Tally::default();
        tally.sent(Method::Get, Duration::ZERO);
        tally.give_up(Duration::ZERO);
        assert_eq!(code(&tally.figures(), false), NO, "lost");
        assert_eq!(code(&tally.figures(), true), NO, "lost");
    }
}
