use std::time::Duration;

use super::*;
use crate::config::{Answers, BodySettings, Failover, HeadersMode, Proxy, ProxyMode, Rewrite};

mod params;
mod refused;
mod searched;

/// An endpoint as a test writes it: `[METHOD,METHOD] [host,host]PATH [respond] [contains]`.
fn endpoint(written: &str) -> Endpoint {
    let mut words: Vec<&str> = written.split(' ').collect();
    let mut has = |word: &str| {
        let before = words.len();
        words.retain(|other| *other != word);
        words.len() < before
    };
    let (responds, contains) = (has("respond"), has("contains"));
    let (methods, path) = match words.as_slice() {
        [methods, path] => (methods.split(',').map(str::to_owned).collect(), *path),
        [path] => (Vec::new(), *path),
        _ => panic!("no endpoint: {written}"),
    };
    let (hosts, path) = path.split_at(path.find('/').unwrap_or(0));
    Endpoint {
        id: written.to_owned(),
        line: 1,
        desc: String::new(),
        path: path.to_owned(),
        contains,
        host: hosts
            .split(',')
            .filter(|host| !host.is_empty())
            .map(str::to_owned)
            .collect(),
        methods,
        responses: Vec::new(),
        kind: if responds {
            EndpointKind::Respond(Answers {
                pick: crate::reply::Pick::First,
                expect: None,
                cors: false,
                overrides: true,
                body_max: 0,
            })
        } else {
            EndpointKind::Proxy(Box::new(proxy()))
        },
    }
}

fn proxy() -> Proxy {
    Proxy {
        upstreams: vec![0],
        failover: Failover {
            health: true,
            autogate: true,
        },
        mode: ProxyMode::StoreAndForward,
        timeout: Duration::from_secs(1),
        max_queue: 1,
        timeouts: Vec::new(),
        body: BodySettings {
            memory: 0,
            buffer: 0,
            max: None,
        },
        hold_on: Vec::new(),
        idempotency_key: false,
        priority: Vec::new(),
        headers: HeadersMode::Full,
        via: false,
        preserve_host: false,
        rewrite: Rewrite::default(),
    }
}

fn endpoints(written: &[&str]) -> Vec<Endpoint> {
    written.iter().map(|written| endpoint(written)).collect()
}

/// What answers `[METHOD ][host]PATH`: an endpoint as written, `below …`, `405 ALLOW`, or `none`.
fn answer(endpoints: &[Endpoint], request: &str) -> String {
    let (method, target) = request.split_once(' ').unwrap_or(("GET", request));
    let (host, path) = target.split_at(target.find('/').unwrap_or(0));
    let router = Router::new(endpoints, None);
    match router.find(Some(host).filter(|host| !host.is_empty()), path, method) {
        None => "none".to_owned(),
        Some(Found {
            refused: Some(allow),
            ..
        }) => format!("405 {allow}"),
        Some(found) => {
            let below = if found.below { "below " } else { "" };
            format!("{below}{}", endpoints[found.endpoint].id)
        }
    }
}

#[track_caller]
fn check(written: &[&str], table: &[(&str, &str)]) {
    let endpoints = endpoints(written);
    for (request, expected) in table {
        assert_eq!(answer(&endpoints, request), *expected, "{request}");
    }
}

#[test]
fn the_endpoints_of_the_seed() {
    check(
        &[
            "GET /api/endpoint1/index.html",
            "GET /api/endpoint2 respond",
            "GET /api/ping respond",
            "GET /api/file respond",
        ],
        &[
            ("/api/endpoint1/index.html", "GET /api/endpoint1/index.html"),
            (
                "HEAD /api/endpoint1/index.html",
                "GET /api/endpoint1/index.html",
            ),
            ("POST /api/endpoint1/index.html", "405 GET, HEAD"),
            ("/api/endpoint1/index.html/x", "none"),
            ("/api/endpoint1", "none"),
            ("/api/ping", "GET /api/ping respond"),
            ("/api/ping/", "below GET /api/ping respond"),
            ("/api/ping/a/b", "below GET /api/ping respond"),
            ("/api/pingpong", "none"),
            ("/API/ping", "none"),
            ("/", "none"),
        ],
    );
}

