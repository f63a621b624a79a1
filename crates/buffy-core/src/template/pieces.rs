//! A template that names facts and does nothing else with them.

use serde_json::Value as Json;

use super::place::{Found, Place};
use super::{BYTES_MAX, Escape, RenderError, Rendered};
use crate::facts::{Facts, Needs};

/// What most of the values are shorter than.
const PLACE_LEN: usize = 64;

/// Plain text and places, in turn.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Pieces(Vec<Piece>);

#[derive(Clone, Debug, PartialEq, Eq)]
enum Piece {
    Plain(String),
    Place(Place),
}

impl Pieces {
    pub(super) fn push_plain(&mut self, text: &str) {
        if text.is_empty() {
            return;
        }
        if let Some(Piece::Plain(plain)) = self.0.last_mut() {
            plain.push_str(text);
        } else {
            self.0.push(Piece::Plain(text.to_owned()));
        }
    }

    pub(super) fn push_place(&mut self, place: Place) {
        self.0.push(Piece::Place(place));
    }

    pub(super) fn fixed(&self) -> Option<String> {
        match self.0.as_slice() {
            [] => Some(String::new()),
            [Piece::Plain(text)] => Some(text.clone()),
            _ => None,
        }
    }

    pub(super) fn is_lone(&self) -> bool {
        matches!(self.0.as_slice(), [Piece::Place(_)])
    }

    pub(super) fn places(&self) -> impl Iterator<Item = &Place> {
        self.0.iter().filter_map(|piece| match piece {
            Piece::Place(place) => Some(place),
            Piece::Plain(_) => None,
        })
    }

    pub(super) fn needs(&self) -> Needs {
        let needs = self.places().map(Place::needs);
        needs.fold(Needs::NOTHING, |sum, needs| sum | needs)
    }

    pub(super) fn render(
        &self,
        facts: &Facts<'_>,
        escape: Escape,
        out: &mut Vec<u8>,
    ) -> Result<Rendered, RenderError> {
        let mut rendered = Rendered::default();
        let start = out.len();
        out.reserve(self.usual_len());
        for piece in &self.0 {
            match piece {
                Piece::Plain(text) => out.extend_from_slice(text.as_bytes()),
                Piece::Place(place) => match place.find(facts) {
                    Some(found) => escape.push_found(&found, out),
                    None => rendered.undefined += 1,
                },
            }
            if out.len() - start > BYTES_MAX {
                return Err(RenderError::TooLong { max: BYTES_MAX });
            }
        }
        Ok(rendered)
    }

    /// About how long it becomes.
    fn usual_len(&self) -> usize {
        let lens = self.0.iter().map(|piece| match piece {
            Piece::Plain(text) => text.len(),
            Piece::Place(_) => PLACE_LEN,
        });
        lens.sum()
    }

    /// The value of its first place, with its type.
    pub(super) fn value(&self, facts: &Facts<'_>) -> (Json, Rendered) {
        let found = self.places().find_map(|place| place.find(facts));
        let undefined = u32::from(found.is_none());
        let value = found.map(Found::json).unwrap_or_default();
        (value, Rendered { undefined })
    }

    pub(super) fn text(&self) -> String {
        let texts = self.0.iter().map(|piece| match piece {
            Piece::Plain(plain) => plain.replace("{{", "{{ \"{{\" }}"),
            Piece::Place(place) => format!("{{{{ {place} }}}}"),
        });
        texts.collect()
    }
}
