//! Scenes, and what is shown of them.

use std::time::Duration;

use super::super::status::{Held, Status};
use super::super::tally::{Figures, Method, Seen, Tally, Version};
use super::{Scene, line, table, verdict};
use crate::cli::ink::Ink;

/// A request is answered by v1, the second is a POST that v1's end cuts, the third is held.
fn tally() -> Tally {
    let at = Duration::from_millis;
    let mut tally = Tally::default();
    tally.up(Version(1), at(0));
    let first = tally.sent(Method::Get, at(0));
    assert!(tally.begun(first, Version(1)));
    tally.ended(first, at(10), false, Seen::Answered { by: Version(1) });
    let second = tally.sent(Method::Post, at(1500));
    tally.cut_began(Version(1), at(1501));
    tally.cut_done(at(1502));
    tally.ended(second, at(1503), false, Seen::Maybe);
    tally.sent(Method::Post, at(1600));
    tally
}

fn scene(status: Option<Status>) -> Scene {
    let tally = tally();
    Scene {
        elapsed: Duration::from_secs(2),
        moves: tally.moves().to_vec(),
        figures: tally.figures(),
        status,
    }
}

fn down() -> Status {
    let held = Held {
        now: 1,
        oldest_seconds: 0.4,
    };
    Status {
        gate: "down".to_owned(),
        held,
    }
}

#[test]
fn the_table_says_what_is_known() {
    assert_eq!(
        table(&scene(Some(down())), Ink::Plain).join("\n"),
        "  time          2.0 s
  backend       away: v1 was killed at 1.5 s
  Buffy says    gate down, 1 held now, the oldest for 0.4 s
  sent          3      1 under way
  answered      1      v1 1
  held          0      longest wait 0.0 s
  cut, told so  1      POSTs under way at a kill: 502, X-Buffy-Forwarded: maybe
  lost          0
  doubled       0"
    );
}

#[test]
fn a_silent_buffy_is_shown_as_silent() {
    assert_eq!(
        line(&scene(None)),
        "   2.0 s  Buffy says: nothing; sent 3, answered 1, cut 1, lost 0, doubled 0"
    );
}

#[test]
fn colours_say_nothing_that_words_do_not() {
    let plain = table(&scene(Some(down())), Ink::Plain);
    let coloured = table(&scene(Some(down())), Ink::Colour).join("\n");
    let bare = ["\x1b[31m", "\x1b[32m", "\x1b[33m", "\x1b[0m"]
        .iter()
        .fold(coloured.clone(), |text, code| text.replace(code, ""));
    assert_ne!(coloured, bare);
    let trimmed: Vec<_> = bare.lines().map(str::trim_end).collect();
    assert_eq!(trimmed, plain);
}

#[test]
fn the_verdict_is_the_figures_own() {
    let last = |tally: &Tally| {
        let text = verdict(&tally.figures(), tally.moves(), Ink::Plain);
        text.lines().skip(1).collect::<Vec<_>>().join("\n")
    };
    let mut unanswered = tally();
    unanswered.give_up(Duration::from_secs(9));
    assert_eq!(
        last(&unanswered),
        "lost 1: no answer before the demo's end\n\
         This is not what Buffy promises: of 3 requests, 1 lost and 0 done twice."
    );
    let mut tally = tally();
    assert!(tally.begun(2, Version(2)));
    tally.ended(
        2,
        Duration::from_secs(3),
        true,
        Seen::Answered { by: Version(2) },
    );
    assert_eq!(
        last(&tally),
        "Nothing was lost: a backend was killed once, and 2 of 3 requests were answered; \
         the other, a POST cut by a kill, was told so."
    );
    assert!(tally.begun(2, Version(2)));
    assert_eq!(
        last(&tally),
        "This is not what Buffy promises: of 3 requests, 0 lost and 1 done twice."
    );
    assert_eq!(
        verdict(&Figures::default(), &[], Ink::Plain).lines().last(),
        Some("Nothing was answered, so nothing is proven.")
    );
    assert_eq!(
        verdict(&figures_of_one_answer(), &[], Ink::Plain)
            .lines()
            .last(),
        Some("No backend was killed, so nothing is proven.")
    );
}

fn figures_of_one_answer() -> Figures {
    Figures {
        sent: 1,
        answered: [(Version(1), 1)].into(),
        ..Figures::default()
    }
}
