//! A stream as a WebSocket: messages both ways (RFC 6455).

use std::collections::VecDeque;
use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use buffy_core::delay::Wait;
use buffy_core::facts::{Facts, Message as Heard};
use buffy_core::moment::Moment;
use buffy_core::stream::{End, Form, Pushed, Reply, Said, Script};
use buffy_core::template::Rendered;
use futures_util::{SinkExt as _, Stream as _, StreamExt as _};
use serde_json::Value as Json;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::time::timeout;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::error::{Error, ProtocolError};
use tokio_tungstenite::tungstenite::protocol::frame::Utf8Bytes;
use tokio_tungstenite::tungstenite::protocol::frame::coding::CloseCode;
use tokio_tungstenite::tungstenite::protocol::{CloseFrame, Message, Role, WebSocketConfig};

use super::super::{Upgrade, Upgraded};
use super::hub::Seat;
use super::play::{self, Play};

/// A longer message, or frame of one, is refused with code 1009, in bytes.
const MESSAGE_BYTES_MAX: usize = 1024 * 1024;

/// Read from the socket at a time, in bytes.
const READ_BYTES: usize = 4 * 1024;

/// Replies that wait; meanwhile no further message is read.
const REPLIES_MAX: usize = 64;

/// For a client that does not read.
const SEND_WITHIN: Duration = Duration::from_mins(1);

/// For the client's own closing frame, once ours was sent.
const CLOSE_WITHIN: Duration = Duration::from_secs(5);

/// A WebSocket of a stream, from its 101 on.
pub(super) struct Talking {
    script: Arc<Script>,
    play: Play,
    seat: Seat,
    session: String,
    /// Chosen and not sent yet, in the order of their messages.
    replies: VecDeque<Due>,
    /// Until the first of them is due.
    until: Option<Pin<Box<dyn Future<Output = ()>>>>,
}

/// A reply that waits until it is due.
struct Due {
    at: Moment,
    said: Said,
    to_all: bool,
    end: Option<End>,
}

/// What happens next on a WebSocket.
enum Next {
    /// Something is to be sent, and then perhaps nothing more.
    Say(Said, Option<End>),
    Heard(Result<Message, Error>),
    /// The client has left, or what it sent last was its closing frame.
    Gone,
    Bye(Bye),
}

/// How a WebSocket is left.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Bye {
    /// With a closing frame of this code, and the client's answer to it.
    Close(CloseCode),
    /// With a closing frame of this code, to a client that does not keep to the protocol.
    Fail(CloseCode),
    Reset,
    /// Without a word.
    Drop,
}

type Socket<'a> = WebSocketStream<Upgraded<'a>>;

impl Talking {
    pub(super) fn new(script: Arc<Script>, play: Play, seat: Seat, session: String) -> Self {
        Self {
            script,
            play,
            seat,
            session,
            replies: VecDeque::new(),
            until: None,
        }
    }

    /// Sends and hears until one of both sides leaves.
    async fn talk(&mut self, socket: &mut Socket<'_>) -> Bye {
        loop {
            let bye = match poll_fn(|cx| self.poll_next(cx, socket)).await {
                Next::Say(said, end) => {
                    let sent = send(socket, &said).await;
                    if sent {
                        end.and_then(Bye::of)
                    } else {
                        Some(Bye::Drop)
                    }
                }
                // Its answer leaves before more is heard: those to a client that does not read
                // would fill the memory.
                Next::Heard(Ok(Message::Ping(_))) => {
                    (!in_time(socket.flush()).await).then_some(Bye::Drop)
                }
                Next::Heard(Ok(message)) => {
                    self.hear(&message);
                    None
                }
                Next::Heard(Err(error)) => Some(Bye::after(&error)),
                Next::Gone => Some(Bye::Drop),
                Next::Bye(bye) => Some(bye),
            };
            if let Some(bye) = bye {
                return bye;
            }
        }
    }

