//! The log: what happens, for people and for machines that collect it.
//!
//! JSON lines on standard output; on a terminal, lines to be read. `BUFFY_LOG` says how much, and
//! `NO_COLOR` takes the colours away. Requests are not logged here but by the [`AccessLog`], off
//! the data path.

mod access;

#[cfg(test)]
mod tests;

use std::env;
use std::io::{self, IsTerminal};

use buffy_core::config::LogFormat;
use tracing::level_filters::LevelFilter;
use tracing::subscriber::{SetGlobalDefaultError, set_global_default};
use tracing_subscriber::fmt::MakeWriter;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::{Layer, Registry, fmt};

pub use self::access::{AccessLine, AccessLog, AccessSender};

/// Names the level, in any case.
const LEVEL: &str = "BUFFY_LOG";

/// Why there is no log.
#[derive(Debug, thiserror::Error)]
pub enum LogError {
    #[error("a log was started already")]
    Started { source: SetGlobalDefaultError },
}

/// Starts the process's log.
///
/// A `BUFFY_LOG` that is no level is told by the first line, and `info` is taken.
pub fn start(format: LogFormat) -> Result<(), LogError> {
    let written = env::var(LEVEL).unwrap_or_default();
    let level = level(&written);
    let set = match style(format) {
        Style::Json => set_global_default(json(io::stdout, level.unwrap_or(LevelFilter::INFO))),
        Style::Human { colours } => set_global_default(human(
            io::stdout,
            level.unwrap_or(LevelFilter::INFO),
            colours,
        )),
    };
    set.map_err(|source| LogError::Started { source })?;
    if level.is_none() {
        tracing::warn!(
            BUFFY_LOG = written,
            "this is no level: write error, warn, info, debug or trace; info is taken"
        );
    }
    Ok(())
}

/// How lines are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Style {
    Json,
    Human { colours: bool },
}

fn style(format: LogFormat) -> Style {
    let terminal = io::stdout().is_terminal();
    let human = match format {
        LogFormat::Auto => terminal,
        LogFormat::Json => false,
        LogFormat::Human => true,
    };
    if !human {
        return Style::Json;
    }
    // An empty NO_COLOR counts as unset.
    let plain = env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
    Style::Human {
        colours: terminal && !plain,
    }
}

/// Unset and empty are `info`.
fn level(written: &str) -> Option<LevelFilter> {
    match written.to_ascii_lowercase().as_str() {
        "" | "info" => Some(LevelFilter::INFO),
        "error" => Some(LevelFilter::ERROR),
        "warn" => Some(LevelFilter::WARN),
        "debug" => Some(LevelFilter::DEBUG),
        "trace" => Some(LevelFilter::TRACE),
        _ => None,
    }
}

fn json<W>(writer: W, level: LevelFilter) -> impl tracing::Subscriber + Send + Sync
where
    W: for<'a> MakeWriter<'a> + Send + Sync + 'static,
{
    let layer = fmt::layer()
        .json()
        .flatten_event(true)
        .with_target(false)
        .with_writer(writer);
    Registry::default().with(layer.with_filter(level))
}

fn human<W>(writer: W, level: LevelFilter, colours: bool) -> impl tracing::Subscriber + Send + Sync
where
    W: for<'a> MakeWriter<'a> + Send + Sync + 'static,
{
    let layer = fmt::layer()
        .with_target(false)
        .with_ansi(colours)
        .with_writer(writer);
    Registry::default().with(layer.with_filter(level))
}
