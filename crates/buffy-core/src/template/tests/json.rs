use serde_json::json;

use super::replies::with_request;
use super::*;

#[test]
fn a_lone_expression_keeps_its_type() {
    with_request(|facts| {
        for (template, expected) in [
            (json!("{{ body.qty }}"), json!(3)),
            (json!(" {{ body.qty }}"), json!(" 3")),
            (json!("{{ body.qty + 1 }}"), json!(4)),
            (json!("{{ body.qty }}!"), json!("3!")),
            (json!("{{ body.qty }}{{ body.qty }}"), json!("33")),
            (json!("{{ body.qty + 1 }}{{ body.qty }}"), json!("43")),
            (json!("{{ body.who }}"), json!("ada")),
            (json!("{{ body.who|upper }}"), json!("ADA")),
            (json!("{{ body.on }}"), json!(true)),
            (json!("{{ not body.on }}"), json!(false)),
            (json!("{{ body.no }}"), json!(null)),
            (json!("{{ body.none }}"), json!(null)),
            (json!("{{ body.none|upper }}"), json!("")),
            (json!("{{ body.real }}"), json!(1.5)),
            (
                json!("{{ body.items }}"),
                json!([{"sku": "a"}, {"sku": "b"}]),
            ),
            (json!("{{ body.items|length }}"), json!(2)),
            (json!("{{ count }}"), json!(3)),
            (json!("{{ param.id }}"), json!("7")),
            (json!("{{ param.id|int }}"), json!(7)),
            (json!("{{ now(fmt='unix') }}"), json!(1_700_000_000)),
            (json!("{{ '}}' ~ '{{' }}"), json!("}}{{")),
            (json!("{{ body.who }} & \"co\""), json!("ada & \"co\"")),
            (
                json!({"a": ["{{ body.qty }}", {"b": "{{ ID }}"}], "c": 1}),
                json!({"a": [3, {"b": "orders"}], "c": 1}),
            ),
            (json!([]), json!([])),
            (json!("plain {"), json!("plain {")),
        ] {
            let parsed = JsonTemplate::new(&template).unwrap();
            let (json, _) = parsed.render(facts).unwrap();
            assert_eq!(json, expected, "{template}");
        }
    });
}

#[test]
fn json_without_variables_is_fixed() {
    for (template, expected) in [
        (json!({"a": [1, "x", null, {"b": true}]}), true),
        (json!({"a": "{{ '{{' }}"}), true),
        (json!({"a": "{{ ID }}"}), false),
        (json!([["{{ ID }}"]]), false),
    ] {
        let parsed = JsonTemplate::new(&template).unwrap();
        assert_eq!(parsed.fixed().is_some(), expected, "{template}");
    }
    let fixed = JsonTemplate::new(&json!({"a": "{{ '{{' }}"})).unwrap();
    assert_eq!(fixed.fixed(), Some(&json!({"a": "{{"})));
}

#[test]
fn what_json_names_is_known() {
    let parsed =
        JsonTemplate::new(&json!({"a": "{{ body.x }}", "b": ["{{ seq('n') }} {{ user }}"]}));
    let parsed = parsed.unwrap();
    assert_eq!(parsed.needs(), Needs::BODY | Needs::SEQUENCES);
    assert_eq!(parsed.unknown(), ["user"]);
    let (_, rendered) = parsed.render(&Facts::default()).unwrap();
    assert_eq!(rendered.undefined, 2);
    let error = JsonTemplate::new(&json!({"a": ["{{ x"]})).unwrap_err();
    assert_eq!(error.column, 1);
}
