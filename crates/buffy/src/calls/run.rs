//! Doing errands, each in its own time.

use std::sync::Arc;

use tokio::sync::mpsc::Receiver;

use super::{Accepted, Errand, Step};
use crate::client::Client;
use crate::outbox::Tally;
use crate::session::Clock;
use crate::tasks;

/// What errands are done with.
#[derive(Clone, Debug)]
pub(super) struct Doer {
    pub(super) client: Client,
    pub(super) clock: Clock,
    pub(super) tally: Arc<Tally>,
}

/// Begins each errand as it comes, until nobody hands any over.
pub(super) async fn each(doer: Doer, mut queue: Receiver<Accepted>) {
    while let Some(Accepted { errand, place }) = queue.recv().await {
        let doer = doer.clone();
        drop(tasks::spawn("what follows an answer", async move {
            doer.run(&errand).await;
            drop(place);
        }));
    }
}

impl Doer {
    async fn run(&self, errand: &Errand) {
        for step in &errand.steps {
            let done = match step {
                Step::Call(call) => self.call(errand, call).await,
                Step::Gate { upstream, order } => {
                    super::gate::operate(errand, upstream, *order).await
                }
            };
            if done {
                self.tally.delivered();
            } else {
                self.tally.failed();
            }
        }
    }
}
