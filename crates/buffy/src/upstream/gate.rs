//! The shell of a gate: one upstream's machine and queue behind one lock, what the fast path reads
//! of them, and who is woken when they change.

use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};

use buffy_core::event::{Event, What};
use buffy_core::gate::{Asks, Cause, Effects, Evidence, Gate, Holds, Input, Verdict};
use buffy_core::moment::Moment;
use buffy_core::queue::{Queue, Ticket};
use buffy_http::Version;
use tokio::sync::Notify;

use super::address::Addresses;
use super::limits::{Bounded, Counted, ProcessLimits};
use super::outage::Outage;
use super::place::{Ending, Place, Release};
use super::probe::Looks;
use super::shut::Shut;
use super::state::StateDir;
use super::word::{Inflight, Word};
use crate::clock;
use crate::notify::EventSender;
use crate::observe::metrics::GateCounts;

/// Where requests are forwarded, and the gate before it.
#[derive(Debug)]
pub struct Upstream {
    pub(super) settings: buffy_core::config::Upstream,
    /// The target's addresses.
    pub addresses: Addresses,
    word: Word,
    /// Raised when the idle connections must be thrown away.
    epoch: AtomicU32,
    inflight: Box<[Inflight]>,
    pub(super) held: Arc<Bounded>,
    pub(super) process: Arc<ProcessLimits>,
    pub(super) state: Mutex<State>,
    /// Held while an order is applied and written, so that what is written last is what stands.
    orders: Mutex<()>,
    kept: Option<Arc<StateDir>>,
    pub(super) probe_now: Arc<Notify>,
    pub(super) poll_now: Arc<Notify>,
    /// What probes and polls found last.
    pub looks: Arc<Looks>,
    tick_changed: Notify,
    evidence_wanted: AtomicBool,
    /// The target is not believed up without a doubt: an answer would be news.
    doubtful: AtomicBool,
    speaks_http10: AtomicBool,
    events: EventSender,
    pub(super) counts: Arc<GateCounts>,
}

/// What the lock guards.
#[derive(Debug)]
pub(super) struct State {
    pub(super) gate: Gate,
    pub(super) queue: Queue,
    /// By ticket.
    waiters: Vec<Waiter>,
    /// Of the heads of those who wait.
    pub(super) head_bytes: u64,
    outage: Outage,
    pub(super) shut: Shut,
}

/// The task behind a ticket.
#[derive(Debug, Default)]
struct Waiter {
    waker: Option<Waker>,
    release: Option<Release>,
}

/// What came of asking to pass.
#[derive(Debug)]
pub enum Admission {
    /// Go to a target: counted in flight.
    Pass(Flight),
    /// Wait.
    Hold(Place),
    /// A stop stands.
    Refuse,
    /// No place is free.
    Full,
    /// The gate is not open, and this request does not wait (`bypass`).
    Closed,
}

/// A request in flight, from admission to the end of its exchange.
#[derive(Debug)]
pub struct Flight {
    upstream: Arc<Upstream>,
    worker: usize,
}

impl Drop for Flight {
    fn drop(&mut self) {
        if let Some(count) = self.upstream.inflight.get(self.worker) {
            count.leave();
        }
    }
}

/// Who may wait, and how much it takes.
#[derive(Debug)]
pub struct Joining<'a> {
    pub asks: Asks,
    /// When its head was whole.
    pub arrival: Moment,
    /// Of its endpoint.
    pub held: &'a Arc<Bounded>,
    pub head_bytes: u64,
}

/// What an operator wants.
#[derive(Clone, Debug)]
pub enum Order {
    Close { actor: String, reason: String, holds: Holds },
    Stop { actor: String, message: String },
    /// Lifts every close and stop.
    Open { actor: String, reason: String },
}

/// What came of an order.
#[derive(Clone, Debug)]
pub struct Answer {
    /// Counts the gate's changes.
    pub generation: u64,
    pub verdict: &'static str,
    pub reasons: Vec<String>,
    /// Requests on their way to the upstream.
    pub inflight: u64,
    /// Written to stable storage.
    pub persisted: bool,
}

/// What an upstream is made of.
pub struct Parts {
    pub settings: buffy_core::config::Upstream,
    pub addresses: Addresses,
    pub gate: Gate,
    pub workers: usize,
    pub process: Arc<ProcessLimits>,
    pub kept: Option<Arc<StateDir>>,
    pub events: EventSender,
}

