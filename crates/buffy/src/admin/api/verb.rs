//! What may be asked of a gate, and what goes with it.

use std::time::Duration;

use axum::extract::Request;
use buffy_core::config::OnExpiry;
use buffy_core::gate::{Holds, Token};
use buffy_core::rule::Rule;

use super::fields::Fields;
use crate::admin::problem::{Problem, bad};
use crate::upstream::{Order, Terms};

/// A drain is waited for so long at most: whoever asked has gone by then.
const DRAIN_MAX: Duration = Duration::from_hours(1);

/// How long a recording, or a bypass, stands where nobody says.
const TTL: Duration = Duration::from_mins(10);

/// What may be asked of a gate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::admin) enum Verb {
    Close,
    Open,
    Stop,
    Renew,
    ExpectVersion,
}

impl Verb {
    const ALL: [Self; 5] = [
        Self::Close,
        Self::Open,
        Self::Stop,
        Self::Renew,
        Self::ExpectVersion,
    ];
    /// Those that the short form knows, by their names.
    pub(super) const SHORT: [(&str, Self); 3] = [
        ("close", Self::Close),
        ("open", Self::Open),
        ("stop", Self::Stop),
    ];

    fn name(self) -> &'static str {
        match self {
            Self::Close => "close",
            Self::Open => "open",
            Self::Stop => "stop",
            Self::Renew => "renew",
            Self::ExpectVersion => "expect_version",
        }
    }

    fn fields(self) -> &'static [&'static str] {
        match self {
            Self::Close => &[
                "actor",
                "reason",
                "hold",
                "ttl",
                "on_expiry",
                "drain",
                "cut",
                "token",
            ],
            Self::Open => &["actor", "reason", "token", "force", "ttl"],
            Self::Stop => &[
                "actor",
                "message",
                "reason",
                "until",
                "ttl",
                "on_expiry",
                "token",
            ],
            Self::Renew => &["token", "ttl"],
            Self::ExpectVersion => &["if", "actor"],
        }
    }

    /// The order that is asked for; in the name of the caller, where nobody else is named.
    pub(super) fn order(self, fields: &Fields, caller: &str) -> Result<Order, Problem> {
        self.goes_with(fields)?;
        let actor = fields.text("actor")?.unwrap_or_else(|| caller.to_owned());
        match self {
            Self::Close => close(fields, actor),
            Self::Open => open(fields, actor),
            Self::Stop => stop(fields, actor),
            Self::Renew => renew(fields),
            Self::ExpectVersion => expect_version(fields, actor),
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

fn close(fields: &Fields, actor: String) -> Result<Order, Problem> {
    let drain = fields.duration("drain")?.unwrap_or_default();
    if drain > DRAIN_MAX {
        return Err(bad("`drain` is longer than an hour; write less."));
    }
    Ok(Order::Close {
        token: token(fields)?,
        actor,
        reason: fields.text("reason")?.unwrap_or_default(),
        holds: holds(fields)?,
        terms: terms(fields)?,
        drain,
        cut: fields.flag("cut")?,
    })
}

/// An open, forced or not.
fn open(fields: &Fields, actor: String) -> Result<Order, Problem> {
    let reason = fields.text("reason")?.unwrap_or_default();
    let (token, ttl) = (token(fields)?, ttl(fields)?);
    if !fields.flag("force")? {
        if ttl.is_some() {
            let detail = "`ttl` goes with `force`: an open without it has no end. Write \
                          `\"force\": true`, or leave `ttl` out.";
            return Err(bad(detail));
        }
        return Ok(Order::Open {
            actor,
            reason,
            token,
        });
    }
    if token.is_some() {
        let detail = "`token` lifts one entry, and `force` all of them: write one or the other.";
        return Err(bad(detail));
    }
    Ok(Order::Force { actor, reason, ttl })
}

fn stop(fields: &Fields, actor: String) -> Result<Order, Problem> {
    let (message, reason) = (fields.text("message")?, fields.text("reason")?);
    Ok(Order::Stop {
        token: token(fields)?,
        actor,
        // What clients are told is the message; a reason alone will do.
        message: message.or(reason).unwrap_or_default(),
        until_ms: fields.moment("until")?,
        terms: terms(fields)?,
    })
}

fn renew(fields: &Fields) -> Result<Order, Problem> {
    let token = token(fields)?.ok_or_else(|| {
        bad("`token` is missing; write the one that the close or stop was answered with.")
    })?;
    let ttl = ttl(fields)?
        .ok_or_else(|| bad("`ttl` is missing; write how long it is to stand from now on: `5m`."))?;
    Ok(Order::Renew { token, ttl })
}

/// The version that every OPEN must come with; `null` ends it.
fn expect_version(fields: &Fields, actor: String) -> Result<Order, Problem> {
    if !fields.has("if") {
        let detail = "`if` is missing; write a rule on the status document, \
                      `\"if\": \"build=\\\"1.4.2\\\"\"`, or `null` to expect none.";
        return Err(bad(detail));
    }
    let rule = fields.rule("if", |text| {
        Rule::parse(text, buffy_core::config::DocumentKind::Json)
    })?;
    Ok(Order::ExpectVersion { rule, actor })
}

fn token(fields: &Fields) -> Result<Option<Token>, Problem> {
    Ok(fields.token("token")?.map(Token::new))
}

/// How long something is to stand, where nothing else is said with it.
pub(super) async fn only_ttl(request: Request) -> Result<Duration, Problem> {
    let fields = Fields::of(request).await?;
    fields.only(&["ttl"])?;
    Ok(ttl(&fields)?.unwrap_or(TTL))
}

/// How long something is to stand; more than nothing.
fn ttl(fields: &Fields) -> Result<Option<Duration>, Problem> {
    let ttl = fields.duration("ttl")?;
    if ttl.is_some_and(|ttl| ttl.is_zero()) {
        return Err(bad("`ttl` is zero; write how long: `5m`."));
    }
    Ok(ttl)
}

fn terms(fields: &Fields) -> Result<Terms, Problem> {
    let words = [
        ("lift", OnExpiry::Lift),
        ("stop", OnExpiry::Stop),
        ("keep", OnExpiry::Keep),
    ];
    Ok(Terms {
        ttl: ttl(fields)?,
        on_expiry: fields.word("on_expiry", &words)?,
    })
}

fn holds(fields: &Fields) -> Result<Holds, Problem> {
    let text = fields.text("hold")?;
    match text.as_deref() {
        None | Some("all") => Ok(Holds::All),
        Some("writes") => Ok(Holds::Writes),
        Some(text) => Rule::parse_request(text).map(Holds::Rule).map_err(|error| {
            bad(format!(
                "`hold` is neither `all` nor `writes`, nor a rule on requests: {error}."
            ))
        }),
    }
}
