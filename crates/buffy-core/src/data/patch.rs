//! Changes of a document: merge-patch (RFC 7396) and json-patch (RFC 6902).

use json_patch::{PatchErrorKind, PatchOperation};
use serde_json::Value as Json;
use thiserror::Error;

/// Operations of one json-patch; each may copy a part, so that few could make much.
const OPERATIONS_MAX: usize = 1_000;

/// Bytes of JSON that a patched document may have.
const BYTES_MAX: usize = 16 << 20;

/// Why a document could not be patched.
#[derive(Debug, Error)]
pub(super) enum PatchError {
    #[error("the json-patch is not a list of operations")]
    Malformed {
        #[source]
        source: serde_json::Error,
    },
    #[error("the json-patch has {0} operations; at most {OPERATIONS_MAX} are carried out")]
    TooMany(usize),
    #[error("operation {} of the json-patch, on `{path}`: the test failed", index + 1)]
    Test { index: usize, path: String },
    #[error("operation {} of the json-patch, on `{path}`, cannot be carried out", index + 1)]
    Operation {
        index: usize,
        path: String,
        source: PatchErrorKind,
    },
    #[error("operation {} of the json-patch makes the document larger than 16 MiB", index + 1)]
    TooLarge { index: usize },
}

impl PatchError {
    /// It and its cause, for who sent the patch.
    pub(super) fn detail(&self) -> String {
        match self {
            Self::Malformed { source } => format!("{self}: {source}"),
            Self::Operation { source, .. } => format!("{self}: {source}"),
            Self::TooMany(_) | Self::Test { .. } | Self::TooLarge { .. } => self.to_string(),
        }
    }

    /// The status that says so (RFC 5789 §2.2).
    pub(super) fn status(&self) -> u16 {
        match self {
            Self::Malformed { .. } | Self::TooMany(_) => 400,
            Self::Test { .. } | Self::Operation { .. } => 409,
            Self::TooLarge { .. } => 413,
        }
    }
}

/// A merge-patch applied: fields are replaced, those with null removed.
pub(super) fn merge(document: &mut Json, patch: &Json) {
    json_patch::merge(document, patch);
}

/// A json-patch applied, whole or, with an error, to a document that is to be thrown away.
pub(super) fn apply(document: &mut Json, patch: &[u8]) -> Result<(), PatchError> {
    let operations: Vec<PatchOperation> =
        serde_json::from_slice(patch).map_err(|source| PatchError::Malformed { source })?;
    if operations.len() > OPERATIONS_MAX {
        return Err(PatchError::TooMany(operations.len()));
    }
    for (index, operation) in operations.iter().enumerate() {
        let one = std::slice::from_ref(operation);
        json_patch::patch_unsafe(document, one).map_err(|error| {
            let at = error.path.to_string();
            if matches!(error.kind, PatchErrorKind::TestFailed) {
                return PatchError::Test { index, path: at };
            }
            PatchError::Operation {
                index,
                path: at,
                source: error.kind,
            }
        })?;
        // Only a copy makes more of a document than the patch itself has.
        if matches!(operation, PatchOperation::Copy(_)) && weight(document) > BYTES_MAX {
            return Err(PatchError::TooLarge { index });
        }
    }
    Ok(())
}

/// About the bytes of its JSON.
fn weight(value: &Json) -> usize {
    match value {
        Json::Null | Json::Bool(_) | Json::Number(_) => 8,
        Json::String(text) => text.len() + 2,
        Json::Array(list) => 2 + list.iter().map(weight).sum::<usize>(),
        Json::Object(fields) => {
            let members = fields
                .iter()
                .map(|(name, value)| name.len() + 4 + weight(value));
            2 + members.sum::<usize>()
        }
    }
}
