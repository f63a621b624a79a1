//! One rendering: what its functions and its output go by.

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use minijinja::value::{Object, Value, ValueKind};
use minijinja::{Error, ErrorKind, Output, State};
use serde_json::Value as Json;

use super::Escape;
use crate::dice::Dice;
use crate::facts::{Facts, Sequences};

/// By which functions find it among the template's variables; no template can write this name.
pub(super) const NAME: &str = "\u{0}run";

/// One rendering.
#[derive(Debug)]
pub(super) struct Run {
    /// None where the value of an expression is wanted and not its text.
    escape: Option<Escape>,
    now_ms: i64,
    sequences: Option<Arc<Sequences>>,
    /// Never waited for: a rendering is one thread's.
    live: Mutex<Live>,
}

/// What changes while it renders.
#[derive(Debug)]
struct Live {
    dice: Dice,
    value: Option<Json>,
    undefined: u32,
}

/// What a function was called with, that no request can make right.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub(super) struct Mistake(String);

impl Mistake {
    pub(super) fn error(message: impl Into<String>) -> Error {
        let message = message.into();
        Error::new(ErrorKind::InvalidOperation, message.clone()).with_source(Self(message))
    }

    /// What a mistake says, if that is what an error comes from.
    pub(super) fn of(error: &Error) -> Option<&str> {
        let mut source: Option<&(dyn std::error::Error + 'static)> = Some(error);
        while let Some(error) = source {
            if let Some(Self(message)) = error.downcast_ref() {
                return Some(message);
            }
            source = error.source();
        }
        None
    }
}

impl Run {
    /// Of a text, or, without an `escape`, of one value.
    pub(super) fn new(facts: &Facts<'_>, escape: Option<Escape>) -> Self {
        let dice = facts.dice.map(|dice| dice.borrow().clone());
        let live = Live {
            dice: dice.unwrap_or_else(|| Dice::new(0, facts.session, facts.id, facts.count)),
            value: None,
            undefined: 0,
        };
        Self {
            escape,
            now_ms: facts.now_ms,
            sequences: facts.sequences.cloned(),
            live: Mutex::new(live),
        }
    }

    /// The value of its expression, and how many values were not there. What was thrown is thrown
    /// for the request's next rendering too.
    pub(super) fn end(&self, facts: &Facts<'_>) -> (Option<Json>, u32) {
        let mut live = self.live();
        if let Some(dice) = facts.dice {
            dice.borrow_mut().clone_from(&live.dice);
        }
        (live.value.take(), live.undefined)
    }

    pub(super) fn now_ms(&self) -> i64 {
        self.now_ms
    }

    pub(super) fn throw<T>(&self, with: impl FnOnce(&mut Dice) -> T) -> T {
        with(&mut self.live().dice)
    }

    /// The next number of a sequence; None where it can have no more.
    pub(super) fn next(&self, name: &str) -> Option<u64> {
        match &self.sequences {
            Some(sequences) => sequences.next(name),
            None => Some(1),
        }
    }

    fn live(&self) -> MutexGuard<'_, Live> {
        self.live.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Object for Run {
    fn render(self: &Arc<Self>, _: &mut fmt::Formatter<'_>) -> fmt::Result {
        Ok(())
    }
}

/// The rendering that a function is called in.
pub(super) fn of(state: &State<'_, '_>) -> Result<Arc<Run>, Error> {
    let found = state.lookup(NAME);
    let run = found.and_then(|value| value.downcast_object::<Run>());
    run.ok_or_else(|| Error::new(ErrorKind::InvalidOperation, "no request is being answered"))
}

/// Writes a value as its content takes it: a text escaped, anything else as JSON.
pub(super) fn format(
    out: &mut Output<'_>,
    state: &mut State<'_, '_>,
    value: &Value,
) -> Result<(), Error> {
    let run = of(state)?;
    if value.is_undefined() {
        run.live().undefined += 1;
        return Ok(());
    }
    let Some(escape) = run.escape else {
        run.live().value = Some(json_of(value)?);
        return Ok(());
    };
    let written = match (value.as_str(), value.kind()) {
        (Some(text), _) if value.is_safe() => out.write_str(text),
        (Some(text), _) => out.write_str(&escape.escaped(text)),
        (None, ValueKind::Number) if value.is_integer() => write!(out, "{value}"),
        (None, _) => out.write_str(&escape.json(&json_of(value)?)),
    };
    written.map_err(Error::from)
}

fn json_of(value: &Value) -> Result<Json, Error> {
    serde_json::to_value(value).map_err(|error| {
        Error::new(
            ErrorKind::BadSerialization,
            "this is nothing that JSON can say",
        )
        .with_source(error)
    })
}
