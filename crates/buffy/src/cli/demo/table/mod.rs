//! What is shown, as text: the table, the plain line, the verdict.

#[cfg(test)]
mod tests;

use std::fmt::Write as _;
use std::time::Duration;

use super::plan::Plan;
use super::status::Status;
use super::tally::{Figures, Move};
use crate::cli::ink::{Ink, Tone};

/// What is known at a moment.
#[derive(Clone, Debug)]
pub(super) struct Scene {
    pub(super) elapsed: Duration,
    pub(super) moves: Vec<Move>,
    pub(super) figures: Figures,
    /// None where Buffy's admin API does not answer.
    pub(super) status: Option<Status>,
}

/// What will happen, for somebody who never heard of Buffy.
pub(super) fn announcement(plan: &Plan) -> String {
    let Plan {
        rate,
        deploys,
        down,
        ..
    } = plan;
    let each = if *deploys > 1 { " each time" } else { "" };
    format!(
        "Clients send {rate} requests/s, half of them POSTs, through Buffy to a backend that is killed and\n\
         replaced {}, {} away{each}. Nothing may be lost and no POST done twice: about {:.0} s.\n",
        times(*deploys),
        seconds(*down),
        plan.length().as_secs_f64() + 1.0,
    )
}

/// The table, line by line.
pub(super) fn table(scene: &Scene, ink: Ink) -> Vec<String> {
    let figures = &scene.figures;
    let answered: Vec<_> = figures
        .answered
        .iter()
        .map(|(version, count)| format!("{version} {count}"))
        .collect();
    let wait = format!("longest wait {}", seconds(figures.longest_wait));
    let way = format!("{} under way", figures.under_way);
    let cut = "POSTs under way at a kill: 502, X-Buffy-Forwarded: maybe";
    let count = |tone, count: usize, note: &str| {
        (ink.paint(tone, &format!("{count:<7}")) + note)
            .trim_end()
            .to_owned()
    };
    let must_be_none = |number, note| {
        let tone = if number == 0 { Tone::Good } else { Tone::Bad };
        count(tone, number, note)
    };
    let plain = |number, note: &str| format!("{number:<7}{note}").trim_end().to_owned();
    [
        ("time", seconds(scene.elapsed)),
        ("backend", backend(&scene.moves, ink)),
        ("Buffy says", said(scene.status.as_ref(), ink)),
        ("sent", plain(figures.sent, &way)),
        (
            "answered",
            plain(figures.answered_all(), &answered.join(", ")),
        ),
        ("held", plain(figures.held, &wait)),
        ("cut, told so", plain(figures.cut, cut)),
        ("lost", must_be_none(figures.lost_all(), "")),
        ("doubled", must_be_none(figures.doubled, "")),
    ]
    .into_iter()
    .map(|(name, value)| format!("  {name:<14}{value}"))
    .collect()
}

/// The same on one line.
pub(super) fn line(scene: &Scene) -> String {
    let Scene {
        figures, status, ..
    } = scene;
    format!(
        "{}  Buffy says: {}; sent {}, answered {}, cut {}, lost {}, doubled {}",
        stamp(scene.elapsed),
        said(status.as_ref(), Ink::Plain),
        figures.sent,
        figures.answered_all(),
        figures.cut,
        figures.lost_all(),
        figures.doubled,
    )
}

/// What happened to the backend, on one line.
pub(super) fn told(one: &Move) -> String {
    match one {
        Move::Up { version, at } => format!("{}  backend {version} is up", stamp(*at)),
        Move::Cut { version, began, .. } => {
            format!("{}  backend {version} is killed", stamp(*began))
        }
    }
}

/// The counts for programs, the reasons for what was lost, and one sentence for people.
pub(super) fn verdict(figures: &Figures, moves: &[Move], ink: Ink) -> String {
    let mut text = format!("counts: {figures}\n");
    for (why, count) in &figures.lost {
        writeln!(text, "lost {count}: {why}").expect("a string takes all");
    }
    let kills = moves.iter().filter(|one| matches!(one, Move::Cut { .. }));
    let kills = u32::try_from(kills.count()).unwrap_or(u32::MAX);
    let verdict = if figures.are_good() && kills == 0 {
        "No backend was killed, so nothing is proven.".to_owned()
    } else if figures.are_good() {
        let cut = match figures.cut {
            0 => String::new(),
            1 => "; the other, a POST cut by a kill, was told so".to_owned(),
            cut => format!("; the other {cut}, POSTs cut by a kill, were told so"),
        };
        let good = format!(
            "Nothing was lost: a backend was killed {}, and {} of {} requests were answered{cut}.",
            times(kills),
            figures.answered_all(),
            figures.sent,
        );
        ink.paint(Tone::Good, &good)
    } else if !figures.are_bad() {
        "Nothing was answered, so nothing is proven.".to_owned()
    } else {
        let bad = format!(
            "This is not what Buffy promises: of {} requests, {} lost and {} done twice.",
            figures.sent,
            figures.lost_all(),
            figures.doubled,
        );
        ink.paint(Tone::Bad, &bad)
    };
    text + &verdict + "\n"
}

fn backend(moves: &[Move], ink: Ink) -> String {
    match moves.last() {
        Some(Move::Up { version, at }) => ink.paint(
            Tone::Good,
            &format!("{version} is up, since {}", seconds(*at)),
        ),
        Some(Move::Cut { version, began, .. }) => ink.paint(
            Tone::Waiting,
            &format!("away: {version} was killed at {}", seconds(*began)),
        ),
        None => "not started".to_owned(),
    }
}

fn said(status: Option<&Status>, ink: Ink) -> String {
    let Some(Status { gate, held }) = status else {
        return ink.paint(Tone::Bad, "nothing");
    };
    let tone = if gate == "open" {
        Tone::Good
    } else {
        Tone::Waiting
    };
    let mut said = ink.paint(tone, &format!("gate {gate}"));
    write!(said, ", {} held now", held.now).expect("a string takes all");
    if held.now > 0 {
        write!(said, ", the oldest for {:.1} s", held.oldest_seconds).expect("a string takes all");
    }
    said
}

fn times(count: u32) -> String {
    match count {
        1 => "once".to_owned(),
        2 => "twice".to_owned(),
        count => format!("{count} times"),
    }
}

fn stamp(at: Duration) -> String {
    format!("{:>6.1} s", at.as_secs_f64())
}

fn seconds(duration: Duration) -> String {
    format!("{:.1} s", duration.as_secs_f64())
}
