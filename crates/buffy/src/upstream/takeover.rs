//! An upstream while one Buffy takes over from another: the one that goes does as the one that
//! came is told, and the one that came lets him go first.

use std::sync::PoisonError;
use std::sync::atomic::Ordering;

use buffy_core::gate::{Asks, Operator, Verdict};

use super::gate::Upstream;
use crate::clock;

impl Upstream {
    /// No order is being carried out any more.
    pub fn wait_for_orders(&self) {
        drop(self.orders.lock().unwrap_or_else(PoisonError::into_inner));
    }

    /// What operators said elsewhere stands here, too. What was heard of targets and rules is
    /// asked for anew: a close may have been lifted.
    pub fn obey(&self, operator: Operator) {
        let _orders = self.orders.lock().unwrap_or_else(PoisonError::into_inner);
        let mut state = self.state();
        if state.gate.operator().says_the_same(&operator) {
            return;
        }
        state.gate = state.gate.told_by_others(operator, clock::now());
        let after = self.settle(&mut state);
        drop(state);
        self.finish(after);
        for target in self.targets() {
            target.probe_now.notify_one();
        }
        self.poll_now.notify_one();
    }

    /// From now on nobody goes, whatever the gate says: whoever waits at the Buffy before this one
    /// came earlier.
    pub fn go_behind(&self) {
        let mut state = self.state();
        state.behind = true;
        self.publish(&mut state);
    }

    /// Nobody of those who came earlier waits any more.
    pub fn go_ahead(&self) {
        let mut state = self.state();
        if !std::mem::replace(&mut state.behind, false) {
            return;
        }
        let after = self.settle(&mut state);
        drop(state);
        self.finish(after);
    }

    /// The gate lets pass, whoever has to go first.
    pub fn is_open_for_reads(&self) -> bool {
        self.state().gate.verdict(&Asks::READ) == Verdict::Pass
    }

    /// So many requests are on their way from the Buffy before this one: drains wait for them.
    pub fn elder_has_inflight(&self, count: u64) {
        self.elder_inflight.store(count, Ordering::Release);
    }
}
