//! What an autogate's rules say of a status document.

use super::{Document, Rule};
use crate::config::{DocumentKind, Match, Then};

/// What an autogate's rules say of a document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Judgement {
    /// The rule of this index says OPEN.
    Open(usize),
    /// The rule of this index says CLOSE.
    Close(usize),
    /// No rule matched.
    Unmatched,
    /// The document could not be judged, and why: it counts as unreachable.
    Miss(String),
}

/// Tries an autogate's rules in order; the first that matches decides. Where a version is
/// expected, a rule that says OPEN matches only together with it.
///
/// OPEN needs a 2xx unless its rule names `code`: an error page that happens to say *ok* opens
/// nothing. A rule of type json matches nothing where there is no JSON; when no other rule matches
/// either, that is a miss and not a document without an opinion.
pub fn judge(matches: &[Match], expected: Option<&Rule>, document: &Document<'_>) -> Judgement {
    let is_expected = expected.is_none_or(|rule| rule.judge(document));
    let mut wanted_json = None;
    for (index, entry) in matches.iter().enumerate() {
        if entry.kind == DocumentKind::Json && document.json.is_none() {
            wanted_json = wanted_json.or(Some(entry));
            continue;
        }
        if !entry.rule.judge(document) {
            continue;
        }
        match entry.then {
            Then::Close => return Judgement::Close(index),
            Then::Open if !is_expected => {}
            Then::Open if is_success(document.code) || entry.rule.names_code() => {
                return Judgement::Open(index);
            }
            Then::Open => {}
        }
    }
    wanted_json.map_or(Judgement::Unmatched, |entry| {
        Judgement::Miss(format!(
            "rule {} reads JSON, and the answer with status {} is none",
            entry.id, document.code
        ))
    })
}

fn is_success(code: u16) -> bool {
    (200..300).contains(&code)
}
