//! The expressions of examples/answers.

use serde_json::json;

use super::*;
use crate::facts::Message;
use crate::rule::Rule;

#[test]
fn an_order_is_answered() {
    let params = [("id".to_owned(), "7".to_owned())];
    let fields = [("User-Agent", "curl \"8\"".into())];
    let facts = Facts {
        id: "orders",
        url: "/api/orders/7?expand=items",
        query: "expand=items",
        method: "PUT",
        fields: &fields,
        params: &params,
        count: 4,
        body: br#"{"qty": 0, "email": "ada", "callback": "http://127.0.0.1:9/done"}"#,
        ..Facts::default()
    };
    let rejected = "method=PUT && (body.qty<=0 || !body.email || body.email!=\"*@*\")";
    assert!(Rule::parse_reply(rejected).unwrap().judge_reply(&facts));
    let paid = "state.orders.{id}=paid && query.expand=items";
    assert!(!Rule::parse_reply(paid).unwrap().judge_reply(&facts));

    let content = r#"{ "url": "{{URL}}", "by": "{{ID}}", "n": {{ count }}, "who": "{{ header.user_agent }}" }
"#;
    let content = Template::parse_reply(content).unwrap();
    assert_eq!(
        rendered(&content, &facts, Escape::Json),
        r#"{ "url": "/api/orders/7?expand=items", "by": "orders", "n": 4, "who": "curl \"8\"" }
"#
    );
    let path = Template::parse_reply("file:///orders/{{ param.id }}.json").unwrap();
    assert_eq!(
        rendered(&path, &facts, Escape::Plain),
        "file:///orders/7.json"
    );
    let callback = Template::parse_reply("{{ body.callback }}").unwrap();
    assert_eq!(
        rendered(&callback, &facts, Escape::Plain),
        "http://127.0.0.1:9/done"
    );
    for (json, expected) in [
        (
            json!({"error": "bad order", "got": "{{ body.qty }}"}),
            json!({"error": "bad order", "got": 0}),
        ),
        (
            json!({"id": "{{ param.id }}", "status": "done"}),
            json!({"id": "7", "status": "done"}),
        ),
    ] {
        let (found, _) = JsonTemplate::new(&json).unwrap().render(&facts).unwrap();
        assert_eq!(found, expected);
    }
}

#[test]
fn a_chat_is_streamed_and_a_feed_is_talked_to() {
    let facts = Facts {
        body: br#"{"stream": true, "user": "ada"}"#,
        query: "user=bob",
        ..Facts::default()
    };
    assert!(
        Rule::parse_reply("body.stream=true")
            .unwrap()
            .judge_reply(&facts)
    );
    let event = json!({"choices": [{"delta": {"content": "lo {{ body.user }}"}}]});
    let (event, _) = JsonTemplate::new(&event).unwrap().render(&facts).unwrap();
    assert_eq!(
        event,
        json!({"choices": [{"delta": {"content": "lo ada"}}]})
    );
    let hello = JsonTemplate::new(&json!({"hello": "{{ query.user }}"})).unwrap();
    assert_eq!(hello.render(&facts).unwrap().0, json!({"hello": "bob"}));

    for (rule, text, expected) in [
        ("type=ping", r#"{"type": "ping"}"#, true),
        ("type=ping", "ping", false),
        ("text=\"bye*\"", "bye now", true),
        ("type=say", r#"{"type": "say", "what": "hi"}"#, true),
    ] {
        let json = serde_json::from_str(text).ok();
        let rule = Rule::parse_message(rule).unwrap();
        assert_eq!(
            rule.judge_message(text, json.as_ref()),
            expected,
            "{rule} on {text}"
        );
    }
    let message = Facts {
        message: Some(Message {
            text: "say \"hi\"",
            json: None,
        }),
        ..facts
    };
    let send = Template::parse_reply("{{ text }}").unwrap();
    assert_eq!(rendered(&send, &message, Escape::Plain), "say \"hi\"");
}

#[test]
fn calls_on_the_shop_go_by_their_method() {
    let rule = Rule::parse_reply("method=POST").unwrap();
    for (method, expected) in [("POST", true), ("GET", false), ("post", false)] {
        let facts = Facts {
            method,
            ..Facts::default()
        };
        assert_eq!(rule.judge_reply(&facts), expected, "{method}");
    }
}
