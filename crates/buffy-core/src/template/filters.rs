//! Which filters a template names, in branches that nothing takes too.

/// The filters with where they stand, in bytes; of a text that the engine takes.
pub(super) fn named(text: &str) -> Vec<(usize, &str)> {
    let mut found = Vec::new();
    let mut rest = text;
    while let Some((open, close)) = next_code(rest) {
        let inside = rest.get(open + DELIMITER..).unwrap_or_default();
        let end = end_of(inside, close);
        let code = inside.get(..end).unwrap_or_default();
        if close != COMMENT_END {
            let start = text.len() - inside.len();
            found.extend(in_code(code).map(|(at, name)| (start + at, name)));
        }
        rest = inside.get(end + DELIMITER..).unwrap_or_default();
        let is_raw = close == "%}" && code.trim_matches(TRIMMED) == "raw";
        if is_raw {
            rest = rest.split_once("endraw").map_or("", |(_, after)| after);
        }
    }
    found
}

/// Bytes of `{{`.
const DELIMITER: usize = 2;
const COMMENT_END: &str = "#}";
/// What may stand around a block's words.
const TRIMMED: [char; 6] = ['-', '+', ' ', '\t', '\n', '\r'];

/// Where code begins next, and what ends it.
fn next_code(text: &str) -> Option<(usize, &'static str)> {
    let kinds = [("{{", "}}"), ("{%", "%}"), ("{#", COMMENT_END)];
    let begins = kinds.map(|(open, close)| Some((text.find(open)?, close)));
    begins.into_iter().flatten().min_by_key(|&(at, _)| at)
}

/// Where code ends; texts in quotes may have what ends it.
fn end_of(code: &str, close: &str) -> usize {
    let ends = |at: &usize| code.get(*at..).is_some_and(|rest| rest.starts_with(close));
    let end = if close == COMMENT_END {
        code.find(close)
    } else {
        unquoted(code).map(|(at, _)| at).find(ends)
    };
    end.unwrap_or(code.len())
}

fn in_code(code: &str) -> impl Iterator<Item = (usize, &str)> {
    let bars = unquoted(code).filter(|&(_, next)| next == '|');
    bars.filter_map(|(at, _)| {
        let behind = code.get(at + 1..)?;
        let name = behind.trim_start();
        let start = at + 1 + behind.len() - name.len();
        let is_part = |next: char| next == '_' || next.is_ascii_alphanumeric();
        let end = name.find(|next| !is_part(next)).unwrap_or(name.len());
        let name = name.get(..end).filter(|name| !name.is_empty())?;
        Some((start, name))
    })
}

/// The characters that stand in no quotes.
fn unquoted(code: &str) -> impl Iterator<Item = (usize, char)> {
    let mut quote = None;
    let mut is_escaped = false;
    code.char_indices().filter(move |&(_, next)| {
        match quote {
            Some(_) if is_escaped => is_escaped = false,
            Some(_) if next == '\\' => is_escaped = true,
            Some(open) if open == next => quote = None,
            Some(_) => {}
            None if matches!(next, '"' | '\'') => quote = Some(next),
            None => return true,
        }
        false
    })
}
