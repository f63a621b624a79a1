//! Sources: made at load, asked by requests.

use std::path::Path;
use std::sync::Arc;

use buffy_core::config::{Endpoint, Response};
use buffy_core::data::Collections;
use buffy_core::facts::{Facts, Needs};

use super::answer::{Answer, Missing};
use super::held::Held;
use super::stream::Hubs;
use crate::session::{Clock, Session};

/// A kind of content, or of data endpoint: makes a source of the settings, or none where they ask for
/// another kind.
pub type Make = fn(&Making<'_>) -> Option<Arc<dyn Source>>;

/// What a source is made of. Where nothing of it has changed, a reload carries the source over and
/// makes none.
#[derive(Clone, Copy)]
pub struct Making<'a> {
    pub endpoint: &'a Endpoint,
    /// The response that carries it; none for what answers the endpoint itself.
    pub response: Option<&'a Response>,
    /// Of the configuration's file: what `file:///` is relative to.
    pub folder: &'a Path,
    /// The open streams of all endpoints, over reloads.
    pub hubs: &'a Hubs,
}

/// Makes answers of requests. Many workers ask at once.
pub trait Source: Send + Sync {
    /// The answer to a request. Is cheap and never blocks for long: what reads more than 64 KiB of
    /// a file answers with [`Content::File`](super::Content::File) or a flow.
    ///
    /// # Errors
    /// What was asked for is not there.
    fn answer(&self, asked: &Asked<'_>) -> Result<Answer, Missing>;

    /// What of a request it looks at: nothing else is prepared.
    fn needs(&self) -> Needs {
        Needs::ALL
    }

    /// What it looks at is another with each request: it is asked anew.
    fn changes(&self) -> bool {
        false
    }

    /// The answer, where it is the same for every request.
    fn fixed(&self) -> Option<Answer> {
        None
    }

    /// Whole lines, as in [`Answer::fields`]: what an answer of it says that has none there.
    fn usual_fields(&self) -> &[u8] {
        &[]
    }

    /// All that it holds, as a session sees it: `data.ID` in rules and templates. None where it is
    /// no collection of documents. It is asked within a turn of the session.
    fn held(&self, _session: &Session) -> Option<Arc<Collections>> {
        None
    }

    /// The methods that it answers, HEAD aside where it has GET; empty: it is not the source that
    /// decides. Others get 405 with this list for `Allow`.
    fn methods(&self) -> &[&str] {
        &[]
    }
}

/// What a source may know of a request.
#[derive(Clone, Copy)]
pub struct Asked<'a> {
    pub facts: &'a Facts<'a>,
    /// The segments of the path behind the endpoint's own, where that is a prefix or ends with
    /// `{rest*}`: decoded, without `.` and `..`. One that has a `/` had it encoded.
    pub rest: &'a [Vec<u8>],
    /// Whose the request is.
    pub session: &'a Arc<Session>,
    /// What `now()` and waits go by.
    pub clock: &'a Clock,
    /// What `data` endpoints hold.
    pub held: &'a Held,
    /// HEAD: the answer's content is not sent. Its length is said all the same.
    pub head_only: bool,
    /// Of the configuration's file.
    pub folder: &'a Path,
}
