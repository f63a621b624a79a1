//! How many may wait: exact limits, under whatever number of clients.

use std::sync::Barrier;
use std::sync::atomic::{AtomicUsize, Ordering};

use buffy_test::{Broken, FakeUpstream, RawClient, Response, eventually};

use crate::kit::{More, TestBuffy, outcome};

#[track_caller]
fn assert_is_full(answer: &Response) {
    assert_eq!(
        (answer.status, outcome(answer).as_str()),
        (503, "hit_max_queue")
    );
    assert_eq!(answer.field("x-buffy-forwarded"), Some("no"));
    assert!(answer.field("retry-after").is_some());
}

#[test]
fn an_endpoint_holds_as_many_as_it_says_and_refuses_the_next_at_once() {
    let upstream = FakeUpstream::start();
    let more = More {
        endpoint: "max_queue: 3",
        endpoints: "- {id: other, path: /other, type: proxy, upstream: [up], max_queue: 1}",
        ..More::default()
    };
    let buffy = TestBuffy::forwarding(&upstream, more);
    buffy.gate("close");
    let mut clients: Vec<_> = (0..3).map(|_| buffy.holding("/")).collect();
    assert_is_full(&buffy.get("/"));
    let mut other = buffy.holding("/other");
    assert_is_full(&buffy.get("/other"));
    assert_eq!(buffy.held(), 4);

    drop(clients.pop());
    buffy.eventually_holds(3);
    clients.push(buffy.holding("/"));
    assert_is_full(&buffy.get("/"));
    buffy.gate("open");
    assert_eq!(other.response().status, 200);
    assert!(
        clients
            .iter_mut()
            .all(|client| client.response().status == 200)
    );
}

#[test]
fn an_upstream_holds_as_many_as_it_says() {
    let upstream = FakeUpstream::start();
    let buffy = TestBuffy::forwarding(
        &upstream,
        More {
            upstream: "max_queue: 2",
            ..More::default()
        },
    );
    buffy.gate("close");
    let _held = [buffy.holding("/a"), buffy.holding("/b")];
    assert_is_full(&buffy.get("/c"));
}

#[test]
fn the_process_holds_as_many_as_it_says() {
    let upstream = FakeUpstream::start();
    let more = More {
        buffy: "limits: {held: 2}",
        ..More::default()
    };
    let buffy = TestBuffy::forwarding(&upstream, more);
    buffy.gate("close");
    let _held = [buffy.holding("/a"), buffy.holding("/b")];
    assert_is_full(&buffy.get("/c"));
}

#[test]
fn the_heads_of_held_requests_have_a_bound_of_their_own() {
    let upstream = FakeUpstream::start();
    let more = More {
        buffy: "limits: {held_heads: 64KiB}",
        ..More::default()
    };
    let buffy = TestBuffy::forwarding(&upstream, more);
    buffy.gate("close");
    let large = "x".repeat(20 * 1024);
    let ask = || {
        let mut client = buffy.client();
        client.get_with("/", &[("X-Large", &large)]);
        client
    };
    let mut held = Vec::new();
    while held.len() < 4 {
        let mut client = ask();
        let full = eventually_full(&buffy, &mut client, held.len() + 1);
        if full {
            break;
        }
        held.push(client);
    }
    assert_eq!(held.len(), 3, "three heads of 20 KiB fit in 64 KiB");
}

/// Waits until the client is held as the n-th, or is refused because nothing more fits.
#[track_caller]
fn eventually_full(buffy: &TestBuffy, client: &mut RawClient, count: usize) -> bool {
    let mut full = false;
    eventually("it is held or refused", || {
        full = client.has_answer();
        full || buffy.held() == count
    });
    if full {
        assert_is_full(&client.response());
    }
    full
}

#[test]
fn nobody_waits_where_none_may() {
    for endpoint in ["max_queue: 0", "timeout: 0"] {
        let upstream = FakeUpstream::start();
        let buffy = TestBuffy::forwarding(
            &upstream,
            More {
                endpoint,
                ..More::default()
            },
        );
        buffy.eventually_open();
        assert_eq!(buffy.get("/").status, 200, "{endpoint}");
        buffy.gate("close");
        assert_is_full(&buffy.get("/"));
    }
}

#[test]
fn test_10_exactly_so_many_are_held_under_64_clients_thousands_of_times() {
    const CLIENTS: usize = 64;
    const PLACES: usize = 20;
    const ROUNDS: usize = 40;
    let upstream = FakeUpstream::start();
    let buffy = TestBuffy::forwarding(
        &upstream,
        More {
            endpoint: "max_queue: 20",
            ..More::default()
        },
    );
    buffy.gate("close");
    let barrier = Barrier::new(9);
    let refused = AtomicUsize::new(0);
    std::thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| {
                for _ in 0..ROUNDS {
                    barrier.wait();
                    let mut clients: Vec<_> = (0..CLIENTS / 8).map(|_| buffy.asking("/")).collect();
                    // Whoever is refused is so at once; all others are held until they leave.
                    barrier.wait();
                    for client in &mut clients {
                        if client.has_answer() {
                            assert_is_full(&client.response());
                            refused.fetch_add(1, Ordering::Relaxed);
                        }
                    }
                    barrier.wait();
                }
            });
        }
        for round in 1..=ROUNDS {
            barrier.wait();
            eventually("all have their place or their refusal", || {
                buffy.outcomes("hit_max_queue") == round * (CLIENTS - PLACES)
                    && buffy.held() == PLACES
            });
            barrier.wait();
            barrier.wait();
            buffy.eventually_holds(0);
        }
    });
    assert_eq!(refused.load(Ordering::Relaxed), ROUNDS * (CLIENTS - PLACES));
    assert_eq!(upstream.count(), 0);
}

#[test]
fn a_listener_accepts_as_many_connections_as_it_says() {
    let upstream = FakeUpstream::start();
    let more = More {
        listener: "connections_max: 3",
        ..More::default()
    };
    let buffy = TestBuffy::forwarding(&upstream, more);
    buffy.eventually_open();
    let mut clients: Vec<_> = (0..3).map(|_| buffy.client()).collect();
    for client in &mut clients {
        assert_eq!(client.get("/").response().status, 200);
    }
    let mut fourth = buffy.asking("/fourth");
    fourth.stays_silent(std::time::Duration::from_millis(50));
    assert_eq!(upstream.count(), 3);
    drop(clients.pop());
    assert_eq!(
        fourth.response().status,
        200,
        "it is accepted when one has gone"
    );
}

#[test]
fn a_refused_client_may_go_on_using_its_connection() {
    let upstream = FakeUpstream::start();
    let buffy = TestBuffy::forwarding(
        &upstream,
        More {
            endpoint: "max_queue: 0",
            ..More::default()
        },
    );
    buffy.eventually_open();
    buffy.gate("close");
    let mut client = buffy.client();
    for _ in 0..3 {
        assert_is_full(&client.get("/").response());
    }
    buffy.gate("open");
    assert_eq!(client.get("/").response().status, 200);
    client.half_close();
    assert_eq!(client.try_response(), Err(Broken::Closed));
}
