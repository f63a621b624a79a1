//! The format of the file: types of its own, and a version.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::Path;

use buffy_core::gate::{Close, Holds, Operator, Stop};
use serde::{Deserialize, Serialize};

use super::StateError;

pub(super) const VERSION: u32 = 1;

/// The entries of every upstream, by its id.
pub(super) type Upstreams = BTreeMap<String, KeptOperator>;

/// What operators said about one upstream.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct KeptOperator {
    closes: Vec<KeptClose>,
    stops: Vec<KeptStop>,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct KeptClose {
    id: u64,
    actor: String,
    reason: String,
    holds: KeptHolds,
    at_ms: u64,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct KeptStop {
    id: u64,
    actor: String,
    message: String,
    at_ms: u64,
}

#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
enum KeptHolds {
    All,
    Writes,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Gates<T> {
    version: u32,
    upstreams: T,
}

/// Read first: what follows a version that is not known is anybody's guess.
#[derive(Deserialize)]
struct Versioned {
    version: u32,
}

/// The entries of every upstream; none where there is no file.
pub(super) fn read_gates(path: &Path) -> Result<Upstreams, StateError> {
    let text = match fs::read(path) {
        Ok(text) => text,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(BTreeMap::new()),
        Err(source) => {
            return Err(StateError::Read {
                path: path.to_owned(),
                source,
            });
        }
    };
    let corrupt = |source| StateError::Corrupt {
        path: path.to_owned(),
        source,
    };
    let Versioned { version } = serde_json::from_slice(&text).map_err(corrupt)?;
    if version != VERSION {
        return Err(StateError::Version {
            path: path.to_owned(),
            found: version,
        });
    }
    let gates: Gates<Upstreams> = serde_json::from_slice(&text).map_err(corrupt)?;
    Ok(gates.upstreams)
}

/// The text of the file.
pub(super) fn gates_text(upstreams: &Upstreams) -> Result<Vec<u8>, serde_json::Error> {
    serde_json::to_vec_pretty(&Gates {
        version: VERSION,
        upstreams,
    })
}

impl From<&Operator> for KeptOperator {
    fn from(operator: &Operator) -> Self {
        let close = |close: &Close| KeptClose {
            id: close.id,
            actor: close.actor.clone(),
            reason: close.reason.clone(),
            holds: match close.holds {
                Holds::All => KeptHolds::All,
                Holds::Writes => KeptHolds::Writes,
            },
            at_ms: close.at_ms,
        };
        let stop = |stop: &Stop| KeptStop {
            id: stop.id,
            actor: stop.actor.clone(),
            message: stop.message.clone(),
            at_ms: stop.at_ms,
        };
        Self {
            closes: operator.closes().iter().map(close).collect(),
            stops: operator.stops().iter().map(stop).collect(),
        }
    }
}

impl From<&KeptOperator> for Operator {
    fn from(kept: &KeptOperator) -> Self {
        let close = |close: &KeptClose| Close {
            id: close.id,
            actor: close.actor.clone(),
            reason: close.reason.clone(),
            holds: match close.holds {
                KeptHolds::All => Holds::All,
                KeptHolds::Writes => Holds::Writes,
            },
            at_ms: close.at_ms,
        };
        let stop = |stop: &KeptStop| Stop {
            id: stop.id,
            actor: stop.actor.clone(),
            message: stop.message.clone(),
            at_ms: stop.at_ms,
        };
        Self::new(
            kept.closes.iter().map(close).collect(),
            kept.stops.iter().map(stop).collect(),
        )
    }
}
