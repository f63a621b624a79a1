//! The clauses of operators: `closed by bob as B for 10s or stop`.
//!
//! By whom is alice where nobody is named; `as` gives a token; `for` a lease (of a force: its end),
//! and `or stop`, `or keep` what follows it. `lifted B` takes the token's entry away. All are said
//! two seconds after the epoch, and `it is 12s` is twelve seconds after it.

use super::script::duration;
use crate::config::{DocumentKind, OnExpiry};
use crate::gate::{Close, ExpectVersion, Force, Holds, Input, Lease, Stop, Token};
use crate::rule::Rule;

/// When operators speak, in milliseconds since the Unix epoch.
const AT_MS: u64 = 2_000;

/// What an operator said, if the clause is of one.
pub(super) fn said(clause: &str) -> Option<Input> {
    let (clause, lease) = leased(clause);
    let (clause, token) = match clause.split_once(" as ") {
        Some((clause, name)) => (clause, Some(token(name))),
        None => (clause, None),
    };
    let (what, actor) = clause.split_once(" by ").unwrap_or((clause, "alice"));
    let (actor, reason) = (actor.to_owned(), "deploy".to_owned());
    let close = |holds| {
        Input::Close(Close {
            id: 0,
            token: token.clone(),
            actor: actor.clone(),
            reason: reason.clone(),
            holds,
            lease,
            at_ms: AT_MS,
        })
    };
    Some(match what.split_once(' ') {
        None if what == "closed" => close(Holds::All),
        None if what == "stopped" => Input::Stop(Stop {
            id: 0,
            token,
            actor,
            message: reason,
            at_ms: AT_MS,
            until_ms: None,
            lease,
        }),
        None if what == "forced" => Input::Force(Force {
            token,
            actor,
            reason,
            at_ms: AT_MS,
            until_ms: lease.map_or(u64::MAX, |lease| lease.until_ms),
        }),
        None if what == "lifted" => Input::Open {
            actor,
            reason,
            token: None,
        },
        Some(("lifted", name)) => Input::Open {
            actor,
            reason,
            token: Some(self::token(name)),
        },
        Some(("writes", "closed")) => close(Holds::Writes),
        Some((rule, "closed")) => close(Holds::Rule(Rule::parse_request(rule).unwrap())),
        Some(("renewed", name)) => Input::Renew {
            token: self::token(name),
            ttl_ms: lease?.ttl_ms,
            until_ms: lease?.until_ms,
        },
        Some(("drained", name)) => Input::LeaseBegins {
            token: self::token(name),
            until_ms: lease?.until_ms,
        },
        Some(("expected", rule)) => Input::ExpectVersion(Some(ExpectVersion {
            rule: Rule::parse(rule, DocumentKind::Json).unwrap(),
            actor,
            at_ms: AT_MS,
        })),
        Some(("anything", "expected")) => Input::ExpectVersion(None),
        Some(("it", now)) => Input::Expire {
            now_ms: millis(now.strip_prefix("is ")?),
        },
        _ => return None,
    })
}

/// The end of a clause: `for 10s or keep`.
fn leased(clause: &str) -> (&str, Option<Lease>) {
    let (clause, on_expiry) = match clause.split_once(" or ") {
        Some((clause, "stop")) => (clause, OnExpiry::Stop),
        Some((clause, "keep")) => (clause, OnExpiry::Keep),
        _ => (clause, OnExpiry::Lift),
    };
    let (clause, until_ms) = match clause.split_once(" for ") {
        Some((clause, ttl)) => (clause, Some(AT_MS + millis(ttl))),
        None => (clause, None),
    };
    let lease = until_ms.map(|until_ms| Lease {
        ttl_ms: until_ms - AT_MS,
        until_ms,
        on_expiry,
    });
    (clause, lease)
}

pub(super) fn token(name: &str) -> Token {
    Token::new(name.to_owned())
}

fn millis(text: &str) -> u64 {
    u64::try_from(duration(text).as_millis()).unwrap()
}
