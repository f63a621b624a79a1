//! Contents with variables: `{{URL}}`, `{{ID}}`, and what a refusal knows of its gate.
//!
//! A template is cut at its variables once and then only copied. `{{ "{{" }}`, a text in quotes,
//! is that text: so content can have braces of its own.

use std::mem;

pub use escape::Escape;
pub use json::JsonTemplate;
pub use variable::{Refused, Values, Variable};

use crate::facts::{Facts, Needs};
use engine::Engine;
use place::{Found, Place};
use serde_json::Value as Json;

mod cut;
mod engine;
mod escape;
mod functions;
mod json;
mod place;
mod roots;
mod run;
#[cfg(test)]
mod tests;
mod variable;

/// A rendered content is at most this long.
const BYTES_MAX: usize = 16 * 1024 * 1024;

/// A content with variables.
#[derive(Clone, Debug, PartialEq)]
pub struct Template(Made);

#[derive(Clone, Debug, PartialEq)]
enum Made {
    /// Cut at its variables, which are only copied.
    Pieces(Vec<Piece>),
    /// Anything that is more than names.
    Engine(Engine),
}

/// What came of a rendering besides its content.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Rendered {
    /// Values that were not there, in place of which nothing was written.
    pub undefined: u32,
}

/// Why a template gave no content.
#[derive(Debug, thiserror::Error)]
pub enum RenderError {
    #[error("the template cannot be rendered")]
    Failed {
        #[source]
        source: minijinja::Error,
    },
    #[error("the rendered content is longer than {max} bytes")]
    TooLong { max: usize },
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

impl TemplateError {
    fn unclosed(column: usize) -> Self {
        let message = "this `{{` is never closed: write `}}` behind the variable, \
                       or `{{ \"{{\" }}` for the braces themselves";
        let message = message.to_owned();
        Self { column, message }
    }
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
            let (expression, after) =
                expression(inside).ok_or_else(|| TemplateError::unclosed(column))?;
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
        Ok(Self(Made::Pieces(pieces)))
    }

    /// A text that is the same for every request, whatever braces it has.
    pub fn literal(text: &str) -> Self {
        let plain = Piece::Plain(text.to_owned());
        let pieces = if text.is_empty() {
            Vec::new()
        } else {
            vec![plain]
        };
        Self(Made::Pieces(pieces))
    }

    /// Reads the template of an answer.
    pub fn parse_reply(text: &str) -> Result<Self, TemplateError> {
        match cut::cut(text) {
            Some(pieces) => Ok(Self(Made::Pieces(pieces))),
            None => Engine::new(text).map(|engine| Self(Made::Engine(engine))),
        }
    }

    /// Its text, where it has no variable and is the same for every request.
    pub fn fixed(&self) -> Option<String> {
        let Made::Pieces(pieces) = &self.0 else {
            return None;
        };
        let plain = pieces.iter().map(|piece| match piece {
            Piece::Plain(text) => Some(text.as_str()),
            Piece::Variable(_) | Piece::Place(_) => None,
        });
        plain.collect()
    }

    /// Whether it is one `{{ }}` and nothing else, blanks around it aside.
    fn is_lone(&self) -> bool {
        match &self.0 {
            Made::Pieces(pieces) => matches!(pieces.as_slice(), [Piece::Place(_)]),
            Made::Engine(engine) => cut::is_lone(engine.text()),
        }
    }

    /// The value of its one expression, with its type.
    fn value(&self, facts: &Facts<'_>, rendered: &mut Rendered) -> Result<Json, RenderError> {
        match &self.0 {
            Made::Pieces(pieces) => {
                let found = pieces.iter().find_map(|piece| match piece {
                    Piece::Place(place) => place.find(facts),
                    Piece::Plain(_) | Piece::Variable(_) => None,
                });
                if found.is_none() {
                    rendered.undefined += 1;
                }
                Ok(found.map(Found::json).unwrap_or_default())
            }
            Made::Engine(engine) => {
                let (value, own) = engine.value(facts)?;
                rendered.undefined += own.undefined;
                Ok(value)
            }
        }
    }

    /// Names that it uses and that nothing has a value for.
    pub fn unknown(&self) -> Vec<String> {
        match &self.0 {
            Made::Pieces(pieces) => {
                let names = pieces.iter().filter_map(|piece| match piece {
                    Piece::Place(place) => place.unknown(),
                    Piece::Plain(_) | Piece::Variable(_) => None,
                });
                names.map(str::to_owned).collect()
            }
            Made::Engine(engine) => engine.unknown(),
        }
    }

    /// What it looks at.
    pub fn needs(&self) -> Needs {
        match &self.0 {
            Made::Pieces(pieces) => pieces.iter().fold(Needs::NOTHING, |needs, piece| {
                let own = match piece {
                    Piece::Place(place) => place.needs(),
                    Piece::Plain(_) | Piece::Variable(_) => Needs::NOTHING,
                };
                needs | own
            }),
            Made::Engine(engine) => engine.needs(),
        }
    }

    /// Appends the content of an answer, its values escaped for what it is.
    pub fn render(
        &self,
        facts: &Facts<'_>,
        escape: Escape,
        out: &mut Vec<u8>,
    ) -> Result<Rendered, RenderError> {
        let pieces = match &self.0 {
            Made::Pieces(pieces) => pieces,
            Made::Engine(engine) => return engine.render(facts, escape, out),
        };
        let mut rendered = Rendered::default();
        let start = out.len();
        for piece in pieces {
            match piece {
                Piece::Plain(text) => out.extend_from_slice(text.as_bytes()),
                Piece::Place(place) => match place.find(facts) {
                    Some(found) => escape.push_found(&found, out),
                    None => rendered.undefined += 1,
                },
                Piece::Variable(_) => {}
            }
            if out.len() - start > BYTES_MAX {
                return Err(RenderError::TooLong { max: BYTES_MAX });
            }
        }
        Ok(rendered)
    }

    /// Appends the content, with its values escaped for what it is.
    pub fn render_refusal(&self, values: &Values<'_>, escape: Escape, out: &mut Vec<u8>) {
        let Made::Pieces(pieces) = &self.0 else {
            return;
        };
        for piece in pieces {
            match piece {
                Piece::Plain(text) => out.extend_from_slice(text.as_bytes()),
                Piece::Variable(variable) => escape.push(&values.of(*variable), out),
                Piece::Place(_) => {}
            }
        }
    }

    /// The text that it is read from, or one that means the same.
    pub fn text(&self) -> String {
        let pieces = match &self.0 {
            Made::Pieces(pieces) => pieces,
            Made::Engine(engine) => return engine.text().to_owned(),
        };
        let mut text = String::new();
        for piece in pieces {
            match piece {
                Piece::Plain(plain) => text.push_str(&plain.replace("{{", "{{ \"{{\" }}")),
                Piece::Place(place) => {
                    text.push_str("{{ ");
                    text.push_str(&place.to_string());
                    text.push_str(" }}");
                }
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
    /// Of a refusal.
    Variable(Variable),
    /// Of an answer.
    Place(Place),
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
