//! Several targets of one upstream: who gets what, and what follows when one goes away.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use buffy_test::{FakeUpstream, Reply, Response, eventually, request};

use crate::kit::TestBuffy;

/// One upstream `up` of these targets, with so many workers.
fn text(targets: &[(&FakeUpstream, u32)], workers: usize, more: &str) -> String {
    let targets: Vec<String> = targets
        .iter()
        .map(|(target, weight)| format!("{{url: \"{}\", weight: {weight}}}", target.url()))
        .collect();
    let targets = targets.join(", ");
    format!(
        "version: 0.1\n\
         buffy: {{listen: [{{id: public, bind: 127.0.0.1, port: 0}}], \
         admin: {{bind: 127.0.0.1, port: 0}}, workers: {workers}}}\n\
         upstreams:\n- {{id: up, targets: [{targets}], interval: 200{more}}}\n\
         endpoints:\n- {{id: all, path: /, type: proxy, upstream: [up], timeout: 60}}\n"
    )
}

/// Started, and every target was looked at.
fn start(targets: &[(&FakeUpstream, u32)], workers: usize, more: &str) -> TestBuffy {
    let buffy = TestBuffy::start(&text(targets, workers, more));
    eventually("all targets are up", || ups(&buffy) == targets.len());
    buffy
}

/// How many targets are up.
fn ups(buffy: &TestBuffy) -> usize {
    buffy
        .targets()
        .iter()
        .filter(|state| *state == "up")
        .count()
}

/// GETs one after the other, on one connection.
fn gets(buffy: &TestBuffy, count: usize) {
    let mut client = buffy.client();
    for n in 0..count {
        assert_eq!(client.get(&format!("/{n}")).response().status, 200);
    }
}

#[test]
fn requests_are_sent_by_weight() {
    let (one, other) = (FakeUpstream::start(), FakeUpstream::start());
    let buffy = start(&[(&one, 3), (&other, 1)], 1, "");
    gets(&buffy, 80);
    assert_eq!((one.count(), other.count()), (60, 20));
    let asked = one.requests();
    let host = format!("127.0.0.1:{}", one.port());
    assert!(asked.iter().all(|asked| asked.field("host") == Some(&host)));
}

#[test]
fn the_first_target_gets_all_while_it_is_up() {
    let (one, other) = (FakeUpstream::start(), FakeUpstream::start());
    let buffy = start(&[(&one, 1), (&other, 1)], 2, ", balance: first");
    gets(&buffy, 10);
    assert_eq!((one.count(), other.count()), (10, 0));
    one.kill();
    eventually("one is down", || ups(&buffy) == 1);
    gets(&buffy, 10);
    assert_eq!((one.count(), other.count()), (10, 10));
    one.listen();
    eventually("it is back", || ups(&buffy) == 2);
    gets(&buffy, 10);
    assert_eq!((one.count(), other.count()), (20, 10));
}

#[test]
fn the_least_busy_target_is_chosen() {
    let (slow, quick) = (FakeUpstream::start(), FakeUpstream::start());
    slow.pause();
    let buffy = start(&[(&slow, 1), (&quick, 1)], 2, ", balance: least_inflight");
    let mut waiting = buffy.asking("/slow");
    eventually("it is under way", || slow.under_way() == 1);
    gets(&buffy, 20);
    assert_eq!((slow.count(), quick.count()), (1, 20));
    slow.resume();
    assert_eq!(waiting.response().status, 200);
}

#[test]
fn a_lid_is_kept_at_every_target() {
    const LID: usize = 3;
    let (one, other) = (FakeUpstream::start(), FakeUpstream::start());
    let targets = [(&one, 1), (&other, 1)];
    let buffy = start(&targets, 2, ", max_inflight: 3");
    one.pause();
    other.pause();
    let mut clients: Vec<_> = (0..10).map(|_| buffy.asking("/")).collect();
    eventually("all slots are taken", || {
        one.under_way() == LID && other.under_way() == LID
    });
    buffy.eventually_holds(10 - 2 * LID);
    assert!(buffy.is_open(), "no slot is free, but the gate is open");
    one.resume();
    other.resume();
    assert!(clients.iter_mut().all(|one| one.response().status == 200));
    assert!(one.peak() <= LID && other.peak() <= LID);
    assert_eq!(one.count() + other.count(), 10);
}

