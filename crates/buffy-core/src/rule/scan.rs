//! A place in a rule's text, and the words that can be read from there.

use super::RuleError;
use super::expr::continues_name;

/// Nested brackets of a JSON path: its parser tries some of them twice per level.
const QUERY_DEPTH_MAX: usize = 8;

/// Reads a rule from left to right.
pub(super) struct Scanner<'t> {
    text: &'t str,
    /// In bytes, on a character's boundary.
    at: usize,
}

/// A value before it is known what it is compared with.
pub(super) struct Literal {
    pub(super) text: String,
    pub(super) quoted: bool,
    /// Where it begins, in bytes.
    pub(super) start: usize,
}

impl<'t> Scanner<'t> {
    pub(super) fn new(text: &'t str) -> Self {
        Self { text, at: 0 }
    }

    /// Where the next character is, in bytes.
    pub(super) fn place(&self) -> usize {
        self.at
    }

    pub(super) fn rest(&self) -> &'t str {
        self.text.get(self.at..).unwrap_or_default()
    }

    pub(super) fn peek(&self) -> Option<char> {
        self.rest().chars().next()
    }

    pub(super) fn skip_space(&mut self) {
        self.take_while(char::is_whitespace);
    }

    /// Steps over `token` if it is next.
    pub(super) fn take(&mut self, token: &str) -> bool {
        let is_next = self.rest().starts_with(token);
        if is_next {
            self.at += token.len();
        }
        is_next
    }

    pub(super) fn take_while(&mut self, mut wanted: impl FnMut(char) -> bool) -> &'t str {
        let rest = self.rest();
        let end = rest.find(|next| !wanted(next)).unwrap_or(rest.len());
        self.at += end;
        rest.get(..end).unwrap_or_default()
    }

    /// A mistake at a place in bytes, as `RuleError` counts: in characters from 1.
    pub(super) fn error(&self, place: usize, message: impl Into<String>) -> RuleError {
        let end = self.text.floor_char_boundary(place);
        let before = self.text.get(..end).unwrap_or_default();
        RuleError {
            column: before.chars().count() + 1,
            message: message.into(),
        }
    }

    /// A value: `"…"` with `\"` and `\\`, `'…'` as it stands, or a bare word; None if none begins here.
    pub(super) fn literal(&mut self) -> Result<Option<Literal>, RuleError> {
        let start = self.at;
        let text = if self.take("\"") {
            self.double_quoted(start)?
        } else if self.take("'") {
            let text = self.take_while(|next| next != '\'').to_owned();
            self.close_quote("'", start)?;
            text
        } else {
            let text = self.take_while(is_bare).to_owned();
            if text.is_empty() {
                return Ok(None);
            }
            return Ok(Some(Literal {
                text,
                quoted: false,
                start,
            }));
        };
        Ok(Some(Literal {
            text,
            quoted: true,
            start,
        }))
    }

    /// The rest of a text in double quotes. Other backslashes stay, so that `"\d+"` is what it looks like.
    fn double_quoted(&mut self, start: usize) -> Result<String, RuleError> {
        let mut text = String::new();
        loop {
            text.push_str(self.take_while(|next| next != '"' && next != '\\'));
            if self.take("\\\\") {
                text.push('\\');
            } else if self.take("\\\"") {
                text.push('"');
            } else if self.take("\\") {
                text.push('\\');
            } else {
                self.close_quote("\"", start)?;
                return Ok(text);
            }
        }
    }

    fn close_quote(&mut self, quote: &str, start: usize) -> Result<(), RuleError> {
        if self.take(quote) {
            return Ok(());
        }
        Err(self.error(
            start,
            format!("this quote is never closed: end the text with {quote}"),
        ))
    }

    /// A JSON path that begins here with `$`: names, dots and stars, and whatever stands in brackets.
    pub(super) fn query(&mut self) -> Result<&'t str, RuleError> {
        let start = self.at;
        let mut depth = 0_usize;
        let mut quote = None;
        let mut is_escaped = false;
        for (offset, next) in self.rest().char_indices() {
            let ends = match (quote, next) {
                (Some(_), _) if is_escaped => {
                    is_escaped = false;
                    false
                }
                (Some(_), '\\') => {
                    is_escaped = true;
                    false
                }
                (Some(open), _) => {
                    quote = Some(open).filter(|&open| open != next);
                    false
                }
                (None, '[' | '(') if depth > 0 || next == '[' => {
                    depth += 1;
                    if depth > QUERY_DEPTH_MAX {
                        let message = format!(
                            "brackets nested more than {QUERY_DEPTH_MAX} deep: write a simpler JSONPath"
                        );
                        return Err(self.error(start + offset, message));
                    }
                    false
                }
                (None, _) if depth > 0 => {
                    match next {
                        ']' | ')' => depth -= 1,
                        '"' | '\'' => quote = Some(next),
                        _ => {}
                    }
                    false
                }
                (None, _) => !(continues_name(next) || matches!(next, '$' | '.' | '*')),
            };
            if ends {
                self.at = start + offset;
                return Ok(self.text.get(start..self.at).unwrap_or_default());
            }
        }
        self.at = self.text.len();
        Ok(self.text.get(start..).unwrap_or_default())
    }
}

/// Whether a value may have this character without quotes: whatever could be read as an operator
/// or the end of a list may not.
fn is_bare(next: char) -> bool {
    !next.is_whitespace() && !"()[],\"'&|!=<>~".contains(next)
}

/// The name that a text begins with; empty if none.
pub(super) fn leading_name(text: &str) -> &str {
    let end = text
        .find(|next| !continues_name(next))
        .unwrap_or(text.len());
    text.get(..end).unwrap_or_default()
}
