//! What of a stream is played: its events, numbered, each with the wait before it.

use std::num::NonZeroU32;
use std::time::Duration;

use super::{End, Event, Pace, Profile, Repeat, Said, Script, Told};
use crate::delay::{Delay, WAIT_MAX, Wait};
use crate::dice::Dice;

/// No stream lives to tell more events.
const NUMBER_MAX: u64 = 1 << 48;

/// Before a round is told again: one that takes no time and says nothing must not spin.
const ROUND_MIN: Duration = Duration::from_millis(1);

/// A stream, ready to be played from any of its events on.
///
/// A *position* counts the events that were told, over all repeats.
#[derive(Clone, Debug)]
pub struct Reel {
    beats: Vec<Beat>,
    /// How many of them have a number, in one round.
    numbered: u64,
    delay: Option<Delay>,
    pace: Pace,
    repeat: Repeat,
    end: End,
}

/// An event, and when.
#[derive(Clone, Debug)]
pub struct Beat {
    pub saying: Saying,
    wait: Option<Delay>,
    /// The stream ends behind it.
    pub end: Option<End>,
    /// Which one it is of those that carry something, from 1, in the first round.
    number: Option<u64>,
}

/// What is said.
#[derive(Clone, Debug)]
pub enum Saying {
    /// The same to everybody.
    Fixed(Said),
    /// Rendered when it is due.
    Rendered(Box<Event>),
}

impl Reel {
    /// Makes a stream ready.
    pub fn new(script: &Script) -> Self {
        match &script.told {
            Told::Events(events) => {
                let beats = events.iter().map(|event| {
                    let saying = match event.fixed() {
                        Some(said) => Saying::Fixed(said),
                        None => Saying::Rendered(Box::new(event.clone())),
                    };
                    (saying, event.wait, event.end, event.data.is_some())
                });
                Self::of(script, beats)
            }
            Told::Recording {
                recording, speed, ..
            } => {
                let frames = recording.frames.iter().zip(recording.waits(*speed));
                let beats = frames.map(|(frame, wait)| {
                    let wait = Some(Delay::Fixed(wait.min(WAIT_MAX)));
                    (
                        Saying::Fixed(Said::from(frame)),
                        wait,
                        None,
                        frame.data.is_some(),
                    )
                });
                Self::of(script, beats)
            }
        }
    }

    fn of(
        script: &Script,
        beats: impl Iterator<Item = (Saying, Option<Delay>, Option<End>, bool)>,
    ) -> Self {
        let mut numbered = 0;
        let beats = beats.map(|(saying, wait, end, carries)| {
            numbered += u64::from(carries);
            Beat {
                saying,
                wait,
                end,
                number: carries.then_some(numbered),
            }
        });
        let beats = beats.collect();
        Self {
            beats,
            numbered,
            delay: script.delay,
            pace: script.pace,
            repeat: script.repeat,
            end: script.end,
        }
    }

    /// How long to wait before the event at a position, where there is one; `first` is the first
    /// one of this connection.
    pub fn wait(&self, position: u64, first: bool, dice: &mut Dice) -> Option<Wait> {
        let (_, beat) = self.at(position)?;
        let wait = match (&beat.wait, first) {
            (Some(wait), false) => wait.sample(dice),
            (None, false) => self.gap(dice),
            (own, true) => {
                let own = own.as_ref().map(|own| own.sample(dice));
                sum(self.lead(dice), own)
            }
        };
        let again = !first && position.is_multiple_of(self.beats.len() as u64);
        Some(match wait {
            Wait::For(wait) if again => Wait::For(wait.max(ROUND_MIN)),
            Wait::For(_) | Wait::Forever => wait,
        })
    }

    /// The event at a position, and its number over all rounds; none where it carries nothing.
    pub fn beat(&self, position: u64) -> Option<(&Beat, Option<u64>)> {
        let (round, beat) = self.at(position)?;
        let number = beat.number.map(|number| round * self.numbered + number);
        Some((beat, number))
    }

