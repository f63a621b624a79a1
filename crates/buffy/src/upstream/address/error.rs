//! Why a connect failed, and whether that says anything about the target.

use std::io;
use std::time::Duration;

use rustix::io::Errno;

use crate::client::io_words;

/// Why no address of a target could be connected to. Nothing was sent.
#[derive(Debug, thiserror::Error)]
pub enum ConnectError {
    /// All its addresses refuse.
    #[error("connection refused")]
    Refused { source: io::Error },
    /// No way there: no route, a network down, a firewall's no.
    #[error("unreachable")]
    Unreachable { source: io::Error },
    #[error("timed out after {}", seconds(*after))]
    TimedOut { after: Duration },
    #[error("no such host: {host}")]
    NoSuchHost { host: String, source: io::Error },
    /// A failure of this machine, its limits or its resolver: no evidence about the target.
    #[error("a failure of this machine")]
    Local { source: io::Error },
}

impl ConnectError {
    /// No evidence about the target (semantics of passive health).
    pub fn is_local(&self) -> bool {
        matches!(self, Self::Local { .. })
    }

    /// The error with its cause, in one line of words.
    pub fn in_words(&self) -> String {
        match self {
            Self::Refused { .. } | Self::TimedOut { .. } | Self::NoSuchHost { .. } => {
                self.to_string()
            }
            Self::Unreachable { source } => io_words(source),
            Self::Local { source } => format!("{self}: {}", io_words(source)),
        }
    }
}

/// Out of descriptors, buffers or memory: the next address would fare no better.
pub(super) fn is_shortage(error: &io::Error) -> bool {
    [Errno::MFILE, Errno::NFILE, Errno::NOBUFS, Errno::NOMEM]
        .iter()
        .any(|&errno| is(error, errno))
}

/// What the failures of all addresses mean together.
///
/// A target is refused only when all its addresses are. A local address that cannot be had
/// counts only where nothing else was met: it is what `::1` gives on a machine without IPv6, and
/// `localhost` is often both.
pub(super) fn verdict(failures: Vec<io::Error>, after: Duration) -> ConnectError {
    let mut worst: Option<(Grade, io::Error)> = None;
    for failure in failures {
        let grade = grade(&failure);
        if worst.as_ref().is_none_or(|(so_far, _)| grade > *so_far) {
            worst = Some((grade, failure));
        }
    }
    match worst {
        Some((Grade::NoAddress, source)) => ConnectError::Local { source },
        Some((Grade::Refused, source)) => ConnectError::Refused { source },
        Some((Grade::Unreachable, source)) => ConnectError::Unreachable { source },
        Some((Grade::TimedOut, _)) | None => ConnectError::TimedOut { after },
        Some((Grade::Shortage, source)) => ConnectError::Local { source },
    }
}

/// Whether a look-up failed for the resolver's sake, not for the name's.
///
/// The system tells a name that does not exist from a resolver that is away by its text only.
pub(super) fn is_resolver_away(error: &io::Error) -> bool {
    let text = error.to_string().to_ascii_lowercase();
    error.raw_os_error().is_some()
        || matches!(error.kind(), io::ErrorKind::TimedOut)
        || [
            "temporary failure",
            "try again",
            "non-recoverable",
            "out of memory",
        ]
        .iter()
        .any(|words| text.contains(words))
}

pub(super) fn resolver_timed_out() -> ConnectError {
    ConnectError::Local {
        source: io::Error::new(
            io::ErrorKind::TimedOut,
            "the resolver did not answer in time",
        ),
    }
}

/// In order of what decides.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Grade {
    NoAddress,
    Refused,
    Unreachable,
    TimedOut,
    Shortage,
}

fn grade(error: &io::Error) -> Grade {
    if is_shortage(error) {
        return Grade::Shortage;
    }
    if is(error, Errno::ADDRNOTAVAIL) {
        return Grade::NoAddress;
    }
    if matches!(error.kind(), io::ErrorKind::TimedOut) {
        return Grade::TimedOut;
    }
    if matches!(
        error.kind(),
        io::ErrorKind::ConnectionRefused
            | io::ErrorKind::ConnectionReset
            | io::ErrorKind::ConnectionAborted
    ) {
        return Grade::Refused;
    }
    Grade::Unreachable
}

fn is(error: &io::Error, errno: Errno) -> bool {
    error.raw_os_error() == Some(errno.raw_os_error())
}

/// `2s`, `1.5s`, `80ms`: what was waited, without noise.
fn seconds(after: Duration) -> String {
    format!(
        "{:?}",
        Duration::from_millis(u64::try_from(after.as_millis()).unwrap_or(u64::MAX))
    )
}
