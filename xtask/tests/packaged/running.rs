//! A Buffy that runs, as it is shipped.

use std::fs;
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};

use buffy_test::{RawClient, TempFolder, eventually};

use crate::kube::{buffy, text};

/// Killed with the value.
pub(crate) struct Running {
    child: Child,
    folder: TempFolder,
    ports: String,
}

impl Running {
    /// Starts on a configuration's text, and comes back when it listens.
    pub(crate) fn start(configuration: &str) -> Running {
        let folder = TempFolder::new();
        folder.write("buffy.yaml", configuration);
        let mut run = buffy();
        run.args(["run", "-c", "buffy.yaml", "--port-file", "ports"])
            .current_dir(folder.path())
            .env_remove("STATE_DIRECTORY")
            .stdout(Stdio::null())
            .stderr(Stdio::null());
        let child = run.spawn().expect("it starts");
        let path = folder.path().join("ports");
        eventually("Buffy listens", || path.exists());
        let ports = fs::read_to_string(&path).expect("it is written whole");
        Running {
            child,
            folder,
            ports,
        }
    }

    /// The port of a listener, by its id, or of the admin API: `admin`.
    pub(crate) fn port(&self, id: &str) -> u16 {
        let mut lines = self.ports.lines().filter_map(|line| line.split_once(' '));
        let found = lines.find(|(name, _)| *name == id);
        let (_, address) = found.unwrap_or_else(|| panic!("no {id} in {}", self.ports));
        let (_, port) = address.rsplit_once(':').expect("it has a port");
        port.parse().expect("the port is a number")
    }

    pub(crate) fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// A command that asks this Buffy, as a pipeline does: by its address and its token.
    pub(crate) fn asked_by(&self, mut command: Command) -> Command {
        let token = fs::read_to_string(self.folder().join("state/admin.token"));
        command
            .env(
                "BUFFY_ADMIN",
                format!("http://127.0.0.1:{}", self.port("admin")),
            )
            .env(
                "BUFFY_TOKEN",
                token.expect("its admin is bound wide").trim(),
            );
        command
    }

    /// What a verb says; it must succeed.
    pub(crate) fn verb(&self, words: &[&str]) -> String {
        let told: Output = self
            .asked_by(buffy())
            .args(words)
            .output()
            .expect("it starts");
        let out = text(&told.stdout);
        assert!(
            told.status.success(),
            "{words:?}: {out}{}",
            text(&told.stderr)
        );
        out
    }

    /// The sum of the values of a metric.
    pub(crate) fn metric(&self, name: &str) -> f64 {
        let lines = self.metrics();
        let of_it = lines.iter().filter(|line| {
            let rest = line.strip_prefix(name);
            rest.is_some_and(|rest| rest.starts_with([' ', '{']))
        });
        let values = of_it.filter_map(|line| line.rsplit_once(' ')?.1.parse::<f64>().ok());
        values.sum()
    }

    /// The lines of `/metrics`, without the comments.
    pub(crate) fn metrics(&self) -> Vec<String> {
        let localhost = [("Host", "localhost")];
        let mut client = RawClient::connect(self.port("admin"));
        let response = client.get_with("/metrics", &localhost).response();
        assert_eq!(response.status, 200);
        let text = response.text();
        let lines = text.lines().filter(|line| !line.starts_with('#'));
        lines.map(str::to_owned).collect()
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let ended = self.child.kill().and_then(|()| self.child.wait());
        if let Err(error) = ended {
            eprintln!("left behind: buffy {}: {error}", self.child.id());
        }
    }
}
