//! One request at an endpoint that answers by itself, from its head to what follows its answer.

use buffy_core::delay::Wait;
use buffy_core::facts::Needs;
use buffy_http::Known;

use super::body::{self, NotTaken, Taken};
use super::broken;
use super::explained;
use super::plain;
use super::said;
use super::verdict::Verdict;
use super::whose::Whose;
use super::wishes::Wishes;
use crate::journal::Entry;
use crate::plugin::Answer;
use crate::proxy::answering::Answering;
use crate::proxy::client::Client;
use crate::proxy::exchange::Ended;
use crate::proxy::late;
use crate::proxy::refusal::Refusal;
use crate::proxy::refuse::{Explained, refuse};
use crate::proxy::reply::{Composed, Made, Reply, compose};
use crate::proxy::request::Request;
use crate::proxy::send::keeps;
use crate::proxy::site::{Endpoint, Site};
use crate::proxy::worker::Worker;

/// Where a request is answered.
#[derive(Clone, Copy)]
pub(super) struct Case<'a> {
    pub(super) worker: &'a Worker,
    pub(super) site: &'a Site,
    pub(super) endpoint: &'a Endpoint,
    pub(super) answering: &'a Answering,
    /// The path is one below the endpoint's own.
    pub(super) below: bool,
}

impl Case<'_> {
    /// Answers a request, whatever it takes.
    pub(super) async fn answer(self, client: &mut Client, request: &mut Request) -> Ended {
        let wishes = match Wishes::read(request, self.endpoint) {
            Ok(wishes) => wishes,
            Err(problem) => {
                return self
                    .tell(client, request, Answer::problem(400, &problem))
                    .await;
            }
        };
        let needs = self.answering.needs(&self.endpoint.replies);
        let body = match self.body(client, request, needs).await {
            Ok(body) => body,
            Err(NotTaken::ClientGone) => return Ended::client_gone(),
            Err(NotTaken::Refused(refusal)) => {
                return self.refuse(client, request, refusal, None).await;
            }
        };
        let whose = Whose::new(self, client, request, needs);
        if wishes.explain {
            let trace = explained::trace(self, &whose, request, &body, &wishes);
            return self.tell(client, request, trace).await;
        }
        let verdict = match self.judge(&whose, request, &body, &wishes) {
            Ok(verdict) => verdict,
            Err(allow) => {
                let refusal = Refusal::MethodNotAllowed;
                return self.refuse(client, request, refusal, Some(&allow)).await;
            }
        };
        self.record(client, request, &whose, &body, &verdict);
        drop(body);
        self.carry_out(client, request, verdict).await
    }

    /// What was decided is done.
    async fn carry_out(
        self,
        client: &mut Client,
        request: &mut Request,
        verdict: Verdict<'_>,
    ) -> Ended {
        // It is not looked at any more, and a wait or an answer may take for ever.
        request.body.forget();
        if verdict.wait != Wait::For(std::time::Duration::ZERO)
            && !late::wait(self.worker, client, verdict.wait).await
        {
            return Ended::client_gone();
        }
        let composed = self.compose(request, verdict.reply, verdict.made);
        let status = composed.status;
        let ended = match verdict.fault {
            Some(fault) => {
                let fate = broken::send(self.worker, client, request, composed, fault).await;
                Ended::replied(status, fate)
            }
            None => plain::send(self.worker, client, request, composed).await,
        };
        if let Some(errand) = verdict.errand {
            self.worker.process.answering.calls.send(errand);
        }
        ended
    }

    /// All of the body, where rules or answers look at it.
    async fn body(
        self,
        client: &mut Client,
        request: &mut Request,
        needs: Needs,
    ) -> Result<Taken, NotTaken> {
        if request.body.is_done() || !needs.contains(Needs::BODY) {
            return Ok(Taken::default());
        }
        let max = self.answering.settings.body_max;
        body::take(self.worker, client, request, max).await
    }

    fn record(
        self,
        client: &Client,
        request: &Request,
        whose: &Whose,
        body: &Taken,
        verdict: &Verdict<'_>,
    ) {
        let bytes = body.bytes(request);
        let resumes = |field: buffy_http::Field<'_>| {
            field.known == Known::Other && field.name.eq_ignore_ascii_case(b"last-event-id")
        };
        let entry = Entry {
            arrived: request.arrived,
            peer: client.peer.ip(),
            head: &request.head,
            body: Some(bytes).filter(|bytes| !bytes.is_empty()),
            subject: verdict.subject,
            session: &whose.session_id,
            status: verdict.status(),
            resumes: request.head.fields().any(resumes),
            closest: verdict.closest.as_ref(),
        };
        self.worker
            .process
            .journal
            .record(self.worker.index, &entry);
    }

    /// Answers outside of what is configured.
    async fn tell(self, client: &mut Client, request: &mut Request, answer: Answer) -> Ended {
        let reply = &self.answering.of_source;
        let composed = self.compose(request, reply, Made::of(answer));
        plain::send(self.worker, client, request, composed).await
    }

    fn compose(self, request: &Request, reply: &Reply, made: Made) -> Composed {
        let keep = keeps(self.worker, request);
        let mut out = self.worker.out.borrow_mut();
        out.clear();
        let on = (request.head.version(), keep);
        compose(reply, made, on, &mut out, |out| {
            said::write_fields(self.worker, request, reply, out);
        })
    }

    async fn refuse(
        self,
        client: &mut Client,
        request: &mut Request,
        refusal: Refusal,
        allow: Option<&str>,
    ) -> Ended {
        let session = said::session(self.site, request);
        let subject = (self.answering.unmatched, &*session);
        plain::record(
            self.worker,
            client,
            request,
            subject,
            refusal.status(),
            None,
        );
        let explained = Explained {
            allow,
            ..Explained::default()
        };
        let Self {
            worker,
            site,
            endpoint,
            ..
        } = self;
        refuse(worker, site, client, request, endpoint, refusal, &explained).await
    }
}
