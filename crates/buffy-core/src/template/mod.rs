//! Contents with variables: `{{URL}}`, `{{ID}}`, and what a refusal knows of its gate.
//!
//! A template is cut at its variables once and then only copied. `{{ "{{" }}`, a text in quotes,
//! is that text: so content can have braces of its own.

use std::mem;

pub use escape::Escape;
pub use variable::{Refused, Values, Variable};

mod escape;
#[cfg(test)]
mod tests;
mod variable;

/// A content, cut at its variables.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Template {
    pieces: Vec<Piece>,
}

/// Why a text is no template.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("column {column}: {message}")]
pub struct TemplateError {
    /// Where, in characters of the whole text, from 1.
    pub column: usize,
    /// What is wrong and what to write.
    pub message: String,
}

impl Template {
    /// Cuts a text at its variables; `known` are those that have a value where it is served.
    pub fn parse(text: &str, known: &[Variable]) -> Result<Self, TemplateError> {
        let mut pieces = Vec::new();
        let mut plain = String::new();
        let mut rest = text;
        while let Some((before, inside)) = rest.split_once("{{") {
            plain.push_str(before);
            let column = text.chars().count() - inside.chars().count() - 1;
            let (expression, after) = expression(inside).ok_or_else(|| TemplateError {
                column,
                message: "this `{{` is never closed: write `}}` behind the variable, \
                          or `{{ \"{{\" }}` for the braces themselves"
                    .to_owned(),
            })?;
            match expression {
                Expression::Quoted(literal) => plain.push_str(literal),
                Expression::Name(name) => {
                    let variable = variable(name, known, column)?;
                    push_plain(&mut pieces, &mut plain);
                    pieces.push(Piece::Variable(variable));
                }
            }
            rest = after;
        }
        plain.push_str(rest);
        push_plain(&mut pieces, &mut plain);
        Ok(Self { pieces })
    }

    /// Its text, where it has no variable and is the same for every request.
    pub fn fixed(&self) -> Option<String> {
        let plain = self.pieces.iter().map(|piece| match piece {
            Piece::Plain(text) => Some(text.as_str()),
            Piece::Variable(_) => None,
        });
        plain.collect()
    }

    /// Appends the content, with its values escaped for what it is.
    pub fn render(&self, values: &Values<'_>, escape: Escape, out: &mut Vec<u8>) {
        for piece in &self.pieces {
            match piece {
                Piece::Plain(text) => out.extend_from_slice(text.as_bytes()),
                Piece::Variable(variable) => escape.push(&values.of(*variable), out),
            }
        }
    }

    /// The text that it is read from, or one that means the same.
    pub fn text(&self) -> String {
        let mut text = String::new();
        for piece in &self.pieces {
            match piece {
                Piece::Plain(plain) => text.push_str(&plain.replace("{{", "{{ \"{{\" }}")),
                Piece::Variable(variable) => {
                    text.push_str("{{");
                    text.push_str(variable.name());
                    text.push_str("}}");
                }
            }
        }
        text
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Piece {
    Plain(String),
    Variable(Variable),
}

/// What stands between `{{` and `}}`.
enum Expression<'t> {
    Quoted(&'t str),
    Name(&'t str),
}

/// Reads up to and over `}}`, which a quoted text may have inside; None if there is none.
fn expression(inside: &str) -> Option<(Expression<'_>, &str)> {
    let trimmed = inside.trim_start();
    for quote in ['"', '\''] {
        let quoted = trimmed
            .strip_prefix(quote)
            .and_then(|text| text.split_once(quote));
        if let Some((literal, after)) = quoted
            && let Some(after) = after.trim_start().strip_prefix("}}")
        {
            return Some((Expression::Quoted(literal), after));
        }
    }
    let (name, after) = inside.split_once("}}")?;
    Some((Expression::Name(name.trim()), after))
}

fn variable(name: &str, known: &[Variable], column: usize) -> Result<Variable, TemplateError> {
    let found = Variable::ALL.iter().find(|found| found.name() == name);
    if let Some(found) = found.filter(|found| known.contains(found)) {
        return Ok(*found);
    }
    let shown: String = name.chars().take(40).collect();
    let what = match found {
        Some(found) => found.where_known(),
        None => "is no variable",
    };
    let names: Vec<String> = known
        .iter()
        .map(|known| format!("`{{{{{}}}}}`", known.name()))
        .collect();
    let message = format!("`{{{{{shown}}}}}` {what}: write {}", names.join(" or "));
    Err(TemplateError { column, message })
}

fn push_plain(pieces: &mut Vec<Piece>, plain: &mut String) {
    if !plain.is_empty() {
        pieces.push(Piece::Plain(mem::take(plain)));
    }
}
