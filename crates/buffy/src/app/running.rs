//! A Buffy that runs: started from a configuration, stopped when asked.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::mpsc::sync_channel;
use std::thread::JoinHandle;

use buffy_core::config::Config;
use tokio::sync::watch;

use super::bound::{self, StartError};
use super::life;
use super::source::Source;
use super::supervise::Ask;
use crate::admin::Control;
use crate::{clock, tasks};

/// How Buffy ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ended {
    /// As it was asked to; whatever was under way was answered.
    Gracefully,
    /// As it was asked to, and something was cut.
    Cut,
    /// Something vital has gone.
    Broken,
}

/// A Buffy that runs, on threads of its own.
pub struct Running {
    control: Arc<Control>,
    admin: Option<SocketAddr>,
    ask: Arc<watch::Sender<Ask>>,
    thread: JoinHandle<Ended>,
}

/// Where a configuration came from, and what else this Buffy comes from.
#[derive(Default)]
pub struct Origin {
    /// Reads it anew at a reload; without one there is none.
    pub source: Option<Source>,
    /// What is read anew as soon as it is changed.
    pub watched: Option<Vec<PathBuf>>,
    /// From the Buffy that runs with the same folder of state.
    pub take_over: bool,
    /// This process is nothing but this Buffy: systemd is told of it, where it asks for that.
    pub is_process: bool,
}

/// What the control thread tells when everything is started.
pub(super) struct Started {
    pub(super) control: Arc<Control>,
    pub(super) admin: Option<SocketAddr>,
}

impl Running {
    /// Binds, starts, and returns when connections are accepted.
    ///
    /// `folder` is the configuration's: `file:///x` is relative to it.
    pub fn start(config: Config, folder: &Path) -> Result<Self, StartError> {
        Self::start_from(config, folder, Origin::default())
    }

    /// The same, from where it can be had anew.
    pub fn start_from(config: Config, folder: &Path, origin: Origin) -> Result<Self, StartError> {
        clock::start();
        super::panics::log_them();
        let bound = bound::bind(config, folder, origin.take_over)?;
        let (told, started) = sync_channel(1);
        let (ask, asked) = watch::channel(Ask::Nothing);
        let thread = tasks::spawn_thread("buffy-control".to_owned(), move || {
            life::control(bound, origin, asked, &told)
        })
        .map_err(|source| StartError::Thread {
            name: "buffy-control",
            source,
        })?;
        let Ok(started) = started.recv() else {
            return Err(StartError::Gone);
        };
        let Started { control, admin } = started?;
        Ok(Self {
            control,
            admin,
            ask: Arc::new(ask),
            thread,
        })
    }

    /// What runs, for those who look and operate.
    pub fn control(&self) -> &Arc<Control> {
        &self.control
    }

    /// Where the admin API listens.
    pub fn admin(&self) -> Option<SocketAddr> {
        self.admin
    }

    /// Where a listener is bound.
    pub fn listener(&self, id: &str) -> Option<SocketAddr> {
        self.control
            .present()
            .listeners
            .iter()
            .find(|one| one.id == id)
            .map(|one| one.address)
    }

    /// To ask for the end from elsewhere.
    pub fn stopper(&self) -> Stopper {
        Stopper(Arc::clone(&self.ask))
    }

    /// Returns when Buffy has ended.
    pub fn wait(self) -> Ended {
        self.thread.join().unwrap_or(Ended::Broken)
    }

    /// Asks for the end, and waits for it.
    pub fn stop(self) -> Ended {
        self.stopper().stop();
        self.wait()
    }
}

/// Asks a running Buffy to end.
#[derive(Clone, Debug)]
pub struct Stopper(Arc<watch::Sender<Ask>>);

impl Stopper {
    /// Ends gracefully; asked again, at once.
    pub fn stop(&self) {
        self.0.send_modify(|ask| {
            *ask = match ask {
                Ask::Nothing => Ask::Stop,
                Ask::Stop | Ask::AtOnce => Ask::AtOnce,
            };
        });
    }
}
