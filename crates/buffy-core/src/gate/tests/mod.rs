//! Sentences through a few doors; `script` says how they read.

mod absence;
mod evidence;
mod leases;
mod operators;
mod said;
mod script;
mod targets;
mod telling;

use super::{Asks, Cause, Gate, TargetState, Verdict};
use script::play;

/// Lines of `script => verdict`: what reads and writes meet at the end, `pass`, `hold: operator`,
/// `hold: rules`, `hold: down` or `refuse`; where they differ, `read / write`.
fn check(table: &str) {
    for (script, expected) in lines(table) {
        let gate = play(script).gate;
        let (read, write) = expected.split_once(" / ").unwrap_or((expected, expected));
        assert_eq!(met(&gate, Asks::READ), read, "a read after {script:?}");
        assert_eq!(met(&gate, Asks::WRITE), write, "a write after {script:?}");
    }
}

/// Lines of `script => what the last input asks of the shell`.
fn asks(table: &str) {
    for (script, expected) in lines(table) {
        assert_eq!(play(script).asked(), expected, "asked after {script:?}");
    }
}

fn lines(table: &str) -> impl Iterator<Item = (&str, &str)> {
    let lines = table.lines().map(str::trim).filter(|line| !line.is_empty());
    lines.map(|line| {
        let (script, expected) = line.split_once("=>").unwrap();
        (script.trim(), expected.trim())
    })
}

/// What was told, from the first input on.
fn told(script: &str, expected: &[&str]) {
    assert_eq!(play(script).told(), expected, "told by {script:?}");
}

/// Why a write does not pass.
fn reasons(script: &str, expected: &[&str]) {
    assert_eq!(
        play(script).gate.reasons(&Asks::WRITE),
        expected,
        "reasons after {script:?}"
    );
}

fn met(gate: &Gate, asks: Asks) -> &'static str {
    match gate.verdict(&asks) {
        Verdict::Pass => "pass",
        Verdict::Hold(Cause::Closed) => "hold: operator",
        Verdict::Hold(Cause::Autogate) => "hold: rules",
        Verdict::Hold(Cause::Down) => "hold: down",
        Verdict::Hold(Cause::Saturated) => panic!("a gate counts no slots"),
        Verdict::Refuse => "refuse",
    }
}

/// What is missing for a write: `health`, `rules`, or nothing.
fn absent(table: &str) {
    for (script, expected) in lines(table) {
        let absence = play(script).gate.absence(&Asks::WRITE);
        let missing = [(absence.health, "health"), (absence.autogate, "rules")];
        let missing = missing.iter().filter_map(|(is, word)| is.then_some(*word));
        let missing = missing.collect::<Vec<_>>().join(" and ");
        let missing = if missing.is_empty() {
            "nothing"
        } else {
            &missing
        };
        assert_eq!(missing, expected, "missing after {script:?}");
    }
}

fn target(script: &str) -> TargetState {
    play(script).gate.status().health
}
