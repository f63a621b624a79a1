//! Operator state on disk: what an operator closed or stopped outlives the process.
//!
//! One folder, locked by one process; one file in it, [`GATES`], with the entries of every
//! upstream. It is replaced whole (temporary file, fsync, rename, fsync of the folder), so that a
//! crash leaves the old one or the new one. The file's types are its own: they are a format.

mod folder;
mod format;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::error::Error as _;
use std::fmt;
use std::fs::{self, File, Permissions};
use std::io;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use buffy_core::config::Secret;
use buffy_core::gate::Operator;
use buffy_core::rule::RuleError;

use self::format::{Upstreams, VERSION, gates_text, parse_gates, read_gates};
use super::token::random_hex;

/// The file with the operator's entries.
pub const GATES: &str = "gates.json";
/// The file with the admin token that Buffy made for itself.
pub const ADMIN_TOKEN: &str = "admin.token";
const TOKEN_BYTES: usize = 32;

/// Why operator state cannot be read or kept.
#[derive(Debug, thiserror::Error)]
pub enum StateError {
    #[error(
        "{} is in use by {}: stop it, or give this Buffy another `state_dir`",
        path.display(),
        pid.map_or_else(|| "another process".to_owned(), |pid| format!("the Buffy with pid {pid}"))
    )]
    InUse { path: PathBuf, pid: Option<u32> },
    #[error("cannot read {}: make it readable for this user, or move it away to start with no gate closed or stopped", path.display())]
    Read { path: PathBuf, source: io::Error },
    #[error("cannot read the admin token in {}: make it readable for this user, or remove it, and a new one is made", path.display())]
    ReadToken { path: PathBuf, source: io::Error },
    #[error("{} does not hold operator state: repair it, or move it away to start with no gate closed or stopped", path.display())]
    Corrupt {
        path: PathBuf,
        source: serde_json::Error,
    },
    #[error("{} has version {found}, and this Buffy knows {VERSION}: start the newer Buffy that wrote it, or move it away to start with no gate closed or stopped", path.display())]
    Version { path: PathBuf, found: u32 },
    #[error("{} holds a rule that this Buffy cannot read: repair it, or move it away to start with no gate closed or stopped", path.display())]
    Rule { path: PathBuf, source: RuleError },
    #[error("cannot write {}", path.display())]
    Write { path: PathBuf, source: io::Error },
    #[error("{} holds no token: remove it, and a new one is made", path.display())]
    EmptyToken { path: PathBuf },
    #[error("the system gives no random bytes for a token")]
    Random { source: io::Error },
}

/// The folder where operator state is kept, held by this process.
///
/// Safe to use from several threads; a save takes two fsyncs.
#[derive(Debug)]
pub struct StateDir {
    path: PathBuf,
    kept: Mutex<Kept>,
    /// Another process writes what operators say, and holds the lock.
    given: AtomicBool,
    follower: Mutex<Option<Follower>>,
}

/// Told what is kept, with each change: before the change is answered.
pub struct Follower(pub Box<dyn Fn(&str) + Send + Sync>);

impl fmt::Debug for Follower {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Follower")
    }
}

#[derive(Debug)]
struct Kept {
    upstreams: Upstreams,
    /// Held open for the lock on it.
    lock: Option<File>,
    persisted: bool,
}

impl StateDir {
    /// Reads what is kept in a folder, and locks it where it exists; it is made when first written.
    ///
    /// A folder that cannot be written is no error: see [`StateDir::persisted`].
    pub fn open(path: PathBuf) -> Result<Self, StateError> {
        Self::open_with(path, None)
    }

    /// The same, with the lock that another process gave, where it did.
    pub fn open_with(path: PathBuf, lock: Option<File>) -> Result<Self, StateError> {
        let locked = match lock {
            Some(lock) => folder::sign(&path, &lock).map(|()| lock),
            None => folder::lock(&path),
        };
        let (lock, persisted) = match locked {
            Ok(lock) => (Some(lock), true),
            Err(error @ StateError::InUse { .. }) => return Err(error),
            Err(_) if folder::can_be_made(&path) => (None, true),
            Err(error) => {
                let cause = error.source().map(ToString::to_string);
                tracing::warn!(%error, cause, "closes and stops will not outlive this process");
                (None, false)
            }
        };
        let upstreams = read_gates(&path.join(GATES))?;
        let kept = Mutex::new(Kept {
            upstreams,
            lock,
            persisted,
        });
        Ok(Self {
            path,
            kept,
            given: AtomicBool::new(false),
            follower: Mutex::default(),
        })
    }

    /// Makes the folder and takes it, where that can be done.
    pub fn make(&self) -> Result<(), StateError> {
        self.take(&mut self.kept())
    }

    /// Gives what is kept into the hands of another process, with the lock on the folder where
    /// there is one. Nothing is written here any more, until [`StateDir::take_back`].
    pub fn give(&self) -> io::Result<Option<File>> {
        let kept = self.kept();
        self.given.store(true, Ordering::Release);
        kept.lock.as_ref().map(File::try_clone).transpose()
    }

    /// The other process is not to have it after all.
    pub fn take_back(&self) {
        let kept = self.kept();
        self.given.store(false, Ordering::Release);
        if let Some(Err(error)) = kept
            .lock
            .as_ref()
            .map(|lock| folder::sign(&self.path, lock))
        {
            tracing::warn!(%error, "the lock of the folder names another process");
        }
    }

