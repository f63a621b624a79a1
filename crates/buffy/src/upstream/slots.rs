//! Which target a request goes to, and how many may be on their way to each.

use std::num::NonZeroUsize;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use buffy_core::config::{self, Balance};
use buffy_core::release::RoundRobin;

/// The targets of one upstream, as those meet them who look for one.
#[derive(Debug)]
pub(super) struct Slots {
    balance: Balance,
    /// Requests on their way to one target at most.
    max: Option<usize>,
    weights: Box<[u32]>,
    /// By target; counted only where somebody asks for it.
    taken: Box<[Arc<Taken>]>,
    /// Which targets are up, by bit.
    up: AtomicU64,
    /// By worker, and one more for whoever is released: whose turn it is.
    turns: Box<[Turns]>,
}

#[derive(Debug, Default)]
#[repr(align(128))]
struct Taken(AtomicUsize);

#[derive(Debug, Default)]
#[repr(align(128))]
struct Turns(Mutex<RoundRobin>);

impl Slots {
    /// `before` are those of the upstream whose place this one takes: whoever is on his way to a
    /// target keeps his slot there.
    pub(super) fn new(
        settings: &config::Upstream,
        workers: usize,
        before: Option<(&config::Upstream, &Self)>,
    ) -> Self {
        let targets = &settings.targets;
        let known = |target: &config::Target| {
            let (settings, slots) = before?;
            let mut targets = settings.targets.iter().zip(&slots.taken);
            let (_, taken) = targets.find(|(known, _)| known.url == target.url)?;
            Some(Arc::clone(taken))
        };
        Self {
            balance: settings.balance,
            max: settings.max_inflight.map(NonZeroUsize::get),
            weights: targets.iter().map(|target| target.weight).collect(),
            taken: targets
                .iter()
                .map(|one| known(one).unwrap_or_default())
                .collect(),
            up: AtomicU64::new(0),
            turns: (0..=workers).map(|_| Turns::default()).collect(),
        }
    }

    /// One target without a lid: nothing to choose, nothing to count.
    pub(super) fn are_plain(&self) -> bool {
        self.taken.len() == 1 && self.max.is_none()
    }

    /// Which targets are up, by bit, as far as was told.
    pub(super) fn up(&self) -> u64 {
        self.up.load(Ordering::Acquire)
    }

    pub(super) fn now_up(&self, up: u64) {
        if self.up.load(Ordering::Relaxed) != up {
            self.up.store(up, Ordering::Release);
        }
    }

    /// Whose turns are taken where somebody is released.
    pub(super) fn of_released(&self) -> usize {
        self.turns.len().saturating_sub(1)
    }

    /// Takes a slot at one of these targets; none where all are full.
    pub(super) fn take(&self, turns: usize, of: u64) -> Option<usize> {
        if self.are_plain() {
            return (of & 1 == 1).then_some(0);
        }
        let mut of = self
            .indices(of)
            .filter(|index| self.has_room(*index))
            .fold(0, |bits, index| bits | 1 << index);
        // Whoever was quicker may have taken the last slot of the one that was chosen.
        while of != 0 {
            let index = self.choose(turns, of)?;
            if self.take_at(index) {
                return Some(index);
            }
            of &= !(1 << index);
        }
        None
    }

    /// Gives a slot back; true where that may let somebody go.
    pub(super) fn give_back(&self, index: usize) -> bool {
        if self.are_counted()
            && let Some(taken) = self.taken.get(index)
        {
            let before = taken.0.fetch_sub(1, Ordering::SeqCst);
            debug_assert!(before > 0, "given back more slots than were taken");
        }
        self.max.is_some()
    }

    /// Every one of these targets is full.
    pub(super) fn are_full(&self, of: u64) -> bool {
        self.max.is_some() && of != 0 && !self.indices(of).any(|index| self.has_room(index))
    }

    /// Requests on their way to a target; none where they are not counted.
    pub(super) fn taken(&self, index: usize) -> Option<usize> {
        let taken = self.taken.get(index).filter(|_| self.are_counted())?;
        Some(taken.0.load(Ordering::Acquire))
    }

