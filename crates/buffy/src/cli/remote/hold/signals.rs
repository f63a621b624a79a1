//! What others want of the command, said to us.

use std::io::{self, IsTerminal as _};

use rustix::process::Signal;
use tokio::signal::unix::{Signal as Stream, SignalKind, signal};

/// The signals that are passed on.
const PASSED_ON: [(Signal, SignalKind); 6] = [
    (Signal::INT, SignalKind::interrupt()),
    (Signal::TERM, SignalKind::terminate()),
    (Signal::HUP, SignalKind::hangup()),
    (Signal::QUIT, SignalKind::quit()),
    (Signal::USR1, SignalKind::user_defined1()),
    (Signal::USR2, SignalKind::user_defined2()),
];

/// Signals as they come.
pub(super) struct Signals {
    streams: Vec<(Signal, Stream)>,
}

impl Signals {
    /// From here on none of them ends this process.
    pub(super) fn listen() -> io::Result<Self> {
        let ignored = ignored();
        let streams = PASSED_ON
            .into_iter()
            // `nohup` has it ignored, and the command is to inherit that.
            .filter(|(one, _)| !ignored.contains(one))
            .map(|(one, kind)| Ok((one, signal(kind)?)))
            .collect::<io::Result<_>>()?;
        Ok(Self { streams })
    }

    /// The next one.
    pub(super) async fn next(&mut self) -> Signal {
        std::future::poll_fn(|poll| {
            for (one, stream) in &mut self.streams {
                if stream.poll_recv(poll).is_ready() {
                    return std::task::Poll::Ready(*one);
                }
            }
            std::task::Poll::Pending
        })
        .await
    }

    /// The next one that asks for the end.
    pub(super) async fn end(&mut self) -> Signal {
        loop {
            let one = self.next().await;
            if asks_for_the_end(one) {
                return one;
            }
        }
    }
}

pub(super) fn asks_for_the_end(signal: Signal) -> bool {
    [Signal::INT, Signal::TERM, Signal::HUP, Signal::QUIT].contains(&signal)
}

/// A terminal sends Ctrl-C to every process in its foreground: the command has it already.
pub(super) fn came_to_all(signal: Signal) -> bool {
    [Signal::INT, Signal::QUIT].contains(&signal) && io::stdin().is_terminal()
}

/// The signals that this process was started to ignore; where the system does not tell, none.
fn ignored() -> Vec<Signal> {
    let Ok(status) = std::fs::read_to_string("/proc/self/status") else {
        return Vec::new();
    };
    let mask = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    let mask = mask.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok());
    let is_ignored = |signal: &Signal| {
        let bit = signal.as_raw() - 1;
        mask.is_some_and(|mask| mask >> bit & 1 == 1)
    };
    let all = PASSED_ON.into_iter().map(|(one, _)| one);
    all.filter(is_ignored).collect()
}
