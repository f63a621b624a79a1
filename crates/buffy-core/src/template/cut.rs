//! Cutting a template at its expressions, where they are no more than names.

use super::functions;
use super::pieces::Pieces;
use super::place::{Place, Root, Step};

/// Words that mean something to the engine.
const KEYWORDS: &[&str] = &[
    "true",
    "True",
    "false",
    "False",
    "none",
    "None",
    "not",
    "self",
    "range",
    "dict",
    "namespace",
    "debug",
    "loop",
];

/// What may stand around an expression.
const BLANKS: [char; 4] = [' ', '\t', '\n', '\r'];

/// The pieces of a text all of whose expressions are names of facts; None where one is more, or
/// there are blocks or comments: that takes the engine.
pub(super) fn cut(text: &str) -> Option<Pieces> {
    let mut pieces = Pieces::default();
    if !text.contains("{{") && !text.contains("{%") {
        pieces.push_plain(text);
        return Some(pieces);
    }
    let mut rest = text;
    while let Some((before, inside)) = rest.split_once("{{") {
        if has_others(before) {
            return None;
        }
        pieces.push_plain(before);
        let (expression, after) = inside.split_once("}}")?;
        if let Some(literal) = harmless_literal(expression) {
            pieces.push_plain(literal);
        } else {
            pieces.push_place(place(expression.trim_matches(BLANKS))?);
        }
        rest = after;
    }
    if has_others(rest) {
        return None;
    }
    pieces.push_plain(rest);
    Some(pieces)
}

/// Reads `body.items[0].sku`; None if it is anything else.
pub(super) fn place(text: &str) -> Option<Place> {
    let (name, mut rest) = name(text)?;
    if KEYWORDS.contains(&name) || functions::needs(name).is_some() {
        return None;
    }
    let mut steps = Vec::new();
    let root = Root::named(name).unwrap_or_else(|| {
        steps.push(Step::Key(name.to_owned()));
        Root::Field
    });
    while !rest.is_empty() {
        if let Some(after) = rest.strip_prefix('.') {
            let (name, after) = self::name(after)?;
            steps.push(Step::Key(name.to_owned()));
            rest = after;
        } else {
            let (index, after) = rest.strip_prefix('[')?.split_once(']')?;
            let is_index = !index.is_empty() && index.bytes().all(|byte| byte.is_ascii_digit());
            steps.push(Step::Index(index.parse().ok().filter(|_| is_index)?));
            rest = after;
        }
    }
    Some(Place { root, steps })
}

/// Whether a text is one expression and nothing else.
pub(super) fn is_lone(text: &str) -> bool {
    let Some(inside) = text.strip_prefix("{{") else {
        return false;
    };
    let mut quote = None;
    let mut is_escaped = false;
    for (at, next) in inside.char_indices() {
        match quote {
            Some(_) if is_escaped => is_escaped = false,
            Some(_) if next == '\\' => is_escaped = true,
            Some(open) if open == next => quote = None,
            Some(_) => {}
            None if matches!(next, '"' | '\'') => quote = Some(next),
            None if inside.get(at..).is_some_and(|rest| rest.starts_with("}}")) => {
                return at + "}}".len() == inside.len();
            }
            None => {}
        }
    }
    false
}

fn name(text: &str) -> Option<(&str, &str)> {
    let is_part = |next: char| next == '_' || next.is_ascii_alphanumeric();
    let end = text.find(|next| !is_part(next)).unwrap_or(text.len());
    let (name, rest) = text.split_at_checked(end)?;
    let begins = name.starts_with(|first: char| first == '_' || first.is_ascii_alphabetic());
    begins.then_some((name, rest))
}

/// A text in quotes in which nothing could ever be escaped: `{{ "{{" }}`.
fn harmless_literal(expression: &str) -> Option<&str> {
    let trimmed = expression.trim_matches(BLANKS);
    let quote = trimmed
        .chars()
        .next()
        .filter(|first| matches!(first, '"' | '\''))?;
    let literal = trimmed.strip_prefix(quote)?.strip_suffix(quote)?;
    let is_plain = |next: char| {
        !next.is_control() && !matches!(next, '"' | '\'' | '\\' | '&' | '<' | '>' | '/')
    };
    literal.chars().all(is_plain).then_some(literal)
}

/// Whether the engine would find a block or a comment.
fn has_others(text: &str) -> bool {
    text.contains("{%") || text.contains("{#")
}
