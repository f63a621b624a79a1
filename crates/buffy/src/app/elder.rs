//! The Buffy that was taken over from: followed until it is gone.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::bound::StartError;
use crate::admin::Control;
use crate::takeover::{Elder, Left};
use crate::tasks;
use crate::upstream::state::{Follower, StateDir};

/// Between two looks at what the elder still has.
const LOOK: Duration = Duration::from_millis(10);
/// Whoever waits here does not wait longer for those who wait there, once he may go.
const GOES_FIRST: Duration = Duration::from_secs(5);

/// Tells the elder that everything is started here: it accepts no more.
pub(super) fn succeed(elder: &Elder) -> Result<(), StartError> {
    match elder.ready() {
        Ok(()) => tracing::info!("taken over: the Buffy before this one accepts no more"),
        // Its sockets and its state are here: nothing is missing.
        Err(error) if elder.has_gone() => {
            tracing::warn!(%error, "the Buffy before this one has gone while it was taken over");
        }
        Err(source) => return Err(StartError::TakeOver { source }),
    }
    Ok(())
}

/// What operators say is told to the elder, too; and those who wait there go first. Called on the
/// control runtime, when the elder accepts no more.
pub(super) fn follow(elder: Arc<Elder>, control: Arc<Control>, kept: Arc<StateDir>) {
    let told = Arc::clone(&elder);
    kept.set_follower(Some(Follower(Box::new(move |operators| {
        if let Err(error) = told.follow(operators) {
            tracing::warn!(%error, "what operators said was not told to the Buffy before this one");
        }
    }))));
    control.set_elder(Some(Arc::clone(&elder)));
    drop(tasks::spawn("elder", async move {
        let mut open = HashMap::new();
        loop {
            let asked = Arc::clone(&elder);
            // It may take its time.
            let left = tasks::spawn_blocking(move || asked.left()).await;
            let Ok(Ok(left)) = left else { break };
            look(&control, &left, &mut open);
            tokio::time::sleep(LOOK).await;
        }
        kept.set_follower(None);
        control.set_elder(None);
        look(&control, &[], &mut open);
        tracing::info!("the Buffy before this one has gone");
    }));
}

/// Returns when the one before this one has gone, or after so long.
pub(super) async fn gone(control: &Control, within: Duration) {
    let end = Instant::now() + within;
    while control.elder().is_some() && Instant::now() < end {
        tokio::time::sleep(LOOK).await;
    }
}

/// Lets those go who need not wait for others any more.
fn look(control: &Control, left: &[Left], open: &mut HashMap<String, Instant>) {
    for upstream in &control.present().upstreams {
        let id = upstream.id();
        let left = left.iter().find(|left| left.upstream == id);
        upstream.elder_has_inflight(left.map_or(0, |left| left.inflight));
        if left.is_none_or(|left| left.held == 0) {
            upstream.go_ahead();
        } else if upstream.is_open_for_reads() {
            let since = open.entry(id.to_owned()).or_insert_with(Instant::now);
            if since.elapsed() >= GOES_FIRST {
                upstream.go_ahead();
            }
        } else {
            open.remove(id);
        }
    }
}
