//! Contents with variables: `{{URL}}`, `{{ body.items[0].sku|upper }}`.
//!
//! A template that only names facts is cut at its names once and then only copied; whatever is more
//! than names (filters, functions, blocks) is minijinja's. Both write the same for the same.
//! `{{ "{{" }}`, a text in quotes, is that text: so content can have braces of its own.

use serde_json::Value as Json;

pub use escape::Escape;
pub use json::JsonTemplate;
pub use variable::{Refused, Variable};

use crate::facts::{Facts, Needs};
use engine::Engine;
use pieces::Pieces;
use place::{Place, Root};

mod cut;
mod engine;
mod escape;
mod filters;
mod functions;
mod held;
mod json;
mod pieces;
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
    /// Names of facts, which are only copied.
    Pieces(Pieces),
    /// Anything that is more.
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
    /// Reads the template of a refusal, which names facts and does nothing else with them; `known`
    /// are those that have a value where it is served. Anything else is a mistake.
    pub fn parse(text: &str, known: &[Variable]) -> Result<Self, TemplateError> {
        let mut pieces = Pieces::default();
        let mut rest = text;
        while let Some((before, inside)) = rest.split_once("{{") {
            pieces.push_plain(before);
            let column = text.chars().count() - inside.chars().count() - 1;
            let (expression, after) =
                expression(inside).ok_or_else(|| TemplateError::unclosed(column))?;
            match expression {
                Expression::Quoted(literal) => pieces.push_plain(literal),
                Expression::Name(name) => {
                    let variable = variable(name, known, column)?;
                    pieces.push_place(Place::whole(Root::Variable(variable)));
                }
            }
            rest = after;
        }
        pieces.push_plain(rest);
        Ok(Self(Made::Pieces(pieces)))
    }

    /// Reads the template of an answer.
    pub fn parse_reply(text: &str) -> Result<Self, TemplateError> {
        match cut::cut(text) {
            Some(pieces) => Ok(Self(Made::Pieces(pieces))),
            None => Engine::new(text).map(|engine| Self(Made::Engine(engine))),
        }
    }

    /// Reads the content of a file that is an answer. An error where it is no template or names what
    /// has no value: its braces are its own then, and it is served as it is.
    pub fn parse_file(text: &str) -> Result<Self, TemplateError> {
        let template = Self::parse_reply(text)?;
        let Some(name) = template.unknown().into_iter().next() else {
            return Ok(template);
        };
        let before = text.split_once(&name).map_or(text, |(before, _)| before);
        Err(TemplateError {
            column: before.chars().count() + 1,
            message: format!("`{name}` is no variable"),
        })
    }

    /// A text that is the same for every request, whatever braces it has.
    pub fn literal(text: &str) -> Self {
        let mut pieces = Pieces::default();
        pieces.push_plain(text);
        Self(Made::Pieces(pieces))
    }

    /// Its text, where it has no variable and is the same for every request.
    pub fn fixed(&self) -> Option<String> {
        match &self.0 {
            Made::Pieces(pieces) => pieces.fixed(),
            Made::Engine(_) => None,
        }
    }

    /// Names that it uses and that are no roots: fields of a message where one is answered, and
    /// nothing elsewhere.
    pub fn unknown(&self) -> Vec<String> {
        match &self.0 {
            Made::Pieces(pieces) => {
                let names = pieces.places().filter_map(Place::unknown);
                names.map(str::to_owned).collect()
            }
            Made::Engine(engine) => engine.unknown(),
        }
    }

    /// What it looks at.
    pub fn needs(&self) -> Needs {
        match &self.0 {
            Made::Pieces(pieces) => pieces.needs(),
            Made::Engine(engine) => engine.needs(),
        }
    }

    /// Appends the content, its values escaped for what it is.
    pub fn render(
        &self,
        facts: &Facts<'_>,
        escape: Escape,
        out: &mut Vec<u8>,
    ) -> Result<Rendered, RenderError> {
        match &self.0 {
            Made::Pieces(pieces) => pieces.render(facts, escape, out),
            Made::Engine(engine) => engine.render(facts, escape, out),
        }
    }

    /// The text that it is read from, or one that means the same.
    pub fn text(&self) -> String {
        match &self.0 {
            Made::Pieces(pieces) => pieces.text(),
            Made::Engine(engine) => engine.text().to_owned(),
        }
    }

    /// Whether it is one `{{ }}` and nothing else.
    fn is_lone(&self) -> bool {
        match &self.0 {
            Made::Pieces(pieces) => pieces.is_lone(),
            Made::Engine(engine) => cut::is_lone(engine.text()),
        }
    }

    /// The value of its one expression, with its type.
    fn value(&self, facts: &Facts<'_>) -> Result<(Json, Rendered), RenderError> {
        match &self.0 {
            Made::Pieces(pieces) => Ok(pieces.value(facts)),
            Made::Engine(engine) => engine.value(facts),
        }
    }
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
