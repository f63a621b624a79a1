//! The folder: made, locked, and its files replaced whole.

use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, Read as _, Seek as _, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};

use rustix::fs::{Access, FlockOperation, access, flock};
use rustix::io::Errno;

use super::StateError;

const LOCK: &str = "lock";

/// Replaces a file of the folder by a whole new one that only this user may read; on stable storage
/// when this returns.
pub(super) fn replace(
    folder: &Path,
    path: &Path,
    temporary: &Path,
    content: &[u8],
) -> io::Result<()> {
    // What a crash left is nobody's: this process holds the lock.
    match fs::remove_file(temporary) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        Ok(()) | Err(_) => {}
    }
    let mut file = OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(temporary)?;
    file.write_all(content)?;
    file.sync_all()?;
    fs::rename(temporary, path)?;
    File::open(folder)?.sync_all()
}

/// Takes the folder for this process until the file is closed.
pub(super) fn lock(folder: &Path) -> Result<File, StateError> {
    let path = folder.join(LOCK);
    let written = |source| StateError::Write {
        path: path.clone(),
        source,
    };
    let mut file = OpenOptions::new()
        .read(true)
        .write(true)
        .create(true)
        .truncate(false)
        .mode(0o600)
        .open(&path)
        .map_err(written)?;
    match flock(&file, FlockOperation::NonBlockingLockExclusive) {
        Ok(()) => {}
        Err(error) if error == Errno::WOULDBLOCK => {
            let mut text = String::new();
            let pid = file
                .read_to_string(&mut text)
                .ok()
                .and_then(|_| text.trim().parse().ok());
            return Err(StateError::InUse {
                path: folder.to_owned(),
                pid,
            });
        }
        Err(error) => return Err(written(error.into())),
    }
    sign(folder, &file)?;
    Ok(file)
}

/// Writes this process's id into a lock that it holds.
pub(super) fn sign(folder: &Path, mut lock: &File) -> Result<(), StateError> {
    let written = |source| StateError::Write {
        path: folder.join(LOCK),
        source,
    };
    lock.set_len(0).map_err(written)?;
    lock.rewind().map_err(written)?;
    writeln!(lock, "{}", std::process::id()).map_err(written)
}

/// Whether a folder that does not exist could be made, as far as permissions tell.
pub(super) fn can_be_made(path: &Path) -> bool {
    let absolute = std::path::absolute(path);
    absolute.is_ok_and(|path| {
        path.ancestors()
            .skip(1)
            .find(|ancestor| ancestor.exists())
            .is_some_and(|ancestor| {
                ancestor.is_dir() && access(ancestor, Access::WRITE_OK | Access::EXEC_OK).is_ok()
            })
    }) && fs::symlink_metadata(path).is_err()
}

/// A new file of the folder for this user only, without a name.
pub(super) fn unnamed(folder: &Path) -> io::Result<File> {
    #[cfg(target_os = "linux")]
    {
        use rustix::fs::{Mode, OFlags, open};
        let flags = OFlags::TMPFILE | OFlags::RDWR | OFlags::CLOEXEC;
        match open(folder, flags, Mode::RUSR | Mode::WUSR) {
            // Not every filesystem can.
            Err(Errno::OPNOTSUPP | Errno::ISDIR | Errno::NOENT) => {}
            opened => return Ok(opened?.into()),
        }
    }
    named_for_a_moment(folder)
}

/// The name is free again when this returns; after a crash within, it is taken over.
fn named_for_a_moment(folder: &Path) -> io::Result<File> {
    static NUMBER: AtomicU64 = AtomicU64::new(0);
    let number = NUMBER.fetch_add(1, Ordering::Relaxed);
    let path = folder.join(format!("spill.{}.{number}", std::process::id()));
    let file = OpenOptions::new()
        .read(true)
        .write(true)
        .create(true)
        .truncate(true)
        .mode(0o600)
        .open(&path)?;
    fs::remove_file(&path)?;
    Ok(file)
}

/// Makes the folder, for this user only, where there is none.
pub(super) fn make(path: &Path) -> io::Result<()> {
    if path.is_dir() {
        return Ok(());
    }
    DirBuilder::new().recursive(true).mode(0o700).create(path)?;
    // The folder's own entry is part of what must outlive a crash.
    let parent = std::path::absolute(path)?;
    parent
        .parent()
        .map_or(Ok(()), |parent| File::open(parent)?.sync_all())
}
