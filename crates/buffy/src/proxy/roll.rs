//! The connections of one worker, to be woken all at once: where something else is served, where
//! holding ends, where an operator cuts off what is on its way. So those that wait look at a flag,
//! and keep no room for being told.

use std::cell::RefCell;
use std::rc::Rc;
use std::task::Waker;

use slab::Slab;

/// The tasks of the connections that have waited for something.
#[derive(Debug, Default)]
pub(super) struct Roll(RefCell<Slab<Waker>>);

/// A connection on the roll, until it is dropped.
#[derive(Debug)]
pub(super) struct Enrolled {
    roll: Rc<Roll>,
    key: usize,
}

impl Roll {
    /// A connection's task is always the same: once is enough.
    pub(super) fn enrol(self: &Rc<Self>, waker: &Waker) -> Enrolled {
        Enrolled {
            roll: Rc::clone(self),
            key: self.0.borrow_mut().insert(waker.clone()),
        }
    }

    /// Wakes everybody.
    pub(super) fn wake(&self) {
        for (_, waker) in self.0.borrow().iter() {
            waker.wake_by_ref();
        }
    }
}

impl Drop for Enrolled {
    fn drop(&mut self) {
        let waker = self.roll.0.borrow_mut().try_remove(self.key);
        drop(waker);
    }
}
