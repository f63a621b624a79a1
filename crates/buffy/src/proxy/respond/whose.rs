//! Whose a request is, and what is known of it.

use std::net::IpAddr;
use std::sync::Arc;

use buffy_core::facts::{Facts, Needs};

use super::body::Taken;
use super::case::Case;
use super::said;
use crate::plugin::Asked;
use crate::proxy::client::Client;
use crate::proxy::request::Request;
use crate::session::Session;

/// Whose a request is, and what its path says.
pub(super) struct Whose {
    /// Empty: the shared one.
    pub(super) session_id: String,
    /// The shared one where nothing of it is looked at.
    pub(super) session: Arc<Session>,
    /// The request is counted in its session.
    pub(super) counts: bool,
    needs: Needs,
    params: Vec<(String, String)>,
    rest: Vec<Vec<u8>>,
    ip: IpAddr,
    now_ms: i64,
}

impl Whose {
    pub(super) fn new(case: Case<'_>, client: &Client, request: &Request, needs: Needs) -> Self {
        let worker = case.worker;
        let answering = &worker.process.answering;
        let sessions = &answering.sessions;
        let session_id = said::session(case.site, request).into_owned();
        let counts = needs.session() || sessions.has_pins();
        let session = if counts || case.answering.source.is_some() {
            sessions.get(&session_id)
        } else {
            Arc::clone(sessions.shared())
        };
        let path = request.head.path();
        Self {
            session_id,
            session,
            counts,
            needs,
            params: case.answering.params.read(path),
            rest: case.answering.params.rest(path),
            ip: client.peer.ip(),
            now_ms: answering.clock.of_unix_ms(worker.unix_ms(request.arrived)),
        }
    }

    /// Hands out what rules and templates may know; what the session knows is still to be added.
    pub(super) fn with_facts<T>(
        &self,
        case: Case<'_>,
        request: &Request,
        body: &Taken,
        look: impl FnOnce(Facts<'_>) -> T,
    ) -> T {
        let fields = if self.needs.contains(Needs::FIELDS) {
            said::fields(request)
        } else {
            Vec::new()
        };
        let data = |id: &str| case.site.held.of(id, &self.session);
        let env = |name: &str| std::env::var(name).ok();
        look(Facts {
            id: &case.endpoint.settings.id,
            fields: &fields,
            body: body.bytes(request),
            params: &self.params,
            session: &self.session_id,
            now_ms: self.now_ms,
            data: &data,
            env: &env,
            ..request.line_facts(self.ip)
        })
    }

    /// What a source is asked.
    pub(super) fn asked<'f>(&'f self, case: Case<'f>, facts: &'f Facts<'f>) -> Asked<'f> {
        Asked {
            facts,
            rest: &self.rest,
            session: &self.session,
            clock: &case.worker.process.answering.clock,
            held: &case.site.held,
            head_only: facts.method == "HEAD",
            folder: &case.site.folder,
        }
    }
}
