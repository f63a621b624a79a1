//! Changed documents go back to their files: beside the workers, one after the other, several
//! changes at once, and a file is always either the old one or the new one.

use std::fs::{self, File};
use std::hash::{BuildHasher as _, Hasher as _, RandomState};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::time::Duration;

use buffy_core::data::Collections;
use rustix::fs::{Access, access};

use super::base::{Base, State, causes};
use super::origin::{Origin, ReadError, Stamp};
use crate::tasks;

/// Why documents could not be saved.
#[derive(Debug, thiserror::Error)]
pub(super) enum SaveError {
    #[error("the files cannot be looked at")]
    Look { source: ReadError },
    #[error("no file can be made in {}", path.display())]
    Folder { path: PathBuf, source: io::Error },
    #[error("{} cannot be written", path.display())]
    Write { path: PathBuf, source: io::Error },
}

/// Threads that save, or may have to when they have read, of all endpoints.
static BUSY: Mutex<usize> = Mutex::new(0);
/// One of them is done.
static DONE: Condvar = Condvar::new();

/// Waits until all that was changed is saved, or the time is over; tells whether it is.
pub fn finish(within: Duration) -> bool {
    let busy = BUSY.lock().unwrap_or_else(PoisonError::into_inner);
    let waited = DONE.wait_timeout_while(busy, within, |busy| *busy > 0);
    *waited.unwrap_or_else(PoisonError::into_inner).0 == 0
}

/// A thread at work on files, counted until it ends.
pub(super) struct Busy;

impl Busy {
    pub(super) fn begin() -> Self {
        *BUSY.lock().unwrap_or_else(PoisonError::into_inner) += 1;
        Self
    }
}

impl Drop for Busy {
    fn drop(&mut self) {
        *BUSY.lock().unwrap_or_else(PoisonError::into_inner) -= 1;
        DONE.notify_all();
    }
}

impl Base {
    /// Tells where changes could not be saved, before somebody makes one.
    pub(super) fn foresee_saving(&self) {
        if let Err(error) = writable(&self.origin) {
            let (endpoint, cause) = (self.endpoint(), causes(&error));
            tracing::error!(endpoint, %error, cause, "what is changed of the data will not be saved");
        }
    }

    /// Begins to save, unless somebody does, who then sees these changes too.
    pub(super) fn save(self: &Arc<Self>, state: &mut State) {
        if state.is_busy {
            return;
        }
        state.is_busy = true;
        let (base, busy) = (Arc::clone(self), Busy::begin());
        let saving = move || {
            let _busy = busy;
            while base.save_once() {}
        };
        if let Err(error) = tasks::spawn_thread("buffy-data".to_owned(), saving) {
            tracing::error!(endpoint = self.endpoint(), %error, "no thread to save the data with");
            state.is_busy = false;
        }
    }

    /// Saves what there is; tells whether there is more by now.
    fn save_once(&self) -> bool {
        let (collections, changes) = {
            let state = self.state();
            (state.collections.clone(), state.changes)
        };
        let Some(collections) = collections else {
            return false;
        };
        let written = write(&self.origin, &collections);
        let mut state = self.state();
        match written {
            Ok(stamp) => {
                state.stamp = Some(stamp);
                state.saved = changes;
                state.is_busy = state.changes != changes;
            }
            Err(error) => {
                let (endpoint, cause) = (self.endpoint(), causes(&error));
                let message = "the data was not saved; the next change tries again";
                tracing::error!(endpoint, %error, cause, message);
                state.is_busy = false;
            }
        }
        state.is_busy
    }
}

/// Whether the folders of all files take new files.
pub(super) fn writable(origin: &Origin) -> Result<(), SaveError> {
    let look = |source| SaveError::Look { source };
    for file in origin.files().map_err(look)? {
        let real = origin.confined(&file.path).map_err(look)?;
        access(folder_of(&real), Access::WRITE_OK | Access::EXEC_OK).map_err(|source| {
            SaveError::Folder {
                path: folder_of(&file.path).to_owned(),
                source: source.into(),
            }
        })?;
    }
    Ok(())
}

/// Writes what differs from the files, and tells what they are like then.
fn write(origin: &Origin, collections: &Collections) -> Result<Stamp, SaveError> {
    let files = || origin.files().map_err(|source| SaveError::Look { source });
    for file in files()? {
        let text = match &file.of {
            None => collections.to_text(),
            Some((name, form)) => match collections.text_of(name, *form) {
                Some(text) => text,
                // Another's file, which came after the folder was read.
                None => continue,
            },
        };
        let real = origin
            .confined(&file.path)
            .map_err(|source| SaveError::Look { source })?;
        replace(&real, text.as_bytes()).map_err(|source| SaveError::Write {
            path: file.path.clone(),
            source,
        })?;
    }
    Ok(Stamp::of(&files()?))
}

/// Puts a new file in the place of one that has other bytes, with its permissions; it is on stable
/// storage when this returns.
pub(super) fn replace(path: &Path, bytes: &[u8]) -> io::Result<()> {
    if fs::read(path).is_ok_and(|old| old == bytes) {
        return Ok(());
    }
    // A name of its own each time: another process may save the same file, whatever its number.
    let unique = RandomState::new().build_hasher().finish();
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(format!(".{unique:016x}.buffy-tmp"));
    let temporary = path.with_file_name(name);
    let written = write_whole(&temporary, path, bytes);
    if written.is_err() {
        // It may not be there, and the error that is told is the first one.
        drop(fs::remove_file(&temporary));
    }
    written
}

fn write_whole(temporary: &Path, path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut file = File::create_new(temporary)?;
    file.set_permissions(fs::metadata(path)?.permissions())?;
    file.write_all(bytes)?;
    file.sync_all()?;
    fs::rename(temporary, path)?;
    File::open(folder_of(path))?.sync_all()
}

fn folder_of(file: &Path) -> &Path {
    let folder = file
        .parent()
        .filter(|folder| !folder.as_os_str().is_empty());
    folder.unwrap_or(Path::new("."))
}
