//! A map of the file, read by the table of its section.

use std::cell::RefCell;

use super::Reader;
use super::written::Written;
use crate::config::keys::{self, Key, Kind, Preset, Section};
use crate::config::nearest::nearest;
use crate::config::report::Place;
use crate::config::tree::{Entry, Node, Value};

/// The keys that are written in a section. A key of the table that its reader forgets is a bug
/// that every debug build finds.
pub(super) struct Fields<'r> {
    pub reader: Reader<'r>,
    section: &'static Section,
    entries: &'r [Entry],
    place: Place,
    asked: RefCell<Vec<&'static str>>,
}

impl<'r> Fields<'r> {
    /// Opens a section, and tells of every key that it does not have.
    pub(super) fn open(
        reader: Reader<'r>,
        section: &'static Section,
        node: &'r Node,
    ) -> Option<Self> {
        let entries = match &node.value {
            Value::Map(entries) => entries,
            Value::Unknown => return None,
            Value::Null | Value::Scalar(_) | Value::List(_) => {
                let (one, is) = (section.one, node.is_a());
                let hint = format!("its keys are: {}", names(section));
                reader.report.error(
                    node.place,
                    format!("{one} must be a map, and is {is}"),
                    hint,
                );
                return None;
            }
        };
        for entry in entries
            .iter()
            .filter(|entry| section.key(&entry.key).is_none())
        {
            let (message, hint) = unknown(section, &entry.key);
            reader.report.error(entry.place, message, hint);
        }
        let place = entries.first().map_or(node.place, |entry| entry.place);
        Some(Self {
            reader,
            section,
            entries,
            place,
            asked: RefCell::default(),
        })
    }

    /// A section that is not written: all its defaults.
    pub(super) fn none(reader: Reader<'r>, section: &'static Section) -> Self {
        let place = Place {
            line: 1,
            start: 0,
            end: 0,
        };
        Self {
            reader,
            section,
            entries: &[],
            place,
            asked: RefCell::default(),
        }
    }

    /// Where the section begins.
    pub(super) fn place(&self) -> Place {
        self.place
    }

    /// Where a key stands; the section's beginning where it does not.
    pub(super) fn key_place(&self, name: &str) -> Place {
        self.entry(name).map_or(self.place, |entry| entry.place)
    }

