//! `buffy run`: serves until it is told to stop.

use std::path::Path;

use buffy_core::config::{LogFormat, Unset};
use tokio::signal::unix::{SignalKind, signal};

use super::file;
use super::{CONFIGURATION, DONE, INTERNAL, NO, complain, with_causes};
use crate::app::{Ended, Running, StartError, Stopper};
use crate::observe::log;
use crate::tasks;

/// Reads the configuration, starts, and waits for the end.
pub(super) fn run(config: Option<&Path>) -> u8 {
    let found = match file::find(config) {
        Ok(found) => found,
        Err(error) => {
            complain(&format!("buffy: {}\n", with_causes(&error)));
            return CONFIGURATION;
        }
    };
    let (config, warnings) = match found.check(Unset::Refuse) {
        Ok(checked) => checked,
        Err(problems) => {
            complain(&format!("{problems}\n"));
            return CONFIGURATION;
        }
    };
    start_log(config.log.format);
    let running = match Running::start(config, &found.folder) {
        Ok(running) => running,
        Err(error) => return cannot_start(&error),
    };
    for warning in warnings {
        let (file, line) = (warning.file, warning.line);
        tracing::warn!(file, line, hint = warning.hint, "{}", warning.message);
    }
    for listener in &running.control().present().listeners {
        tracing::info!(listener = listener.id, address = %listener.address, "listening");
    }
    if let Some(address) = running.admin() {
        tracing::info!(%address, "admin API listening");
    }
    if let Err(error) = stop_on_signals(running.stopper()) {
        tracing::error!(%error, "signals cannot be waited for: only SIGKILL will end this process");
    }
    match running.wait() {
        Ended::Gracefully => DONE,
        Ended::Cut => NO,
        Ended::Broken => INTERNAL,
    }
}

fn start_log(format: LogFormat) {
    if let Err(error) = log::start(format) {
        complain(&format!("buffy: the log cannot be started: {error}\n"));
    }
}

/// Says why, and whose fault it is.
fn cannot_start(error: &StartError) -> u8 {
    complain(&format!("buffy: {}\n", with_causes(error)));
    match error {
        StartError::Bind(_)
        | StartError::AdminUnix { .. }
        | StartError::State { .. }
        | StartError::Hook { .. } => CONFIGURATION,
        StartError::Thread { .. }
        | StartError::Runtime { .. }
        | StartError::Random { .. }
        | StartError::Gone => INTERNAL,
    }
}

/// SIGTERM and SIGINT ask for the end; asked again, at once.
fn stop_on_signals(stopper: Stopper) -> std::io::Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    tasks::spawn_thread("buffy-signals".to_owned(), move || {
        runtime.block_on(async move {
            let (mut terminate, mut interrupt) = match (
                signal(SignalKind::terminate()),
                signal(SignalKind::interrupt()),
            ) {
                (Ok(terminate), Ok(interrupt)) => (terminate, interrupt),
                (Err(error), _) | (_, Err(error)) => {
                    tracing::error!(%error, "signals cannot be waited for");
                    return;
                }
            };
            loop {
                tokio::select! {
                    _ = terminate.recv() => {}
                    _ = interrupt.recv() => {}
                }
                stopper.stop();
            }
        });
    })?;
    Ok(())
}
