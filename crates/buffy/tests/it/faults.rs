//! Answers that break: what a client really sees.

use std::io::{ErrorKind, Read as _, Write as _};
use std::net::{Ipv4Addr, TcpStream};
use std::time::Duration;

use buffy_test::eventually;

use crate::kit::TestBuffy;
use crate::respond::responding;

/// A connection on which nothing comes for so long stays open.
const QUIET: Duration = Duration::from_millis(300);

/// What came, and how the connection ended: `closed`, `reset`, or `open` where it stays.
fn broken(buffy: &TestBuffy, target: &str) -> (Vec<u8>, &'static str) {
    let stream = TcpStream::connect((Ipv4Addr::LOCALHOST, buffy.port()));
    let mut stream = stream.expect("it listens");
    let head = format!("GET {target} HTTP/1.1\r\nHost: a\r\n\r\n");
    stream.write_all(head.as_bytes()).expect("it reads");
    stream
        .set_read_timeout(Some(QUIET))
        .expect("a time above zero");
    let mut came = Vec::new();
    let mut piece = [0; 4096];
    loop {
        match stream.read(&mut piece) {
            Ok(0) => return (came, "closed"),
            Ok(read) => came.extend(piece.iter().take(read)),
            Err(error) if error.kind() == ErrorKind::ConnectionReset => return (came, "reset"),
            Err(_) => return (came, "open"),
        }
    }
}

fn faulty(fault: &str, after: &str) -> TestBuffy {
    responding(&format!(
        "  - {{name: ok, fault: {fault}{after}, content: '0123456789'}}\n"
    ))
}

#[test]
fn before_the_status_line_nothing_is_sent() {
    for (fault, end) in [("reset", "reset"), ("empty", "closed"), ("hang", "open")] {
        let buffy = faulty(fault, "");
        assert_eq!(broken(&buffy, "/it/1"), (Vec::new(), end), "{fault}");
    }
    let (came, end) = broken(&faulty("garbage", ""), "/it/1");
    assert_eq!(end, "closed");
    assert!(!came.starts_with(b"HTTP/") && !came.is_empty());
}

#[test]
fn so_many_bytes_are_sent_and_no_more() {
    for (fault, end) in [
        ("reset", "reset"),
        ("empty", "closed"),
        ("truncate", "closed"),
        ("hang", "open"),
    ] {
        let buffy = faulty(fault, ", after: 20");
        let (came, ended) = broken(&buffy, "/it/1");
        assert_eq!((came.len(), ended), (20, end), "{fault}");
        assert!(came.starts_with(b"HTTP/1.1 200 OK\r\n"), "{fault}");
    }
    let (came, _) = broken(&faulty("garbage", ", after: 17"), "/it/1");
    assert!(came.starts_with(b"HTTP/1.1 200 OK\r\n\0"));
}

#[test]
fn a_truncated_answer_promises_more_than_it_has() {
    let (came, end) = broken(&faulty("truncate", ""), "/it/1");
    let text = String::from_utf8(came).unwrap();
    assert_eq!(end, "closed");
    assert!(text.contains("Content-Length: 10\r\n"), "{text}");
    assert!(text.ends_with("\r\n\r\n01234"), "{text}");
}

#[test]
fn a_stream_breaks_within_its_content() {
    for (fault, end) in [("reset", "reset"), ("truncate", "closed")] {
        let buffy = responding(&format!(
            "  - {{name: ok, fault: {fault}, after: 12, stream: {{as: chunked, every: 1ms, repeat: forever, events: [{{text: 'abcdefgh'}}]}}}}\n"
        ));
        let (came, ended) = broken(&buffy, "/it/1");
        let text = String::from_utf8(came).unwrap();
        assert_eq!(ended, end, "{text}");
        assert!(
            text.ends_with("\r\n\r\n8\r\nabcdefgh\r\n4\r\nabcd\r\n"),
            "{text}"
        );
    }
}

#[test]
fn a_fault_of_a_chance_strikes_now_and_then_and_the_others_pass() {
    let buffy = responding(
        "  - {name: chaos, chance: 50%, fault: reset}
  - {name: ok, content: ok}
",
    );
    let mut struck = 0;
    eventually("both were seen", || {
        let (came, end) = broken(&buffy, "/it/1");
        struck += usize::from(end == "reset" && came.is_empty());
        struck > 0 && came.ends_with(b"ok")
    });
}

#[test]
fn what_hangs_ends_with_its_client_and_with_buffy() {
    let mut buffy = faulty("hang", "");
    let client = buffy.asking("/it/1");
    let stopping = buffy.begin_stop();
    let ended = stopping.join().unwrap();
    assert_eq!(ended, buffy::app::Ended::Gracefully);
    drop(client);
}
