//! A gate and its queue under a random script, with what must hold checked after every step.
//!
//! A failure prints its seed and its last steps; the seed plays the same again.

use std::collections::BTreeMap;
use std::time::Duration;

use crate::config::{GateInitial, Unmatched, Unreachable};
use crate::gate::{
    Asks, AutogateSettings, Close, Evidence, Gate, HealthKind, HealthSettings, Holds, Input,
    Operator, Poll, Settings, Stop, TargetSettings, TargetState, Verdict,
};
use crate::moment::Moment;
use crate::queue::{CLASS_LAST, Facts, Queue, State, Ticket};

const SEEDS: u64 = 100;
const STEPS_PER_SEED: usize = 2_000;
/// Steps printed where something is wrong.
const STEPS_SHOWN: usize = 40;
const PLACES_MAX: usize = 60;

#[test]
fn nothing_is_lost_forgotten_or_let_through() {
    for seed in 0..SEEDS {
        let mut world = World::new(seed);
        let mut steps = Vec::new();
        for _ in 0..STEPS_PER_SEED {
            let step = world.choose();
            steps.push(format!("{:>9} {step:?}", world.now.nanos()));
            if let Err(wrong) = world.play(step) {
                let last = steps.split_off(steps.len().saturating_sub(STEPS_SHOWN));
                panic!("seed {seed}: {wrong}\n{}", last.join("\n"));
            }
        }
        if let Err(wrong) = world.end() {
            panic!("seed {seed}, at its end: {wrong}");
        }
        assert!(
            world.sent > 0 && world.released > 0,
            "seed {seed} shows nothing"
        );
    }
}

#[derive(Clone, Debug)]
enum Step {
    Tell(Input),
    Arrives(Asks),
    /// The client of the place so far from the front leaves.
    Leaves(usize),
    /// A released request is connected, so it reads the verdict again and sends its first byte.
    Sends(usize),
    /// A released request is refused by the target.
    IsRefused(usize),
    Passes(Duration),
}

/// What the simulation knows of a place, by its order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Known {
    ticket: Ticket,
    asks: Asks,
    state: State,
}

struct World {
    random: Random,
    now: Moment,
    gate: Gate,
    queue: Queue,
    known: BTreeMap<(Moment, u64), Known>,
    arrivals: u64,
    generation: u64,
    /// For reads and writes: the last lift that let them go, or loss of the target.
    void_before: [Moment; 2],
    /// For the rules' newest OPEN: when its poll began.
    newest_open: Option<Moment>,
    newest_good_probe: Option<Moment>,
    settings: Settings,
    sent: usize,
    released: usize,
}

impl World {
    fn new(seed: u64) -> Self {
        let mut random = Random(seed);
        let settings = settings(&mut random);
        let now = Moment::ZERO.after(Duration::from_secs(1));
        Self {
            gate: Gate::new(settings.clone(), Operator::default(), now, 0),
            random,
            now,
            queue: Queue::default(),
            known: BTreeMap::new(),
            arrivals: 0,
            generation: 0,
            void_before: [Moment::ZERO; 2],
            newest_open: None,
            newest_good_probe: None,
            settings,
            sent: 0,
            released: 0,
        }
    }

    fn choose(&mut self) -> Step {
        let began = Moment::from_nanos(self.now.nanos() - self.random.below(4) * 1_000_000);
        let far = usize::try_from(self.random.below(64)).unwrap_or(0);
        let asks = if self.random.below(2) == 0 {
            Asks::WRITE
        } else {
            Asks::READ
        };
        match self.random.below(100) {
            0..30 => Step::Arrives(asks),
            30..38 => Step::Leaves(far),
            38..58 => Step::Sends(far),
            58..60 => Step::IsRefused(far),
            60..70 => Step::Passes(Duration::from_millis(self.random.below(20))),
            70..80 => Step::Tell(self.probe(began)),
            80..90 => Step::Tell(self.poll(began)),
            90..95 => Step::Tell(self.operator()),
            95..98 => Step::Tell(Input::Passive {
                target: 0,
                began,
                evidence: Evidence::Answered,
            }),
            _ => Step::Tell(Input::Tick),
        }
    }

