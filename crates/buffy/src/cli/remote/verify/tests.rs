use serde_json::json;

use super::junit;
use super::report::Report;

fn report(verified: bool, allowed: bool) -> Report {
    serde_json::from_value(json!({
        "verified": verified, "seed": 42, "file": "buffy.yaml",
        "endpoints": [
            {"endpoint": "orders", "line": 12, "expect": ">=1", "requests": 3, "met": true},
            {"endpoint": "pay", "line": 30, "expect": "0", "requests": 1, "met": verified},
            {"endpoint": "site", "line": 50, "requests": 8, "met": true},
        ],
        "unmatched": {"count": 3, "allowed": allowed, "requests": [
            {"method": "GET", "target": "/api/orders/7?a=<b>", "closest": {
                "endpoint": "orders", "response": "paid", "failed": "query.expand=items",
                "got": null, "line": 42,
            }},
            {"method": "PUT", "target": "/100%"},
        ]},
    }))
    .unwrap()
}

#[test]
fn people_are_told_each_failure_at_its_line_and_the_sum() {
    let expected = "\
buffy.yaml:30: `pay` expects 0 requests, and there was 1
no response is for `GET /api/orders/7?a=<b>`: the closest is `paid` of `orders`, but for \
`query.expand=items`, where it has null (buffy.yaml:42)
`PUT /100%` is for no endpoint
not verified: 1 of 2 expectations are met; 12 requests, 3 unmatched; seed 42
";
    assert_eq!(report(false, false).for_people(), expected);
}

#[test]
fn what_is_expected_once_is_told_in_the_singular() {
    let told = |expect: &str| {
        let report: Report = serde_json::from_value(json!({
            "verified": false, "seed": 42, "file": "buffy.yaml",
            "endpoints": [{
                "endpoint": "pay", "line": 30, "expect": expect, "requests": 0, "met": false,
            }],
            "unmatched": {"count": 0, "allowed": false, "requests": []},
        }))
        .unwrap();
        report.for_people()
    };
    let once = told("1");
    assert!(once.contains("`pay` expects 1 request, and"), "{once}");
    let often = told(">=1");
    assert!(often.contains("`pay` expects >=1 requests, and"), "{often}");
}

#[test]
fn a_request_that_an_endpoint_took_and_had_no_response_for_is_told_as_such() {
    let report: Report = serde_json::from_value(json!({
        "verified": false, "seed": 42, "file": "buffy.yaml", "endpoints": [],
        "unmatched": {"count": 1, "allowed": false, "requests": [
            {"method": "DELETE", "target": "/orders/7", "endpoint": "orders", "status": 405},
        ]},
    }))
    .unwrap();
    let told = report.for_people();
    let expected = "no response of `orders` is for `DELETE /orders/7`\n";
    assert!(told.starts_with(expected), "{told}");
}

#[test]
fn a_session_that_may_have_been_forgotten_is_told_as_such() {
    let told = |session: &str| {
        let report: Report = serde_json::from_value(json!({
            "verified": true, "seed": 42, "file": "buffy.yaml", "session": session,
            "sessions_forgotten": 7, "endpoints": [],
            "unmatched": {"count": 0, "allowed": false, "requests": []},
        }))
        .unwrap();
        report.for_people()
    };
    let end = "; seed 42; 7 sessions were forgotten, maybe this one\n";
    assert!(told("s1").ends_with(end), "{}", told("s1"));
    assert!(told("").ends_with("; seed 42\n"), "{}", told(""));
}

#[test]
fn a_pull_request_is_annotated_at_the_lines_of_the_configuration() {
    let expected = "\
::error file=buffy.yaml,line=30::`pay` expects 0 requests, and there was 1
::error file=buffy.yaml,line=42::no response is for `GET /api/orders/7?a=<b>`: the closest is \
`paid` of `orders`, but for `query.expand=items`, where it has null
::error::`PUT /100%25` is for no endpoint
not verified: 1 of 2 expectations are met; 12 requests, 3 unmatched; seed 42
";
    assert_eq!(report(false, false).for_github(), expected);
    let allowed = report(true, true).for_github();
    assert!(allowed.contains("::warning::`PUT /100%25`"), "{allowed}");
    assert!(
        allowed.ends_with(
            "\nverified: 2 of 2 expectations are met; 12 requests, 3 unmatched; seed 42\n"
        )
    );
}

#[test]
fn a_ci_system_is_told_in_its_own_document() {
    let expected = r#"<?xml version="1.0" encoding="UTF-8"?>
<testsuites tests="3" failures="2">
  <testsuite name="buffy" tests="3" failures="2">
    <properties>
      <property name="seed" value="42"/>
    </properties>
    <testcase classname="buffy" name="orders expects &gt;=1" file="buffy.yaml" line="12"/>
    <testcase classname="buffy" name="pay expects 0" file="buffy.yaml" line="30">
      <failure message="`pay` expects 0 requests, and there was 1">`pay` expects 0 requests, and there was 1</failure>
    </testcase>
    <testcase classname="buffy" name="a response is for every request" file="buffy.yaml" line="42">
      <failure message="no response is for `GET /api/orders/7?a=&lt;b&gt;`: the closest is `paid` of `orders`, but for `query.expand=items`, where it has null">no response is for `GET /api/orders/7?a=&lt;b&gt;`: the closest is `paid` of `orders`, but for `query.expand=items`, where it has null
`PUT /100%` is for no endpoint</failure>
    </testcase>
  </testsuite>
</testsuites>
"#;
    assert_eq!(junit::document(&report(false, false)), expected);
    let allowed = junit::document(&report(true, true));
    assert!(
        allowed.contains("<testsuites tests=\"3\" failures=\"0\">"),
        "{allowed}"
    );
}
