//! Reloads: what changes while requests are held and under way, and what does not.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;

use buffy_test::{FakeUpstream, RawClient, Reply, eventually, get};
use serde_json::json;

use crate::kit::{More, TestBuffy, forwarding, outcome};

const LISTENER: &str = "{id: public, bind: 127.0.0.1, port: 0}";

/// Forwards to this upstream, and listens on these.
fn listening(upstream: &FakeUpstream, listeners: &str) -> String {
    let text = forwarding(&upstream.url(), More::default());
    assert!(text.contains(LISTENER), "{text}");
    text.replace(LISTENER, listeners)
}

/// Asks a port again and again, a connection each time, until it is told to stop.
struct Load {
    stop: Arc<AtomicBool>,
    asked: Arc<Mutex<usize>>,
    thread: Option<JoinHandle<()>>,
}

impl Load {
    /// One after the other; every answer must be 200.
    fn on(port: u16) -> Self {
        let stop = Arc::new(AtomicBool::new(false));
        let asked = Arc::new(Mutex::new(0));
        let (stopped, count) = (Arc::clone(&stop), Arc::clone(&asked));
        let thread = std::thread::Builder::new().name("load".into());
        let work = move || {
            let mut kept = RawClient::connect(port);
            while !stopped.load(Ordering::Relaxed) {
                assert_eq!(get(port, "/").status, 200);
                assert_eq!(kept.get("/").response().status, 200, "on one kept alive");
                *count.lock().expect("nobody panics with it") += 2;
            }
        };
        Self {
            stop,
            asked,
            thread: Some(thread.spawn(work).expect("a thread for the load")),
        }
    }

    fn asked(&self) -> usize {
        *self.asked.lock().expect("nobody panics with it")
    }

    /// Returns when some more were answered.
    #[track_caller]
    fn goes_on(&self) {
        let before = self.asked();
        eventually("requests are answered", || self.asked() >= before + 20);
    }

    /// Every answer was right.
    fn end(mut self) {
        self.stop.store(true, Ordering::Relaxed);
        let thread = self.thread.take().expect("it ends once");
        assert!(thread.join().is_ok(), "a request failed");
    }
}

#[test]
fn test_04_held_requests_follow_a_reload_to_a_new_port() {
    let (old, new) = (FakeUpstream::absent(), FakeUpstream::start());
    new.reply_otherwise(Reply::text(200, "the new one"));
    let buffy = TestBuffy::forwarding_to(&old);
    let mut clients: Vec<_> = (0..100).map(|_| buffy.asking("/")).collect();
    buffy.eventually_holds(100);

    let answer = buffy.reload(&forwarding(&new.url(), More::default()));

    assert_eq!(answer.json()["upstreams"]["changed"], json!(["up"]));
    for client in &mut clients {
        let answer = client.response();
        assert_eq!(
            (answer.status, answer.text().as_str()),
            (200, "the new one")
        );
    }
    assert_eq!((old.count(), new.count()), (0, 100));
    buffy.eventually_holds(0);
}

#[test]
fn a_configuration_that_is_wrong_changes_nothing_and_says_why() {
    let upstream = FakeUpstream::start();
    let buffy = TestBuffy::forwarding_to(&upstream);
    let good = forwarding(&upstream.url(), More::default());
    let wrong = good.replace("timeout: 60", "timeuot: 60");

    let answer = buffy.try_reload(&wrong, "");

    assert_eq!(answer.status, 422);
    let detail = answer.json()["detail"].to_string();
    assert!(
        detail.contains("timeuot") && detail.contains("`timeout`"),
        "{detail}"
    );
    assert_eq!(buffy.get("/").status, 200);
    assert_eq!(buffy.metric("buffy_config_last_reload_successful"), 0);
    buffy.reload(&good);
    assert_eq!(buffy.metric("buffy_config_last_reload_successful"), 1);
}

#[test]
fn a_port_that_cannot_be_had_changes_nothing() {
    let upstream = FakeUpstream::start();
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port();
    let buffy = TestBuffy::forwarding_to(&upstream);
    let more = format!("{LISTENER}, {{id: b, bind: 127.0.0.1, port: {port}}}");
    let text = listening(&upstream, &more).replace(&upstream.url(), "http://127.0.0.1:1");

    let answer = buffy.try_reload(&text, "");

    assert_eq!(answer.status, 409, "{}", answer.text());
    assert!(answer.text().contains("in use"), "{}", answer.text());
    assert_eq!(buffy.get("/").status, 200, "it is forwarded as before");
}

