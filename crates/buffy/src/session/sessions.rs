//! All sessions of the process.

use std::borrow::Cow;
use std::collections::{BTreeMap, HashMap};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use buffy_core::reply::Pin;

use super::name::bounded;
use super::one::Session;
use super::state::Room;

/// So many beside the shared one; another one, and the least recently used is forgotten.
const SESSIONS_MAX: usize = 10_000;

/// All sessions of the process, by their ids, over reloads.
#[derive(Debug)]
pub struct Sessions {
    shared: Arc<Session>,
    /// For the states of all of them.
    room: Room,
    named: Mutex<Named>,
    max: usize,
    /// What all dice are made of where nothing else is configured.
    own_seed: u64,
    seed: AtomicU64,
    pinned: AtomicBool,
    forgotten: AtomicU64,
}

#[derive(Debug, Default)]
struct Named {
    by_id: HashMap<Arc<str>, Entry>,
    /// From the least recently used to the most.
    by_use: BTreeMap<u64, Arc<str>>,
    uses: u64,
}

#[derive(Debug)]
struct Entry {
    session: Arc<Session>,
    /// Its key in `by_use`.
    used: u64,
}

impl Sessions {
    /// None but the shared one; `seed` is random.
    pub fn new(seed: u64) -> Self {
        Self::bounded_by(SESSIONS_MAX, seed)
    }

    fn bounded_by(max: usize, seed: u64) -> Self {
        let room = Room::default();
        Self {
            shared: Arc::new(Session::new("", room.clone())),
            room,
            named: Mutex::default(),
            max,
            own_seed: seed,
            seed: AtomicU64::new(seed),
            pinned: AtomicBool::new(false),
            forgotten: AtomicU64::new(0),
        }
    }

    /// The session of requests that name none.
    pub fn shared(&self) -> &Arc<Session> {
        &self.shared
    }

    /// The session of this id, which is made where there was none; empty: the shared one.
    pub fn get(&self, id: &str) -> Arc<Session> {
        let id = bounded(Cow::Borrowed(id));
        if id.is_empty() {
            return Arc::clone(&self.shared);
        }
        let mut named = self.named();
        if let Some(session) = named.touch(&id) {
            return session;
        }
        if named.by_id.len() >= self.max {
            named.forget_oldest();
            if self.forgotten.fetch_add(1, Ordering::Relaxed) == 0 {
                tracing::warn!(
                    sessions = self.max,
                    "too many sessions: the least recently used are forgotten and counted"
                );
            }
        }
        named.add(&id, self.room.clone())
    }

    /// The session of this id, where there is one; looking is not using.
    pub fn find(&self, id: &str) -> Option<Arc<Session>> {
        let id = bounded(Cow::Borrowed(id));
        if id.is_empty() {
            return Some(Arc::clone(&self.shared));
        }
        let named = self.named();
        let entry = named.by_id.get(&*id);
        entry.map(|entry| Arc::clone(&entry.session))
    }

    /// How many there are beside the shared one.
    pub fn count(&self) -> usize {
        self.named().by_id.len()
    }

    /// Begins anew: the session of this id, or all of them.
    ///
    /// What still goes on in a session (an open stream) goes on in the emptied one.
    pub fn reset(&self, id: Option<&str>) {
        if let Some(id) = id {
            if let Some(session) = self.find(id) {
                session.reset();
            }
            return;
        }
        self.pinned.store(false, Ordering::Release);
        self.shared.reset();
        let all = self.named().forget_unused();
        for session in all {
            session.reset();
        }
    }

    /// Pins the answer of an endpoint in a session; none: no longer.
    pub fn pin(&self, id: &str, endpoint: &str, pin: Option<Pin>) {
        if pin.is_some() {
            self.pinned.store(true, Ordering::Release);
        }
        self.get(id).pin(endpoint, pin);
    }

    /// An answer was pinned since all was reset: even an endpoint that otherwise needs no session
    /// is to look whether it is its own.
    pub fn has_pins(&self) -> bool {
        self.pinned.load(Ordering::Acquire)
    }

    /// What all dice are made of.
    pub fn seed(&self) -> u64 {
        self.seed.load(Ordering::Relaxed)
    }

    /// The configured seed, for requests that come from now on; 0: the process's own.
    pub fn set_seed(&self, configured: u64) {
        let seed = if configured == 0 {
            self.own_seed
        } else {
            configured
        };
        self.seed.store(seed, Ordering::Relaxed);
    }

    /// How many were forgotten since the start, because there were too many.
    pub fn forgotten(&self) -> u64 {
        self.forgotten.load(Ordering::Relaxed)
    }

    fn named(&self) -> MutexGuard<'_, Named> {
        self.named.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Named {
    fn next_use(&mut self) -> u64 {
        self.uses += 1;
        self.uses
    }

    fn touch(&mut self, id: &str) -> Option<Arc<Session>> {
        let next = self.next_use();
        let entry = self.by_id.get_mut(id)?;
        if let Some(id) = self.by_use.remove(&entry.used) {
            self.by_use.insert(next, id);
        }
        entry.used = next;
        Some(Arc::clone(&entry.session))
    }

    fn add(&mut self, id: &str, room: Room) -> Arc<Session> {
        let used = self.next_use();
        let id: Arc<str> = id.into();
        let session = Arc::new(Session::new(&id, room));
        let entry = Entry {
            session: Arc::clone(&session),
            used,
        };
        self.by_use.insert(used, Arc::clone(&id));
        self.by_id.insert(id, entry);
        session
    }

    /// Forgets all but those in which something still goes on: what comes next is to find the same
    /// one. Returns all of them.
    fn forget_unused(&mut self) -> Vec<Arc<Session>> {
        let mut all = Vec::with_capacity(self.by_id.len());
        self.by_id.retain(|_, entry| {
            let is_used = Arc::strong_count(&entry.session) > 1;
            if !is_used {
                self.by_use.remove(&entry.used);
            }
            all.push(Arc::clone(&entry.session));
            is_used
        });
        all
    }

    fn forget_oldest(&mut self) {
        if let Some((_, id)) = self.by_use.pop_first() {
            self.by_id.remove(&id);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::Sessions;

    #[test]
    fn the_same_id_is_the_same_session() {
        let sessions = Sessions::new(1);
        assert!(Arc::ptr_eq(&sessions.get("a"), &sessions.get(" a ")));
        assert!(!Arc::ptr_eq(&sessions.get("a"), &sessions.get("b")));
        assert!(Arc::ptr_eq(&sessions.get(""), sessions.shared()));
        assert_eq!(sessions.count(), 2);
    }

    #[test]
    fn the_least_recently_used_is_forgotten_and_counted() {
        let sessions = Sessions::bounded_by(2, 1);
        let first = sessions.get("a");
        sessions.get("b");
        sessions.get("a");
        sessions.get("c");
        assert_eq!(sessions.count(), 2);
        assert_eq!(sessions.forgotten(), 1);
        assert!(Arc::ptr_eq(&first, &sessions.get("a")));
        assert!(sessions.find("b").is_none());
    }

    #[test]
    fn a_seed_of_zero_is_the_own_one() {
        let sessions = Sessions::new(7);
        sessions.set_seed(42);
        assert_eq!(sessions.seed(), 42);
        sessions.set_seed(0);
        assert_eq!(sessions.seed(), 7);
    }

    #[test]
    fn looking_for_a_session_makes_none() {
        let sessions = Sessions::new(1);
        assert!(sessions.find("a").is_none());
        assert!(sessions.find("").is_some());
        assert_eq!(sessions.count(), 0);
    }
}
