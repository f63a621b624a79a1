//! Named responses.

mod carries;
mod refusal;
mod then;

use crate::reply::Pick;
use std::num::NonZeroU32;

use super::endpoint::Others;
use super::fields::Fields;
use super::template::json_template;
use super::written::{Unread, Written};
use super::{header_fields, rule};
use crate::config::nearest::nearest;
use crate::config::report::Place;
use crate::config::tree::{Entry, Value};
use crate::config::{Answers, Assignment, Carries, Fault, FaultKind, Response, When};
use crate::delay::Chance;
use crate::facts::StatePath;
use crate::route::Params;
use crate::rule::Rule;
use crate::stream::Form;
pub(super) use refusal::all as refusals;

/// The responses of an endpoint that chooses among them, in the file's order; all or none.
pub(super) fn chosen(
    endpoint: &Fields<'_>,
    others: &Others<'_>,
    answers: Option<&Answers>,
) -> Option<Vec<Response>> {
    let report = endpoint.reader.report;
    let sections = endpoint.sections("response");
    let path = path(endpoint);
    let mut known: Vec<(Response, Place)> = Vec::new();
    let mut unnamed = false;
    let mut whole = true;
    for section in &sections {
        let first = !unnamed;
        unnamed |= !section.has("name");
        let Some(response) = read(section, others, &path, first) else {
            whole = false;
            continue;
        };
        if let Some((earlier, _)) = known.iter().find(|(known, _)| known.name == response.name) {
            let message = format!("response `{}` is there twice", response.name);
            let hint = format!(
                "line {} has it already: every name is used once in an endpoint",
                earlier.line
            );
            report.error(section.place(), message, hint);
        }
        if let Some(rule) = &response.when.rule {
            warn_of_foreign_params(&path, section, rule);
        }
        known.push((response, section.place()));
    }
    if answers.is_some_and(|answers| answers.pick == Pick::First) {
        warn_of_shadowed(endpoint, &known);
    }
    let responses = known.into_iter().map(|(response, _)| response);
    whole.then(|| responses.collect())
}

/// A rule that names a parameter which the endpoint's path does not have: nothing is ever there.
fn warn_of_foreign_params(path: &str, section: &Fields<'_>, rule: &Rule) {
    let own: Vec<&str> = Params::written(path).collect();
    for name in rule.params().filter(|name| !own.contains(name)) {
        let message = format!("the endpoint's path has no `{{{name}}}`: nothing is ever there");
        let hint = match nearest(name, own.iter().copied()) {
            Some(meant) => format!("did you mean `{meant}`?"),
            None if own.is_empty() => "give the path one, or remove the rule".to_owned(),
            None => format!("its parameters are: {}", own.join(", ")),
        };
        let report = section.reader.report;
        report.warn(section.key_place("if"), message, hint);
    }
}

/// What stands behind a response without a condition is never served.
fn warn_of_shadowed(endpoint: &Fields<'_>, known: &[(Response, Place)]) {
    let mut chosen = known.iter().filter(|(response, _)| response.is_chosen());
    let Some((always, _)) = chosen.find(|(response, _)| response.when.is_always()) else {
        return;
    };
    for (shadowed, place) in chosen {
        let message = format!(
            "response `{}` can never be served: `{}` on line {} has no condition",
            shadowed.name, always.name, always.line
        );
        let hint = format!("put it before `{}`, or give that one an `if`", always.name);
        endpoint.reader.report.warn(*place, message, hint);
    }
}

/// The endpoint's path as it is written; what is wrong with it is told elsewhere.
fn path(endpoint: &Fields<'_>) -> String {
    let written = endpoint.written("path");
    written.map_or_else(String::new, |written| match &written.node.value {
        Value::Scalar(scalar) => scalar.text.clone(),
        Value::List(_) | Value::Map(_) | Value::Null | Value::Unknown => String::new(),
    })
}

/// `path` is the endpoint's; `first`: no response before it has no name.
fn read(section: &Fields<'_>, others: &Others<'_>, path: &str, first: bool) -> Option<Response> {
    let name = name(section, first);
    let return_code = section
        .number("return_code")
        .and_then(|code| u16::try_from(code).ok());
    let headers = section.written("headers");
    let headers = headers.map_or(Some(Vec::new()), |headers| {
        header_fields::of_answers(&headers)
    });
    let carries = carries::read(section, headers.as_deref());
    let when = when(section, name.as_deref());
    let delay = section.written("delay").map(|delay| delay.delay());
    let fault = fault(section);
    let set = section.written("set").map(|set| set_state(&set, path));
    let then = then::all(section, others);
    let name = name?;
    let usual = match name.as_str() {
        "not_found" => 404,
        "method_not_allowed" => 405,
        _ => 200,
    };
    let return_code = return_code.unwrap_or(usual);
    refuse_content(section, return_code);
    refuse_status(section, carries.as_ref());
    Some(Response {
        name,
        line: section.place().line,
        return_code,
        headers: headers?,
        carries: carries?,
        when: when?,
        delay: delay.map_or(Some(None), |delay| delay.map(Some))?,
        fault: fault.ok()?,
        set: set.map_or(Some(Vec::new()), |set| set)?,
        then: then?,
    })
}

