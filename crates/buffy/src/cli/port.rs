//! `--port` and `--port-file`: for tests and scripts, which want ports that are free and must learn
//! which they are.

use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use buffy_core::config::Config;

use crate::app::{Found, Running, Source};
use crate::reload::Refused;

/// How the line of the admin API begins.
const ADMIN: &str = "admin";

/// A port on the command line has no listener that it could be for.
#[derive(Debug, thiserror::Error)]
#[error(
    "`--port` is for a configuration with one listener, and this one has {count} ({ids}): write \
     their ports into the file",
    count = ids.len(), ids = ids.join(", ")
)]
pub(super) struct Ambiguous {
    ids: Vec<String>,
}

/// The only listener gets this port; 0: one that is free.
pub(super) fn apply(port: Option<u16>, config: &mut Config) -> Result<(), Ambiguous> {
    let Some(port) = port else { return Ok(()) };
    if let [only] = config.listeners.as_mut_slice() {
        only.port = port;
        return Ok(());
    }
    let ids = config.listeners.iter().map(|one| one.id.clone()).collect();
    Err(Ambiguous { ids })
}

/// The same, whenever the configuration is read anew.
pub(super) fn always(port: Option<u16>, source: Source) -> Source {
    Arc::new(move || {
        let mut found: Found = source()?;
        apply(port, &mut found.config).map_err(|error| Refused::Wrong {
            problems: error.to_string(),
        })?;
        Ok(found)
    })
}

/// A file that tells where Buffy listens could not be replaced.
#[derive(Debug, thiserror::Error)]
#[error("the port file {} cannot be {what}", path.display())]
pub(super) struct PortFileError {
    path: PathBuf,
    what: &'static str,
    source: io::Error,
}

/// Nobody reads the ports of the one that was there before.
pub(super) fn remove(path: &Path) -> Result<(), PortFileError> {
    match std::fs::remove_file(path) {
        Err(source) if source.kind() != io::ErrorKind::NotFound => Err(PortFileError {
            path: path.to_owned(),
            what: "removed",
            source,
        }),
        Ok(()) | Err(_) => Ok(()),
    }
}

/// One line `ID ADDRESS:PORT` for each listener, and one for the admin API behind them. Whoever
/// sees the file sees all of it.
pub(super) fn write(path: &Path, running: &Running) -> Result<(), PortFileError> {
    let present = running.control().present();
    let listeners = present.listeners.iter();
    let mut lines: Vec<_> = listeners
        .map(|one| format!("{} {}\n", one.id, one.address))
        .collect();
    lines.extend(running.admin().map(|at| format!("{ADMIN} {at}\n")));
    replace(path, lines.concat().as_bytes()).map_err(|source| PortFileError {
        path: path.to_owned(),
        what: "written",
        source,
    })
}

fn replace(path: &Path, text: &[u8]) -> io::Result<()> {
    let mut beside = path.as_os_str().to_owned();
    beside.push(".new");
    let beside = PathBuf::from(beside);
    let mut file = std::fs::File::create(&beside)?;
    file.write_all(text)?;
    std::fs::rename(&beside, path)
}
