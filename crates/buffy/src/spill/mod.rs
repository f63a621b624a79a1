//! Files for what does not fit into memory: one for each body that is too large, without a name.
//!
//! A body goes in piece by piece and is read back by offset. Files are written and read beside the
//! worker, never on it. A disk that is full or cannot be written is no error here: what was taken
//! stays in memory, nothing more is taken, and that is the back-pressure. It is one line of log.

#[cfg(test)]
mod tests;

use std::fs::File;
use std::future::Future as _;
use std::io;
use std::os::unix::fs::FileExt as _;
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::task::{Context, Poll, ready};

use tokio::task::JoinHandle;

use crate::permits::{Permit, Permits, Turn};
use crate::tasks;
use crate::upstream::byte_limit::{ByteLimit, TakenBytes};
use crate::upstream::state::{StateDir, StateError};

/// A body is written in pieces of at most so many bytes.
const PIECE: usize = 256 * 1024;
/// And read in pieces of so many.
const READ: usize = 64 * 1024;
/// Pieces that may be on their way to the disk at once, in the whole process: they are memory.
const PIECES_MAX: usize = 32;
/// Descriptors that files leave for connections: a body can wait in its client's socket.
const DESCRIPTORS_LEFT: usize = 128;

/// Why a body could not be written or read.
#[derive(Debug, thiserror::Error)]
pub enum SpillError {
    #[error("no file for a held body can be made in the state folder")]
    Open { source: StateError },
    #[error("a held body cannot be written to its file in the state folder")]
    Write { source: io::Error },
    #[error("a held body cannot be read from its file in the state folder")]
    Read { source: io::Error },
    #[error("writing or reading a held body was given up, as the process ends")]
    Ended { source: tokio::task::JoinError },
}

/// Where files are made, and how much may be in them.
#[derive(Debug)]
pub struct Spills {
    folder: Arc<StateDir>,
    limit: Arc<ByteLimit>,
    descriptors: Arc<Permits>,
    staging: Arc<Permits>,
    /// The last write failed: told already.
    failing: AtomicBool,
}

impl Spills {
    /// In this folder, within this limit of bytes, each file with one of these descriptors.
    pub fn new(
        folder: Arc<StateDir>,
        limit: Arc<ByteLimit>,
        descriptors: Arc<Permits>,
    ) -> Arc<Self> {
        Arc::new(Self {
            folder,
            limit,
            descriptors,
            staging: Permits::new(PIECES_MAX),
            failing: AtomicBool::new(false),
        })
    }

    /// The file of one body; none where no descriptor is free for it. Nothing is opened before the
    /// first piece is written.
    pub fn begin(self: &Arc<Self>) -> Option<Spill> {
        let descriptor = self.descriptors.take_leaving(DESCRIPTORS_LEFT)?;
        Some(Spill {
            spills: Arc::clone(self),
            file: Arc::new(SpillFile {
                opened: OnceLock::new(),
                taken: Mutex::new(TakenBytes::none(&self.limit)),
                _descriptor: descriptor,
            }),
            written: 0,
            piece: Arc::default(),
            staging: None,
            turn: None,
            writing: None,
            reading: None,
            failed: false,
        })
    }

    /// The file of a body of which so much is in memory already, and should not be. The bytes are
    /// given back where they have no room in a file either.
    pub fn begin_with(self: &Arc<Self>, first: Vec<u8>) -> Result<Spill, Vec<u8>> {
        let Some(mut spill) = self.begin() else {
            return Err(first);
        };
        let bytes = first.len() as u64;
        if spill.file.taken().more(bytes) < bytes {
            return Err(first);
        }
        spill.piece = Arc::new(first);
        Ok(spill)
    }

    fn worked(&self) {
        if self.failing.swap(false, Ordering::Relaxed) {
            tracing::info!("held bodies can be written to files again");
        }
    }

    fn failed(&self, error: &SpillError) {
        if !self.failing.swap(true, Ordering::Relaxed) {
            let cause = std::error::Error::source(error).map(ToString::to_string);
            tracing::warn!(%error, cause, "large bodies wait with their clients until they are forwarded");
        }
    }
}

/// The part of one body that is in a file, from the first byte that did not fit into memory.
#[derive(Debug)]
pub struct Spill {
    spills: Arc<Spills>,
    file: Arc<SpillFile>,
    /// Bytes in the file.
    written: u64,
    /// What comes behind them; it stays here where the file cannot be written.
    piece: Arc<Vec<u8>>,
    /// The right to have a piece.
    staging: Option<Arc<Permit>>,
    turn: Option<Turn>,
    writing: Option<JoinHandle<Result<(), SpillError>>>,
    reading: Option<JoinHandle<Result<Vec<u8>, SpillError>>>,
    failed: bool,
}

impl Spill {
    /// Bytes of the body that are here.
    pub fn len(&self) -> u64 {
        self.written + self.piece.len() as u64
    }

    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Something is on its way to the disk, or waits for its turn.
    pub fn is_busy(&self) -> bool {
        self.writing.is_some() || self.turn.is_some()
    }

