//! Expectations: were endpoints asked as often as they expect, and was there nothing else?

use buffy_test::request;
use serde_json::{Value, json};

use crate::kit::TestBuffy;
use crate::schema::conforms;

const CONFIGURATION: &str = concat!(
    include_str!("../verify.yaml"),
    "- {id: pay, path: /pay, type: respond, expect: 0, response: [{content: never}]}
- {id: two, path: /two, type: respond, expect: 1..2, response: [{content: two}]}
- {id: free, path: /free, type: respond, response: [{content: free}]}
",
);

fn get(buffy: &TestBuffy, target: &str, session: &str) -> u16 {
    let fields = [("Host", "a.example"), ("X-Buffy-Session", session)];
    let mut client = buffy.client();
    client
        .send(request("GET", target, &fields, b""))
        .response()
        .status
}

/// The report of a query, and the status that came with it.
#[track_caller]
fn verify(buffy: &TestBuffy, query: &str) -> (u16, Value) {
    let answer = buffy.api("GET", &format!("verify{query}"), &Value::Null);
    let report = answer.json();
    conforms("verify", &report);
    let verified = report.get("verified").and_then(Value::as_bool);
    assert_eq!(verified, Some(answer.status == 200), "{report}");
    (answer.status, report)
}

#[test]
fn every_expectation_is_judged_and_told_with_its_line() {
    let buffy = TestBuffy::start(CONFIGURATION);
    let (status, report) = verify(&buffy, "");
    assert_eq!((status, &report["seed"]), (417, &json!(42)));
    assert_eq!(report["file"], "buffy.yaml");
    let expected = json!([
        {"endpoint": "orders", "line": 8, "expect": ">=1", "requests": 0, "resumed": 0,
            "met": false, "responses": []},
        {"endpoint": "pay", "line": 15, "expect": "0", "requests": 0, "resumed": 0,
            "met": true, "responses": []},
        {"endpoint": "two", "line": 16, "expect": "1..2", "requests": 0, "resumed": 0,
            "met": false, "responses": []},
    ]);
    assert_eq!(report["endpoints"], expected);

    for target in ["/orders?expand=items", "/two", "/two", "/free"] {
        assert_eq!(get(&buffy, target, ""), 200);
    }
    let (status, report) = verify(&buffy, "");
    assert_eq!(status, 200, "{report}");
    let orders = &report["endpoints"][0];
    assert_eq!(
        orders["responses"],
        json!([{"response": "paid", "requests": 1}])
    );
    assert_eq!(report["endpoints"][3]["endpoint"], "free");
    // By POST, too, as a step of a pipeline may have it.
    assert_eq!(buffy.api("POST", "verify", &Value::Null).status, 200);

    get(&buffy, "/two", "");
    get(&buffy, "/pay", "");
    let (status, report) = verify(&buffy, "");
    assert_eq!(status, 417);
    let met = |id: &str| {
        let mut all = report["endpoints"].as_array().unwrap().iter();
        all.find(|one| one["endpoint"] == id).unwrap()["met"].clone()
    };
    assert_eq!(
        ["orders", "pay", "two"].map(met),
        [true, false, false].map(Value::from)
    );
    let detail = "2 endpoints were not asked as often as they expect, and every request had its \
                  response.";
    assert_eq!(report["detail"], detail);
}

#[test]
fn a_request_that_no_response_was_for_fails_it_and_the_closest_rule_is_told() {
    let buffy = TestBuffy::start(CONFIGURATION);
    get(&buffy, "/orders?expand=items", "");
    get(&buffy, "/two", "");
    assert_eq!(get(&buffy, "/orders?expand=all", ""), 501);
    assert_eq!(get(&buffy, "/nowhere", ""), 501);
    let (status, report) = verify(&buffy, "");
    assert_eq!((status, &report["unmatched"]["count"]), (417, &json!(2)));
    let strays = &report["unmatched"]["requests"];
    assert_eq!(
        (&strays[0]["target"], &strays[1]["target"]),
        (&json!("/nowhere"), &json!("/orders?expand=all"))
    );
    let closest = json!({"endpoint": "orders", "response": "paid", "failed": "query.expand=items",
        "got": "all", "line": 13});
    assert_eq!(strays[1]["closest"], closest);
    let (status, report) = verify(&buffy, "?allow_unmatched=true");
    assert_eq!(
        (status, &report["unmatched"]["allowed"]),
        (200, &json!(true))
    );
}

#[test]
fn each_session_is_verified_for_itself() {
    let buffy = TestBuffy::start(CONFIGURATION);
    get(&buffy, "/orders?expand=items", "s1");
    get(&buffy, "/two", "s1");
    get(&buffy, "/pay", "s2");
    assert_eq!(verify(&buffy, "?session=s1").0, 200);
    let (status, report) = verify(&buffy, "?session=s2");
    assert_eq!((status, &report["session"]), (417, &json!("s2")));
    assert_eq!(verify(&buffy, "").0, 417);
    assert_eq!(
        buffy.api("POST", "reset?session=s2", &Value::Null).status,
        200
    );
    assert_eq!(verify(&buffy, "").0, 200);
}

#[test]
fn counts_outlive_a_reload() {
    let buffy = TestBuffy::start(CONFIGURATION);
    get(&buffy, "/orders?expand=items", "");
    get(&buffy, "/two", "");
    buffy.reload(&CONFIGURATION.replace("expect: '>=1'", "expect: 1"));
    assert_eq!(verify(&buffy, "").0, 200);
    get(&buffy, "/orders?expand=items", "");
    assert_eq!(verify(&buffy, "").0, 417);
}

#[test]
fn clients_that_come_back_to_a_stream_are_counted() {
    let feed = "- {id: feed, path: /feed, type: respond, response: [{stream: {as: sse, \
                events: [{data: 1}, {data: 2}]}}]}\n";
    let buffy = TestBuffy::start(&format!("{CONFIGURATION}{feed}"));
    for fields in [&[][..], &[("Last-Event-ID", "1")]] {
        let mut client = buffy.client();
        let answer = client.get_with("/feed", fields).response();
        assert_eq!(answer.status, 200, "{}", answer.text());
    }
    let (_, report) = verify(&buffy, "");
    let feed = report["endpoints"].as_array().unwrap().last().unwrap();
    assert_eq!(
        (&feed["endpoint"], &feed["requests"]),
        (&json!("feed"), &json!(2))
    );
    assert_eq!(feed["resumed"], 1);
    let listed = buffy
        .api("GET", "requests?endpoint=feed", &Value::Null)
        .json();
    assert_eq!(listed["requests"][0]["resumed"], true);
}
