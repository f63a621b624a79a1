//! What paths say where endpoints have parameters.

use super::*;

fn params(endpoint_path: &str, path: &str) -> String {
    let params = Params::of(&endpoint(endpoint_path)).read(path);
    let written = params.iter().map(|(name, value)| format!("{name}={value}"));
    written.collect::<Vec<_>>().join(" ")
}

fn rest(endpoint_path: &str, path: &str) -> Vec<String> {
    let rest = Params::of(&endpoint(endpoint_path)).rest(path);
    rest.into_iter()
        .map(|segment| String::from_utf8(segment).unwrap())
        .collect()
}

#[test]
fn parameters_are_read_decoded() {
    for (endpoint, path, expected) in [
        ("/a", "/a", ""),
        ("/orders/{id}", "/orders/7", "id=7"),
        (
            "/orders/{id}/items/{item}",
            "/orders/7/items/b%20c",
            "id=7 item=b c",
        ),
        ("/o/{id}", "/o/a%2Fb%2525", "id=a/b%25"),
        ("/o/{id}", "/x/../o/7", "id=7"),
        ("/o/{id}", "/o/%C3%B6", "id=ö"),
        ("/o/{id}", "/o/%FF", "id=\u{fffd}"),
        ("/f/{x}/", "/f/1/a/b", "x=1"),
        ("/f/{x}/{rest*}", "/f/1/a/b%20c", "x=1 rest=a/b c"),
        ("/f/{rest*}", "/f/", "rest="),
        ("/f/{x} contains", "/f/{x}", ""),
    ] {
        assert_eq!(params(endpoint, path), expected, "{endpoint} {path}");
    }
}

#[test]
fn what_lies_behind_a_prefix_is_read_by_segments() {
    for (endpoint, path, expected) in [
        ("/static/", "/static/", &[""][..]),
        ("/static/", "/static/a/b", &["a", "b"]),
        ("/static/", "/static/a/", &["a", ""]),
        ("/static/", "/static/a%2Fb/c%25", &["a/b", "c%"]),
        ("/static/", "/static/%2e%2e/static/x", &["x"]),
        ("/static/{rest*}", "/static/a//b", &["a", "", "b"]),
        ("/static", "/static", &[]),
        ("/", "/a", &["a"]),
    ] {
        assert_eq!(rest(endpoint, path), expected, "{endpoint} {path}");
    }
}
