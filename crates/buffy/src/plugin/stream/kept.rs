//! A request as the later events of its stream, and the replies to its messages, see it.

use std::borrow::Cow;
use std::cell::RefCell;
use std::net::IpAddr;
use std::sync::Arc;

use buffy_core::dice::Dice;
use buffy_core::facts::{Facts, Message, Needs, Sequences};

use super::super::{Asked, Held};
use crate::session::Session;

/// What a stream keeps of its request: what its templates look at, and no more.
pub(super) struct Kept {
    id: String,
    url: String,
    method: String,
    path: String,
    query: String,
    host: String,
    ip: IpAddr,
    fields: Vec<(String, String)>,
    body: Vec<u8>,
    params: Vec<(String, String)>,
    count: u64,
    session: Arc<Session>,
    /// Whether its state is looked at.
    state: bool,
    held: Held,
    sequences: Option<Arc<Sequences>>,
    /// What its templates throw.
    dice: RefCell<Dice>,
}

impl Kept {
    /// Keeps of a request what is needed; the dice are its own from now on.
    pub(super) fn of(asked: &Asked<'_>, needs: Needs, dice: Dice) -> Self {
        let Asked {
            facts,
            session,
            held,
            ..
        } = *asked;
        let mut kept = Self {
            id: facts.id.to_owned(),
            url: facts.url.to_owned(),
            method: facts.method.to_owned(),
            path: facts.path.to_owned(),
            query: facts.query.to_owned(),
            host: facts.host.to_owned(),
            ip: facts.ip,
            fields: Vec::new(),
            body: Vec::new(),
            params: Vec::new(),
            count: facts.count,
            session: Arc::clone(session),
            state: needs.contains(Needs::STATE),
            held: held.clone(),
            sequences: facts.sequences.map(Arc::clone),
            dice: RefCell::new(dice),
        };
        if needs.contains(Needs::FIELDS) {
            let fields = facts.fields.iter();
            let owned = fields.map(|(name, value)| ((*name).to_owned(), value.to_string()));
            kept.fields = owned.collect();
        }
        if needs.contains(Needs::BODY) {
            kept.body = facts.body.to_vec();
        }
        if needs.contains(Needs::PARAMS) {
            kept.params = facts.params.to_vec();
        }
        kept
    }

    /// The endpoint.
    pub(super) fn id(&self) -> &str {
        &self.id
    }

    /// What is known at this moment, and of this message where one is answered.
    pub(super) fn with<R>(
        &self,
        now_ms: i64,
        message: Option<Message<'_>>,
        look: impl FnOnce(&Facts<'_>) -> R,
    ) -> R {
        let fields = self.fields.iter();
        let fields: Vec<(&str, Cow<'_, str>)> = fields
            .map(|(name, value)| (name.as_str(), value.as_str().into()))
            .collect();
        // As it is now, not as it was when the stream began.
        let state = self.state.then(|| self.session.state());
        let nothing = Facts::default();
        look(&Facts {
            id: &self.id,
            url: &self.url,
            method: &self.method,
            path: &self.path,
            query: &self.query,
            host: &self.host,
            ip: self.ip,
            fields: &fields,
            body: &self.body,
            params: &self.params,
            count: self.count,
            session: self.session.id(),
            state: state.as_deref().unwrap_or(nothing.state),
            now_ms,
            dice: Some(&self.dice),
            sequences: self.sequences.as_ref(),
            data: &|id| self.held.of(id, &self.session),
            env: &|name| std::env::var(name).ok(),
            message,
            ..nothing
        })
    }
}
