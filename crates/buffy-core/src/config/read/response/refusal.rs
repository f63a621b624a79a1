//! The responses of `proxy` endpoints: what a request gets that is not forwarded.

use crate::config::keys::RESPONSE;
use crate::config::nearest::nearest;
use crate::config::read::fields::Fields;
use crate::config::read::{content, header_fields};
use crate::config::{Carries, Content, Response, When};
use crate::template::{Template, Variable};

/// Their names, with their usual statuses.
const NAMES: &[(&str, u16)] = &[
    ("hit_max_queue", 503),
    ("hit_timeout", 503),
    ("closed", 503),
    ("stopped", 503),
    ("upstream_error", 502),
    ("upstream_timeout", 504),
    ("method_not_allowed", 405),
];

/// The keys that they have; `delay` is for `hit_timeout` alone.
const KEYS: [&str; 6] = ["name", "return_code", "headers", "content", "json", "delay"];

/// All of them or none, in the file's order.
pub(in crate::config::read) fn all(endpoint: &Fields<'_>) -> Option<Vec<Response>> {
    let sections = endpoint.sections("response");
    let mut responses: Vec<Response> = Vec::new();
    let mut whole = true;
    for section in &sections {
        let Some(response) = read(section) else {
            whole = false;
            continue;
        };
        if responses.iter().any(|known| known.name == response.name) {
            let message = format!("response `{}` is there twice", response.name);
            let report = endpoint.reader.report;
            report.error(section.place(), message, "remove one of them");
        }
        responses.push(response);
    }
    whole.then_some(responses)
}

fn read(section: &Fields<'_>) -> Option<Response> {
    let found = name(section);
    refuse_keys_of_answers(section, found.map(|(name, _)| name));
    let return_code = section
        .number("return_code")
        .and_then(|code| u16::try_from(code).ok());
    let headers = section.written("headers");
    let headers = headers
        .map(|headers| header_fields::of_refusals(&headers))
        .unwrap_or_default();
    // Where the name is wrong, that is told, and not what another one would know.
    let known = found.map_or(Variable::OF_REFUSALS, |(name, _)| Response::variables(name));
    let content = content(section, &headers, known);
    let delay = section.written("delay").map(|delay| delay.delay());
    let (name, usual) = found?;
    let return_code = return_code.unwrap_or(usual);
    super::refuse_content(section, return_code);
    let headers = headers.into_iter();
    Some(Response {
        name: name.to_owned(),
        line: section.place().line,
        return_code,
        headers: headers
            .map(|(name, value)| (name, Template::literal(&value)))
            .collect(),
        carries: Carries::Content(content?),
        when: When::default(),
        delay: delay.map_or(Some(None), |delay| delay.map(Some))?,
        fault: None,
        set: Vec::new(),
        then: Vec::new(),
    })
}

fn content(
    section: &Fields<'_>,
    headers: &[(String, String)],
    known: &[Variable],
) -> Option<Content> {
    let claimed = headers
        .iter()
        .find(|(name, _)| name.eq_ignore_ascii_case("content-type"));
    let claimed = claimed.map(|(_, value)| value.as_str());
    match (section.written("content"), section.written("json")) {
        (Some(_), Some(json)) => {
            json.error(
                "`content` and `json` are both what is sent",
                "remove one of them",
            );
            None
        }
        (None, Some(json)) => content::json_of_refusals(&json, known),
        (Some(content), None) => content::of_refusals(&content, claimed, known),
        (None, None) => Some(content::nothing()),
    }
}

/// What is chosen by a look at the request, or follows an answer, is not for those that Buffy gives
/// because it cannot forward.
fn refuse_keys_of_answers(section: &Fields<'_>, name: Option<&str>) {
    let report = section.reader.report;
    for key in RESPONSE.keys {
        if section.has(key.name) && !KEYS.contains(&key.name) {
            let message = format!(
                "`{}` means nothing where a request is not forwarded",
                key.name
            );
            let hint = "it is for `type: respond` and `type: data`: remove it";
            report.error(section.key_place(key.name), message, hint);
        }
    }
    if section.has("delay") && name.is_some_and(|name| name != "hit_timeout") {
        let message = "only `hit_timeout` of a `proxy` endpoint has a `delay`";
        report.error(section.key_place("delay"), message, "remove it");
    }
}

/// The name, and its usual status.
fn name(section: &Fields<'_>) -> Option<(&'static str, u16)> {
    if !section.has("name") {
        let hint = format!("write `name:` and one of: {}", listed());
        let report = section.reader.report;
        report.error(section.place(), "a response needs a `name` here", hint);
        return None;
    }
    let written = section.written("name")?;
    let text = written.text()?;
    let found = NAMES.iter().find(|(name, _)| *name == text).copied();
    if found.is_none() {
        let hint = match nearest(text, NAMES.iter().map(|(name, _)| *name)) {
            Some(name) => format!("did you mean `{name}`? the names are: {}", listed()),
            None => format!("the names are: {}", listed()),
        };
        written.error(format!("{} is never served here", written.shown()), hint);
    }
    found
}

fn listed() -> String {
    let names: Vec<&str> = NAMES.iter().map(|(name, _)| *name).collect();
    names.join(", ")
}

#[cfg(test)]
mod tests {
    use super::NAMES;
    use crate::config::keys::RESPONSE;

    #[test]
    fn the_reference_names_every_name() {
        for (name, _) in NAMES {
            assert!(RESPONSE.doc.contains(&format!("`{name}`")), "{name}");
        }
    }
}
