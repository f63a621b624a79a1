//! A program that a test started, which does not outlive it.

use std::process::{Child, Command, ExitStatus, Stdio};

use rustix::process::{Pid, Signal, kill_process};

/// Killed with the value.
pub(crate) struct Service(Child);

impl Service {
    /// Starts it, with a `PATH` that has programs for root, too.
    pub(crate) fn start(command: &mut Command) -> Self {
        let started = command
            .env("PATH", "/usr/sbin:/usr/bin:/sbin:/bin")
            .stdin(Stdio::null())
            .spawn();
        Self(started.expect("the program starts"))
    }

    pub(crate) fn id(&self) -> u32 {
        self.0.id()
    }

    pub(crate) fn signal(&self, signal: Signal) {
        let id = i32::try_from(self.id()).expect("a process id fits");
        let id = Pid::from_raw(id).expect("a process id is not zero");
        kill_process(id, signal).expect("it runs");
    }

    /// Waits for its end.
    pub(crate) fn wait(mut self) -> ExitStatus {
        self.0.wait().expect("it is our child")
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        drop(self.0.kill());
        drop(self.0.wait());
    }
}
