//! Exchanges that an operator may cut off, and how they hear of it.

use std::cell::{Cell, RefCell};
use std::task::{Context, Poll, Waker};

use buffy_core::gate::Asks;
use slab::Slab;

use crate::upstream::{Upstream, cut};

/// The exchanges of one worker that may be cut off.
#[derive(Debug, Default)]
pub(super) struct Cuttable {
    wakers: RefCell<Slab<Waker>>,
    /// The orders to cut that were looked at.
    seen: Cell<u64>,
}

impl Cuttable {
    /// Wakes everybody, where somebody was cut off since the last look.
    pub(super) fn look(&self) {
        let orders = cut::orders();
        if self.seen.replace(orders) != orders {
            for (_, waker) in self.wakers.borrow().iter() {
                waker.wake_by_ref();
            }
        }
    }
}

/// One exchange, until it is dropped.
pub(super) struct Cut<'a> {
    of: &'a Cuttable,
    upstream: &'a Upstream,
    asks: Asks,
    /// How often such requests had been cut off when it began.
    before: u32,
    key: Option<usize>,
}

impl<'a> Cut<'a> {
    /// From where it is sent.
    pub(super) fn new(of: &'a Cuttable, upstream: &'a Upstream, asks: Asks) -> Self {
        Self {
            of,
            upstream,
            asks,
            before: upstream.cuts(asks),
            key: None,
        }
    }

    /// Ready once it was cut off; else its connection's task, always the same, will be woken.
    pub(super) fn poll(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        if self.upstream.cuts(self.asks) != self.before {
            return Poll::Ready(());
        }
        if self.key.is_none() {
            let key = self.of.wakers.borrow_mut().insert(cx.waker().clone());
            self.key = Some(key);
        }
        Poll::Pending
    }
}

impl Drop for Cut<'_> {
    fn drop(&mut self) {
        if let Some(key) = self.key {
            drop(self.of.wakers.borrow_mut().try_remove(key));
        }
    }
}
