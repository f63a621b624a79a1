//! Ids for documents that came without.

use serde_json::{Map, Value as Json};

/// Where ids come from that no number gives.
pub type Uuids<'a> = dyn FnMut() -> String + 'a;

/// What the next id of a collection is: one more than the greatest where all are whole numbers,
/// as numbers or as texts as they are; else a UUID. The first of all is 1.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Series {
    Numbers(i64),
    Digits(i64),
    Uuids,
}

impl Series {
    /// Of the ids that are there, as texts, and of documents to see whether they are texts.
    pub(super) fn of<'a>(
        ids: impl Iterator<Item = &'a str>,
        documents: impl IntoIterator<Item = &'a Map<String, Json>>,
        key: &str,
    ) -> Self {
        let Some(greatest) = ids
            .map(|id| id.parse::<i64>().ok())
            .try_fold(0, |max, id| Some(id?.max(max)))
        else {
            return Self::Uuids;
        };
        let mut values = documents.into_iter().filter_map(|fields| fields.get(key));
        if values.next().is_some_and(Json::is_string) {
            Self::Digits(greatest)
        } else {
            Self::Numbers(greatest)
        }
    }

    pub(super) fn next(&mut self, uuids: &mut Uuids<'_>) -> Json {
        let next = match self {
            Self::Numbers(greatest) | Self::Digits(greatest) => greatest.checked_add(1),
            Self::Uuids => None,
        };
        match (self, next) {
            (Self::Numbers(greatest), Some(next)) => {
                *greatest = next;
                next.into()
            }
            (Self::Digits(greatest), Some(next)) => {
                *greatest = next;
                next.to_string().into()
            }
            (_, _) => uuids().into(),
        }
    }
}
