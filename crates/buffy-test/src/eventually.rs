//! Waiting on a state, never for luck.

use std::time::{Duration, Instant};

/// How long a test waits for what should come at once.
pub const DEADLINE: Duration = Duration::from_secs(20);

/// Between two looks at a state.
pub const POLL: Duration = Duration::from_millis(2);

/// Waits until the condition holds.
///
/// # Panics
/// When it does not within [`DEADLINE`], with what was waited for.
#[track_caller]
pub fn eventually(what: &str, mut condition: impl FnMut() -> bool) {
    eventually_some(what, || condition().then_some(()));
}

/// Waits until there is a value, and returns it.
///
/// # Panics
/// When there is none within [`DEADLINE`], with what was waited for.
#[track_caller]
pub fn eventually_some<T>(what: &str, mut look: impl FnMut() -> Option<T>) -> T {
    let end = Instant::now() + DEADLINE;
    loop {
        if let Some(found) = look() {
            return found;
        }
        assert!(Instant::now() < end, "not within {DEADLINE:?}: {what}");
        pause(POLL);
    }
}

/// Looks again and again for so long, for what must *not* happen.
///
/// # Panics
/// As soon as the condition does not hold, with what should have held.
#[track_caller]
pub fn for_a_while(what: &str, span: Duration, mut condition: impl FnMut() -> bool) {
    let end = Instant::now() + span;
    while Instant::now() < end {
        assert!(condition(), "no longer so: {what}");
        pause(POLL);
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "the one poll: it sits between two looks at a state"
)]
fn pause(span: Duration) {
    std::thread::sleep(span);
}
