//! A request is admitted: it passes at once, or waits until it is released.

use std::time::Instant;

use buffy_core::queue::{CLASS_LAST, Facts};

use super::forward::{Done, Waits, Way};
use super::hold::{self, Held};
use super::journey::Era;
use super::places::{Places, Waiting};
use super::refusal::Refusal;
use crate::upstream::place::{Ending, Place};
use crate::upstream::{Admission, Flight, Joining};

/// What came of asking.
enum Asked<'a> {
    Pass(Flight<'a>),
    Wait(Places),
}

impl<'a> Way<'a> {
    /// Passes at once, or waits for it, by the places that it has.
    pub(super) async fn admit(
        &mut self,
        places: Option<Places>,
    ) -> Result<(Flight<'a>, Option<Places>), Done> {
        self.stand_back().await?;
        let mut places = match places {
            Some(places) => places,
            None => match self.ask()? {
                Asked::Pass(flight) => return Ok((flight, None)),
                Asked::Wait(places) => places,
            },
        };
        loop {
            places = self.unless_outdated(places)?;
            self.listen(&mut places);
            let released;
            (places, released) = Box::pin(self.wait(places)).await?;
            if !released {
                continue;
            }
            places = self.unless_outdated(places)?;
            self.turn_to(places.spoke());
            let upstream = self.upstream;
            if let Some(flight) = upstream.pass_released(self.worker.index, places.place()) {
                places.go();
                return Ok((flight, Some(places)));
            }
        }
    }

