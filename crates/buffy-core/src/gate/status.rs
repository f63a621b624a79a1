//! A gate as people are shown it.

use super::autogate::Axis;
use super::health::Belief;
use super::operator::{Close, Force, Holds, Operator, Stop, Word};
use super::{Asks, Gate};
use crate::moment::Moment;

/// A gate at a moment, for status pages.
#[derive(Clone, Debug, PartialEq)]
pub struct Status {
    /// The whole gate in a word; see [`What::GateChanged`](crate::event::What::GateChanged).
    pub gate: &'static str,
    /// How often the gate changed.
    pub generation: u64,
    pub operator: Operator,
    pub autogate: AutogateStatus,
    /// The best of the targets.
    pub health: TargetState,
    pub targets: Vec<TargetStatus>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AutogateStatus {
    pub state: AutogateState,
    pub since: Moment,
    /// The rule that matched last, and when its poll began.
    pub rule: Option<(String, Moment)>,
    /// Why the newest poll had no document; none where it had one.
    pub miss: Option<String>,
}

/// What the rules say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AutogateState {
    /// No rules are configured.
    Absent,
    Unknown,
    Open,
    Closed,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TargetStatus {
    pub url: String,
    pub state: TargetState,
    pub since: Moment,
    /// Why the newest look at the target failed; none where it did not.
    pub error: Option<String>,
}

/// What is believed of a target.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TargetState {
    /// Nothing that counts was heard.
    Unknown,
    Up,
    /// A connection was refused; a probe will tell.
    Suspect,
    Down,
}

impl Gate {
    /// The gate for people. Health and rules are shown as requests that read meet them; those
    /// that write may have to wait for newer evidence, which their [`Gate::reasons`] say.
    pub fn status(&self) -> Status {
        let axis = self.reads.rules();
        Status {
            gate: self.word().0,
            generation: self.generation,
            operator: self.operator.clone(),
            autogate: AutogateStatus {
                state: axis.map_or(AutogateState::Absent, Axis::state),
                since: axis.map_or(Moment::ZERO, Axis::since),
                rule: self.autogate.rule().cloned(),
                miss: self.autogate.miss().map(str::to_owned),
            },
            health: self.reads.states().0,
            targets: self.target_statuses().collect(),
        }
    }

    /// The targets that are not believed up: that one of them answers would be news.
    pub fn doubtful_targets(&self) -> u64 {
        self.reads.doubtful_targets() | self.writes.doubtful_targets()
    }

    /// Good evidence was counted, and not enough of it: more is worth asking for soon.
    pub fn is_rising(&self) -> bool {
        [&self.reads, &self.writes].into_iter().any(|view| {
            view.targets().iter().any(Belief::is_rising)
                || view.rules().is_some_and(Axis::is_rising)
        })
    }

    /// Why a request that asks this does not pass, each voice in a sentence; empty where it passes.
    pub fn reasons(&self, asks: &Asks) -> Vec<String> {
        let stops = self.operator.stops().iter().map(Stop::reason);
        let closes = self
            .operator
            .closes()
            .iter()
            .filter(|close| self.operator.covers(close, *asks));
        let mut reasons: Vec<String> = stops.chain(closes.map(Close::reason)).collect();
        let view = self.view(*asks);
        if view.states().0 != TargetState::Up {
            let heard = self.targets.iter().zip(&self.settings.targets);
            let each: Vec<String> = heard.map(|(heard, own)| heard.reason(&own.url)).collect();
            reasons.push(format!("no target up: {}", each.join("; ")));
        }
        let forced = self.operator.on(*asks) == Word::Force;
        if let (Some(axis), Some(settings)) = (view.rules(), &self.settings.autogate)
            && !forced
        {
            let reason = axis.reason(&self.autogate, settings);
            reasons.extend(reason.map(|reason| match self.operator.expected() {
                Some(expected) => format!("{reason}; expected: {}", expected.rule.text()),
                None => reason,
            }));
        }
        reasons
    }

    fn target_statuses(&self) -> impl Iterator<Item = TargetStatus> {
        let heard = self.targets.iter().zip(&self.settings.targets);
        heard
            .zip(self.reads.targets())
            .map(|((heard, own), belief)| TargetStatus {
                url: own.url.clone(),
                state: belief.state(),
                since: belief.since(),
                error: heard.error().map(str::to_owned),
            })
    }
}

impl Stop {
    /// `stopped by alice: back at nine`.
    pub fn reason(&self) -> String {
        sentence("stopped", &self.actor, &self.message)
    }
}

impl Close {
    /// `closed by alice: migration`.
    pub fn reason(&self) -> String {
        match &self.holds {
            Holds::All => sentence("closed", &self.actor, &self.reason),
            Holds::Writes => sentence("writes closed", &self.actor, &self.reason),
            Holds::Rule(rule) => {
                let what = format!("{} closed", rule.text());
                sentence(&what, &self.actor, &self.reason)
            }
        }
    }
}

impl Force {
    /// `forced open by alice: the status page is wrong`.
    pub fn reason(&self) -> String {
        sentence("forced open", &self.actor, &self.reason)
    }
}

impl AutogateState {
    /// `absent`, `unknown`, `open` or `closed`.
    pub fn word(self) -> &'static str {
        match self {
            Self::Absent => "absent",
            Self::Unknown => "unknown",
            Self::Open => "open",
            Self::Closed => "closed",
        }
    }
}

impl TargetState {
    /// `unknown`, `up`, `suspect` or `down`.
    pub fn word(self) -> &'static str {
        match self {
            Self::Unknown => "unknown",
            Self::Up => "up",
            Self::Suspect => "suspect",
            Self::Down => "down",
        }
    }
}

fn sentence(what: &str, actor: &str, why: &str) -> String {
    if why.is_empty() {
        format!("{what} by {actor}")
    } else {
        format!("{what} by {actor}: {why}")
    }
}