impl Upstream {
    pub fn new(parts: Parts) -> Arc<Self> {
        let held_max = parts.settings.max_queue.unwrap_or(usize::MAX);
        let upstream = Self {
            addresses: parts.addresses,
            word: Word::new(),
            epoch: AtomicU32::new(0),
            inflight: (0..parts.workers).map(|_| Inflight::default()).collect(),
            held: Arc::new(Bounded::new(held_max)),
            process: parts.process,
            state: Mutex::new(State {
                gate: parts.gate,
                queue: Queue::default(),
                waiters: Vec::new(),
                head_bytes: 0,
                outage: Outage::default(),
                shut: Shut::new(clock::now()),
            }),
            orders: Mutex::new(()),
            kept: parts.kept,
            probe_now: Arc::new(Notify::new()),
            poll_now: Arc::new(Notify::new()),
            looks: Arc::default(),
            tick_changed: Notify::new(),
            evidence_wanted: AtomicBool::new(false),
            doubtful: AtomicBool::new(true),
            speaks_http10: AtomicBool::new(false),
            events: parts.events,
            counts: Arc::default(),
            settings: parts.settings,
        };
        upstream.publish(&mut upstream.state());
        Arc::new(upstream)
    }

    pub fn id(&self) -> &str {
        &self.settings.id
    }

    pub fn settings(&self) -> &buffy_core::config::Upstream {
        &self.settings
    }

    /// Raised when idle connections to the target must be thrown away.
    pub fn epoch(&self) -> u32 {
        self.epoch.load(Ordering::Acquire)
    }

    /// Requests on their way: summed over the workers.
    pub fn inflight(&self) -> u64 {
        u64::try_from(self.inflight.iter().map(Inflight::count).sum::<i64>()).unwrap_or(0)
    }

    /// Requests wait for health or autogate, and no operator keeps them waiting.
    pub fn evidence_wanted(&self) -> bool {
        self.evidence_wanted.load(Ordering::Relaxed)
    }

    /// Counted in flight where everything passes and nobody waits: the fast path.
    pub fn pass(self: &Arc<Self>, worker: usize) -> Option<Flight> {
        let flight = self.enter(worker);
        self.word.is_clear().then_some(flight)
    }

    /// Counted in flight where the verdict is Pass for one that was released.
    pub fn pass_released(self: &Arc<Self>, worker: usize, asks: Asks) -> Option<Flight> {
        let flight = self.enter(worker);
        self.word.passes(asks).then_some(flight)
    }

    /// The verdict, read again before the first byte: may this request still go?
    pub fn still_passes(&self, asks: Asks) -> bool {
        self.word.passes(asks)
    }

    /// The target's last answer was of HTTP/1.0: it takes no chunks.
    pub fn speaks_http10(&self) -> bool {
        self.speaks_http10.load(Ordering::Relaxed)
    }

    /// A request was answered on a connection that was begun then.
    pub fn note_answer(&self, began: Moment, version: Version) {
        let http10 = version == Version::Http10;
        if self.speaks_http10() != http10 {
            self.speaks_http10.store(http10, Ordering::Relaxed);
        }
        if self.doubtful.load(Ordering::Relaxed) {
            self.apply(Input::Passive { began, evidence: Evidence::Answered });
        }
    }

    fn enter(self: &Arc<Self>, worker: usize) -> Flight {
        if let Some(count) = self.inflight.get(worker) {
            count.enter();
        }
        Flight { upstream: Arc::clone(self), worker }
    }

    /// Asks to pass, or for a place.
    pub fn admit(self: &Arc<Self>, worker: usize, joining: &Joining<'_>) -> Admission {
        if let Some(flight) = self.pass(worker) {
            return Admission::Pass(flight);
        }
        let mut state = self.state();
        let flight = self.enter(worker);
        match state.gate.verdict(&joining.asks) {
            Verdict::Refuse => return Admission::Refuse,
            Verdict::Pass if !state.must_join(joining.asks) => return Admission::Pass(flight),
            Verdict::Pass | Verdict::Hold(_) => drop(flight),
        }
        self.join(&mut state, joining).map_or(Admission::Full, Admission::Hold)
    }

    /// Asks to pass without waiting.
    pub fn admit_bypass(self: &Arc<Self>, worker: usize, asks: Asks) -> Admission {
        if let Some(flight) = self.pass(worker) {
            return Admission::Pass(flight);
        }
        let state = self.state();
        match state.gate.verdict(&asks) {
            Verdict::Refuse => Admission::Refuse,
            Verdict::Hold(_) => Admission::Closed,
            Verdict::Pass if state.must_join(asks) => Admission::Full,
            Verdict::Pass => Admission::Pass(self.enter(worker)),
        }
    }

