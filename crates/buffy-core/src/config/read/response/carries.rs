//! What a response carries: one of a few kinds, each with a key of its own.

use crate::config::Carries;
use crate::config::read::content;
use crate::config::read::fields::Fields;
use crate::config::read::stream;
use crate::config::read::template::json_template;
use crate::config::read::written::Written;
use crate::template::Template;

/// A kind of what a response carries. To add one, add a line to [`KINDS`].
pub(super) struct Kind {
    /// The key that it is written with.
    pub key: &'static str,
    read: fn(&Asked<'_>) -> Option<Carries>,
}

/// All kinds; a response has one of them.
pub(super) const KINDS: &[Kind] = &[
    Kind {
        key: "content",
        read: content,
    },
    Kind {
        key: "json",
        read: |asked| json_template(&asked.written).map(Carries::Json),
    },
    Kind {
        key: "stream",
        read: |asked| stream::read(asked.section).map(|script| Carries::Stream(Box::new(script))),
    },
];

/// What a kind is read from.
struct Asked<'r> {
    section: &'r Fields<'r>,
    written: Written<'r>,
    /// What the response's own fields claim it to be.
    content_type: Option<String>,
}

/// What a response carries; nothing where something is wrong with it.
pub(super) fn read(
    section: &Fields<'_>,
    headers: Option<&[(String, Template)]>,
) -> Option<Carries> {
    let mut found: Option<(&Kind, Written<'_>)> = None;
    let mut twice = false;
    for kind in KINDS {
        if !section.has(kind.key) {
            continue;
        }
        if let Some((first, _)) = &found {
            let message = format!("`{}` and `{}` are both what is sent", first.key, kind.key);
            let report = section.reader.report;
            report.error(section.key_place(kind.key), message, "remove one of them");
            twice = true;
            continue;
        }
        found = Some((kind, section.written(kind.key)?));
    }
    let Some((kind, written)) = found else {
        return Some(Carries::Content(content::nothing()));
    };
    let content_type = headers.and_then(content_type);
    let carries = (kind.read)(&Asked {
        section,
        written,
        content_type,
    });
    carries.filter(|_| !twice)
}

fn content(asked: &Asked<'_>) -> Option<Carries> {
    content::of_answers(&asked.written, asked.content_type.as_deref()).map(Carries::Content)
}

/// What is claimed where it is the same for every request.
fn content_type(headers: &[(String, Template)]) -> Option<String> {
    let mut fields = headers.iter();
    let field = fields.find(|(name, _)| name.eq_ignore_ascii_case("content-type"));
    field.and_then(|(_, value)| value.fixed())
}
