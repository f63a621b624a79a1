//! A request's body: how it is framed, how much has come, and what of it is kept.

mod kept;
#[cfg(test)]
mod tests;

use std::task::{Context, Poll};

use buffy_core::config::BodySettings;
use buffy_http::{ChunkedDecoder, Framing};

use self::kept::Kept;
use super::process::Process;
use crate::spill::SpillError;

pub(super) use self::kept::KEPT_MAX;

/// A request's body on its way from the client.
#[derive(Debug)]
pub(super) struct Body {
    coming: Coming,
    /// Its payload from the first byte on, while [`Self::kept_whole`].
    kept: Kept,
    /// `kept` is all that has come.
    kept_whole: bool,
    /// As told by Content-Length.
    length: Option<u64>,
    /// Payload that came.
    came: u64,
    settings: BodySettings,
}

/// Why a body cannot be taken further.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fault {
    /// Its framing is broken.
    Framing,
    /// It is longer than `body.max`.
    TooLarge,
}

#[derive(Debug)]
enum Coming {
    Length(u64),
    Chunked(Box<ChunkedDecoder>),
    Done,
}

impl Body {
    pub(super) fn new(framing: Framing) -> Self {
        let (coming, length) = match framing {
            Framing::None => (Coming::Done, None),
            Framing::Length(0) => (Coming::Done, Some(0)),
            Framing::Length(left) => (Coming::Length(left), Some(left)),
            Framing::Chunked => (Coming::Chunked(Box::new(ChunkedDecoder::new())), None),
        };
        Self {
            coming,
            kept: Kept::default(),
            kept_whole: true,
            length,
            came: 0,
            settings: BodySettings {
                memory: KEPT_MAX as u64,
                buffer: KEPT_MAX as u64,
                max: None,
            },
        }
    }

    /// How much may come and be kept, by the endpoint.
    pub(super) fn set(&mut self, settings: BodySettings) -> Result<(), Fault> {
        self.settings = settings;
        self.check(self.length.unwrap_or(0))
    }

    /// All of it has come.
    pub(super) fn is_done(&self) -> bool {
        match &self.coming {
            Coming::Done => true,
            Coming::Length(_) => false,
            Coming::Chunked(decoder) => decoder.is_done(),
        }
    }

    /// Something of it has come.
    pub(super) fn has_begun(&self) -> bool {
        self.came > 0
    }

    /// All of it has come, and is here: it can be sent again.
    pub(super) fn is_whole(&self) -> bool {
        self.kept_whole && self.is_done()
    }

    pub(super) fn length(&self) -> Option<u64> {
        self.length
    }

    pub(super) fn is_chunked(&self) -> bool {
        matches!(self.coming, Coming::Chunked(_))
    }

    /// What is in memory, from the first byte on; all but [`Self::spilled`] of what is kept.
    pub(super) fn kept(&self) -> &[u8] {
        self.kept.memory()
    }

    /// Bytes that are kept, in memory and in a file: all of it where [`Self::is_whole`].
    pub(super) fn kept_bytes(&self) -> u64 {
        self.kept.len()
    }

    /// Bytes that are kept in a file, behind those in memory.
    pub(super) fn spilled(&self) -> u64 {
        self.kept.spilled()
    }

    /// Ready with a piece of what is in the file, from `at` on.
    pub(super) fn poll_spilled(
        &mut self,
        cx: &mut Context<'_>,
        at: u64,
    ) -> Poll<Result<Vec<u8>, SpillError>> {
        self.kept.poll_spilled(cx, at)
    }

    /// The fields after the last chunk that may be passed on.
    pub(super) fn trailers(&self) -> &[(Vec<u8>, Vec<u8>)] {
        match &self.coming {
            Coming::Chunked(decoder) => decoder.trailers(),
            Coming::Length(_) | Coming::Done => &[],
        }
    }

    /// Takes in and keeps what came with the head; returns how many bytes of `input` were the
    /// body's.
    pub(super) fn keep(&mut self, input: &[u8]) -> Result<usize, Fault> {
        let room = KEPT_MAX.saturating_sub(self.kept.memory().len());
        self.take_in(input, room)
    }

