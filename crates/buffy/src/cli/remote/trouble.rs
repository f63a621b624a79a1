//! Why a verb did not get what it asked for, what to do next, and the exit code that says so.

use std::io;
use std::path::PathBuf;

use super::super::file::FileError;
use super::super::{CONFIGURATION, INTERNAL, NO, UNREACHABLE, USAGE};

/// Why a verb did not get what it asked for.
#[derive(Debug, thiserror::Error)]
pub(super) enum Trouble {
    #[error("nobody said where the admin API is: name it with `--admin URL`, or in BUFFY_ADMIN")]
    Nowhere { source: FileError },
    #[error("the admin API is not found by a configuration")]
    File { source: FileError },
    #[error("{problems}")]
    Config { problems: String },
    #[error(
        "{name} has no `buffy.admin`, so this Buffy cannot be asked: add one, or name another with \
         `--admin URL`"
    )]
    NoAdmin { name: String },
    #[error(
        "{name} lets the system choose the admin's port (`port: 0`): name it with `--admin \
         http://127.0.0.1:PORT`; the log of `buffy run` says which it is"
    )]
    ChosenPort { name: String },
    #[error(
        "`{written}` is no place of an admin API ({why}): write `http://HOST:PORT/PATH` or `unix:SOCKET`"
    )]
    Place { written: String, why: String },
    #[error("{} cannot be written", path.display())]
    Write { path: PathBuf, source: io::Error },
    #[error("the token cannot be read from {}", path.display())]
    TokenFile { path: PathBuf, source: io::Error },
    #[error("a token is visible ASCII on one line, and this one is not")]
    Token,
    #[error(
        "the admin API cannot be reached: {}; is Buffy running, and is this the right place? Name \
         another with `--admin URL`", .tried.join("; ")
    )]
    Unreachable { tried: Vec<String> },
    #[error("the admin API at {place} broke off: {why}")]
    Broken { place: String, why: String },
    #[error("what answers at {place} is not Buffy's admin API ({why}): is the path right?")]
    Strange { place: String, why: String },
    /// The admin API said no.
    #[error("{detail}")]
    Refused { status: u16, detail: String },
    #[error("{} is there already: name another file with `-o`, or write over it with `--force`", path.display())]
    Exists { path: PathBuf },
    #[error("{subject} cannot be had from the system")]
    System {
        subject: &'static str,
        source: io::Error,
    },
}

impl Trouble {
    /// The exit code that says so.
    pub(super) fn code(&self) -> u8 {
        match self {
            Self::Nowhere { .. }
            | Self::Unreachable { .. }
            | Self::Broken { .. }
            | Self::Strange { .. } => UNREACHABLE,
            Self::File { .. }
            | Self::Config { .. }
            | Self::NoAdmin { .. }
            | Self::ChosenPort { .. } => CONFIGURATION,
            Self::Place { .. } | Self::TokenFile { .. } | Self::Token | Self::Exists { .. } => {
                USAGE
            }
            Self::Refused { status, .. } => match status {
                400 | 415 | 422 => USAGE,
                500.. => INTERNAL,
                _ => NO,
            },
            Self::System { .. } | Self::Write { .. } => INTERNAL,
        }
    }

    /// Another try may have better luck: nobody answered, or nobody who could.
    pub(super) fn may_pass(&self) -> bool {
        matches!(
            self,
            Self::Unreachable { .. } | Self::Broken { .. } | Self::Refused { status: 500.., .. }
        )
    }

    /// It may have been done, and only not answered.
    pub(super) fn may_have_been_done(&self) -> bool {
        matches!(
            self,
            Self::Broken { .. } | Self::Refused { status: 500.., .. }
        )
    }

    /// What was named is not there (any more).
    pub(super) fn is_gone(&self) -> bool {
        matches!(
            self,
            Self::Refused {
                status: 404 | 409 | 410 | 412,
                ..
            }
        )
    }
}
