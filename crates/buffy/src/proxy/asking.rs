//! A request as its upstream meets it while it asks to pass.

use std::sync::Arc;

use buffy_core::gate::Standing;

use super::forward::Way;
use crate::clock;
use crate::upstream::{Asker, Shown};

impl Asker for Way<'_> {
    fn judge(&self, standing: &Standing) -> u32 {
        self.request.judged(|facts| standing.judge(facts))
    }

    fn shown(&self) -> Shown {
        let head = &self.request.head;
        Shown {
            id: self.request.id,
            method: head.method().into(),
            path: head.path().into(),
            query: head.query().unwrap_or_default().into(),
            host: head.host().unwrap_or_default().into(),
            peer: self.client.peer.ip(),
            endpoint: Arc::clone(&self.forwarding.endpoint),
            deadline: clock::moment(self.deadline()),
        }
    }
}