    /// A place for a request that was to pass and could not be sent; none where none is free.
    pub fn take_place(self: &Arc<Self>, joining: &Joining<'_>) -> Option<Place> {
        self.join(&mut self.state(), joining)
    }

    fn join(self: &Arc<Self>, state: &mut State, joining: &Joining<'_>) -> Option<Place> {
        let counted =
            Counted::take(&self.process, &self.held, joining.held, joining.head_bytes)?;
        let ticket = state.queue.join(joining.arrival, joining.asks);
        if state.waiters.len() <= ticket.0 {
            state.waiters.resize_with(ticket.0 + 1, Waiter::default);
        }
        if let Some(waiter) = state.waiters.get_mut(ticket.0) {
            *waiter = Waiter::default();
        }
        state.head_bytes += joining.head_bytes;
        let first = state.outage.joined();
        if first {
            self.tell(What::FirstHeld);
        }
        self.tell_near_limit(state);
        // It may go at once, behind those who have a place: nobody else need be woken for it.
        let woken = self.settle(state);
        debug_assert!(woken.len() <= 1, "a newcomer releases nobody but itself");
        Some(Place {
            upstream: Arc::clone(self),
            ticket,
            since: clock::now(),
            counted,
            ending: Ending::Left,
        })
    }

    pub(super) fn poll_release(&self, ticket: Ticket, cx: &mut Context<'_>) -> Poll<Release> {
        let mut state = self.state();
        let Some(waiter) = state.waiters.get_mut(ticket.0) else {
            debug_assert!(false, "a place without a waiter");
            return Poll::Ready(Release::Refused);
        };
        if let Some(release) = waiter.release {
            return Poll::Ready(release);
        }
        match &mut waiter.waker {
            Some(waker) => waker.clone_from(cx.waker()),
            none => *none = Some(cx.waker().clone()),
        }
        Poll::Pending
    }

    pub(super) fn wait_again(&self, ticket: Ticket) {
        let mut state = self.state();
        if let Some(waiter) = state.waiters.get_mut(ticket.0) {
            *waiter = Waiter::default();
        }
        state.queue.wait_again(ticket);
        let woken = self.settle(&mut state);
        drop(state);
        wake(woken);
    }

    pub(super) fn give_back(&self, place: &Place) {
        let mut state = self.state();
        state.queue.give_back(place.ticket);
        if let Some(waiter) = state.waiters.get_mut(place.ticket.0) {
            *waiter = Waiter::default();
        }
        state.head_bytes = state.head_bytes.saturating_sub(place.counted.head_bytes());
        state.outage.ended(place.ending, place.waited(clock::now()));
        if state.queue.is_empty() {
            state.waiters = Vec::new();
            if let Some(report) = state.outage.over() {
                self.tell(report);
            }
        }
        let woken = self.settle(&mut state);
        drop(state);
        wake(woken);
    }

    /// Evidence or the passing of time: to the gate, and whoever may go is woken.
    pub fn apply(&self, input: Input) {
        let mut state = self.state();
        let woken = self.apply_locked(&mut state, input);
        drop(state);
        wake(woken);
    }

    /// What an operator wants: applied, written, then answered.
    ///
    /// Blocks while the state is written: not for a worker's thread.
    pub fn operate(&self, order: Order) -> Answer {
        let orders = self.orders.lock().unwrap_or_else(PoisonError::into_inner);
        let at_ms = clock::unix_ms();
        let input = match order {
            Order::Close { actor, reason, holds } => Input::Close { actor, reason, holds, at_ms },
            Order::Stop { actor, message } => Input::Stop { actor, message, at_ms },
            Order::Open { actor, reason } => Input::Open { actor, reason },
        };
        let mut state = self.state();
        let woken = self.apply_locked(&mut state, input);
        let operator = state.gate.operator().clone();
        drop(state);
        wake(woken);
        let persisted = self.kept.as_ref().is_some_and(|kept| {
            kept.save(self.id(), &operator)
                .inspect_err(|error| {
                    tracing::error!(upstream = self.id(), %error, "the gate's state was not written");
                })
                .is_ok()
        });
        drop(orders);
        let state = self.state();
        Answer {
            generation: state.gate.generation(),
            verdict: state.verdict_name(),
            reasons: state.gate.reasons(&Asks { writes: true }),
            inflight: self.inflight(),
            persisted,
        }
    }

    /// Returns when [`Self::next_tick`] may have changed.
    pub async fn changed(&self) {
        self.tick_changed.notified().await;
    }

    /// When the gate wants to be told of the time, if at all.
    pub fn next_tick(&self) -> Option<Moment> {
        self.state().gate.next_tick()
    }

