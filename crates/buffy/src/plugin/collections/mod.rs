//! `data:` of an endpoint: collections of JSON documents, read and changed by requests.
//!
//! What was loaded is the base, which all sessions start from. A session that changes documents
//! has a copy of its own from then on, until it is reset. With `write: file` the shared session
//! changes the base itself, which is saved; named sessions keep to their copies there, too.

mod base;
mod origin;
mod saving;
mod schemas;
#[cfg(test)]
mod tests;

use std::cell::RefCell;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use buffy_core::config::{Collections as Settings, DataSource, EndpointKind, Write};
use buffy_core::data::{Ask, Budget, Collections, Preconditions, Reply, Rules};
use buffy_core::dice::Dice;
use buffy_core::facts::Needs;
use buffy_http::write;

use super::{Answer, Asked, Content, Making, Missing, Source};
use crate::session::Session;
use base::Base;
use origin::Origin;
pub use saving::finish;

/// What the documents that sessions of one endpoint write may take, all together.
const WRITTEN_BYTES_MAX: usize = 256 << 20;

pub(super) fn make(making: &Making<'_>) -> Option<Arc<dyn Source>> {
    let EndpointKind::Data(data) = &making.endpoint.kind else {
        return None;
    };
    let DataSource::Collections(settings) = &data.source else {
        return None;
    };
    Some(Arc::new(Documents::new(making, settings)))
}

/// The collections of one endpoint.
struct Documents {
    endpoint: String,
    /// Which of all sources it is: copies of an earlier one of the endpoint are not of it.
    number: u64,
    write: Write,
    rules: Rules,
    base: Arc<Base>,
}

impl Documents {
    fn new(making: &Making<'_>, settings: &Settings) -> Self {
        static SOURCES: AtomicU64 = AtomicU64::new(0);
        let endpoint = making.endpoint.id.clone();
        let origin = Origin::new(making.folder, &settings.origin);
        let base = Base::new(&endpoint, origin, &settings.key);
        if settings.write == Write::File {
            base.foresee_saving();
        }
        Self {
            number: SOURCES.fetch_add(1, Ordering::Relaxed),
            write: settings.write,
            rules: Rules {
                schemas: schemas::read(making, settings),
                budget: Budget::new(WRITTEN_BYTES_MAX),
            },
            base,
            endpoint,
        }
    }

    /// What a session sees; none where it could not be read yet.
    fn seen_by(&self, session: &Session) -> Option<Arc<Collections>> {
        let own = session.documents(&self.endpoint, self.number);
        own.or_else(|| self.base.collections())
    }

    fn changes(&self, asked: &Asked<'_>, ask: &Ask<'_>) -> Option<Reply> {
        let throw = &mut |dice: &mut Dice| dice.uuid();
        let first = RefCell::new(Dice::new(0, "", &self.endpoint, 0));
        let dice = asked.facts.dice.unwrap_or(&first);
        let mut uuids = || throw(&mut dice.borrow_mut());
        let mut change = |collections: &mut Arc<Collections>| {
            Arc::make_mut(collections).write(ask, &self.rules, &mut uuids)
        };
        if self.write == Write::File && asked.session.id().is_empty() {
            return self.base.change(change);
        }
        asked
            .session
            .change_documents(&self.endpoint, self.number, |own| {
                if let Some(own) = own {
                    return Some(change(own));
                }
                let mut copy = self.base.collections()?;
                let reply = change(&mut copy);
                *own = reply.changed.then_some(copy);
                Some(reply)
            })
    }
}

impl Source for Documents {
    fn answer(&self, asked: &Asked<'_>) -> Result<Answer, Missing> {
        let texts: Option<Vec<&str>> = asked
            .rest
            .iter()
            .map(|part| str::from_utf8(part).ok())
            .collect();
        let Some(path) = texts else {
            return Err(Missing::default());
        };
        // A slash at the end means no more than none.
        let path = path.strip_suffix(&[""]).unwrap_or(&path);
        let facts = asked.facts;
        let list = |name| {
            let lines: Vec<&str> = facts.header(name).collect();
            (!lines.is_empty()).then(|| lines.join(", "))
        };
        let (if_match, if_none_match) = (list("if-match"), list("if-none-match"));
        let content_type = facts.header("content-type").next().unwrap_or_default();
        let ask = Ask {
            method: facts.method,
            path,
            query: facts.query,
            content_type: content_type.split(';').next().unwrap_or_default().trim(),
            conditions: Preconditions {
                if_match: if_match.as_deref(),
                if_none_match: if_none_match.as_deref(),
            },
            body: facts.body,
            prefix: &prefix(facts.path, path.len()),
        };
        self.base.look();
        let reply = if ask.is_read() {
            self.seen_by(asked.session)
                .map(|collections| collections.read(&ask))
        } else {
            self.changes(asked, &ask)
        };
        match reply {
            Some(reply) if reply.missing => Err(Missing(Some(Box::new(answer(reply))))),
            Some(reply) => Ok(answer(reply)),
            None => Ok(Answer::problem(
                500,
                "the data of this endpoint cannot be read",
            )),
        }
    }

    fn needs(&self) -> Needs {
        Needs::FIELDS | Needs::BODY | Needs::DICE
    }

    fn held(&self, session: &Session) -> Option<Arc<Collections>> {
        self.base.look();
        self.seen_by(session)
    }

    fn methods(&self) -> &[&str] {
        match self.write {
            Write::No => &["GET"],
            // Each path has its own.
            Write::Memory | Write::File => &[],
        }
    }
}

fn answer(reply: Reply) -> Answer {
    let mut fields = Vec::new();
    for (name, value) in &reply.fields {
        write::field(&mut fields, name.as_bytes(), value.as_bytes());
    }
    Answer {
        status: Some(reply.status),
        fields,
        content: reply
            .body
            .map_or(Content::Nothing, |body| Content::Bytes(body.into_bytes())),
    }
}

/// The endpoint's own part of a path as it came, which has so many segments behind it.
fn prefix(path: &str, below: usize) -> String {
    let mut parts: Vec<&str> = Vec::new();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop();
            }
            part => parts.push(part),
        }
    }
    let own = parts
        .get(..parts.len().saturating_sub(below))
        .unwrap_or_default();
    own.iter()
        .fold("/".to_owned(), |prefix, part| prefix + part + "/")
}
