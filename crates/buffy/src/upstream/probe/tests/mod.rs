//! Looks at targets and documents that are well, ill, slow, or not there; and when they are taken.

mod polls;
mod probes;
mod rhythm;

use std::sync::{Arc, Mutex};
use std::time::Duration;

use buffy_core::gate::Input;
use buffy_test::{DEADLINE, FakeUpstream, OneThread};

use super::Report;
use crate::upstream::address::Addresses;

/// What was reported, in order.
type Reported = Arc<Mutex<Vec<Input>>>;

fn reports() -> (Reported, Report) {
    let reported = Reported::default();
    let into = Arc::clone(&reported);
    (
        reported,
        Box::new(move |input| into.lock().unwrap().push(input)),
    )
}

fn addresses(rt: &OneThread, target: &FakeUpstream) -> Addresses {
    Addresses::of("127.0.0.1", target.port(), rt.handle().clone())
}

/// Short for what must time out, long for what must not.
fn within(short: bool) -> Duration {
    if short {
        Duration::from_millis(80)
    } else {
        DEADLINE
    }
}
