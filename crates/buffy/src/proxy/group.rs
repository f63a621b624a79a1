//! The upstreams of an endpoint, in their order, and how far down the list a request may go.

use std::sync::Arc;

use super::request::Request;
use super::serving::Serving;
use super::site::Forwarding;
use crate::upstream::Upstream;

/// The upstreams of an endpoint; one where there is no choice.
#[derive(Clone, Copy)]
pub(super) struct Group<'a> {
    ways: &'a [Forwarding],
    upstreams: &'a [Arc<Upstream>],
}

impl<'a> Group<'a> {
    pub(super) fn new(serving: &'a Serving, ways: &'a [Forwarding]) -> Self {
        Self {
            ways,
            upstreams: &serving.site.upstreams,
        }
    }

    /// The upstream of this index in the list, and how it is forwarded to.
    pub(super) fn get(self, at: usize) -> Option<(&'a Forwarding, &'a Arc<Upstream>)> {
        let way = self.ways.get(at)?;
        Some((way, self.upstreams.get(way.upstream)?))
    }

    /// The last of the list.
    pub(super) fn last(self) -> usize {
        self.ways.len().saturating_sub(1)
    }

    /// How far a request may go now: to the first that is not passed over, or to the last where
    /// all are.
    pub(super) fn reach(self, request: &Request) -> usize {
        let last = self.last();
        (0..last)
            .find(|at| !self.is_passed_over(*at, request))
            .unwrap_or(last)
    }

    /// Goes on to the next one: as the endpoint says, and never because of an operator.
    pub(super) fn is_passed_over(self, at: usize, request: &Request) -> bool {
        let Some((way, upstream)) = self.get(at) else {
            return true;
        };
        let failover = way.settings.failover;
        let absence = upstream.absence(request.asks(), |standing| {
            request.judged(|facts| standing.judge(facts))
        });
        (failover.health && absence.health) || (failover.autogate && absence.autogate)
    }
}
