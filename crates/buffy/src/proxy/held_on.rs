//! `hold_on`: the upstream answered that it is not ready, and the request is held again.
//!
//! It waits as long as the answer asks for (`Retry-After`), and is sent again then, three times in
//! all. Whatever would be a refusal before that is the upstream's own answer instead.

use std::time::Instant;

use super::answer::{Answer, Relayed, Withheld};
use super::forward::{Done, Next, SENDINGS_MAX, Waits, Way};
use super::refusal::Refusal;
use super::send::send;
use crate::observe::metrics::Retry;
use crate::upstream::conn::Conn;

impl<'a> Way<'a> {
    /// Statuses of the answer at which this request, sent now, is held again.
    pub(super) fn hold_on(&self) -> &'a [u16] {
        let forwarding = self.forwarding;
        let statuses = forwarding.settings.hold_on.as_slice();
        let may = self.waits == Waits::InQueue
            && !statuses.is_empty()
            && self.journey.sendings + 1 < SENDINGS_MAX
            && Instant::now() < self.deadline();
        if may { statuses } else { &[] }
    }

    /// Answered that the upstream is not ready: held again, for as long as it asks for.
    pub(super) fn withheld(
        &mut self,
        answer: Answer,
        target: usize,
        conn: Conn,
        uploaded: bool,
    ) -> Next {
        self.upstream.note_answer(target, conn.began());
        let now = answer.last_read();
        if answer.leaves_reusable() && uploaded {
            self.keep(target, conn, now, answer.keep_alive_timeout());
        }
        self.serving.counters.retried(Retry::HeldOn);
        // Few sendings are allowed: the second wait is to be the longer one.
        let times = if self.journey.sendings > 1 { 4 } else { 1 };
        let otherwise = self.upstream.settings().release.retry * times;
        let withheld = answer.into_withheld(target, now, otherwise);
        self.journey.withheld = withheld.map(Box::new);
        Next::Again(None)
    }

    /// The upstream's own answer, which was withheld until there was no more time.
    pub(super) async fn relay_late(&mut self, withheld: &Withheld) -> Done {
        let keep = self.keeps_client();
        {
            let mut out = self.worker.out.borrow_mut();
            out.clear();
            let relayed = Relayed {
                forwarding: self.forwarding,
                target: self.upstream.target(withheld.target()),
                keep_alive: keep,
                held: self.journey.held,
                attempts: self.journey.sendings,
            };
            withheld.write(self.request, &relayed, &mut out);
        }
        if send(self.worker, self.client).await {
            let status = withheld.status();
            Done::Answered { status, keep }
        } else {
            Done::ClientGone
        }
    }

    /// Where the upstream answered that it is not ready: waits as long as that asks for. In no
    /// queue, as whoever else may go goes meanwhile.
    pub(super) async fn stand_back(&mut self) -> Result<(), Done> {
        while let Some(withheld) = &self.journey.withheld {
            let (now, deadline) = (Instant::now(), self.deadline());
            if deadline <= now {
                return Err(self.refused(Refusal::HitTimeout));
            }
            let until = withheld.not_before().min(deadline);
            if until <= now {
                return Ok(());
            }
            let Some(apart) = self.upstream.stand_back(&self.joining()) else {
                return Err(self.refused(Refusal::HitMaxQueue));
            };
            Box::pin(self.wait_beside(&apart, until)).await?;
        }
        Ok(())
    }
}