    /// Asks the upstreams in their order, as far as it may go down the list.
    fn ask(&mut self) -> Result<Asked<'a>, Done> {
        let asks = self.request.asks();
        let last = self.group.last();
        for at in 0..=last {
            if last > 0 {
                self.turn_to(at);
            }
            // Nearly everybody passes here: nothing is made ready for waiting.
            if let Some(flight) = self.upstream.pass(self.worker.index, asks) {
                return Ok(Asked::Pass(flight));
            }
            if at == last || !self.group.is_passed_over(at, self.request) {
                return self.ask_here(at);
            }
        }
        self.ask_here(last)
    }

    /// Asks the upstream that it has turned to, at length.
    #[cold]
    fn ask_here(&mut self, at: usize) -> Result<Asked<'a>, Done> {
        let may_wait = self.waits == Waits::InQueue;
        let upstream = self.upstream;
        let joining = self.joining();
        let admission = if may_wait && at == 0 {
            upstream.admit(self.worker.index, &joining)
        } else {
            upstream.admit_bypass(self.worker.index, &joining)
        };
        match admission {
            Admission::Pass(flight) => Ok(Asked::Pass(flight)),
            Admission::Hold(place) => Ok(Asked::Wait(Places::new(place))),
            Admission::Refuse => Err(self.refused(Refusal::Stopped)),
            Admission::Closed | Admission::Full if may_wait && at > 0 => {
                // By the first one it is counted, whichever releases it.
                self.turn_to(0);
                match self.upstream.take_place(&self.joining()) {
                    Some(place) => Ok(Asked::Wait(Places::new(place))),
                    None => Err(self.refused(Refusal::HitMaxQueue)),
                }
            }
            Admission::Closed => Err(self.refused(Refusal::Closed)),
            Admission::Full => Err(self.refused(Refusal::HitMaxQueue)),
        }
    }

    /// Goes on with the places that it had before its route was found anew: the same ones where
    /// the upstreams are the same.
    pub(super) fn follow(&mut self, places: Places) -> Option<Places> {
        if self.waits != Waits::InQueue {
            places.give_back(Ending::Refused);
            return None;
        }
        let is_at = |at: usize, place: &Place| {
            let upstream = self.group.get(at).map(|(_, upstream)| upstream);
            upstream.is_some_and(|upstream| place.is_at(upstream))
        };
        let mut all = (0..places.count()).filter_map(|at| Some((at, places.get(at)?)));
        if all.all(|(at, place)| is_at(at, place)) {
            return Some(places);
        }
        // Who has a place meets no limit: newcomers do.
        let first = places.into_first();
        if is_at(0, &first) {
            return Some(Places::new(first));
        }
        let counted = first.leave();
        self.turn_to(0);
        let place = self.upstream.take_place_as_before(&self.joining(), counted);
        Some(Places::new(place))
    }

    /// Waits for those upstreams whose release it may use now, and for no others.
    fn listen(&mut self, places: &mut Places) {
        let reach = self.group.reach(self.request);
        for at in places.count()..=reach {
            self.turn_to(at);
            places.join(self.upstream.take_place_as_before(&self.joining(), None));
        }
        self.turn_to(places.spoke());
        let asks = self.request.asks();
        places.wait(reach, |place| place.judge_again(asks, self));
    }

    /// Waits until it is released, which is told, or is to look anew.
    async fn wait(&mut self, places: Places) -> Result<(Places, bool), Done> {
        let deadline = self.deadline();
        let began = Instant::now();
        let idle = self.forwarding.timeouts.body_idle;
        let held = hold::hold(
            self.worker,
            self.journey.asked(self.serving),
            self.client,
            self.request,
            Waiting::Places(&places, self.group),
            deadline,
            idle,
        )
        .await;
        self.journey.held = Some(self.journey.held.unwrap_or_default() + began.elapsed());
        self.turn_to(places.spoke());
        let (ending, done) = match held {
            Held::Released => return Ok((places, true)),
            Held::Swapped | Held::Turned => return Ok((places, false)),
            Held::Judge => {
                places.place().judge_again(self.request.asks(), self);
                return Ok((places, false));
            }
            Held::TurnedAway => (Ending::Refused, self.refused(Refusal::Closed)),
            Held::Refused => (Ending::Refused, self.refused(Refusal::Stopped)),
            Held::Ending => (Ending::Refused, self.refused(Refusal::Ending)),
            Held::TimedOut => (Ending::TimedOut, self.refused(Refusal::HitTimeout)),
            Held::ClientGone => (Ending::Left, Done::ClientGone),
            Held::Fault(fault) => (Ending::Refused, Done::Refused(fault.into())),
            Held::BodyTooSlow => (Ending::Refused, Done::Refused(Refusal::BodyTooSlow)),
            Held::NoRoom => (Ending::Refused, self.refused(Refusal::HitMaxQueue)),
        };
        if matches!(done, Done::Refused(_)) {
            self.journey.position = Some(places.place().position());
        }
        places.give_back(ending);
        Err(done)
    }

    /// Whoever has a place follows what is served now, before he waits and when he was released.
    fn unless_outdated(&mut self, places: Places) -> Result<Places, Done> {
        if self.journey.is_outdated(self.worker, self.serving) {
            self.journey.places = Some(places);
            return Err(Done::Anew);
        }
        Ok(places)
    }

    /// Sent before and lost, and the upstream was not seen down since.
    pub(super) fn is_steady(&self) -> bool {
        self.journey.sendings > 0
            && self.journey.withheld.is_none()
            && self.journey.sent_in == Era::of(self.upstream)
    }

    pub(super) fn joining(&self) -> Joining<'_> {
        Joining {
            asks: self.request.asks(),
            asker: self,
            class: self.class(),
            arrival: self.request.arrival(),
            facts: Facts {
                sent: self.journey.sendings > 0,
                whole: self.request.body.is_whole(),
            },
            held: &self.forwarding.held,
            head_bytes: self.request.head.heap_bytes() as u64,
        }
    }

    /// By the first rule that matches; the rules are the endpoint's, never the client's.
    fn class(&self) -> u8 {
        let rules = &self.forwarding.settings.priority;
        if rules.is_empty() {
            return CLASS_LAST;
        }
        self.request.judged(|facts| {
            let first = rules.iter().find(|one| one.rule.judge_request(facts));
            first.map_or(CLASS_LAST, |one| one.class)
        })
    }
}
