//! What `respond` and `data` endpoints have beside their responses.

use super::endpoint::{Others, Type};
use super::fields::Fields;
use super::response;
use super::written::Written;
use crate::config::{Answers, EndpointKind, Expect, Response};
use crate::reply::Pick;

/// `type: respond`.
pub(super) const RESPOND: Type = Type {
    name: "respond",
    read: respond,
};

fn respond(section: &Fields<'_>, others: &Others<'_>) -> Option<(EndpointKind, Vec<Response>)> {
    let answers = read(section, others);
    let responses = response::chosen(section, others, answers.as_ref());
    if responses
        .as_ref()
        .is_some_and(|all| !all.iter().any(Response::is_chosen))
    {
        let hint = "add `response: [{name: ok, content: …}]`";
        section.reader.report.error(
            section.key_place("type"),
            "a `respond` endpoint needs a response that it can choose",
            hint,
        );
    }
    Some((EndpointKind::Respond(answers?), responses?))
}

/// The settings of an endpoint that answers by itself.
pub(super) fn read(section: &Fields<'_>, others: &Others<'_>) -> Option<Answers> {
    let pick = [Pick::First, Pick::Cycle, Pick::Random];
    let pick = section.choice_or_preset("pick", &pick);
    let expect = section.written("expect").map(|written| expect(&written));
    let cors = if section.has("cors") {
        section.written("cors").and_then(|cors| cors.boolean())
    } else {
        Some(others.cors)
    };
    let overrides = section.flag("overrides");
    let body = section.section_or_presets("body");
    for name in ["memory", "buffer"] {
        if body.has(name) {
            section.reader.report.error(
                body.key_place(name),
                format!("`{name}` of `body` means nothing where no request is held"),
                "it is for `type: proxy`: remove it, or write `max`",
            );
        }
    }
    let body_max = body.size("max").unwrap_or(BODY_MAX);
    Some(Answers {
        pick,
        expect: expect.map_or(Some(None), |expect| expect.map(Some))?,
        cors: cors?,
        overrides,
        body_max,
    })
}

/// Of a body that is looked at.
const BODY_MAX: u64 = 1 << 20;

fn expect(written: &Written<'_>) -> Option<Expect> {
    let text = written.text()?;
    let expect = amount(text.trim());
    if expect.is_none() {
        let hint = "write `>=1`, `<=3`, `0`, `=2` or `1..3`";
        written.error(
            format!("{} is not a number of requests", written.shown()),
            hint,
        );
    }
    expect
}

fn amount(text: &str) -> Option<Expect> {
    let number = |text: &str| text.trim().parse::<u64>().ok();
    let between = |min, max: Option<u64>| Some(Expect { min, max });
    if let Some(rest) = text.strip_prefix(">=") {
        between(number(rest)?, None)
    } else if let Some(rest) = text.strip_prefix("<=") {
        between(0, Some(number(rest)?))
    } else if let Some(rest) = text.strip_prefix('>') {
        between(number(rest)?.checked_add(1)?, None)
    } else if let Some(rest) = text.strip_prefix('<') {
        between(0, Some(number(rest)?.checked_sub(1)?))
    } else if let Some((min, max)) = text.split_once("..") {
        let (min, max) = (number(min)?, number(max)?);
        (min <= max).then_some(Expect {
            min,
            max: Some(max),
        })
    } else {
        let exactly = number(text.strip_prefix('=').unwrap_or(text))?;
        between(exactly, Some(exactly))
    }
}

#[cfg(test)]
mod tests {
    use super::amount;

    #[test]
    fn amounts_are_read() {
        for (text, expected) in [
            (">=1", Some((1, None))),
            (">1", Some((2, None))),
            ("<=3", Some((0, Some(3)))),
            ("<3", Some((0, Some(2)))),
            ("<0", None),
            ("0", Some((0, Some(0)))),
            ("= 2", Some((2, Some(2)))),
            ("1..3", Some((1, Some(3)))),
            ("3..1", None),
            ("1..", None),
            ("", None),
            ("many", None),
            ("-1", None),
        ] {
            let seen = amount(text).map(|expect| (expect.min, expect.max));
            assert_eq!(seen, expected, "{text}");
        }
    }
}