    fn probe(&mut self, began: Moment) -> Input {
        let good = self.random.below(8) > 0;
        Input::Probe {
            target: 0,
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
        match self.random.below(6) {
            0 => Input::Stop(Stop {
                id: 0,
                token: None,
                actor,
                message: String::new(),
                at_ms: 0,
                until_ms: None,
                lease: None,
            }),
            1 => Input::Close(Close {
                id: 0,
                token: None,
                actor,
                reason: String::new(),
                holds: Holds::All,
                lease: None,
                at_ms: 0,
            }),
            2 => Input::Close(Close {
                id: 0,
                token: None,
                actor,
                reason: String::new(),
                holds: Holds::Writes,
                lease: None,
                at_ms: 0,
            }),
            _ => Input::Open {
                actor,
                reason: String::new(),
                token: None,
            },
        }
    }

    fn play(&mut self, step: Step) -> Result<(), String> {
        match step {
            Step::Tell(input) => self.tell(input)?,
            Step::Arrives(asks) => self.arrive(asks)?,
            Step::Leaves(far) => {
                if let Some((key, _)) = self.pick(far, |_| true) {
                    self.give_back(key);
                }
            }
            Step::Sends(far) => self.send(far),
            Step::IsRefused(far) => {
                if let Some((key, known)) = self.pick(far, |known| known.state == State::Released) {
                    self.wait_again(key);
                    assert_eq!(self.known[&key].ticket, known.ticket);
                    let evidence = Evidence::Refused("refused".to_owned());
                    self.tell(Input::Passive {
                        target: 0,
                        began: self.now,
                        evidence,
                    })?;
                    self.release()?;
                }
            }
            Step::Passes(wait) => {
                self.now = self.now.after(wait);
                if self.gate.next_tick().is_some_and(|tick| tick <= self.now) {
                    self.tell(Input::Tick)?;
                }
            }
        }
        self.check()
    }

    fn tell(&mut self, input: Input) -> Result<(), String> {
        let up = self.is_up();
        let held = [Asks::READ, Asks::WRITE].map(|asks| self.is_held(asks));
        if let Input::Poll {
            began,
            outcome: Poll::Open { .. },
        } = &input
        {
            self.newest_open = self.newest_open.max(Some(*began));
        }
        if let Input::Probe {
            target: 0,
            began,
            result: Ok(()),
            ..
        } = &input
        {
            self.newest_good_probe = self.newest_good_probe.max(Some(*began));
        }
        let effects = self.gate.apply(self.now, input);
        let lost = up && !self.is_up() && held == [false; 2];
        for (at, asks) in [Asks::READ, Asks::WRITE].into_iter().enumerate() {
            if lost || (held[at] && !self.is_held(asks)) {
                self.void_before[at] = self.now;
            }
        }
        let counted = self.gate.generation() - self.generation;
        self.generation = self.gate.generation();
        if counted != u64::from(effects.changed) {
            return Err(format!(
                "changed is {}, but {counted} were counted",
                effects.changed
            ));
        }
        if effects.changed {
            self.refuse();
            self.release()?;
        }
        Ok(())
    }

    fn arrive(&mut self, asks: Asks) -> Result<(), String> {
        let pass = |gate: &Gate, asks: &Asks| gate.verdict(asks) == Verdict::Pass;
        let gate = &self.gate;
        if self.queue.must_join(&asks, |asks| pass(gate, asks)) {
            if gate.verdict(&asks) != Verdict::Refuse && self.known.len() < PLACES_MAX {
                let ticket = self
                    .queue
                    .join(CLASS_LAST, self.now, asks, Facts::default());
                self.arrivals += 1;
                let known = Known {
                    ticket,
                    asks,
                    state: State::Waiting,
                };
                self.known.insert((self.now, self.arrivals), known);
                self.release()?;
            }
            return Ok(());
        }
        if !pass(gate, &asks) {
            return Err(format!(
                "{asks:?} went straight through a gate that is not open"
            ));
        }
        if let Some(passed) = self.known.values().find(|known| pass(gate, &known.asks)) {
            return Err(format!("{asks:?} went before {passed:?}"));
        }
        Ok(())
    }

    fn send(&mut self, far: usize) {
        let Some((key, known)) = self.pick(far, |known| known.state == State::Released) else {
            return;
        };
        match self.gate.verdict(&known.asks) {
            Verdict::Pass => {
                self.sent += 1;
                self.give_back(key);
            }
            Verdict::Hold(_) => self.wait_again(key),
            Verdict::Refuse => self.give_back(key),
        }
    }

    fn release(&mut self) -> Result<(), String> {
        let mut out = Vec::new();
        let gate = &self.gate;
        self.queue.release(
            usize::MAX,
            |asks| gate.verdict(asks) == Verdict::Pass,
            &mut out,
        );
        let mut expected = Vec::new();
        for known in self.known.values_mut() {
            if known.state == State::Waiting && gate.verdict(&known.asks) == Verdict::Pass {
                known.state = State::Released;
                expected.push(known.ticket);
            }
        }
        self.released += out.len();
        if out == expected {
            Ok(())
        } else {
            Err(format!("released {out:?}, not {expected:?}"))
        }
    }

    /// A stop refuses the held ones at once.
    fn refuse(&mut self) {
        if self.gate.verdict(&Asks::READ) == Verdict::Refuse {
            let waiting = self
                .known
                .iter()
                .filter(|(_, known)| known.state == State::Waiting);
            let keys: Vec<_> = waiting.map(|(key, _)| *key).collect();
            for key in keys {
                self.give_back(key);
            }
        }
    }

    fn check(&self) -> Result<(), String> {
        let waiting = self
            .known
            .values()
            .filter(|known| known.state == State::Waiting);
        let forgotten = waiting
            .clone()
            .find(|known| self.gate.verdict(&known.asks) == Verdict::Pass);
        let counts = (self.queue.places(), self.queue.waiting());
        let expected = (self.known.len(), waiting.count());
        if let Some(forgotten) = forgotten {
            return Err(format!("{forgotten:?} was forgotten"));
        }
        if counts != expected {
            return Err(format!(
                "{counts:?} places and waiting ones, not {expected:?}"
            ));
        }
        if self.queue.oldest() != self.known.keys().next().map(|(arrival, _)| *arrival) {
            return Err("the oldest is another".to_owned());
        }
        if self.random.0.is_multiple_of(16) {
            let listed = self
                .queue
                .iter()
                .map(|entry| (entry.ticket, entry.asks, entry.state));
            let known = self
                .known
                .values()
                .map(|known| (known.ticket, known.asks, known.state));
            if !listed.eq(known) {
                return Err("the list is not in order".to_owned());
            }
        }
        [Asks::READ, Asks::WRITE]
            .iter()
            .try_for_each(|asks| self.check_verdict(*asks))
    }

    fn check_verdict(&self, asks: Asks) -> Result<(), String> {
        let passes = self.gate.verdict(&asks) == Verdict::Pass;
        if passes != self.gate.reasons(&asks).is_empty() {
            return Err(format!("{asks:?}: {:?}", self.gate.reasons(&asks)));
        }
        if !passes {
            return Ok(());
        }
        let void_before = Some(self.void_before[usize::from(asks.writes)]);
        if self.is_held(asks) {
            return Err(format!("{asks:?} passes an operator"));
        }
        if !self.is_up() {
            return Err(format!("{asks:?} passes to a target that is not up"));
        }
        if self.settings.autogate.is_some() && self.newest_open < void_before {
            return Err(format!("{asks:?} passes by an OPEN that is void"));
        }
        if self.settings.health.kind == HealthKind::Http && self.newest_good_probe < void_before {
            return Err(format!("{asks:?} passes by a probe that is void"));
        }
        Ok(())
    }

    fn end(&mut self) -> Result<(), String> {
        while let Some((key, _)) = self.pick(0, |_| true) {
            self.give_back(key);
        }
        self.check()?;
        if self.queue.is_empty() {
            Ok(())
        } else {
            Err("a place was not given back".to_owned())
        }
    }

    fn pick(&self, far: usize, like: impl Fn(&Known) -> bool) -> Option<((Moment, u64), Known)> {
        let mut those = self.known.iter().filter(|(_, known)| like(known));
        let count = those.clone().count();
        those
            .nth(far.checked_rem(count)?)
            .map(|(key, known)| (*key, *known))
    }

    fn give_back(&mut self, key: (Moment, u64)) {
        if let Some(known) = self.known.remove(&key) {
            self.queue.give_back(known.ticket);
        }
    }

    fn wait_again(&mut self, key: (Moment, u64)) {
        if let Some(known) = self.known.get_mut(&key) {
            known.state = State::Waiting;
            self.queue.wait_again(known.ticket);
        }
    }

    fn is_up(&self) -> bool {
        self.gate.status().health == TargetState::Up
    }

    fn is_held(&self, asks: Asks) -> bool {
        let operator = self.gate.operator();
        !operator.stops().is_empty()
            || operator
                .closes()
                .iter()
                .any(|close| operator.covers(close, asks))
    }
}

fn settings(random: &mut Random) -> Settings {
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
    Settings {
        initial: GateInitial::Persisted,
        targets: vec![TargetSettings {
            url: "http://b".to_owned(),
        }],
        health,
        autogate,
    }
}

/// Splitmix64.
struct Random(u64);

impl Random {
    fn below(&mut self, limit: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (mixed ^ (mixed >> 31)) % limit
    }
}
