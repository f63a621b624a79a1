//! The shell of a gate: one upstream's machine and queue behind one lock, what the fast path reads
//! of them, and who is woken when they change.

use std::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError, Weak};

use buffy_core::gate::{
    Asks, Cause, Effects, Evidence, Gate, Input, Lifted, Poll, Rejected, Verdict, bit,
};
use buffy_core::moment::Moment;
use buffy_core::release::{Line, RampStatus, Settings};
use buffy_core::rule::Rule;
use tokio::sync::Notify;

use super::absent::Absent;
use super::apart::Crowd;
use super::cut::Cuts;
use super::endless::Endless;
use super::inflight::Inflight;
use super::limits::{Bounded, ProcessLimits};
use super::outage::Outage;
use super::probe::Looks;
use super::recorder::Recorder;
use super::repeats::Repeats;
use super::report::Report;
use super::shut::Shut;
use super::slots::Slots;
use super::state::StateDir;
use super::target::Target;
use super::told::After;
use super::wait::Waiter;
use super::weight::Bodies;
use super::word::Word;
use crate::clock;
use crate::observe::metrics::GateCounts;
use crate::outbox::EventSender;

/// Where requests are forwarded, and the gate before it.
#[derive(Debug)]
pub struct Upstream {
    pub(super) settings: buffy_core::config::Upstream,
    targets: Box<[Target]>,
    pub(super) word: Word,
    pub(super) absent: Absent,
    /// Raised whenever a target's idle connections are thrown away.
    epoch: AtomicU32,
    pub(super) inflight: Box<[Inflight]>,
    pub(super) slots: Slots,
    pub(super) held: Arc<Bounded>,
    pub(super) process: Arc<ProcessLimits>,
    pub(super) state: Mutex<State>,
    /// Held while an order is applied and written, so that what is written last is what stands.
    pub(super) orders: Mutex<()>,
    pub(super) kept: Option<Arc<StateDir>>,
    pub(super) poll_now: Arc<Notify>,
    /// What probes and polls found last.
    pub looks: Arc<Looks>,
    pub(super) tick_changed: Notify,
    pub(super) evidence_wanted: AtomicBool,
    /// The targets that are not believed up without a doubt, by their bits: an answer of one of
    /// them would be news.
    pub(super) doubtful: AtomicU64,
    /// Of the requests that are held here.
    pub(super) bodies: Bodies,
    /// Requests that wait outside of the queue.
    pub(super) apart: Crowd,
    /// Answers without an end that are under way.
    pub endless: Arc<Endless>,
    /// What is answered, while somebody records it.
    pub recorder: Arc<Recorder>,
    pub(super) cuts: Cuts,
    pub(super) events: EventSender,
    pub(super) counts: Arc<GateCounts>,
    /// Who has taken this one's place.
    pub(super) successor: OnceLock<Arc<Upstream>>,
    /// No configuration names it any more: what is kept under its id is not its own.
    pub(super) removed: AtomicBool,
    /// Whose place this one took.
    pub(super) before: Mutex<Vec<Weak<Upstream>>>,
    pub(super) repeats: Repeats,
    /// Requests on their way from the Buffy before this one.
    pub(super) elder_inflight: AtomicU64,
}

/// What the lock guards.
#[derive(Debug)]
pub(super) struct State {
    pub(super) gate: Gate,
    pub(super) line: Line,
    /// When the line wants to be looked at by itself.
    pub(super) due: Option<Moment>,
    /// The generation of the rules of closes that was seen last.
    pub(super) rules: u32,
    /// How often the page was turned on which requests in flight are counted.
    pub(super) turns: u64,
    /// By ticket.
    pub(super) waiters: Vec<Waiter>,
    /// Of the heads of those who wait.
    pub(super) head_bytes: u64,
    pub(super) outage: Outage,
    pub(super) shut: Shut,
    /// Others go first, who wait at the Buffy before this one.
    pub(super) behind: bool,
}

