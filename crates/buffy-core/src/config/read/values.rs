//! The values of a section's keys, each read as the table says, with the table's presets.

use std::time::Duration;

use super::fields::Fields;
use super::written::Written;
use crate::config::keys::{Bare, Kind, Preset};
use crate::config::unit;

impl<'r> Fields<'r> {
    pub(super) fn text(&self, name: &'static str) -> Option<&'r str> {
        self.written(name)?.text()
    }

    pub(super) fn id(&self, name: &'static str) -> Option<String> {
        self.written(name)?.id()
    }

    /// The number as written, within the table's limits.
    pub(super) fn number(&self, name: &'static str) -> Option<u64> {
        let Kind::Number { min, max } = self.key(name).kind else {
            unreachable!("`{name}` is a number in the table")
        };
        self.written(name)?.number(min, max)
    }

    /// The number as written, else the table's.
    pub(super) fn number_or_preset<N: TryFrom<u64>>(&self, name: &'static str) -> N {
        let preset = || self.preset(name).parse().expect("a number is preset");
        let number = self.number(name).unwrap_or_else(preset);
        N::try_from(number)
            .ok()
            .expect("the table's limits fit the type")
    }

    /// The numbers of a list, within the table's limits.
    pub(super) fn numbers(&self, name: &'static str) -> Vec<(Written<'r>, u64)> {
        let Kind::OneOrMany(Kind::Number { min, max }) = self.key(name).kind else {
            unreachable!("`{name}` is a list of numbers in the table")
        };
        let items = self.items(name).unwrap_or_default();
        let number = |item: Written<'r>| Some((item, item.number(*min, *max)?));
        items.into_iter().filter_map(number).collect()
    }

    /// The duration as written, within the table's limits.
    pub(super) fn duration(&self, name: &'static str) -> Option<Duration> {
        let Kind::Duration { bare, zero } = self.key(name).kind else {
            unreachable!("`{name}` is a duration in the table")
        };
        self.written(name)?.duration(bare, zero)
    }

    /// The duration as written, else the table's.
    pub(super) fn duration_or_preset(&self, name: &'static str) -> Duration {
        let preset = || unit::duration(self.preset(name), Bare::Refused);
        self.duration(name)
            .unwrap_or_else(|| preset().expect("a duration is preset"))
    }

    /// The number as written, or the table's; none where it is neither.
    pub(super) fn factor(&self, name: &'static str) -> Option<f64> {
        let Kind::Factor { zero } = self.key(name).kind else {
            unreachable!("`{name}` is a factor in the table")
        };
        if self.has(name) || matches!(self.key(name).preset, Preset::Required) {
            return self.written(name)?.factor(zero);
        }
        self.preset(name).parse().ok()
    }

    /// The size as written, within the table's limits.
    pub(super) fn size(&self, name: &'static str) -> Option<u64> {
        let Kind::Size { min, max } = self.key(name).kind else {
            unreachable!("`{name}` is a size in the table")
        };
        self.written(name)?.size(min, max)
    }

    /// The size as written, else the table's.
    pub(super) fn size_or_preset<N: TryFrom<u64>>(&self, name: &'static str) -> N {
        let preset = || unit::size(self.preset(name)).expect("a size is preset");
        let size = self.size(name).unwrap_or_else(preset);
        N::try_from(size)
            .ok()
            .expect("the table's limits fit the type")
    }

    /// The boolean or switch as written, else the table's.
    pub(super) fn flag(&self, name: &'static str) -> bool {
        let written = self.written(name);
        let flag = if matches!(self.key(name).kind, Kind::Switch) {
            written.and_then(|written| written.switch())
        } else {
            written.and_then(|written| written.boolean())
        };
        flag.unwrap_or_else(|| matches!(self.preset(name), "true" | "on"))
    }

    /// The choice as written: the value in the place of the table's name.
    pub(super) fn choice<T: Copy>(&self, name: &'static str, values: &[T]) -> Option<T> {
        let Kind::OneOf(names) = self.key(name).kind else {
            unreachable!("`{name}` is a choice in the table")
        };
        debug_assert_eq!(
            names.len(),
            values.len(),
            "one value for each name of `{name}`"
        );
        let index = self.written(name)?.one_of(names)?;
        values.get(index).copied()
    }

    /// The choice as written, else the table's.
    pub(super) fn choice_or_preset<T: Copy>(&self, name: &'static str, values: &[T]) -> T {
        let preset = || {
            let Kind::OneOf(names) = self.key(name).kind else {
                return None;
            };
            let index = names
                .iter()
                .position(|&choice| choice == self.preset(name))?;
            values.get(index).copied()
        };
        self.choice(name, values)
            .or_else(preset)
            .expect("a choice of the table is preset")
    }

    /// The choice that stands in the place of the whole section, else as [`Self::choice_or_preset`].
    pub(super) fn choice_or_word<T: Copy>(
        &self,
        word: Option<Written<'_>>,
        name: &'static str,
        values: &[T],
    ) -> T {
        let chosen = match (word, &self.key(name).kind) {
            (Some(word), Kind::OneOf(names)) => word.one_of(names),
            (_, _) => None,
        };
        let chosen = chosen.and_then(|index| values.get(index).copied());
        chosen.unwrap_or_else(|| self.choice_or_preset(name, values))
    }

    /// What is chosen in a list: the values in the places of the table's names.
    pub(super) fn choices<T: Copy>(&self, name: &'static str, values: &[T]) -> Vec<T> {
        let Kind::List(Kind::OneOf(names)) = self.key(name).kind else {
            unreachable!("`{name}` is a list of choices in the table")
        };
        debug_assert_eq!(
            names.len(),
            values.len(),
            "one value for each name of `{name}`"
        );
        let items = self.items(name).unwrap_or_default();
        let value = |index: usize| values.get(index).copied();
        items
            .iter()
            .filter_map(|item| item.one_of(names).and_then(value))
            .collect()
    }

    /// The text that stands for a key which is not written.
    pub(super) fn preset(&self, name: &str) -> &'static str {
        match self.key(name).preset {
            Preset::Is(text) => text,
            Preset::Required | Preset::Words(_) => unreachable!("`{name}` has no preset"),
        }
    }
}
