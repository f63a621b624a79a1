//! A request as its upstream meets it while it asks to pass.

use std::sync::Arc;

use buffy_core::gate::Standing;
use buffy_http::Framing;

use super::forward::Way;
use crate::clock;
use crate::upstream::{Asker, RequestLine, Shown};

impl Asker for Way<'_> {
    fn judge(&self, standing: &Standing) -> u32 {
        self.request.judged(|facts| standing.judge(facts))
    }

    fn shown(&self) -> Shown {
        let head = &self.request.head;
        Shown {
            id: self.request.id,
            line: RequestLine::new(
                head.method(),
                head.path(),
                head.query().unwrap_or_default(),
                head.host().unwrap_or_default(),
            ),
            peer: self.client.peer.ip(),
            length: match head.framing() {
                Framing::None => Some(0),
                Framing::Length(length) => Some(length),
                Framing::Chunked => None,
            },
            endpoint: Arc::clone(&self.forwarding.endpoint),
            deadline: clock::moment(self.deadline()),
        }
    }
}
