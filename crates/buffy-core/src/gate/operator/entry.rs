//! What stands at a gate because an operator said so, entry by entry.

use std::fmt;

use crate::config::OnExpiry;
use crate::gate::Asks;
use crate::rule::Rule;

/// Requests are held until this is lifted.
#[derive(Clone, Debug, PartialEq)]
pub struct Close {
    /// Unique among the closes and stops of a gate, which gives it.
    pub id: u64,
    /// None where nobody was given one: it is lifted together with all others.
    pub token: Option<Token>,
    pub actor: String,
    /// May be empty.
    pub reason: String,
    pub holds: Holds,
    /// Milliseconds since the Unix epoch.
    pub at_ms: u64,
    /// None: it stands until it is lifted.
    pub lease: Option<Lease>,
}

/// Every request is refused until this is lifted, the held ones at once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stop {
    /// Unique among the closes and stops of a gate, which gives it.
    pub id: u64,
    /// None where nobody was given one: it is lifted together with all others.
    pub token: Option<Token>,
    pub actor: String,
    /// What clients are told; may be empty.
    pub message: String,
    /// Milliseconds since the Unix epoch.
    pub at_ms: u64,
    /// The planned end, for people and for Retry-After; in milliseconds since the Unix epoch.
    /// Nothing happens then.
    pub until_ms: Option<u64>,
    /// None: it stands until it is lifted.
    pub lease: Option<Lease>,
}

/// Requests pass whatever the rules say, until it ends; closes, stops and health still count.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Force {
    /// None where nobody was given one: it is lifted together with all others.
    pub token: Option<Token>,
    pub actor: String,
    /// May be empty.
    pub reason: String,
    /// Milliseconds since the Unix epoch.
    pub at_ms: u64,
    /// Its end, in milliseconds since the Unix epoch.
    pub until_ms: u64,
}

/// What every OPEN of the rules must come with.
#[derive(Clone, Debug, PartialEq)]
pub struct ExpectVersion {
    /// On the status document.
    pub rule: Rule,
    pub actor: String,
    /// Milliseconds since the Unix epoch.
    pub at_ms: u64,
}

/// How long an entry stands without its author's word.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Lease {
    /// As it was asked for last, from the end of the drain on.
    pub ttl_ms: u64,
    /// When it runs out, in milliseconds since the Unix epoch; while the drain lasts, when it runs
    /// out at the latest.
    pub until_ms: u64,
    /// A stop whose lease ran out becomes no other stop: it stays.
    pub on_expiry: OnExpiry,
}

/// What a close holds.
#[derive(Clone, Debug, PartialEq)]
pub enum Holds {
    All,
    /// All methods but GET, HEAD, OPTIONS and TRACE.
    Writes,
    /// What this rule on requests holds for.
    Rule(Rule),
}

/// What an entry holds, in terms of what requests ask.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Coverage {
    All,
    Writes,
    /// Requests with this bit among their rules.
    Rule(u32),
}

/// By this an entry is lifted and renewed: only its author knows it.
#[derive(Clone, PartialEq, Eq)]
pub struct Token(String);

/// An entry that was taken away.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lifted {
    pub kind: EntryKind,
    /// Whose it was.
    pub actor: String,
    /// Of a stop: its message.
    pub reason: String,
    /// When it was made, in milliseconds since the Unix epoch.
    pub at_ms: u64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EntryKind {
    Close,
    Stop,
    Force,
}

/// Why an operator's word was not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Rejected {
    #[error(
        "{} closes by rule stand already: lift one of them first",
        super::RULES_MAX
    )]
    TooManyRules,
    #[error("no entry has this token: it was lifted, or its lease ran out")]
    NoSuchToken,
    #[error("this entry has no lease: close or stop with a `ttl` to get one")]
    NoLease,
    #[error(
        "this upstream has no autogate, so there is no status document that could name a version: configure `autogate`"
    )]
    NoAutogate,
}

impl Coverage {
    /// Whether it holds a request that asks this.
    pub fn holds(self, asks: Asks) -> bool {
        match self {
            Self::All => true,
            Self::Writes => asks.writes,
            Self::Rule(bit) => asks.rules & bit != 0,
        }
    }
}

impl Token {
    pub fn new(text: String) -> Self {
        Self(text)
    }

    /// The whole of it: for its author, and the disk.
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// By which people tell entries apart: too little of it to lift one.
    pub fn short(&self) -> &str {
        self.0.get(..SHORT_BYTES).unwrap_or_default()
    }
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Token({}…)", self.short())
    }
}

impl EntryKind {
    /// `close`, `stop` or `force`.
    pub fn word(self) -> &'static str {
        match self {
            Self::Close => "close",
            Self::Stop => "stop",
            Self::Force => "force",
        }
    }
}

impl From<&Close> for Lifted {
    fn from(close: &Close) -> Self {
        Self {
            kind: EntryKind::Close,
            actor: close.actor.clone(),
            reason: close.reason.clone(),
            at_ms: close.at_ms,
        }
    }
}

impl From<&Stop> for Lifted {
    fn from(stop: &Stop) -> Self {
        Self {
            kind: EntryKind::Stop,
            actor: stop.actor.clone(),
            reason: stop.message.clone(),
            at_ms: stop.at_ms,
        }
    }
}

impl From<&Force> for Lifted {
    fn from(force: &Force) -> Self {
        Self {
            kind: EntryKind::Force,
            actor: force.actor.clone(),
            reason: force.reason.clone(),
            at_ms: force.at_ms,
        }
    }
}

/// Of a token, in what is shown.
const SHORT_BYTES: usize = 8;
