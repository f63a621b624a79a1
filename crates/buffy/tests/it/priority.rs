//! Which held requests go before others (semantics of §3).

use buffy_test::{FakeUpstream, RawClient};

use crate::kit::{More, TestBuffy};

const CLASSES: &str = "priority: [{if: 'header.x-plan=\"gold\"', class: 1}, \
                       {if: 'path=\"/pay*\"', class: 2}]";

#[test]
fn classes_go_in_order_and_each_of_them_first_come_first_served() {
    let upstream = FakeUpstream::start();
    let buffy = TestBuffy::forwarding(
        &upstream,
        More {
            endpoint: CLASSES,
            // One at a time, so that the order at the upstream is the order of release.
            upstream: "max_inflight: 1",
            ..More::default()
        },
    );
    buffy.eventually_open();
    buffy.gate("close");
    let mut clients: Vec<RawClient> = Vec::new();
    for (target, plan) in [
        ("/a", "free"),
        ("/pay/b", "free"),
        ("/c", "gold"),
        ("/d", ""),
        ("/pay/e", "gold"),
        ("/pay/f", "silver"),
    ] {
        let mut client = buffy.client();
        client.get_with(target, &[("X-Plan", plan)]);
        clients.push(client);
        buffy.eventually_holds(clients.len());
    }

    buffy.gate("open");

    for client in &mut clients {
        assert_eq!(client.response().status, 200);
    }
    let order: Vec<String> = upstream
        .requests()
        .into_iter()
        .map(|one| one.target)
        .collect();
    assert_eq!(order, ["/c", "/pay/e", "/pay/b", "/pay/f", "/a", "/d"]);
}