    fn poll_next(&mut self, cx: &mut Context<'_>, socket: &mut Socket<'_>) -> Poll<Next> {
        if let Poll::Ready(next) = self.play.poll_next(cx) {
            return Poll::Ready(match next {
                play::Next::Said { said, end } => Next::Say(said, end),
                play::Next::End(end) => Next::Say(Said::default(), Some(end)),
            });
        }
        match self.seat.poll_next(cx) {
            Poll::Ready(Some(pushed)) => {
                return Poll::Ready(Next::Say(pushed.said.clone(), pushed.end));
            }
            // It did not keep up with what was pushed.
            Poll::Ready(None) => return Poll::Ready(Next::Bye(Bye::Reset)),
            Poll::Pending => {}
        }
        if let Poll::Ready((said, end)) = self.poll_reply(cx) {
            return Poll::Ready(Next::Say(said, end));
        }
        if self.replies.len() >= REPLIES_MAX {
            return Poll::Pending;
        }
        let heard = Pin::new(socket).poll_next(cx);
        heard.map(|heard| heard.map_or(Next::Gone, Next::Heard))
    }

    /// The reply that is due. What goes to all comes back by the seat.
    fn poll_reply(&mut self, cx: &mut Context<'_>) -> Poll<(Said, Option<End>)> {
        let Some(due) = self.replies.front() else {
            return Poll::Pending;
        };
        let (clock, at) = (self.play.clock(), due.at);
        let until = self.until.get_or_insert_with(|| {
            let clock = clock.clone();
            Box::pin(async move { clock.sleep_until(at).await })
        });
        ready!(until.as_mut().poll(cx));
        self.until = None;
        let Some(mut due) = self.replies.pop_front() else {
            return Poll::Pending;
        };
        if due.to_all {
            let said = std::mem::take(&mut due.said);
            // The sender's own end comes behind what it is sent.
            let pushed = Pushed { said, end: None };
            self.seat.hub().push(Some(&self.session), pushed);
            if let Poll::Ready(Some(own)) = self.seat.poll_next(cx) {
                return Poll::Ready((own.said.clone(), due.end));
            }
        }
        Poll::Ready((due.said, due.end))
    }

    /// Chooses the reply to a message: the first whose rule holds.
    fn hear(&mut self, message: &Message) {
        let text = match message {
            Message::Text(text) => text.as_str(),
            Message::Binary(bytes) => match std::str::from_utf8(bytes) {
                Ok(text) => text,
                Err(_) => return,
            },
            // Answered by the protocol itself.
            Message::Ping(_) | Message::Pong(_) | Message::Close(_) | Message::Frame(_) => return,
        };
        let json = serde_json::from_str::<Json>(text).ok();
        let script = Arc::clone(&self.script);
        let holds = |reply: &&Reply| {
            let rule = reply.rule.as_ref();
            rule.is_none_or(|rule| rule.judge_message(text, json.as_ref()))
        };
        let Some(reply) = script.replies.iter().find(holds) else {
            return;
        };
        let wait = reply.wait.map_or(Wait::For(Duration::ZERO), |wait| {
            wait.sample(self.play.dice())
        });
        let Wait::For(wait) = wait else {
            return;
        };
        let heard = Heard {
            text,
            json: json.as_ref(),
        };
        let data = reply.send.as_ref().and_then(|send| {
            let render = |facts: &Facts<'_>, rendered: &mut Rendered| send.render(facts, rendered);
            self.play.render(Some(heard), render)
        });
        self.replies.push_back(Due {
            at: self.play.clock().now().after(wait),
            to_all: reply.to_all && data.is_some(),
            said: Said {
                data,
                ..Said::default()
            },
            end: reply.end,
        });
    }
}