/// What a gate says to an operator.
#[derive(Debug)]
pub(super) struct Said {
    pub(super) lifted: Vec<Lifted>,
    pub(super) rejected: Option<Rejected>,
    /// Where a close was taken away.
    pub(super) report: Option<Report>,
}

/// What an upstream is made of.
pub struct Parts {
    pub settings: buffy_core::config::Upstream,
    /// As `settings` has them.
    pub targets: Vec<Target>,
    pub gate: Gate,
    pub workers: usize,
    pub process: Arc<ProcessLimits>,
    pub kept: Option<Arc<StateDir>>,
    pub events: EventSender,
    /// Whose place it takes: counts go on. What stands at the gate comes with
    /// [`Upstream::hand_over`].
    pub before: Option<Arc<Upstream>>,
}

impl Upstream {
    pub fn new(parts: Parts) -> Arc<Self> {
        let before = parts.before.as_deref();
        let before = before.map(|before| (&before.settings, &before.slots));
        let slots = Slots::new(&parts.settings, parts.workers, before);
        let recorder = parts.before.as_ref();
        let recorder = recorder.map(|before| Arc::clone(&before.recorder));
        let (held, counts, endless) = if let Some(before) = &parts.before {
            let (held, counts) = (Arc::clone(&before.held), Arc::clone(&before.counts));
            (held, counts, Arc::clone(&before.endless))
        } else {
            let held = Bounded::new(held_max(&parts.settings));
            (Arc::new(held), Arc::default(), Arc::default())
        };
        let upstream = Self {
            targets: parts.targets.into(),
            word: Word::new(),
            absent: Absent::default(),
            epoch: AtomicU32::new(0),
            slots,
            inflight: (0..parts.workers).map(|_| Inflight::default()).collect(),
            held,
            process: parts.process,
            state: Mutex::new(State {
                gate: parts.gate,
                line: Line::new(Settings::of(&parts.settings)),
                due: None,
                rules: 0,
                turns: 0,
                waiters: Vec::new(),
                head_bytes: 0,
                outage: Outage::default(),
                shut: Shut::new(clock::now()),
                behind: false,
            }),
            orders: Mutex::new(()),
            kept: parts.kept,
            poll_now: Arc::new(Notify::new()),
            looks: Arc::new(Looks::new(parts.settings.targets.len())),
            tick_changed: Notify::new(),
            evidence_wanted: AtomicBool::new(false),
            doubtful: AtomicU64::new(u64::MAX),
            bodies: Bodies::default(),
            apart: Crowd::default(),
            endless,
            recorder: recorder.unwrap_or_default(),
            cuts: Cuts::default(),
            events: parts.events,
            counts,
            successor: OnceLock::new(),
            removed: AtomicBool::new(false),
            before: Mutex::default(),
            repeats: Repeats::new(clock::now()),
            elder_inflight: AtomicU64::new(0),
            settings: parts.settings,
        };
        upstream.publish(&mut upstream.state());
        Arc::new(upstream)
    }

    pub fn id(&self) -> &str {
        &self.settings.id
    }

    /// What is counted since before this one was made is bound by its settings from now on.
    pub fn set_limits(&self) {
        self.held.set_limit(held_max(&self.settings));
    }

    pub fn settings(&self) -> &buffy_core::config::Upstream {
        &self.settings
    }

    /// In the order of the configuration; never empty.
    pub fn targets(&self) -> &[Target] {
        &self.targets
    }

    /// The target of this index, as a flight tells it.
    pub fn target(&self, index: usize) -> &Target {
        self.targets
            .get(index)
            .or(self.targets.first())
            .expect("an upstream without a target is refused")
    }

    /// Raised when a target went down, or the gate changed: what was true of the upstream before
    /// may not be any more.
    pub fn epoch(&self) -> u32 {
        self.epoch.load(Ordering::Acquire)
    }

    /// Requests wait for health or autogate, and no operator keeps them waiting; or there is good
    /// evidence, but not enough of it.
    pub fn evidence_wanted(&self) -> bool {
        self.evidence_wanted.load(Ordering::Relaxed)
    }

