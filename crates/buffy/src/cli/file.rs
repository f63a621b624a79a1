//! The configuration's file: where it is looked for, and how it is read.

use std::cell::RefCell;
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use buffy_core::config::{
    self, Config, DataSource, EndpointKind, Origin, Problem, Problems, Surroundings, Unset,
};

use crate::app::{self, Source};
use crate::reload::Refused;

/// A configuration that was read.
pub(super) struct Found {
    /// As it is named in messages.
    pub(super) name: String,
    /// What `file:///x` is relative to.
    pub(super) folder: PathBuf,
    pub(super) text: String,
    /// Where it was read; nowhere for standard input.
    path: Option<PathBuf>,
}

/// A configuration that is right.
pub(super) struct Checked {
    pub(super) config: Config,
    pub(super) warnings: Vec<Problem>,
    /// What it was read from: the file itself, and those that it names.
    pub(super) files: Vec<PathBuf>,
}

/// Why there is no configuration to read.
#[derive(Debug, thiserror::Error)]
pub(super) enum FileError {
    #[error("no configuration: neither {} exists; write one, or name it with `-c FILE`", .tried.join(" nor "))]
    None { tried: Vec<String> },
    #[error("{name} cannot be read")]
    Read { name: String, source: io::Error },
    #[error("{name} is not UTF-8 text")]
    NotText { name: String },
}

/// Finds and reads the file that was named, or the first one of those that are looked for.
pub(super) fn find(named: Option<&Path>) -> Result<Found, FileError> {
    let path = match named {
        Some(path) if path.as_os_str() == "-" => return standard_input(),
        Some(path) => path.to_owned(),
        None => {
            let places = places();
            let there = places.iter().find(|path| path.exists()).cloned();
            there.ok_or_else(|| FileError::None {
                tried: places
                    .iter()
                    .map(|path| path.display().to_string())
                    .collect(),
            })?
        }
    };
    let name = path.display().to_string();
    let bytes = std::fs::read(&path).map_err(|source| FileError::Read {
        name: name.clone(),
        source,
    })?;
    let parent = path
        .parent()
        .filter(|parent| !parent.as_os_str().is_empty());
    let folder = parent.unwrap_or(Path::new(".")).to_owned();
    let text = text(&name, bytes)?;
    Ok(Found {
        name,
        folder,
        text,
        path: Some(path),
    })
}

fn standard_input() -> Result<Found, FileError> {
    let name = "standard input".to_owned();
    let mut bytes = Vec::new();
    io::stdin()
        .read_to_end(&mut bytes)
        .map_err(|source| FileError::Read {
            name: name.clone(),
            source,
        })?;
    let text = text(&name, bytes)?;
    Ok(Found {
        name,
        folder: PathBuf::from("."),
        text,
        path: None,
    })
}

fn text(name: &str, bytes: Vec<u8>) -> Result<String, FileError> {
    String::from_utf8(bytes).map_err(|_| FileError::NotText {
        name: name.to_owned(),
    })
}

fn places() -> Vec<PathBuf> {
    let home = std::env::var_os("XDG_CONFIG_HOME")
        .map(PathBuf::from)
        .or_else(|| std::env::var_os("HOME").map(|home| PathBuf::from(home).join(".config")));
    let mut places = vec![PathBuf::from("buffy.yaml")];
    places.extend(home.map(|home| home.join("buffy/buffy.yaml")));
    places.push(PathBuf::from("/etc/buffy/buffy.yaml"));
    places
}

impl Found {
    /// Checks it; warnings come beside the configuration.
    pub(super) fn check(&self, unset: Unset) -> Result<Checked, Problems> {
        let files = RefCell::new(Vec::from_iter(self.path.clone()));
        let read = |around: &Surroundings<'_>| config::read(&self.name, &self.text, around);
        let (config, warnings) = self.read(unset, &files, read)?;
        let mut files = files.into_inner();
        files.retain(|file| !self.is_data(&config, file));
        Ok(Checked {
            config,
            warnings,
            files,
        })
    }

