//! A request in flight, from admission to the end of its exchange.

use buffy_core::gate::{Asks, Verdict};
use buffy_core::release::Turn;

use super::asker::Asker;
use super::gate::Upstream;
use super::inflight::Count;

/// A request in flight: it is counted, has a slot at its target, and perhaps a turn of the ramp;
/// all are given back when it is dropped.
///
/// It borrows its worker's own count: nothing that workers share is written for a request that
/// passes where there is one target without `max_inflight`.
#[derive(Debug)]
pub struct Flight<'u> {
    upstream: &'u Upstream,
    count: Option<&'u Count>,
    slot: Option<u8>,
    turn: Turn,
    /// An operator let it go.
    forced: bool,
}

impl<'u> Flight<'u> {
    /// Counted, and nothing more as yet.
    pub(super) fn counted(upstream: &'u Upstream, count: Option<&'u Count>) -> Self {
        if let Some(count) = count {
            count.enter();
        }
        Self {
            upstream,
            count,
            slot: None,
            turn: Turn::NONE,
            forced: false,
        }
    }

    /// Goes to this target, where a slot was taken for it.
    pub(super) fn to(mut self, target: usize, turn: Turn, forced: bool) -> Self {
        self.slot = u8::try_from(target).ok();
        self.turn = turn;
        self.forced = forced;
        self
    }

    /// The index of the target it goes to.
    pub fn target(&self) -> usize {
        usize::from(self.slot.unwrap_or_default())
    }

    /// It is one of those that are let go a few at a time after an outage: its success is awaited.
    pub fn is_in_ramp(&self) -> bool {
        self.turn != Turn::NONE
    }

    /// The verdict, read again before the first byte: may it still go? `asks` by its method alone.
    pub fn may_still_go(&self, asks: Asks, asker: &dyn Asker) -> bool {
        let word = &self.upstream.word;
        if self.forced {
            return !word.refuses();
        }
        if !word.passes(asks) {
            return false;
        }
        if word.is_ruled() {
            let (state, asks) = self.upstream.judged(asks, asker);
            if state.gate.verdict(&asks) != Verdict::Pass {
                return false;
            }
        }
        !self.is_in_ramp() || self.upstream.state().line.is_current(self.turn)
    }

    /// Its final answer has begun, with this status, or its connection has stood for
    /// `release.patience` (none): in the ramp it makes room for others.
    pub fn succeeded(&mut self, status: Option<u16>) {
        let turn = std::mem::replace(&mut self.turn, Turn::NONE);
        if turn != Turn::NONE {
            self.upstream.succeeded(turn, status);
        }
    }

    /// It was not connected: a ramp begins anew, behind whoever waits again.
    pub fn not_connected(mut self) {
        let turn = std::mem::replace(&mut self.turn, Turn::NONE);
        if turn != Turn::NONE {
            self.upstream.failed(turn);
        }
    }

    /// To another target that is up, has a slot, and is none of `not`, a bit for each that was
    /// tried; false where there is none.
    pub fn go_elsewhere(&mut self, not: u64) -> bool {
        let Some(target) = self.upstream.another_slot(not) else {
            return false;
        };
        let tried = std::mem::replace(&mut self.slot, u8::try_from(target).ok());
        if let Some(tried) = tried {
            self.upstream.free_slot(usize::from(tried));
        }
        true
    }
}

impl Drop for Flight<'_> {
    fn drop(&mut self) {
        if let Some(count) = self.count {
            count.leave();
        }
        if self.turn != Turn::NONE {
            self.upstream.ended(self.turn);
        }
        if let Some(target) = self.slot {
            self.upstream.free_slot(usize::from(target));
        }
    }
}
