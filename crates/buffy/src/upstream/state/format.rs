//! The format of the file: types of its own, and a version.
//!
//! Version 1 knew closes and stops; what version 2 added may be missing, so both are read alike.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::Path;

use buffy_core::config::{DocumentKind, OnExpiry};
use buffy_core::gate::{Close, ExpectVersion, Force, Holds, Lease, Operator, Stop, Token};
use buffy_core::rule::{Rule, RuleError};
use serde::{Deserialize, Serialize};

use super::StateError;

pub(super) const VERSION: u32 = 2;
const VERSIONS_READ: [u32; 2] = [1, VERSION];

/// The entries of every upstream, by its id.
pub(super) type Upstreams = BTreeMap<String, KeptOperator>;

/// What operators said about one upstream.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct KeptOperator {
    closes: Vec<KeptClose>,
    stops: Vec<KeptStop>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    force: Option<KeptForce>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    expect_version: Option<KeptExpected>,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct KeptClose {
    id: u64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    token: Option<String>,
    actor: String,
    reason: String,
    holds: KeptHolds,
    at_ms: u64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    lease: Option<KeptLease>,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct KeptStop {
    id: u64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    token: Option<String>,
    actor: String,
    message: String,
    at_ms: u64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    until_ms: Option<u64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    lease: Option<KeptLease>,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct KeptForce {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    token: Option<String>,
    actor: String,
    reason: String,
    at_ms: u64,
    until_ms: u64,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct KeptExpected {
    rule: String,
    actor: String,
    at_ms: u64,
}

#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct KeptLease {
    ttl_ms: u64,
    until_ms: u64,
    on_expiry: KeptOnExpiry,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
enum KeptHolds {
    All,
    Writes,
    Rule(String),
}

#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
enum KeptOnExpiry {
    Lift,
    Stop,
    Keep,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Gates<T> {
    version: u32,
    upstreams: T,
}

/// Read first: what follows a version that is not known is anybody's guess.
#[derive(Deserialize)]
struct Versioned {
    version: u32,
}

/// The entries of every upstream; none where there is no file.
pub(super) fn read_gates(path: &Path) -> Result<Upstreams, StateError> {
    let text = match fs::read(path) {
        Ok(text) => text,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(BTreeMap::new()),
        Err(source) => {
            return Err(StateError::Read {
                path: path.to_owned(),
                source,
            });
        }
    };
    parse_gates(path, &text)
}

/// The entries of every upstream, by the text of the file.
pub(super) fn parse_gates(path: &Path, text: &[u8]) -> Result<Upstreams, StateError> {
    let corrupt = |source| StateError::Corrupt {
        path: path.to_owned(),
        source,
    };
    let Versioned { version } = serde_json::from_slice(text).map_err(corrupt)?;
    if !VERSIONS_READ.contains(&version) {
        return Err(StateError::Version {
            path: path.to_owned(),
            found: version,
        });
    }
    let gates: Gates<Upstreams> = serde_json::from_slice(text).map_err(corrupt)?;
    for kept in gates.upstreams.values() {
        Operator::try_from(kept).map_err(|source| StateError::Rule {
            path: path.to_owned(),
            source,
        })?;
    }
    Ok(gates.upstreams)
}

/// The text of the file.
pub(super) fn gates_text(upstreams: &Upstreams) -> Result<Vec<u8>, serde_json::Error> {
    serde_json::to_vec_pretty(&Gates {
        version: VERSION,
        upstreams,
    })
}

impl From<&Operator> for KeptOperator {
    fn from(operator: &Operator) -> Self {
        Self {
            closes: operator.closes().iter().map(KeptClose::from).collect(),
            stops: operator.stops().iter().map(KeptStop::from).collect(),
            force: operator.force().map(|force| KeptForce {
                token: kept_token(force.token.as_ref()),
                actor: force.actor.clone(),
                reason: force.reason.clone(),
                at_ms: force.at_ms,
                until_ms: force.until_ms,
            }),
            expect_version: operator.expected().map(|expected| KeptExpected {
                rule: expected.rule.text().to_owned(),
                actor: expected.actor.clone(),
                at_ms: expected.at_ms,
            }),
        }
    }
}

impl From<&Close> for KeptClose {
    fn from(close: &Close) -> Self {
        Self {
            id: close.id,
            token: kept_token(close.token.as_ref()),
            actor: close.actor.clone(),
            reason: close.reason.clone(),
            holds: match &close.holds {
                Holds::All => KeptHolds::All,
                Holds::Writes => KeptHolds::Writes,
                Holds::Rule(rule) => KeptHolds::Rule(rule.text().to_owned()),
            },
            at_ms: close.at_ms,
            lease: close.lease.map(KeptLease::from),
        }
    }
}

impl From<&Stop> for KeptStop {
    fn from(stop: &Stop) -> Self {
        Self {
            id: stop.id,
            token: kept_token(stop.token.as_ref()),
            actor: stop.actor.clone(),
            message: stop.message.clone(),
            at_ms: stop.at_ms,
            until_ms: stop.until_ms,
            lease: stop.lease.map(KeptLease::from),
        }
    }
}

impl From<Lease> for KeptLease {
    fn from(lease: Lease) -> Self {
        Self {
            ttl_ms: lease.ttl_ms,
            until_ms: lease.until_ms,
            on_expiry: match lease.on_expiry {
                OnExpiry::Lift => KeptOnExpiry::Lift,
                OnExpiry::Stop => KeptOnExpiry::Stop,
                OnExpiry::Keep => KeptOnExpiry::Keep,
            },
        }
    }
}

impl TryFrom<&KeptOperator> for Operator {
    type Error = RuleError;

    fn try_from(kept: &KeptOperator) -> Result<Self, RuleError> {
        let closes = kept
            .closes
            .iter()
            .map(Close::try_from)
            .collect::<Result<_, _>>()?;
        let force = kept.force.as_ref().map(|force| Force {
            token: force.token.clone().map(Token::new),
            actor: force.actor.clone(),
            reason: force.reason.clone(),
            at_ms: force.at_ms,
            until_ms: force.until_ms,
        });
        let expected = kept.expect_version.as_ref().map(|expected| {
            let rule = Rule::parse(&expected.rule, DocumentKind::Json)?;
            Ok(ExpectVersion {
                rule,
                actor: expected.actor.clone(),
                at_ms: expected.at_ms,
            })
        });
        let stops = kept.stops.iter().map(Stop::from).collect();
        Ok(Self::new(closes, stops, force, expected.transpose()?))
    }
}

impl TryFrom<&KeptClose> for Close {
    type Error = RuleError;

    fn try_from(kept: &KeptClose) -> Result<Self, RuleError> {
        Ok(Self {
            id: kept.id,
            token: kept.token.clone().map(Token::new),
            actor: kept.actor.clone(),
            reason: kept.reason.clone(),
            holds: match &kept.holds {
                KeptHolds::All => Holds::All,
                KeptHolds::Writes => Holds::Writes,
                KeptHolds::Rule(text) => Holds::Rule(Rule::parse_request(text)?),
            },
            at_ms: kept.at_ms,
            lease: kept.lease.map(Lease::from),
        })
    }
}

impl From<&KeptStop> for Stop {
    fn from(kept: &KeptStop) -> Self {
        Self {
            id: kept.id,
            token: kept.token.clone().map(Token::new),
            actor: kept.actor.clone(),
            message: kept.message.clone(),
            at_ms: kept.at_ms,
            until_ms: kept.until_ms,
            lease: kept.lease.map(Lease::from),
        }
    }
}

impl From<KeptLease> for Lease {
    fn from(kept: KeptLease) -> Self {
        Self {
            ttl_ms: kept.ttl_ms,
            until_ms: kept.until_ms,
            on_expiry: match kept.on_expiry {
                KeptOnExpiry::Lift => OnExpiry::Lift,
                KeptOnExpiry::Stop => OnExpiry::Stop,
                KeptOnExpiry::Keep => OnExpiry::Keep,
            },
        }
    }
}

fn kept_token(token: Option<&Token>) -> Option<String> {
    token.map(|token| token.expose().to_owned())
}