    /// Ready with how many bytes may be taken in now, `most` at most: as many are counted from then
    /// on. Zero where no more can be taken.
    pub fn poll_room(&mut self, cx: &mut Context<'_>, most: usize) -> Poll<usize> {
        loop {
            ready!(self.poll_written(cx));
            if self.failed {
                return Poll::Ready(0);
            }
            if self.piece.len() < PIECE {
                break;
            }
            self.write();
        }
        if self.staging.is_none() {
            let turn = self
                .turn
                .get_or_insert_with(|| Turn::new(&self.spills.staging));
            self.staging = Some(Arc::new(ready!(turn.poll(cx))));
            self.turn = None;
        }
        let most = most.min(PIECE - self.piece.len());
        let room = self.file.taken().more(most as u64);
        if room == 0 && self.piece.is_empty() {
            self.staging = None;
        }
        Poll::Ready(usize::try_from(room).unwrap_or(0))
    }

    /// Where bytes for which there is room are put.
    pub fn piece(&mut self) -> &mut Vec<u8> {
        Arc::make_mut(&mut self.piece)
    }

    /// Waits no more for the right to have a piece: the next in line may have it.
    pub fn leave_line(&mut self) {
        self.turn = None;
    }

    /// Room that was not used.
    pub fn give_back(&mut self, bytes: usize) {
        self.file.taken().less(bytes as u64);
        if self.piece.is_empty() {
            self.staging = None;
        }
    }

    /// Ready when everything is in the file, or cannot be.
    pub fn poll_flush(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        ready!(self.poll_written(cx));
        if !self.piece.is_empty() && !self.failed {
            self.write();
            ready!(self.poll_written(cx));
        }
        Poll::Ready(())
    }

    /// Ready with the bytes from `at` on, as many as come in one piece; none at the end.
    pub fn poll_read(
        &mut self,
        cx: &mut Context<'_>,
        at: u64,
    ) -> Poll<Result<Vec<u8>, SpillError>> {
        ready!(self.poll_written(cx));
        if let Some(behind) = at.checked_sub(self.written) {
            let from = usize::try_from(behind).unwrap_or(usize::MAX);
            let piece = self.piece.get(from..).unwrap_or_default();
            return Poll::Ready(Ok(piece.to_vec()));
        }
        let reading = self.reading.get_or_insert_with(|| {
            let left = usize::try_from(self.written - at).unwrap_or(usize::MAX);
            let file = Arc::clone(&self.file);
            tasks::spawn_blocking(move || file.read(at, left.min(READ)))
        });
        let read = ready!(Pin::new(reading).poll(cx));
        self.reading = None;
        Poll::Ready(read.unwrap_or_else(|source| Err(SpillError::Ended { source })))
    }

    fn write(&mut self) {
        let (spills, file) = (Arc::clone(&self.spills), Arc::clone(&self.file));
        let (piece, at) = (Arc::clone(&self.piece), self.written);
        // The piece is memory until it is written, be its request still here or not.
        let staging = self.staging.clone();
        self.writing = Some(tasks::spawn_blocking(move || {
            let written = file.write(&spills.folder, &piece, at);
            drop((piece, staging));
            written
        }));
    }

    /// Ready when nothing is being written.
    fn poll_written(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        let Some(writing) = &mut self.writing else {
            return Poll::Ready(());
        };
        let written = ready!(Pin::new(writing).poll(cx));
        self.writing = None;
        match written.unwrap_or_else(|source| Err(SpillError::Ended { source })) {
            Ok(()) => {
                self.written += self.piece.len() as u64;
                self.piece = Arc::default();
                self.staging = None;
                self.spills.worked();
            }
            // What was written of the piece is overwritten by nobody and read by nobody.
            Err(error) => {
                self.failed = true;
                self.spills.failed(&error);
            }
        }
        Poll::Ready(())
    }
}

/// A file and what is counted for it; both go when nobody writes or reads it any more.
#[derive(Debug)]
struct SpillFile {
    opened: OnceLock<File>,
    taken: Mutex<TakenBytes>,
    _descriptor: Permit,
}

impl SpillFile {
    fn taken(&self) -> MutexGuard<'_, TakenBytes> {
        self.taken.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Blocks.
    fn write(&self, folder: &StateDir, piece: &[u8], at: u64) -> Result<(), SpillError> {
        let file = if let Some(file) = self.opened.get() {
            file
        } else {
            let file = folder
                .unnamed()
                .map_err(|source| SpillError::Open { source })?;
            self.opened.get_or_init(|| file)
        };
        file.write_all_at(piece, at)
            .map_err(|source| SpillError::Write { source })
    }

    /// Blocks.
    fn read(&self, at: u64, length: usize) -> Result<Vec<u8>, SpillError> {
        let mut piece = vec![0; length];
        if let Some(file) = self.opened.get() {
            file.read_exact_at(&mut piece, at)
                .map_err(|source| SpillError::Read { source })?;
        }
        Ok(piece)
    }
}
