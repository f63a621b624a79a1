//! Clients that leave while their request is held: noticed, and never forwarded later.

use std::time::Duration;

use buffy_test::{Broken, FakeUpstream, RawClient, Reply, eventually};

use crate::kit::TestBuffy;

#[test]
fn leavers_without_a_body_are_noticed_and_never_forwarded() {
    leavers(&|client, n| {
        client.get(&format!("/left/{n}"));
    });
}

#[test]
fn leavers_with_a_body_of_64_kib_are_noticed_and_never_forwarded() {
    let body = vec![b'x'; 64 * 1024];
    leavers(&|client, n| {
        client.post(&format!("/left/{n}"), &body);
    });
}

#[test]
fn leavers_with_a_chunked_body_are_noticed_and_never_forwarded() {
    leavers(&|client, n| {
        client.send(format!(
            "POST /left/{n} HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n\
             5\r\nhello\r\n0\r\n\r\n"
        ));
    });
}

/// Thirty ask; a third leaves by closing, a third by resetting, a third by half-closing.
fn leavers(ask: &dyn Fn(&mut RawClient, usize)) {
    let upstream = FakeUpstream::start();
    let buffy = TestBuffy::forwarding_to(&upstream);
    buffy.gate("close");
    let mut stays = buffy.holding("/stays");
    let mut half_closed = Vec::new();
    for n in 0..30 {
        let mut client = buffy.client();
        ask(&mut client, n);
        buffy.eventually_holds(2);
        match n % 3 {
            0 => drop(client),
            1 => client.reset(),
            _ => {
                client.half_close();
                half_closed.push(client);
            }
        }
        buffy.eventually_holds(1);
    }
    assert_eq!(buffy.outcomes("client_gone"), 30);

    buffy.gate("open");
    assert_eq!(stays.response().status, 200);
    for mut client in half_closed {
        assert!(matches!(
            client.try_response(),
            Err(Broken::Closed | Broken::Reset)
        ));
    }
    let targets: Vec<_> = upstream
        .requests()
        .into_iter()
        .map(|one| one.target)
        .collect();
    assert_eq!(targets, ["/stays"]);
}

#[test]
fn a_leaver_with_a_large_body_is_noticed_by_its_reset() {
    let upstream = FakeUpstream::start();
    let buffy = TestBuffy::forwarding_to(&upstream);
    buffy.gate("close");
    let mut client = buffy.client();
    let body = vec![b'x'; 32 * 1024 * 1024];
    client.send(format!(
        "PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: {}\r\n\r\n",
        body.len()
    ));
    client.send_until_full(&body, Duration::from_millis(200));
    buffy.eventually_holds(1);
    client.reset();
    buffy.eventually_holds(0);
    buffy.gate("open");
    assert_eq!(buffy.get("/after").status, 200);
    assert_eq!(upstream.count(), 1);
}

#[test]
fn a_leaver_who_sent_further_requests_ahead_is_noticed_by_his_reset() {
    let upstream = FakeUpstream::start();
    let buffy = TestBuffy::forwarding_to(&upstream);
    buffy.gate("close");
    let mut client = buffy.holding("/held");
    let ahead = b"GET /ahead HTTP/1.1\r\nHost: a\r\n\r\n".repeat(500_000);
    let sent = client.send_until_full(&ahead, Duration::from_millis(200));
    assert!(sent < ahead.len(), "all was read ahead");
    client.reset();
    buffy.eventually_holds(0);
}

#[test]
fn a_leaver_who_sent_further_requests_ahead_is_noticed_while_his_answer_is_awaited() {
    let upstream = FakeUpstream::start();
    upstream.reply("/slow", Reply::silent());
    let buffy = TestBuffy::forwarding_to(&upstream);
    buffy.eventually_open();
    let mut client = buffy.asking("/slow");
    eventually("it is under way", || upstream.under_way() == 1);
    let ahead = b"GET /ahead HTTP/1.1\r\nHost: a\r\n\r\n".repeat(500_000);
    let sent = client.send_until_full(&ahead, Duration::from_millis(200));
    assert!(sent < ahead.len(), "all was read ahead");
    client.reset();
    eventually("nothing is in flight", || buffy.inflight() == 0);
    assert_eq!(upstream.count(), 1, "what he sent ahead went nowhere");
}
