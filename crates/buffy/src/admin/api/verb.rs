//! What may be asked of a gate, and what goes with it.

use std::time::Duration;

use buffy_core::gate::Holds;

use super::fields::Fields;
use crate::admin::problem::{Problem, bad};
use crate::upstream::{Order, Terms};

/// What may be asked of a gate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::admin) enum Verb {
    Close,
    Open,
    Stop,
}

impl Verb {
    const ALL: [Self; 3] = [Self::Close, Self::Open, Self::Stop];
    /// By their names.
    pub(super) const NAMED: [(&str, Self); 3] = [
        ("close", Self::Close),
        ("open", Self::Open),
        ("stop", Self::Stop),
    ];

    fn name(self) -> &'static str {
        match self {
            Self::Close => "close",
            Self::Open => "open",
            Self::Stop => "stop",
        }
    }

    fn fields(self) -> &'static [&'static str] {
        match self {
            Self::Close => &["actor", "reason", "hold"],
            Self::Open => &["actor", "reason"],
            Self::Stop => &["actor", "message", "reason"],
        }
    }

    /// The order that is asked for; in the name of the caller, where nobody else is named.
    pub(super) fn order(self, fields: &Fields, caller: &str) -> Result<Order, Problem> {
        self.goes_with(fields)?;
        let actor = fields.text("actor")?.unwrap_or_else(|| caller.to_owned());
        let reason = fields.text("reason")?;
        match self {
            Self::Close => Ok(Order::Close {
                token: None,
                actor,
                reason: reason.unwrap_or_default(),
                holds: holds(fields)?,
                terms: Terms::default(),
                drain: Duration::ZERO,
            }),
            Self::Open => Ok(Order::Open {
                actor,
                reason: reason.unwrap_or_default(),
                token: None,
            }),
            // What clients are told is the message; a reason alone will do.
            Self::Stop => Ok(Order::Stop {
                token: None,
                actor,
                until_ms: None,
                terms: Terms::default(),
                message: fields.text("message")?.or(reason).unwrap_or_default(),
            }),
        }
    }

    /// Nothing was said that this verb would ignore.
    fn goes_with(self, fields: &Fields) -> Result<(), Problem> {
        let known = self.fields();
        let Some(name) = fields.names().find(|name| !known.contains(name)) else {
            return Ok(());
        };
        let others = Self::ALL.into_iter();
        let others: Vec<String> = others
            .filter(|verb| verb.fields().contains(&name))
            .map(|verb| format!("`{}`", verb.name()))
            .collect();
        if others.is_empty() {
            return fields.only(known);
        }
        Err(bad(format!(
            "`{name}` goes with {}, not with `{}`.",
            others.join(" and "),
            self.name()
        )))
    }
}

fn holds(fields: &Fields) -> Result<Holds, Problem> {
    let words = [("all", false), ("writes", true)];
    Ok(match fields.word("hold", &words)? {
        Some(true) => Holds::Writes,
        Some(false) | None => Holds::All,
    })
}
