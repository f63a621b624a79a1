//! Bodies of held requests: in memory, in files behind that, and in the client's socket behind that.

use std::sync::Arc;
use std::thread;
use std::time::Duration;

use buffy_test::{FakeUpstream, RawClient, Reply, Step, TempFolder, eventually, request};

use crate::kit::{More, TestBuffy, forwarding, outcome};

const MIB: usize = 1024 * 1024;

fn pattern(bytes: usize) -> Vec<u8> {
    (0..=250).cycle().take(bytes).collect()
}

fn in_chunks(target: &str, body: &[u8]) -> Vec<u8> {
    let head = format!("POST {target} HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n");
    let mut message = head.into_bytes();
    for chunk in body.chunks(100_000) {
        message.extend(format!("{:x}\r\n", chunk.len()).into_bytes());
        message.extend(chunk);
        message.extend(b"\r\n");
    }
    message.extend(b"0\r\n\r\n");
    message
}

fn memory(buffy: &TestBuffy) -> usize {
    buffy.metric("buffy_held_memory_bytes")
}

fn spilled(buffy: &TestBuffy) -> usize {
    buffy.metric("buffy_held_spill_bytes")
}

#[test]
fn test_01_a_thousand_posts_whose_clients_leave_give_everything_back() {
    const CLIENTS: usize = 1000;
    let upstream = FakeUpstream::start();
    let buffy = TestBuffy::forwarding_to(&upstream);
    buffy.gate("close");
    let message = request("POST", "/left", &[], &pattern(200_000));
    let clients: Vec<RawClient> = thread::scope(|scope| {
        let senders: Vec<_> = (0..8)
            .map(|_| {
                scope.spawn(|| {
                    (0..CLIENTS / 8)
                        .map(|_| {
                            let mut client = buffy.client();
                            client.send(&message);
                            client
                        })
                        .collect::<Vec<_>>()
                })
            })
            .collect();
        let sent = senders.into_iter().flat_map(|one| one.join().unwrap());
        sent.collect()
    });
    let bytes = |buffy: &TestBuffy| memory(buffy) + spilled(buffy);
    eventually("all bodies are here", || {
        buffy.held() == CLIENTS && bytes(&buffy) == CLIENTS * 200_000
    });
    assert!(memory(&buffy) <= 64 * MIB);
    assert!(buffy.metric("buffy_held_bytes{upstream=\"up\"}") > CLIENTS * 200_000);

    for (n, client) in clients.into_iter().enumerate() {
        if n % 2 == 0 {
            client.reset();
        }
    }
    buffy.eventually_holds(0);
    eventually("nothing is kept of them", || bytes(&buffy) == 0);
    assert_eq!(buffy.metric("buffy_held_bytes{upstream=\"up\"}"), 0);
    assert_eq!(buffy.outcomes("client_gone"), CLIENTS);

    buffy.gate("open");
    assert_eq!(buffy.get("/stays").status, 200);
    let targets: Vec<_> = upstream
        .requests()
        .into_iter()
        .map(|one| one.target)
        .collect();
    assert_eq!(targets, ["/stays"]);
}

#[test]
fn eight_megabytes_are_held_and_delivered_whole() {
    let upstream = FakeUpstream::start();
    let buffy = TestBuffy::forwarding_to(&upstream);
    buffy.gate("close");
    let body = pattern(8 * MIB);
    let messages = [request("POST", "/", &[], &body), in_chunks("/", &body)];
    let mut clients: Vec<_> = messages
        .iter()
        .map(|message| {
            let mut client = buffy.client();
            client.send(message);
            client
        })
        .collect();
    eventually("they wait with Buffy, not in the sockets", || {
        memory(&buffy) == 2 * 64 * 1024 && spilled(&buffy) == 2 * (8 * MIB - 64 * 1024)
    });
    buffy.gate("open");
    for client in &mut clients {
        assert!(client.response().body == body);
    }
    let received = upstream.requests();
    assert!(received.iter().all(|one| one.whole && one.body == body));
    // A whole body has a length, however it came.
    assert!(received.iter().all(|one| !one.is_chunked()));
    eventually("nothing is kept", || memory(&buffy) + spilled(&buffy) == 0);
}

