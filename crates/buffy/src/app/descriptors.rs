//! The limit of descriptors of this process.

/// Raises the soft limit of descriptors to the hard one, and says what it is now.
pub(super) fn raise() -> usize {
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
    let limit = getrlimit(Resource::Nofile);
    let raised = Rlimit {
        current: limit.maximum,
        maximum: limit.maximum,
    };
    let now = match setrlimit(Resource::Nofile, raised) {
        Ok(()) => limit.maximum,
        Err(error) => {
            tracing::warn!(%error, "the limit of descriptors could not be raised");
            limit.current
        }
    };
    now.map_or(1 << 20, |limit| {
        usize::try_from(limit).unwrap_or(usize::MAX)
    })
}
