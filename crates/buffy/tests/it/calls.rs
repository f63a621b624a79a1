//! What follows an answer: calls to real receivers, and gates that answers move.

use buffy_test::{FakeUpstream, Reply, count_of, eventually, request};
use serde_json::json;

use crate::kit::{More, TestBuffy};

/// Forwards to this upstream, but for these endpoints.
fn start(upstream: &FakeUpstream, endpoints: &str) -> TestBuffy {
    let more = More {
        endpoints,
        ..More::default()
    };
    TestBuffy::forwarding(upstream, more)
}

/// One that is open, and whose answers at `/outage` move its gate.
#[track_caller]
fn outage(upstream: &FakeUpstream, responses: &str) -> TestBuffy {
    let endpoint = "\n- id: outage\n  path: /outage\n  type: respond\n  response:";
    let buffy = start(upstream, &format!("{endpoint}{responses}"));
    buffy.eventually_open();
    buffy
}

#[track_caller]
fn post(buffy: &TestBuffy, target: &str, body: &str) -> u16 {
    let request = request("POST", target, &[("Host", "a")], body.as_bytes());
    buffy.client().send(request).response().status
}

#[test]
fn what_an_answer_calls_sees_its_request_and_comes_in_order() {
    let (up, receiver) = (FakeUpstream::start(), FakeUpstream::start());
    receiver.reply_next(Reply::text(503, "not yet"));
    let buffy = start(
        &up,
        "
- id: orders
  path: /api/orders/{id}
  type: respond
  methods: [POST]
  response:
    - name: ok
      content: taken
      then:
        - post: '{{ body.callback }}/first'
          json: {id: '{{ param.id }}', qty: '{{ body.qty }}'}
          headers: {X-Count: '{{ count }}'}
          retry: 2
        - put: '{{ body.callback }}/second'
          content: 'order {{ param.id }} is done'
          after: 20ms
",
    );
    let body = json!({"callback": receiver.url(), "qty": 3}).to_string();

    assert_eq!(post(&buffy, "/api/orders/7", &body), 200);

    eventually("both were called, one of them twice", || {
        receiver.requests().len() == 3
    });
    let requests = receiver.requests();
    let shown: Vec<_> = requests
        .iter()
        .map(|one| format!("{} {}", one.method, one.target))
        .collect();
    assert_eq!(shown, ["POST /first", "POST /first", "PUT /second"]);
    let sent: serde_json::Value = serde_json::from_slice(&requests[1].body).unwrap();
    assert_eq!(sent, json!({"id": "7", "qty": 3}));
    assert_eq!(requests[1].field("content-type"), Some("application/json"));
    assert_eq!(requests[1].field("x-count"), Some("1"));
    assert_eq!(&requests[2].body[..], b"order 7 is done");
    eventually("it is counted", || {
        let metrics = buffy.admin("GET", "/metrics").text();
        count_of(
            &metrics,
            "buffy_hook_deliveries_total{hook=\"calls\",result=\"ok\"}",
        ) == 2
    });
}

#[test]
fn an_answer_closes_a_gate_and_another_one_opens_it() {
    let up = FakeUpstream::start();
    let buffy = outage(
        &up,
        "
    - {name: begin, if: query.do=begin, content: down, then: [{gate: up, do: CLOSE}]}
    - {name: end, content: up, then: [{gate: up, do: OPEN}]}
",
    );

    assert_eq!(buffy.get("/outage?do=begin").status, 200);
    buffy.eventually_not_open();
    let mut held = buffy.holding("/");
    let status = buffy.admin("GET", "/_admin/status").text();
    assert!(status.contains("answer outage/begin"), "{status}");
    assert_eq!(buffy.get("/outage?do=begin").status, 200);

    assert_eq!(buffy.get("/outage").status, 200);
    assert_eq!(held.response().status, 200);
    buffy.eventually_open();
}

#[test]
fn an_answer_lifts_nothing_that_an_operator_closed() {
    let up = FakeUpstream::start();
    let buffy = outage(
        &up,
        "
    - {name: stop, times: 1, content: x, then: [{gate: up, do: STOP}]}
    - {name: end, content: x, then: [{gate: up, do: OPEN}]}
",
    );
    buffy.gate("close");
    assert_eq!(buffy.get("/outage").status, 200);
    eventually("it is stopped", || buffy.get("/").status == 503);
    assert_eq!(buffy.get("/outage").status, 200);
    eventually("the stop is lifted", || {
        let status = buffy.admin("GET", "/_admin/status").text();
        !status.contains("answer outage/stop")
    });
    let mut held = buffy.holding("/");
    buffy.gate("open");
    assert_eq!(held.response().status, 200);
}

#[test]
fn an_answer_that_calls_itself_comes_to_an_end() {
    let up = FakeUpstream::start();
    let buffy = start(
        &up,
        "
- id: echo
  path: /echo
  type: respond
  response:
    - content: 'heard {{ count }}'
      then: [{post: 'http://{{ header.x_to }}/echo', headers: {X-To: '{{ header.x_to }}'}}]
",
    );
    let to = format!("127.0.0.1:{}", buffy.port());
    let asked = request("GET", "/echo", &[("Host", "a"), ("X-To", &to)], b"");
    assert_eq!(buffy.client().send(asked).response().status, 200);
    let calls = |result: &str| {
        let metrics = buffy.admin("GET", "/metrics").text();
        let name = format!("buffy_hook_deliveries_total{{hook=\"calls\",result=\"{result}\"}}");
        count_of(&metrics, &name)
    };
    eventually("the last one is dropped", || calls("dropped") == 1);
    assert_eq!(calls("ok"), 10);
    assert_eq!(buffy.get("/echo").text(), "heard 12");
}

#[test]
fn the_end_waits_for_what_follows_an_answer() {
    let (up, receiver) = (FakeUpstream::start(), FakeUpstream::start());
    let url = receiver.url();
    let mut buffy = start(
        &up,
        &format!(
            "
- id: bye
  path: /bye
  type: respond
  response: [{{content: x, then: [{{post: '{url}/last', after: 100ms}}]}}]
"
        ),
    );
    assert_eq!(buffy.get("/bye").status, 200);
    buffy.stop();
    assert_eq!(receiver.requests().len(), 1);
}
