//! One row per rule for requests, named after the rule.

mod arrival;
mod fields;
mod framing;
mod line;
mod meaning;

use super::RequestHead;
use crate::{Framing, Limits, Version};

/// What a head says, in a line: method, target as forwarded, version, host, framing; or the status
/// and the fault; or `more`.
fn told(raw: &[u8]) -> String {
    told_within(raw, &Limits::DEFAULT)
}

fn told_within(raw: &[u8], limits: &Limits) -> String {
    let mut head = RequestHead::new();
    match head.parse(raw, &mut 0, limits) {
        Ok(None) => "more".into(),
        Err(fault) => format!("{} {fault:?}", fault.status()),
        Ok(Some(_)) => {
            let framing = match head.framing() {
                Framing::None => "none".into(),
                Framing::Length(length) => length.to_string(),
                Framing::Chunked => "chunked".into(),
            };
            let version = if head.version() == Version::Http11 {
                "1.1"
            } else {
                "1.0"
            };
            format!(
                "{} {} {version} {} {framing}",
                head.method(),
                head.origin_form_target(),
                head.host().unwrap_or("-"),
            )
        }
    }
}

#[track_caller]
fn check(rule: &str, raw: impl AsRef<[u8]>, expected: &str) {
    let raw = raw.as_ref();
    assert_eq!(told(raw), expected, "{rule}: {}", raw.escape_ascii());
}

/// A request line, on an otherwise good request.
#[track_caller]
fn check_line(rule: &str, line: impl AsRef<[u8]>, expected: &str) {
    check(
        rule,
        [line.as_ref(), b"\r\nHost: a.test\r\n\r\n"].concat(),
        expected,
    );
}

/// Fields, on an otherwise good request that has its Host.
#[track_caller]
fn check_fields(rule: &str, fields: impl AsRef<[u8]>, expected: &str) {
    let raw = [
        b"POST /c HTTP/1.1\r\nHost: a.test\r\n",
        fields.as_ref(),
        b"\r\n\r\n",
    ]
    .concat();
    check(rule, raw, expected);
}

fn parsed(raw: &[u8]) -> RequestHead {
    let mut head = RequestHead::new();
    let end = head.parse(raw, &mut 0, &Limits::DEFAULT).unwrap();
    assert_eq!(end, Some(raw.len()));
    head
}