#[test]
fn a_spilled_body_is_whole_and_repeated() {
    let upstream = FakeUpstream::start();
    let buffy = TestBuffy::forwarding_to(&upstream);
    buffy.gate("close");
    let body = pattern(MIB);
    let mut client = buffy.client();
    client.send(request("PUT", "/", &[], &body));
    eventually("it is here", || spilled(&buffy) == MIB - 64 * 1024);
    upstream.reply_next(Reply::close_unanswered());
    buffy.gate("open");
    assert!(client.response().body == body);
    let tries = upstream.requests();
    assert_eq!(tries.len(), 2);
    assert!(tries.iter().all(|one| one.whole && one.body == body));
}

#[test]
fn a_body_that_is_not_sent_again_is_not_kept_beside_an_answer_that_takes_long() {
    let upstream = FakeUpstream::start();
    let begun = "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\ndata: 1\n\n";
    let steps = [Step::ReadBody, Step::Send(begun.into()), Step::WaitToBeTold];
    upstream.reply("/events", Reply::script(steps));
    let buffy = TestBuffy::forwarding_to(&upstream);
    buffy.gate("close");
    let body = pattern(MIB);
    let mut client = buffy.client();
    client.send(request("PUT", "/events", &[], &body));
    eventually("it is here", || memory(&buffy) + spilled(&buffy) == MIB);
    buffy.gate("open");
    assert_eq!(client.head().status, 200);
    eventually("nothing is kept", || memory(&buffy) + spilled(&buffy) == 0);
    assert_eq!(buffy.inflight(), 1);
    assert!(
        upstream
            .requests()
            .iter()
            .all(|one| one.whole && one.body == body)
    );
}

#[test]
fn past_the_buffer_the_rest_waits_with_the_client_and_streams_when_released() {
    let upstream = FakeUpstream::start();
    let more = More {
        endpoint: "body: {memory: 16KiB, buffer: 1MiB}",
        ..More::default()
    };
    let buffy = TestBuffy::forwarding(&upstream, more);
    buffy.gate("close");
    let body = pattern(32 * MIB);
    for message in [request("PUT", "/", &[], &body), in_chunks("/", &body)] {
        let mut client = buffy.client();
        let sent = client.send_until_full(&message, Duration::from_millis(300));
        assert!(sent < message.len(), "all went in");
        eventually("the buffer is full, and not fuller", || {
            let memory = memory(&buffy);
            memory <= 16 * 1024 && memory + spilled(&buffy) == MIB
        });
        buffy.gate("open");
        client.send(&message[sent..]);
        assert!(client.response().body == body);
        assert!(upstream.requests().pop().unwrap().body == body);
        eventually("nothing is kept", || memory(&buffy) + spilled(&buffy) == 0);
        buffy.gate("close");
    }
}

#[test]
fn test_16_nothing_past_the_buffer_is_taken_of_a_huge_upload_and_its_reset_is_noticed() {
    let upstream = FakeUpstream::start();
    let more = More {
        endpoint: "body: {buffer: 1MiB}",
        ..More::default()
    };
    let buffy = TestBuffy::forwarding(&upstream, more);
    buffy.gate("close");
    let mut client = buffy.client();
    client.send(format!(
        "PUT / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: {}\r\n\r\n",
        1024 * MIB
    ));
    buffy.eventually_holds(1);
    client.stays_silent(Duration::from_millis(50));
    assert_eq!(memory(&buffy) + spilled(&buffy), 0);
    // It does not wait for its 100 for ever: what it sends is taken in, as far as there is room.
    let sent = client.send_until_full(&pattern(64 * MIB), Duration::from_millis(300));
    assert!(sent < 64 * MIB, "all went in");
    eventually("as much as the buffer takes is here", || {
        memory(&buffy) + spilled(&buffy) == MIB
    });
    client.stays_silent(Duration::from_millis(50));
    assert_eq!(memory(&buffy) + spilled(&buffy), MIB);
    assert_eq!(buffy.held(), 1);

    client.reset();
    buffy.eventually_holds(0);
    eventually("nothing is kept", || memory(&buffy) + spilled(&buffy) == 0);
    buffy.gate("open");
    assert_eq!(buffy.get("/after").status, 200);
    assert_eq!(upstream.count(), 1);
}

