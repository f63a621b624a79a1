use serde_json::json;

use super::replies::rendered_for;
use super::*;

const NASTY: &str = "a\"b\\c\n<d>&'é\u{1}";

#[test]
fn a_value_cannot_leave_its_place() {
    let body = json!({"v": NASTY, "n": 1, "o": {"k": NASTY}}).to_string();
    let facts = Facts {
        body: body.as_bytes(),
        ..Facts::default()
    };
    let in_json = r#"a\"b\\c\n<d>&'é\u0001"#;
    let in_html = "a&quot;b\\c\n&lt;d&gt;&amp;&#39;é\u{1}";
    for (template, escape, expected) in [
        (r#""{{ body.v }}""#, Escape::Json, format!("\"{in_json}\"")),
        (
            r#"{"v": "{{ body.v }}", "n": {{ body.n }}, "o": {{ body.o }}}"#,
            Escape::Json,
            format!(r#"{{"v": "{in_json}", "n": 1, "o": {{"k":"{in_json}"}}}}"#),
        ),
        (
            r#""{{ body.v|trim }}""#,
            Escape::Json,
            format!("\"{in_json}\""),
        ),
        ("{{ body.v|safe }}", Escape::Json, NASTY.to_owned()),
        (
            "<p>{{ body.v }}</p>",
            Escape::Html,
            format!("<p>{in_html}</p>"),
        ),
        (
            "<p>{{ body.v|trim }}</p>",
            Escape::Html,
            format!("<p>{in_html}</p>"),
        ),
        (
            "{{ '<b>'|safe }}{{ '<b>' }}",
            Escape::Html,
            "<b>&lt;b&gt;".to_owned(),
        ),
        ("{{ body.v }}", Escape::Plain, NASTY.to_owned()),
        (
            "{% macro m(x) %}[{{ x }}]{% endmacro %}{{ m(body.v) }}",
            Escape::Json,
            format!("[{in_json}]"),
        ),
        (
            "{% set x %}{{ body.v }}{% endset %}{{ x }}",
            Escape::Html,
            in_html.to_owned(),
        ),
    ] {
        assert_eq!(
            rendered_for(template, &facts, escape),
            expected,
            "{template}"
        );
    }
}

#[test]
fn what_tojson_writes_is_json_in_json() {
    let body = json!({"v": NASTY}).to_string();
    let facts = Facts {
        body: body.as_bytes(),
        ..Facts::default()
    };
    for template in [
        "{{ body|tojson }}",
        "{{ body }}",
        r#"{"v": "{{ body.v }}"}"#,
        r#"{"v": {{ body.v|tojson }}}"#,
    ] {
        let text = rendered_for(template, &facts, Escape::Json);
        let json: serde_json::Value = serde_json::from_str(&text).unwrap();
        assert_eq!(json, json!({"v": NASTY}), "{template}");
    }
}

proptest! {
    #[test]
    fn json_stays_json_whatever_comes(value in any::<String>()) {
        let body = json!({"v": value}).to_string();
        let facts = Facts { url: &value, body: body.as_bytes(), ..Facts::default() };
        for template in [
            r#"{"a": "{{ URL }}", "b": "{{ body.v }}", "c": {{ body.v|tojson }}}"#,
            r#"{"a": "{{ URL|string }}", "b": "{{ body.v ~ '' }}", "c": {{ [body.v][0]|tojson }}}"#,
        ] {
            let text = rendered_for(template, &facts, Escape::Json);
            let json: serde_json::Value = serde_json::from_str(&text).unwrap();
            prop_assert_eq!(&json, &json!({"a": value, "b": value, "c": value}));
        }
    }
}