#[test]
fn who_does_not_wait_is_refused_where_no_slot_is_free() {
    let one = FakeUpstream::start();
    one.pause();
    let config = text(&[(&one, 1)], 2, ", max_inflight: 1");
    let config = config.replace("timeout: 60", "proxy_mode: bypass");
    let buffy = TestBuffy::start(&config);
    buffy.eventually_open();
    let mut first = buffy.asking("/");
    eventually("the slot is taken", || one.under_way() == 1);
    let refused = buffy.get("/");
    assert_eq!(refused.status, 503);
    assert_eq!(crate::kit::outcome(&refused), "hit_max_queue");
    one.resume();
    assert_eq!(first.response().status, 200);
}

#[test]
fn a_refused_request_goes_to_another_target_at_once() {
    for mode in ["store_and_forward", "bypass"] {
        let (gone, here) = (FakeUpstream::start(), FakeUpstream::start());
        // Nothing but requests can tell for a long time.
        let slow = ", interval: 60000, balance: first";
        let config = text(&[(&gone, 1), (&here, 1)], 1, slow).replace("interval: 200, ", "");
        let config = config.replace("timeout: 60", &format!("proxy_mode: {mode}"));
        let buffy = TestBuffy::start(&config);
        eventually("all targets are up", || ups(&buffy) == 2);
        gone.kill();
        let mut client = buffy.client();
        let answer = client.post("/", b"once").response();
        assert_eq!(answer.status, 200, "{mode}: {}", answer.text());
        assert_eq!(answer.field("x-buffy-held-ms"), None, "{mode}");
        assert_eq!((gone.count(), here.count()), (0, 1), "{mode}");
    }
}

/// Answers of clients that ask in turn until told to stop.
fn load(buffy: &TestBuffy, during: impl FnOnce()) -> Vec<Response> {
    let (stop, asked) = (AtomicBool::new(false), AtomicUsize::new(0));
    std::thread::scope(|scope| {
        let clients: Vec<_> = (0..4)
            .map(|_| {
                scope.spawn(|| {
                    let mut answers = Vec::new();
                    let mut client = buffy.client();
                    while !stop.load(Ordering::Relaxed) {
                        client.send(request("GET", "/", &[], b""));
                        answers.push(client.response());
                        asked.fetch_add(1, Ordering::Relaxed);
                    }
                    answers
                })
            })
            .collect();
        eventually("there is a load", || asked.load(Ordering::Relaxed) > 50);
        during();
        let before = asked.load(Ordering::Relaxed);
        eventually("it goes on", || asked.load(Ordering::Relaxed) > before + 50);
        stop.store(true, Ordering::Relaxed);
        let answers = clients
            .into_iter()
            .flat_map(|client| client.join().expect("a client"));
        answers.collect()
    })
}

#[test]
fn one_of_two_targets_dies_under_load_and_comes_back() {
    let (one, other) = (FakeUpstream::start(), FakeUpstream::start());
    let buffy = start(&[(&one, 1), (&other, 1)], 2, "");
    let answers = load(&buffy, || {
        one.kill();
        eventually("it is seen down", || ups(&buffy) == 1);
        let (before, alone) = (one.count(), other.count());
        eventually("the other one does it all", || other.count() > alone + 50);
        assert_eq!(one.count(), before);
        one.listen();
        eventually("it is used again", || one.count() > before + 10);
    });
    let failed: Vec<_> = answers.iter().filter(|one| one.status != 200).collect();
    assert!(failed.is_empty(), "{failed:?}");
    let waited = answers
        .iter()
        .filter(|one| one.field("x-buffy-held-ms").is_some());
    assert_eq!(waited.count(), 0, "one target was always up");
    let downs = "buffy_gate_transitions_total{upstream=\"up\",to=\"down\",cause=\"health\"}";
    assert_eq!(buffy.metric(downs), 0, "the upstream was never down");
}

#[test]
fn all_targets_go_away_and_any_of_them_opens_the_gate() {
    let targets = [FakeUpstream::start(), FakeUpstream::start()];
    let pairs = [(&targets[0], 1), (&targets[1], 1)];
    for back in [0, 1] {
        let buffy = start(&pairs, 2, "");
        targets.iter().for_each(FakeUpstream::kill);
        buffy.eventually_not_open();
        let mut held: Vec<_> = (0..3).map(|n| buffy.holding(&format!("/{n}"))).collect();
        let before = targets[back].count();
        targets[back].listen();
        for client in &mut held {
            assert_eq!(client.response().status, 200);
        }
        let got: Vec<_> = targets[back].requests().split_off(before);
        let got: Vec<_> = got.iter().map(|one| one.target.as_str()).collect();
        assert_eq!(got.len(), 3);
        targets[1 - back].listen();
        drop(buffy);
    }
}

