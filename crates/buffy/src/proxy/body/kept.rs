//! What is kept of a body: in memory first, in a file behind that.

use std::task::{Context, Poll};

use buffy_core::config::BodySettings;

use crate::proxy::process::Process;
use crate::spill::{Spill, SpillError};
use crate::upstream::byte_limit::TakenBytes;

/// Bytes of a body that is not held that are kept, for a repeat; and of one that is, where nothing
/// else is written.
pub(in crate::proxy) const KEPT_MAX: usize = 64 * 1024;

/// The bytes of a body from the first one on, and what is counted for them.
#[derive(Debug, Default)]
pub(super) struct Kept {
    memory: Vec<u8>,
    /// Of the limit of the process; less than what is there while the request is not held.
    counted: Option<TakenBytes>,
    /// What comes behind `memory`.
    spill: Option<Box<Spill>>,
}

impl Kept {
    /// What is in memory, from the first byte on.
    pub(super) fn memory(&self) -> &[u8] {
        &self.memory
    }

    /// Bytes in memory and in the file.
    pub(super) fn len(&self) -> u64 {
        self.memory.len() as u64 + self.spilled()
    }

    /// Bytes in the file.
    pub(super) fn spilled(&self) -> u64 {
        self.spill.as_ref().map_or(0, |spill| spill.len())
    }

    /// It waits for the disk, not for the client.
    pub(super) fn is_spilling(&self) -> bool {
        self.spill.as_ref().is_some_and(|spill| spill.is_busy())
    }

    /// Counts what came before its request was held; false where there is no room for it at all.
    pub(super) fn count(&mut self, process: &Process, settings: &BodySettings) -> bool {
        let bytes = self.memory.len() as u64;
        let memory = process.limits.memory();
        let counted = self.counted.get_or_insert_with(|| TakenBytes::none(memory));
        let uncounted = bytes.saturating_sub(counted.bytes());
        if uncounted == 0 {
            return true;
        }
        let fits = bytes <= settings.memory || bytes > settings.buffer;
        if fits && counted.more(uncounted) == uncounted {
            return true;
        }
        *counted = TakenBytes::none(memory);
        if self.spill.is_none() && bytes <= settings.buffer {
            match process.spills.begin_with(std::mem::take(&mut self.memory)) {
                Ok(spill) => {
                    self.spill = Some(Box::new(spill));
                    return true;
                }
                Err(memory) => self.memory = memory,
            }
        }
        // It came with the head: where nothing else has room, it is counted with the heads.
        let with_heads = TakenBytes::all(process.limits.heads(), bytes);
        let fits = with_heads.is_some();
        self.counted = with_heads;
        fits
    }

    /// Ready with how many bytes may be taken in, `most` at most; they are counted from then on.
    /// Zero where there is no room, or no more is to be kept.
    pub(super) fn poll_room(
        &mut self,
        cx: &mut Context<'_>,
        process: &Process,
        settings: &BodySettings,
        most: usize,
    ) -> Poll<usize> {
        let left = settings.buffer.saturating_sub(self.len());
        let most = (most as u64).min(left);
        if most == 0 {
            return Poll::Ready(0);
        }
        let spill = if let Some(spill) = &mut self.spill {
            spill
        } else {
            let room = settings.memory.saturating_sub(self.memory.len() as u64);
            let memory = process.limits.memory();
            let counted = self.counted.get_or_insert_with(|| TakenBytes::none(memory));
            let taken = counted.more(most.min(room));
            if taken > 0 {
                return Poll::Ready(usize::try_from(taken).unwrap_or(0));
            }
            let Some(spill) = process.spills.begin() else {
                return Poll::Ready(0);
            };
            self.spill.insert(Box::new(spill))
        };
        let room = spill.poll_room(cx, usize::try_from(most).unwrap_or(usize::MAX));
        if room == Poll::Ready(0) && spill.is_empty() {
            self.spill = None;
        }
        room
    }

    /// Where bytes go for which there is room.
    pub(super) fn tail(&mut self) -> &mut Vec<u8> {
        match &mut self.spill {
            Some(spill) => spill.piece(),
            None => &mut self.memory,
        }
    }

    /// Room is waited for no more, for the time being: others may have it.
    pub(super) fn stop_waiting(&mut self) {
        if let Some(spill) = &mut self.spill {
            spill.leave_line();
        }
        self.spill.take_if(|spill| spill.is_empty());
    }

    /// Keeps a copy of what was sent on, while all of it fits into memory; false where it does not.
    pub(super) fn copy(&mut self, bytes: &[u8]) -> bool {
        self.stop_waiting();
        let fits = self.spill.is_none() && self.memory.len() + bytes.len() <= KEPT_MAX;
        if fits {
            self.memory.extend_from_slice(bytes);
        }
        fits
    }

    /// Room that was not used.
    pub(super) fn give_back(&mut self, bytes: usize) {
        match (&mut self.spill, &mut self.counted) {
            (Some(spill), _) => spill.give_back(bytes),
            (None, Some(counted)) => counted.less(bytes as u64),
            (None, None) => {}
        }
        self.spill.take_if(|spill| spill.is_empty());
    }

    /// Makes room for so many more bytes in memory, and for not much more than will come.
    pub(super) fn reserve(&mut self, bytes: usize, at_most: usize) {
        let (len, capacity) = (self.memory.len(), self.memory.capacity());
        if self.spill.is_none() && len + bytes > capacity {
            let wanted = (2 * capacity).min(at_most).max(len + bytes);
            self.memory.reserve_exact(wanted - len);
        }
    }

    /// Nothing more will come: no memory is kept that is not needed.
    pub(super) fn shrink(&mut self) {
        self.memory.shrink_to_fit();
    }

    /// Ready when everything behind the memory is in the file, or cannot be.
    pub(super) fn poll_flush(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        match &mut self.spill {
            Some(spill) => spill.poll_flush(cx),
            None => Poll::Ready(()),
        }
    }

    /// Ready with a piece of what is in the file, from `at` on.
    pub(super) fn poll_spilled(
        &mut self,
        cx: &mut Context<'_>,
        at: u64,
    ) -> Poll<Result<Vec<u8>, SpillError>> {
        match &mut self.spill {
            Some(spill) => spill.poll_read(cx, at),
            None => Poll::Ready(Ok(Vec::new())),
        }
    }
}
