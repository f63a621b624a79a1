use proptest::prelude::*;

use super::*;

fn render(template: &str, url: &str, json: bool) -> String {
    let template = Template::parse(template).unwrap_or_else(|error| panic!("{template}: {error}"));
    let mut out = Vec::new();
    template.render(url, "example2", json, &mut out);
    String::from_utf8(out).unwrap()
}

#[test]
fn variables_are_replaced() {
    for (template, expected) in [
        ("", ""),
        ("plain", "plain"),
        ("{{URL}}", "/a?b=1"),
        ("{{ URL }}{{ID}}", "/a?b=1example2"),
        ("<{{\tID\n}}>", "<example2>"),
        (
            r#"{ "_served": "{{URL}}", "_endpoint": "{{ID}}" }"#,
            r#"{ "_served": "/a?b=1", "_endpoint": "example2" }"#,
        ),
        (r#"{"a":{"b":{}}}"#, r#"{"a":{"b":{}}}"#),
        ("{ {URL} } }}", "{ {URL} } }}"),
        ("{{ \"{{\" }}x}}", "{{x}}"),
        ("{{ '{{ \"URL\" }}' }}", "{{ \"URL\" }}"),
        ("{{''}}", ""),
        ("ö{{ID}}ö", "öexample2ö"),
    ] {
        assert_eq!(render(template, "/a?b=1", false), expected, "{template}");
    }
}

#[test]
fn values_are_escaped_inside_json() {
    let template = r#"{"url": "{{URL}}"}"#;
    for (url, expected) in [
        ("/a", r#"{"url": "/a"}"#),
        ("/\"\\", r#"{"url": "/\"\\"}"#),
        ("/ö", r#"{"url": "/ö"}"#),
        ("/\u{1}\n", r#"{"url": "/\u0001\n"}"#),
    ] {
        assert_eq!(render(template, url, true), expected, "{url:?}");
    }
    assert_eq!(render(template, "/\"", false), r#"{"url": "/""}"#);
}

#[test]
fn what_has_no_variable_is_static() {
    for (template, expected) in [
        ("", true),
        ("{\"status\": \"pong\"}", true),
        ("{{ \"{{\" }}", true),
        ("{{ID}}", false),
        ("a {{ URL }} b", false),
    ] {
        assert_eq!(
            Template::parse(template).unwrap().is_static(),
            expected,
            "{template}"
        );
    }
}

#[test]
fn mistakes_have_a_column_and_say_what_to_write() {
    let unclosed = "this `{{` is never closed: write `}}` behind the variable, \
                    or `{{ \"{{\" }}` for the braces themselves";
    for (template, column, message) in [
        (
            "{{url}}",
            1,
            "`{{url}}` is no variable: write `{{URL}}` or `{{ID}}`",
        ),
        (
            "ö {{ name }}",
            3,
            "`{{name}}` is no variable: write `{{URL}}` or `{{ID}}`",
        ),
        (
            "{{}}",
            1,
            "`{{}}` is no variable: write `{{URL}}` or `{{ID}}`",
        ),
        ("{{URL}} {{ID}", 9, unclosed),
        ("a{{", 2, unclosed),
        ("a\n{{ \"x\" ", 3, unclosed),
        (
            "{{ 'a' b }}",
            1,
            "`{{'a' b}}` is no variable: write `{{URL}}` or `{{ID}}`",
        ),
    ] {
        let error = Template::parse(template).unwrap_err();
        assert_eq!(
            (error.column, error.message.as_str()),
            (column, message),
            "{template}"
        );
    }
}

proptest! {
    #[test]
    fn a_url_inside_json_reads_as_itself(url in any::<String>()) {
        let json: serde_json::Value = serde_json::from_str(&render("\"{{URL}}\"", &url, true)).unwrap();
        prop_assert_eq!(json.as_str(), Some(url.as_str()));
    }

    #[test]
    fn any_text_is_a_template_or_an_error_in_place(text in prop_oneof![any::<String>(), "[{}URLID \"'ö]{0,20}"]) {
        match Template::parse(&text) {
            Ok(template) => prop_assert!(text.contains("{{") || template.is_static()),
            Err(error) => prop_assert!((1..=text.chars().count()).contains(&error.column)),
        }
    }
}
