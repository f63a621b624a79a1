use std::borrow::Cow;

use super::*;
use crate::facts::Facts;

/// The language as users read it.
const PAGE: &str = include_str!("../../../../../docs/rules.md");

/// An answer as the page shows it.
#[derive(Default)]
struct Answer {
    code: u16,
    headers: Vec<(String, String)>,
    text: String,
}

impl Answer {
    fn read(block: &str) -> Self {
        let (head, text) = block.split_once("\n\n").unwrap_or((block, ""));
        let mut lines = head.lines();
        let status = lines.next().and_then(|line| line.strip_prefix("HTTP/1.1 "));
        let fields = lines.map(|line| line.split_once(": ").expect(line));
        Self {
            code: status.and_then(|code| code.parse().ok()).expect(block),
            headers: fields
                .map(|(name, value)| (name.to_owned(), value.to_owned()))
                .collect(),
            text: text.to_owned(),
        }
    }

    /// What the page says behind the arrow.
    fn outcome(&self, rule: &str, kind: DocumentKind) -> String {
        let document = Document {
            code: self.code,
            headers: &self.headers,
            text: &self.text,
            json: serde_json::from_str(&self.text).ok(),
        };
        match Rule::parse(rule, kind) {
            Ok(rule) if rule.judge(&document) => "yes".to_owned(),
            Ok(_) => "no".to_owned(),
            Err(error) => error.to_string(),
        }
    }
}

/// What the page says of a rule on requests behind the arrow.
fn outcome_of_request(rule: &str, block: &str) -> String {
    let mut lines = block.lines();
    let line: Vec<&str> = lines.next().expect(block).split(' ').collect();
    let (path, query) = line[1].split_once('?').unwrap_or((line[1], ""));
    let fields: Vec<(&str, &str)> = lines
        .map(|line| line.split_once(": ").expect(line))
        .collect();
    let values = |name: &str| -> Vec<String> {
        let own = fields
            .iter()
            .filter(|(own, _)| own.eq_ignore_ascii_case(name));
        own.map(|(_, value)| (*value).to_owned()).collect()
    };
    let facts = RequestFacts {
        method: line[0],
        path,
        query,
        host: &values("host")[0],
        header: &values,
    };
    match Rule::parse_request(rule) {
        Ok(rule) if rule.judge_request(&facts) => "yes".to_owned(),
        Ok(_) => "no".to_owned(),
        Err(error) => error.to_string(),
    }
}

/// What the page says of a rule of answers behind the arrow; the third request, from 192.0.2.7, to
/// an endpoint with a parameter `id` at its end.
fn outcome_of_reply(rule: &str, block: &str, state: &str) -> String {
    let (head, body) = block.split_once("\n\n").expect(block);
    let mut lines = head.lines();
    let line: Vec<&str> = lines.next().expect(block).split(' ').collect();
    let (path, query) = line[1].split_once('?').unwrap_or((line[1], ""));
    let fields: Vec<(&str, Cow<'_, str>)> = lines
        .map(|line| line.split_once(": ").expect(line))
        .map(|(name, value)| (name, value.into()))
        .collect();
    let id = path.rsplit('/').next().expect(block).to_owned();
    let state: serde_json::Value = serde_json::from_str(state).expect(state);
    let facts = Facts {
        method: line[0],
        url: line[1],
        path,
        query,
        host: &fields[0].1,
        ip: [192, 0, 2, 7].into(),
        fields: &fields,
        body: body.as_bytes(),
        params: &[("id".to_owned(), id)],
        count: 3,
        state: state.as_object().expect("the state is an object"),
        ..Facts::default()
    };
    told(Rule::parse_reply(rule).map(|rule| rule.judge_reply(&facts)))
}

fn outcome_of_message(rule: &str, message: &str) -> String {
    let json = serde_json::from_str(message).ok();
    told(Rule::parse_message(rule).map(|rule| rule.judge_message(message, json.as_ref())))
}

fn told(outcome: Result<bool, RuleError>) -> String {
    match outcome {
        Ok(true) => "yes".to_owned(),
        Ok(false) => "no".to_owned(),
        Err(error) => error.to_string(),
    }
}

#[test]
fn every_example_of_the_page_is_true() {
    let mut answer = Answer::default();
    let mut state = "";
    let mut request = "";
    let mut examples = 0;
    // Outside and inside of fences take turns.
    for block in PAGE.split("```").skip(1).step_by(2) {
        let (language, block) = block.split_once('\n').expect(block);
        let kind = match language {
            "yaml" => continue,
            "http" => {
                answer = Answer::read(block.trim_end());
                continue;
            }
            "request" | "reply" | "message" => {
                request = block.trim_end();
                continue;
            }
            "state" => {
                state = block.trim_end();
                continue;
            }
            "rules reply" | "rules message" => {
                for line in block.lines() {
                    let (rule, expected) = line.split_once(" → ").expect(line);
                    let rule = rule.trim_end();
                    let found = if language == "rules reply" {
                        outcome_of_reply(rule, request, state)
                    } else {
                        outcome_of_message(rule, request)
                    };
                    assert_eq!(found, expected, "{rule}");
                    examples += 1;
                }
                continue;
            }
            "rules request" => {
                for line in block.lines() {
                    let (rule, expected) = line.split_once(" → ").expect(line);
                    let found = outcome_of_request(rule.trim_end(), request);
                    assert_eq!(found, expected, "{rule}");
                    examples += 1;
                }
                continue;
            }
            "rules json" => JSON,
            "rules text" => TEXT,
            "rules status" => STATUS,
            "rules header" => HEADER,
            _ => panic!("a block of no known language: {language}"),
        };
        for line in block.lines() {
            let (rule, expected) = line.split_once(" → ").expect(line);
            assert_eq!(answer.outcome(rule.trim_end(), kind), expected, "{rule}");
            examples += 1;
        }
    }
    assert!(examples > 90, "the page has {examples} examples");
}
