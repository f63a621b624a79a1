//! What holds for every line of the table.

use super::{Bare, Kind, Preset, sections};
use crate::config::unit;

#[test]
fn every_preset_is_of_its_kind() {
    for section in sections() {
        for key in section.keys {
            let Preset::Is(preset) = key.preset else {
                continue;
            };
            let good = match &key.kind {
                Kind::Number { min, max } => preset
                    .parse()
                    .is_ok_and(|number: u64| (*min..=*max).contains(&number)),
                Kind::Duration { zero, .. } => unit::duration(preset, Bare::Refused)
                    .is_ok_and(|duration| *zero || !duration.is_zero()),
                Kind::Size { min, max } => {
                    unit::size(preset).is_ok_and(|size| (*min..=*max).contains(&size))
                }
                Kind::OneOf(names) => names.contains(&preset),
                Kind::Boolean => matches!(preset, "true" | "false"),
                Kind::Switch => matches!(preset, "on" | "off"),
                Kind::Workers => preset == "auto",
                Kind::Address => preset.parse::<std::net::IpAddr>().is_ok(),
                Kind::Statuses => crate::rule::StatusRanges::parse(preset).is_ok(),
                Kind::Text | Kind::Id => true,
                Kind::Factor { zero } => preset
                    .parse()
                    .is_ok_and(|factor: f64| factor > 0.0 || (*zero && factor == 0.0)),
                Kind::CountOr(word) => {
                    preset == *word || preset.parse().is_ok_and(|count: u32| count > 0)
                }

                Kind::Version
                | Kind::Network
                | Kind::Url { .. }
                | Kind::Hook
                | Kind::Secret
                | Kind::Rule
                | Kind::Fields
                | Kind::Delay
                | Kind::Chance
                | Kind::Amount
                | Kind::Json
                | Kind::Source
                | Kind::Named(_)
                | Kind::Section(_)
                | Kind::SectionOr(..)
                | Kind::List(_)
                | Kind::OneOrMany(_) => false,
            };
            assert!(good, "{} {}: {preset}", section.path, key.name);
        }
    }
}

#[test]
fn every_key_is_there_once_and_has_its_sentence() {
    for section in sections() {
        for (index, key) in section.keys.iter().enumerate() {
            let first = section.keys.iter().position(|other| other.name == key.name);
            assert_eq!(first, Some(index), "{} {}", section.path, key.name);
            assert!(key.doc.ends_with('.'), "{} {}", section.path, key.name);
        }
    }
}
