//! The index of a head: its bytes, copied once, and where each field is in them.

use crate::fault::HeadError;
use crate::field::{Field, Known};

/// A field's place in the bytes of its head.
#[derive(Clone, Copy, Debug)]
struct Entry {
    name_start: u32,
    value_start: u32,
    value_len: u32,
    name_len: u16,
    known: Known,
    hop: bool,
}

/// A head's bytes and where its fields are in them.
#[derive(Clone, Debug, Default)]
pub(crate) struct Fields {
    bytes: Vec<u8>,
    index: Vec<Entry>,
}

impl Fields {
    pub(crate) fn clear(&mut self) {
        self.bytes.clear();
        self.index.clear();
    }

    pub(crate) fn shrink(&mut self) {
        self.bytes.shrink_to_fit();
        self.index.shrink_to_fit();
    }

    pub(crate) fn heap_bytes(&self) -> usize {
        self.bytes.capacity() + self.index.capacity() * size_of::<Entry>()
    }

    /// The head's own copy of its bytes; what [`Fields::push`] took are parts of the same bytes.
    pub(crate) fn keep(&mut self, head: &[u8]) {
        self.bytes.extend_from_slice(head);
    }

    /// Indexes one field, whose name and value are slices of `head`.
    pub(crate) fn push(
        &mut self,
        head: &[u8],
        name: &[u8],
        value: &[u8],
    ) -> Result<Known, HeadError> {
        let known = Known::of(name);
        let place =
            |part: &[u8]| u32::try_from(part.as_ptr().addr().wrapping_sub(head.as_ptr().addr()));
        let (Ok(name_start), Ok(value_start), Ok(value_len), Ok(name_len)) = (
            place(name),
            place(value),
            u32::try_from(value.len()),
            u16::try_from(name.len()),
        ) else {
            return Err(HeadError::HeadTooLong);
        };
        let hop = known.ends_here();
        self.index.push(Entry {
            name_start,
            value_start,
            value_len,
            name_len,
            known,
            hop,
        });
        Ok(known)
    }

    /// Marks what a Connection option names.
    pub(crate) fn mark_hop(&mut self, head: &[u8], option: &[u8]) {
        for entry in &mut self.index {
            if usize::from(entry.name_len) == option.len()
                && !entry.known.stays()
                && part(head, entry.name_start, u32::from(entry.name_len))
                    .eq_ignore_ascii_case(option)
            {
                entry.hop = true;
            }
        }
    }

    /// The tags of the fields, in order.
    pub(crate) fn tags(&self) -> impl Iterator<Item = Known> {
        self.index.iter().map(|entry| entry.known)
    }

    pub(crate) fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = Field<'_>> {
        self.index.iter().map(|entry| Field {
            known: entry.known,
            name: part(&self.bytes, entry.name_start, u32::from(entry.name_len)),
            value: part(&self.bytes, entry.value_start, entry.value_len),
            hop: entry.hop,
        })
    }

    pub(crate) fn get(&self, name: &str) -> Option<&[u8]> {
        self.iter()
            .find(|field| field.name.eq_ignore_ascii_case(name.as_bytes()))
            .map(|field| field.value)
    }

    pub(crate) fn get_known(&self, known: Known) -> Option<&[u8]> {
        let entry = self.index.iter().find(|entry| entry.known == known)?;
        Some(part(&self.bytes, entry.value_start, entry.value_len))
    }
}

fn part(bytes: &[u8], start: u32, len: u32) -> &[u8] {
    let start = start as usize;
    bytes.get(start..start + len as usize).unwrap_or_default()
}
