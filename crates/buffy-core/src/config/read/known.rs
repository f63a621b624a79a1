//! What has an id and can be referred to.

use super::written::Written;
use crate::config::nearest::nearest;
use crate::config::report::{Place, Report};

/// The upstreams, or the endpoints.
pub(super) struct Known<T> {
    /// In the singular, for messages.
    what: &'static str,
    values: Vec<T>,
    /// Where each value is, for problems that show when all are read.
    places: Vec<Place>,
    ids: Vec<Id>,
}

struct Id {
    text: String,
    line: usize,
    /// Nothing where the rest of it could not be read: a reference to it is no mistake.
    index: Option<usize>,
}

impl<T> Known<T> {
    pub(super) fn new(what: &'static str) -> Self {
        Self {
            what,
            values: Vec::new(),
            places: Vec::new(),
            ids: Vec::new(),
        }
    }

    /// Adds what was read; `place` is where the id stands, `at` what is shown of it later.
    pub(super) fn add(
        &mut self,
        report: &Report<'_>,
        id: Option<String>,
        place: Place,
        value: Option<(T, Place)>,
    ) {
        let Some(text) = id else { return };
        if let Some(first) = self.ids.iter().find(|id| id.text == text) {
            let message = format!("{} `{text}` is there twice", self.what);
            let hint = format!("line {} has it already: every id is used once", first.line);
            report.error(place, message, hint);
            return;
        }
        let index = value.is_some().then_some(self.values.len());
        if let Some((value, at)) = value {
            self.values.push(value);
            self.places.push(at);
        }
        self.ids.push(Id {
            text,
            line: place.line,
            index,
        });
    }

    /// What an id refers to.
    pub(super) fn find(&self, written: &Written<'_>) -> Option<usize> {
        let text = written.text()?;
        if let Some(id) = self.ids.iter().find(|id| id.text == text) {
            return id.index;
        }
        let known = self.ids.iter().map(|id| id.text.as_str());
        let hint = match nearest(text, known.clone()) {
            Some(id) => format!("did you mean `{id}`?"),
            None if self.ids.is_empty() => format!("there is no {} at all", self.what),
            None => format!(
                "there are: {}",
                known.take(LISTED_MAX).collect::<Vec<_>>().join(", ")
            ),
        };
        written.error(format!("{} is no {}", written.shown(), self.what), hint);
        None
    }

    pub(super) fn values(&self) -> &[T] {
        &self.values
    }

    pub(super) fn place(&self, index: usize) -> Place {
        let top = Place {
            line: 1,
            start: 0,
            end: 0,
        };
        self.places.get(index).copied().unwrap_or(top)
    }

    pub(super) fn into_values(self) -> Vec<T> {
        self.values
    }
}

/// A longer list is not read.
const LISTED_MAX: usize = 20;
