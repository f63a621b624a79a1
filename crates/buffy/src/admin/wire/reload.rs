//! What a reload changed, as it is answered.

use buffy_core::config::{Changes, Difference};
use serde::Serialize;

/// What a reload changed, by id.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(in crate::admin) struct Reloaded {
    listeners: Ids,
    upstreams: Ids,
    endpoints: Ids,
    /// Settings of the whole process that changed and are applied.
    settings: Vec<&'static str>,
    /// Settings that changed in the file, and stay as they were until a restart.
    needs_restart: Vec<&'static str>,
}

#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct Ids {
    added: Vec<String>,
    changed: Vec<String>,
    removed: Vec<String>,
}

impl From<Changes> for Reloaded {
    fn from(changes: Changes) -> Self {
        let Changes {
            listeners,
            upstreams,
            endpoints,
            settings,
            needs_restart,
        } = changes;
        Self {
            listeners: listeners.into(),
            upstreams: upstreams.into(),
            endpoints: endpoints.into(),
            settings,
            needs_restart,
        }
    }
}

impl From<Difference> for Ids {
    fn from(difference: Difference) -> Self {
        let Difference {
            added,
            changed,
            removed,
        } = difference;
        Self {
            added,
            changed,
            removed,
        }
    }
}
