//! Where collections come from: a file, a folder of files, or the configuration.

use std::fs::{self, File, Metadata};
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use buffy_core::config::Origin as Written;
use buffy_core::data::{Collections, Form, LoadError};
use buffy_core::dice::Dice;
use serde_json::{Map, Value as Json};

/// Bytes that are read of one endpoint's files.
const BYTES_MAX: u64 = 64 << 20;

/// Why collections could not be read.
#[derive(Debug, thiserror::Error)]
pub(super) enum ReadError {
    #[error("{} cannot be read", path.display())]
    File { path: PathBuf, source: io::Error },
    #[error("{} leads out of the configuration's folder", path.display())]
    Outside { path: PathBuf },
    #[error("{} makes it more than {} MiB, which is more than is served from memory", path.display(), BYTES_MAX >> 20)]
    TooLarge { path: PathBuf },
    #[error("{} is no data", path.display())]
    Data { path: PathBuf, source: LoadError },
    #[error("what the configuration has as data is none")]
    Inline { source: LoadError },
}

/// Where they come from. Paths are whole.
#[derive(Debug)]
pub(super) enum Origin {
    File { path: PathBuf, folder: PathBuf },
    Folder { path: PathBuf, folder: PathBuf },
    Inline(Map<String, Json>),
}

/// A file of data: the name and form of its collection, none of which a file of all has.
pub(super) struct DataFile {
    pub(super) path: PathBuf,
    pub(super) of: Option<(String, Form)>,
    metadata: Metadata,
}

/// What files were like when they were looked at; another one means that they changed.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Stamp(Vec<(PathBuf, u64, Option<SystemTime>, u64)>);

impl Stamp {
    pub(super) fn of(files: &[DataFile]) -> Self {
        let stamps = files.iter().map(|file| {
            let DataFile { path, metadata, .. } = file;
            (
                path.clone(),
                metadata.len(),
                metadata.modified().ok(),
                inode(metadata),
            )
        });
        Self(stamps.collect())
    }

    /// How much there is to read.
    pub(super) fn bytes(&self) -> u64 {
        self.0.iter().map(|(_, bytes, ..)| bytes).sum()
    }
}

impl Origin {
    pub(super) fn new(folder: &Path, written: &Written) -> Self {
        let below = |path: &PathBuf| folder.join(path);
        let folder = folder.to_owned();
        match written {
            Written::File(path) => Self::File {
                path: below(path),
                folder,
            },
            Written::Folder(path) => Self::Folder {
                path: below(path),
                folder,
            },
            Written::Inline(collections) => Self::Inline(collections.clone()),
        }
    }

    /// The files that are there, in the order of their names.
    pub(super) fn files(&self) -> Result<Vec<DataFile>, ReadError> {
        match self {
            Self::File { path, .. } => {
                let metadata = fs::metadata(path).map_err(failed(path))?;
                Ok(vec![DataFile {
                    path: path.clone(),
                    of: None,
                    metadata,
                }])
            }
            Self::Folder { path, .. } => {
                let mut files = Vec::new();
                for entry in fs::read_dir(path).map_err(failed(path))? {
                    let file = entry.map_err(failed(path))?;
                    let (name, path) = (file.file_name(), file.path());
                    let Some((name, form)) = name.to_str().and_then(Form::of) else {
                        continue;
                    };
                    let metadata = fs::metadata(&path).map_err(failed(&path))?;
                    if metadata.is_file() {
                        files.push(DataFile {
                            path,
                            of: Some((name.to_owned(), form)),
                            metadata,
                        });
                    }
                }
                files.sort_unstable_by(|left, right| left.path.cmp(&right.path));
                Ok(files)
            }
            Self::Inline(_) => Ok(Vec::new()),
        }
    }

    /// What files say that were found; ids are given to documents without.
    pub(super) fn read(
        &self,
        files: &[DataFile],
        key: &str,
        dice: &mut Dice,
    ) -> Result<Collections, ReadError> {
        let mut uuids = || dice.uuid();
        let texts = files.iter().map(|file| self.text(&file.path));
        let texts = texts.collect::<Result<Vec<_>, _>>()?;
        let bytes = texts.iter().map(String::len).sum::<usize>();
        if let Some(last) = files.last().filter(|_| bytes as u64 > BYTES_MAX) {
            let path = last.path.clone();
            return Err(ReadError::TooLarge { path });
        }
        let no_data = |index: usize, source| {
            let path = files.get(index).map(|file| file.path.clone());
            ReadError::Data {
                path: path.unwrap_or_default(),
                source,
            }
        };
        match self {
            Self::Inline(collections) => {
                let collections = Json::Object(collections.clone());
                let read = Collections::of_json(collections, key, &mut uuids);
                read.map_err(|source| ReadError::Inline { source })
            }
            Self::File { .. } => {
                let text = texts.first().map_or("", String::as_str);
                let read = Collections::of_text(text, key, &mut uuids);
                read.map_err(|source| no_data(0, source))
            }
            Self::Folder { .. } => {
                let texts = files.iter().zip(&texts).filter_map(|(file, text)| {
                    let (name, form) = file.of.as_ref()?;
                    Some((name.as_str(), *form, text.as_str()))
                });
                let read = Collections::of_files(texts, key, &mut uuids);
                read.map_err(|(index, source)| no_data(index, source))
            }
        }
    }

    /// The text of a file, if it lies in the configuration's folder.
    fn text(&self, path: &Path) -> Result<String, ReadError> {
        let mut text = String::new();
        let file = File::open(self.confined(path)?).map_err(failed(path))?;
        file.take(BYTES_MAX + 1)
            .read_to_string(&mut text)
            .map_err(failed(path))?;
        Ok(text)
    }

    /// Where a file really is.
    pub(super) fn confined(&self, path: &Path) -> Result<PathBuf, ReadError> {
        let (Self::File { folder, .. } | Self::Folder { folder, .. }) = self else {
            return Err(ReadError::Outside {
                path: path.to_owned(),
            });
        };
        let folder = folder.canonicalize().map_err(failed(folder))?;
        let real = path.canonicalize().map_err(failed(path))?;
        if !real.starts_with(folder) {
            let path = path.to_owned();
            return Err(ReadError::Outside { path });
        }
        Ok(real)
    }
}

fn failed(path: &Path) -> impl FnOnce(io::Error) -> ReadError + use<> {
    let path = path.to_owned();
    |source| ReadError::File { path, source }
}

fn inode(metadata: &Metadata) -> u64 {
    std::os::unix::fs::MetadataExt::ino(metadata)
}
