//! Rules on requests.

use crate::rule::{RequestFacts, Rule};

/// `PUT /api/items?plan=gold&q=a%20b+c` of `shop.example:8080`, with two fields `x-tag`.
fn facts() -> RequestFacts<'static> {
    RequestFacts {
        method: "PUT",
        path: "/api/items",
        query: "plan=gold&q=a%20b+c&empty&%zz=%",
        host: "shop.example:8080",
        header: &|name| match name {
            "x-tag" => vec!["one".to_owned(), "two".to_owned()],
            "content-length" => vec!["120".to_owned()],
            _ => Vec::new(),
        },
    }
}

#[test]
fn what_holds_for_a_request() {
    for (rule, expected) in [
        ("method=PUT", true),
        ("method=put", false),
        ("method in [POST, PUT]", true),
        ("!(method in [GET, HEAD])", true),
        ("path=\"/api/*\"", true),
        ("path=/api/items", true),
        ("path~\"^/api/[a-z]+$\"", true),
        ("path=/api", false),
        ("host=shop.example", true),
        ("host=\"*.example\"", true),
        ("host=\"shop.example:8080\"", false),
        ("query.plan=gold", true),
        ("query.plan", true),
        ("query.empty", true),
        ("query.empty=\"\"", true),
        ("query.other", false),
        ("query.other!=gold", true),
        ("query.q=\"a b c\"", true),
        ("query.\"%zz\"=\"%\"", true),
        ("header.x-tag=two", true),
        ("header.X-Tag=two", true),
        ("header.x-tag=three", false),
        ("header.x-plan=gold", false),
        ("header.content-length>100", true),
        ("method=PUT && path=\"/api/*\" && !header.x-plan", true),
    ] {
        let parsed = Rule::parse_request(rule).unwrap();
        assert_eq!(parsed.judge_request(&facts()), expected, "{rule}");
        let again = Rule::parse_request(&parsed.to_string()).unwrap();
        assert_eq!(again, parsed, "{parsed}");
    }
}

#[test]
fn a_host_is_compared_without_its_port() {
    for (host, name) in [
        ("shop", "shop"),
        ("shop:80", "shop"),
        ("[::1]:80", "[::1]"),
        ("[::1]", "[::1]"),
        ("shop:", "shop"),
    ] {
        let facts = RequestFacts { host, ..facts() };
        let rule = Rule::parse_request(&format!("host=\"{name}\"")).unwrap();
        assert!(rule.judge_request(&facts), "{host}");
    }
}

#[test]
fn mistakes_are_told_with_their_column() {
    for (rule, expected) in [
        (
            "",
            "column 1: the rule ends where what is compared should stand: write for example \
             `method=POST`",
        ),
        (
            "status=ok",
            "column 1: a rule on requests knows `method`, `path`, `host`, `query.NAME` and \
             `header.NAME`, and not `status`",
        ),
        (
            "method=GET && query=a",
            "column 15: a rule on requests knows `method`, `path`, `host`, `query.NAME` and \
             `header.NAME`, and not `query`",
        ),
        (
            "path",
            "column 1: `path` is always there: compare it, as in `method=POST` or `path=\"/api/*\"`",
        ),
        (
            "$.a=1",
            "column 1: `$` stands where what is compared should: write for example `method=POST`",
        ),
        (
            "method=GET and path=/a",
            "column 12: `and` joins nothing: write `&&`",
        ),
    ] {
        let error = Rule::parse_request(rule).unwrap_err();
        assert_eq!(error.to_string(), expected, "{rule}");
    }
}

#[test]
fn every_term_of_a_rule_on_requests_is_explained() {
    let rule = Rule::parse_request("method=POST || header.x-tag=two || query.other").unwrap();
    let terms: Vec<String> = rule
        .explain_request(&facts())
        .into_iter()
        .map(|term| format!("{} met {}: {}", term.text, term.got, term.held))
        .collect();
    assert_eq!(
        terms,
        [
            "method=\"POST\" met \"PUT\": false",
            "header.x-tag=\"two\" met \"one\", \"two\": true",
            "query.other met missing: false",
        ]
    );
}
