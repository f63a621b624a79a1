//! Templates of answers: no text makes the reader panic or run for ever, and nothing that a request
//! brings leaves the place that it is put into.

use buffy_core::facts::Facts;
use buffy_core::template::{Escape, Template};

/// Reads the first line as a template, and renders it for a request made of the rest.
pub fn template_render(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    let (template, rest) = text.split_once('\n').unwrap_or((&text, ""));
    let params = [("id".to_owned(), rest.to_owned())];
    let facts = Facts {
        url: rest,
        query: rest,
        fields: &[("cookie", rest.into())],
        body: rest.as_bytes(),
        params: &params,
        ..Facts::default()
    };
    check_string(&facts);
    let parsed = match Template::parse_reply(template) {
        Ok(parsed) => parsed,
        Err(error) => {
            assert!((1..=template.chars().count() + 1).contains(&error.column));
            return;
        }
    };
    for escape in [Escape::Plain, Escape::Json, Escape::Html] {
        let mut out = Vec::new();
        let outcome = parsed.render(&facts, escape, &mut out);
        if let (Some(fixed), Ok(_)) = (parsed.fixed(), outcome) {
            assert_eq!(out, fixed.into_bytes());
        }
    }
}

/// Whatever comes, a string of JSON stays one.
fn check_string(facts: &Facts<'_>) {
    for template in [r#""{{ url }}""#, r#""{{ url ~ '' }}""#] {
        let mut out = Vec::new();
        let parsed = Template::parse_reply(template).expect("it is a template");
        parsed
            .render(facts, Escape::Json, &mut out)
            .expect("it is rendered");
        let read: String = serde_json::from_slice(&out).expect("it is a string");
        assert_eq!(read, facts.url);
    }
}
