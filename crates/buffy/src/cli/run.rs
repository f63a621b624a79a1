//! `buffy run`: serves until it is told to stop.

use std::io;

use buffy_core::config::{LogFormat, Unset};
use tokio::runtime::Runtime;
use tokio::signal::unix::{Signal, SignalKind, signal};

use super::{CONFIGURATION, DONE, INTERNAL, NO, USAGE, complain, with_causes};
use super::{file, port};
use crate::app::{Ended, Origin, Running, StartError, Stopper};
use crate::observe::log;
use crate::reload::Reloads;
use crate::tasks;

/// Reads the configuration, starts, and waits for the end; with `watch` the configuration is read
/// anew as soon as it is changed.
pub(super) fn run(typed: &super::Run) -> u8 {
    let (running, signals) = match start(typed) {
        Ok(started) => started,
        Err(code) => return code,
    };
    let reloads = running.control().reloads.clone();
    let stopper = running.stopper();
    if let Err(error) = signals.and_then(|signals| signals.heed(stopper, reloads)) {
        tracing::error!(%error, "signals cannot be waited for: only SIGKILL will end this process");
    }
    match running.wait() {
        Ended::Gracefully => DONE,
        Ended::Cut => NO,
        Ended::Broken => INTERNAL,
    }
}

/// What serves, and has said where; or the exit code, when the reason was told.
fn start(typed: &super::Run) -> Result<(Running, io::Result<Signals>), u8> {
    let found = file::find(typed.config.as_deref()).map_err(|error| wrong(&error))?;
    let checked = found.check(Unset::Refuse).map_err(|problems| {
        complain(&format!("{problems}\n"));
        CONFIGURATION
    })?;
    let mut config = checked.config;
    let unusable = |what: &str| {
        complain(&format!("buffy: {what}\n"));
        USAGE
    };
    port::apply(typed.port, &mut config).map_err(|error| unusable(&error.to_string()))?;
    let source = found.source();
    if typed.watch && source.is_none() {
        let why = "standard input cannot be watched: name a file with `-c FILE`";
        return Err(unusable(why));
    }
    start_log(config.log.format);
    if let Some(file) = &typed.port_file {
        port::remove(file).map_err(|error| wrong(&error))?;
    }
    let origin = Origin {
        source: source.map(|source| port::always(typed.port, source)),
        watched: typed.watch.then_some(checked.files),
        take_over: typed.take_over,
        is_process: true,
    };
    // Before anything is served: a signal that comes early ends nothing unasked.
    let signals = Signals::listen();
    let running = Running::start_from(config, &found.folder, origin);
    let running = running.map_err(|error| cannot_start(&error))?;
    for warning in checked.warnings {
        let (file, line) = (warning.file, warning.line);
        tracing::warn!(file, line, hint = warning.hint, "{}", warning.message);
    }
    for listener in &running.control().present().listeners {
        tracing::info!(listener = listener.id, address = %listener.address, "listening");
    }
    if let Some(address) = running.admin() {
        tracing::info!(%address, "admin API listening");
    }
    if let Some(file) = &typed.port_file
        && let Err(error) = port::write(file, &running)
    {
        let code = wrong(&error);
        running.stop();
        return Err(code);
    }
    Ok((running, signals))
}

/// Something that the command line names cannot be used.
fn wrong(error: &dyn std::error::Error) -> u8 {
    complain(&format!("buffy: {}\n", with_causes(error)));
    CONFIGURATION
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
        | StartError::TakeOver { .. }
        | StartError::Passed { .. }
        | StartError::Hook { .. } => CONFIGURATION,
        StartError::Thread { .. }
        | StartError::Runtime { .. }
        | StartError::Random { .. }
        | StartError::Gone => INTERNAL,
    }
}

/// SIGTERM and SIGINT ask for the end; asked again, at once. SIGHUP asks for a reload.
struct Signals {
    runtime: Runtime,
    terminate: Signal,
    interrupt: Signal,
    hang_up: Signal,
}

impl Signals {
    /// From here on they do nothing else; what comes before they are heeded is not forgotten.
    fn listen() -> io::Result<Self> {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()?;
        let inside = runtime.enter();
        let (terminate, interrupt, hang_up) = (
            signal(SignalKind::terminate())?,
            signal(SignalKind::interrupt())?,
            signal(SignalKind::hangup())?,
        );
        drop(inside);
        Ok(Self {
            runtime,
            terminate,
            interrupt,
            hang_up,
        })
    }

    /// Heeds them on a thread of their own.
    fn heed(self, stopper: Stopper, reloads: Reloads) -> io::Result<()> {
        let Self {
            runtime,
            mut terminate,
            mut interrupt,
            mut hang_up,
        } = self;
        tasks::spawn_thread("buffy-signals".to_owned(), move || {
            runtime.block_on(async move {
                loop {
                    tokio::select! {
                        _ = terminate.recv() => stopper.stop(),
                        _ = interrupt.recv() => stopper.stop(),
                        _ = hang_up.recv() => reload(&reloads),
                    }
                }
            });
        })?;
        Ok(())
    }
}

/// What comes of it is logged by the one who reloads; the end is not kept waiting.
fn reload(reloads: &Reloads) {
    let reloads = reloads.clone();
    let ask = async move { reloads.ask(false).await.is_ok() };
    drop(tasks::spawn("reload", ask));
}
