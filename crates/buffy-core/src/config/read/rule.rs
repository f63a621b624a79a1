//! Rules, their errors at their columns.

use super::written::Written;
use crate::rule::{Rule, RuleError};

/// On requests that are forwarded.
pub(super) fn request(written: &Written<'_>) -> Option<Rule> {
    read(written, Rule::parse_request)
}

/// On requests that are answered.
pub(super) fn reply(written: &Written<'_>) -> Option<Rule> {
    read(written, Rule::parse_reply)
}

/// On the messages of a socket.
pub(super) fn message(written: &Written<'_>) -> Option<Rule> {
    read(written, Rule::parse_message)
}

fn read(written: &Written<'_>, parse: fn(&str) -> Result<Rule, RuleError>) -> Option<Rule> {
    match parse(written.text()?) {
        Ok(rule) => Some(rule),
        Err(error) => {
            written.error_at(error.column.saturating_sub(1), &error.message, "");
            None
        }
    }
}