#[test]
fn memory_and_files_are_filled_to_their_limits_and_no_further() {
    const CLIENTS: usize = 64;
    let upstream = FakeUpstream::start();
    let more = More {
        buffy: "limits: {held_memory: 1MiB, held_spill: 3MiB}",
        ..More::default()
    };
    let buffy = TestBuffy::forwarding(&upstream, more);
    buffy.gate("close");
    let body = pattern(150_000);
    let mut clients: Vec<RawClient> = thread::scope(|scope| {
        let senders: Vec<_> = (0..CLIENTS)
            .map(|n| {
                let message = match n % 2 {
                    0 => request("POST", "/", &[], &body),
                    _ => in_chunks("/", &body),
                };
                let buffy = &buffy;
                scope.spawn(move || {
                    let mut client = buffy.client();
                    client.send(message);
                    client
                })
            })
            .collect();
        senders.into_iter().map(|one| one.join().unwrap()).collect()
    });
    buffy.eventually_holds(CLIENTS);
    eventually("both limits are reached", || {
        let (memory, spilled) = (memory(&buffy), spilled(&buffy));
        assert!(memory <= MIB && spilled <= 3 * MIB, "{memory}, {spilled}");
        (memory, spilled) == (MIB, 3 * MIB)
    });
    buffy.gate("open");
    for client in &mut clients {
        assert!(client.response().body == body);
    }
    assert_eq!(upstream.count(), CLIENTS);
    eventually("nothing is kept", || memory(&buffy) + spilled(&buffy) == 0);
}

#[test]
fn a_state_folder_that_cannot_be_written_slows_large_bodies_and_breaks_none() {
    let upstream = FakeUpstream::start();
    let folder = Arc::new(TempFolder::new());
    let text = forwarding(&upstream.url(), More::default());
    let buffy = TestBuffy::start_in(&folder, &text);
    buffy.eventually_open();
    upstream.refuse();
    // The folder is there since the start, and something else in its place before a body is.
    let state = folder.path().join("state");
    std::fs::remove_dir_all(&state).unwrap();
    std::fs::write(&state, "in the way").unwrap();
    let body = pattern(16 * MIB);
    let mut clients: Vec<_> = (0..3)
        .map(|n| {
            let mut client = buffy.client();
            let message = match n {
                0 => in_chunks("/", &body),
                _ => request("PUT", "/", &[], &body),
            };
            let sent = client.send_until_full(&message, Duration::from_millis(300));
            assert!(sent < message.len(), "all went in");
            (client, message, sent)
        })
        .collect();
    buffy.eventually_holds(3);

    upstream.listen();
    for (client, message, sent) in &mut clients {
        client.send(&message[*sent..]);
        assert!(client.response().body == body);
    }
    eventually("nothing is kept", || memory(&buffy) + spilled(&buffy) == 0);
}

