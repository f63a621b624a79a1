//! What a rule or a template looks at, so that nothing else is prepared.

use std::ops::BitOr;

/// Facts that cost something to prepare.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Needs(u16);

impl Needs {
    pub const NOTHING: Self = Self(0);
    /// The header fields.
    pub const FIELDS: Self = Self(1);
    /// The whole body.
    pub const BODY: Self = Self(1 << 1);
    /// The path's parameters.
    pub const PARAMS: Self = Self(1 << 2);
    /// The number of the request.
    pub const COUNT: Self = Self(1 << 3);
    /// The session's state.
    pub const STATE: Self = Self(1 << 4);
    /// The session's sequences.
    pub const SEQUENCES: Self = Self(1 << 5);
    /// The time.
    pub const NOW: Self = Self(1 << 6);
    /// Dice.
    pub const DICE: Self = Self(1 << 7);
    /// The data endpoints' collections.
    pub const DATA: Self = Self(1 << 8);
    /// All of these: where it cannot be told.
    pub const ALL: Self = Self((1 << 9) - 1);

    /// Whether all of `other` is needed.
    pub fn contains(self, other: Self) -> bool {
        self.0 & other.0 == other.0
    }

    /// Whether nothing is: method, path, query, host and address are always there.
    pub fn is_nothing(self) -> bool {
        self == Self::NOTHING
    }

    /// Whether it takes a session: its number, state, sequences, or dice, which go by the number.
    pub fn session(self) -> bool {
        let of_session =
            Self::COUNT.0 | Self::STATE.0 | Self::SEQUENCES.0 | Self::DICE.0 | Self::DATA.0;
        self.0 & of_session != 0
    }
}

impl BitOr for Needs {
    type Output = Self;

    fn bitor(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }
}
