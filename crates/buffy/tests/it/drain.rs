//! Drains: closing, and waiting until nothing that the close holds is on its way.

use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use buffy::upstream::{Drained, Order, Terms, Upstream};
use buffy_core::gate::Holds;
use buffy_core::rule::Rule;
use buffy_test::{FakeUpstream, OneThread, RawClient, Reply, Step, eventually, eventually_some};
use serde_json::{Value, json};
use tokio::time::timeout;

use crate::kit::{TestBuffy, api_request};

/// A request of the admin API whose answer is waited for elsewhere.
fn closing(buffy: &TestBuffy, body: &Value) -> RawClient {
    let mut client = RawClient::connect(buffy.admin_port());
    client.send(api_request("POST", "gates/up/close", body));
    eventually("the close stands", || stands(buffy));
    client
}

fn stands(buffy: &TestBuffy) -> bool {
    let gate = buffy.api("GET", "gates/up", &Value::Null).json();
    let entries = gate.get("operator").and_then(Value::as_array);
    entries.is_some_and(|all| !all.is_empty())
}

/// An upstream that answers nobody until it is resumed, and so many requests on their way to it.
fn under_way(upstream: &FakeUpstream, buffy: &TestBuffy, count: usize) -> Vec<RawClient> {
    buffy.eventually_open();
    upstream.pause();
    let clients = (0..count).map(|_| buffy.asking("/under-way")).collect();
    eventually("they are under way", || upstream.under_way() == count);
    clients
}

#[test]
fn a_drain_is_over_when_what_was_under_way_is_answered() {
    let upstream = FakeUpstream::start();
    let buffy = TestBuffy::forwarding_to(&upstream);
    let mut clients = under_way(&upstream, &buffy, 3);
    let mut drain = closing(&buffy, &json!({"drain": "30s", "actor": "ci"}));
    let mut held = buffy.holding("/held");
    drain.stays_silent(Duration::from_millis(50));

    upstream.resume();
    let answer = drain.response();
    assert_eq!(answer.status, 200, "{}", answer.text());
    assert_eq!(answer.json()["inflight"], 0);
    assert_eq!(answer.json()["reasons"], json!(["closed by ci"]));
    assert!(
        clients
            .iter_mut()
            .all(|client| client.response().status == 200)
    );
    assert_eq!((buffy.held(), upstream.count()), (1, 3));

    buffy.gate("open");
    assert_eq!(held.response().status, 200);
}

#[test]
fn a_drain_that_takes_too_long_says_what_is_left_and_the_close_stands() {
    let upstream = FakeUpstream::start();
    let buffy = TestBuffy::forwarding_to(&upstream);
    let mut clients = under_way(&upstream, &buffy, 2);
    let answer = buffy.api("POST", "gates/up/close", &json!({"drain": "50ms"}));
    assert_eq!(answer.status, 409, "{}", answer.text());
    assert_eq!(answer.json()["left"], json!({"inflight": 2, "endless": 0}));
    assert!(stands(&buffy));
    upstream.resume();
    assert!(
        clients
            .iter_mut()
            .all(|client| client.response().status == 200)
    );
}

#[test]
fn test_03_a_lift_during_a_drain_gives_nobody_a_5xx() {
    let upstream = FakeUpstream::start();
    let buffy = TestBuffy::forwarding_to(&upstream);
    let mut clients = under_way(&upstream, &buffy, 5);
    for round in 1..=5 {
        let mut drain = closing(&buffy, &json!({"drain": "30s"}));
        let mut held = buffy.holding("/held");
        buffy.gate("open");
        let answer = drain.response();
        assert_eq!(answer.status, 409, "it was lifted: {}", answer.text());
        eventually("the held one goes on", || {
            upstream.under_way() == 4 + 2 * round
        });
        clients.push(held);
        held = buffy.asking("/new");
        eventually("a new one passes", || upstream.count() == 5 + 2 * round);
        clients.push(held);
        eventually("all are under way", || {
            upstream.under_way() == 5 + 2 * round
        });
    }
    upstream.resume();
    let statuses: Vec<_> = clients
        .iter_mut()
        .map(|client| client.response().status)
        .collect();
    assert_eq!(statuses, vec![200; 15]);
}

