//! A configuration and all that it asks of the machine, taken before anything is promised.

use std::io;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use buffy_core::config::{Admin, Config};

use super::bind::{self, BindError};
use super::inherited::Inherited;
use super::sockets::{self, Sockets};
use crate::admin;
use crate::takeover::{Elder, TakeOverError};
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
    #[error("nothing is taken over: the Buffy that runs goes on")]
    TakeOver { source: TakeOverError },
    #[error("the sockets that systemd passes cannot be used")]
    Passed { source: io::Error },
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
    Random { source: io::Error },
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
    /// Who is taken over from.
    pub(super) elder: Option<Arc<Elder>>,
}

/// Finds or binds every socket, and takes the folder of the operators' state; with `take_over` from
/// the Buffy that runs, where there is one.
pub(super) fn bind(config: Config, folder: &Path, take_over: bool) -> Result<Bound, StartError> {
    let path = state_dir(&config);
    let refused = |source| StartError::TakeOver { source };
    let elder = if take_over {
        Elder::connect(&path).map_err(refused)?.map(Arc::new)
    } else {
        None
    };
    let mut inherited = match &elder {
        Some(elder) => Inherited::given(elder.sockets().map_err(refused)?),
        None => Inherited::of_systemd().map_err(|source| StartError::Passed { source })?,
    };
    if take_over && elder.is_none() {
        tracing::info!("there is nobody to take over from: starting as ever");
    }
    let cores = std::thread::available_parallelism().map_or(1, std::num::NonZeroUsize::get);
    let workers = config.workers.map_or(cores, std::num::NonZeroUsize::get);
    let sockets = sockets::open(&config, workers, &[], &mut inherited)?;
    let admin = match &config.admin {
        Some(admin) => Some(admin_socket(admin, &mut inherited)?),
        None => None,
    };
    if elder.is_none() {
        inherited.say_unused();
    }
    let lock = match &elder {
        Some(elder) => elder.state().map_err(refused)?,
        None => None,
    };
    let kept = StateDir::open_with(path, lock).map_err(|source| StartError::State { source })?;
    Ok(Bound {
        config: Arc::new(config),
        folder: folder.to_owned(),
        workers,
        sockets,
        admin,
        kept: Arc::new(kept),
        elder,
    })
}

fn admin_socket(admin: &Admin, inherited: &mut Inherited) -> Result<TcpListener, BindError> {
    let (id, line) = ("admin", admin.line);
    let fail = |source| BindError {
        id: id.to_owned(),
        line,
        address: (admin.bind, admin.port).into(),
        holder: None,
        source,
    };
    if let Some(socket) = inherited.take_admin(admin).map_err(fail)? {
        return Ok(socket);
    }
    let beside_ours = inherited.have_port(admin.port);
    let mut bound = bind::bind(id, line, admin.bind, admin.port, 1, beside_ours)?;
    bound
        .pop()
        .ok_or_else(|| fail(io::ErrorKind::NotFound.into()))
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
