//! How held requests are let go.

use super::fields::Fields;
use crate::config::{Release, ReleaseMode};

/// Keys that mean something where requests go step by step.
const OF_RAMPS: &[&str] = &["start", "max", "patience", "retry"];

pub(super) fn read(upstream: &Fields<'_>) -> Release {
    let (section, word) = upstream.section_or_word("release");
    let report = section.reader.report;
    let modes = [ReleaseMode::Ramp, ReleaseMode::All];
    let mode = section.choice_or_word(word, "mode", &modes);
    let written_max: Option<usize> = section
        .number("max")
        .and_then(|max| usize::try_from(max).ok());
    let release = Release {
        mode,
        start: section.number_or_preset("start"),
        max: section.number_or_preset("max"),
        patience: section.duration_or_preset("patience"),
        canary: section.flag("canary"),
        retry: section.duration_or_preset("retry"),
    };
    if mode == ReleaseMode::All {
        for name in OF_RAMPS.iter().filter(|name| section.has(name)) {
            report.error(
                section.key_place(name),
                format!("`{name}` means nothing where everything goes at once"),
                "write `mode: ramp`, or remove it",
            );
        }
        if release.canary {
            report.error(
                section.key_place("canary"),
                "there is no canary where everything goes at once",
                "write `mode: ramp`, or remove `canary`",
            );
        }
    } else if release.start > release.max {
        let (place, hint) = match written_max {
            Some(_) => ("max", "let `max` be at least `start`"),
            None => ("start", "add `max`: at least as many"),
        };
        report.error(
            section.key_place(place),
            format!(
                "the first step, {}, is larger than the last one, {}",
                release.start, release.max
            ),
            hint,
        );
    }
    release
}
