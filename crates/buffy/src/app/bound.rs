//! A configuration and all that it asks of the machine, taken before anything is promised.

use std::io;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use buffy_core::config::Config;

use super::bind::{self, BindError};
use super::sockets::{self, Sockets};
use crate::admin;
use crate::upstream::state::{ADMIN_TOKEN, StateDir, StateError};

/// Why Buffy does not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    #[error(transparent)]
    Bind(#[from] BindError),
    #[error("the admin API cannot listen")]
    AdminUnix { source: admin::BindError },
    #[error("the folder of the operators' state cannot be used")]
    State { source: StateError },
    #[error("a hook cannot be used")]
    Hook { source: crate::notify::StartError },
    #[error("the thread {name} cannot be started")]
    Thread {
        name: &'static str,
        source: io::Error,
    },
    #[error("the runtime of the control thread cannot be made")]
    Runtime { source: io::Error },
    #[error("no random number can be had")]
    Random { source: getrandom::Error },
    #[error("the control thread has gone")]
    Gone,
}

/// A configuration, and the sockets that it asks for.
pub(super) struct Bound {
    pub(super) config: Arc<Config>,
    pub(super) folder: PathBuf,
    pub(super) workers: usize,
    pub(super) sockets: Sockets,
    pub(super) admin: Option<TcpListener>,
    pub(super) kept: Arc<StateDir>,
}

/// Binds every socket, and takes the folder of the operators' state.
pub(super) fn bind(config: Config, folder: &Path) -> Result<Bound, StartError> {
    let cores = std::thread::available_parallelism().map_or(1, std::num::NonZeroUsize::get);
    let workers = config.workers.map_or(cores, std::num::NonZeroUsize::get);
    let sockets = sockets::open(&config, workers, &[])?;
    let admin = match &config.admin {
        Some(admin) => bind::bind("admin", admin.line, admin.bind, admin.port, 1, false)?.pop(),
        None => None,
    };
    let path = state_dir(&config);
    let kept = StateDir::open(path).map_err(|source| StartError::State { source })?;
    Ok(Bound {
        config: Arc::new(config),
        folder: folder.to_owned(),
        workers,
        sockets,
        admin,
        kept: Arc::new(kept),
    })
}

/// Where the token of the admin API lies that Buffy makes for itself. A relative path is relative to
/// where it was started.
pub fn admin_token_file(config: &Config) -> PathBuf {
    state_dir(config).join(ADMIN_TOKEN)
}

fn state_dir(config: &Config) -> PathBuf {
    let written = config.state_dir.clone();
    let given = || std::env::var_os("STATE_DIRECTORY").map(PathBuf::from);
    written
        .or_else(given)
        .unwrap_or_else(|| PathBuf::from("state"))
}
