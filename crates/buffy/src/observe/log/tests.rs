//! What the log looks like, and who never waits for it.

use std::io::{self, Write};
use std::net::{IpAddr, Ipv4Addr};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use buffy_test::{DEADLINE, eventually};
use serde_json::Value;
use tracing::level_filters::LevelFilter;
use tracing::subscriber::with_default;

use super::access::QUEUE;
use super::{AccessLine, AccessLog, Style};

/// Text that is written, and can be read.
#[derive(Clone, Default)]
struct Paper(Arc<Mutex<Vec<u8>>>);

impl Paper {
    fn text(&self) -> String {
        String::from_utf8(self.0.lock().unwrap().clone()).unwrap()
    }
}

impl Write for Paper {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Takes a write only when it is let go.
struct Clogged {
    paper: Paper,
    began: SyncSender<()>,
    let_go: Receiver<()>,
}

impl Write for Clogged {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.began.try_send(()).unwrap_or_default();
        // Nobody holds it any more once the test has dropped its end.
        self.let_go.recv().unwrap_or_default();
        self.paper.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn line(request_id: &str) -> AccessLine {
    AccessLine {
        request_id: request_id.to_owned(),
        peer: IpAddr::V4(Ipv4Addr::LOCALHOST),
        method: "GET".to_owned(),
        path: "/pay?token=secret".to_owned(),
        endpoint: Some("payments".to_owned()),
        upstream: Some("shop".to_owned()),
        outcome: "held_released",
        status: 200,
        held: Some(Duration::from_millis(1234)),
        attempts: 1,
        elapsed: Duration::from_micros(1_240_500),
    }
}

#[test]
fn a_level_is_one_of_five_words() {
    assert_eq!(super::level(""), Some(LevelFilter::INFO));
    assert_eq!(super::level("WARN"), Some(LevelFilter::WARN));
    assert_eq!(super::level("trace"), Some(LevelFilter::TRACE));
    assert_eq!(super::level("verbose"), None);
}

#[test]
fn json_lines_are_flat_and_of_the_level_and_above() {
    let paper = Paper::default();
    let writer = paper.clone();
    let log = super::json(move || writer.clone(), LevelFilter::INFO);
    with_default(log, || {
        tracing::info!(upstream = "shop", held = 3, "holding");
        tracing::debug!("not this");
    });
    let text = paper.text();
    let line: Value = serde_json::from_str(text.trim_end()).unwrap();
    assert_eq!(
        (&line["level"], &line["message"]),
        (&"INFO".into(), &"holding".into())
    );
    assert_eq!(
        (&line["upstream"], &line["held"]),
        (&"shop".into(), &3.into())
    );
    assert!(line["timestamp"].as_str().unwrap().ends_with('Z'));
}

#[test]
fn human_lines_have_colours_only_where_asked() {
    let written = |colours| {
        let paper = Paper::default();
        let writer = paper.clone();
        let log = super::human(move || writer.clone(), LevelFilter::INFO, colours);
        with_default(log, || tracing::warn!(upstream = "shop", "target down"));
        paper.text()
    };
    let plain = written(false);
    assert!(
        plain.contains("WARN") && plain.contains("target down"),
        "{plain}"
    );
    assert!(!plain.contains('\u{1b}'), "{plain:?}");
    assert!(written(true).contains('\u{1b}'));
}

#[test]
fn an_access_line_has_its_fields_and_no_query() {
    let paper = Paper::default();
    let access = AccessLog::write_to(paper.clone(), Style::Json);
    access.try_send(line("a"));
    access.try_send(AccessLine {
        held: None,
        endpoint: None,
        upstream: None,
        ..line("b")
    });
    assert!(access.flush(DEADLINE));
    let text = paper.text();
    let lines: Vec<Value> = text
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    let mut first = lines[0].clone();
    let timestamp = first.as_object_mut().unwrap().remove("timestamp").unwrap();
    assert!(timestamp.as_str().unwrap().ends_with('Z'));
    assert_eq!(
        first,
        serde_json::json!({
            "message": "request", "request_id": "a", "peer": "127.0.0.1", "method": "GET",
            "path": "/pay", "endpoint": "payments", "upstream": "shop",
            "outcome": "held_released", "status": 200, "hold_ms": 1234, "attempts": 1,
            "elapsed_ms": 1240.5,
        })
    );
    for absent in ["hold_ms", "endpoint", "upstream"] {
        assert_eq!(lines[1].get(absent), None, "{absent}");
    }
}

#[test]
fn an_access_line_for_people_is_one_line() {
    let paper = Paper::default();
    let access = AccessLog::write_to(paper.clone(), Style::Human { colours: false });
    access.try_send(AccessLine {
        path: "/a\nb".to_owned(),
        ..line("a")
    });
    assert!(access.flush(DEADLINE));
    let text = paper.text();
    let (_, rest) = text.split_once(' ').unwrap();
    assert_eq!(
        rest,
        "GET /a\\nb 200 held_released upstream=shop hold_ms=1234 attempts=1 elapsed_ms=1240.5 \
         peer=127.0.0.1 id=a\n"
    );
}

#[test]
fn a_clogged_output_drops_lines_and_stops_nobody() {
    let paper = Paper::default();
    let (began, beginning) = sync_channel(1);
    let (let_go, waits) = sync_channel::<()>(1);
    let clogged = Clogged {
        paper: paper.clone(),
        began,
        let_go: waits,
    };
    let access = AccessLog::write_to(clogged, Style::Json);
    access.try_send(line("first"));
    beginning.recv_timeout(DEADLINE).unwrap();
    for _ in 0..QUEUE + 10 {
        access.try_send(line("more"));
    }
    assert_eq!(access.dropped(), 10);
    assert!(
        !access.flush(Duration::from_millis(1)),
        "nothing can be promised now"
    );
    drop(let_go);
    eventually("what waited is written", || {
        paper.text().lines().count() == QUEUE + 1
    });
    assert!(access.flush(DEADLINE));
    access.try_send(line("last"));
    assert!(access.flush(DEADLINE));
    assert!(paper.text().ends_with("}\n") && paper.text().contains("\"last\""));
}