#[test]
fn a_body_that_is_larger_than_the_endpoint_takes_is_refused() {
    let upstream = FakeUpstream::start();
    let more = More {
        endpoint: "body: {max: 100KiB}",
        ..More::default()
    };
    let buffy = TestBuffy::forwarding(&upstream, more);
    buffy.eventually_open();
    let refused = |mut client: RawClient| {
        let answer = client.response();
        assert_eq!(answer.status, 413, "{answer:?}");
        assert_eq!(answer.field("connection"), Some("close"));
        assert_eq!(answer.field("retry-after"), None);
        assert!(client.is_ended());
    };
    let announced = format!(
        "PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: {}\r\n\r\n",
        100 * 1024 + 1
    );
    let asking = |message: &[u8]| {
        let mut client = buffy.client();
        client.send(message);
        client
    };
    refused(asking(announced.as_bytes()));
    assert_eq!(upstream.count(), 0, "its length says it all");
    refused(asking(&in_chunks("/", &pattern(101 * 1024))));

    buffy.gate("close");
    refused(asking(announced.as_bytes()));
    let mut waiting = asking(&in_chunks("/", &pattern(101 * 1024)));
    assert_eq!(waiting.response().status, 413, "while it is held");
    buffy.eventually_holds(0);
    buffy.gate("open");
    for message in [
        request("PUT", "/", &[], &pattern(100 * 1024)),
        in_chunks("/", &pattern(100 * 1024)),
    ] {
        assert_eq!(asking(&message).response().status, 200, "exactly as large");
    }
}

#[test]
fn a_held_body_that_does_not_come_is_408_but_a_client_that_awaits_its_100_is_let_be() {
    let upstream = FakeUpstream::start();
    let more = More {
        endpoint: "timeouts: {body_idle: 300ms}",
        ..More::default()
    };
    let buffy = TestBuffy::forwarding(&upstream, more);
    buffy.gate("close");
    let mut awaits = buffy.client();
    awaits.send("POST / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\n");
    let mut slow = buffy.client();
    slow.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nhel");
    buffy.eventually_holds(2);
    let answer = slow.response();
    assert_eq!(answer.status, 408);
    assert_eq!(answer.field("connection"), Some("close"));
    buffy.eventually_holds(1);
    assert!(!awaits.has_answer());
    buffy.gate("open");
    assert_eq!(awaits.head().status, 100);
    awaits.send("hello");
    assert_eq!(awaits.response().text(), "hello");
}

#[test]
fn a_large_body_in_chunks_is_held_for_an_upstream_of_http_1_0_too() {
    let upstream = FakeUpstream::start();
    let buffy = TestBuffy::forwarding_to(&upstream);
    buffy.eventually_open();
    let old = "HTTP/1.0 200 OK\r\nContent-Length: 3\r\n\r\nold";
    upstream.reply("/", Reply::raw(old).then(Step::Close));
    assert_eq!(buffy.get("/").status, 200);
    let body = pattern(2 * MIB);
    let mut client = buffy.client();
    client.send(in_chunks("/", &body));
    assert_eq!(client.response().text(), "old");
    let received = upstream.requests().pop().unwrap();
    assert!(received.body == body && !received.is_chunked());
}

#[test]
fn bodies_that_came_with_their_heads_go_to_files_where_memory_is_full() {
    const POSTS: usize = 16;
    let upstream = FakeUpstream::start();
    let more = More {
        buffy: "limits: {held_memory: 10KiB, held_spill: 40KiB, held_heads: 64KiB}",
        ..More::default()
    };
    let buffy = TestBuffy::forwarding(&upstream, more);
    buffy.gate("close");
    let body = pattern(8 * 1024);
    let mut held = Vec::new();
    let mut refused = 0;
    for _ in 0..POSTS {
        let mut client = buffy.client();
        client.post("/", &body);
        // Where neither has room, what came with a head is counted with the heads.
        let mut answered = false;
        eventually("it is held, or refused", || {
            answered = client.has_answer();
            answered || buffy.held() == held.len() + 1
        });
        if answered {
            let answer = client.response();
            assert_eq!(outcome(&answer), "hit_max_queue");
            refused += 1;
        } else {
            held.push(client);
        }
    }
    eventually("one is in memory, five are in files", || {
        (memory(&buffy), spilled(&buffy)) == (8 * 1024, 5 * 8 * 1024)
    });
    assert!(held.len() > 6 && refused > 0, "{} held", held.len());
    buffy.gate("open");
    for client in &mut held {
        assert!(client.response().body == body);
    }
    eventually("nothing is kept", || memory(&buffy) + spilled(&buffy) == 0);
}
