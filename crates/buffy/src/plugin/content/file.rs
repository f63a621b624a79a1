//! A file as content: read anew when it changes, confined to the configuration's folder.

use std::collections::HashMap;
use std::fs::{File, Metadata};
use std::io::Read as _;
use std::path::{Component, Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::SystemTime;

use buffy_core::facts::{Facts, Needs};
use buffy_core::template::{Escape, Template};
use buffy_http::write;

use super::{Engine, Rendering, Whose, escape};
use crate::plugin::media;
use crate::plugin::tree::{Opened, Tree};
use crate::plugin::{Answer, Asked, Content, Missing, Source};

/// A file is read whole and kept, and may have variables, up to this size; a larger one is sent as
/// it lies there.
const KEPT_MAX: u64 = 16 * 1024 * 1024;
/// Files of one response that are kept, where the request says which one it is.
const FILES_MAX: usize = 100;

/// Files that a response carries: one, or one of many.
pub(super) struct Files {
    path: Template,
    /// Where the path is the same for everybody.
    fixed: Option<PathBuf>,
    claimed: Option<Escape>,
    engine: Engine,
    /// Of the configuration's file.
    folder: PathBuf,
    tree: Tree,
    kept: Mutex<HashMap<PathBuf, Arc<Kept>>>,
    whose: Whose,
}

/// What came of reading a file.
enum Read {
    Kept(Arc<Kept>),
    /// In bytes.
    Large {
        file: File,
        length: u64,
    },
}

/// A file as it was read last.
struct Kept {
    /// Of the file, by which a change is noticed.
    stamp: Stamp,
    bytes: Arc<[u8]>,
    /// Its text, where it has variables.
    rendering: Option<Rendering>,
    fields: Vec<u8>,
    escape: Escape,
}

#[derive(Debug, PartialEq, Eq)]
struct Stamp {
    modified: Option<SystemTime>,
    length: u64,
    inode: u64,
}

impl Files {
    pub(super) fn new(
        path: &Template,
        claimed: Option<Escape>,
        engine: Engine,
        whose: Whose,
        folder: &Path,
    ) -> Self {
        Self {
            path: path.clone(),
            fixed: path.fixed().map(PathBuf::from),
            claimed,
            engine,
            folder: folder.to_owned(),
            tree: Tree::new(folder, Path::new("")),
            kept: Mutex::default(),
            whose,
        }
    }

    /// The path for a request, which is relative.
    fn path(&self, facts: &Facts<'_>) -> Result<PathBuf, Missing> {
        if let Some(fixed) = &self.fixed {
            return Ok(fixed.clone());
        }
        let mut path = Vec::new();
        let rendered = self.path.render(facts, Escape::Plain, &mut path);
        if let Err(error) = &rendered {
            self.whose.failed(error);
        }
        // A part that is missing would make it another file.
        let whole = rendered.is_ok_and(|rendered| rendered.undefined == 0);
        let path = String::from_utf8(path).ok();
        let path = path.filter(|path| whole && !path.contains('\0'));
        let path = path.map(|path| PathBuf::from(path.trim_start_matches('/')));
        // What the request says leads down, and nowhere else.
        let leads_down = |path: &PathBuf| {
            let mut parts = path.components();
            parts.all(|part| matches!(part, Component::Normal(_)))
        };
        path.filter(leads_down).ok_or_else(Missing::default)
    }

    /// The file's content: as read last, or read anew where the file has changed.
    fn current(&self, path: &Path) -> Result<Read, Missing> {
        let absent = Missing::default;
        // Links lead wherever they do where the path is the author's own, else never out of the
        // folder.
        let (file, metadata) = if self.fixed.is_some() {
            let path = self.folder.join(path);
            let metadata = std::fs::metadata(&path).map_err(|_| absent())?;
            (None, metadata)
        } else {
            match self.tree.open(path) {
                Ok(Opened::File(found)) => (Some(found.file), found.metadata),
                Ok(Opened::Folder | Opened::Nothing) => return Err(absent()),
                Err(error) => {
                    tracing::warn!(path = %path.display(), %error, "a response's file cannot be opened");
                    return Err(absent());
                }
            }
        };
        if !metadata.is_file() {
            return Err(absent());
        }
        let stamp = Stamp::of(&metadata);
        let last = self.kept().get(path).cloned();
        if let Some(last) = last.filter(|last| last.stamp == stamp) {
            return Ok(Read::Kept(last));
        }
        let opened = match file {
            Some(file) => Ok(file),
            None => File::open(self.folder.join(path)),
        };
        let file = opened.map_err(|_| absent())?;
        if stamp.length > KEPT_MAX {
            let length = stamp.length;
            return Ok(Read::Large { file, length });
        }
        self.read(path, stamp, file).map(Read::Kept)
    }

    fn read(&self, path: &Path, stamp: Stamp, mut file: File) -> Result<Arc<Kept>, Missing> {
        let mut bytes = Vec::new();
        let read = file.by_ref();
        read.take(KEPT_MAX)
            .read_to_end(&mut bytes)
            .map_err(|error| {
                tracing::warn!(path = %path.display(), %error, "a response's file cannot be read");
                Missing::default()
            })?;
        let read = Arc::new(self.prepare(stamp, &bytes, path));
        let mut kept = self.kept();
        let bytes: usize = kept.values().map(|kept| kept.bytes.len()).sum();
        if kept.len() >= FILES_MAX || bytes as u64 > KEPT_MAX {
            kept.clear();
        }
        kept.insert(path.to_owned(), Arc::clone(&read));
        Ok(read)
    }

    fn kept(&self) -> MutexGuard<'_, HashMap<PathBuf, Arc<Kept>>> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn prepare(&self, stamp: Stamp, bytes: &[u8], path: &Path) -> Kept {
        let text = std::str::from_utf8(bytes).ok();
        let content_type = content_type(text, path);
        let template = text
            .filter(|text| text.contains("{{"))
            .and_then(|text| self.engine.parse(text))
            .filter(|template| template.fixed().is_none());
        let mut fields = Vec::new();
        write::field(&mut fields, b"Content-Type", content_type.as_bytes());
        Kept {
            stamp,
            bytes: bytes.into(),
            rendering: template.map(|template| Rendering {
                template,
                whose: self.whose.clone(),
            }),
            fields,
            escape: escape(self.claimed, content_type),
        }
    }
}

