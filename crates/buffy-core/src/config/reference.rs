//! The reference page, from the table of keys.

use std::fmt::Write as _;

use super::keys::{self, Bare, COUNT_MAX, Key, Kind, Preset, Section};
use super::unit;

/// The reference of every key, as Markdown.
pub fn reference_page() -> String {
    let mut page = String::from(HEAD);
    for section in keys::sections() {
        page.push('\n');
        page.push_str(&self::section(section));
    }
    page
}

const HEAD: &str = "\
# Configuration reference

One YAML file. This page is printed from the table that the reader itself uses, and so is
[`buffy.schema.json`](buffy.schema.json) for editors.

- A duration is a number with `ms`, `s`, `m` or `h`; a size is a number of bytes, or one with `KiB`,
  `MiB` or `GiB`.
- What an answer waits for is a duration, or is drawn anew each time: `100ms..2s`,
  `normal(250ms, 50ms)`, `lognormal(80ms, 0.4)` (median and sigma); `forever` has no end.
- `${NAME}` and `${NAME:-default}` are expanded in values that stand without quotes, after the YAML
  was parsed. In quotes and in blocks (`|`, `>`) they are not.
- `file:///x` is relative to the folder of the file and cannot leave it.
- An unknown key is an error. `buffy check FILE` tells all errors at once.
";

fn section(section: &Section) -> String {
    let title = if section.path.is_empty() {
        "The file".to_owned()
    } else {
        format!("`{}`", section.path)
    };
    let mut text = format!("## {title}\n\n{}\n\n", section.doc);
    text.push_str("| key | value | default | |\n| --- | --- | --- | --- |\n");
    for key in section.keys {
        let Key {
            name, doc, only, ..
        } = key;
        let only: Vec<String> = only.iter().map(|one| format!("`type: {one}`")).collect();
        let only = match only.as_slice() {
            [] => String::new(),
            only => format!(" Only {}.", only.join(", ")),
        };
        let (value, preset) = (value(&key.kind), preset(key));
        let doc = doc.replace('|', "\\|");
        writeln!(text, "| `{name}` | {value} | {preset} | {doc}{only} |")
            .expect("a String takes what is written");
    }
    text
}

fn preset(key: &Key) -> String {
    match key.preset {
        Preset::Required => "required".to_owned(),
        Preset::Is("") => "empty".to_owned(),
        Preset::Is(preset) => format!("`{preset}`"),
        Preset::Words(words) => words.to_owned(),
    }
}

fn value(kind: &Kind) -> String {
    match kind {
        Kind::Version => "`0.1`".to_owned(),
        Kind::Text => "text".to_owned(),
        Kind::Id => "letters, digits, `-`, `_`, `.`".to_owned(),
        Kind::Boolean => "`true` or `false`".to_owned(),
        Kind::Switch => "`on` or `off`".to_owned(),
        Kind::Number {
            min,
            max: COUNT_MAX,
        } => format!("a number, at least {min}"),
        Kind::Number { min, max } => format!("a number from {min} to {max}"),
        Kind::Workers => "`auto`, or a number from 1 to 1024".to_owned(),
        Kind::Duration { bare, zero } => duration(*bare, *zero),
        Kind::Size { min, max } => {
            format!(
                "a size from {} to {}",
                unit::size_text(*min),
                unit::size_text(*max)
            )
        }
        Kind::OneOf(names) => {
            let names: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
            names.join(", ")
        }
        Kind::Address => "an IP address".to_owned(),
        Kind::Network => "`10.0.0.0/8`, or one IP address".to_owned(),
        Kind::Url { https: true } => "`http://…` or `https://…`".to_owned(),
        Kind::Url { https: false } => "`http://…`".to_owned(),
        Kind::Hook => "`http://…`, `https://…`, or [where it is found](#secret)".to_owned(),
        Kind::Secret => "text, or [where it is found](#secret)".to_owned(),
        Kind::Rule => "a rule".to_owned(),
        Kind::Statuses => "statuses and ranges of them".to_owned(),
        Kind::Fields => "`Name: value`, …".to_owned(),
        Kind::Delay => "a time, or a range or distribution of it".to_owned(),
        Kind::Chance => "a percentage".to_owned(),
        Kind::Amount => "`>=1`, `0`, `1..3`, `=2`".to_owned(),
        Kind::Factor { zero: true } => "a number".to_owned(),
        Kind::Factor { zero: false } => "a number, more than 0".to_owned(),
        Kind::CountOr(word) => format!("a number, at least 1, or `{word}`"),
        Kind::Json => "any value".to_owned(),
        Kind::Source => "`file:///x`, or a map of collections".to_owned(),
        Kind::Named(of) => format!("`name: value`, …, each {}", value(of)),
        Kind::Section(section) => link(section),
        Kind::SectionOr(section, name) => {
            let short = section.key(name).expect("a key of the section");
            format!("{}, or {}", value(&short.kind), link(section))
        }
        Kind::List(item) => format!("a list: {}", value(item)),
        Kind::OneOrMany(item) => format!("one, or a list: {}", value(item)),
    }
}

fn duration(bare: Bare, zero: bool) -> String {
    let bare = match bare {
        Bare::Milliseconds => "; bare: ms",
        Bare::Seconds => "; bare: s",
        Bare::Refused => "",
    };
    let zero = if zero { "" } else { ", more than 0" };
    format!("a duration{zero}{bare}")
}

/// As the anchors of Markdown renderers are made: lower case, punctuation removed.
fn link(section: &Section) -> String {
    let fits = |c: &char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-');
    let anchor: String = section.path.chars().filter(fits).collect();
    format!("[`{}`](#{anchor})", section.path)
}
