//! One session, and the turns that requests take in it.

use std::collections::HashMap;
use std::num::NonZeroU64;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use buffy_core::data::Collections;
use buffy_core::facts::{Facts, Sequences};
use buffy_core::reply::{Choice, Pin, Sheet, Tally, Why};
use serde_json::{Map, Value as Json};

use super::copies::Copies;
use super::state::{Room, State, StateError};

/// What the answers of one session remember.
#[derive(Debug)]
pub struct Session {
    id: String,
    kept: Mutex<Kept>,
    /// Apart, since templates count while a turn is taken.
    sequences: Arc<Sequences>,
    /// Apart, since rules and templates read documents while a turn is taken.
    copies: Mutex<Copies>,
}

/// What is behind a session's one lock.
#[derive(Debug)]
struct Kept {
    /// By endpoint.
    places: HashMap<String, Place>,
    state: State,
}

/// What a session remembers of one endpoint.
#[derive(Clone, Debug, Default)]
struct Place {
    tally: Tally,
    pin: Option<Pin>,
}

/// One request's turn in a session: counted, and nobody else's until it is dropped. Never held over
/// an await.
pub struct Turn<'s> {
    kept: MutexGuard<'s, Kept>,
    endpoint: &'s str,
    count: u64,
}

/// What a request would meet, for somebody who only looks.
#[derive(Clone, Debug)]
pub struct Look {
    /// The number that the next request would have.
    pub count: u64,
    pub state: Arc<Map<String, Json>>,
    pub tally: Tally,
    pub pin: Option<Pin>,
}

impl Session {
    /// Its state takes of the room of all.
    pub(super) fn new(id: &str, room: Room) -> Self {
        let kept = Kept {
            places: HashMap::new(),
            state: State::in_room(room),
        };
        Self {
            id: id.to_owned(),
            kept: Mutex::new(kept),
            sequences: Arc::default(),
            copies: Mutex::default(),
        }
    }

    /// Empty: the shared one.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// Counts a request at an endpoint, and gives it its turn.
    pub fn turn<'s>(&'s self, endpoint: &'s str) -> Turn<'s> {
        let mut kept = self.kept();
        let count = kept.place(endpoint).tally.ask();
        Turn {
            kept,
            endpoint,
            count,
        }
    }

    /// What the next request at an endpoint would meet; nothing is counted.
    pub fn look(&self, endpoint: &str) -> Look {
        let kept = self.kept();
        let place = kept.places.get(endpoint).cloned().unwrap_or_default();
        Look {
            count: place.tally.asked().saturating_add(1),
            state: Arc::clone(kept.state.tree()),
            tally: place.tally,
            pin: place.pin,
        }
    }

    /// The state of this moment.
    pub fn state(&self) -> Arc<Map<String, Json>> {
        Arc::clone(self.kept().state.tree())
    }

    /// Another state in place of all of it.
    pub fn put_state(&self, tree: Map<String, Json>) -> Result<(), StateError> {
        self.kept().state.replace(tree)
    }

    /// The numbers that templates count up.
    pub fn sequences(&self) -> &Arc<Sequences> {
        &self.sequences
    }

    /// The session's own documents of an endpoint, whose source has this number; none where it
    /// changed nothing.
    pub fn documents(&self, endpoint: &str, source: u64) -> Option<Arc<Collections>> {
        self.copies().of(endpoint, source)
    }

    /// Has the session's documents of an endpoint changed: `change` gets its own, or none, and
    /// leaves what it has from then on. Nobody else changes them meanwhile.
    pub fn change_documents<R>(
        &self,
        endpoint: &str,
        source: u64,
        change: impl FnOnce(&mut Option<Arc<Collections>>) -> R,
    ) -> R {
        self.copies().change(endpoint, source, change)
    }

    /// Forgets everything.
    pub(super) fn reset(&self) {
        let mut kept = self.kept();
        kept.places.clear();
        kept.state.clear();
        drop(kept);
        self.sequences.reset();
        *self.copies() = Copies::default();
    }

    pub(super) fn pin(&self, endpoint: &str, pin: Option<Pin>) {
        self.kept().place(endpoint).pin = pin;
    }

    fn copies(&self) -> MutexGuard<'_, Copies> {
        self.copies.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn kept(&self) -> MutexGuard<'_, Kept> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Kept {
    fn place(&mut self, endpoint: &str) -> &mut Place {
        // Looked up twice where it is there: its name is written down once only.
        if !self.places.contains_key(endpoint) {
            self.places.insert(endpoint.to_owned(), Place::default());
        }
        self.places
            .get_mut(endpoint)
            .expect("it was there or is there now")
    }
}

impl Place {
    /// The pinned response, which is used up by one. One that the sheet does not have waits until
    /// it does.
    fn pinned(&mut self, sheet: &Sheet) -> Option<usize> {
        let pin = self.pin.as_mut()?;
        let response = sheet.named(&pin.response)?;
        if let Some(left) = pin.left {
            pin.left = NonZeroU64::new(left.get() - 1);
            if pin.left.is_none() {
                self.pin = None;
            }
        }
        Some(response)
    }
}

impl Turn<'_> {
    /// Chooses the response and counts it: the one that the request asks for, or the pinned one, or
    /// the one whose conditions hold.
    pub fn choose(&mut self, sheet: &Sheet, facts: &Facts<'_>, asked: Option<usize>) -> Choice {
        let place = self.kept.place(self.endpoint);
        let chosen = |response, why| Choice {
            response: Some(response),
            why,
        };
        let choice = if let Some(asked) = asked {
            chosen(asked, Why::Asked)
        } else if let Some(pinned) = place.pinned(sheet) {
            chosen(pinned, Why::Pinned)
        } else {
            sheet.choose(facts, &place.tally)
        };
        if let Some(response) = choice.response {
            sheet.serve(response, &mut place.tally);
        }
        choice
    }

    /// The number of this request at its endpoint, from 1.
    pub fn count(&self) -> u64 {
        self.count
    }

    /// The state as it is now. What is set later is seen by those who ask later.
    pub fn state(&self) -> Arc<Map<String, Json>> {
        Arc::clone(self.kept.state.tree())
    }

    /// Sets values in the state, in their order: each at the end of a path of names.
    ///
    /// What finds no room is left out; the first error is told.
    pub fn set(
        &mut self,
        values: impl IntoIterator<Item = (Vec<String>, Json)>,
    ) -> Result<(), StateError> {
        let mut outcome = Ok(());
        for (path, value) in values {
            outcome = outcome.and(self.kept.state.set(&path, value));
        }
        outcome
    }
}
