//! `buffy completions` and `buffy man`: what a package brings beside the binary, made from the very
//! table that the command line is read by.

use std::path::{Path, PathBuf};

use clap::{Args, Command, CommandFactory as _, ValueEnum};
use clap_complete::aot::{Shell, generate};
use clap_mangen::Man;

use super::{DONE, INTERNAL, NO, Typed, complain, say};

#[derive(Debug, Args)]
pub(super) struct Completions {
    /// The shell that reads them.
    #[arg(value_enum)]
    shell: Dialect,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Dialect {
    Bash,
    Zsh,
    Fish,
}

#[derive(Debug, Args)]
pub(super) struct Manual {
    /// The folder that gets a page for every verb; without it, buffy(1) is printed.
    #[arg(value_name = "DIR")]
    folder: Option<PathBuf>,
}

/// Prints what the shell reads.
pub(super) fn completions(typed: &Completions) -> u8 {
    let shell = match typed.shell {
        Dialect::Bash => Shell::Bash,
        Dialect::Zsh => Shell::Zsh,
        Dialect::Fish => Shell::Fish,
    };
    let mut text = Vec::new();
    generate(shell, &mut Typed::command(), "buffy", &mut text);
    say(&String::from_utf8_lossy(&text))
}

/// Prints the page of `buffy`, or writes the pages of all verbs.
pub(super) fn manual(typed: &Manual) -> u8 {
    let Some(folder) = &typed.folder else {
        return page();
    };
    let made = std::fs::create_dir_all(folder);
    match made.and_then(|()| write(command(), folder)) {
        Ok(()) => DONE,
        Err(error) => {
            complain(&format!(
                "buffy: manual pages cannot be written to {}: {error}\n",
                folder.display()
            ));
            NO
        }
    }
}

/// As the pages are called: `buffy gate close` is `buffy-gate-close`.
fn command() -> Command {
    let mut command = Typed::command().disable_help_subcommand(true);
    command.build();
    command
}

fn page() -> u8 {
    let mut text = Vec::new();
    match Man::new(command()).render(&mut text) {
        Ok(()) => say(&String::from_utf8_lossy(&text)),
        Err(_) => INTERNAL,
    }
}

fn write(command: Command, folder: &Path) -> std::io::Result<()> {
    clap_mangen::generate_to(command, folder)
}
