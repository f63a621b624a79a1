use std::sync::Arc;
use std::task::Waker;

use buffy_test::TempFolder;

use super::*;
use crate::calls::Calls;
use crate::journal::Journal;
use crate::permits::Permits;
use crate::proxy::process::Answering;
use crate::session::{Clock, Sessions};
use crate::upstream::limits::ProcessLimits;
use crate::upstream::state::StateDir;

const SETTINGS: BodySettings = BodySettings {
    memory: 100,
    buffer: 1000,
    max: Some(5000),
};

/// A process that may hold so many bytes of bodies in memory, and of heads.
fn process(memory: u64, heads: u64) -> Process {
    let folder = TempFolder::new();
    let state = StateDir::open(folder.path().join("state")).unwrap();
    Process::new(
        1,
        Arc::new(ProcessLimits::new(10, heads, memory, 10_000)),
        Permits::new(1000),
        Permits::new(1000),
        Arc::new(state),
        Arc::new(Journal::new(1, 0)),
        Answering {
            sessions: Arc::new(Sessions::new(1)),
            clock: Clock::default(),
            calls: Calls::idle(),
            hubs: Arc::default(),
        },
    )
}

fn body(framing: Framing) -> Body {
    let mut body = Body::new(framing);
    body.set(SETTINGS).unwrap();
    body
}

/// Takes in what there is room for; nothing is written to a file meanwhile.
fn take(body: &mut Body, process: &Process, input: &[u8]) -> usize {
    let mut cx = Context::from_waker(Waker::noop());
    let mut taken = 0;
    loop {
        let rest = &input[taken..];
        let Poll::Ready(room @ 1..) = body.poll_room(&mut cx, process, rest.len()) else {
            return taken;
        };
        taken += body.take_counted(&rest[..room], room).unwrap();
    }
}

#[test]
fn memory_comes_first_then_the_file_and_no_more_than_the_buffer() {
    let process = process(1000, 0);
    let mut body = body(Framing::Length(2000));
    assert!(body.count(&process));
    assert_eq!(take(&mut body, &process, &[7; 2000]), 1000);
    assert_eq!((body.kept().len(), body.spilled()), (100, 900));
    let counted = || {
        (
            process.limits.memory().taken(),
            process.limits.spill().taken(),
        )
    };
    assert_eq!(counted(), (100, 900));
    assert!(!body.is_done() && !body.is_whole());
    drop(body);
    assert_eq!(counted(), (0, 0));
}

#[test]
fn of_a_body_in_chunks_only_the_payload_counts() {
    let process = process(1000, 0);
    let mut body = body(Framing::Chunked);
    assert!(body.count(&process));
    let message = b"5\r\nhello\r\n6\r\n world\r\n0\r\n\r\n";
    let mut cx = Context::from_waker(Waker::noop());
    let room = body.poll_room(&mut cx, &process, message.len());
    assert_eq!(room, Poll::Ready(message.len()));
    assert_eq!(body.take_counted(message, message.len()), Ok(message.len()));
    assert_eq!(
        (body.kept(), process.limits.memory().taken()),
        (&b"hello world"[..], 11)
    );
    assert!(body.is_whole() && body.kept_bytes() == 11);
}

#[test]
fn what_came_with_the_head_is_counted_where_there_is_room() {
    let came = |process: &Process, bytes: usize| {
        let mut body = body(Framing::Length(2000));
        assert_eq!(body.keep(&vec![7; bytes]), Ok(bytes));
        let held = body.count(process);
        (held, body.kept().len(), body.spilled(), body)
    };
    let first = process(150, 200);
    let (held, memory, spilled, _kept) = came(&first, 90);
    assert_eq!((held, memory, spilled), (true, 90, 0));
    let (held, memory, spilled, _spilled) = came(&first, 70);
    assert_eq!((held, memory, spilled), (true, 0, 70), "memory is full");
    let (held, memory, spilled, _large) = came(&first, 110);
    assert_eq!(
        (held, memory, spilled),
        (true, 0, 110),
        "more than goes into memory"
    );
    let (held, memory, spilled, with_head) = came(&first, 1100);
    assert_eq!(
        (held, memory, spilled),
        (false, 1100, 0),
        "more than is kept at all"
    );
    drop(with_head);
    let (held, _, _, with_head) = came(&process(0, 1100), 1100);
    assert!(held, "with the heads");
    assert_eq!(with_head.kept_bytes(), 1100);
}

