//! A request with a signed bypass: past operators and rules, and never in the queue.

use std::time::Instant;

use super::forward::{Done, Way};
use super::hold::{self, Held};
use super::places::Waiting;
use super::refusal::Refusal;
use crate::upstream::Flight;
use crate::upstream::apart::Apart;

impl<'a> Way<'a> {
    /// Passes as soon as a target is up and has room; after a pause where it is tried `again`.
    pub(super) async fn admit_apart(&mut self, mut again: bool) -> Result<Flight<'a>, Done> {
        loop {
            if !again && let Some(flight) = self.upstream.pass_apart(self.worker.index) {
                return Ok(flight);
            }
            Box::pin(self.wait_apart(again)).await?;
            again = false;
        }
    }

    async fn wait_apart(&mut self, again: bool) -> Result<(), Done> {
        let head_bytes = self.request.head.heap_bytes() as u64;
        let Some(apart) = self.upstream.wait_apart(head_bytes, again) else {
            return Err(self.refused(Refusal::HitMaxQueue));
        };
        let (began, deadline) = (Instant::now(), self.deadline());
        // What became of it was told to nobody: a target may be called up that is not.
        let pause = self.upstream.settings().health.fast_interval;
        let until = if again {
            deadline.min(began + pause)
        } else {
            deadline
        };
        self.wait_beside(&apart, until).await
    }

    /// Waits in no queue, for so long at most.
    pub(super) async fn wait_beside(&mut self, apart: &Apart, until: Instant) -> Result<(), Done> {
        let (began, deadline) = (Instant::now(), self.deadline());
        let held = hold::hold(
            self.worker,
            self.journey.asked(self.serving),
            self.client,
            self.request,
            Waiting::Apart(apart),
            until,
            self.forwarding.timeouts.body_idle,
        );
        let held = held.await;
        self.journey.held = Some(self.journey.held.unwrap_or_default() + began.elapsed());
        match held {
            Held::TimedOut if until < deadline => Ok(()),
            Held::Swapped => {
                if self.journey.is_outdated(self.worker, self.serving) {
                    return Err(Done::Anew);
                }
                Ok(())
            }
            Held::Released | Held::Turned | Held::Judge => Ok(()),
            Held::TurnedAway | Held::Refused => Err(self.refused(Refusal::Stopped)),
            Held::Ending => Err(self.refused(Refusal::Ending)),
            Held::TimedOut => Err(self.refused(Refusal::HitTimeout)),
            Held::ClientGone => Err(Done::ClientGone),
            Held::Fault(fault) => Err(Done::Refused(fault.into())),
            Held::BodyTooSlow => Err(Done::Refused(Refusal::BodyTooSlow)),
            Held::NoRoom => Err(self.refused(Refusal::HitMaxQueue)),
        }
    }
}
