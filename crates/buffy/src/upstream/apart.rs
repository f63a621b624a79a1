//! Requests with a signed bypass that must wait: outside of the queue, for a target that is up and
//! has room. Neither operators nor rules hold them, and nobody waits behind them.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};

use slab::Slab;

use super::admit::Joining;
use super::byte_limit::TakenBytes;
use super::gate::Upstream;
use super::limits::{Counted, ProcessLimits};
use super::place::Release;
use super::weight::Weight;

/// Those who wait before one upstream.
#[derive(Debug, Default)]
pub(super) struct Crowd {
    /// Read wherever somebody could go, so that it costs nothing while nobody waits.
    count: AtomicUsize,
    wakers: Mutex<Slab<Option<Waker>>>,
}

/// A request's right to wait there: a guard, given back when dropped.
#[derive(Debug)]
pub struct Apart {
    upstream: Arc<Upstream>,
    key: usize,
    _counted: Right,
    /// It pauses first: a target that is called up did not take it, or is not ready.
    pauses: bool,
}

/// What such a request is counted among.
#[derive(Debug)]
enum Right {
    /// What the process holds.
    Process(#[expect(dead_code, reason = "a guard")] InProcess),
    /// What its endpoint and its upstream hold, too.
    Place(#[expect(dead_code, reason = "a guard")] Counted),
}

#[derive(Debug)]
struct InProcess {
    process: Arc<ProcessLimits>,
    _head_bytes: TakenBytes,
}

impl Drop for InProcess {
    fn drop(&mut self) {
        self.process.held().give_back();
    }
}

impl Upstream {
    /// A right to wait for a target that is up and has room; where it `pauses`, for a stop alone.
    /// None where the process holds as many as it may.
    pub fn wait_apart(self: &Arc<Self>, head_bytes: u64, pauses: bool) -> Option<Apart> {
        let process = &self.process;
        if !process.held().take() {
            return None;
        }
        let Some(head_bytes) = TakenBytes::all(process.heads(), head_bytes) else {
            process.held().give_back();
            return None;
        };
        let counted = InProcess {
            process: Arc::clone(process),
            _head_bytes: head_bytes,
        };
        Some(self.beside(Right::Process(counted), pauses))
    }

    /// A right to wait for a time, and for a stop, before the request is sent again: the upstream
    /// answered that it is not ready. None where as many are held as may be.
    pub fn stand_back(self: &Arc<Self>, joining: &Joining<'_>) -> Option<Apart> {
        let counted = Counted::take(&self.process, &self.held, joining.held, joining.head_bytes)?;
        Some(self.beside(Right::Place(counted), true))
    }

    fn beside(self: &Arc<Self>, counted: Right, pauses: bool) -> Apart {
        let key = self.apart.lock().insert(None);
        self.apart.count.fetch_add(1, Ordering::SeqCst);
        // Probes are made for it, whatever operators say.
        self.publish(&mut self.state());
        Apart {
            upstream: Arc::clone(self),
            key,
            _counted: counted,
            pauses,
        }
    }
}

impl Apart {
    /// Ready once it is worth asking to pass again; else its task is woken when it may be.
    pub fn poll_release(&self, cx: &mut Context<'_>) -> Poll<Release> {
        if let Some(waker) = self.upstream.apart.lock().get_mut(self.key) {
            *waker = Some(cx.waker().clone());
        }
        // Looked at after the waker is there: what comes up in between wakes it.
        if self.upstream.word.refuses() {
            Poll::Ready(Release::Refused)
        } else if !self.pauses && self.has_room() {
            Poll::Ready(Release::Go)
        } else {
            Poll::Pending
        }
    }

    /// What its request's body is to be counted in, while it is held.
    pub fn weigh(&self) -> Weight<'_> {
        self.upstream.bodies.weigh()
    }

    fn has_room(&self) -> bool {
        let slots = &self.upstream.slots;
        let up = slots.up();
        up != 0 && !slots.are_full(up)
    }
}

impl Drop for Apart {
    fn drop(&mut self) {
        let crowd = &self.upstream.apart;
        crowd.lock().try_remove(self.key);
        crowd.count.fetch_sub(1, Ordering::SeqCst);
    }
}

impl Crowd {
    pub(super) fn is_empty(&self) -> bool {
        self.count.load(Ordering::SeqCst) == 0
    }

    /// Those who wait, to be woken: a target came up, a slot is free, or a stop stands.
    pub(super) fn wakers(&self) -> Vec<Waker> {
        if self.is_empty() {
            return Vec::new();
        }
        let mut wakers = self.lock();
        wakers
            .iter_mut()
            .filter_map(|(_, waker)| waker.take())
            .collect()
    }

    fn lock(&self) -> MutexGuard<'_, Slab<Option<Waker>>> {
        self.wakers.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
