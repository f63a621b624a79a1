//! Rules of answers: no text makes the reader panic, what is read is written as it means, and no
//! request makes a rule fail.

use buffy_core::facts::Facts;
use buffy_core::rule::Rule;

/// Reads the first line as a rule, and tries it on the rest as a request's body and query.
pub fn rule_parse(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    let (rule, rest) = text.split_once('\n').unwrap_or((&text, ""));
    check_message(rule, rest);
    let parsed = match Rule::parse_reply(rule) {
        Ok(parsed) => parsed,
        Err(error) => {
            assert!((1..=rule.chars().count() + 1).contains(&error.column));
            return;
        }
    };
    let again = Rule::parse_reply(&parsed.to_string()).expect("what is written is read again");
    assert_eq!(again, parsed);
    let params = [("id".to_owned(), rest.to_owned())];
    let facts = Facts {
        url: rest,
        query: rest,
        host: rest,
        fields: &[("cookie", rest.into()), ("authorization", rest.into())],
        body: rest.as_bytes(),
        params: &params,
        ..Facts::default()
    };
    let holds = parsed.judge_reply(&facts);
    assert_eq!(holds, again.judge_reply(&facts));
    assert_eq!(holds, parsed.failing_reply(&facts).is_empty());
    for equality in parsed.equalities() {
        let literals = equality.subject.literals(&facts);
        assert!(!holds || literals.contains(&equality.literal));
    }
}

fn check_message(rule: &str, message: &str) {
    if let Ok(parsed) = Rule::parse_message(rule) {
        let json = serde_json::from_str(message).ok();
        parsed.judge_message(message, json.as_ref());
    }
}
