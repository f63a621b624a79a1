//! Named responses.

use super::content;
use super::endpoint::Type;
use super::fields::Fields;
use super::header_fields;
use super::written::Written;
use crate::config::nearest::nearest;
use crate::config::{Content, Response};
use crate::template::{Template, Variable};

/// The names of `proxy` endpoints, with their usual statuses.
const OF_PROXIES: &[(&str, u16)] = &[
    ("hit_max_queue", 503),
    ("hit_timeout", 503),
    ("closed", 503),
    ("stopped", 503),
    ("upstream_error", 502),
    ("upstream_timeout", 504),
    ("method_not_allowed", 405),
];

/// The names of `respond` endpoints, with their usual statuses.
const OF_RESPONDERS: &[(&str, u16)] =
    &[("ok", 200), ("not_found", 404), ("method_not_allowed", 405)];

/// The responses of an endpoint, in the file's order.
pub(super) fn all(endpoint: &Fields<'_>, kind: Option<Type>) -> Option<Vec<Response>> {
    let sections = endpoint.sections("response");
    let alone = sections.len() == 1 && matches!(kind, Some(Type::Respond));
    let names = match kind {
        Some(Type::Proxy) => OF_PROXIES,
        Some(Type::Respond) => OF_RESPONDERS,
        None => &[],
    };
    let mut responses: Vec<Response> = Vec::new();
    let mut whole = true;
    for section in &sections {
        let Some(response) = read(section, names, alone) else {
            whole = false;
            continue;
        };
        if responses.iter().any(|known| known.name == response.name) {
            let message = format!("response `{}` is there twice", response.name);
            endpoint
                .reader
                .report
                .error(section.place(), message, "remove one of them");
        }
        responses.push(response);
    }
    let ok = responses.iter().any(|response| response.name == "ok");
    if whole && !ok && matches!(kind, Some(Type::Respond)) {
        let hint = "add `response: [{name: ok, content: …}]`";
        let place = endpoint.key_place("type");
        endpoint
            .reader
            .report
            .error(place, "a `respond` endpoint needs a response `ok`", hint);
    }
    whole.then_some(responses)
}

fn read(section: &Fields<'_>, names: &[(&str, u16)], alone: bool) -> Option<Response> {
    let found = name(section, names, alone);
    let return_code = section
        .number("return_code")
        .and_then(|code| u16::try_from(code).ok());
    let headers = section.written("headers");
    let headers = headers
        .map(|headers| header_fields::of_responses(&headers))
        .unwrap_or_default();
    let variables = variables(found.map(|(name, _)| name));
    let written = section.written("content");
    let content = match &written {
        Some(written) => content::read(written, content_type(&headers), variables),
        None => Some(nothing()),
    };
    let (name, usual) = found?;
    let return_code = return_code.unwrap_or(usual);
    if let (Some(written), Some(_)) = (&written, &content) {
        refuse_content(written, return_code);
    }
    Some(Response {
        name: name.to_owned(),
        return_code,
        headers,
        content: content?,
        variables,
    })
}

/// The name, and its usual status.
fn name<'n>(section: &Fields<'_>, names: &[(&'n str, u16)], alone: bool) -> Option<(&'n str, u16)> {
    if !section.has("name") && alone {
        return names.first().copied();
    }
    let Some(written) = section.written("name") else {
        if !section.has("name") && !names.is_empty() {
            let hint = format!("write `name:` and one of: {}", listed(names));
            section
                .reader
                .report
                .error(section.place(), "a response needs a `name` here", hint);
        }
        return None;
    };
    let text = written.text()?;
    let found = names.iter().find(|(name, _)| *name == text).copied();
    if found.is_none() && !names.is_empty() {
        let hint = match nearest(text, names.iter().map(|(name, _)| *name)) {
            Some(name) => format!("did you mean `{name}`? the names are: {}", listed(names)),
            None => format!("the names are: {}", listed(names)),
        };
        written.error(format!("{} is never served here", written.shown()), hint);
    }
    found
}

/// What is known where a response of this name is served.
fn variables(name: Option<&str>) -> &'static [Variable] {
    match name {
        Some("hit_max_queue" | "hit_timeout" | "closed" | "stopped") => Variable::OF_REFUSALS,
        Some("upstream_error" | "upstream_timeout") => Variable::OF_FAILURES,
        Some(_) => Variable::OF_REPLIES,
        // That the name is wrong is told already.
        None => Variable::OF_REFUSALS,
    }
}

fn listed(names: &[(&str, u16)]) -> String {
    let names: Vec<&str> = names.iter().map(|(name, _)| *name).collect();
    names.join(", ")
}

fn content_type(headers: &[(String, String)]) -> Option<&str> {
    let field = headers
        .iter()
        .find(|(name, _)| name.eq_ignore_ascii_case("content-type"));
    field.map(|(_, value)| value.as_str())
}

/// RFC 9110 §15.3.5, §15.3.6, §15.4.5.
fn refuse_content(written: &Written<'_>, return_code: u16) {
    let empty = written.text().is_some_and(|text| text.trim().is_empty());
    if matches!(return_code, 204 | 205 | 304) && !empty && !written.is_unknown() {
        let hint = "remove it, or use another `return_code`";
        written.error(format!("an answer of {return_code} has no content"), hint);
    }
}

fn nothing() -> Content {
    let template = Template::parse("", &[]).expect("nothing is a template");
    Content::Inline {
        template,
        content_type: content::TEXT,
    }
}

#[cfg(test)]
mod tests {
    use super::{OF_PROXIES, OF_RESPONDERS};
    use crate::config::keys::ENDPOINT;

    #[test]
    fn the_reference_names_every_name() {
        let section = ENDPOINT.key("response").unwrap().kind.section().unwrap();
        for (name, _) in OF_PROXIES.iter().chain(OF_RESPONDERS) {
            assert!(section.doc.contains(&format!("`{name}`")), "{name}");
        }
    }
}