    /// What follows the last event.
    pub fn end(&self) -> End {
        self.end
    }

    /// It goes on for as long as the client stays.
    pub fn is_endless(&self) -> bool {
        let waits = self.beats.iter().filter_map(|beat| beat.wait.as_ref());
        let mut waits = waits.chain(&self.delay);
        self.end == End::Keep
            || self.repeat == Repeat::Forever
            || self.pace == Pace::Every(Some(Delay::Forever))
            || waits.any(|wait| *wait == Delay::Forever)
    }

    /// Nothing comes at a position any more, and the stream does not stay open either.
    pub fn is_over(&self, position: u64) -> bool {
        self.at(position).is_none() && self.end != End::Keep
    }

    /// The position behind the event with this id: one of the configuration's, which are told by
    /// `own`, or a number. None where there is no such event.
    pub fn behind(&self, id: &str, mut own: impl FnMut(&Saying) -> Option<String>) -> Option<u64> {
        let ids = self.beats.iter().map(|beat| own(&beat.saying));
        let ids: Vec<Option<String>> = ids.collect();
        if let Some(index) = ids.iter().position(|own| own.as_deref() == Some(id)) {
            return Some(index as u64 + 1);
        }
        let number = id
            .parse::<u64>()
            .ok()
            .filter(|number| *number < NUMBER_MAX)?;
        let number = number.checked_sub(1)?;
        let round = number.checked_div(self.numbered)?;
        let within = Some(number % self.numbered + 1);
        let index = self.beats.iter().position(|beat| beat.number == within)?;
        let position = round
            .checked_mul(self.beats.len() as u64)?
            .checked_add(index as u64)?;
        let counted = ids.get(index).is_some_and(Option::is_none);
        (counted && self.at(position).is_some()).then_some(position + 1)
    }

    /// The round of a position, from 0, and its event.
    fn at(&self, position: u64) -> Option<(u64, &Beat)> {
        let length = self.beats.len() as u64;
        let round = position.checked_div(length)?;
        let told = match self.repeat {
            Repeat::Forever => true,
            Repeat::Times(times) => round < u64::from(NonZeroU32::get(times)),
        };
        let index = usize::try_from(position % length).ok()?;
        self.beats
            .get(index)
            .filter(|_| told)
            .map(|beat| (round, beat))
    }

    /// Before the first event of a connection.
    fn lead(&self, dice: &mut Dice) -> Wait {
        match &self.pace {
            Pace::Profile(profile) => profile.wait(profile.ttft, dice),
            Pace::Every(_) => {
                let none = Wait::For(Duration::ZERO);
                self.delay.as_ref().map_or(none, |delay| delay.sample(dice))
            }
        }
    }

    /// Between two events.
    fn gap(&self, dice: &mut Dice) -> Wait {
        match &self.pace {
            Pace::Every(None) => Wait::For(Duration::ZERO),
            Pace::Every(Some(every)) => every.sample(dice),
            Pace::Profile(profile) => {
                let gap = Duration::try_from_secs_f64(1.0 / profile.tps).unwrap_or(WAIT_MAX);
                profile.wait(gap, dice)
            }
        }
    }
}

impl Profile {
    /// About this long, by its jitter.
    fn wait(&self, about: Duration, dice: &mut Dice) -> Wait {
        let off = (dice.unit() * 2.0 - 1.0) * self.jitter;
        let wait = about.as_secs_f64() * (1.0 + off).max(0.0);
        let wait = Duration::try_from_secs_f64(wait).unwrap_or(WAIT_MAX);
        Wait::For(wait.min(WAIT_MAX))
    }
}

fn sum(lead: Wait, own: Option<Wait>) -> Wait {
    match (lead, own) {
        (lead, None) => lead,
        (Wait::For(lead), Some(Wait::For(own))) => Wait::For(lead.saturating_add(own)),
        (Wait::Forever, _) | (_, Some(Wait::Forever)) => Wait::Forever,
    }
}