#[test]
fn exact_beats_param_beats_prefix_beats_rest() {
    check(
        &[
            "/a/{rest*}",
            "/{x}/",
            "/a/{x}",
            "/a/b",
            "/a/b/",
            "/{x}/{y}/c",
        ],
        &[
            ("/a/b", "/a/b"),
            ("/a/c", "/a/{x}"),
            ("/a/b/", "/a/b/"),
            ("/a/b/x", "/a/b/"),
            ("/a/b/c", "/{x}/{y}/c"),
            ("/a/c/d", "/a/{rest*}"),
            ("/a/", "/a/{rest*}"),
            ("/q/", "/{x}/"),
            ("/q/r/s", "/{x}/"),
            ("/a", "none"),
            ("/", "none"),
            ("//b", "none"),
        ],
    );
}

#[test]
fn the_longer_stem_wins_then_fewer_parameters_then_file_order() {
    check(
        &[
            "/",
            "/a/",
            "/a/{x}/c/",
            "/a/b/",
            "/{x}/b/{rest*}",
            "/{x}/c",
            "/a/{x}",
            "/{x}/{y}",
        ],
        &[
            ("/", "/"),
            ("/z", "/"),
            ("/a/", "/a/"),
            ("/a/b/", "/a/b/"),
            ("/a/b/c/d", "/a/{x}/c/"),
            ("/z/b/d/e", "/{x}/b/{rest*}"),
            // Neither is narrower: the first of the file.
            ("/a/c", "/{x}/c"),
            ("/a/d", "/a/{x}"),
            ("/d/d", "/{x}/{y}"),
        ],
    );
}

#[test]
fn hosts_are_asked_first() {
    check(
        &[
            "/",
            "/both",
            "a.example,b.example/",
            "b.example/only",
            "c.example/x respond",
            "[::1]/six",
        ],
        &[
            ("/both", "/both"),
            ("z.example/both", "/both"),
            ("a.example/both", "a.example,b.example/"),
            ("A.Example:8080/both", "a.example,b.example/"),
            ("a.example./both", "a.example,b.example/"),
            ("b.example/only", "b.example/only"),
            ("a.example/only", "a.example,b.example/"),
            ("c.example/other", "/"),
            ("c.example/x", "c.example/x respond"),
            // Endpoints that match go before paths below.
            ("c.example/x/y", "/"),
            ("[::1]:80/six", "[::1]/six"),
            ("[::1]/six", "[::1]/six"),
            ("[::2]/six", "/"),
        ],
    );
}

#[test]
fn paths_are_compared_in_normal_form() {
    check(
        &[
            "/a/b",
            "/a%20b/ö",
            "/x%2fy",
            "/100%25",
            "/a/{x}/c",
            "//double",
            "/dir/",
            "/.well-known/",
        ],
        &[
            ("/a/b", "/a/b"),
            ("/%61/b", "/a/b"),
            ("/a/./b", "/a/b"),
            ("/a/%2e/b", "/a/b"),
            ("/z/../a/b", "/a/b"),
            ("/z/%2E%2e/a/b", "/a/b"),
            ("/../a/b", "/a/b"),
            ("/a/b/.", "none"),
            ("/a/b/c/../..", "none"),
            ("/a%2Fb", "none"),
            ("/a%20b/%C3%B6", "/a%20b/ö"),
            ("/a%20b/%c3%b6", "/a%20b/ö"),
            ("/x%2Fy", "/x%2fy"),
            ("/x/y", "none"),
            ("/100%25", "/100%25"),
            ("/100%2525", "none"),
            ("/a/q%2Fr/c", "/a/{x}/c"),
            ("/a//c", "none"),
            ("//double", "//double"),
            ("/double", "none"),
            ("/dir/x/..", "/dir/"),
            ("/dir/..", "none"),
            ("/.well-known/x", "/.well-known/"),
            ("/a/b%zz", "none"),
            ("/a/b%", "none"),
        ],
    );
}

