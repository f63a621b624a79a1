//! Buffy under measurement: built, configured with its defaults and one worker, and asked through
//! its admin listener.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, ensure};

use super::client::{self, Client};
use super::compare::Subject;
use super::folder::{Folder, free_address};
use super::peers::{CANNED_BODY, CANNED_PATH, Contender};
use super::process::Server;
use super::{CORE_MEASURED, peers};
use crate::command::{self, cargo};
use crate::packages::Packages;

/// The id of the only upstream.
const UPSTREAM: &str = "backend";

/// A running Buffy with a proxied and a canned endpoint.
#[derive(Debug)]
pub(super) struct Buffy {
    pub(super) server: Server,
    pub(super) address: SocketAddr,
    admin: SocketAddr,
}

/// A running Buffy that answers by itself, and nothing else.
#[derive(Debug)]
pub(super) struct Answering {
    pub(super) server: Server,
    pub(super) address: SocketAddr,
}

/// Builds the binary, as it is released unless `smoke`, and gives its path.
pub(super) fn build(smoke: bool) -> Result<PathBuf> {
    let mut build = cargo(&["build", "--locked", "--package", "buffy", "--bin", "buffy"]);
    if !smoke {
        build.arg("--release");
    }
    command::run(&mut build)?;
    let profile = if smoke { "debug" } else { "release" };
    Ok(Packages::read()?.target.join(profile).join("buffy"))
}

impl Buffy {
    /// Starts `binary` before `upstream`, on the measured core unless `smoke`, and waits until
    /// both endpoints answer.
    pub(super) fn start(
        binary: &Path,
        upstream: SocketAddr,
        smoke: bool,
        folder: &Folder,
    ) -> Result<Buffy> {
        Self::start_with(binary, upstream, 0, smoke, folder)
    }

    /// The same, with at most so many requests at once to the upstream; 0: no bound.
    pub(super) fn start_with(
        binary: &Path,
        upstream: SocketAddr,
        max_inflight: usize,
        smoke: bool,
        folder: &Folder,
    ) -> Result<Buffy> {
        let (address, admin) = (free_address()?, free_address()?);
        let file = folder.write(
            "buffy.yaml",
            &configuration(address, admin, upstream, max_inflight, folder),
        )?;
        let mut run = Command::new(binary);
        run.args(["run", "-c"]).arg(file);
        let core = if smoke { None } else { Some(CORE_MEASURED) };
        let mut server = Server::start("buffy", core, &mut run, folder)?;
        server.wait_for("ready", || {
            peers::answers(address, CANNED_PATH, CANNED_BODY)?;
            peers::answers(address, "/", peers::BACKEND_BODY)
        })?;
        Ok(Buffy {
            server,
            address,
            admin,
        })
    }

    pub(super) fn contender(self) -> Result<Contender> {
        let Buffy {
            server, address, ..
        } = self;
        Contender {
            name: "buffy",
            server,
            proxied: address,
            canned: address,
        }
        .ready()
    }

    /// A connection to the admin listener, to be kept: connecting is not what is measured.
    pub(super) fn admin(&self) -> Result<Client> {
        Client::connect(self.admin)
    }

    /// Waits until exactly `count` requests are held.
    pub(super) fn wait_for_held(&mut self, count: usize) -> Result<()> {
        let admin = self.admin;
        self.server.wait_for(&format!("holding {count}"), || {
            let metrics = client::get(admin, "/metrics")?;
            let held = held(&metrics.body).context("no `buffy_held_requests` in the metrics")?;
            ensure!(held == count, "{held} held");
            Ok(())
        })
    }
}

impl Answering {
    /// Starts `binary` with these endpoints, on the measured core unless `smoke`; whether it
    /// answers is the caller's to see.
    pub(super) fn start(
        name: &str,
        binary: &Path,
        endpoints: &str,
        smoke: bool,
        folder: &Folder,
    ) -> Result<Answering> {
        let (address, admin) = (free_address()?, free_address()?);
        let listening = listening(address, admin, folder);
        let file = folder.write(
            &format!("{name}.yaml"),
            &format!("{listening}endpoints:\n{endpoints}"),
        )?;
        let mut run = Command::new(binary);
        run.args(["run", "-c"]).arg(file);
        let core = if smoke { None } else { Some(CORE_MEASURED) };
        let server = Server::start(name, core, &mut run, folder)?;
        Ok(Answering { server, address })
    }

    pub(super) fn subject<'s>(&'s self, name: &'static str, target: &'s str) -> Subject<'s> {
        Subject {
            name,
            server: &self.server,
            address: self.address,
            target,
        }
    }
}

/// Closes or opens the gate, on a connection of [`Buffy::admin`].
pub(super) fn move_gate(admin: &mut Client, action: &str) -> Result<()> {
    let answer = admin.ask("POST", &gate(action))?;
    ensure!(
        answer.status == 200,
        "{action} answers {}: {}",
        answer.status,
        answer.body
    );
    Ok(())
}

/// The target of the request that closes or opens the gate.
pub(super) fn gate(action: &str) -> String {
    format!("/_admin/gate?upstream={UPSTREAM}&action={action}")
}

/// Everything but the number of workers, and what a measure bounds, is as Buffy comes.
fn configuration(
    address: SocketAddr,
    admin: SocketAddr,
    upstream: SocketAddr,
    max_inflight: usize,
    folder: &Folder,
) -> String {
    format!(
        "{listening}upstreams:
  - id: {UPSTREAM}
    endpoint: http://{upstream}
    max_inflight: {max_inflight}
endpoints:
  - id: proxied
    path: /
    type: proxy
    upstream: [{UPSTREAM}]
  - id: canned
    path: {CANNED_PATH}
    type: respond
    response:
      - {{ name: ok, return_code: 200, content: '{CANNED_BODY}' }}
",
        listening = listening(address, admin, folder),
    )
}

fn listening(address: SocketAddr, admin: SocketAddr, folder: &Folder) -> String {
    format!(
        "version: 0.1
buffy:
  listen: {{ bind: {ip}, port: {port} }}
  admin: {{ path: /_admin, bind: {admin_ip}, port: {admin_port} }}
  workers: 1
  state_dir: {state}
",
        ip = address.ip(),
        port = address.port(),
        admin_ip = admin.ip(),
        admin_port = admin.port(),
        // Of its own: a gate that one measure closed is not closed for the next.
        state = folder
            .path()
            .join(format!("state-{}", admin.port()))
            .display(),
    )
}

/// How many requests are held, by the metrics.
fn held(metrics: &str) -> Option<usize> {
    let line = metrics
        .lines()
        .find(|line| line.starts_with("buffy_held_requests{"))?;
    // A gauge is written as a float.
    let value = line.rsplit_once(' ')?.1;
    value.strip_suffix(".0").unwrap_or(value).parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_held_are_counted_by_the_metrics() {
        let metrics = "# TYPE buffy_held_requests gauge\n\
                       buffy_held_requests{upstream=\"backend\"} 50.0\n# EOF\n";
        assert_eq!(held(metrics), Some(50));
        assert_eq!(held("# EOF"), None);
    }
}
