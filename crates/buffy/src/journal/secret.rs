//! What of a request is for its receiver alone, and is not shown to whoever reads the journal: its
//! reports end up in the logs of CI systems.

use serde_json::Value as Json;

use super::Closest;

/// Said instead of a secret.
const HIDDEN: &str = "[redacted]";

/// Fields whose values are secret.
const FIELDS: [&str; 5] = [
    "authorization",
    "cookie",
    "proxy-authorization",
    "set-cookie",
    "x-api-key",
];

/// Ends of names, without regard to case and to `-` and `_`, of parameters whose values are secret.
const PARAMETERS: [&str; 10] = [
    "apikey",
    "authorization",
    "credential",
    "jwt",
    "passwd",
    "password",
    "secret",
    "sig",
    "signature",
    "token",
];

/// A field's value as it is shown; the scheme of an authorization is no secret.
pub(super) fn field(name: &str, value: &str) -> String {
    if name.eq_ignore_ascii_case("referer") {
        return target(value);
    }
    if !is_field(name) {
        return value.to_owned();
    }
    let scheme = value.split_once(' ').map(|(scheme, _)| scheme);
    match scheme.filter(|_| !name.to_ascii_lowercase().ends_with("cookie")) {
        Some(scheme) => format!("{scheme} {HIDDEN}"),
        None => HIDDEN.to_owned(),
    }
}

/// A target or URL as it is shown: without the values of secret parameters.
pub(super) fn target(url: &str) -> String {
    let Some((path, query)) = url.split_once('?') else {
        return url.to_owned();
    };
    let pairs = query.split('&').map(|pair| match pair.split_once('=') {
        Some((name, _)) if is_parameter(name) => format!("{name}={HIDDEN}"),
        _ => pair.to_owned(),
    });
    format!("{path}?{}", pairs.collect::<Vec<_>>().join("&"))
}

/// What came nearest, without what the request has where the rule looks for a secret.
pub(super) fn closest(mut closest: Closest) -> Closest {
    let is_name = |char: char| char.is_alphanumeric() || matches!(char, '.' | '_' | '-');
    let mut names = closest.failed.split(|char| !is_name(char));
    if names.any(is_secret) && !closest.got.is_null() {
        closest.got = HIDDEN.into();
    } else if let Json::String(got) = &closest.got {
        closest.got = target(got).into();
    }
    closest
}

/// Whether a name of a rule means a secret: `header.authorization`, `cookie.sid`, `body.password`.
fn is_secret(name: &str) -> bool {
    match name.split_once('.') {
        Some(("cookie", _)) => true,
        Some(("header", field)) => is_field(&field.replace('_', "-")),
        Some((_, below)) => is_parameter(below.rsplit('.').next().unwrap_or(below)),
        None => is_parameter(name),
    }
}

fn is_field(name: &str) -> bool {
    FIELDS.iter().any(|field| name.eq_ignore_ascii_case(field))
}

fn is_parameter(name: &str) -> bool {
    let letters = name.chars().filter(|char| !matches!(char, '-' | '_'));
    let name: String = letters.map(|char| char.to_ascii_lowercase()).collect();
    PARAMETERS.iter().any(|end| name.ends_with(end))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn secret_fields_are_hidden_and_the_scheme_is_kept() {
        let table = [
            ("Authorization", "Bearer abc.def", "Bearer [redacted]"),
            ("authorization", "abc", "[redacted]"),
            ("Proxy-Authorization", "Basic eDp5", "Basic [redacted]"),
            ("Cookie", "a=1; b=2", "[redacted]"),
            ("Set-Cookie", "a=1; Secure", "[redacted]"),
            ("X-API-Key", "k", "[redacted]"),
            ("X-Api-Key-Id", "7", "7"),
            ("Accept", "text/html", "text/html"),
            (
                "Referer",
                "http://a/?token=abc",
                "http://a/?token=[redacted]",
            ),
        ];
        for (name, value, expected) in table {
            assert_eq!(field(name, value), expected, "{name}: {value}");
        }
    }

    #[test]
    fn secret_parameters_of_a_target_are_hidden() {
        let table = [
            ("/a", "/a"),
            ("/a?", "/a?"),
            ("/a?x=1&token", "/a?x=1&token"),
            ("/a?access_token=abc&x=1", "/a?access_token=[redacted]&x=1"),
            ("/a?X-Amz-Signature=f00", "/a?X-Amz-Signature=[redacted]"),
            ("/a?apiKey=b=c", "/a?apiKey=[redacted]"),
            (
                "/a?tokens=5&design=7&signal=1",
                "/a?tokens=5&design=7&signal=1",
            ),
        ];
        for (url, expected) in table {
            assert_eq!(target(url), expected);
        }
    }

    #[test]
    fn what_a_request_has_where_a_rule_looks_for_a_secret_is_hidden() {
        let table = [
            (
                "header.authorization=\"Bearer a\"",
                json!("Bearer b"),
                json!(HIDDEN),
            ),
            ("header.x_api_key", json!(null), json!(null)),
            ("!cookie.sid", json!("abc"), json!(HIDDEN)),
            ("body.user.password=x", json!("y"), json!(HIDDEN)),
            (
                "query.access_token=x || query.y",
                json!("a: b"),
                json!(HIDDEN),
            ),
            ("header.accept=x", json!("y"), json!("y")),
            ("body.qty<=0", json!(7), json!(7)),
            (
                "url=\"/b\"",
                json!("/a?token=abc"),
                json!("/a?token=[redacted]"),
            ),
        ];
        for (failed, got, expected) in table {
            let shown = closest(Closest {
                endpoint: String::new(),
                response: String::new(),
                failed: failed.to_owned(),
                got,
            });
            assert_eq!(shown.got, expected, "{failed}");
        }
    }
}