#[test]
fn a_drain_of_writes_waits_for_no_read() {
    let upstream = FakeUpstream::start();
    let buffy = TestBuffy::forwarding_to(&upstream);
    let mut read = under_way(&upstream, &buffy, 1).remove(0);
    let answer = buffy.api(
        "POST",
        "gates/up/close",
        &json!({"drain": "30s", "hold": "writes"}),
    );
    assert_eq!(answer.status, 200, "{}", answer.text());
    buffy.gate("open");

    let mut write = buffy.client();
    write.post("/write", b"x");
    eventually("the write is under way", || upstream.under_way() == 2);
    let mut drain = closing(&buffy, &json!({"drain": "30s", "hold": "writes"}));
    drain.stays_silent(Duration::from_millis(50));
    upstream.resume();
    assert_eq!(drain.response().status, 200);
    assert_eq!(
        (read.response().status, write.response().status),
        (200, 200)
    );
}

/// A drain that has begun, polled by hand: what is admitted from now on came after it.
struct Begun {
    rt: OneThread,
    drain: Pin<Box<dyn Future<Output = Drained>>>,
}

impl Begun {
    /// Of a close of what this rule matches.
    fn of_rule(upstream: &Arc<Upstream>, rule: &str) -> Self {
        let order = Order::Close {
            token: None,
            actor: "ci".to_owned(),
            reason: String::new(),
            holds: Holds::Rule(Rule::parse_request(rule).expect("it is a rule")),
            terms: Terms::default(),
            drain: Duration::ZERO,
            cut: false,
        };
        let answer = upstream.operate(order, None).expect("it is carried out");
        let token = answer.token.expect("a close has a token");
        let upstream = Arc::clone(upstream);
        let drain = async move { upstream.drain(&token, Duration::from_mins(1)).await };
        let mut begun = Self {
            rt: OneThread::new(),
            drain: Box::pin(drain),
        };
        assert_eq!(begun.look(), None);
        begun
    }

    /// A few looks, and what came of them.
    fn look(&mut self) -> Option<Drained> {
        let Self { rt, drain } = self;
        rt.run(async { timeout(Duration::from_millis(20), drain).await.ok() })
    }

    /// It is quiet, and what its close does not hold is still under way.
    fn ends(mut self) {
        let drained = eventually_some("it is over", || self.look());
        assert!(drained.is_quiet(), "{drained:?}");
    }
}

#[test]
fn drains_of_rules_wait_each_for_whoever_was_admitted_before_it() {
    let backend = FakeUpstream::start();
    let reply = Reply::script([Step::ReadBody, Step::WaitToBeTold, Step::Echo]);
    backend.reply("/b", reply);
    let buffy = TestBuffy::forwarding_to(&backend);
    let up = buffy.upstream();
    buffy.eventually_open();
    let under_way = |count| eventually("they are under way", || backend.under_way() == count);
    let mut first = buffy.asking("/b");
    under_way(1);
    let of_a = Begun::of_rule(&up, "path=/a");
    let mut held = buffy.holding("/a");
    let mut second = buffy.asking("/b");
    under_way(2);
    let mut of_c = Begun::of_rule(&up, "path=/c");

    backend.tell();
    assert_eq!(first.response().status, 200);
    of_a.ends();
    assert_eq!(
        backend.under_way(),
        1,
        "whoever came since is not waited for"
    );

    assert_eq!(of_c.look(), None, "it waits for the second");
    let mut third = buffy.asking("/b");
    under_way(2);
    backend.tell();
    assert_eq!(second.response().status, 200);
    of_c.ends();
    assert_eq!(backend.under_way(), 1);

    backend.tell();
    assert_eq!(third.response().status, 200);
    buffy.gate("open");
    assert_eq!(held.response().status, 200);
}

#[test]
fn a_lease_begins_when_the_drain_is_over() {
    let upstream = FakeUpstream::start();
    let buffy = TestBuffy::forwarding_to(&upstream);
    let mut clients = under_way(&upstream, &buffy, 1);
    let mut drain = closing(&buffy, &json!({"drain": "1h", "ttl": "300ms"}));
    let mut held = buffy.holding("/held");
    // Far longer than the lease lasts, once it has begun.
    drain.stays_silent(Duration::from_millis(600));
    assert_eq!(buffy.held(), 1);

    upstream.resume();
    assert_eq!(drain.response().status, 200);
    assert_eq!(clients[0].response().status, 200);
    assert_eq!(
        held.response().status,
        200,
        "the lease ran out, and the close with it"
    );
    assert!(!stands(&buffy));
}