#[test]
fn contains_comes_last() {
    check(
        &[
            "/api/ping contains",
            "/ping contains",
            "/x/",
            "/y respond",
            "POST /part contains",
        ],
        &[
            ("/v1/api/ping/x", "/api/ping contains"),
            ("/api/pingpong", "/api/ping contains"),
            ("/v1/ping", "/ping contains"),
            ("/x/api/ping", "/x/"),
            ("/y/z", "below /y respond"),
            ("/y/ping", "/ping contains"),
            ("/a/part", "405 POST"),
            ("POST /a/part", "POST /part contains"),
            ("/v1/%70ing", "/ping contains"),
            ("/pin", "none"),
        ],
    );
    let without_slash = endpoint("part/a contains");
    let anywhere = Endpoint {
        path: "art".to_owned(),
        host: Vec::new(),
        ..without_slash
    };
    let router = Router::new(&[anywhere], None);
    assert!(router.find(None, "/part", "GET").is_some());
    assert!(router.find(None, "/pa", "GET").is_none());
}

#[test]
fn a_respond_endpoint_owns_what_is_below_it() {
    check(
        &[
            "/a respond",
            "/a/b/{x} respond",
            "/a/q",
            "/p",
            "GET /m respond",
            "POST /m respond",
        ],
        &[
            ("/a/x", "below /a respond"),
            ("/a/b", "below /a respond"),
            ("/a/b/c", "/a/b/{x} respond"),
            ("/a/b/c/d", "below /a/b/{x} respond"),
            ("/a/q", "/a/q"),
            ("/a/q/r", "below /a respond"),
            ("/p/x", "none"),
            ("POST /m/x", "below POST /m respond"),
            ("PUT /m/x", "405 GET, HEAD, POST"),
        ],
    );
}

#[test]
fn endpoints_of_one_path_share_it_by_method() {
    check(
        &[
            "GET /a",
            "POST,PUT /a",
            "HEAD /a",
            "GET /b/{x}",
            "DELETE /b/{y}",
            "/b/",
            "GET /c/",
            "POST /c/{r*}",
        ],
        &[
            ("GET /a", "GET /a"),
            ("PUT /a", "POST,PUT /a"),
            ("HEAD /a", "HEAD /a"),
            ("DELETE /a", "405 GET, HEAD, POST, PUT"),
            ("DELETE /b/1", "DELETE /b/{y}"),
            ("HEAD /b/1", "GET /b/{x}"),
            // Methods do not choose among paths.
            ("POST /b/1", "405 GET, HEAD, DELETE"),
            ("POST /b/1/2", "/b/"),
            ("POST /c/x", "POST /c/{r*}"),
            ("get /a", "405 GET, HEAD, POST, PUT"),
        ],
    );
}

#[test]
fn a_listener_has_its_own_endpoints() {
    let endpoints = endpoints(&["/a", "/b", "/a"]);
    let router = Router::new(&endpoints, Some(&[2, 1, 99]));
    let found = |path| router.find(None, path, "GET").map(|found| found.endpoint);
    assert_eq!(found("/a"), Some(2));
    assert_eq!(found("/b"), Some(1));
    let none = Router::new(&endpoints, Some(&[]));
    assert_eq!(none.find(None, "/a", "GET"), None);
    let all = Router::new(&endpoints, None);
    assert_eq!(all.find(None, "*", "OPTIONS"), None);
    assert_eq!(all.find(None, "", "GET"), None);
}

#[test]
fn methods_of_an_endpoint() {
    for (written, method, expected) in [
        ("/a", "BREW", true),
        ("GET /a", "GET", true),
        ("GET /a", "HEAD", true),
        ("HEAD /a", "GET", false),
        ("POST /a", "HEAD", false),
        ("GET /a", "get", false),
    ] {
        let router = Router::new(&[endpoint(written)], None);
        let found = router.find(None, "/a", method).unwrap();
        assert_eq!(found.refused.is_none(), expected, "{written} {method}");
    }
}