#[test]
fn what_is_not_changed_goes_on_as_it_was() {
    let (kept, other) = (FakeUpstream::start(), FakeUpstream::start());
    let buffy = TestBuffy::forwarding_to(&kept);
    buffy.eventually_open();
    let mut client = buffy.client();
    assert_eq!(client.get("/").response().status, 200);
    let text = forwarding(
        &kept.url(),
        More {
            endpoints: "- {id: more, path: /more, type: respond, response: [{name: ok, content: more}]}",
            ..More::default()
        },
    );
    let upstreams = format!("upstreams:\n- {{id: other, endpoint: '{}'}}", other.url());

    let answer = buffy.reload(&text.replace("upstreams:", &upstreams));

    let changes = answer.json();
    assert_eq!(changes["upstreams"]["added"], json!(["other"]));
    assert_eq!(changes["upstreams"]["changed"], json!([]));
    assert_eq!(changes["endpoints"]["added"], json!(["more"]));
    assert_eq!(buffy.get("/more").text(), "more");
    assert_eq!(client.get("/").response().status, 200);
    let on: Vec<_> = kept.requests().iter().map(|one| one.connection).collect();
    assert_eq!(on[0], on[1], "an idle connection was used");
    buffy.gate("close&reason=migration");
    let mut held = buffy.holding("/");
    buffy.reload(&text);
    assert_eq!(buffy.held(), 1, "it has its place");
    assert!(!held.has_answer());
    buffy.gate("open");
    assert_eq!(held.response().status, 200);
    assert_eq!(buffy.outcomes("forwarded"), 2, "counts go on");
    assert_eq!(buffy.outcomes("held_released"), 1);
}

#[test]
fn a_changed_upstream_keeps_its_gate_and_those_who_wait() {
    let upstream = FakeUpstream::start();
    let buffy = TestBuffy::forwarding_to(&upstream);
    buffy.eventually_open();
    buffy.gate("close&reason=migration");
    let mut held = buffy.holding("/");
    let generation = |buffy: &TestBuffy| {
        let status = buffy.admin("GET", "/_admin/status").json();
        status["upstreams"][0]["generation"].as_u64().unwrap()
    };
    let before = generation(&buffy);
    let more = More {
        upstream: "timeouts: {first_byte: 7s}",
        ..More::default()
    };

    buffy.reload(&forwarding(&upstream.url(), more));

    assert_eq!(generation(&buffy), before, "nothing moved the gate");
    assert_eq!(buffy.held(), 1);
    assert_eq!(upstream.count(), 0);
    buffy.gate("open");
    assert_eq!(held.response().status, 200);
    let other = FakeUpstream::start();
    buffy.gate("close");
    buffy.reload(&forwarding(&other.url(), More::default()));
    assert!(!buffy.is_open(), "an operator's word outlives the target");
    assert!(generation(&buffy) > before);
}

#[test]
fn what_is_in_flight_at_an_upstream_that_was_changed_still_counts() {
    let upstream = FakeUpstream::start();
    upstream.reply("/slow", Reply::silent());
    let buffy = TestBuffy::forwarding_to(&upstream);
    let _slow = buffy.asking("/slow");
    eventually("it is on its way", || upstream.under_way() == 1);
    for seconds in [7, 8] {
        let timeouts = format!("timeouts: {{first_byte: {seconds}s}}");
        let more = More {
            upstream: &timeouts,
            ..More::default()
        };
        buffy.reload(&forwarding(&upstream.url(), more));
        assert_eq!(buffy.inflight(), 1);
    }
    upstream.kill();
    eventually("it has ended", || buffy.inflight() == 0);
}

