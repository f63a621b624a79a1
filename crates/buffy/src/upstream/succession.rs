//! One upstream takes the place of another, when a reload changed it.

use std::sync::atomic::Ordering;
use std::sync::{Arc, MutexGuard, PoisonError, Weak};

use buffy_core::gate::Input;
use buffy_core::release::Settings;

use super::gate::Upstream;
use crate::clock;

impl Upstream {
    /// What operators, rules and targets said is the successor's from now on, and so is every
    /// order; no order and no evidence comes between. Called before anything is sent through the
    /// successor.
    ///
    /// Whatever is still in flight here counts at the successor, too: its drains wait for it.
    pub fn hand_over(self: &Arc<Self>, successor: &Arc<Self>) {
        let _orders = self.orders.lock().unwrap_or_else(PoisonError::into_inner);
        let state = self.state();
        let mut next = successor.state();
        let now = clock::now();
        next.gate = state.gate.renewed(next.gate.settings().clone(), now);
        let settings = Settings::of(&successor.settings);
        next.line = state.line.renewed(settings, now);
        next.shut = state.shut.clone();
        next.behind = state.behind;
        successor.publish(&mut next);
        let mut before = successor.before();
        before.append(&mut self.before());
        before.push(Arc::downgrade(self));
        if self.successor.set(Arc::clone(successor)).is_err() {
            debug_assert!(false, "an upstream is replaced once");
        }
    }

    /// No configuration names it any more. Nothing is written of it from here on: what was kept
    /// stays for one that comes by this id again.
    pub fn remove(&self) {
        let _orders = self.orders.lock().unwrap_or_else(PoisonError::into_inner);
        self.removed.store(true, Ordering::Release);
    }

    /// Nobody waits, and nothing is on its way.
    pub fn is_quiet(&self) -> bool {
        self.state().line.queue().is_empty() && self.inflight() == 0
    }

    /// What operators said here holds, too, for requests that still come by where this one took the
    /// place: one whose endpoint has gone waits there, and one that is repeated asks there.
    pub(super) fn lead(&self, input: &Input) {
        for before in self.predecessors() {
            before.follow(input.clone());
        }
    }

    /// What was said of the successor, which tells and keeps it.
    pub(super) fn follow(&self, input: Input) {
        let mut state = self.state();
        let (mut after, _) = self.take_in(&mut state, input);
        drop(state);
        after.told.clear();
        self.finish(after);
    }

    /// Who has taken this one's place.
    pub(super) fn successor(&self) -> Option<&Arc<Self>> {
        self.successor.get()
    }

    /// The one that is served now.
    pub(super) fn latest(self: &Arc<Self>) -> Arc<Self> {
        let mut latest = Arc::clone(self);
        while let Some(successor) = latest.successor().cloned() {
            latest = successor;
        }
        latest
    }

    /// Those whose place this one took, as long as anything is left of them.
    pub(super) fn predecessors(&self) -> Vec<Arc<Self>> {
        let mut before = self.before();
        before.retain(|one| one.strong_count() > 0);
        before.iter().filter_map(Weak::upgrade).collect()
    }

    fn before(&self) -> MutexGuard<'_, Vec<Weak<Self>>> {
        self.before.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
