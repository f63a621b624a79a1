//! A folder, of which files are opened, and nothing outside of it.

use std::fs::{File, Metadata};
use std::io;
use std::os::fd::OwnedFd;
use std::path::{Path, PathBuf};

use rustix::fs::{Mode, OFlags};
use rustix::io::Errno;

/// A folder below that of the configuration.
#[derive(Debug)]
pub(super) struct Tree {
    /// Of the configuration's file.
    base: PathBuf,
    /// Below `base`; empty for `base` itself.
    folder: PathBuf,
    way: Way,
}

/// What a path leads to.
#[derive(Debug)]
pub(super) enum Opened {
    File(Found),
    Folder,
    /// Nothing that is served: nothing at all, something outside, or neither file nor folder.
    Nothing,
}

/// A file, and what the system said of it when it was opened.
#[derive(Debug)]
pub(super) struct Found {
    pub(super) file: File,
    pub(super) metadata: Metadata,
}

/// A file cannot be opened, though it may well be there.
#[derive(Debug, thiserror::Error)]
#[error("open {} below {}", path.display(), folder.display())]
pub(super) struct OpenError {
    folder: PathBuf,
    path: PathBuf,
    source: io::Error,
}

/// How it is made sure that nothing outside is opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Way {
    /// The system sees to it, for each link on the way, without a gap.
    #[cfg(target_os = "linux")]
    Beneath,
    /// The path is resolved, compared, and then opened. Whoever can write to the folder could
    /// change it in between.
    Resolved,
}

/// Never waits for the other end of a pipe, never becomes our terminal, is not inherited.
const FOR_READING: OFlags = OFlags::RDONLY
    .union(OFlags::NONBLOCK)
    .union(OFlags::NOCTTY)
    .union(OFlags::CLOEXEC);

impl Tree {
    /// The folder `folder` below `base`. It need not be there yet, and may be replaced at any time.
    pub(super) fn new(base: &Path, folder: &Path) -> Self {
        Self {
            base: base.to_owned(),
            folder: folder.to_owned(),
            way: Way::best(),
        }
    }

    /// What a relative path leads to, by links too if they do not leave the folder.
    pub(super) fn open(&self, path: &Path) -> Result<Opened, OpenError> {
        let opened = match self.way {
            #[cfg(target_os = "linux")]
            Way::Beneath => self.open_beneath(path),
            Way::Resolved => self.open_resolved(path),
        };
        let described = opened.and_then(|file| {
            let metadata = file.metadata()?;
            Ok(if metadata.is_file() {
                Opened::File(Found { file, metadata })
            } else if metadata.is_dir() {
                Opened::Folder
            } else {
                Opened::Nothing
            })
        });
        described.or_else(|source| {
            if is_absence(&source) {
                return Ok(Opened::Nothing);
            }
            Err(OpenError {
                folder: self.folder.clone(),
                path: path.to_owned(),
                source,
            })
        })
    }

    #[cfg(target_os = "linux")]
    fn open_beneath(&self, path: &Path) -> io::Result<File> {
        let handle = OFlags::PATH | OFlags::DIRECTORY | OFlags::CLOEXEC;
        let base = rustix::fs::open(&self.base, handle, Mode::empty())?;
        let folder = beneath(&base, &self.folder, handle)?;
        Ok(beneath(&folder, path, FOR_READING)?.into())
    }

    fn open_resolved(&self, path: &Path) -> io::Result<File> {
        let base = self.base.canonicalize()?;
        let folder = base.join(&self.folder).canonicalize()?;
        let file = folder.join(path).canonicalize()?;
        if !folder.starts_with(&base) || !file.starts_with(&folder) {
            return Err(io::ErrorKind::NotFound.into());
        }
        Ok(rustix::fs::open(&file, FOR_READING | OFlags::NOFOLLOW, Mode::empty())?.into())
    }
}

impl Way {
    /// Kernels before 5.6, and some sandboxes, do not know the call.
    fn best() -> Self {
        #[cfg(target_os = "linux")]
        {
            let here = beneath(rustix::fs::CWD, Path::new("."), OFlags::PATH);
            if !matches!(here, Err(Errno::NOSYS | Errno::PERM | Errno::INVAL)) {
                return Self::Beneath;
            }
        }
        Self::Resolved
    }
}

