//! One rendering: what its functions and its output go by.

use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Mutex, PoisonError};

use minijinja::value::{Object, Value};
use minijinja::{Error, ErrorKind, Output, State};
use serde_json::Value as Json;

use super::Escape;

/// By which functions find it among the template's variables; no template can write this name.
pub(super) const NAME: &str = "\u{0}run";

/// One rendering.
#[derive(Debug)]
pub(super) struct Run {
    escape: Escape,
    /// The value of an expression is wanted and not its text.
    lone: bool,
    value: Mutex<Option<Json>>,
    undefined: AtomicU32,
}

impl Run {
    pub(super) fn new(escape: Escape) -> Self {
        Self {
            escape,
            lone: false,
            value: Mutex::new(None),
            undefined: AtomicU32::new(0),
        }
    }

    pub(super) fn lone() -> Self {
        Self {
            lone: true,
            ..Self::new(Escape::Plain)
        }
    }

    pub(super) fn undefined(&self) -> u32 {
        self.undefined.load(Ordering::Relaxed)
    }

    pub(super) fn value(&self) -> Option<Json> {
        self.value
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take()
    }
}

impl Object for Run {}

/// Writes a value as its content takes it.
pub(super) fn format(
    out: &mut Output<'_>,
    state: &mut State<'_, '_>,
    value: &Value,
) -> Result<(), Error> {
    let found = state.lookup(NAME);
    let run = found.as_ref().and_then(Value::downcast_object_ref::<Run>);
    let run = run.ok_or_else(|| Error::new(ErrorKind::InvalidOperation, "there is no request"))?;
    if value.is_undefined() {
        run.undefined.fetch_add(1, Ordering::Relaxed);
        return Ok(());
    }
    if run.lone {
        let json = serde_json::to_value(value).unwrap_or_default();
        *run.value.lock().unwrap_or_else(PoisonError::into_inner) = Some(json);
        return Ok(());
    }
    let mut bytes = Vec::new();
    match value.as_str() {
        Some(text) if value.is_safe() => bytes.extend_from_slice(text.as_bytes()),
        Some(text) => run.escape.push(text, &mut bytes),
        None => run
            .escape
            .push_json(&serde_json::to_value(value).unwrap_or_default(), &mut bytes),
    }
    out.write_str(&String::from_utf8_lossy(&bytes))
        .map_err(Error::from)
}