    /// The request is held: what is kept is counted from here on. False where it has no room.
    pub(super) fn count(&mut self, process: &Process) -> bool {
        self.kept.count(process, &self.settings)
    }

    /// Ready with how many bytes of the payload may be taken in, `most` at most: they are counted.
    /// Zero where no more is taken in.
    pub(super) fn poll_room(
        &mut self,
        cx: &mut Context<'_>,
        process: &Process,
        most: usize,
    ) -> Poll<usize> {
        let most = match self.coming {
            Coming::Length(left) => most.min(usize::try_from(left).unwrap_or(usize::MAX)),
            Coming::Chunked(_) => most,
            Coming::Done => 0,
        };
        if !self.kept_whole {
            return Poll::Ready(0);
        }
        self.kept.poll_room(cx, process, &self.settings, most)
    }

    /// Takes in what there is room for, as [`Self::poll_room`] said; returns how many bytes of
    /// `input` were the body's.
    pub(super) fn take_counted(&mut self, input: &[u8], room: usize) -> Result<usize, Fault> {
        let before = self.came;
        let taken = self.take_in(input, room);
        let used = usize::try_from(self.came - before).unwrap_or(room);
        self.kept.give_back(room.saturating_sub(used));
        taken
    }

    /// It waits for the disk, not for the client.
    pub(super) fn is_spilling(&self) -> bool {
        self.kept.is_spilling()
    }

    /// Ready when what was taken in is where it stays.
    pub(super) fn poll_settled(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        if self.is_done() {
            self.kept.shrink();
        }
        self.kept.poll_flush(cx)
    }

    /// Takes in what is to be sent on at once: appended to `out`, and kept while it is little.
    pub(super) fn pass(&mut self, input: &[u8], out: &mut Vec<u8>) -> Result<usize, Fault> {
        let before = out.len();
        let taken = self.take(input, out, usize::MAX)?;
        let passed = out.get(before..).unwrap_or_default();
        let is_kept = passed.is_empty() || (self.kept_whole && self.kept.copy(passed));
        if !is_kept {
            self.forget();
        }
        Ok(taken)
    }

    /// It is not sent again: nothing of it is kept, or counted, any more.
    pub(super) fn forget(&mut self) {
        if self.kept.len() > 0 {
            self.kept = Kept::default();
        }
        self.kept_whole = false;
    }

    /// Its request is not held any more, for the time being.
    pub(super) fn stop_waiting(&mut self) {
        self.kept.stop_waiting();
    }

    /// Takes in and drops; returns how many bytes of `input` were the body's.
    pub(super) fn discard(&mut self, input: &[u8], scrap: &mut Vec<u8>) -> Result<usize, Fault> {
        scrap.clear();
        self.take(input, scrap, usize::MAX)
    }

    fn take_in(&mut self, input: &[u8], room: usize) -> Result<usize, Fault> {
        let in_memory = match self.length {
            Some(length) => length.min(self.settings.memory),
            None => self.settings.memory,
        };
        let in_memory = usize::try_from(in_memory).unwrap_or(usize::MAX);
        self.kept.reserve(room.min(input.len()), in_memory);
        let mut tail = std::mem::take(self.kept.tail());
        let taken = self.take(input, &mut tail, room);
        *self.kept.tail() = tail;
        taken
    }

    fn take(&mut self, input: &[u8], out: &mut Vec<u8>, room: usize) -> Result<usize, Fault> {
        let before = out.len();
        let taken = match &mut self.coming {
            Coming::Done => 0,
            Coming::Length(left) => {
                let most = usize::try_from(*left).unwrap_or(usize::MAX).min(room);
                let taken = input.get(..most).unwrap_or(input);
                out.extend_from_slice(taken);
                *left -= taken.len() as u64;
                if *left == 0 {
                    self.coming = Coming::Done;
                }
                taken.len()
            }
            Coming::Chunked(decoder) => decoder
                .decode(input, out, room)
                .map_err(|_| Fault::Framing)?,
        };
        self.came += (out.len() - before) as u64;
        self.check(self.came)?;
        Ok(taken)
    }

    fn check(&self, bytes: u64) -> Result<(), Fault> {
        match self.settings.max {
            Some(max) if bytes > max => Err(Fault::TooLarge),
            Some(_) | None => Ok(()),
        }
    }
}
