use std::time::Duration;

use proptest::prelude::*;

use super::*;

mod documented;
mod escaping;
mod example;
mod json;
mod replies;

fn parse(template: &str) -> Template {
    Template::parse(template, Variable::OF_REPLIES)
        .unwrap_or_else(|error| panic!("{template}: {error}"))
}

fn render(template: &str, url: &str, escape: Escape) -> String {
    let facts = Facts {
        url,
        id: "example2",
        ..Facts::default()
    };
    rendered(&parse(template), &facts, escape)
}

fn rendered(template: &Template, facts: &Facts<'_>, escape: Escape) -> String {
    let mut out = Vec::new();
    template.render(facts, escape, &mut out).unwrap();
    String::from_utf8(out).unwrap()
}

#[test]
fn a_refusal_is_explained() {
    let refused = Refused {
        gate: "shop",
        reason: "closed by alice: \"now\" & <later>",
        waited: Some(Duration::from_micros(1_234_567)),
        position: Some(3),
        retry_after: Some(12),
    };
    let nothing = Refused {
        gate: "shop",
        ..Refused::default()
    };
    let all = "{{GATE}}|{{REASON}}|{{WAITED}}|{{POSITION}}|{{RETRY_AFTER}}";
    for (refused, escape, expected) in [
        (
            refused,
            Escape::Plain,
            "shop|closed by alice: \"now\" & <later>|1.234|3|12",
        ),
        (
            refused,
            Escape::Json,
            "shop|closed by alice: \\\"now\\\" & <later>|1.234|3|12",
        ),
        (
            refused,
            Escape::Html,
            "shop|closed by alice: &quot;now&quot; &amp; &lt;later&gt;|1.234|3|12",
        ),
        (nothing, Escape::Plain, "shop||0|0|0"),
    ] {
        let template = Template::parse(all, Variable::OF_REFUSALS).unwrap();
        let facts = Facts {
            refused: Some(refused),
            ..Facts::default()
        };
        assert_eq!(rendered(&template, &facts, escape), expected);
    }
}

#[test]
fn the_type_of_a_content_says_how_values_are_escaped() {
    for (content_type, expected) in [
        ("application/json", Escape::Json),
        ("application/problem+json; charset=utf-8", Escape::Json),
        ("text/HTML; charset=utf-8", Escape::Html),
        ("image/svg+xml", Escape::Html),
        ("text/plain", Escape::Plain),
        ("", Escape::Plain),
        ("é", Escape::Plain),
    ] {
        assert_eq!(Escape::of(content_type), expected, "{content_type}");
    }
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
        assert_eq!(
            render(template, "/a?b=1", Escape::Plain),
            expected,
            "{template}"
        );
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
        assert_eq!(render(template, url, Escape::Json), expected, "{url:?}");
    }
    assert_eq!(render(template, "/\"", Escape::Plain), r#"{"url": "/""}"#);
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
        let fixed = parse(template).fixed();
        assert_eq!(fixed.is_some(), expected, "{template}");
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
            "{{REASON}}",
            1,
            "`{{REASON}}` is known only where a `proxy` endpoint turns a request away: \
             write `{{URL}}` or `{{ID}}`",
        ),
        (
            "{{ 'a' b }}",
            1,
            "`{{'a' b}}` is no variable: write `{{URL}}` or `{{ID}}`",
        ),
    ] {
        let error = Template::parse(template, Variable::OF_REPLIES).unwrap_err();
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
        let json: serde_json::Value = serde_json::from_str(&render("\"{{URL}}\"", &url, Escape::Json)).unwrap();
        prop_assert_eq!(json.as_str(), Some(url.as_str()));
    }

    #[test]
    fn any_text_is_a_template_or_an_error_in_place(text in prop_oneof![any::<String>(), "[{}URLID \"'ö]{0,20}"]) {
        match Template::parse(&text, Variable::OF_REPLIES) {
            Ok(template) => {
                prop_assert!(text.contains("{{") || template.fixed().as_deref() == Some(&text));
                let read_back = Template::parse(&template.text(), Variable::OF_REPLIES);
                prop_assert_eq!(read_back, Ok(template));
            },
            Err(error) => prop_assert!((1..=text.chars().count()).contains(&error.column)),
        }
    }
}
