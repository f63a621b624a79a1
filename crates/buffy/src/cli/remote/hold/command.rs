//! The command behind the gate: its start, its signals, its end.

use std::ffi::{OsStr, OsString};
use std::io;
use std::os::unix::process::ExitStatusExt as _;
use std::process::{Child, Command as Process, ExitStatus};

use rustix::process::{Pid, Signal, kill_process};
use tokio::signal::unix::{Signal as Signals, SignalKind, signal};

/// As shells have it: there is no such command.
const NOT_FOUND: u8 = 127;
/// As shells have it: it cannot be executed.
const NOT_EXECUTABLE: u8 = 126;
/// Added to the number of the signal that ended a command, as shells have it.
const SIGNALLED: u8 = 128;

/// A command that runs, on our own standard streams and in our own process group.
#[derive(Debug)]
pub(super) struct Command {
    child: Child,
    /// A child has ended. tokio's own waiting for processes would be paid for by every worker, each
    /// time it sleeps.
    ends: Signals,
}

impl Command {
    /// Starts it.
    pub(super) fn start(words: &[OsString]) -> io::Result<Self> {
        let mut words = words.iter();
        let program = words.next().map_or(OsStr::new(""), OsString::as_os_str);
        // Before it starts, so that its end cannot be missed.
        let ends = signal(SignalKind::child())?;
        let child = Process::new(program).args(words).spawn()?;
        Ok(Self { child, ends })
    }

    /// Waits for its end.
    pub(super) async fn ended(&mut self) -> io::Result<ExitStatus> {
        loop {
            if let Some(status) = self.child.try_wait()? {
                return Ok(status);
            }
            if self.ends.recv().await.is_none() {
                return Err(io::Error::other("the ends of commands are told no more"));
            }
        }
    }

    /// Passes a signal on; to one that has ended it is nothing.
    pub(super) fn signal(&self, signal: Signal) {
        let id = i32::try_from(self.child.id()).ok();
        if let Some(id) = id.and_then(Pid::from_raw)
            && let Err(error) = kill_process(id, signal)
        {
            super::complain(&format!(
                "buffy: the command cannot be signalled: {error}\n"
            ));
        }
    }
}

/// The exit code that passes a command's end on.
pub(super) fn code(status: ExitStatus) -> u8 {
    let own = status.code();
    let signal = status.signal().map(|signal| signal + i32::from(SIGNALLED));
    let code = own.or(signal).and_then(|code| u8::try_from(code).ok());
    code.unwrap_or(super::INTERNAL)
}

/// The exit code of what a signal ended.
pub(super) fn signalled(signal: Signal) -> u8 {
    u8::try_from(signal.as_raw()).map_or(super::INTERNAL, |signal| SIGNALLED + signal)
}

/// The exit code where a command could not be started.
pub(super) fn unstarted(error: &io::Error) -> u8 {
    if error.kind() == io::ErrorKind::NotFound {
        NOT_FOUND
    } else {
        NOT_EXECUTABLE
    }
}

/// What a command is called in reasons and reports: its arguments may hold secrets.
pub(super) fn name(words: &[OsString]) -> String {
    let program = words.first().map(std::path::Path::new);
    let file = program.and_then(std::path::Path::file_name);
    file.unwrap_or_default().to_string_lossy().into_owned()
}