#[cfg(target_os = "linux")]
fn beneath(
    folder: impl std::os::fd::AsFd,
    path: &Path,
    flags: OFlags,
) -> rustix::io::Result<OwnedFd> {
    use rustix::fs::{ResolveFlags, openat2};

    /// A rename anywhere in the system makes the call give up, and ask for another try.
    const TRIES: usize = 16;

    let path = if path.as_os_str().is_empty() {
        Path::new(".")
    } else {
        path
    };
    let resolve = ResolveFlags::BENEATH | ResolveFlags::NO_MAGICLINKS;
    let open = || {
        openat2(
            &folder,
            path,
            flags | OFlags::CLOEXEC,
            Mode::empty(),
            resolve,
        )
    };
    let mut opened = open();
    for _ in 1..TRIES {
        if !matches!(opened, Err(Errno::AGAIN)) {
            break;
        }
        opened = open();
    }
    opened
}

/// Whether an error means that there is nothing to be served, for ever or for now.
fn is_absence(error: &io::Error) -> bool {
    let Some(errno) = Errno::from_io_error(error) else {
        return error.kind() == io::ErrorKind::NotFound;
    };
    matches!(
        errno,
        Errno::NOENT
            | Errno::NOTDIR
            | Errno::ACCESS
            | Errno::PERM
            | Errno::LOOP
            | Errno::NAMETOOLONG
            | Errno::XDEV // It leads out.
            | Errno::NXIO // A socket, or a device that is not there.
    )
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::symlink;

    use buffy_test::TempFolder;

    use super::*;

    /// `site/` with a file, a folder and links, beside a file that is none of its.
    fn folder() -> TempFolder {
        let folder = TempFolder::new();
        let path = folder.path();
        std::fs::create_dir_all(path.join("site/docs")).unwrap();
        std::fs::write(path.join("secret"), "secret").unwrap();
        std::fs::write(path.join("site/a.txt"), "a").unwrap();
        symlink("a.txt", path.join("site/inside")).unwrap();
        symlink("../a.txt", path.join("site/docs/up")).unwrap();
        symlink("../secret", path.join("site/out")).unwrap();
        symlink("/etc/passwd", path.join("site/absolute")).unwrap();
        symlink("..", path.join("site/parent")).unwrap();
        symlink("loop", path.join("site/loop")).unwrap();
        folder
    }

    fn check(tree: &Tree, path: &str, expected: &str) {
        let opened = match tree.open(Path::new(path)) {
            Ok(Opened::File(found)) => io::read_to_string(found.file).unwrap(),
            Ok(Opened::Folder) => "folder".to_owned(),
            Ok(Opened::Nothing) => "nothing".to_owned(),
            Err(error) => error.to_string(),
        };
        assert_eq!(opened, expected, "{path}");
    }

    fn check_all(tree: &Tree) {
        check(tree, "a.txt", "a");
        check(tree, "", "folder");
        check(tree, "docs", "folder");
        check(tree, "inside", "a");
        check(tree, "docs/up", "a");
        check(tree, "out", "nothing");
        check(tree, "absolute", "nothing");
        check(tree, "parent", "nothing");
        check(tree, "parent/secret", "nothing");
        check(tree, "loop", "nothing");
        check(tree, "none", "nothing");
        check(tree, "a.txt/b", "nothing");
        check(tree, "../secret", "nothing");
        check(tree, &"x".repeat(5000), "nothing");
    }

    #[test]
    fn nothing_outside_is_opened() {
        let folder = folder();
        check_all(&Tree::new(folder.path(), Path::new("site")));
    }

    #[test]
    fn nor_where_the_system_does_not_see_to_it() {
        let folder = folder();
        let mut tree = Tree::new(folder.path(), Path::new("site"));
        tree.way = Way::Resolved;
        check_all(&tree);
    }

    #[test]
    fn a_pipe_is_not_waited_for() {
        use rustix::fs::{CWD, FileType, mknodat};

        let folder = folder();
        let pipe = folder.path().join("site/pipe");
        mknodat(CWD, &pipe, FileType::Fifo, Mode::RUSR | Mode::WUSR, 0).unwrap();
        check(
            &Tree::new(folder.path(), Path::new("site")),
            "pipe",
            "nothing",
        );
    }

    #[test]
    fn a_folder_that_is_replaced_is_the_new_one() {
        let folder = folder();
        let path = folder.path();
        let tree = Tree::new(path, Path::new("site"));
        std::fs::rename(path.join("site"), path.join("old")).unwrap();
        check(&tree, "a.txt", "nothing");
        std::fs::create_dir(path.join("new")).unwrap();
        std::fs::write(path.join("new/a.txt"), "new").unwrap();
        symlink("new", path.join("site")).unwrap();
        check(&tree, "a.txt", "new");
        std::fs::remove_file(path.join("site")).unwrap();
        symlink("/etc", path.join("site")).unwrap();
        check(&tree, "passwd", "nothing");
    }
}
