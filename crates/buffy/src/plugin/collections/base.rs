//! What an endpoint holds apart from sessions: read at load, and anew when its files change.

use std::error::Error;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use buffy_core::data::{Collections, Reply};
use buffy_core::dice::Dice;

use super::origin::{DataFile, Origin, ReadError, Stamp};
use super::saving::Busy;
use crate::tasks;

/// What is read on a worker; larger files are read beside it, and the old is served meanwhile.
const AT_ONCE_BYTES_MAX: u64 = 64 << 10;

/// The documents that all sessions start from.
pub(super) struct Base {
    endpoint: String,
    key: String,
    pub(super) origin: Origin,
    state: Mutex<State>,
}

/// What changes of it.
#[derive(Default)]
pub(super) struct State {
    /// As it was read last, and changed since; none where it never could be read.
    pub(super) collections: Option<Arc<Collections>>,
    /// Of the files that it was read of, or that did not let themselves be read.
    pub(super) stamp: Option<Stamp>,
    /// How often it was changed.
    pub(super) changes: u64,
    /// How many of the changes are in the files.
    pub(super) saved: u64,
    /// A thread reads the files, or writes them.
    pub(super) is_busy: bool,
}

impl Base {
    /// Reads it. What cannot be read is told, and tried again when it changes.
    pub(super) fn new(endpoint: &str, origin: Origin, key: &str) -> Arc<Self> {
        let base = Self {
            endpoint: endpoint.to_owned(),
            key: key.to_owned(),
            origin,
            state: Mutex::default(),
        };
        match base.origin.files() {
            Ok(files) => base.read(&files, &mut base.state()),
            Err(error) => base.tell(&error),
        }
        Arc::new(base)
    }

    pub(super) fn collections(&self) -> Option<Arc<Collections>> {
        self.state().collections.clone()
    }

    /// Looks whether the files were changed by somebody else, and reads them anew if so: but not
    /// while there are changes of ours that are not in them.
    pub(super) fn look(self: &Arc<Self>) {
        if matches!(self.origin, Origin::Inline(_)) {
            return;
        }
        // Files that are gone for a moment, or for ever, leave what was read of them.
        let Ok(files) = self.origin.files() else {
            return;
        };
        let stamp = Stamp::of(&files);
        let mut state = self.state();
        if state.is_busy || state.changes != state.saved || state.stamp.as_ref() == Some(&stamp) {
            return;
        }
        if stamp.bytes() <= AT_ONCE_BYTES_MAX {
            self.read(&files, &mut state);
            return;
        }
        state.is_busy = true;
        drop(state);
        let (base, busy) = (Arc::clone(self), Busy::begin());
        let reading = move || {
            let _busy = busy;
            let read = base.read_files(&files);
            let mut state = base.state();
            state.is_busy = false;
            base.take(read, &files, &mut state);
            // What was changed meanwhile found the place of whoever saves taken.
            if state.changes != state.saved {
                base.save(&mut state);
            }
        };
        if let Err(error) = tasks::spawn_thread("buffy-data".to_owned(), reading) {
            tracing::error!(endpoint = self.endpoint, %error, "no thread to read the data with");
            self.state().is_busy = false;
        }
    }

    /// Changes it, and has it saved; none where it could not be read yet.
    pub(super) fn change(
        self: &Arc<Self>,
        change: impl FnOnce(&mut Arc<Collections>) -> Reply,
    ) -> Option<Reply> {
        let mut state = self.state();
        let reply = change(state.collections.as_mut()?);
        if reply.changed {
            state.changes += 1;
            self.save(&mut state);
        }
        Some(reply)
    }

    pub(super) fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn endpoint(&self) -> &str {
        &self.endpoint
    }

    fn read(&self, files: &[DataFile], state: &mut State) {
        let read = self.read_files(files);
        self.take(read, files, state);
    }

    fn read_files(&self, files: &[DataFile]) -> Result<Collections, ReadError> {
        // The same ids each time that it is read.
        let mut dice = Dice::new(0, "", &self.endpoint, 0);
        self.origin.read(files, &self.key, &mut dice)
    }

    /// What cannot be read leaves what was there.
    fn take(&self, read: Result<Collections, ReadError>, files: &[DataFile], state: &mut State) {
        state.stamp = Some(Stamp::of(files));
        match read {
            // It was changed while it was read.
            Ok(_) if state.changes != state.saved => {}
            Ok(collections) => state.collections = Some(Arc::new(collections)),
            Err(error) => self.tell(&error),
        }
    }

    fn tell(&self, error: &ReadError) {
        let cause = causes(error);
        let endpoint = &self.endpoint;
        tracing::error!(endpoint, %error, cause, "the data was not read; it stays as it was");
    }
}

/// The chain of causes, as one line.
pub(super) fn causes(error: &dyn Error) -> String {
    let causes = std::iter::successors(error.source(), |cause| (*cause).source());
    causes
        .map(ToString::to_string)
        .collect::<Vec<_>>()
        .join(": ")
}
