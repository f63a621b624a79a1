//! The verbs on what endpoints answered, as a pipeline has them.

use buffy_test::{RawClient, TempFolder, request};
use serde_json::Value;

use crate::kit::Process;
use crate::verb::{Said, run, told, typed};

const CONFIGURATION: &str = include_str!("../verify.yaml");

/// A Buffy that answers.
struct Stage {
    folder: TempFolder,
    buffy: Process,
}

impl Stage {
    fn new() -> Self {
        let folder = TempFolder::new();
        let buffy = Process::start(&folder, CONFIGURATION);
        Self { folder, buffy }
    }

    fn verb(&self, words: &[&str]) -> Said {
        run(told(self.folder.path(), self.buffy.admin_port(), words))
    }

    fn get(&self, target: &str, session: &str) -> u16 {
        let fields = [("Host", "a.example"), ("X-Buffy-Session", session)];
        let mut client = RawClient::connect(self.buffy.port());
        client
            .send(request("GET", target, &fields, b""))
            .response()
            .status
    }

    fn file(&self, name: &str) -> String {
        std::fs::read_to_string(self.folder.path().join(name)).expect("it was written")
    }
}

#[test]
fn a_job_fails_with_the_line_that_it_is_about_and_passes_when_all_is_as_expected() {
    let stage = Stage::new();
    assert_eq!(stage.get("/orders?expand=all", "s1"), 501);
    stage.verb(&["verify"]).ended(
        1,
        &[
            "but for `query.expand=items`, where it has \"all\" (buffy.yaml:13)\n",
            "not verified: 1 of 1 expectations are met; 1 request, 1 unmatched; seed 42",
        ],
    );
    let github = ["verify", "--format", "github", "--junit", "out.xml"];
    let note = "::error file=buffy.yaml,line=13::no response is for `GET /orders?expand=all`";
    stage.verb(&github).ended(1, &[note]);
    let junit = stage.file("out.xml");
    assert!(junit.contains("tests=\"2\" failures=\"1\""), "{junit}");
    assert!(
        junit.contains("<property name=\"seed\" value=\"42\"/>"),
        "{junit}"
    );
    stage
        .verb(&["verify", "--allow-unmatched"])
        .ended(0, &["verified: 1 of 1"]);
    let json: Value = serde_json::from_str(&stage.verb(&["verify", "--json"]).out).unwrap();
    assert_eq!(json["unmatched"]["count"], 1);

    stage
        .verb(&["reset", "--session", "s1"])
        .ended(0, &["session s1 begins anew"]);
    let line = "buffy.yaml:8: `orders` expects >=1 requests, and there were 0\n";
    stage.verb(&["verify"]).ended(1, &[line]);
    assert_eq!(stage.get("/orders?expand=items", ""), 200);
    stage
        .verb(&["verify"])
        .ended(0, &["verified: 1 of 1 expectations are met"]);
    stage
        .verb(&["verify", "--session", "s2"])
        .ended(1, &["there were 0"]);
    let unwritten = ["verify", "--junit", "no/such/folder/out.xml"];
    stage
        .verb(&unwritten)
        .ended(70, &["no/such/folder/out.xml cannot be written"]);
}

#[test]
fn requests_are_listed_and_waited_for() {
    let stage = Stage::new();
    let late = ["requests", "orders", "--wait", "1", "--timeout", "50ms"];
    stage.verb(&late).ended(124, &["0 of 1 came within 0.05 s"]);
    assert_eq!(stage.get("/orders?expand=items", "s1"), 200);
    let said = stage.verb(&["requests", "orders", "--wait", "1", "--session", "s1"]);
    said.ended(0, &["\tGET\t/orders?expand=items\torders\tpaid\t200\ts1\n"]);
    assert_eq!(
        stage.verb(&["requests", "--unmatched"]).ended(0, &[]).out,
        ""
    );
    stage
        .verb(&["requests", "order"])
        .ended(1, &["Did you mean `orders`?"]);
    stage
        .verb(&["push", "orders", "{}"])
        .ended(1, &["no stream of it is open"]);
    stage.verb(&["push", "orders"]).ended(2, &[]);
    stage
        .verb(&["reset"])
        .ended(0, &["all sessions begin anew"]);
    assert_eq!(stage.verb(&["requests"]).ended(0, &[]).out, "");
}

#[test]
fn a_rule_is_tried_without_a_buffy() {
    let folder = TempFolder::new();
    let try_out = |words: &[&str]| {
        let words: Vec<&str> = ["try"].iter().chain(words).copied().collect();
        run(typed(folder.path(), &words))
    };
    try_out(&["/orders"]).ended(78, &["no configuration"]);
    folder.write("buffy.yaml", CONFIGURATION);
    let paid =
        "GET /orders?expand=items: `paid` of `orders`, 200 (buffy.yaml:13): its conditions hold";
    try_out(&["/orders?expand=items"]).ended(0, &[paid]);
    let no = "no   paid: query.expand=items, where it has \"all\"";
    try_out(&["GET /orders?expand=all"]).ended(1, &[no]);
    let said = try_out(&["/orders?expand=items", "--json"]);
    let json: Value = serde_json::from_str(&said.ended(0, &[]).out).unwrap();
    assert_eq!(json["response"], "paid");
    try_out(&["/orders", "--state", "[]"]).ended(2, &["write a JSON object"]);
    try_out(&["orders"]).ended(2, &["write `PUT /api/orders/7?x=1`"]);
    folder.write("buffy.yaml", "endpoints: [{id: x}]");
    try_out(&["/orders"]).ended(78, &["buffy.yaml"]);
}
