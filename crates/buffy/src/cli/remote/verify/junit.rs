//! The report as CI systems read it: `JUnit`'s XML, one test for each expectation, and one for
//! requests that no response was for.

use std::fmt::Write as _;

use super::report::{Report, Stray};

/// A test, and why it failed.
struct Case {
    name: String,
    line: Option<usize>,
    failure: Option<String>,
}

/// The whole document.
pub(super) fn document(report: &Report) -> String {
    let cases = cases(report);
    let failures = cases.iter().filter(|case| case.failure.is_some()).count();
    let counts = format!("tests=\"{}\" failures=\"{failures}\"", cases.len());
    let mut text = String::from("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
    write!(
        text,
        "<testsuites {counts}>\n  <testsuite name=\"buffy\" {counts}>\n    <properties>\n      \
         <property name=\"seed\" value=\"{}\"/>\n    </properties>\n",
        report.seed
    )
    .expect("a string takes all");
    for case in &cases {
        case.write(&report.file, &mut text);
    }
    text.push_str("  </testsuite>\n</testsuites>\n");
    text
}

fn cases(report: &Report) -> Vec<Case> {
    let expecting = report.endpoints.iter().filter_map(|endpoint| {
        let expect = endpoint.expect.as_deref()?;
        Some(Case {
            name: format!("{} expects {expect}", endpoint.endpoint),
            line: Some(endpoint.line),
            failure: (!endpoint.met).then(|| endpoint.told()),
        })
    });
    let unmatched = &report.unmatched;
    let failed = unmatched.count > 0 && !unmatched.allowed;
    let told: Vec<String> = unmatched.requests.iter().map(Stray::told).collect();
    let why = || {
        if told.is_empty() {
            let count = unmatched.count;
            return format!("{count} of them, and the journal has none any more");
        }
        told.join("\n")
    };
    let none = Case {
        name: "a response is for every request".to_owned(),
        line: unmatched.requests.iter().find_map(Stray::line),
        failure: failed.then(why),
    };
    expecting.chain([none]).collect()
}

impl Case {
    fn write(&self, file: &str, text: &mut String) {
        let place = self.line.map_or_else(String::new, |line| {
            format!(" file=\"{}\" line=\"{line}\"", escaped(file))
        });
        let name = escaped(&self.name);
        write!(
            text,
            "    <testcase classname=\"buffy\" name=\"{name}\"{place}"
        )
        .expect("a string takes all");
        match &self.failure {
            None => text.push_str("/>\n"),
            Some(why) => {
                let first = escaped(why.lines().next().unwrap_or_default());
                let why = escaped(why);
                writeln!(
                    text,
                    ">\n      <failure message=\"{first}\">{why}</failure>\n    </testcase>"
                )
                .expect("a string takes all");
            }
        }
    }
}

/// As it stands in an attribute or a text. Characters that XML has no way to write are left out
/// (XML 1.0 §2.2).
fn escaped(text: &str) -> String {
    text.chars().fold(String::new(), |mut out, char| {
        match char {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\t' | '\n' | '\r' | ' '..='\u{d7ff}' | '\u{e000}'..='\u{fffd}' | '\u{10000}'.. => {
                out.push(char);
            }
            _ => {}
        }
        out
    })
}
