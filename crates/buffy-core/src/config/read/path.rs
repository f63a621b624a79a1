//! Files and folders below the configuration's own, as `file:///x`.

use std::path::{Path, PathBuf};

use super::written::Written;

/// A file that is there, and its bytes.
pub(super) fn file(written: &Written<'_>) -> Option<(PathBuf, Vec<u8>)> {
    file_named(written, written.text()?.trim())
}

/// The same of a name that comes of the text.
pub(super) fn file_named(written: &Written<'_>, text: &str) -> Option<(PathBuf, Vec<u8>)> {
    let path = confined(written, text)?;
    if path.as_os_str().is_empty() || text.ends_with('/') {
        let hint = "write `file:///x`: relative to the folder of this file";
        written.error(format!("{} does not name a file", written.shown()), hint);
        return None;
    }
    let bytes = read(written, &path)?;
    Some((path, bytes))
}

/// A folder that is there, and the names of what is in it.
pub(super) fn folder(written: &Written<'_>) -> Option<(PathBuf, Vec<String>)> {
    let path = confined(written, written.text()?.trim())?;
    match (written.reader.around.folder)(&path) {
        Ok(names) => Some((path, names)),
        Err(error) => {
            let message = format!("{} is no folder: {error}", written.shown());
            written.error(message, RELATIVE);
            None
        }
    }
}

/// Whether a folder is named: by its `/`, or because it is one.
pub(super) fn is_folder(written: &Written<'_>) -> Option<bool> {
    let text = written.text()?.trim();
    if text.ends_with('/') {
        return Some(true);
    }
    let path = confined(written, text)?;
    Some((written.reader.around.folder)(&path).is_ok())
}

/// The bytes of a file that must be there.
pub(super) fn read(written: &Written<'_>, path: &Path) -> Option<Vec<u8>> {
    match (written.reader.around.file)(path) {
        Ok(bytes) => Some(bytes),
        Err(error) => {
            let message = format!("{} cannot be read: {error}", written.shown());
            written.error(message, RELATIVE);
            None
        }
    }
}

/// The path of `file:///x`, which cannot lead out of the folder; empty where it is that folder.
pub(super) fn confined(written: &Written<'_>, text: &str) -> Option<PathBuf> {
    let Some(path) = text.strip_prefix("file:///") else {
        let hint = "write `file:///x`: relative to the folder of this file";
        written.error(format!("{} does not name a file", written.shown()), hint);
        return None;
    };
    let mut confined = PathBuf::new();
    for part in path.split('/').filter(|part| !matches!(*part, "" | ".")) {
        if part == ".." || part.contains(|c: char| c == '\\' || c.is_control()) {
            let hint = "files are served from the folder of this file and below it";
            written.error(format!("{} leads out of its folder", written.shown()), hint);
            return None;
        }
        confined.push(part);
    }
    Some(confined)
}

const RELATIVE: &str = "the path is relative to the folder of this file";