    /// The other process has it for good: the folder is free when that one ends.
    pub fn let_go(&self) {
        self.kept().lock = None;
    }

    /// It is in the hands of another process.
    pub fn is_given(&self) -> bool {
        self.given.load(Ordering::Acquire)
    }

    /// From now on this one is told of each change; none: nobody is.
    pub fn set_follower(&self, follower: Option<Follower>) {
        *self.follower.lock().unwrap_or_else(PoisonError::into_inner) = follower;
    }

    /// What a follower was told, by upstream.
    pub fn told(text: &str) -> Result<BTreeMap<String, Operator>, StateError> {
        let upstreams = parse_gates(Path::new(GATES), text.as_bytes())?;
        let operators = upstreams.iter().filter_map(|(id, kept)| {
            let operator = Operator::try_from(kept).ok()?;
            Some((id.clone(), operator))
        });
        Ok(operators.collect())
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// What was kept for an upstream, if anything was.
    pub fn load(&self, upstream: &str) -> Option<Operator> {
        let kept = self.kept();
        kept.upstreams
            .get(upstream)
            .and_then(|kept| Operator::try_from(kept).ok())
    }

    /// Keeps an upstream's state; on stable storage when this returns. Those of others, upstreams
    /// of an older configuration included, stay as they are.
    ///
    /// After an error the state is written by the next save that succeeds.
    pub fn save(&self, upstream: &str, operator: &Operator) -> Result<(), StateError> {
        let mut kept = self.kept();
        if operator.is_empty() {
            kept.upstreams.remove(upstream);
        } else {
            kept.upstreams.insert(upstream.to_owned(), operator.into());
        }
        if self.is_given() {
            return Ok(());
        }
        let written = self.write_gates(&mut kept);
        let follower = self.follower.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(Follower(tell)) = follower.as_ref()
            && let Ok(text) = gates_text(&kept.upstreams)
        {
            tell(&String::from_utf8_lossy(&text));
        }
        written
    }

    /// Whether a change would be there after a restart, as far as is known: the last write
    /// succeeded, and before any the folder is writable or can be made.
    pub fn persisted(&self) -> bool {
        self.kept().persisted
    }

    /// The admin token kept here; made where there is none yet, and then the second is true.
    pub fn admin_token(&self) -> Result<(Secret, bool), StateError> {
        let mut kept = self.kept();
        let path = self.path.join(ADMIN_TOKEN);
        match fs::read_to_string(&path) {
            Ok(text) if text.trim().is_empty() => Err(StateError::EmptyToken { path }),
            Ok(text) => {
                make_private(&path)?;
                Ok((Secret::new(text.trim().to_owned()), false))
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                let token =
                    random_hex::<TOKEN_BYTES>().map_err(|source| StateError::Random { source })?;
                self.replace(&mut kept, ADMIN_TOKEN, format!("{token}\n").as_bytes())?;
                Ok((Secret::new(token), true))
            }
            Err(source) => Err(StateError::ReadToken { path, source }),
        }
    }

    /// A new file in the folder, for this user only and without a name: it is gone when it is
    /// closed. The folder is made and taken where it was not yet.
    pub fn unnamed(&self) -> Result<File, StateError> {
        self.take(&mut self.kept())?;
        folder::unnamed(&self.path).map_err(|source| StateError::Write {
            path: self.path.clone(),
            source,
        })
    }

    /// A panic elsewhere leaves nothing half done in `Kept`.
    fn kept(&self) -> MutexGuard<'_, Kept> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn write_gates(&self, kept: &mut Kept) -> Result<(), StateError> {
        let text = gates_text(&kept.upstreams).map_err(|source| StateError::Write {
            path: self.path.join(GATES),
            source: source.into(),
        })?;
        self.replace(kept, GATES, &text)
    }

    /// Replaces a file of the folder by a whole new one that only this user may read.
    fn replace(&self, kept: &mut Kept, name: &str, content: &[u8]) -> Result<(), StateError> {
        let written = self.write(kept, name, content);
        kept.persisted = written.is_ok();
        written
    }

    /// Makes the folder and takes it for this process, where that was not done yet; the folder of
    /// another process is used without a lock, for files that nobody else sees.
    fn take(&self, kept: &mut Kept) -> Result<(), StateError> {
        if kept.lock.is_none() && !self.is_given() {
            folder::make(&self.path).map_err(|source| StateError::Write {
                path: self.path.clone(),
                source,
            })?;
            kept.lock = Some(folder::lock(&self.path)?);
        }
        Ok(())
    }

    fn write(&self, kept: &mut Kept, name: &str, content: &[u8]) -> Result<(), StateError> {
        self.take(kept)?;
        let path = self.path.join(name);
        let temporary = self.path.join(format!("{name}.new"));
        folder::replace(&self.path, &path, &temporary, content)
            .map_err(|source| StateError::Write { path, source })
    }
}

/// Takes a token away from other users, whoever gave it to them.
fn make_private(path: &Path) -> Result<(), StateError> {
    let fail = |source| StateError::Write {
        path: path.to_owned(),
        source,
    };
    let mode = fs::metadata(path).map_err(fail)?.permissions().mode();
    if mode.trailing_zeros() >= 6 {
        return Ok(());
    }
    tracing::warn!(path = %path.display(), "other users could read the admin token; they no longer can");
    fs::set_permissions(path, Permissions::from_mode(0o600)).map_err(fail)
}
