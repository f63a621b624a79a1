//! The access log: one line per request, written by a thread of its own.

use std::fmt::Write as _;
use std::io::{self, Write};
use std::net::IpAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{self, Receiver, SyncSender};
use std::time::Duration;

use buffy_core::config::LogFormat;
use serde::Serialize;

use super::Style;

/// Lines that wait to be written.
pub(super) const QUEUE: usize = 8192;

/// The thread that writes; it ends with its last sender.
#[derive(Debug)]
pub struct AccessLog;

/// Hands lines over; cheap to clone.
#[derive(Clone, Debug)]
pub struct AccessSender {
    lines: SyncSender<Note>,
    dropped: Arc<AtomicU64>,
}

/// One request that is over.
#[derive(Clone, Debug)]
pub struct AccessLine {
    pub request_id: String,
    pub peer: IpAddr,
    pub method: String,
    /// What is behind a `?` is not written: it may hold a secret.
    pub path: String,
    pub endpoint: Option<String>,
    pub upstream: Option<String>,
    /// As the metrics call it.
    pub outcome: &'static str,
    pub status: u16,
    /// How long it was held, where it was.
    pub held: Option<Duration>,
    /// How often it was sent to a target.
    pub attempts: u32,
    /// From the head to the answer's end.
    pub elapsed: Duration,
}

#[derive(Debug)]
enum Note {
    /// With the time at which the request was over.
    Line(u64, AccessLine),
    /// Answered when all before it was written.
    Flush(SyncSender<()>),
}

#[derive(Serialize)]
struct Json<'a> {
    timestamp: String,
    message: &'static str,
    request_id: &'a str,
    peer: IpAddr,
    method: &'a str,
    path: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    endpoint: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    upstream: Option<&'a str>,
    outcome: &'static str,
    status: u16,
    #[serde(skip_serializing_if = "Option::is_none")]
    hold_ms: Option<u128>,
    attempts: u32,
    elapsed_ms: f64,
}

impl AccessLog {
    /// Starts the writer to standard output, in the style of the log.
    pub fn start(format: LogFormat) -> AccessSender {
        Self::write_to(io::stdout(), super::style(format))
    }

    pub(super) fn write_to(to: impl Write + Send + 'static, style: Style) -> AccessSender {
        let (lines, queue) = mpsc::sync_channel(QUEUE);
        let dropped = Arc::new(AtomicU64::new(0));
        let lost = Arc::clone(&dropped);
        let write = move || write(&queue, to, style, &lost);
        if let Err(error) = crate::tasks::spawn_thread("access-log".to_owned(), write) {
            tracing::error!(%error, "there is no access log: its thread cannot be started");
        }
        AccessSender { lines, dropped }
    }
}

impl AccessSender {
    /// Hands a line over; never waits. Where there is no room it is dropped and counted.
    pub fn try_send(&self, line: AccessLine) {
        if self
            .lines
            .try_send(Note::Line(crate::clock::unix_ms(), line))
            .is_err()
        {
            self.dropped.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// Lines that were dropped so far.
    pub fn dropped(&self) -> u64 {
        self.dropped.load(Ordering::Relaxed)
    }

    /// Waits until what was handed over is written; false where that took longer. It blocks.
    pub fn flush(&self, within: Duration) -> bool {
        let (done, written) = mpsc::sync_channel(1);
        self.lines.try_send(Note::Flush(done)).is_ok() && written.recv_timeout(within).is_ok()
    }
}

/// Writes what there is in one go, and only then waits for more.
fn write(queue: &Receiver<Note>, mut to: impl Write, style: Style, dropped: &AtomicU64) {
    let mut text = String::new();
    let mut told = 0;
    while let Ok(first) = queue.recv() {
        text.clear();
        let mut flushed = Vec::new();
        for note in std::iter::once(first).chain(queue.try_iter().take(QUEUE)) {
            match note {
                Note::Line(at_ms, line) => line.write(&mut text, at_ms, style),
                Note::Flush(done) => flushed.push(done),
            }
        }
        if let Err(error) = to.write_all(text.as_bytes()).and_then(|()| to.flush()) {
            tracing::error!(%error, "the access log cannot be written");
        }
        let lost = dropped.load(Ordering::Relaxed) - told;
        if lost > 0 {
            tracing::warn!(lost, "the access log is too slow: lines were dropped");
            told += lost;
        }
        for done in flushed {
            // An error here is somebody who has stopped waiting.
            done.try_send(()).unwrap_or_default();
        }
    }
}

impl AccessLine {
    fn write(&self, text: &mut String, at_ms: u64, style: Style) {
        let written = match style {
            Style::Json => self.write_json(text, at_ms),
            Style::Human { .. } => self.write_human(text, at_ms),
        };
        debug_assert!(written.is_ok(), "a string takes every text");
    }

    fn write_json(&self, text: &mut String, at_ms: u64) -> Result<(), std::fmt::Error> {
        let json = Json {
            timestamp: timestamp(at_ms),
            message: "request",
            request_id: &self.request_id,
            peer: self.peer,
            method: &self.method,
            path: self.path_only(),
            endpoint: self.endpoint.as_deref(),
            upstream: self.upstream.as_deref(),
            outcome: self.outcome,
            status: self.status,
            hold_ms: self.held.map(|held| held.as_millis()),
            attempts: self.attempts,
            elapsed_ms: millis(self.elapsed),
        };
        let line = serde_json::to_string(&json).map_err(|_| std::fmt::Error)?;
        writeln!(text, "{line}")
    }

    fn write_human(&self, text: &mut String, at_ms: u64) -> Result<(), std::fmt::Error> {
        let (at, path) = (timestamp(at_ms), self.path_only().escape_debug());
        write!(
            text,
            "{at} {} {path} {} {}",
            self.method, self.status, self.outcome
        )?;
        if let Some(upstream) = &self.upstream {
            write!(text, " upstream={upstream}")?;
        }
        if let Some(held) = self.held {
            write!(text, " hold_ms={}", held.as_millis())?;
        }
        let elapsed = millis(self.elapsed);
        let Self {
            attempts,
            peer,
            request_id,
            ..
        } = self;
        writeln!(
            text,
            " attempts={attempts} elapsed_ms={elapsed} peer={peer} id={request_id}"
        )
    }

    fn path_only(&self) -> &str {
        self.path.split('?').next().unwrap_or_default()
    }
}

/// Three digits behind the point: microseconds.
fn millis(time: Duration) -> f64 {
    let micros = u32::try_from(time.as_micros()).unwrap_or(u32::MAX);
    f64::from(micros) / 1000.0
}

fn timestamp(at_ms: u64) -> String {
    let ms = i64::try_from(at_ms).unwrap_or(i64::MAX);
    jiff::Timestamp::from_millisecond(ms)
        .unwrap_or(jiff::Timestamp::MAX)
        .to_string()
}
