//! Colour, where it may be. No word says anything by its colour alone.

use std::io::IsTerminal;

/// Whether words may be coloured.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Ink {
    Plain,
    Colour,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Tone {
    Good,
    Waiting,
    Bad,
}

impl Ink {
    /// On a terminal, unless `NO_COLOR` is set; elsewhere where `FORCE_COLOR` is, and it is not.
    pub(super) fn on(stream: &impl IsTerminal) -> Self {
        let set = |name| std::env::var_os(name).is_some_and(|value| !value.is_empty());
        Self::chosen(stream.is_terminal(), set("NO_COLOR"), set("FORCE_COLOR"))
    }

    fn chosen(terminal: bool, no_color: bool, force_color: bool) -> Self {
        if !no_color && (terminal || force_color) {
            Self::Colour
        } else {
            Self::Plain
        }
    }

    pub(super) fn paint(self, tone: Tone, text: &str) -> String {
        let code = match tone {
            Tone::Good => 32,
            Tone::Waiting => 33,
            Tone::Bad => 31,
        };
        match self {
            Self::Plain => text.to_owned(),
            Self::Colour => format!("\x1b[{code}m{text}\x1b[0m"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Ink;

    #[test]
    fn no_color_goes_before_force_color() {
        for (terminal, no_color, force_color, expected) in [
            (true, false, false, Ink::Colour),
            (false, false, false, Ink::Plain),
            (false, false, true, Ink::Colour),
            (true, true, true, Ink::Plain),
            (false, true, true, Ink::Plain),
        ] {
            let chosen = Ink::chosen(terminal, no_color, force_color);
            assert_eq!(chosen, expected, "{terminal} {no_color} {force_color}");
        }
    }
}
