//! A client's connection: a head, an exchange, the next head, until one side has enough.

use std::future::poll_fn;
use std::rc::Rc;
use std::task::Poll;
use std::time::Instant;

use buffy_http::{HeadError, RequestHead, write};

use super::client::Client;
use super::discard;
use super::exchange::exchange;
use super::refusal::{Refusal, Said, write_default};
use super::request::Request;
use super::send::{Fate, send};
use super::serving::{Door, Serving};
use super::worker::Worker;
use crate::observe::metrics::{NO_ENDPOINT, Outcome};

const EMPTY_LINE: &[u8] = b"\r\n";

/// What came of waiting for a head.
enum Next {
    Request(Box<RequestHead>, Instant),
    Fault(HeadError),
    TooSlow,
    /// Closed by the client, or idle for too long.
    Closed,
}

/// Serves a connection to its end.
pub(super) async fn serve(worker: &Rc<Worker>, door: &mut Door, client: &mut Client) {
    loop {
        let fate = match next(worker, &door.serving, client).await {
            Next::Request(head, arrived) => {
                let _busy = worker.busy();
                door.refresh(worker);
                let mut request = Request::new(head, arrived, worker.request_id(), door.closing);
                let fate = exchange(worker, client, door, &mut request).await;
                worker.spare_request(request.head);
                fate
            }
            Next::Fault(error) => {
                let _busy = worker.busy();
                refuse_head(worker, &door.serving, client, error).await
            }
            Next::TooSlow => {
                let _busy = worker.busy();
                refuse_slow(worker, &door.serving, client).await
            }
            Next::Closed => Fate::Close,
        };
        match fate {
            Fate::Keep => {}
            Fate::Linger => {
                let _busy = worker.busy();
                return discard::linger(worker, client).await;
            }
            Fate::Close => return,
        }
        if client.ahead.is_empty() {
            client.ahead = Vec::new();
        }
    }
}

/// Waits for a head; nothing is kept meanwhile but what came of it.
async fn next(worker: &Worker, serving: &Serving, client: &mut Client) -> Next {
    let limits = &serving.site.config.limits;
    let mut reading = Reading::default();
    // What came behind the request before is the beginning of this one; but for an empty line, with
    // which old clients end a body (RFC 9112 §2.2).
    if client.ahead == EMPTY_LINE {
        client.ahead = Vec::new();
    }
    let mut line_may_come = true;
    let mut unread = !client.ahead.is_empty();
    let mut begun = unread;
    let wait = if begun {
        limits.header_timeout
    } else {
        limits.keep_alive
    };
    client.timer.set((worker.recent() + wait).into());
    let next = poll_fn(|cx| {
        loop {
            if std::mem::take(&mut unread) {
                match reading.take(worker, serving, &client.ahead) {
                    Ok(Some(length)) => {
                        client.ahead.drain(..length);
                        return Poll::Ready(None);
                    }
                    Ok(None) => {}
                    Err(error) => return Poll::Ready(Some(Next::Fault(error))),
                }
            }
            let scratch = &mut *worker.scratch.borrow_mut();
            let Poll::Ready(read) = client.poll_read(cx, scratch) else {
                let late = if begun { Next::TooSlow } else { Next::Closed };
                return client.timer.poll(cx).map(|()| Some(late));
            };
            let Ok(read @ 1..) = read else {
                return Poll::Ready(Some(Next::Closed));
            };
            let mut input = scratch.get(..read).unwrap_or_default();
            if !begun && std::mem::take(&mut line_may_come) && input == EMPTY_LINE {
                continue;
            }
            if std::mem::replace(&mut begun, true) {
                unread = true;
            } else {
                // The usual case: the head came whole, and is read where it lies.
                match reading.take(worker, serving, input) {
                    Ok(Some(length)) => {
                        input = input.get(length..).unwrap_or_default();
                        client.ahead.extend_from_slice(input);
                        return Poll::Ready(None);
                    }
                    Ok(None) => client
                        .timer
                        .set((worker.now() + limits.header_timeout).into()),
                    Err(error) => return Poll::Ready(Some(Next::Fault(error))),
                }
            }
            client.ahead.extend_from_slice(input);
        }
    })
    .await;
    match (next, reading.head) {
        (None, Some(head)) => Next::Request(head, worker.now()),
        (Some(next), head) => {
            if let Some(head) = head {
                worker.spare_request(head);
            }
            next
        }
        (None, None) => Next::Closed,
    }
}

/// A head that comes, in one piece or in several.
#[derive(Default)]
struct Reading {
    head: Option<Box<RequestHead>>,
    /// How far what came was looked at.
    looked: usize,
}

impl Reading {
    /// The length of the head, once all of it is in `input`.
    fn take(
        &mut self,
        worker: &Worker,
        serving: &Serving,
        input: &[u8],
    ) -> Result<Option<usize>, HeadError> {
        let head = self.head.get_or_insert_with(|| worker.request_head());
        head.parse(input, &mut self.looked, &serving.site.limits)
    }
}

async fn refuse_head(
    worker: &Worker,
    serving: &Serving,
    client: &mut Client,
    error: HeadError,
) -> Fate {
    {
        let mut out = worker.out.borrow_mut();
        out.clear();
        let problem = serde_json::json!({ "title": error.text(), "status": error.status() });
        let content = format!("{problem}\n");
        write::status_line(&mut out, error.status(), None);
        write::field(&mut out, b"Content-Type", b"application/problem+json");
        write::field_u64(&mut out, b"Content-Length", content.len() as u64);
        out.extend_from_slice(b"Cache-Control: no-store\r\nConnection: close\r\n");
        worker.write_date(Instant::now(), &mut out);
        out.extend_from_slice(b"\r\n");
        out.extend_from_slice(content.as_bytes());
    }
    serving
        .counters
        .request(NO_ENDPOINT, Outcome::Refused, error.status());
    if send(worker, client).await {
        Fate::Linger
    } else {
        Fate::Close
    }
}

async fn refuse_slow(worker: &Worker, serving: &Serving, client: &mut Client) -> Fate {
    {
        let mut out = worker.out.borrow_mut();
        out.clear();
        let mut more = b"Cache-Control: no-store\r\nConnection: close\r\n".to_vec();
        worker.write_date(Instant::now(), &mut more);
        let said = Said::default();
        write_default(Refusal::HeadTooSlow, &said, false, false, &more, &mut out);
    }
    serving
        .counters
        .request(NO_ENDPOINT, Outcome::Refused, Refusal::HeadTooSlow.status());
    if send(worker, client).await {
        Fate::Linger
    } else {
        Fate::Close
    }
}
