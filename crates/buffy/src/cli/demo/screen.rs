//! Where it is shown: standard output, for the table is what was asked for. On a terminal it is
//! drawn again and again in its place; elsewhere there is a line per second, and one per event.

use std::convert::Infallible;
use std::io::IsTerminal as _;
use std::net::SocketAddr;
use std::time::Duration;

use tokio::time::{MissedTickBehavior, interval};

use super::super::ink::Ink;
use super::super::say;
use super::record::Record;
use super::status::Status;
use super::table::{self, Scene};

/// Between two looks.
const LOOK: Duration = Duration::from_millis(100);
const LOOKS_PER_DRAWING: u32 = 2;
const LOOKS_PER_LINE: u32 = 10;

pub(super) struct Screen {
    way: Way,
    ink: Ink,
    /// How many of the backend's moves were told.
    told: usize,
}

enum Way {
    /// In its place; so many lines of it are there.
    Live {
        drawn: usize,
    },
    Lines,
}

impl Screen {
    pub(super) fn new(plain: bool) -> Self {
        let dumb = std::env::var_os("TERM").is_some_and(|term| term == "dumb");
        let live = !plain && !dumb && std::io::stdout().is_terminal();
        Self {
            way: if live {
                Way::Live { drawn: 0 }
            } else {
                Way::Lines
            },
            ink: if live {
                Ink::on(&std::io::stdout())
            } else {
                Ink::Plain
            },
            told: 0,
        }
    }

    pub(super) fn ink(&self) -> Ink {
        self.ink
    }

    /// Shows what happens, until it is dropped.
    pub(super) async fn follow(&mut self, record: &Record, admin: SocketAddr) -> Infallible {
        let mut looks = interval(LOOK);
        looks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let pace = match self.way {
            Way::Live { .. } => LOOKS_PER_DRAWING,
            Way::Lines => LOOKS_PER_LINE,
        };
        loop {
            for _ in 0..pace {
                looks.tick().await;
                self.tell_moves(record);
            }
            self.show(&scene(record, admin).await);
        }
    }

    /// Shows how it ended: the table, in both ways.
    pub(super) async fn last(&mut self, record: &Record, admin: SocketAddr) {
        self.tell_moves(record);
        let scene = scene(record, admin).await;
        match self.way {
            Way::Live { .. } => self.show(&scene),
            Way::Lines => {
                say("\n");
                say_lines(&table::table(&scene, self.ink));
            }
        }
    }

    fn show(&mut self, scene: &Scene) {
        match &mut self.way {
            Way::Live { drawn } => {
                let lines = table::table(scene, self.ink);
                let back = match *drawn {
                    0 => String::new(),
                    drawn => format!("\x1b[{drawn}A"),
                };
                *drawn = lines.len();
                // A line that is too wide is cut off, not wrapped: the way back up must be right.
                let lines: Vec<_> = lines
                    .iter()
                    .map(|line| format!("\x1b[2K{line}\n"))
                    .collect();
                say(&format!("\x1b[?7l{back}{}\x1b[?7h", lines.concat()));
            }
            Way::Lines => {
                say(&(table::line(scene) + "\n"));
            }
        }
    }

    /// In lines, each is told once; the table shows the last one anyway.
    fn tell_moves(&mut self, record: &Record) {
        let moves = record.moves();
        if matches!(self.way, Way::Lines) {
            let news: Vec<_> = moves.iter().skip(self.told).map(table::told).collect();
            say_lines(&news);
        }
        self.told = moves.len();
    }
}

async fn scene(record: &Record, admin: SocketAddr) -> Scene {
    let status = Status::read(admin).await;
    Scene {
        elapsed: record.elapsed(),
        moves: record.moves(),
        figures: record.figures(),
        status,
    }
}

fn say_lines(lines: &[String]) {
    if !lines.is_empty() {
        say(&(lines.join("\n") + "\n"));
    }
}