#[test]
fn a_slot_at_a_target_is_kept_when_its_upstream_is_changed() {
    let upstream = FakeUpstream::start();
    upstream.reply("/slow", Reply::silent());
    let text = |seconds: u32| {
        let limited = format!("max_inflight: 2, timeouts: {{first_byte: {seconds}s}}");
        let more = More {
            upstream: &limited,
            ..More::default()
        };
        forwarding(&upstream.url(), more)
    };
    let buffy = TestBuffy::start(&text(60));
    buffy.eventually_open();
    let mut slow = [buffy.asking("/slow"), buffy.asking("/slow")];
    eventually("both are on their way", || upstream.under_way() == 2);
    let mut held = buffy.holding("/");

    buffy.reload(&text(61));

    eventually("it follows", || buffy.held() == 1);
    assert_eq!(upstream.under_way(), 2, "there is no third slot");
    let [first, _second] = &mut slow;
    first.half_close();
    assert_eq!(
        held.response().status,
        200,
        "a slot that is free is news there"
    );
    assert_eq!(upstream.peak(), 2);
}

#[test]
fn listeners_come_and_go_under_load() {
    let upstream = FakeUpstream::start();
    let buffy = TestBuffy::forwarding_to(&upstream);
    buffy.eventually_open();
    let load = Load::on(buffy.port());
    load.goes_on();
    let reload = |listeners: &str| {
        let text = listening(&upstream, &format!("{LISTENER}{listeners}"));
        buffy.reload(&text).json()
    };

    let changes = reload(", {id: second, bind: 127.0.0.1, port: 0}");
    assert_eq!(changes["listeners"]["added"], json!(["second"]));
    let ports = buffy.ports();
    assert_eq!(ports[0], buffy.port(), "a listener keeps its port");
    load.goes_on();

    let written = format!("bind: 127.0.0.1, port: {}", ports[1]);
    reload(&format!(", {{id: second, {written}, connections_max: 9}}"));
    let mut kept_alive = RawClient::connect(ports[1]);
    assert_eq!(kept_alive.get("/").response().status, 200);
    let other = Load::on(ports[1]);
    other.goes_on();
    other.end();
    let changes = reload(&format!(", {{id: third, {written}}}"));
    assert_eq!(changes["listeners"]["removed"], json!(["second"]));
    assert_eq!(
        get(ports[1], "/").status,
        200,
        "by another name, on the same sockets"
    );
    let last = kept_alive.get("/").response();
    let told = (last.status, last.field("connection"));
    assert_eq!(told, (200, Some("close")), "its listener has gone");

    reload("");
    eventually("nobody listens there", || {
        RawClient::try_connect(ports[1]).is_err()
    });
    load.goes_on();
    load.end();
}

#[test]
fn a_new_address_in_the_way_of_the_old_one_is_bound() {
    let upstream = FakeUpstream::start();
    let buffy = TestBuffy::forwarding_to(&upstream);
    let port = buffy.port();
    for bind in ["0.0.0.0", "127.0.0.1"] {
        let listener = format!("{{id: public, bind: {bind}, port: {port}}}");
        buffy.reload(&listening(&upstream, &listener));
        assert_eq!(get(port, "/").status, 200, "{bind}");
    }
}

#[test]
fn lowered_limits_bind_newcomers_only() {
    let upstream = FakeUpstream::absent();
    let buffy = TestBuffy::forwarding_to(&upstream);
    let mut held: Vec<_> = (0..3).map(|_| buffy.holding("/")).collect();
    for (upstream_more, endpoint) in [("", "max_queue: 2"), ("max_queue: 2", "")] {
        let more = More {
            upstream: upstream_more,
            endpoint,
            ..More::default()
        };
        buffy.reload(&forwarding(&upstream.url(), more));
        eventually("they have their places", || buffy.held() == 3);
        assert_eq!(outcome(&buffy.get("/")), "hit_max_queue");
    }
    upstream.listen();
    assert!(
        held.iter_mut()
            .all(|client| client.response().status == 200)
    );
    assert_eq!(buffy.get("/").status, 200);
}

#[test]
fn one_whose_endpoint_has_gone_keeps_its_route_to_its_deadline() {
    let upstream = FakeUpstream::absent();
    let buffy = TestBuffy::forwarding_to(&upstream);
    let mut held = buffy.holding("/");
    let text = forwarding("http://127.0.0.1:1", More::default())
        .replace("id: up,", "id: other,")
        .replace("upstream: [up]", "upstream: [other]")
        .replace("id: all, path: /,", "id: some, path: /some,");
    let answer = buffy.reload(&text);
    assert_eq!(answer.json()["upstreams"]["removed"], json!(["up"]));
    assert_eq!(buffy.get("/").status, 501, "for newcomers there is nothing");
    assert!(!held.has_answer());
    upstream.listen();
    assert_eq!(
        held.response().status,
        200,
        "its old upstream is looked at still"
    );
}

