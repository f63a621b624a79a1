use serde_json::json;

use super::explained::Explained;

#[test]
fn who_says_what_is_told_term_by_term() {
    let explained: Explained = serde_json::from_value(json!({
        "request": { "method": "POST", "path": "/api/x" },
        "listener": "public",
        "meets": { "outcome": "held", "detail": "It is held until its deadline, 30 s at most." },
        "endpoint": { "id": "api", "type": "proxy", "path": "/api/", "because": "it is longest" },
        "priority": [{
            "if": "method=\"POST\"", "class": 1, "matched": true,
            "terms": [{ "term": "method=\"POST\"", "got": "\"POST\"", "matched": true }],
        }],
        "upstreams": [{
            "verdict": "hold", "reasons": ["Closed by ann.", "No target is up."],
            "closes": [{
                "actor": "ann", "reason": "a migration", "hold": "path=\"/b/*\"", "held": false,
                "terms": [{ "term": "path=\"/b/*\"", "got": "\"/api/x\"", "matched": false }],
            }],
            "gate": {
                "id": "app",
                "autogate": { "state": "closed", "last_poll": {
                    "at": "2026-03-01T12:00:00Z", "took_ms": 3, "status": 200,
                    "body": "{\"status\":\n\"no\"}", "found": "no rule matched", "rules": [{
                        "id": "ready", "then": "OPEN", "matched": false,
                        "terms": [{ "term": "status=ok", "got": "\"no\"", "matched": false }],
                    }],
                } },
                "targets": [{
                    "url": "http://h:1", "state": "down", "error": "connection refused",
                    "last_probe": {
                        "at": "2026-03-01T12:00:01Z", "took_ms": 0, "error": "connection refused",
                    },
                }],
            },
        }],
    }))
    .unwrap();
    let text = r#"POST /api/x: It is held until its deadline, 30 s at most.
endpoint api (/api/): it is longest
  is of class 1: method="POST"
      method="POST": yes, it is "POST"
upstream app: hold: Closed by ann; No target is up
  closed by ann (a migration) for path="/b/*": lets it pass
      path="/b/*": no, it is "/api/x"
  autogate closed
    2026-03-01T12:00:00Z in 3 ms: answered 200: no rule matched
    body: {"status": "no"}
    rule ready, then OPEN: not matched
      status=ok: no, it is "no"
  target http://h:1 down: connection refused
    2026-03-01T12:00:01Z in 0 ms: connection refused
"#;
    assert_eq!(explained.to_string(), text);
}
