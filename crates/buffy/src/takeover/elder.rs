//! The Buffy that runs, as the one that takes over sees it.

use std::fs::File;
use std::io;
use std::net::TcpListener;
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use super::wire::{Ask, Left, NamedSocket, Told, receive, send};
use super::{CONTROL_SOCKET, VERSION};

/// An answer of the elder's takes so long at most.
const ANSWER: Duration = Duration::from_secs(10);

/// The Buffy that runs and is taken over from. Its methods block.
#[derive(Debug)]
pub struct Elder {
    path: PathBuf,
    stream: Mutex<UnixStream>,
}

/// A listening socket that the elder gave.
#[derive(Debug)]
pub struct Given {
    pub name: NamedSocket,
    pub socket: TcpListener,
}

/// Why nothing is taken over.
#[derive(Debug, thiserror::Error)]
pub enum TakeOverError {
    #[error("the Buffy behind {} cannot be asked", path.display())]
    Connect { path: PathBuf, source: io::Error },
    #[error("the Buffy behind {} does not answer: is it the same version?", path.display())]
    Talk { path: PathBuf, source: io::Error },
    #[error("the Buffy behind {} says no: {why}", path.display())]
    Refused { path: PathBuf, why: String },
}

impl Elder {
    /// None where nobody listens there.
    pub fn connect(state_dir: &Path) -> Result<Option<Self>, TakeOverError> {
        let path = state_dir.join(CONTROL_SOCKET);
        let stream = match Self::connect_to(&path) {
            Ok(Some(stream)) => stream,
            Ok(None) => return Ok(None),
            Err(source) => return Err(TakeOverError::Connect { path, source }),
        };
        let timed = stream
            .set_read_timeout(Some(ANSWER))
            .and_then(|()| stream.set_write_timeout(Some(ANSWER)));
        match timed {
            Ok(()) => Ok(Some(Self {
                path,
                stream: Mutex::new(stream),
            })),
            Err(source) => Err(TakeOverError::Connect { path, source }),
        }
    }

    /// Every listening socket.
    pub fn sockets(&self) -> Result<Vec<Given>, TakeOverError> {
        let mut given: Vec<Given> = Vec::new();
        loop {
            let from = given.len();
            let version = VERSION;
            let (told, descriptors) = self.ask(&Ask::Sockets { version, from })?;
            let Told::Sockets { sockets, all } = told else {
                return Err(self.strange());
            };
            if sockets.is_empty() || sockets.len() != descriptors.len() {
                return if sockets.is_empty() && from == all {
                    Ok(given)
                } else {
                    Err(self.strange())
                };
            }
            let named = sockets.into_iter().zip(descriptors);
            given.extend(named.map(|(name, descriptor)| Given {
                name,
                socket: TcpListener::from(descriptor),
            }));
            if given.len() >= all {
                return Ok(given);
            }
        }
    }

    /// From now on the elder changes no operators' state; the lock on its folder, where there is
    /// one.
    pub fn state(&self) -> Result<Option<File>, TakeOverError> {
        let (told, descriptors) = self.ask(&Ask::State)?;
        self.done(&told)?;
        Ok(descriptors.into_iter().next().map(File::from))
    }

    /// We accept: the elder accepts no more.
    pub fn ready(&self) -> Result<(), TakeOverError> {
        let (told, _) = self.ask(&Ask::Ready)?;
        self.done(&told)
    }

    /// Nobody listens there any more: it has ended, or accepts no more. One who only does not
    /// answer may go on.
    pub fn has_gone(&self) -> bool {
        matches!(Self::connect_to(&self.path), Ok(None))
    }

    /// What operators say from now on, as it is on disk.
    pub fn follow(&self, operators: &str) -> Result<(), TakeOverError> {
        let (told, _) = self.ask(&Ask::Operators(operators.to_owned()))?;
        self.done(&told)
    }

    /// What it still has.
    pub fn left(&self) -> Result<Vec<Left>, TakeOverError> {
        match self.ask(&Ask::Left)? {
            (Told::Left(left), _) => Ok(left),
            (told, _) => Err(self.refused(&told)),
        }
    }

    /// Asks its admin API: the status of the answer, and its content.
    pub fn admin(
        &self,
        method: &str,
        target: &str,
        body: &str,
    ) -> Result<(u16, String), TakeOverError> {
        let ask = Ask::Admin {
            method: method.to_owned(),
            target: target.to_owned(),
            body: body.to_owned(),
        };
        match self.ask(&ask)? {
            (Told::Admin { status, body }, _) => Ok((status, body)),
            (told, _) => Err(self.refused(&told)),
        }
    }

    fn connect_to(path: &Path) -> io::Result<Option<UnixStream>> {
        use io::ErrorKind::{ConnectionRefused, NotFound};
        match UnixStream::connect(path) {
            Err(error) if matches!(error.kind(), NotFound | ConnectionRefused) => Ok(None),
            connected => connected.map(Some),
        }
    }

    fn ask(&self, ask: &Ask) -> Result<(Told, Vec<OwnedFd>), TakeOverError> {
        let stream = self.stream.lock().unwrap_or_else(PoisonError::into_inner);
        send(&stream, ask, &[])
            .and_then(|()| receive(&stream))
            .map_err(|source| TakeOverError::Talk {
                path: self.path.clone(),
                source,
            })
    }

    fn done(&self, told: &Told) -> Result<(), TakeOverError> {
        match told {
            Told::Done => Ok(()),
            Told::Sockets { .. } | Told::Left(_) | Told::Admin { .. } | Told::Refused(_) => {
                Err(self.refused(told))
            }
        }
    }

    fn refused(&self, told: &Told) -> TakeOverError {
        match told {
            Told::Refused(why) => TakeOverError::Refused {
                path: self.path.clone(),
                why: why.clone(),
            },
            Told::Sockets { .. } | Told::Done | Told::Left(_) | Told::Admin { .. } => {
                self.strange()
            }
        }
    }

    fn strange(&self) -> TakeOverError {
        TakeOverError::Talk {
            path: self.path.clone(),
            source: io::Error::new(io::ErrorKind::InvalidData, "it answers something else"),
        }
    }
}