    /// What it says of the process, for whoever asks the one that runs: with mistakes elsewhere, that
    /// one goes on with what it had.
    pub(super) fn process(&self) -> Result<Config, Problems> {
        let files = RefCell::default();
        let read = |around: &Surroundings<'_>| config::read_process(&self.name, &self.text, around);
        self.read(Unset::Unknown, &files, read)
    }

    /// Reads it, and notes which other files are read for it.
    fn read<T>(
        &self,
        unset: Unset,
        files: &RefCell<Vec<PathBuf>>,
        read: impl FnOnce(&Surroundings<'_>) -> T,
    ) -> T {
        read(&Surroundings {
            env: &|name| std::env::var(name).ok(),
            file: &|path| {
                files.borrow_mut().push(self.folder.join(path));
                confined(&self.folder, path)
            },
            folder: &|path| confined_folder(&self.folder, path),
            unset,
        })
    }

    /// Whether a file holds documents of a data endpoint, which looks after it itself: that it
    /// changed is no reason to reload.
    fn is_data(&self, config: &Config, file: &Path) -> bool {
        config
            .endpoints
            .iter()
            .any(|endpoint| match &endpoint.kind {
                EndpointKind::Data(data) => match &data.source {
                    DataSource::Collections(collections) => match &collections.origin {
                        Origin::File(path) => self.folder.join(path) == file,
                        Origin::Folder(path) => Some(&*self.folder.join(path)) == file.parent(),
                        Origin::Inline(_) => false,
                    },
                    DataSource::Files { .. } => false,
                },
                EndpointKind::Proxy(_) | EndpointKind::Respond(_) => false,
            })
    }

    /// How it is read anew; standard input cannot be.
    pub(super) fn source(&self) -> Option<Source> {
        let path = self.path.clone()?;
        Some(Arc::new(move || again(&path)))
    }
}

fn again(path: &Path) -> Result<app::Found, Refused> {
    let found = find(Some(path)).map_err(|error| Refused::Unread {
        message: error.to_string(),
    })?;
    let checked = found.check(Unset::Refuse);
    let checked = checked.map_err(|problems| Refused::Wrong {
        problems: problems.to_string(),
    })?;
    Ok(app::Found {
        config: checked.config,
        folder: found.folder,
        warnings: checked.warnings,
        files: checked.files,
    })
}

/// A folder beside the configuration, likewise.
fn confined_folder(folder: &Path, path: &Path) -> Result<Vec<String>, String> {
    let told = |error: std::io::Error| error.to_string();
    let resolved = |path: &Path| path.canonicalize().map_err(told);
    let found = resolved(&folder.join(path))?;
    if !found.starts_with(resolved(folder)?) {
        return Err("a symbolic link leads out of the configuration's folder".to_owned());
    }
    if !found.is_dir() {
        return Err("it is a file".to_owned());
    }
    let entries = found.read_dir().map_err(told)?;
    let names = entries.map(|entry| Ok(entry?.file_name().into_string().ok()));
    let names: Vec<Option<String>> = names.collect::<std::io::Result<_>>().map_err(told)?;
    Ok(names.into_iter().flatten().collect())
}

/// A file beside the configuration; a symbolic link may not lead out of its folder. An absolute
/// path is a secret's, which may lie anywhere.
fn confined(folder: &Path, path: &Path) -> Result<Vec<u8>, String> {
    let read = |path: &Path| std::fs::read(path).map_err(|error| error.to_string());
    if path.is_absolute() {
        return read(path);
    }
    let resolved = |path: &Path| path.canonicalize().map_err(|error| error.to_string());
    let file = resolved(&folder.join(path))?;
    if !file.starts_with(resolved(folder)?) {
        return Err("a symbolic link leads out of the configuration's folder".to_owned());
    }
    read(&file)
}
