//! What one worker serves now: a site, and this worker's own share of it.
//!
//! A request keeps to the one that it was routed by, and asks for the newest when it is released.
//! It is swapped on the worker's own thread, so that looking at it costs nothing that is shared.

use std::cell::RefCell;
use std::rc::Rc;
use std::sync::Arc;
use std::time::Instant;

use buffy_core::route::Found;

use super::listener::Listener;
use super::request::Request;
use super::site::{Endpoint, Site};
use super::worker::Worker;
use crate::observe::metrics::Counters;
use crate::upstream::Upstream;
use crate::upstream::pool::Pool;

/// Idle connections to an upstream, by target.
type Pools = Rc<[RefCell<Pool>]>;

/// A site as one worker serves it.
pub(super) struct Serving {
    pub(super) site: Arc<Site>,
    pub(super) counters: Arc<Counters>,
    pools: Box<[Pools]>,
}

impl Serving {
    /// With the idle connections of the upstreams that were served before, too.
    pub(super) fn new(site: Arc<Site>, worker: usize, before: Option<&Self>) -> Self {
        let pools = site.upstreams.iter().map(|upstream| {
            let known = before.and_then(|before| {
                let old = before.site.upstreams.iter();
                let at = old.clone().position(|old| Arc::ptr_eq(old, upstream))?;
                before.pools.get(at)
            });
            known.map_or_else(|| pools(upstream), Rc::clone)
        });
        Self {
            counters: site
                .counters
                .get(worker)
                .map_or_else(|| Arc::new(Counters::new(0)), Arc::clone),
            pools: pools.collect(),
            site,
        }
    }

    /// Idle connections to a target of an upstream.
    pub(super) fn pool(&self, upstream: usize, target: usize) -> Option<&RefCell<Pool>> {
        self.pools.get(upstream)?.get(target)
    }

    /// Nothing idle is kept any more for what `next` does not serve.
    pub(super) fn retire(&self, next: &Self) {
        for pools in &self.pools {
            if !next.pools.iter().any(|kept| Rc::ptr_eq(kept, pools)) {
                pools.iter().for_each(|pool| pool.borrow_mut().close());
            }
        }
    }

    /// Drops idle connections that are too old.
    pub(super) fn sweep(&self, now: Instant) {
        for (pools, upstream) in self.pools.iter().zip(&self.site.upstreams) {
            for (pool, target) in pools.iter().zip(upstream.targets()) {
                pool.borrow_mut().sweep(target.epoch(), now);
            }
        }
    }
}

fn pools(upstream: &Upstream) -> Pools {
    let pools = upstream.targets().iter();
    pools.map(|_| RefCell::default()).collect()
}

/// A listener, and what is served behind it, as one connection sees it.
pub(super) struct Door {
    pub(super) serving: Rc<Serving>,
    pub(super) listener: Arc<Listener>,
    /// The listener is not served any more: the connection takes no other request.
    pub(super) closing: bool,
}

impl Door {
    /// None where no listener of this id is served.
    pub(super) fn of(worker: &Worker, id: &str) -> Option<Self> {
        let serving = worker.serving();
        let listener = Arc::clone(serving.site.listener(id)?);
        Some(Self {
            serving,
            listener,
            closing: false,
        })
    }

    /// The endpoint of a request's path and host, and whether it takes the method.
    pub(super) fn find(&self, request: &Request) -> Option<(&Endpoint, Found<'_>)> {
        let head = &request.head;
        let router = &self.listener.router;
        let host = if router.names_hosts() {
            head.host()
        } else {
            None
        };
        let found = router.find(host, head.path(), head.method())?;
        let endpoint = self.serving.site.endpoints.get(found.endpoint)?;
        Some((endpoint, found))
    }

    /// Follows what is served now. Where the listener is served no more, it stays what it was.
    pub(super) fn refresh(&mut self, worker: &Worker) {
        if worker.serves(&self.serving) || self.closing {
            return;
        }
        match Self::of(worker, &self.listener.settings.id) {
            Some(now) => *self = now,
            None => self.closing = true,
        }
    }
}

impl Clone for Door {
    fn clone(&self) -> Self {
        Self {
            serving: Rc::clone(&self.serving),
            listener: Arc::clone(&self.listener),
            closing: self.closing,
        }
    }
}
