use super::*;

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

#[test]
fn every_example_of_the_page_is_true() {
    let mut answer = Answer::default();
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
            "request" => {
                request = block.trim_end();
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
    assert!(examples > 50, "the page has {examples} examples");
}