impl Source for Files {
    fn answer(&self, asked: &Asked<'_>) -> Result<Answer, Missing> {
        let path = self.path(asked.facts)?;
        match self.current(&path)? {
            Read::Large { file, length } => {
                let mut fields = Vec::new();
                write::field(&mut fields, b"Content-Type", media::of(&path).as_bytes());
                Ok(Answer {
                    status: None,
                    fields,
                    content: Content::File {
                        file,
                        start: 0,
                        length,
                    },
                })
            }
            Read::Kept(kept) => Ok(match &kept.rendering {
                Some(rendering) => rendering.answer(asked, kept.escape, &kept.fields),
                None => Answer {
                    status: None,
                    fields: kept.fields.clone(),
                    content: Content::Shared(Arc::clone(&kept.bytes)),
                },
            }),
        }
    }

    fn changes(&self) -> bool {
        true
    }

    /// What its text names is known once it is read: it is looked at now. Which file it will be
    /// may depend on the request: then it may name anything.
    fn needs(&self) -> Needs {
        let Some(path) = &self.fixed else {
            return Needs::ALL;
        };
        match self.current(path) {
            Ok(Read::Kept(kept)) => {
                let rendering = kept.rendering.as_ref();
                rendering.map_or(Needs::NOTHING, |rendering| rendering.template.needs())
            }
            Ok(Read::Large { .. }) | Err(_) => Needs::NOTHING,
        }
    }
}

impl Stamp {
    fn of(metadata: &Metadata) -> Self {
        use std::os::unix::fs::MetadataExt;
        Self {
            modified: metadata.modified().ok(),
            length: metadata.len(),
            inode: metadata.ino(),
        }
    }
}

/// JSON where it parses as JSON, else by the file's ending, else by what it looks like.
fn content_type(text: Option<&str>, path: &Path) -> &'static str {
    let is_json = |text: &str| serde_json::from_str::<serde::de::IgnoredAny>(text).is_ok();
    match (text, media::of(path)) {
        (Some(text), _) if is_json(text) => "application/json",
        (Some(_), media::UNKNOWN) => "text/plain; charset=utf-8",
        (_, known) => known,
    }
}