fn name(section: &Fields<'_>, first: bool) -> Option<String> {
    if !section.has("name") {
        if first {
            return Some("ok".to_owned());
        }
        let hint = "add `name: …`: one response of an endpoint may have none, and is `ok`";
        let report = section.reader.report;
        report.error(section.place(), "a response needs a `name` here", hint);
        return None;
    }
    let written = section.written("name")?;
    let name = written.id()?;
    let unchosen = Response::UNCHOSEN;
    if !unchosen.contains(&name.as_str())
        && let Some(meant) = nearest(&name, unchosen)
    {
        let message = format!("{} is chosen like any other response", written.shown());
        written.warn(message, format!("did you mean `{meant}`?"));
    }
    Some(name)
}

/// The conditions; the two responses that nobody chooses have none.
fn when(section: &Fields<'_>, name: Option<&str>) -> Option<When> {
    let rule = section.written("if").map(|rule| rule::reply(&rule));
    let times = section.number("times");
    let times = times.and_then(|times| NonZeroU32::new(u32::try_from(times).ok()?));
    let chance = section.written("chance").map(|chance| chance.chance());
    if let Some(name) = name.filter(|name| Response::UNCHOSEN.contains(name)) {
        for key in ["if", "times", "chance"] {
            if section.has(key) {
                section.reader.report.error(
                    section.key_place(key),
                    format!("`{key}` means nothing: `{name}` is never chosen by conditions"),
                    "remove it, or give the response another name",
                );
            }
        }
    }
    Some(When {
        rule: rule.map_or(Some(None), |rule| rule.map(Some))?,
        times,
        chance: chance.map_or(Some(None), |chance: Option<Chance>| chance.map(Some))?,
    })
}

fn fault(section: &Fields<'_>) -> Result<Option<Fault>, Unread> {
    let after = section.size_or_preset("after");
    if !section.has("fault") {
        if section.has("after") {
            section.reader.report.error(
                section.key_place("after"),
                "`after` means nothing without `fault`",
                "add `fault: reset`, or remove it; to wait, write `delay`",
            );
        }
        return Ok(None);
    }
    let kinds = [
        FaultKind::Reset,
        FaultKind::Empty,
        FaultKind::Garbage,
        FaultKind::Truncate,
        FaultKind::Hang,
    ];
    let kind = section.choice("fault", &kinds).ok_or(Unread)?;
    Ok(Some(Fault { kind, after }))
}

/// All of it, or none; everything that is wrong is told.
fn set_state(written: &Written<'_>, of: &str) -> Option<Vec<Assignment>> {
    let Value::Map(entries) = &written.node.value else {
        if !written.is_unknown() {
            let message = format!("`set` must be a map, and is {}", written.node.is_a());
            written.error(message, "write `\"orders.{id}\": paid`");
        }
        return None;
    };
    let assignment = |Entry { key, place, value }: &Entry| {
        let path = StatePath::parse(key);
        let path = path.map_err(|message| written.reader.report.error(*place, message, ""));
        let path = path.ok();
        let params = path.iter().flat_map(StatePath::params);
        let has = |name: &str| Params::written(of).any(|own| own == name);
        for name in params.filter(|name| !has(name)) {
            let message = format!("the endpoint's path has no `{{{name}}}`: this is never set");
            let hint = "write a parameter of its path, or a name without braces";
            written.reader.report.warn(*place, message, hint);
        }
        let value = json_template(&Written {
            name: key,
            node: value,
            ..*written
        });
        Some(Assignment {
            path: path?,
            value: value?,
        })
    };
    let assignments: Vec<Option<Assignment>> = entries.iter().map(assignment).collect();
    assignments.into_iter().collect()
}

/// RFC 6455 §4.2.2: the answer that opens a WebSocket has one status.
fn refuse_status(section: &Fields<'_>, carries: Option<&Carries>) {
    let opens = matches!(carries, Some(Carries::Stream(script)) if script.form == Form::Ws);
    if opens && section.has("return_code") {
        section.reader.report.error(
            section.key_place("return_code"),
            "a WebSocket is opened by 101, and by nothing else",
            "remove it, or write `as: sse`",
        );
    }
}

/// RFC 9110 §15.3.5, §15.3.6, §15.4.5.
fn refuse_content(section: &Fields<'_>, return_code: u16) {
    if !matches!(return_code, 204 | 205 | 304) {
        return;
    }
    let is_empty = |written: &Written<'_>| match &written.node.value {
        Value::Scalar(scalar) => scalar.text.trim().is_empty(),
        Value::Null | Value::Unknown => true,
        Value::List(_) | Value::Map(_) => false,
    };
    for kind in carries::KINDS {
        if let Some(written) = section.written(kind.key).filter(|one| !is_empty(one)) {
            let hint = "remove it, or use another `return_code`";
            written.error(format!("an answer of {return_code} has no content"), hint);
        }
    }
}
