//! What data endpoints hold, as rules and templates see it: `data.ID`.

use std::collections::HashMap;
use std::sync::Arc;

use buffy_core::data::Collections;

use super::Source;
use crate::session::Session;

/// The sources of a configuration's endpoints, by their ids. Cheap to clone: a stream keeps it for
/// as long as it is open.
#[derive(Clone)]
pub struct Held(Arc<HashMap<String, Arc<dyn Source>>>);

impl Held {
    pub fn new(sources: impl Iterator<Item = (String, Arc<dyn Source>)>) -> Self {
        Self(Arc::new(sources.collect()))
    }

    /// What an endpoint holds, as a session sees it; none where it holds no documents.
    pub fn of(&self, endpoint: &str, session: &Session) -> Option<Arc<Collections>> {
        self.0.get(endpoint)?.held(session)
    }
}
