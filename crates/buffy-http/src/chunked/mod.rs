//! The chunked coding, read (§7.1): a machine that is fed what arrives and gives the payload.

#[cfg(test)]
mod tests;

use crate::Limits;
use crate::fault::{BodyError, HeadError};
use crate::lines::{self, Scan};
use crate::trailer::{self, Trailer};

/// The extensions of one chunk may take as many bytes. They are dropped, as every hop may (§7.1.1).
const EXTENSION_BYTES_MAX: u16 = 4096;

/// More digits would overflow, or be nothing but zeros.
const SIZE_DIGITS_MAX: u8 = 16;

/// Reads one chunked body. It keeps no payload, and nothing on the heap until a trailer comes.
#[derive(Clone, Debug)]
pub struct ChunkedDecoder {
    state: State,
    limits: Limits,
    tail: Option<Box<Tail>>,
}

/// What the next byte belongs to.
#[derive(Clone, Copy, Debug)]
enum State {
    Size { size: u64, digits: u8 },
    Extension { size: u64, len: u16 },
    SizeLf { size: u64 },
    Data { left: u64 },
    DataCr,
    DataLf,
    Trailers,
    Done,
    Broken(BodyError),
}

/// The trailer section as far as it came, and once it is whole, its fields.
#[derive(Clone, Debug, Default)]
struct Tail {
    section: Vec<u8>,
    from: usize,
    fields: Vec<Trailer>,
}

impl Default for ChunkedDecoder {
    fn default() -> Self {
        Self::new()
    }
}

impl ChunkedDecoder {
    /// At the beginning of a body, with the default limits for its trailers.
    pub fn new() -> Self {
        Self::limited(&Limits::DEFAULT)
    }

    /// At the beginning of a body; its trailers may be as long and as many as a head's fields.
    pub fn limited(limits: &Limits) -> Self {
        Self {
            state: State::Size { size: 0, digits: 0 },
            limits: *limits,
            tail: None,
        }
    }

    /// Takes bytes from the front of `input` and appends their payload, at most `room` bytes of it,
    /// to `out`. Returns how many bytes it took: all, unless the room was used up or the body
    /// ended. What follows the body is left alone. After an error it is the same error for ever.
    pub fn decode(
        &mut self,
        input: &[u8],
        out: &mut Vec<u8>,
        room: usize,
    ) -> Result<usize, BodyError> {
        let mut rest = input;
        let mut room = room;
        while let [octet, after @ ..] = rest {
            match self.state {
                State::Done => break,
                State::Broken(fault) => return Err(fault),
                State::Data { left } => {
                    let len = usize::try_from(left)
                        .unwrap_or(usize::MAX)
                        .min(rest.len())
                        .min(room);
                    let Some((payload, tail)) = rest.split_at_checked(len) else {
                        break;
                    };
                    if len == 0 {
                        break;
                    }
                    out.extend_from_slice(payload);
                    room -= len;
                    rest = tail;
                    let left = left - len as u64;
                    self.state = if left == 0 {
                        State::DataCr
                    } else {
                        State::Data { left }
                    };
                }
                State::Trailers => {
                    let taken = self
                        .take_trailers(rest)
                        .map_err(|fault| self.broken(fault))?;
                    rest = rest.get(taken..).unwrap_or_default();
                }
                State::Size { .. }
                | State::Extension { .. }
                | State::SizeLf { .. }
                | State::DataCr
                | State::DataLf => {
                    self.state = step(self.state, *octet).map_err(|fault| self.broken(fault))?;
                    rest = after;
                }
            }
        }
        Ok(input.len() - rest.len())
    }

    /// Whether the body has ended, trailers included.
    pub fn is_done(&self) -> bool {
        matches!(self.state, State::Done)
    }

    /// Whether no chunk has begun that has not ended: a place where a body may be cut.
    pub fn is_between_chunks(&self) -> bool {
        matches!(self.state, State::Size { digits: 0, .. })
    }

    /// The trailers that may be forwarded (RFC 9110 §6.5.1), once the body has ended.
    pub fn trailers(&self) -> &[Trailer] {
        self.tail.as_ref().map_or(&[], |tail| &tail.fields)
    }

    /// Takes bytes of the trailer section, and returns how many.
    fn take_trailers(&mut self, input: &[u8]) -> Result<usize, BodyError> {
        if self.tail.is_none() && input.starts_with(b"\r\n") {
            self.state = State::Done;
            return Ok(2);
        }
        let tail = self.tail.get_or_insert_default();
        let before = tail.section.len();
        let room = self.limits.head_bytes.saturating_sub(before);
        let taken = input.get(..room).unwrap_or(input);
        tail.section.extend_from_slice(taken);
        let end = if tail.section.starts_with(b"\r\n") {
            2
        } else {
            match lines::scan(&tail.section, 0, &mut tail.from).map_err(BodyError::Trailer)? {
                Scan::Complete(end) => end,
                Scan::Partial { .. } if tail.section.len() < self.limits.head_bytes => {
                    return Ok(taken.len());
                }
                Scan::Partial { .. } => return Err(BodyError::Trailer(HeadError::HeadTooLong)),
            }
        };
        tail.section.truncate(end);
        let section = std::mem::take(&mut tail.section);
        tail.fields = trailer::read(&section, &self.limits).map_err(BodyError::Trailer)?;
        self.state = State::Done;
        Ok(end - before)
    }

    fn broken(&mut self, fault: BodyError) -> BodyError {
        self.state = State::Broken(fault);
        fault
    }
}

/// One byte of what stands between the payloads.
fn step(state: State, octet: u8) -> Result<State, BodyError> {
    match (state, octet) {
        (State::Size { size, digits }, _) if octet.is_ascii_hexdigit() => {
            if digits == SIZE_DIGITS_MAX {
                return Err(BodyError::ChunkTooLarge);
            }
            let digit = char::from(octet).to_digit(16).map_or(0, u64::from);
            Ok(State::Size {
                size: size << 4 | digit,
                digits: digits + 1,
            })
        }
        (State::Size { digits: 0, .. }, _) => Err(BodyError::ChunkSize),
        (State::Size { size, .. }, _) if size >= 1 << 63 => Err(BodyError::ChunkTooLarge),
        (State::Size { size, .. }, b';') => Ok(State::Extension { size, len: 1 }),
        (State::Size { size, .. } | State::Extension { size, .. }, b'\r') => {
            Ok(State::SizeLf { size })
        }
        (State::Size { .. }, _) => Err(BodyError::ChunkSize),
        (State::Extension { len, .. }, _) if len == EXTENSION_BYTES_MAX => {
            Err(BodyError::ExtensionTooLong)
        }
        (State::Extension { .. }, _) if octet.is_ascii_control() && octet != b'\t' => {
            Err(BodyError::Extension)
        }
        (State::Extension { size, len }, _) => Ok(State::Extension { size, len: len + 1 }),
        (State::SizeLf { size: 0 }, b'\n') => Ok(State::Trailers),
        (State::SizeLf { size }, b'\n') => Ok(State::Data { left: size }),
        (State::SizeLf { .. }, _) => Err(BodyError::ChunkSize),
        (State::DataCr, b'\r') => Ok(State::DataLf),
        (State::DataLf, b'\n') => Ok(State::Size { size: 0, digits: 0 }),
        (State::DataCr | State::DataLf, _) => Err(BodyError::ChunkEnd),
        // These take more than a byte at a time, or none.
        (State::Data { .. } | State::Trailers | State::Done | State::Broken(_), _) => Ok(state),
    }
}
