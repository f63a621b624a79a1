use std::borrow::Cow;

use serde_json::json;

use super::*;

#[test]
fn what_a_request_carries_is_found() {
    let fields = [
        ("Host", Cow::from("a.example:8080")),
        ("User-Agent", "curl".into()),
        ("cookie", "a=1; b=\"two\"; a=3".into()),
        ("X-Many", "1".into()),
        ("x-many", "2".into()),
        (
            "Authorization",
            "bearer h.eyJzdWIiOiJhZGEiLCJuIjo3fQ.s".into(),
        ),
    ];
    let facts = Facts {
        host: "a.example:8080",
        query: "a=1&b=%C3%B6+x&a=2&&c",
        fields: &fields,
        body: br#"{"qty": 3}"#,
        ..Facts::default()
    };
    assert_eq!(facts.host_name(), "a.example");
    assert_eq!(facts.header("user_agent").collect::<Vec<_>>(), ["curl"]);
    assert_eq!(facts.header("x-many").collect::<Vec<_>>(), ["1", "2"]);
    assert_eq!(facts.cookie("a").collect::<Vec<_>>(), ["1", "3"]);
    assert_eq!(facts.cookie("b").collect::<Vec<_>>(), ["two"]);
    assert_eq!(facts.argument("a").collect::<Vec<_>>(), ["1", "2"]);
    assert_eq!(facts.argument("b").collect::<Vec<_>>(), ["ö x"]);
    assert_eq!(facts.argument("c").collect::<Vec<_>>(), [""]);
    assert_eq!(facts.json(), Some(&json!({"qty": 3})));
    assert_eq!(facts.claims(), Some(&json!({"sub": "ada", "n": 7})));
}
