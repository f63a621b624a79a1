//! A verb that asks a running Buffy: typed, run to its end, and what it said.

use std::path::Path;
use std::process::{Command, Output, Stdio};

use buffy_test::TempFolder;

use crate::kit::{buffy, text};

/// What a verb said, and how it ended.
#[derive(Debug)]
pub(crate) struct Said {
    pub(crate) code: Option<i32>,
    pub(crate) out: String,
    pub(crate) err: String,
}

/// The verb as typed in a folder; nothing of the environment says where an admin API is.
pub(crate) fn typed(folder: &Path, words: &[&str]) -> Command {
    let mut command = buffy(folder, words);
    for name in [
        "BUFFY_ADMIN",
        "BUFFY_TOKEN",
        "BUFFY_ACTOR",
        "FORCE_COLOR",
        "NO_COLOR",
    ] {
        command.env_remove(name);
    }
    command
        .env("XDG_CONFIG_HOME", folder.join("nowhere"))
        .env("USER", "ann")
        .stdin(Stdio::null());
    command
}

/// Runs it to its end.
pub(crate) fn run(mut command: Command) -> Said {
    Said::from(command.output().expect("the binary runs"))
}

/// Runs a verb that is told of the admin API's port.
pub(crate) fn ask(port: u16, words: &[&str]) -> Said {
    let folder = TempFolder::new();
    run(told(folder.path(), port, words))
}

/// The same, to be run.
pub(crate) fn told(folder: &Path, port: u16, words: &[&str]) -> Command {
    let mut command = typed(folder, words);
    command.env("BUFFY_ADMIN", format!("http://127.0.0.1:{port}"));
    command
}

impl From<Output> for Said {
    fn from(output: Output) -> Self {
        Self {
            code: output.status.code(),
            out: text(&output.stdout),
            err: text(&output.stderr),
        }
    }
}

impl Said {
    /// It ended so, and said these words.
    #[track_caller]
    pub(crate) fn ended(&self, code: i32, words: &[&str]) -> &Self {
        assert_eq!(self.code, Some(code), "{self:?}");
        for word in words {
            let said = self.out.contains(word) || self.err.contains(word);
            assert!(said, "`{word}` in {self:?}");
        }
        self
    }
}
