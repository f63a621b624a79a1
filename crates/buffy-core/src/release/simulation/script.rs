//! What may happen, and how likely it is.

use std::time::Duration;

use super::world::World;
use crate::config::{GateInitial, ReleaseMode, Unmatched, Unreachable};
use crate::gate::{
    Asks, AutogateSettings, Close, Evidence, HealthKind, HealthSettings, Holds, Input, Poll,
    Settings, Stop, TargetSettings,
};
use crate::moment::Moment;
use crate::queue::{CLASS_LAST, Facts};
use crate::release;
use crate::rule::Rule;

/// One step. Numbers choose among those that it is about, from the front.
#[derive(Clone, Debug)]
pub(super) enum Step {
    Tell(Input),
    Arrives(Asks, u8, Facts),
    /// The client leaves.
    Leaves(usize),
    /// A released request's task runs: it takes its grant, and begins to connect.
    Takes(usize),
    /// It is connected, so it reads the verdict again and sends its first byte.
    Sends(usize),
    /// The target refuses its connection.
    IsRefused(usize),
    /// Its final answer begins, with this status.
    IsAnswered(usize, u16),
    /// Its exchange ends.
    Ends(usize),
    /// It goes its way through another queue.
    GoesAway(usize),
    ComesBack(usize),
    /// An operator lets it go.
    ByHand(usize),
    Passes(Duration),
}

impl World {
    pub(super) fn choose(&mut self) -> Step {
        let began = Moment::from_nanos(self.now.nanos() - self.random.below(4) * 1_000_000);
        let far = usize::try_from(self.random.below(64)).unwrap_or(0);
        match self.random.below(100) {
            0..24 => {
                let asks = Asks {
                    writes: self.random.below(2) == 0,
                    rules: [0, 0, 1, 2][far % 4],
                };
                let class = [1, CLASS_LAST, CLASS_LAST][far % 3];
                let facts = Facts {
                    sent: far.is_multiple_of(5),
                    whole: !far.is_multiple_of(7),
                };
                Step::Arrives(asks, class, facts)
            }
            24..27 => Step::Leaves(far),
            27..43 => Step::Takes(far),
            43..57 => Step::Sends(far),
            57..58 => Step::IsRefused(far),
            58..64 => Step::IsAnswered(far, [200, 200, 404, 503][far % 4]),
            64..74 => Step::Ends(far),
            74..75 => Step::GoesAway(far),
            75..77 => Step::ComesBack(far),
            77..78 => Step::ByHand(far),
            78..84 => Step::Passes(self.pause()),
            84..90 => Step::Tell(self.probe(began)),
            90..95 => Step::Tell(self.poll(began)),
            95..97 => Step::Tell(self.operator()),
            97..99 => Step::Tell(Input::Passive {
                target: self.target(),
                began,
                evidence: Evidence::Answered,
            }),
            _ => Step::Tell(Input::Tick),
        }
    }

    fn pause(&mut self) -> Duration {
        let most = if self.random.below(8) == 0 { 1_500 } else { 20 };
        Duration::from_millis(self.random.below(most))
    }

    fn target(&mut self) -> usize {
        usize::try_from(self.random.below(self.targets() as u64)).unwrap_or(0)
    }

    fn probe(&mut self, began: Moment) -> Input {
        let good = self.random.below(8) > 0;
        Input::Probe {
            target: self.target(),
            began,
            result: if good { Ok(()) } else { Err("no".to_owned()) },
        }
    }

    fn poll(&mut self, began: Moment) -> Input {
        let outcome = match self.random.below(10) {
            0 => Poll::Close {
                rule: "closes".to_owned(),
            },
            1 => Poll::Unmatched,
            2 => Poll::Miss("no".to_owned()),
            _ => Poll::Open {
                rule: "opens".to_owned(),
            },
        };
        Input::Poll { began, outcome }
    }

    fn operator(&mut self) -> Input {
        let actor = "somebody".to_owned();
        let holds = match self.random.below(9) {
            0 => {
                return Input::Stop(Stop {
                    id: 0,
                    token: None,
                    actor,
                    message: String::new(),
                    at_ms: 0,
                    until_ms: None,
                    lease: None,
                });
            }
            1 | 2 => Holds::All,
            3 => Holds::Writes,
            4 => Holds::Rule(Rule::parse_request("path=/a").unwrap()),
            _ => {
                return Input::Open {
                    actor,
                    reason: String::new(),
                    token: None,
                };
            }
        };
        Input::Close(Close {
            id: 0,
            token: None,
            actor,
            reason: String::new(),
            holds,
            lease: None,
            at_ms: 0,
        })
    }
}

pub(super) fn gate_settings(random: &mut Random) -> Settings {
    let mut number = |below| u32::try_from(1 + random.below(below)).unwrap_or(1);
    let health = HealthSettings {
        kind: if number(2) == 1 {
            HealthKind::Tcp
        } else {
            HealthKind::Http
        },
        rise: number(2),
        fall: number(3),
    };
    let autogate = AutogateSettings {
        url: "http://b/ping".to_owned(),
        rise: number(2),
        fall: number(3),
        unmatched: if number(2) == 1 {
            Unmatched::Keep
        } else {
            Unmatched::Close
        },
        unreachable: if number(2) == 1 {
            Unreachable::Keep
        } else {
            Unreachable::Close
        },
        settle: Duration::from_millis(u64::from(number(2) - 1) * 30),
    };
    let autogate = (number(3) > 1).then_some(autogate);
    let targets = (0..number(3)).map(|number| TargetSettings {
        url: format!("http://b{number}"),
    });
    Settings {
        initial: GateInitial::Persisted,
        targets: targets.collect(),
        health,
        autogate,
    }
}

/// The settings, and how many may be on their way to one target.
pub(super) fn release_settings(
    random: &mut Random,
    gate: &Settings,
) -> (release::Settings, Option<usize>) {
    let mut number = |below| usize::try_from(1 + random.below(below)).unwrap_or(1);
    let max = (number(2) == 1).then(|| number(6));
    let settings = release::Settings {
        mode: if number(8) == 1 {
            ReleaseMode::All
        } else {
            ReleaseMode::Ramp
        },
        start: number(3),
        max: number(8),
        patience: Duration::from_millis(200),
        canary: number(2) == 1,
        retry: Duration::from_millis(50),
        autogate: gate.autogate.is_some(),
        inflight_max: max.map(|max| max * gate.targets.len()),
    };
    (settings, max)
}

/// Splitmix64.
pub(super) struct Random(pub(super) u64);

impl Random {
    pub(super) fn below(&mut self, limit: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (mixed ^ (mixed >> 31)) % limit
    }
}