#[test]
fn counting_again_counts_what_came_since() {
    let process = process(100, 0);
    let mut body = body(Framing::Length(2000));
    assert_eq!(body.keep(&[7; 30]), Ok(30));
    assert!(body.count(&process) && body.count(&process));
    assert_eq!(process.limits.memory().taken(), 30);
    body.pass(&[7; 40], &mut Vec::new()).unwrap();
    assert!(body.count(&process));
    assert_eq!(process.limits.memory().taken(), 70);
}

#[test]
fn a_copy_is_kept_of_what_is_passed_while_it_is_little() {
    let mut body = body(Framing::Length(3000));
    let mut out = Vec::new();
    assert_eq!(body.pass(&[7; 3000], &mut out), Ok(3000));
    assert!(body.is_whole() && body.kept() == out);

    let mut body = Body::new(Framing::Length(100_000));
    out.clear();
    assert_eq!(body.pass(&vec![7; 60_000], &mut out), Ok(60_000));
    assert_eq!(body.kept().len(), 60_000);
    assert_eq!(body.pass(&vec![7; 40_000], &mut out), Ok(40_000));
    assert!(body.is_done() && !body.is_whole() && body.kept().is_empty());
}

#[test]
fn what_is_passed_behind_a_file_drops_the_copy() {
    let process = process(1000, 0);
    let mut body = body(Framing::Length(2000));
    assert!(body.count(&process));
    take(&mut body, &process, &[7; 2000]);
    body.pass(&[7; 1], &mut Vec::new()).unwrap();
    assert_eq!((body.kept_bytes(), process.limits.spill().taken()), (0, 0));
    let mut cx = Context::from_waker(Waker::noop());
    assert_eq!(body.poll_room(&mut cx, &process, 10), Poll::Ready(0));
}

#[test]
fn what_is_passed_while_a_file_was_still_waited_for_goes_once() {
    let process = process(0, 0);
    let mut cx = Context::from_waker(Waker::noop());
    let mut others = Vec::new();
    // Pieces may be in memory for so many bodies at once, and for no more.
    let mut body = loop {
        let mut body = body(Framing::Length(2000));
        if body.poll_room(&mut cx, &process, 10).is_pending() {
            break body;
        }
        assert_eq!(body.take_counted(&[7; 10], 10), Ok(10));
        others.push(body);
    };
    assert!(body.is_spilling());
    let mut out = Vec::new();
    assert_eq!(body.pass(&[8; 10], &mut out), Ok(10));
    assert_eq!(out, [8; 10]);
    assert_eq!((body.kept(), body.spilled()), (&[8; 10][..], 0));
    assert!(!body.is_spilling(), "it is in nobody's way");
}

#[test]
fn a_body_may_be_as_large_as_the_endpoint_says() {
    let set = |length| Body::new(Framing::Length(length)).set(SETTINGS);
    assert_eq!((set(5000), set(5001)), (Ok(()), Err(Fault::TooLarge)));
    let mut chunked = body(Framing::Chunked);
    let mut out = Vec::new();
    let chunk = [b"1388\r\n".to_vec(), vec![7; 5000], b"\r\n".to_vec()].concat();
    assert_eq!(chunked.pass(&chunk, &mut out), Ok(chunk.len()));
    assert_eq!(chunked.pass(b"1\r\nx", &mut out), Err(Fault::TooLarge));
    let mut broken = body(Framing::Chunked);
    assert_eq!(broken.pass(b"x\r\n", &mut out), Err(Fault::Framing));
}
