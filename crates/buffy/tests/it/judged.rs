//! Requests that wait while the rules of closes change under them, step by step: no task runs but
//! the test's own.

use std::sync::Arc;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use buffy::upstream::limits::Bounded;
use buffy::upstream::place::{Place, Release};
use buffy::upstream::{Admission, Asker, Joining, Order, RequestLine, Shown, Terms, Upstream};
use buffy_core::gate::{Asks, Holds, Standing, Token};
use buffy_core::moment::Moment;
use buffy_core::queue::{CLASS_LAST, Facts};
use buffy_core::rule::{RequestFacts, Rule};
use buffy_test::FakeUpstream;

use crate::kit::{More, TestBuffy};

/// A GET of this path.
struct Get(&'static str);

impl Asker for Get {
    fn judge(&self, standing: &Standing) -> u32 {
        standing.judge(&RequestFacts {
            method: "GET",
            path: self.0,
            query: "",
            host: "",
            header: &|_| Vec::new(),
        })
    }

    fn shown(&self) -> Shown {
        Shown {
            id: 0,
            line: RequestLine::new("GET", self.0, "", ""),
            peer: [127, 0, 0, 1].into(),
            length: Some(0),
            endpoint: "all".into(),
            deadline: Moment::ZERO.after(Duration::from_hours(1)),
        }
    }
}

/// Takes a place, which it must: it is the `nth` to arrive.
#[track_caller]
fn holding(up: &Arc<Upstream>, get: &Get, nth: u64) -> Place {
    let joining = Joining {
        asks: Asks::READ,
        asker: get,
        class: CLASS_LAST,
        arrival: Moment::ZERO.after(Duration::from_millis(nth)),
        facts: Facts::default(),
        held: &Arc::new(Bounded::new(10)),
        head_bytes: 0,
    };
    let Admission::Hold(place) = up.admit(0, &joining) else {
        panic!("{} is not held", get.0);
    };
    place
}

fn look(place: &Place) -> Poll<Release> {
    place.poll_release(&mut Context::from_waker(Waker::noop()))
}

fn close(up: &Arc<Upstream>, rule: &str) -> Token {
    let order = Order::Close {
        token: None,
        actor: "ci".to_owned(),
        reason: String::new(),
        holds: Holds::Rule(Rule::parse_request(rule).expect("it is a rule")),
        terms: Terms::default(),
        drain: Duration::ZERO,
        cut: false,
    };
    let answer = up.operate(order, None).expect("it is carried out");
    answer.token.expect("a close has a token")
}

fn lift(up: &Arc<Upstream>, token: Token) {
    let order = Order::Open {
        actor: String::new(),
        reason: String::new(),
        token: Some(token),
    };
    up.operate(order, None).expect("it is carried out");
}

fn open(upstream: &FakeUpstream, more: &str) -> TestBuffy {
    let more = More {
        upstream: more,
        ..More::default()
    };
    let buffy = TestBuffy::forwarding(upstream, more);
    buffy.eventually_open();
    buffy
}

#[test]
fn who_was_released_and_met_another_close_is_judged_by_its_own_rule() {
    let upstream = FakeUpstream::start();
    let buffy = open(&upstream, "");
    let up = buffy.upstream();
    let a = Get("/a");
    let first = close(&up, "path=/a");
    let place = holding(&up, &a, 1);
    assert_eq!(look(&place), Poll::Pending);

    lift(&up, first);
    assert_eq!(look(&place), Poll::Ready(Release::Go));
    // The bit of the first rule is the second's now.
    close(&up, "path=/b");
    assert!(up.pass_released(0, &place).is_none(), "it was not judged");
    assert_eq!(look(&place), Poll::Ready(Release::Judge));
    place.judge_again(Asks::READ, &a);
    assert_eq!(look(&place), Poll::Ready(Release::Go));
    assert!(up.pass_released(0, &place).is_some());
}

#[test]
fn whoever_is_judged_first_goes_no_sooner_than_those_before_him() {
    let upstream = FakeUpstream::start();
    let buffy = open(&upstream, "max_inflight: 1");
    let up = buffy.upstream();
    let a = Get("/a");
    let held_by = close(&up, "path=/a");
    close(&up, "path=/b");
    let places = [1, 2, 3].map(|nth| holding(&up, &a, nth));
    let under_way = up.pass_apart(0).expect("a slot is free");

    lift(&up, held_by);
    for place in &places {
        assert_eq!(look(place), Poll::Ready(Release::Judge));
    }
    let [first, second, third] = places;
    third.judge_again(Asks::READ, &a);
    second.judge_again(Asks::READ, &a);
    drop(under_way);
    assert_eq!(look(&second), Poll::Pending, "the first may go before it");
    assert_eq!(look(&third), Poll::Pending);
    // Nobody waits for one that has left.
    drop(first);
    assert_eq!(look(&second), Poll::Ready(Release::Go));
    assert_eq!(look(&third), Poll::Pending);
}
