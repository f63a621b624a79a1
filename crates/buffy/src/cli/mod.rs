//! The command line: what was typed, and the exit code that answers it.

mod check;
mod demo;
mod file;
mod github;
mod header_field;
mod init;
mod ink;
mod packaging;
mod port;
#[cfg(test)]
mod reference;
mod remote;
mod run;
mod trial;

use std::ffi::OsString;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, Parser, Subcommand, ValueEnum};

/// The answer is yes, or what was asked is done.
const DONE: u8 = 0;
/// What was asked did not come out well.
const NO: u8 = 1;
/// The command line is wrong.
const USAGE: u8 = 2;
/// The admin API cannot be reached (`EX_UNAVAILABLE`).
const UNREACHABLE: u8 = 69;
/// Buffy itself broke.
const INTERNAL: u8 = 70;
/// The gate is closed, and something is still in flight (`EX_TEMPFAIL`).
const UNDRAINED: u8 = 75;
/// The configuration is wrong, or cannot be used on this machine.
const CONFIGURATION: u8 = 78;
/// What was waited for did not come true in time, as `timeout` has it.
const TIMED_OUT: u8 = 124;

/// A backend proxy for CI/CD as a buffer: it holds requests while a backend is away.
#[derive(Debug, Parser)]
#[command(
    name = "buffy",
    version,
    disable_version_flag = true,
    args_conflicts_with_subcommands = true
)]
struct Typed {
    #[command(subcommand)]
    verb: Option<Verb>,
    /// Runs with this configuration, as `run -c FILE` does.
    #[arg(short = 'c', value_name = "FILE")]
    config: Option<PathBuf>,
    /// Prints the version.
    #[arg(short = 'v', short_alias = 'V', long)]
    version: bool,
}

#[derive(Debug, Subcommand)]
enum Verb {
    /// Runs until it is told to stop (SIGTERM, SIGINT; a second one ends it at once).
    Run(Run),
    /// Says what is wrong with a configuration; changes and contacts nothing.
    Check(Check),
    /// Which response would answer a request, and why; without a Buffy that runs.
    Try(trial::Trial),
    /// Writes a configuration to begin with, and what goes with it where Buffy is to run.
    Init(init::Init),
    /// What the configuration can be.
    #[command(subcommand)]
    Config(Schema),
    /// Shows what Buffy is for: a backend is killed and replaced under load, and nothing is lost.
    Demo(demo::Plan),
    #[command(flatten)]
    Remote(remote::Verb),
    /// Prints completions for a shell.
    Completions(packaging::Completions),
    /// Prints the manual page, or writes one for every verb.
    Man(packaging::Manual),
    /// Prints the version.
    Version,
}

#[derive(Debug, Default, Args)]
struct Run {
    /// The configuration; by default ./buffy.yaml, then the user's, then /etc/buffy/buffy.yaml.
    #[arg(short, long = "config", value_name = "FILE")]
    config: Option<PathBuf>,
    /// Reads the configuration anew as soon as it, or a file that it names, is changed. SIGHUP does
    /// so at any time.
    #[arg(long)]
    watch: bool,
    /// Takes over from the Buffy that runs with the same `state_dir`: its listening sockets at
    /// once, without a gap, and what operators said. That one answers what it still holds, and
    /// leaves.
    #[arg(long)]
    take_over: bool,
    /// The port of the listener, where the configuration has only one, in place of the one that is
    /// written there; 0: one that is free.
    #[arg(long, value_name = "PORT")]
    port: Option<u16>,
    /// Tells in this file where Buffy listens, as soon as it does: a line `ID ADDRESS:PORT` for
    /// each listener, then one that begins with `admin`. A file that is there before is removed.
    #[arg(long, value_name = "FILE")]
    port_file: Option<PathBuf>,
}

impl Run {
    /// As without the verb.
    fn of(config: Option<PathBuf>) -> Self {
        Self {
            config,
            ..Self::default()
        }
    }
}

#[derive(Debug, Args)]
struct Check {
    /// The configuration, `-` for standard input; by default as for `run`.
    file: Option<PathBuf>,
    /// Warnings are errors.
    #[arg(long)]
    deny_warnings: bool,
    /// How problems are written.
    #[arg(long, value_enum, default_value = "human")]
    format: Format,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Format {
    /// For people, with the place underlined.
    Human,
    /// One JSON document.
    Json,
    /// Annotations of GitHub Actions.
    Github,
}

#[derive(Debug, Subcommand)]
enum Schema {
    /// Prints the JSON Schema of the configuration, for editors.
    Schema,
}

/// Does what was typed.
pub fn main(typed: impl IntoIterator<Item = OsString>) -> ExitCode {
    let typed = match Typed::try_parse_from(typed) {
        Ok(typed) => typed,
        Err(error) => return usage(&error),
    };
    let Typed {
        verb,
        config,
        version: asks_version,
    } = typed;
    if asks_version {
        return ExitCode::from(version());
    }
    let verb = verb.unwrap_or_else(|| Verb::Run(Run::of(config)));
    let code = match verb {
        Verb::Run(run) => run::run(&run),
        Verb::Check(check) => check::check(&check),
        Verb::Try(typed) => trial::trial(&typed),
        Verb::Config(Schema::Schema) => schema(),
        Verb::Init(typed) => init::init(&typed),
        Verb::Demo(plan) => demo::demo(&plan),
        Verb::Remote(verb) => remote::run(verb),
        Verb::Completions(typed) => packaging::completions(&typed),
        Verb::Man(typed) => packaging::manual(&typed),
        Verb::Version => version(),
    };
    ExitCode::from(code)
}

/// Help goes to standard output, errors to standard error.
fn usage(error: &clap::Error) -> ExitCode {
    let code = if error.use_stderr() { USAGE } else { DONE };
    if error.print().is_err() {
        return ExitCode::from(INTERNAL);
    }
    ExitCode::from(code)
}

fn version() -> u8 {
    say(&format!("buffy {}\n", env!("CARGO_PKG_VERSION")))
}

fn schema() -> u8 {
    match serde_json::to_string_pretty(&buffy_core::config::json_schema()) {
        Ok(schema) => say(&(schema + "\n")),
        Err(_) => INTERNAL,
    }
}

/// Writes to standard output; a reader that has gone is no error of ours.
fn say(text: &str) -> u8 {
    use std::io::Write as _;
    match std::io::stdout().write_all(text.as_bytes()) {
        Ok(()) => DONE,
        Err(error) if error.kind() == std::io::ErrorKind::BrokenPipe => DONE,
        Err(_) => INTERNAL,
    }
}

/// Writes to standard error.
fn complain(text: &str) {
    use std::io::Write as _;
    // Nothing is left to tell it to.
    drop(std::io::stderr().write_all(text.as_bytes()));
}

/// The error and each of its causes, on one line.
fn with_causes(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text.push_str(": ");
        text.push_str(&error.to_string());
        cause = error.source();
    }
    text
}
