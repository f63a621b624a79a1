//! Endpoints as the text of a configuration.

use std::fmt::Write as _;

use serde::de::IgnoredAny;
use serde_json::Value as Json;

use super::endpoint::Endpoint;
use super::plan::Planned;
use super::sample::Streamed;
use super::timing;
use super::unify::Drawing;
use crate::stream::Form;

/// Longer JSON is written over several lines.
const LINE_CHARS_MAX: usize = 100;

/// The text, and the files that it names, which lie in `folder`.
pub(super) fn write(endpoints: &[Endpoint], folder: &str) -> (String, Vec<(String, Vec<u8>)>) {
    let mut writer = Writer {
        out: HEAD.to_owned(),
        files: Vec::new(),
        folder,
    };
    for endpoint in endpoints {
        writer.endpoint(endpoint);
    }
    (writer.out, writer.files)
}

const HEAD: &str = "version: 0.1
buffy:
  listen: {bind: 127.0.0.1, port: 8080}
endpoints:
";

struct Writer<'w> {
    out: String,
    files: Vec<(String, Vec<u8>)>,
    folder: &'w str,
}

impl Writer<'_> {
    /// A line, indented by so many steps of two.
    fn line(&mut self, depth: usize, text: &str) {
        for _ in 0..depth {
            self.out.push_str("  ");
        }
        self.out.push_str(text);
        self.out.push('\n');
    }

    fn endpoint(&mut self, endpoint: &Endpoint) {
        self.line(1, &format!("# Answers: {}", endpoint.samples));
        self.line(1, &format!("- id: {}", endpoint.id));
        self.line(2, &format!("path: {}", quoted(&endpoint.path)));
        self.line(2, "type: respond");
        self.line(2, &format!("methods: [{}]", endpoint.methods.join(", ")));
        self.line(2, "response:");
        for (name, planned) in &endpoint.responses {
            self.response(&endpoint.id, name, planned);
        }
    }

    fn response(&mut self, id: &str, name: &str, planned: &Planned) {
        let Planned {
            conditions,
            times,
            drawn,
            waits,
        } = planned;
        self.line(3, &format!("- name: {name}"));
        if !conditions.is_empty() && name != "not_found" {
            let rule = conditions.join(" && ");
            self.line(4, &format!("if: '{}'", rule.replace('\'', "''")));
        }
        if let Some(times) = times {
            self.line(4, &format!("times: {times}"));
        }
        self.line(4, &format!("return_code: {}", drawn.status));
        if let Some(delay) = timing::delay(waits) {
            self.line(4, &format!("delay: {delay}"));
        }
        let has_no_type = match &drawn.content {
            // It says itself what it is.
            Drawing::Stream(_) => true,
            Drawing::Text(text) => text.is_empty(),
            Drawing::Json(_) | Drawing::Binary(_) => false,
        };
        let fields = drawn
            .fields
            .iter()
            .filter(|(name, _)| !(has_no_type && name.eq_ignore_ascii_case("content-type")));
        let fields: Vec<_> = fields
            .map(|(name, value)| format!("{}: {}", quoted(name), quoted(value)))
            .collect();
        if !fields.is_empty() {
            self.line(4, &format!("headers: {{{}}}", fields.join(", ")));
        }
        let file = format!("{}/{id}-{name}", self.folder);
        let claimed = drawn
            .fields
            .iter()
            .find(|(name, _)| name.eq_ignore_ascii_case("content-type"));
        let claims_json = claimed.map(|(_, value)| value.contains("json"));
        self.content(&drawn.content, claims_json, &file);
    }

    fn content(&mut self, content: &Drawing, claims_json: Option<bool>, file: &str) {
        match content {
            Drawing::Json(json) => self.json(json),
            // The configuration would be wrong; a file is served as it is.
            Drawing::Text(text) if is_broken_json(text, claims_json) => {
                self.file(text.as_bytes(), file);
            }
            Drawing::Text(text) => self.text(text),
            Drawing::Binary(bytes) => self.file(bytes, file),
            Drawing::Stream(stream) => self.stream(stream, file),
        }
    }

    fn file(&mut self, bytes: &[u8], file: &str) {
        let path = format!("{file}.bin");
        let named = quoted(&format!("file:///{path}"));
        self.line(4, &format!("content: {named}"));
        self.files.push((path, bytes.to_vec()));
    }

    fn json(&mut self, json: &Json) {
        let line = json.to_string();
        if line.chars().count() <= LINE_CHARS_MAX {
            self.line(4, &format!("json: {line}"));
            return;
        }
        let text = serde_json::to_string_pretty(json).unwrap_or(line);
        for (index, line) in text.lines().enumerate() {
            if index == 0 {
                self.line(4, &format!("json: {line}"));
            } else {
                // Deeper than the key, as YAML wants it of what goes on.
                self.line(5, line);
            }
        }
    }

    fn text(&mut self, text: &str) {
        // What begins like this would be read as a file's name.
        let text = match text.strip_prefix("file:") {
            Some(rest) => format!("{{{{ 'file:' }}}}{rest}"),
            None => text.to_owned(),
        };
        let is_block = text.ends_with('\n')
            && !text.ends_with("\n\n")
            && !text.starts_with([' ', '\n'])
            && text.len() > 1
            && text
                .chars()
                .all(|letter| letter == '\n' || !letter.is_control());
        if !is_block {
            self.line(4, &format!("content: {}", quoted(&text)));
            return;
        }
        self.line(4, "content: |");
        for line in text.lines() {
            if line.is_empty() {
                self.out.push('\n');
            } else {
                self.line(5, line);
            }
        }
    }

    fn stream(&mut self, stream: &Streamed, file: &str) {
        let form = match stream.form {
            Form::Sse => "sse",
            Form::Ndjson => "ndjson",
            Form::Chunked | Form::Ws => "chunked",
        };
        let path = format!("{file}.ndjson");
        let file = quoted(&format!("file:///{path}"));
        self.line(4, &format!("stream: {{as: {form}, file: {file}}}"));
        let mut lines = String::new();
        for frame in &stream.frames {
            if let Ok(line) = serde_json::to_string(frame) {
                writeln!(lines, "{line}").unwrap_or_default();
            }
        }
        self.files.push((path, lines.into_bytes()));
    }
}

/// What should be JSON, by its type or else by how it begins, and is none.
fn is_broken_json(text: &str, claims_json: Option<bool>) -> bool {
    let should_be = claims_json.unwrap_or_else(|| text.starts_with(['{', '[']));
    should_be && !text.is_empty() && serde_json::from_str::<IgnoredAny>(text).is_err()
}

/// In double quotes, as JSON and YAML both read it: nothing in it has another meaning.
fn quoted(text: &str) -> String {
    Json::String(text.to_owned()).to_string()
}
