//! Watching the configuration's files: looked at every half second, reached through whatever
//! symbolic links lead there, so that the swap of a mounted volume is seen as well.

use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::time::Duration;

use tokio::time::sleep;

use crate::tasks;

const LOOK: Duration = Duration::from_millis(500);

/// Files that are looked at.
pub(super) struct Watch {
    files: Vec<PathBuf>,
    /// As they were when the configuration was read last, or was found to be no other.
    known: Vec<Look>,
    /// As they were a look ago, where that was not as known.
    unsettled: Option<Vec<Look>>,
}

/// What there was to see of a file: enough to know another one, and the same one changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Look(Option<Seen>);

#[derive(Clone, Debug, PartialEq, Eq)]
struct Seen {
    /// Where all symbolic links lead.
    path: PathBuf,
    device: u64,
    inode: u64,
    length: u64,
    modified: (i64, i64),
}

impl Watch {
    /// They are known as they are now.
    pub(super) fn new(files: Vec<PathBuf>) -> Self {
        Self {
            known: look(&files),
            files,
            unsettled: None,
        }
    }

    /// Another configuration may be read from other files.
    pub(super) fn follow(&mut self, files: Vec<PathBuf>) {
        if self.files != files {
            self.known = look(&files);
            self.unsettled = None;
            self.files = files;
        }
    }

    pub(super) fn files(&self) -> Vec<PathBuf> {
        self.files.clone()
    }

    /// They looked so when they were read.
    pub(super) fn knows(&mut self, look: Vec<Look>) {
        self.known = look;
        self.unsettled = None;
    }

    /// Returns when a file is another than it was, and has been so for two looks: whoever writes it
    /// has finished. May be dropped at any time.
    pub(super) async fn changed(&mut self) {
        loop {
            sleep(LOOK).await;
            let files = self.files.clone();
            // A file system that hangs keeps nobody else waiting.
            let Ok(now) = tasks::spawn_blocking(move || look(&files)).await else {
                continue;
            };
            if now == self.known {
                self.unsettled = None;
            } else if self.unsettled.as_ref() == Some(&now) {
                self.known = now;
                self.unsettled = None;
                return;
            } else {
                self.unsettled = Some(now);
            }
        }
    }
}

pub(super) fn look(files: &[PathBuf]) -> Vec<Look> {
    files.iter().map(|file| Look(seen(file))).collect()
}

fn seen(file: &Path) -> Option<Seen> {
    let path = file.canonicalize().ok()?;
    let found = path.metadata().ok()?;
    Some(Seen {
        device: found.dev(),
        inode: found.ino(),
        length: found.len(),
        modified: (found.mtime(), found.mtime_nsec()),
        path,
    })
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::fs::symlink;

    use buffy_test::{DEADLINE, OneThread, TempFolder};
    use tokio::time::timeout;

    use super::*;

    fn changes(rt: &OneThread, watch: &mut Watch) {
        let told = rt.run(async { timeout(DEADLINE, watch.changed()).await });
        assert!(told.is_ok(), "the change is seen");
    }

    #[test]
    fn a_file_that_is_written_anew_or_replaced_is_another() {
        let (rt, folder) = (OneThread::new(), TempFolder::new());
        folder.write("a", "one");
        let path = folder.path().join("a");
        let mut watch = Watch::new(vec![path.clone()]);
        folder.write("a", "other");
        changes(&rt, &mut watch);
        folder.write("b", "third");
        fs::rename(folder.path().join("b"), &path).unwrap();
        changes(&rt, &mut watch);
        fs::remove_file(&path).unwrap();
        changes(&rt, &mut watch);
        let still = rt.run(async { timeout(3 * LOOK, watch.changed()).await });
        assert!(still.is_err(), "nothing is different any more");
    }

    #[test]
    fn the_swap_of_a_mounted_volume_is_seen() {
        let (rt, folder) = (OneThread::new(), TempFolder::new());
        let at = |name: &str| folder.path().join(name);
        for version in ["first", "second"] {
            fs::create_dir(at(version)).unwrap();
            fs::write(at(version).join("buffy.yaml"), "the same").unwrap();
        }
        symlink("first", at("..data")).unwrap();
        symlink("..data/buffy.yaml", at("buffy.yaml")).unwrap();
        let mut watch = Watch::new(vec![at("buffy.yaml")]);
        symlink("second", at("..data_new")).unwrap();
        fs::rename(at("..data_new"), at("..data")).unwrap();
        changes(&rt, &mut watch);
    }
}
