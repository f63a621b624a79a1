//! Every key that the file may have, once.
//!
//! The reader asks this table for kinds, limits and defaults and refuses what is not in it; the
//! JSON Schema and the reference page are printed from it.

mod admin;
mod buffy;
mod endpoint;
mod later;
mod response;
mod stream;
#[cfg(test)]
mod tests;
mod upstream;

pub(super) use admin::{ADMIN, SECRET};
pub(super) use buffy::{FILE, LISTEN};
pub(super) use endpoint::ENDPOINT;
pub(super) use later::{is_later_key, is_later_value};
pub(super) use response::RESPONSE;
use stream::STREAM;
use upstream::TIMEOUTS;
pub(super) use upstream::UPSTREAM;

/// A map with known keys.
pub(super) struct Section {
    /// Where it stands: `upstreams[].health`.
    pub path: &'static str,
    /// In a sentence: `an upstream`.
    pub one: &'static str,
    pub doc: &'static str,
    pub keys: &'static [Key],
}

/// A key, and what may be written there.
pub(super) struct Key {
    pub name: &'static str,
    pub kind: Kind,
    pub preset: Preset,
    /// One sentence.
    pub doc: &'static str,
    /// The `type`s of endpoints that it belongs to; empty: to every one.
    pub only: &'static [&'static str],
}

/// What holds where the key is not written.
#[derive(Clone, Copy)]
pub(super) enum Preset {
    /// It must be written.
    Required,
    /// As if this text were written.
    Is(&'static str),
    /// No single value: said in words.
    Words(&'static str),
}

/// What may be written as a value.
pub(super) enum Kind {
    Version,
    /// Any text; `Id` only letters, digits, `-`, `_` and `.`.
    Text,
    Id,
    Boolean,
    /// `on` or `off`.
    Switch,
    Number {
        min: u64,
        max: u64,
    },
    /// `auto`, or a number of at least 1.
    Workers,
    /// With a unit; what a bare number means, and whether zero is allowed.
    Duration {
        bare: Bare,
        zero: bool,
    },
    /// Bytes, with or without a unit.
    Size {
        min: u64,
        max: u64,
    },
    OneOf(&'static [&'static str]),
    /// An IP address to listen on.
    Address,
    /// `10.0.0.0/8`.
    Network,
    /// `http://…`, or `https://…` too.
    Url {
        https: bool,
    },
    /// A URL that may hold a secret, or a secret's `{env}` or `{file}`; may be empty.
    Hook,
    /// Text, `{env: NAME}` or `{file: PATH}`.
    Secret,
    /// An expression; a text with its own grammar.
    Rule,
    Statuses,
    /// Names of fields and their values.
    Fields,
    /// A time, or what it is drawn from anew each time.
    Delay,
    /// `5%`.
    Chance,
    /// How many of something: `>=1`, `0`, `1..3`.
    Amount,
    /// Any value; its texts may have templates.
    Json,
    /// Names of any kind, each with such a value.
    Named(&'static Kind),
    /// `file:///x`, or the documents themselves.
    Source,
    /// A number of at least 1, or the word in its place.
    CountOr(&'static str),
    /// A number with or without a fraction; whether it may be zero.
    Factor {
        zero: bool,
    },
    Section(&'static Section),
    /// A section, or, in its place, the value of this one of its keys.
    SectionOr(&'static Section, &'static str),
    List(&'static Kind),
    /// A list, or one item of it.
    OneOrMany(&'static Kind),
}

/// What a number without a unit is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Bare {
    Milliseconds,
    Seconds,
    /// Only zero needs no unit.
    Refused,
}

impl Section {
    /// The key of this name.
    pub(super) fn key(&self, name: &str) -> Option<&'static Key> {
        self.keys.iter().find(|key| key.name == name)
    }
}

impl Kind {
    /// The section that stands there, alone or in a list.
    pub(super) fn section(&self) -> Option<&'static Section> {
        match self {
            Self::Section(section) | Self::SectionOr(section, _) => Some(section),
            Self::List(item) | Self::OneOrMany(item) => item.section(),
            Self::Version
            | Self::Text
            | Self::Id
            | Self::Boolean
            | Self::Switch
            | Self::Number { .. }
            | Self::Workers
            | Self::Duration { .. }
            | Self::Size { .. }
            | Self::OneOf(_)
            | Self::Address
            | Self::Network
            | Self::Url { .. }
            | Self::Hook
            | Self::Secret
            | Self::Rule
            | Self::Statuses
            | Self::Fields
            | Self::Delay
            | Self::Chance
            | Self::Amount
            | Self::Json
            | Self::Source
            | Self::CountOr(_)
            | Self::Factor { .. }
            | Self::Named(_) => None,
        }
    }
}

/// The file and all sections under it, each once, in the order of the tables.
pub(super) fn sections() -> Vec<&'static Section> {
    let mut found: Vec<&'static Section> = Vec::new();
    let mut next: Vec<&'static Section> = vec![&SECRET, &FILE];
    while let Some(section) = next.pop() {
        if found.iter().any(|known| known.path == section.path) {
            continue;
        }
        found.push(section);
        next.extend(
            section
                .keys
                .iter()
                .rev()
                .filter_map(|key| key.kind.section()),
        );
    }
    found
}

const fn key(name: &'static str, kind: Kind, preset: Preset, doc: &'static str) -> Key {
    Key {
        name,
        kind,
        preset,
        doc,
        only: &[],
    }
}

/// A key of `type: proxy` endpoints.
const fn proxy(name: &'static str, kind: Kind, preset: Preset, doc: &'static str) -> Key {
    Key {
        name,
        kind,
        preset,
        doc,
        only: &["proxy"],
    }
}

/// A key of endpoints that answer by themselves.
const fn answer(name: &'static str, kind: Kind, preset: Preset, doc: &'static str) -> Key {
    Key {
        name,
        kind,
        preset,
        doc,
        only: &["respond", "data"],
    }
}

/// A key of `type: data` endpoints.
const fn data(name: &'static str, kind: Kind, preset: Preset, doc: &'static str) -> Key {
    Key {
        name,
        kind,
        preset,
        doc,
        only: &["data"],
    }
}

/// A new key's duration: with a unit, more than zero.
const SPAN: Kind = Kind::Duration {
    bare: Bare::Refused,
    zero: false,
};
/// The same, where zero means at once.
const SPAN_OR_ZERO: Kind = Kind::Duration {
    bare: Bare::Refused,
    zero: true,
};
const PORT: Kind = Kind::Number {
    min: 0,
    max: 65_535,
};
/// More than this is as good as no limit: it is not told as one.
pub(super) const COUNT_MAX: u64 = 1_000_000_000;
/// Of requests, connections or times.
const COUNT: Kind = Kind::Number {
    min: 1,
    max: COUNT_MAX,
};
const COUNT_OR_ZERO: Kind = Kind::Number {
    min: 0,
    max: COUNT_MAX,
};
const STATUS: Kind = Kind::Number { min: 200, max: 599 };
