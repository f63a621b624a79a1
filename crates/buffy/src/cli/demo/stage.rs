//! Everything that takes part, and what is done to it.

use std::io;
use std::net::SocketAddr;
use std::path::Path;
use std::time::Duration;

use buffy_core::config::{self, Problems, Surroundings, Unset};
use tokio::time::sleep;

use super::backend::{Backend, HEALTH_PATH, Port};
use super::folder::Folder;
use super::load::{Aim, Load};
use super::plan::{LEAD, Plan, UP};
use super::record::Record;
use super::tally::Version;
use crate::app::{Ended, Running, StartError};

const LISTENER: &str = "demo";

/// Why there is no demo.
#[derive(Debug, thiserror::Error)]
pub(super) enum StageError {
    #[error("a private folder for the state cannot be made")]
    Folder { source: io::Error },
    #[error("no port can be had for the backend")]
    Port { source: io::Error },
    #[error("backend {version} cannot be started")]
    Backend { version: Version, source: io::Error },
    #[error("the demo's own configuration is refused")]
    Config { source: Problems },
    #[error("Buffy cannot be started")]
    Buffy { source: StartError },
    #[error("Buffy has no {what}")]
    Missing { what: &'static str },
    #[error("the clients cannot be started")]
    Load { source: io::Error },
    #[error("signals cannot be waited for")]
    Signals { source: io::Error },
    #[error("the demo's runtime cannot be made")]
    Runtime { source: io::Error },
}

/// A backend, Buffy before it, and clients before that.
pub(super) struct Stage {
    // In the order in which they go: clients, Buffy, backend, and the folder last.
    load: Load,
    running: Running,
    backend: Option<Backend>,
    version: Version,
    port: Port,
    record: Record,
    admin: SocketAddr,
    _folder: Folder,
}

impl Stage {
    /// Starts all of it.
    pub(super) fn set(plan: &Plan) -> Result<Self, StageError> {
        let folder = Folder::new().map_err(|source| StageError::Folder { source })?;
        let port = Port::reserve().map_err(|source| StageError::Port { source })?;
        let record = Record::start();
        let version = Version(1);
        let backend = Backend::start(&port, version, &record)
            .map_err(|source| StageError::Backend { version, source })?;
        let running = start_buffy(&configuration(plan, &port, folder.path()), folder.path())?;
        let missing = |what| StageError::Missing { what };
        let buffy = running.listener(LISTENER).ok_or(missing("listener"))?;
        let admin = running.admin().ok_or(missing("admin API"))?;
        let (rate, deadline) = (plan.rate, plan.deadline());
        let aim = Aim {
            buffy,
            rate,
            deadline,
        };
        let load =
            Load::start(aim, record.clone()).map_err(|source| StageError::Load { source })?;
        Ok(Self {
            load,
            running,
            backend: Some(backend),
            version,
            port,
            record,
            admin,
            _folder: folder,
        })
    }

    pub(super) fn record(&self) -> &Record {
        &self.record
    }

    /// Where Buffy's admin API listens.
    pub(super) fn admin(&self) -> SocketAddr {
        self.admin
    }

    /// The whole demo: deploys under load, then the end of the load.
    pub(super) async fn play(&mut self, plan: &Plan) -> Result<(), StageError> {
        sleep(LEAD).await;
        for _ in 0..plan.deploys {
            self.kill();
            sleep(plan.down).await;
            self.replace()?;
            sleep(UP).await;
        }
        self.load.finish().await;
        Ok(())
    }

    /// An end before the end: what was sent is answered if that is possible soon.
    pub(super) async fn break_off(&mut self, patience: Duration) -> Result<(), StageError> {
        if self.backend.is_none() {
            self.replace()?;
        }
        tokio::select! {
            () = self.load.finish() => {}
            () = sleep(patience) => {}
        }
        Ok(())
    }

    /// Stops Buffy; blocks until it has ended.
    pub(super) fn strike(self) -> Ended {
        let ended = self.running.stop();
        self.record.give_up();
        ended
    }

    fn kill(&mut self) {
        if let Some(backend) = self.backend.take() {
            backend.cut();
        }
    }

    /// The next version, on the same port.
    fn replace(&mut self) -> Result<(), StageError> {
        let version = Version(self.version.0 + 1);
        let backend = Backend::start(&self.port, version, &self.record)
            .map_err(|source| StageError::Backend { version, source })?;
        self.version = version;
        self.backend = Some(backend);
        Ok(())
    }
}

fn start_buffy(configuration: &str, folder: &Path) -> Result<Running, StageError> {
    let around = Surroundings {
        env: &|_| None,
        file: &|_| Err("the demo has no files".to_owned()),
        folder: &|_| Err("there is none".to_owned()),
        unset: Unset::Refuse,
    };
    let (config, _) = config::read("the demo's configuration", configuration, &around)
        .map_err(|source| StageError::Config { source })?;
    Running::start(config, folder).map_err(|source| StageError::Buffy { source })
}

/// As a user would write it.
fn configuration(plan: &Plan, port: &Port, folder: &Path) -> String {
    let backend = port.address();
    let hold = plan.hold_seconds();
    // A JSON string is a YAML string too, whatever the path has in it.
    let state = serde_json::Value::from(folder.join("state").to_string_lossy());
    format!(
        "version: 0.1
buffy:
  listen: {{ id: {LISTENER}, bind: 127.0.0.1, port: 0 }}
  admin: {{ path: /_admin, bind: 127.0.0.1, port: 0 }}
  state_dir: {state}
  shutdown: {{ hold: 1s, grace: 2s }}
upstreams:
  - id: backend
    endpoint: http://{backend}
    health: {{ path: {HEALTH_PATH} }}
endpoints:
  - id: everything
    path: /
    type: proxy
    upstream: [backend]
    timeout: {hold}
"
    )
}