#[test]
fn a_target_of_http_1_0_gets_a_length_and_the_other_one_its_chunks() {
    let (old, new) = (FakeUpstream::start(), FakeUpstream::start());
    old.reply_otherwise(Reply::raw(
        "HTTP/1.0 200 OK\r\nContent-Length: 2\r\nConnection: keep-alive\r\n\r\nok",
    ));
    let buffy = start(&[(&old, 1), (&new, 1)], 1, "");
    let mut client = buffy.client();
    gets(&buffy, 2);
    for _ in 0..4 {
        client.send(
            "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\nTrailer: x-a\r\n\r\n\
             3\r\nabc\r\n0\r\nx-a: 1\r\n\r\n",
        );
        assert_eq!(client.response().status, 200);
    }
    let posts = |target: &FakeUpstream| {
        let requests = target.requests();
        let posts = requests.into_iter().filter(|one| one.method == "POST");
        posts.map(|one| one.is_chunked()).collect::<Vec<_>>()
    };
    assert_eq!(posts(&old), [false, false]);
    assert_eq!(posts(&new), [true, true]);
}

#[test]
fn test_05_with_several_targets_a_get_is_repeated_and_a_post_is_not() {
    let (one, other) = (FakeUpstream::start(), FakeUpstream::start());
    let buffy = start(&[(&one, 1), (&other, 1)], 1, "");
    for target in [&one, &other] {
        target.reply_next(Reply::reset_unanswered());
    }
    let lost = buffy_test::post(buffy.port(), "/post", b"once");
    assert_eq!(lost.status, 502, "{}", lost.text());
    assert_eq!(lost.field("x-buffy-forwarded"), Some("maybe"));
    eventually("both are up", || ups(&buffy) == 2);
    let got = buffy.get("/get");
    assert_eq!(got.status, 200, "{}", got.text());
    let of = |target: &str| {
        let requests = [one.requests(), other.requests()].concat();
        requests.iter().filter(|one| one.target == target).count()
    };
    assert_eq!(of("/post"), 1);
    assert!((1..=2).contains(&of("/get")), "{}", of("/get"));
}

#[test]
fn test_06_with_several_targets_stale_connections_cost_nobody_an_error() {
    let targets = [FakeUpstream::start(), FakeUpstream::start()];
    let buffy = start(&[(&targets[0], 1), (&targets[1], 1)], 2, "");
    for round in 1..=3 {
        gets(&buffy, 20);
        buffy.gate("close");
        for target in &targets {
            target.kill();
            target.listen();
        }
        let mut posts: Vec<_> = (0..10).map(|_| buffy.client()).collect();
        for post in &mut posts {
            post.post("/post", b"once");
        }
        buffy.eventually_holds(10);
        buffy.gate("open");
        for post in &mut posts {
            let answer = post.response();
            assert_eq!(answer.status, 200, "{}", answer.text());
        }
        let sum: usize = targets.iter().map(FakeUpstream::count).sum();
        assert_eq!(sum, 30 * round, "each is sent once");
        eventually("both are up", || ups(&buffy) == 2);
    }
}

#[test]
fn what_the_only_free_target_refuses_waits_no_longer_than_its_time() {
    let one = FakeUpstream::start();
    let config = text(&[(&one, 1)], 2, "").replace("timeout: 60", "timeout: 1");
    let buffy = TestBuffy::start(&config);
    buffy.eventually_open();
    one.kill();
    let began = std::time::Instant::now();
    let answer = buffy.get("/");
    assert_eq!(answer.status, 503, "{}", answer.text());
    assert!(began.elapsed() >= Duration::from_secs(1));
}

#[test]
fn all_that_a_dying_target_leaves_unanswered_is_repeated_at_the_other() {
    const READS: usize = 100;
    let (one, other) = (FakeUpstream::start(), FakeUpstream::start());
    let buffy = start(&[(&one, 1), (&other, 1)], 2, "");
    one.pause();
    other.pause();
    let mut clients: Vec<_> = (0..2 * READS)
        .map(|n| buffy.asking(&format!("/{n}")))
        .collect();
    let under_way = || one.under_way() + other.under_way();
    eventually("all are under way", || under_way() == 2 * READS);
    other.resume();
    // No steady state: nobody is refused a repeat because so many need one.
    one.kill();
    for client in &mut clients {
        let answer = client.response();
        assert_eq!(answer.status, 200, "{}", answer.text());
    }
}