    fn apply_locked(&self, state: &mut State, input: Input) -> Vec<Waker> {
        let Effects { changed: _, probe, poll, flush_pool, events } = state.gate.apply(clock::now(), input);
        if flush_pool {
            self.epoch.fetch_add(1, Ordering::AcqRel);
        }
        let woken = self.settle(state);
        if probe {
            self.probe_now.notify_one();
        }
        if poll {
            self.poll_now.notify_one();
        }
        self.tick_changed.notify_one();
        for what in events {
            self.tell(what);
        }
        woken
    }

    /// Publishes the verdict, releases who may go and refuses who must: the tasks to wake.
    fn settle(&self, state: &mut State) -> Vec<Waker> {
        self.publish(state);
        let State { gate, queue, waiters, .. } = state;
        let mut woken = Vec::new();
        let mut tickets = Vec::new();
        for (verdict, release) in
            [(Verdict::Refuse, Release::Refused), (Verdict::Pass, Release::Go)]
        {
            queue.release(|asks| gate.verdict(asks) == verdict, &mut tickets);
            for ticket in tickets.drain(..) {
                if let Some(waiter) = waiters.get_mut(ticket.0) {
                    waiter.release = Some(release);
                    woken.extend(waiter.waker.take());
                }
            }
        }
        woken
    }

    fn publish(&self, state: &mut State) {
        let open = state.gate.verdict(&Asks { writes: true }) == Verdict::Pass;
        state.shut.now_open(open, clock::now());
        self.word.publish(&state.gate, !state.queue.is_empty());
        let wanted = state.queue.waiting() > 0
            && matches!(
                state.gate.verdict(&Asks { writes: false }),
                Verdict::Hold(Cause::Autogate | Cause::Down)
            );
        if wanted && !self.evidence_wanted.swap(wanted, Ordering::Relaxed) {
            // Nobody who waits is to wait for the rest of a slow interval.
            self.probe_now.notify_one();
            self.poll_now.notify_one();
        }
        self.evidence_wanted.store(wanted, Ordering::Relaxed);
        let doubtful = state.gate.is_doubtful();
        self.doubtful.store(doubtful, Ordering::Relaxed);
    }

    fn tell(&self, what: What) {
        self.log(&what);
        self.events.send(Event {
            at_ms: clock::unix_ms(),
            upstream: self.settings.id.clone(),
            what,
        });
    }

    fn log(&self, what: &What) {
        let upstream = self.id();
        match what {
            What::GateChanged { from, to, actor, reason } => {
                self.counts.moved(to, cause(actor));
                tracing::info!(upstream, from, to, actor, reason, "gate changed");
            }
            What::TargetUp { url } => tracing::info!(upstream, url, "target up"),
            What::TargetDown { url, error } => tracing::warn!(upstream, url, error, "target down"),
            What::NeverReached { url, error } => {
                tracing::warn!(upstream, url, error, "target never reached since the start");
            }
            What::FirstHeld => tracing::info!(upstream, "holding"),
            What::NearLimit { held, limit } => {
                tracing::warn!(upstream, held, limit, "held requests are near their limit");
            }
            What::HoldOver { held, longest_ms, answered, timed_out, left } => {
                tracing::info!(upstream, held, longest_ms, answered, timed_out, left, "hold over");
            }
        }
    }

    fn tell_near_limit(&self, state: &mut State) {
        let limits = [&*self.held, self.process.held()];
        let near = limits.iter().find(|limit| limit.taken() > limit.limit() / 5 * 4);
        if let Some(limit) = near
            && state.outage.near_limit()
        {
            self.tell(What::NearLimit { held: limit.taken(), limit: limit.limit() });
        }
    }

    pub(super) fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    /// Somebody who may go has a place: a newcomer joins behind him.
    fn must_join(&self, asks: Asks) -> bool {
        self.queue.must_join(&asks, |asks| self.gate.verdict(asks) == Verdict::Pass)
    }

    /// The verdict in a word, for people.
    pub(super) fn verdict_name(&self) -> &'static str {
        match self.gate.verdict(&Asks { writes: true }) {
            Verdict::Pass => "open",
            Verdict::Hold(Cause::Closed | Cause::Autogate) => "closed",
            Verdict::Hold(Cause::Down) => "down",
            Verdict::Refuse => "stopped",
        }
    }
}

/// What moved a gate, by its actor: one of few words, for metrics.
fn cause(actor: &str) -> &'static str {
    match actor {
        "autogate" => "autogate",
        "health" => "health",
        _ => "operator",
    }
}

fn wake(wakers: Vec<Waker>) {
    for waker in wakers {
        waker.wake();
    }
}
