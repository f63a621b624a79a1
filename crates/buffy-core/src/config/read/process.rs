//! What holds for the whole process.

use super::fields::Fields;
use super::written::Written;
use super::{content, header_fields};
use crate::config::{
    AnswersSettings, Content, Limits, Log, LogFormat, NoEndpoint, SessionFrom, Shutdown,
};
use crate::template::{Template, Variable};

/// What is held at most where nothing is written.
const HELD: usize = 10_000;

/// `max_queues` is the largest `max_queue` of the file, which a default never undercuts.
pub(super) fn limits(buffy: &Fields<'_>, max_queues: usize) -> Limits {
    let limits = buffy.section_or_presets("limits");
    let held = limits
        .number("held")
        .and_then(|held| usize::try_from(held).ok());
    Limits {
        held: held.unwrap_or(max_queues.max(HELD)),
        held_heads: limits.size_or_preset("held_heads"),
        held_memory: limits.size_or_preset("held_memory"),
        held_spill: limits.size_or_preset("held_spill"),
        header_bytes: limits.size_or_preset("header_bytes"),
        target_bytes: limits.size_or_preset("target_bytes"),
        fields: limits.number_or_preset("fields"),
        header_timeout: limits.duration_or_preset("header_timeout"),
        keep_alive: limits.duration_or_preset("keep_alive"),
    }
}

pub(super) fn answers(buffy: &Fields<'_>) -> AnswersSettings {
    let session = buffy.written("session");
    AnswersSettings {
        session: session.and_then(|session| session_from(&session)),
        seed: buffy.number_or_preset("seed"),
        cors: buffy.flag("cors"),
        journal: buffy.number_or_preset("journal"),
    }
}

/// `header X-Buffy-Session`.
fn session_from(written: &Written<'_>) -> Option<SessionFrom> {
    let text = written.text()?;
    let Some(name) = text.trim().strip_prefix("header ") else {
        let hint = "write `session: header X-Buffy-Session`";
        written.error(format!("{} names no field", written.shown()), hint);
        return None;
    };
    let header = header_fields::session(written, name.trim())?;
    Some(SessionFrom { header })
}

pub(super) fn no_endpoint(buffy: &Fields<'_>) -> NoEndpoint {
    let section = buffy.section_or_presets("no_endpoint");
    let written = section.written("content");
    let content =
        written.and_then(|written| content::of_refusals(&written, None, Variable::OF_REPLIES));
    let preset = || {
        let preset = section.preset("content");
        Content::Inline {
            template: Template::literal(preset),
            content_type: content::JSON,
        }
    };
    NoEndpoint {
        return_code: section.number_or_preset("return_code"),
        content: content.unwrap_or_else(preset),
    }
}

pub(super) fn log(buffy: &Fields<'_>) -> Log {
    let log = buffy.section_or_presets("log");
    let formats = [LogFormat::Auto, LogFormat::Json, LogFormat::Human];
    Log {
        format: log.choice_or_preset("format", &formats),
        access: log.flag("access"),
    }
}

pub(super) fn shutdown(buffy: &Fields<'_>) -> Shutdown {
    let shutdown = buffy.section_or_presets("shutdown");
    Shutdown {
        delay: shutdown.duration_or_preset("delay"),
        hold: shutdown.duration_or_preset("hold"),
        grace: shutdown.duration_or_preset("grace"),
    }
}
