//! Streams of events.

use std::num::NonZeroU32;
use std::path::PathBuf;
use std::sync::Arc;

use super::fields::Fields;
use super::template::{json_template, template};
use super::written::{Unread, Written};
use super::{path, rule};
use crate::delay::Delay;
use crate::stream::{
    APART, At, End, Event, Form, Mistake, Pace, Payload, Profile, Recording, Repeat, Reply, Script,
    Told,
};

/// The stream of a response; none where something is wrong with it.
pub(super) fn read(response: &Fields<'_>) -> Option<Script> {
    let section = response.section("stream")?;
    let apart = refuse_apart(&section);
    let forms = Form::NAMES.iter().map(|(_, form)| *form);
    let form = section.choice_or_preset("as", &forms.collect::<Vec<_>>());
    let delay = delay(&section, "delay");
    let every = self::delay(&section, "every");
    let profile = section
        .section("profile")
        .map(|profile| self::profile(&profile));
    let end = section.choice("end", &ENDS);
    let repeat = repeat(&section);
    let (events, of_events) = events(&section);
    let recording = recording(&section);
    let (replies, of_replies) = replies(&section);
    let profile = profile.map_or(Some(None), |profile| profile.map(Some));
    let pace = match (profile?, every.ok()?) {
        (Some(profile), _) => Pace::Profile(profile),
        (None, every) => Pace::Every(every),
    };
    let script = Script {
        form,
        delay: delay.ok()?,
        pace,
        told: match recording.ok()? {
            Some(recording) => recording,
            None => Told::Events(events?),
        },
        repeat: repeat?,
        end: end.unwrap_or_else(|| form.usual_end()),
        replies: replies?,
    };
    for Mistake { at, message, hint } in script.mistakes() {
        let told_at = match at {
            At::Stream(key) => section.key_place(key),
            At::Event(index, key) => of_events.get(index)?.key_place(key),
            At::Reply(index, key) => of_replies.get(index)?.key_place(key),
        };
        section.reader.report.error(told_at, message, hint);
    }
    apart.then_some(script)
}

/// As [`End::NAMES`] has them.
const ENDS: [End; 4] = [End::Close, End::Keep, End::Reset, End::Truncate];
/// What does not stay open.
const LAST: [End; 3] = [End::Close, End::Reset, End::Truncate];

/// Whether no key stands beside one that says the same.
fn refuse_apart(section: &Fields<'_>) -> bool {
    let mut good = true;
    for (one, other, message) in APART {
        if section.has(one) && section.has(other) {
            let report = section.reader.report;
            let hint = format!("remove `{other}` or `{one}`");
            report.error(section.key_place(other), *message, hint);
            good = false;
        }
    }
    if section.has("speed") && !section.has("file") {
        let report = section.reader.report;
        let message = "`speed` means nothing without `file`";
        report.error(
            section.key_place("speed"),
            message,
            "write `every`, or remove it",
        );
        good = false;
    }
    good
}

/// The time under a key, if it is written.
fn delay(section: &Fields<'_>, name: &'static str) -> Result<Option<Delay>, Unread> {
    let written = section.written(name);
    let delay = written.map(|written| written.delay().ok_or(Unread));
    delay.transpose()
}

fn profile(section: &Fields<'_>) -> Option<Profile> {
    let (ttft, tps) = (section.duration("ttft"), section.factor("tps"));
    let jitter = section.factor("jitter");
    if jitter.is_some_and(|jitter| jitter > 1.0) {
        let report = section.reader.report;
        let message = "`jitter` is a share of the gaps, 1 at most";
        report.error(
            section.key_place("jitter"),
            message,
            "write `0.2` for a fifth",
        );
    }
    Some(Profile {
        ttft: ttft?,
        tps: tps?,
        jitter: jitter?,
    })
}

fn repeat(section: &Fields<'_>) -> Option<Repeat> {
    let Some(written) = section.written("repeat") else {
        return Some(Repeat::Times(NonZeroU32::MIN));
    };
    let text = written.text()?;
    if text == "forever" {
        return Some(Repeat::Forever);
    }
    let times = text.parse().ok().map(Repeat::Times);
    if times.is_none() {
        let message = format!("{} is no number of times", written.shown());
        written.error(message, "write a whole number of at least 1, or `forever`");
    }
    times
}

/// All of them or none, and where they stand.
fn events<'r>(section: &Fields<'r>) -> (Option<Vec<Event>>, Vec<Fields<'r>>) {
    let sections = section.sections("events");
    let events: Vec<Option<Event>> = sections.iter().map(event).collect();
    (events.into_iter().collect(), sections)
}

fn event(section: &Fields<'_>) -> Option<Event> {
    let text = |name| match section.written(name) {
        Some(written) => template(&written).map(Some),
        None => Some(None),
    };
    let wait = delay(section, "wait");
    let (comment, event, id) = (text("comment"), text("event"), text("id"));
    let retry = section.duration("retry");
    let end = section.choice("end", &LAST);
    let data = match (section.written("data"), section.written("text")) {
        (Some(_), Some(text)) => {
            text.error(
                "`data` and `text` are both what is sent",
                "remove one of them",
            );
            None
        }
        (Some(data), None) => json_template(&data).map(|data| Some(Payload::Json(data))),
        (None, Some(text)) => template(&text).map(|text| Some(Payload::Text(text))),
        (None, None) => Some(None),
    };
    Some(Event {
        wait: wait.ok()?,
        comment: comment?,
        event: event?,
        id: id?,
        retry,
        data: data?,
        end,
    })
}

/// All of them or none, and where they stand.
fn replies<'r>(section: &Fields<'r>) -> (Option<Vec<Reply>>, Vec<Fields<'r>>) {
    let sections = section.sections("reply");
    let replies: Vec<Option<Reply>> = sections.iter().map(reply).collect();
    (replies.into_iter().collect(), sections)
}

fn reply(section: &Fields<'_>) -> Option<Reply> {
    let rule = section.written("if").map(|rule| rule::message(&rule));
    let wait = delay(section, "wait");
    let send = section.written("send").map(|send| json_template(&send));
    let to_all = section.choice_or_preset("to", &[false, true]);
    let end = section.choice("end", &LAST);
    Some(Reply {
        rule: rule.map_or(Some(None), |rule| rule.map(Some))?,
        wait: wait.ok()?,
        send: match send {
            Some(send) => Some(Payload::Json(send?)),
            None => None,
        },
        to_all,
        end,
    })
}

/// The recording, if one is written.
fn recording(section: &Fields<'_>) -> Result<Option<Told>, Unread> {
    let speed = section.factor("speed");
    let Some(written) = section.written("file") else {
        return Ok(None);
    };
    let (path, recording) = recorded(&written).ok_or(Unread)?;
    Ok(Some(Told::Recording {
        path,
        recording,
        speed: speed.ok_or(Unread)?,
    }))
}

fn recorded(written: &Written<'_>) -> Option<(PathBuf, Arc<Recording>)> {
    let (path, bytes) = path::file(written)?;
    match Recording::parse(&bytes) {
        Ok(recording) => Some((path, Arc::new(recording))),
        Err(error) => {
            written.error(format!("{}: {error}", written.shown()), "");
            None
        }
    }
}
