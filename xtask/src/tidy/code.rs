//! Rust as tidy reads it: text without comments and literals, and the paths that it names.
//!
//! Not a parser: enough to tell code from prose, and `use a::{b, c::d}` from `a::b`.

/// The code of a Rust file: comments are left out, literals are emptied, lines stay where they are.
pub(super) fn code(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let after_word = out.chars().next_back().is_some_and(is_word);
        let skipped = match first {
            '/' if rest.starts_with("//") => rest.find('\n').unwrap_or(rest.len()),
            '/' if rest.starts_with("/*") => comment_length(rest),
            '"' => string_length(rest),
            'r' if !after_word || out.ends_with(['b', 'c']) => raw_string_length(rest),
            '\'' => char_length(rest),
            _ => 0,
        };
        let (gone, kept) = rest.split_at(if skipped > 0 {
            skipped
        } else {
            first.len_utf8()
        });
        if skipped == 0 {
            out.push_str(gone);
        } else {
            if !gone.starts_with('/') {
                out.push_str("\"\"");
            }
            out.extend(gone.chars().filter(|&character| character == '\n'));
        }
        rest = kept;
    }
    out
}

/// Every path in `code` that has at least two segments, with the number of its line, from 1.
/// Groups are spread out: `use a::{b, c::d};` names `a::b` and `a::c::d`.
pub(super) fn paths(code: &str) -> Vec<(usize, Vec<String>)> {
    let tokens = tokens(code);
    let mut found = Vec::new();
    let mut rest = tokens.as_slice();
    while let Some((_, token)) = rest.first() {
        rest = if token.starts_with(is_word) {
            spread(rest, &[], &mut found)
        } else {
            rest.get(1..).unwrap_or_default()
        };
    }
    found
}

type Token<'a> = (usize, &'a str);

/// Reads one path, or a group of them, at the head of `tokens`; gives what follows.
fn spread<'a, 'b>(
    mut tokens: &'b [Token<'a>],
    before: &[String],
    found: &mut Vec<(usize, Vec<String>)>,
) -> &'b [Token<'a>] {
    let mut path = before.to_vec();
    let mut line = 0;
    while let Some(((at, token), rest)) = tokens.split_first() {
        if *token == "{" {
            tokens = rest;
            while let Some((_, token)) = tokens.first() {
                match *token {
                    "}" => return tokens.get(1..).unwrap_or_default(),
                    "," => tokens = tokens.get(1..).unwrap_or_default(),
                    word if word.starts_with(is_word) || word == "{" => {
                        tokens = spread(tokens, &path, found);
                    }
                    _ => tokens = tokens.get(1..).unwrap_or_default(),
                }
            }
            return tokens;
        }
        if !token.starts_with(is_word) {
            break;
        }
        path.push((*token).to_owned());
        line = *at;
        tokens = rest;
        match tokens.split_first() {
            Some(((_, "::"), rest)) => tokens = rest,
            _ => break,
        }
    }
    if path.len() > 1 && line > 0 {
        found.push((line, path));
    }
    tokens
}

fn tokens(code: &str) -> Vec<Token<'_>> {
    let mut tokens = Vec::new();
    for (index, text) in code.lines().enumerate() {
        let mut rest = text.trim_start();
        while let Some(first) = rest.chars().next() {
            let length = if is_word(first) {
                rest.find(|character| !is_word(character))
                    .unwrap_or(rest.len())
            } else if rest.starts_with("::") {
                2
            } else {
                first.len_utf8()
            };
            let (token, after) = rest.split_at(length);
            tokens.push((index + 1, token));
            rest = after.trim_start();
        }
    }
    tokens
}

fn is_word(character: char) -> bool {
    character.is_alphanumeric() || character == '_'
}

/// The length of the block comment, which may hold others, at the head of `text`.
fn comment_length(text: &str) -> usize {
    let mut depth = 0_usize;
    let mut marks = text.char_indices();
    while let Some((at, _)) = marks.next() {
        let rest = text.get(at..).unwrap_or_default();
        if rest.starts_with("/*") {
            depth += 1;
            marks.next();
        } else if rest.starts_with("*/") {
            depth -= 1;
            marks.next();
            if depth == 0 {
                return at + 2;
            }
        }
    }
    text.len()
}

fn string_length(text: &str) -> usize {
    let mut escaped = false;
    for (at, character) in text.char_indices().skip(1) {
        match character {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            '"' => return at + 1,
            _ => {}
        }
    }
    text.len()
}

/// 0 where `text`, which begins with `r`, is no raw string.
fn raw_string_length(text: &str) -> usize {
    let hashes = text
        .chars()
        .skip(1)
        .take_while(|&character| character == '#')
        .count();
    let opening = 1 + hashes + 1;
    let Some((open, body)) = text.split_at_checked(opening) else {
        return 0;
    };
    if !open.ends_with('"') {
        return 0;
    }
    let close = format!("\"{}", "#".repeat(hashes));
    body.find(&close)
        .map_or(text.len(), |at| opening + at + close.len())
}

/// 0 where the quote at the head of `text` begins a lifetime.
fn char_length(text: &str) -> usize {
    let mut characters = text.char_indices().skip(1);
    match (characters.next(), characters.next()) {
        (Some((_, '\\')), Some(_)) => characters
            .find(|&(_, character)| character == '\'')
            .map_or(text.len(), |(at, _)| at + 1),
        (Some(_), Some((at, '\''))) => at + 1,
        _ => 0,
    }
}
