use super::*;
use crate::facts::Facts;

fn check(rule: &str, expected: &[(&str, &str)]) {
    let facts = Facts {
        method: "PUT",
        query: "expand=items",
        body: br#"{"qty": 2, "email": "a@b"}"#,
        ..Facts::default()
    };
    let rule = Rule::parse_reply(rule).unwrap();
    let failing = rule.failing_reply(&facts);
    let shown: Vec<_> = failing
        .iter()
        .map(|term| (term.text.as_str(), term.got.as_str()))
        .collect();
    assert_eq!(shown, expected, "{rule}");
    assert_eq!(failing.is_empty(), rule.judge_reply(&facts), "{rule}");
}

#[test]
fn clauses_that_fail_are_told_with_what_was_found() {
    check("method=PUT && body.qty=2", &[]);
    check(
        "method=PUT && query.expand=all",
        &[("query.expand=all", "\"items\"")],
    );
    check(
        "method=GET && body.qty>1 && state.a=1",
        &[("method=GET", "\"PUT\""), ("state.a=1", "missing")],
    );
    check("!body.email", &[("!body.email", "\"a@b\"")]);
    check(
        "body.qty<=0 || !body.email",
        &[(
            "body.qty<=0 || !body.email",
            "body.qty: 2, body.email: \"a@b\"",
        )],
    );
    check(
        "method=PUT && !(body.qty>1 && body.qty<3)",
        &[("!(body.qty>1 && body.qty<3)", "2")],
    );
}