#[test]
fn one_that_keeps_its_old_route_goes_by_what_operators_say_after_the_reload() {
    let upstream = FakeUpstream::start();
    let more = More {
        endpoints: "- {id: old, path: /old, type: proxy, upstream: [up], timeout: 60}",
        ..More::default()
    };
    let text = forwarding(&upstream.url(), more);
    let buffy = TestBuffy::start(&text);
    buffy.eventually_open();
    buffy.gate("close");
    let mut old = buffy.holding("/old");
    let changed = text
        .replace("interval: 200", "interval: 300")
        .replace("id: old, path: /old,", "id: new, path: /new,")
        .replace("path: /,", "path: /all,");
    let answer = buffy.reload(&changed);
    assert_eq!(answer.json()["upstreams"]["changed"], json!(["up"]));
    assert!(!old.has_answer());
    buffy.gate("open");
    assert_eq!(old.response().status, 200);

    buffy.gate("close");
    let mut old = buffy.holding("/new");
    buffy.reload(&text.replace("path: /,", "path: /all,"));
    buffy.gate("stop&message=noon");
    let refused = old.response();
    assert_eq!(refused.status, 503);
    assert!(refused.text().contains("noon"), "{}", refused.text());
}

#[test]
fn what_needs_a_restart_is_named_and_stays() {
    let upstream = FakeUpstream::start();
    let buffy = TestBuffy::forwarding_to(&upstream);
    let text = forwarding(&upstream.url(), More::default()).replace("workers: 2", "workers: 3");
    for _ in 0..2 {
        let answer = buffy.reload(&text);
        assert_eq!(answer.json()["needs_restart"], json!(["buffy.workers"]));
    }
    let shown = buffy.admin("GET", "/_admin/config").json();
    assert_eq!(shown["buffy"]["workers"], 2, "what runs is what is shown");
}

#[test]
fn tokens_are_changed_with_the_configuration() {
    let upstream = FakeUpstream::start();
    let text = |token: &str| {
        let admin = format!("tokens: [{{name: ci, scope: admin, value: {token}}}]");
        let more = More {
            admin: &admin,
            ..More::default()
        };
        forwarding(&upstream.url(), more)
    };
    let buffy = TestBuffy::start(&text("one-and-twenty-letters"));
    let status = |token: &str| {
        let bearer = format!("Bearer {token}");
        let fields = [("Authorization", bearer.as_str())];
        crate::kit::admin_with(buffy.admin_port(), "GET", "/_admin/config", &fields).status
    };
    assert_eq!(status("one-and-twenty-letters"), 200);
    buffy.reload(&text("two-and-twenty-letters"));
    assert_eq!(status("one-and-twenty-letters"), 401);
    assert_eq!(status("two-and-twenty-letters"), 200);
}

#[test]
fn fifty_reloads_under_load_lose_nothing_and_leave_nothing_behind() {
    let (one, other) = (FakeUpstream::start(), FakeUpstream::start());
    let buffy = TestBuffy::forwarding_to(&one);
    buffy.eventually_open();
    let load = Load::on(buffy.port());
    load.goes_on();
    let reload = |round: usize| {
        let url = if round.is_multiple_of(2) {
            other.url()
        } else {
            one.url()
        };
        let endpoints = format!(
            "- {{id: round{round}, path: /round, type: respond, response: [{{name: ok, content: a}}]}}"
        );
        let more = More {
            endpoints: &endpoints,
            ..More::default()
        };
        buffy.reload(&forwarding(&url, more));
        load.goes_on();
    };
    (0..5).for_each(reload);
    let settled = || (buffy.metric("process_open_fds"), buffy::tasks::running());
    let (descriptors, tasks) = settled();
    (5..50).for_each(reload);
    load.end();
    eventually("nothing is left behind", || {
        let (open, running) = settled();
        open <= descriptors + 8 && running <= tasks + 8
    });
    let counted = buffy.outcomes("forwarded") + buffy.outcomes("held_released");
    assert_eq!(counted, one.count() + other.count());
}
