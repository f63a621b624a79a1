//! Contents with variables: `{{URL}}`, `{{ID}}`.
//!
//! A template is cut at its variables once and then only copied. `{{ "{{" }}`, a text in quotes,
//! is that text: so content can have braces of its own.

use std::mem;

#[cfg(test)]
mod tests;

/// The variables by name.
const VARIABLES: [(&str, Variable); 2] = [("URL", Variable::Url), ("ID", Variable::Id)];

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
    /// Cuts a text at its variables.
    pub fn parse(text: &str) -> Result<Self, TemplateError> {
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
                    let variable = variable(name, column)?;
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

    /// Whether it has no variable, so that it is the same for every request.
    pub fn is_static(&self) -> bool {
        !self
            .pieces
            .iter()
            .any(|piece| matches!(piece, Piece::Variable(_)))
    }

    /// Appends the content: `url` is the request's target as it came, `id` the endpoint's. With
    /// `json`, values are escaped for the inside of a JSON string (RFC 8259 §7).
    pub fn render(&self, url: &str, id: &str, json: bool, out: &mut Vec<u8>) {
        for piece in &self.pieces {
            let value = match piece {
                Piece::Plain(text) => {
                    out.extend_from_slice(text.as_bytes());
                    continue;
                }
                Piece::Variable(Variable::Url) => url,
                Piece::Variable(Variable::Id) => id,
            };
            if json {
                push_escaped(value, out);
            } else {
                out.extend_from_slice(value.as_bytes());
            }
        }
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Piece {
    Plain(String),
    Variable(Variable),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Variable {
    Url,
    Id,
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

fn variable(name: &str, column: usize) -> Result<Variable, TemplateError> {
    let known = VARIABLES.into_iter().find(|(known, _)| *known == name);
    known.map(|(_, variable)| variable).ok_or_else(|| {
        let shown: String = name.chars().take(40).collect();
        TemplateError {
            column,
            message: format!(
                "`{{{{{shown}}}}}` is no variable: write `{{{{URL}}}}` or `{{{{ID}}}}`"
            ),
        }
    })
}

fn push_plain(pieces: &mut Vec<Piece>, plain: &mut String) {
    if !plain.is_empty() {
        pieces.push(Piece::Plain(mem::take(plain)));
    }
}

fn push_escaped(value: &str, out: &mut Vec<u8>) {
    // Nearly every target is plain, and this is on the path of every such answer.
    if value
        .bytes()
        .all(|byte| byte >= b' ' && byte != b'"' && byte != b'\\')
    {
        out.extend_from_slice(value.as_bytes());
        return;
    }
    let quoted = serde_json::Value::from(value).to_string();
    let inside = quoted.get(1..quoted.len().saturating_sub(1));
    out.extend_from_slice(inside.unwrap_or_default().as_bytes());
}
