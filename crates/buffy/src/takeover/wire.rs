//! Messages on the control socket: a length of four bytes, then JSON; descriptors go with the
//! first byte.

use std::io::{self, IoSlice, IoSliceMut, Read as _, Write as _};
use std::mem::MaybeUninit;
use std::net::IpAddr;
use std::os::fd::{BorrowedFd, OwnedFd};
use std::os::unix::net::UnixStream;

use rustix::net::{
    RecvAncillaryBuffer, RecvAncillaryMessage, RecvFlags, SendAncillaryBuffer,
    SendAncillaryMessage, SendFlags, recv, recvmsg, sendmsg,
};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

/// Descriptors that go with one message.
pub(super) const DESCRIPTORS: usize = 64;
/// The list of ten thousand held requests fits.
const MESSAGE_MAX: usize = 64 << 20;

// The standard library ignores SIGPIPE; and what a process starts inherits nothing of these where
// the system can say so at once.
#[cfg(target_os = "linux")]
const SEND_FLAGS: SendFlags = SendFlags::NOSIGNAL;
#[cfg(not(target_os = "linux"))]
const SEND_FLAGS: SendFlags = SendFlags::empty();
#[cfg(target_os = "linux")]
const RECEIVE_FLAGS: RecvFlags = RecvFlags::CMSG_CLOEXEC;
#[cfg(not(target_os = "linux"))]
const RECEIVE_FLAGS: RecvFlags = RecvFlags::empty();

/// What the heir asks.
#[derive(Debug, Serialize, Deserialize)]
pub enum Ask {
    /// The listening sockets, from this place of their list on.
    Sockets { version: u32, from: usize },
    /// The operators' state, which the elder changes no more: it is on disk, and the lock on its
    /// folder goes along.
    State,
    /// The heir accepts: the elder is to accept no more.
    Ready,
    /// What operators say from now on, as it is on disk.
    Operators(String),
    /// What is left at each upstream.
    Left,
    /// A request to the elder's admin API.
    Admin {
        method: String,
        target: String,
        body: String,
    },
}

/// What the elder answers.
#[derive(Debug, Serialize, Deserialize)]
pub enum Told {
    /// Those that go along, of so many.
    Sockets {
        sockets: Vec<NamedSocket>,
        all: usize,
    },
    Done,
    Left(Vec<Left>),
    Admin {
        status: u16,
        body: String,
    },
    /// It cannot be, and why.
    Refused(String),
}

/// A listening socket, and whose it is.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct NamedSocket {
    /// A listener's id; none: the admin API's.
    pub listener: Option<String>,
    /// As they are written in the elder's configuration.
    pub bind: IpAddr,
    pub port: u16,
}

/// What the elder still has of one upstream.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Left {
    pub upstream: String,
    pub held: usize,
    pub inflight: u64,
}

/// Sends one message with its descriptors.
pub fn send(
    stream: &UnixStream,
    message: &impl Serialize,
    descriptors: &[BorrowedFd<'_>],
) -> io::Result<()> {
    let text = serde_json::to_vec(message)?;
    let length = u32::try_from(text.len()).map_err(|_| too_long())?;
    let mut bytes = length.to_be_bytes().to_vec();
    bytes.extend_from_slice(&text);
    let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(DESCRIPTORS))];
    let mut ancillary = SendAncillaryBuffer::new(&mut space);
    if !descriptors.is_empty() && !ancillary.push(SendAncillaryMessage::ScmRights(descriptors)) {
        return Err(io::Error::other("too many descriptors for one message"));
    }
    let sent = sendmsg(stream, &[IoSlice::new(&bytes)], &mut ancillary, SEND_FLAGS)?;
    let mut stream = stream;
    stream.write_all(bytes.get(sent..).unwrap_or_default())
}

/// Receives one message with its descriptors.
pub fn receive<T: DeserializeOwned>(stream: &UnixStream) -> io::Result<(T, Vec<OwnedFd>)> {
    let mut descriptors = Vec::new();
    let mut length = [0; 4];
    let mut have = 0;
    while have < length.len() {
        let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(DESCRIPTORS))];
        let mut ancillary = RecvAncillaryBuffer::new(&mut space);
        let rest = length.get_mut(have..).unwrap_or_default();
        let parts = &mut [IoSliceMut::new(rest)];
        let received = recvmsg(stream, parts, &mut ancillary, RECEIVE_FLAGS)?;
        for message in ancillary.drain() {
            if let RecvAncillaryMessage::ScmRights(received) = message {
                descriptors.extend(received);
            }
        }
        if received.bytes == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        have += received.bytes;
    }
    let length = u32::from_be_bytes(length) as usize;
    if length > MESSAGE_MAX {
        return Err(too_long());
    }
    let mut text = vec![0; length];
    let mut stream = stream;
    stream.read_exact(&mut text)?;
    Ok((serde_json::from_slice(&text)?, descriptors))
}

/// The other end has not been closed. Only meant where nothing more is to be received.
pub fn is_there(stream: &UnixStream) -> bool {
    let flags = RecvFlags::PEEK | RecvFlags::DONTWAIT;
    !matches!(recv(stream, &mut [0; 1], flags), Ok((_, 0)))
}

fn too_long() -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, "the message is too long")
}
