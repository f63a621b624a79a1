//! The format of the file: types of its own, and a version.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::Path;

use serde::{Deserialize, Serialize};

use super::StateError;

pub(super) const VERSION: u32 = 1;

/// What operators said about one upstream, in the order in which they said it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OperatorState {
    pub entries: Vec<Entry>,
}

/// One close or stop that stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Entry {
    pub actor: String,
    /// Milliseconds since the Unix epoch.
    pub since_ms: u64,
    pub order: StandingOrder,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase", deny_unknown_fields)]
pub enum StandingOrder {
    Close { reason: String, holds: Holds },
    Stop { message: String },
}

/// Which requests a close holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Holds {
    All,
    Writes,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Gates {
    #[expect(
        dead_code,
        reason = "read by GatesVersion; here so that it is a known key"
    )]
    version: u32,
    upstreams: BTreeMap<String, OperatorState>,
}

#[derive(Deserialize)]
struct GatesVersion {
    version: u32,
}

/// The entries of every upstream; none where there is no file.
pub(super) fn read_gates(path: &Path) -> Result<BTreeMap<String, OperatorState>, StateError> {
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
    let GatesVersion { version } = serde_json::from_slice(&text).map_err(corrupt)?;
    if version != VERSION {
        return Err(StateError::Version {
            path: path.to_owned(),
            found: version,
        });
    }
    let gates: Gates = serde_json::from_slice(&text).map_err(corrupt)?;
    Ok(gates.upstreams)
}

/// The text of the file.
pub(super) fn gates_text(
    upstreams: &BTreeMap<String, OperatorState>,
) -> Result<Vec<u8>, serde_json::Error> {
    #[derive(Serialize)]
    struct Written<'a> {
        version: u32,
        upstreams: &'a BTreeMap<String, OperatorState>,
    }
    serde_json::to_vec_pretty(&Written {
        version: VERSION,
        upstreams,
    })
}
