//! What of all that happens is worth telling: edges only, failures at once, recoveries that last.
//!
//! Many changes of one upstream in a short time become one word, *flapping*, and one summary when
//! it has calmed. A machine without a clock or a task: events and the time come in, notices come
//! out.

mod subject;

#[cfg(test)]
mod tests;

use std::collections::HashMap;
use std::time::Duration;

use buffy_core::event::{Event, What};
use tokio::time::Instant;

use self::subject::{Change, Subject, Track};
use super::Pace;

/// What is told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Notice {
    Event(Event),
    /// So many changes in so short a time: the rest is kept quiet until it calms.
    Flapping {
        at_ms: u64,
        upstream: String,
        changes: usize,
        within: Duration,
    },
    /// No change for as long; what was kept quiet, summed up.
    Calmed {
        at_ms: u64,
        upstream: String,
        summary: Summary,
    },
}

/// What happened while an upstream flapped.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Summary {
    /// Changes, those before it was called flapping included.
    pub(super) changes: usize,
    /// Where things stand, in the order they first changed: `gate` or a target's URL, and its state.
    pub(super) now: Vec<(String, &'static str)>,
    pub(super) held: usize,
    pub(super) answered: usize,
    pub(super) timed_out: usize,
    pub(super) left: usize,
}

/// One per process; a few words per upstream.
#[derive(Debug)]
pub(super) struct Damper {
    lasting: Duration,
    flaps: usize,
    flapping_within: Duration,
    upstreams: HashMap<String, Upstream>,
}

#[derive(Debug, Default)]
struct Upstream {
    tracks: Vec<(Subject, Track)>,
    /// A recovery that has not lasted yet, and what came after it: told in order.
    waiting: Vec<(Instant, Event)>,
    flapping: Option<Flapping>,
}

#[derive(Debug)]
struct Flapping {
    until: Instant,
    last_ms: u64,
    summary: Summary,
}

impl Damper {
    pub(super) fn new(pace: &Pace) -> Self {
        Self {
            lasting: pace.lasting,
            flaps: pace.flaps,
            flapping_within: pace.flapping_within,
            upstreams: HashMap::new(),
        }
    }

    /// Takes an event in; what comes out is to be told now.
    pub(super) fn take(&mut self, event: Event, now: Instant) -> Vec<Notice> {
        let mut notices = self.tick(now);
        let Some(id) = event.upstream.clone() else {
            // Nothing of the whole process comes and goes.
            notices.push(Notice::Event(event));
            return notices;
        };
        let upstream = self.upstreams.entry(id.clone()).or_default();
        match Change::of(&event.what) {
            Some(change) => {
                let recent =
                    upstream
                        .track(&change.subject)
                        .note(&change, now, self.flapping_within);
                if let Some(flapping) = &mut upstream.flapping {
                    flapping.until = now + self.flapping_within;
                    flapping.last_ms = event.at_ms;
                    flapping.summary.changes += 1;
                } else if recent >= self.flaps {
                    let within = self.flapping_within;
                    notices.push(upstream.begin_to_flap(id, &event, now, recent, within));
                } else if change.recovery {
                    upstream.waiting.push((now + self.lasting, event));
                } else {
                    notices.extend(upstream.tell_now(&change, event));
                }
            }
            None => notices.extend(upstream.mention(event, now)),
        }
        notices
    }

    /// When [`Damper::tick`] is due, if ever.
    pub(super) fn due(&self) -> Option<Instant> {
        self.upstreams.values().filter_map(Upstream::due).min()
    }

    /// What the passing of time makes worth telling.
    pub(super) fn tick(&mut self, now: Instant) -> Vec<Notice> {
        let mut notices = Vec::new();
        for (id, upstream) in &mut self.upstreams {
            notices.extend(upstream.tick(id, now));
        }
        notices
    }

    /// The end: whatever waits is told as it stands.
    pub(super) fn finish(&mut self) -> Vec<Notice> {
        let mut notices = Vec::new();
        for (id, upstream) in &mut self.upstreams {
            while let Some(due) = upstream.due() {
                notices.extend(upstream.tick(id, due));
            }
        }
        notices
    }
}