    fn choose(&self, turns: usize, of: u64) -> Option<usize> {
        match self.balance {
            Balance::First => self.indices(of).next(),
            Balance::LeastInflight => self.indices(of).min_by(|one, other| {
                let load = |index: usize| (self.taken(index).unwrap_or(0) + 1) as u64;
                let weight =
                    |index: usize| u64::from(self.weights.get(index).copied().unwrap_or(1));
                // As fractions: load by weight.
                (load(*one) * weight(*other)).cmp(&(load(*other) * weight(*one)))
            }),
            Balance::RoundRobin => {
                let turns = self.turns.get(turns)?;
                let mut turns = turns.0.lock().unwrap_or_else(PoisonError::into_inner);
                turns.next(&self.weights, of)
            }
        }
    }

    fn are_counted(&self) -> bool {
        self.max.is_some() || (self.taken.len() > 1 && self.balance == Balance::LeastInflight)
    }

    fn take_at(&self, index: usize) -> bool {
        if !self.are_counted() {
            return true;
        }
        let max = self.max.unwrap_or(usize::MAX);
        self.taken.get(index).is_some_and(|taken| {
            let more = |taken| (taken < max).then_some(taken + 1);
            let took = taken
                .0
                .fetch_update(Ordering::SeqCst, Ordering::SeqCst, more);
            took.is_ok()
        })
    }

    fn has_room(&self, index: usize) -> bool {
        let max = self.max.unwrap_or(usize::MAX);
        self.taken
            .get(index)
            .is_some_and(|taken| taken.0.load(Ordering::SeqCst) < max)
    }

    fn indices(&self, of: u64) -> impl Iterator<Item = usize> + '_ {
        (0..self.taken.len()).filter(move |index| of >> index & 1 == 1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn slots(balance: Balance, max: Option<usize>, weights: &[u32]) -> Slots {
        Slots {
            balance,
            max,
            weights: weights.into(),
            taken: weights.iter().map(|_| Arc::default()).collect(),
            up: AtomicU64::new(0),
            turns: (0..9).map(|_| Turns::default()).collect(),
        }
    }

    #[test]
    fn no_target_takes_more_than_it_may_under_contention() {
        for balance in [Balance::RoundRobin, Balance::LeastInflight, Balance::First] {
            let slots = slots(balance, Some(3), &[2, 1]);
            let most = AtomicUsize::new(0);
            std::thread::scope(|scope| {
                for worker in 0..8 {
                    let (slots, most) = (&slots, &most);
                    scope.spawn(move || {
                        for _ in 0..5_000 {
                            if let Some(target) = slots.take(worker, 0b11) {
                                most.fetch_max(slots.taken(target).unwrap(), Ordering::Relaxed);
                                assert!(slots.give_back(target));
                            }
                        }
                    });
                }
            });
            assert!(most.load(Ordering::Relaxed) <= 3, "{balance:?}");
            let left = (slots.taken(0), slots.taken(1));
            assert_eq!(left, (Some(0), Some(0)), "{balance:?}");
        }
    }

    #[test]
    fn a_full_target_is_passed_over() {
        let slots = slots(Balance::First, Some(1), &[1, 1, 1]);
        assert_eq!(slots.take(0, 0b110), Some(1));
        assert_eq!(slots.take(0, 0b110), Some(2));
        assert!(slots.are_full(0b110) && !slots.are_full(0b111));
        assert_eq!(slots.take(0, 0b110), None);
        slots.give_back(1);
        assert_eq!(slots.take(0, 0b110), Some(1));
    }

    #[test]
    fn the_least_busy_for_its_weight_is_chosen() {
        let slots = slots(Balance::LeastInflight, None, &[3, 1]);
        let took: Vec<_> = (0..8).filter_map(|_| slots.take(0, 0b11)).collect();
        assert_eq!(took.iter().filter(|target| **target == 0).count(), 6);
        assert!(!slots.give_back(0), "nobody waits for a slot without a lid");
    }

    #[test]
    fn one_target_without_a_lid_counts_nothing() {
        let slots = slots(Balance::LeastInflight, None, &[1]);
        assert!(slots.are_plain());
        assert_eq!((slots.take(0, 1), slots.taken(0)), (Some(0), None));
        assert_eq!(slots.take(0, 0), None, "it is not up");
    }
}
