//! `buffy init`: files to begin with, for where Buffy is to run. They are those of the examples and
//! of the packages, which tests run.

mod environment;

use std::io;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

use clap::Args;

use super::{INTERNAL, USAGE, complain, say, with_causes};
use environment::{Environment, File};

#[derive(Debug, Args)]
pub(super) struct Init {
    /// Where it is to run.
    #[arg(long = "for", value_enum, default_value = "plain")]
    environment: Environment,
    /// The folder that is written to; it is made where it is not there.
    #[arg(long, value_name = "DIR", default_value = ".")]
    dir: PathBuf,
    /// Writes over files that are there.
    #[arg(long)]
    force: bool,
}

/// Why nothing, or not all, was written.
#[derive(Debug, thiserror::Error)]
enum InitError {
    #[error(
        "{} there already, so nothing is written: name another folder with `--dir`, or write over \
         with `--force`",
        one_or_more(.paths)
    )]
    There { paths: Vec<PathBuf> },
    #[error("{} cannot be written", path.display())]
    Write { path: PathBuf, source: io::Error },
}

fn one_or_more(paths: &[PathBuf]) -> String {
    let names: Vec<_> = paths
        .iter()
        .map(|path| path.display().to_string())
        .collect();
    let verb = if names.len() == 1 { "is" } else { "are" };
    format!("{} {verb}", names.join(", "))
}

/// Writes the files, and says what comes next.
pub(super) fn init(typed: &Init) -> u8 {
    match typed.write() {
        Ok(written) => say(&typed.told(&written)),
        Err(error) => {
            complain(&format!("buffy: {}\n", with_causes(&error)));
            match error {
                InitError::There { .. } => USAGE,
                InitError::Write { .. } => INTERNAL,
            }
        }
    }
}

impl Init {
    fn write(&self) -> Result<Vec<PathBuf>, InitError> {
        let files = self.environment.files();
        let paths = files.iter().map(|file| self.path(file));
        let paths: Vec<PathBuf> = paths.collect();
        if !self.force {
            // A link that leads nowhere is there, too: what is written would go where it points.
            let there = paths.iter().filter(|path| path.symlink_metadata().is_ok());
            let there: Vec<PathBuf> = there.cloned().collect();
            if !there.is_empty() {
                return Err(InitError::There { paths: there });
            }
        }
        for (file, path) in files.iter().zip(&paths) {
            write(file, path).map_err(|source| InitError::Write {
                path: path.clone(),
                source,
            })?;
        }
        Ok(paths)
    }

    fn path(&self, file: &File) -> PathBuf {
        if self.dir == Path::new(".") {
            PathBuf::from(file.path)
        } else {
            self.dir.join(file.path)
        }
    }

    /// What was written, and the commands that follow.
    fn told(&self, written: &[PathBuf]) -> String {
        let wrote = written
            .iter()
            .map(|path| format!("wrote {}", path.display()));
        let mut lines: Vec<_> = wrote.collect();
        lines.push("\nNext:".to_owned());
        if self.dir != Path::new(".") {
            lines.push(format!("  cd {}", self.dir.display()));
        }
        let next = self.environment.next();
        lines.extend(next.iter().map(|line| format!("  {line}")));
        lines.join("\n") + "\n"
    }
}

fn write(file: &File, path: &Path) -> io::Result<()> {
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder)?;
    }
    let is_script = path.extension().is_some_and(|it| it == "sh");
    let mode = if is_script { 0o777 } else { 0o666 };
    let mut options = std::fs::OpenOptions::new();
    let opened = options.write(true).create(true).truncate(true).mode(mode);
    io::Write::write_all(&mut opened.open(path)?, file.text.as_bytes())
}