    /// The value of a key, if it is written. A key without a value is told, but for hooks.
    pub(super) fn written(&self, name: &'static str) -> Option<Written<'r>> {
        let key = self.key(name);
        let Some(entry) = self.entry(name) else {
            if matches!(key.preset, Preset::Required) {
                let message = format!("{} needs `{name}`", self.section.one);
                self.reader
                    .report
                    .error(self.place, message, what_to_add(key));
            }
            return None;
        };
        if matches!(entry.value.value, Value::Null) {
            if !matches!(key.kind, Kind::Hook) {
                let hint = "write one, or remove the key";
                self.reader
                    .report
                    .error(entry.place, format!("`{name}` has no value"), hint);
            }
            return None;
        }
        Some(Written {
            reader: self.reader,
            name,
            node: &entry.value,
        })
    }

    /// Whether a key is written, with or without a value.
    pub(super) fn has(&self, name: &str) -> bool {
        self.entry(self.key(name).name).is_some()
    }

    /// The section under a key, if it is written.
    pub(super) fn section(&self, name: &'static str) -> Option<Fields<'r>> {
        let section = self
            .key(name)
            .kind
            .section()
            .expect("a section in the table");
        Fields::open(self.reader, section, self.written(name)?.node)
    }

    /// The section under a key; all its defaults where it is not written.
    pub(super) fn section_or_presets(&self, name: &'static str) -> Fields<'r> {
        let section = self
            .key(name)
            .kind
            .section()
            .expect("a section in the table");
        self.section(name)
            .unwrap_or_else(|| Fields::none(self.reader, section))
    }

    /// As [`Self::section_or_presets`], and what is written in the place of the section, where that
    /// is one word.
    pub(super) fn section_or_word(&self, name: &'static str) -> (Fields<'r>, Option<Written<'r>>) {
        let entry = self.entry(name);
        let is_word = entry.is_some_and(|entry| matches!(entry.value.value, Value::Scalar(_)));
        match (is_word, self.key(name).kind.section()) {
            (true, Some(section)) => (Fields::none(self.reader, section), self.written(name)),
            (true | false, _) => (self.section_or_presets(name), None),
        }
    }

    /// The sections of a list under a key.
    pub(super) fn sections(&self, name: &'static str) -> Vec<Fields<'r>> {
        let section = self
            .key(name)
            .kind
            .section()
            .expect("a section in the table");
        let items = self.items(name).unwrap_or_default();
        items
            .iter()
            .filter_map(|item| Fields::open(self.reader, section, item.node))
            .collect()
    }

    /// The items of a list under a key, or of one value where the table allows that.
    pub(super) fn items(&self, name: &'static str) -> Option<Vec<Written<'r>>> {
        let written = self.written(name)?;
        let one = matches!(self.key(name).kind, Kind::OneOrMany(_));
        match &written.node.value {
            Value::List(items) => Some(
                items
                    .iter()
                    .map(|node| Written { node, ..written })
                    .collect(),
            ),
            Value::Unknown => None,
            Value::Null | Value::Scalar(_) | Value::Map(_) if one => Some(vec![written]),
            Value::Null | Value::Scalar(_) | Value::Map(_) => {
                let is = written.node.is_a();
                let hint = "write `- ` before each item, or `[a, b]`";
                written.error(format!("`{name}` must be a list, and is {is}"), hint);
                None
            }
        }
    }

    /// Tells of a list that is written and empty: what it would mean is not plain.
    pub(super) fn refuse_empty(&self, name: &str, hint: &str) {
        let empty = |node: &Node| matches!(&node.value, Value::List(items) if items.is_empty());
        if let Some(entry) = self.entry(name).filter(|entry| empty(&entry.value)) {
            self.reader
                .report
                .error(entry.place, format!("`{name}` lists nothing"), hint);
        }
    }

    /// The keys that are written and belong to another type of endpoint than `kind`.
    pub(super) fn refuse_keys_of_others(&self, kind: &str) {
        for entry in self.entries {
            let Some(key) = self.section.key(&entry.key) else {
                continue;
            };
            if !key.only.is_empty() && !key.only.contains(&kind) {
                let message = format!("`{}` means nothing where `type` is `{kind}`", key.name);
                let only: Vec<String> = key.only.iter().map(|of| format!("`type: {of}`")).collect();
                let hint = format!("it is for {}: remove it", only.join(" or "));
                self.reader.report.error(entry.place, message, hint);
                self.asked.borrow_mut().push(key.name);
            }
        }
    }

    /// For a reader of one type of endpoint, which asks for no keys of the others; for none, where
    /// the type is unknown.
    pub(super) fn skip_keys_of_others(&self, kind: Option<&str>) {
        let of_others = |key: &&Key| {
            let own = kind.is_some_and(|kind| key.only.contains(&kind));
            !key.only.is_empty() && !own
        };
        let skipped = self.section.keys.iter().filter(of_others);
        self.asked.borrow_mut().extend(skipped.map(|key| key.name));
    }

    fn entry(&self, name: &str) -> Option<&'r Entry> {
        self.entries.iter().find(|entry| entry.key == name)
    }

    /// What the table says of a key; it counts as read then.
    pub(super) fn key(&self, name: &str) -> &'static Key {
        let key = self
            .section
            .key(name)
            .expect("readers ask for keys of the table");
        self.asked.borrow_mut().push(key.name);
        key
    }
}

impl Drop for Fields<'_> {
    fn drop(&mut self) {
        if cfg!(debug_assertions) && !std::thread::panicking() {
            let asked = self.asked.borrow();
            let forgotten = self
                .section
                .keys
                .iter()
                .find(|key| !asked.contains(&key.name));
            assert!(
                forgotten.is_none(),
                "a key of {} is accepted and not read: {}",
                self.section.one,
                forgotten.map_or("", |key| key.name),
            );
        }
    }
}

/// What to say of a key that the section does not have.
fn unknown(section: &Section, name: &str) -> (String, String) {
    let one = section.one;
    if keys::is_later_key(section.path, name) {
        let message = format!("`{name}` of {one} is not built yet");
        return (message, "it is planned: until then remove it".to_owned());
    }
    let message = format!("unknown key `{name}` in {one}");
    if name == "<<" {
        return (
            message,
            "YAML's merge keys are not read: write the keys out".to_owned(),
        );
    }
    if let Some(name) = nearest(name, section.keys.iter().map(|key| key.name)) {
        return (message, format!("did you mean `{name}`?"));
    }
    let home = keys::sections()
        .into_iter()
        .find(|section| section.key(name).is_some());
    let hint = match home {
        Some(home) => format!("`{name}` is a key of {}", home.one),
        None => format!("its keys are: {}", names(section)),
    };
    (message, hint)
}

fn names(section: &Section) -> String {
    let names: Vec<&str> = section.keys.iter().map(|key| key.name).collect();
    names.join(", ")
}

fn what_to_add(key: &Key) -> String {
    let mut doc = key.doc.trim_end_matches('.').chars();
    let first = doc.next().map(|first| first.to_ascii_lowercase());
    format!(
        "add `{}`: {}{}",
        key.name,
        first.unwrap_or_default(),
        doc.as_str()
    )
}
