use std::time::Duration;

use buffy_core::delay::Wait;
use buffy_test::{DEADLINE, FakeUpstream, OneThread, Reply};

use super::{Call, Calls, DEPTH_MAX, ERRANDS_MAX, Errand, Step};
use crate::client::Client;
use crate::outbox::HookFigures;
use crate::session::Clock;

/// Longer than any test.
const LONG: Duration = Duration::from_mins(30);

fn start(rt: &OneThread) -> (Calls, Clock) {
    let clock = Clock::default();
    let calls = rt.run(async { Calls::start(Client::default(), clock.clone()) });
    (calls, clock)
}

fn call(url: String) -> Call {
    Call {
        method: "POST",
        url,
        headers: Vec::new(),
        content_type: Some("application/json"),
        body: "{}".into(),
        after: Wait::For(Duration::ZERO),
        retry: 0,
    }
}

fn errand(calls: Vec<Call>) -> Errand {
    Errand {
        endpoint: "orders".to_owned(),
        response: "ok".to_owned(),
        depth: 0,
        steps: calls.into_iter().map(Step::Call).collect(),
    }
}

fn figures(calls: &Calls) -> (u64, u64, u64) {
    let figures = calls.figures();
    figures.map_or(
        (0, 0, 0),
        |HookFigures {
             ok,
             failed,
             dropped,
             ..
         }| { (ok, failed, dropped) },
    )
}

fn targets(receiver: &FakeUpstream) -> Vec<String> {
    let requests = receiver.requests().into_iter();
    requests.map(|request| request.target).collect()
}

#[test]
fn a_call_is_made_as_it_was_rendered() {
    let (rt, receiver) = (OneThread::new(), FakeUpstream::start());
    let (calls, _) = start(&rt);
    let mut call = call(format!("{}/done?x=1", receiver.url()));
    call.method = "PUT";
    call.headers = vec![
        ("X-Mark".to_owned(), "here".to_owned()),
        ("X-Mark".to_owned(), "and here".to_owned()),
        ("content-type".to_owned(), "text/x-own".to_owned()),
        ("x-buffy-depth".to_owned(), "0".to_owned()),
    ];
    calls.send(Errand {
        depth: 3,
        ..errand(vec![call])
    });
    rt.eventually("it was made", || figures(&calls) == (1, 0, 0));
    let [got] = &receiver.requests()[..] else {
        panic!("one request");
    };
    assert_eq!(
        (got.method.as_str(), got.target.as_str()),
        ("PUT", "/done?x=1")
    );
    let marks = got.fields.iter().filter(|(name, _)| name == "x-mark");
    let marks: Vec<&str> = marks.map(|(_, value)| value.as_str()).collect();
    assert_eq!(marks, ["here", "and here"]);
    assert_eq!(got.field("content-type"), Some("text/x-own"));
    assert_eq!(
        got.field("x-buffy-depth"),
        Some("4"),
        "it cannot be taken away"
    );
    assert_eq!(&got.body[..], b"{}");
}

#[test]
fn steps_come_one_after_the_other_and_wait_by_the_clock() {
    let (rt, receiver) = (OneThread::new(), FakeUpstream::start());
    let (calls, clock) = start(&rt);
    let at = |path: &str| call(format!("{}{path}", receiver.url()));
    let late = Call {
        after: Wait::For(LONG),
        ..at("/late")
    };
    calls.send(errand(vec![at("/first"), late, at("/last")]));
    calls.send(errand(vec![at("/other")]));
    rt.eventually("what is not late was made", || {
        targets(&receiver).len() == 2
    });
    let mut made = targets(&receiver);
    made.sort();
    assert_eq!(made, ["/first", "/other"]);
    rt.eventually("the rest was made", || {
        clock.advance(LONG);
        targets(&receiver).len() == 4
    });
    assert_eq!(targets(&receiver)[2..], ["/late", "/last"]);
}

#[test]
fn a_call_that_fails_is_made_again_as_often_as_it_says() {
    let (rt, receiver) = (OneThread::new(), FakeUpstream::start());
    let (calls, clock) = start(&rt);
    for status in [503, 500, 404] {
        receiver.reply_next(Reply::text(status, "no"));
    }
    receiver.reply_otherwise(Reply::text(500, "no"));
    let repeated = |retry| Call {
        retry,
        ..call(receiver.url())
    };
    calls.send(errand(vec![repeated(3), repeated(1), repeated(0)]));
    rt.eventually("all were tried", || {
        clock.advance(LONG);
        figures(&calls) == (1, 2, 0)
    });
    // 503, 500, 404, which is an answer; then twice 500, and once.
    assert_eq!(receiver.requests().len(), 6);
}

#[test]
fn a_step_that_cannot_be_done_keeps_none_from_the_next() {
    let (rt, receiver) = (OneThread::new(), FakeUpstream::start());
    let (calls, _) = start(&rt);
    let no_url = call("not a url".to_owned());
    let no_field = Call {
        headers: vec![("X Y".to_owned(), String::new())],
        ..call(receiver.url())
    };
    calls.send(errand(vec![no_url, no_field, call(receiver.url())]));
    rt.eventually("all were looked at", || figures(&calls) == (1, 2, 0));
    assert_eq!(receiver.requests().len(), 1);
}

#[test]
fn answers_that_call_each_other_come_to_an_end() {
    let (rt, receiver) = (OneThread::new(), FakeUpstream::start());
    let (calls, _) = start(&rt);
    let at_depth = |depth| Errand {
        depth,
        ..errand(vec![call(receiver.url())])
    };
    calls.send(at_depth(DEPTH_MAX));
    calls.send(at_depth(DEPTH_MAX - 1));
    rt.eventually("the other was made", || figures(&calls) == (1, 0, 1));
    let requests = receiver.requests();
    assert_eq!(requests[0].field("x-buffy-depth"), Some("10"));
}

#[test]
fn what_finds_no_room_is_dropped_and_counted() {
    let rt = OneThread::new();
    let (calls, _) = start(&rt);
    let never = || Call {
        after: Wait::Forever,
        ..call(String::new())
    };
    for _ in 0..ERRANDS_MAX + 3 {
        calls.send(errand(vec![never()]));
    }
    rt.run(tokio::task::yield_now());
    calls.send(errand(vec![never()]));
    assert_eq!(figures(&calls), (0, 0, 4));
    assert!(!rt.run(calls.finish(Duration::from_millis(10))));
}

#[test]
fn what_is_to_be_sent_has_a_bound_too() {
    let rt = OneThread::new();
    let (calls, _) = start(&rt);
    let large = || Call {
        after: Wait::Forever,
        body: vec![b'x'; 16 * 1024 * 1024].into(),
        ..call(String::new())
    };
    for _ in 0..5 {
        calls.send(errand(vec![large()]));
    }
    assert_eq!(figures(&calls), (0, 0, 2), "64 MiB and what is around them");
    calls.send(errand(vec![call(String::new())]));
    assert_eq!(figures(&calls), (0, 0, 2));
}

#[test]
fn the_end_waits_for_what_is_under_way() {
    let (rt, receiver) = (OneThread::new(), FakeUpstream::start());
    let (calls, _) = start(&rt);
    let soon = Call {
        after: Wait::For(Duration::from_millis(50)),
        ..call(receiver.url())
    };
    calls.send(errand(vec![soon]));
    assert!(rt.run(calls.finish(DEADLINE)));
    assert_eq!(receiver.requests().len(), 1);
    calls.send(errand(vec![call(receiver.url())]));
    assert_eq!(figures(&calls), (1, 0, 1), "nothing is taken any more");
}