    /// A request was answered by the target of this index, on a connection that was begun then.
    pub fn note_answer(&self, target: usize, began: Moment) {
        let news = bit(target);
        if self.doubtful.load(Ordering::Relaxed) & news != 0 {
            self.apply(Input::Passive {
                target,
                began,
                evidence: Evidence::Answered,
            });
        }
    }

    /// Evidence or the passing of time: to the gate, and whoever may go is woken.
    pub fn apply(&self, input: Input) {
        let mut state = self.state();
        let (after, _) = self.take_in(&mut state, input);
        drop(state);
        self.finish(after);
    }

    /// Returns when [`Self::next_tick`] may have changed.
    pub async fn changed(&self) {
        self.tick_changed.notified().await;
    }

    /// What every OPEN of the rules must come with, if anything.
    pub fn expected_version(&self) -> Option<Rule> {
        let state = self.state();
        let expected = state.gate.operator().expected();
        expected.map(|expected| expected.rule.clone())
    }

    /// When the gate or the line wants to be told of the time, if at all.
    pub fn next_tick(&self) -> Option<Moment> {
        let state = self.state();
        let ticks = [state.gate.next_tick(), state.due];
        ticks.into_iter().flatten().min()
    }

    /// Gives an input to the gate; what is to be done without the lock is returned.
    pub(super) fn take_in(&self, state: &mut State, input: Input) -> (After, Said) {
        if let Input::Poll {
            began,
            outcome: Poll::Open { .. },
        } = &input
        {
            state.line.heard_open(*began);
        }
        let Effects {
            changed: _,
            probe,
            poll,
            flush,
            events,
            lifted,
            rejected,
        } = state.gate.apply(clock::now(), input);
        if flush != 0 {
            self.epoch.fetch_add(1, Ordering::AcqRel);
        }
        self.those(flush).for_each(Target::flush);
        let mut after = self.settle(state);
        after.told.extend(events);
        self.those(probe)
            .for_each(|target| target.probe_now.notify_one());
        if poll {
            self.poll_now.notify_one();
        }
        self.tick_changed.notify_one();
        let said = Said {
            lifted,
            rejected,
            report: state.report(),
        };
        (after, said)
    }

    /// The targets of these bits.
    pub(super) fn those(&self, bits: u64) -> impl Iterator<Item = &Target> {
        let all = self.targets.iter().enumerate();
        all.filter(move |(at, _)| bit(*at) & bits != 0)
            .map(|(_, target)| target)
    }

    pub(super) fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Held requests at most.
fn held_max(settings: &buffy_core::config::Upstream) -> usize {
    settings.max_queue.unwrap_or(usize::MAX)
}

impl State {
    /// What a request meets now, those included who have to go first.
    pub(super) fn verdict(&self, asks: Asks) -> Verdict {
        match self.gate.verdict(&asks) {
            Verdict::Pass if self.behind => Verdict::Hold(Cause::Saturated),
            verdict @ (Verdict::Pass | Verdict::Hold(_) | Verdict::Refuse) => verdict,
        }
    }

    /// What became of those who had to wait for a close that stands no more.
    fn report(&mut self) -> Option<Report> {
        let closes = self.gate.operator().closes();
        let places = || self.line.queue().iter();
        self.outage.reports.follow(closes, || {
            let now = clock::now();
            places().map(|place| now.since(place.arrival)).collect()
        })
    }

    /// The verdict in a word, for people.
    pub(super) fn verdict_name(&self) -> &'static str {
        match self.gate.verdict(&Asks::MOST) {
            Verdict::Pass if matches!(self.line.ramp(), RampStatus::CanaryFailed(_)) => "closed",
            Verdict::Pass | Verdict::Hold(Cause::Saturated) => "open",
            Verdict::Hold(Cause::Closed | Cause::Autogate) => "closed",
            Verdict::Hold(Cause::Down) => "down",
            Verdict::Refuse => "stopped",
        }
    }
}
