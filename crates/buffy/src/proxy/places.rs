//! The places of one request: one in the queue of each upstream whose release it hears.

use std::cell::Cell;
use std::task::{Context, Poll};

use super::group::Group;
use super::request::Request;
use crate::upstream::apart::Apart;
use crate::upstream::place::{Ending, Place, Release};
use crate::upstream::weight::Weight;

/// A request's right to wait, in one queue or in several. It is counted by the first one alone.
#[derive(Debug)]
pub(super) struct Places {
    /// Boxed: every step of a request that has a place keeps room for it.
    first: Box<Heard>,
    /// Of the upstreams that follow in the list, in its order.
    others: Vec<Heard>,
    /// The one that spoke last: its index in the list.
    spoke: Cell<usize>,
}

/// What a request waits with.
#[derive(Clone, Copy)]
pub(super) enum Waiting<'w> {
    Places(&'w Places, Group<'w>),
    /// It has a signed bypass, and is in no queue.
    Apart(&'w Apart),
}

/// A place, and whether its upstream is listened to.
#[derive(Debug)]
struct Heard {
    place: Place,
    state: State,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Waits,
    /// The request is on its way by this one.
    Goes,
    /// It goes by another one, or may not go by this one.
    Away,
}

impl Places {
    /// Waits for the first upstream of the list.
    pub(super) fn new(first: Place) -> Self {
        Self {
            first: Box::new(Heard::waits(first)),
            others: Vec::new(),
            spoke: Cell::new(0),
        }
    }

    /// Waits for one more upstream, the next of the list.
    pub(super) fn join(&mut self, next: Place) {
        self.others.push(Heard::waits(next));
    }

    /// How many there are.
    pub(super) fn count(&self) -> usize {
        1 + self.others.len()
    }

    /// How many upstreams of the list are listened to.
    pub(super) fn heard(&self) -> usize {
        let heard = self.all().filter(|one| one.state != State::Away);
        heard.count()
    }

    /// The index of the upstream that spoke last.
    pub(super) fn spoke(&self) -> usize {
        self.spoke.get()
    }

    /// The place in the queue of the upstream that spoke last.
    pub(super) fn place(&self) -> &Place {
        let spoke = self.spoke.get().checked_sub(1);
        let other = spoke.and_then(|at| self.others.get(at));
        &other.unwrap_or(&self.first).place
    }

    /// The place of this index.
    pub(super) fn get(&self, at: usize) -> Option<&Place> {
        self.all().nth(at).map(|one| &one.place)
    }

    fn poll_release(&self, cx: &mut Context<'_>) -> Poll<Release> {
        let waits = self.all().enumerate();
        for (at, one) in waits.filter(|(_, one)| one.state == State::Waits) {
            if let Poll::Ready(release) = one.place.poll_release(cx) {
                self.spoke.set(at);
                return Poll::Ready(release);
            }
        }
        Poll::Pending
    }

    /// It is on its way by the upstream that spoke last.
    pub(super) fn go(&mut self) {
        let spoke = self.spoke.get();
        for (at, one) in self.all_mut().enumerate() {
            if at == spoke {
                one.state = State::Goes;
            } else {
                one.leave();
            }
        }
    }

    /// Waits, and not for those behind `reach`; `judge` is told each that waits anew.
    pub(super) fn wait(&mut self, reach: usize, judge: impl Fn(&Place)) {
        for (at, one) in self.all_mut().enumerate() {
            if at > reach {
                one.leave();
            } else if one.state != State::Waits {
                one.state = State::Waits;
                judge(&one.place);
            }
        }
    }

    fn body_is_whole(&self) {
        self.all().for_each(|one| one.place.body_is_whole());
    }

    fn weigh(&self) -> Weight<'_> {
        self.first.place.weigh()
    }

    /// All are given back: why.
    pub(super) fn give_back(self, ending: Ending) {
        let spoke = self.spoke.get();
        let all = std::iter::once(*self.first).chain(self.others);
        for (at, one) in all.enumerate() {
            let ending = if at == spoke { ending } else { Ending::Moved };
            one.place.give_back(ending);
        }
    }

    /// The first one, which counts the request; the others are given back.
    pub(super) fn into_first(self) -> Place {
        for one in self.others {
            one.place.give_back(Ending::Moved);
        }
        self.first.place
    }

    fn all(&self) -> impl Iterator<Item = &Heard> {
        std::iter::once(&*self.first).chain(&self.others)
    }

    fn all_mut(&mut self) -> impl Iterator<Item = &mut Heard> {
        std::iter::once(&mut *self.first).chain(&mut self.others)
    }
}

impl<'w> Waiting<'w> {
    /// Ready once the request is released or refused; else its task is woken when it is.
    pub(super) fn poll_release(self, cx: &mut Context<'_>) -> Poll<Release> {
        match self {
            Self::Places(places, _) => places.poll_release(cx),
            Self::Apart(apart) => apart.poll_release(cx),
        }
    }

    /// It may go further down the list of its upstreams than it listens, or not so far.
    pub(super) fn is_turned(self, request: &Request) -> bool {
        match self {
            Self::Places(places, group) => places.heard() != group.reach(request) + 1,
            Self::Apart(_) => false,
        }
    }

    /// The whole body is here.
    pub(super) fn body_is_whole(self) {
        match self {
            Self::Places(places, _) => places.body_is_whole(),
            Self::Apart(_) => {}
        }
    }

    /// What the body is to be counted in, while it is held.
    pub(super) fn weigh(self) -> Weight<'w> {
        match self {
            Self::Places(places, _) => places.weigh(),
            Self::Apart(apart) => apart.weigh(),
        }
    }
}

impl Heard {
    fn waits(place: Place) -> Self {
        Self {
            place,
            state: State::Waits,
        }
    }

    fn leave(&mut self) {
        if self.state != State::Away {
            self.state = State::Away;
            self.place.go_away();
        }
    }
}