impl Upgrade for Talking {
    fn run<'a>(
        mut self: Box<Self>,
        socket: Upgraded<'a>,
    ) -> Pin<Box<dyn Future<Output = ()> + 'a>> {
        Box::pin(async move {
            let mut ending = socket.ending();
            let mut socket =
                WebSocketStream::from_raw_socket(socket, Role::Server, Some(limits())).await;
            let bye = tokio::select! {
                biased;
                // An error says that the process is gone.
                _ = ending.wait_for(|ending| *ending) => Bye::Close(CloseCode::Away),
                bye = self.talk(&mut socket) => bye,
            };
            // Nothing is pushed to it any more.
            drop(self);
            bye.say(socket).await;
        })
    }
}

impl Bye {
    fn of(end: End) -> Option<Self> {
        match end {
            End::Close => Some(Self::Close(CloseCode::Normal)),
            End::Keep => None,
            End::Reset => Some(Self::Reset),
            End::Truncate => Some(Self::Drop),
        }
    }

    /// What follows an error of reading: RFC 6455 §7.4.1 has the codes.
    fn after(error: &Error) -> Self {
        if matches!(error, Error::Capacity(_)) {
            Self::Fail(CloseCode::Size)
        } else if matches!(error, Error::Utf8(_)) {
            Self::Fail(CloseCode::Invalid)
        } else if matches!(
            error,
            Error::Protocol(ProtocolError::ResetWithoutClosingHandshake)
        ) {
            Self::Drop
        } else if matches!(error, Error::Protocol(_)) {
            Self::Fail(CloseCode::Protocol)
        } else {
            Self::Drop
        }
    }

    async fn say(self, mut socket: Socket<'_>) {
        match self {
            Self::Close(code) => {
                let closing = async {
                    close(&mut socket, code).await;
                    // Until the client's own closing frame, or it is gone.
                    while let Some(Ok(_)) = socket.next().await {}
                };
                give_up(timeout(CLOSE_WITHIN, closing).await.is_err());
            }
            Self::Fail(code) => {
                let closing = async {
                    close(&mut socket, code).await;
                    drain(socket.get_mut()).await;
                };
                give_up(timeout(CLOSE_WITHIN, closing).await.is_err());
            }
            Self::Reset => {
                if let Err(error) = socket.get_ref().end_by_reset() {
                    tracing::debug!(%error, "a WebSocket could not be set to reset");
                }
            }
            Self::Drop => {}
        }
    }
}

async fn close(socket: &mut Socket<'_>, code: CloseCode) {
    let frame = CloseFrame {
        code,
        reason: Utf8Bytes::default(),
    };
    if let Err(error) = socket.close(Some(frame)).await {
        tracing::debug!(%error, "a WebSocket was gone before it was closed");
    }
}

/// Reads what still comes, until the client closes: a socket that is closed with something unread
/// is reset, and the closing frame would be lost with it.
async fn drain(socket: &mut Upgraded<'_>) {
    if socket.shutdown().await.is_err() {
        return;
    }
    let mut scrap = [0; 1024];
    while let Ok(1..) = socket.read(&mut scrap).await {}
}

fn give_up(late: bool) {
    if late {
        tracing::debug!("a WebSocket's client did not close in time");
    }
}

/// Sends a message; false where the client has left or does not read.
async fn send(socket: &mut Socket<'_>, said: &Said) -> bool {
    if said.data.is_none() {
        return true;
    }
    let mut bytes = Vec::new();
    said.write(Form::Ws, &mut bytes);
    let text = String::from_utf8_lossy(&bytes).into_owned();
    in_time(socket.send(Message::text(text))).await
}

/// Whether what is sent was taken by the socket, and soon enough.
async fn in_time(sent: impl Future<Output = Result<(), Error>>) -> bool {
    matches!(timeout(SEND_WITHIN, sent).await, Ok(Ok(())))
}

fn limits() -> WebSocketConfig {
    WebSocketConfig::default()
        .read_buffer_size(READ_BYTES)
        // Each message leaves at once.
        .write_buffer_size(0)
        .max_message_size(Some(MESSAGE_BYTES_MAX))
        .max_frame_size(Some(MESSAGE_BYTES_MAX))
}
