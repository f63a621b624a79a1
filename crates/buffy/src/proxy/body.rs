//! A request's body: how it is framed, how much has come, and what of it is kept.

use buffy_http::{BodyError, ChunkedDecoder, Framing};

/// Bytes of a body that are kept, for a place in the queue and for a repeat.
pub(super) const KEPT_MAX: usize = 64 * 1024;

/// A request's body on its way from the client.
#[derive(Debug)]
pub(super) struct Body {
    coming: Coming,
    /// Its payload from the first byte on, while [`Self::kept_whole`].
    kept: Vec<u8>,
    /// `kept` is all that has come.
    kept_whole: bool,
    /// As told by Content-Length.
    length: Option<u64>,
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
            kept: Vec::new(),
            kept_whole: true,
            length,
        }
    }

    /// All of it has come.
    pub(super) fn is_done(&self) -> bool {
        match &self.coming {
            Coming::Done => true,
            Coming::Length(_) => false,
            Coming::Chunked(decoder) => decoder.is_done(),
        }
    }

    /// All of it has come, and is here: it can be sent again.
    pub(super) fn is_whole(&self) -> bool {
        self.kept_whole && self.is_done()
    }

    /// Bytes that may still be kept.
    pub(super) fn room(&self) -> usize {
        KEPT_MAX.saturating_sub(self.kept.len())
    }

    pub(super) fn length(&self) -> Option<u64> {
        self.length
    }

    pub(super) fn is_chunked(&self) -> bool {
        matches!(self.coming, Coming::Chunked(_))
    }

    /// What is kept; all of it where [`Self::is_whole`].
    pub(super) fn kept(&self) -> &[u8] {
        &self.kept
    }

    /// The fields after the last chunk that may be passed on.
    pub(super) fn trailers(&self) -> &[(Vec<u8>, Vec<u8>)] {
        match &self.coming {
            Coming::Chunked(decoder) => decoder.trailers(),
            Coming::Length(_) | Coming::Done => &[],
        }
    }

    /// Takes in and keeps what fits; returns how many bytes of `input` were the body's.
    pub(super) fn keep(&mut self, input: &[u8]) -> Result<usize, BodyError> {
        let room = self.room();
        let mut kept = std::mem::take(&mut self.kept);
        if let Some(length) = self.length
            && kept.capacity() == 0
        {
            kept.reserve_exact(usize::try_from(length).unwrap_or(KEPT_MAX).min(KEPT_MAX));
        }
        let taken = self.take(input, &mut kept, room);
        self.kept = kept;
        taken
    }

    /// Takes in what is to be sent on at once: appended to `out`, and kept while it is little.
    pub(super) fn pass(&mut self, input: &[u8], out: &mut Vec<u8>) -> Result<usize, BodyError> {
        let before = out.len();
        let taken = self.take(input, out, usize::MAX)?;
        let passed = out.get(before..).unwrap_or_default();
        if self.kept_whole && self.kept.len() + passed.len() <= KEPT_MAX {
            self.kept.extend_from_slice(passed);
        } else if !passed.is_empty() {
            self.kept_whole = false;
            self.kept = Vec::new();
        }
        Ok(taken)
    }

    /// Takes in and drops; returns how many bytes of `input` were the body's.
    pub(super) fn discard(
        &mut self,
        input: &[u8],
        scrap: &mut Vec<u8>,
    ) -> Result<usize, BodyError> {
        scrap.clear();
        self.take(input, scrap, usize::MAX)
    }

    fn take(&mut self, input: &[u8], out: &mut Vec<u8>, room: usize) -> Result<usize, BodyError> {
        match &mut self.coming {
            Coming::Done => Ok(0),
            Coming::Length(left) => {
                let most = usize::try_from(*left).unwrap_or(usize::MAX).min(room);
                let taken = input.get(..most).unwrap_or(input);
                out.extend_from_slice(taken);
                *left -= taken.len() as u64;
                if *left == 0 {
                    self.coming = Coming::Done;
                }
                Ok(taken.len())
            }
            Coming::Chunked(decoder) => decoder.decode(input, out, room),
        }
    }
}
