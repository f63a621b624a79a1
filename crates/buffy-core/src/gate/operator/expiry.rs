//! What becomes of entries whose time is over.

use super::{Lease, Lifted, Operator, Stop};
use crate::config::OnExpiry;

/// An entry whose lease ran out, and what was done with it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::gate) struct Expired {
    pub(in crate::gate) entry: Lifted,
    pub(in crate::gate) on_expiry: OnExpiry,
}

impl Operator {
    /// Acts on every lease and force that is over.
    pub(in crate::gate) fn expire(&mut self, now_ms: u64) -> Vec<Expired> {
        let is_over = |lease: &Option<Lease>| lease.filter(|lease| lease.until_ms <= now_ms);
        let mut expired = Vec::new();
        let mut become_stops = Vec::new();
        self.closes.retain_mut(|close| {
            let Some(Lease { on_expiry, .. }) = is_over(&close.lease) else {
                return true;
            };
            close.lease = None;
            expired.push(Expired {
                entry: Lifted::from(&*close),
                on_expiry,
            });
            match on_expiry {
                OnExpiry::Keep => true,
                OnExpiry::Lift => false,
                OnExpiry::Stop => {
                    become_stops.push(Stop {
                        id: close.id,
                        token: close.token.clone(),
                        actor: close.actor.clone(),
                        message: close.reason.clone(),
                        at_ms: now_ms,
                        until_ms: None,
                        lease: None,
                    });
                    false
                }
            }
        });
        self.stops.retain_mut(|stop| {
            let Some(Lease { on_expiry, .. }) = is_over(&stop.lease) else {
                return true;
            };
            stop.lease = None;
            expired.push(Expired {
                entry: Lifted::from(&*stop),
                on_expiry,
            });
            match on_expiry {
                OnExpiry::Lift => false,
                OnExpiry::Stop | OnExpiry::Keep => true,
            }
        });
        self.stops.extend(become_stops);
        let force = self.force.take_if(|force| force.until_ms <= now_ms);
        expired.extend(force.iter().map(|force| Expired {
            entry: Lifted::from(force),
            on_expiry: OnExpiry::Lift,
        }));
        self.standing.follow(&self.closes);
        expired
    }
}