impl Upstream {
    fn track(&mut self, subject: &Subject) -> &mut Track {
        let index = self
            .tracks
            .iter()
            .position(|(known, _)| known == subject)
            .unwrap_or_else(|| {
                self.tracks.push((subject.clone(), Track::default()));
                self.tracks.len() - 1
            });
        &mut self
            .tracks
            .get_mut(index)
            .expect("it was found or pushed just now")
            .1
    }

    fn begin_to_flap(
        &mut self,
        id: String,
        event: &Event,
        now: Instant,
        changes: usize,
        within: Duration,
    ) -> Notice {
        self.waiting.clear();
        self.flapping = Some(Flapping {
            until: now + within,
            last_ms: event.at_ms,
            summary: Summary {
                changes,
                ..Summary::default()
            },
        });
        Notice::Flapping {
            at_ms: event.at_ms,
            upstream: id,
            changes,
            within,
        }
    }

    /// It ends the waiting of a recovery that did not last: neither of them is news then.
    fn tell_now(&mut self, change: &Change, event: Event) -> Vec<Notice> {
        let mut notices = Vec::new();
        let mut lasting = Vec::new();
        for (due, waiting) in self.waiting.drain(..) {
            match Change::of(&waiting.what) {
                Some(recovery) if recovery.subject == change.subject => {}
                Some(_) => lasting.push((due, waiting)),
                None => notices.push(Notice::Event(waiting)),
            }
        }
        self.waiting = lasting;
        if self.track(&change.subject).tell(change.state) {
            notices.push(Notice::Event(event));
        }
        notices
    }

    /// What is no change: told in its turn, or summed up.
    fn mention(&mut self, event: Event, now: Instant) -> Option<Notice> {
        if let Some(flapping) = &mut self.flapping
            && flapping.summary.sum_up(&event.what)
        {
            return None;
        }
        if self.waiting.is_empty() {
            return Some(Notice::Event(event));
        }
        self.waiting.push((now, event));
        None
    }

    fn due(&self) -> Option<Instant> {
        let waiting = self.waiting.first().map(|(due, _)| *due);
        let calm = self.flapping.as_ref().map(|flapping| flapping.until);
        waiting.into_iter().chain(calm).min()
    }

    fn tick(&mut self, id: &str, now: Instant) -> Vec<Notice> {
        let ready = self
            .waiting
            .iter()
            .take_while(|(due, _)| *due <= now)
            .count();
        let mut notices = Vec::new();
        for (_, event) in self.waiting.drain(..ready).collect::<Vec<_>>() {
            let news = match Change::of(&event.what) {
                Some(change) => self.track(&change.subject).tell(change.state),
                None => true,
            };
            if news {
                notices.push(Notice::Event(event));
            }
        }
        if let Some(flapping) = self.flapping.take_if(|flapping| flapping.until <= now) {
            let mut summary = flapping.summary;
            summary.now = self
                .tracks
                .iter_mut()
                .filter_map(|(of, track)| track.settle(of))
                .collect();
            notices.push(Notice::Calmed {
                at_ms: flapping.last_ms,
                upstream: id.to_owned(),
                summary,
            });
        }
        notices
    }
}

impl Summary {
    /// Takes in what would be told at every turn of a flapping gate; false for what would not.
    fn sum_up(&mut self, what: &What) -> bool {
        match what {
            What::FirstHeld => true,
            What::HoldOver {
                held,
                answered,
                timed_out,
                left,
                ..
            } => {
                self.held += held;
                self.answered += answered;
                self.timed_out += timed_out;
                self.left += left;
                true
            }
            What::GateChanged { .. }
            | What::TargetUp { .. }
            | What::TargetDown { .. }
            | What::NeverReached { .. }
            | What::LeaseExpired { .. }
            | What::NearLimit { .. }
            | What::CanaryFailed { .. }
            | What::Reloaded { .. }
            | What::ReloadRefused { .. } => false,
        }
    }
}
