//! Tokens: what is configured, what was sent, and whether they are the same.

use axum::http::{HeaderMap, header};
use buffy_core::config::{Scope, Secret, Token};
use ring::digest::{SHA256, digest};
use subtle::ConstantTimeEq as _;

/// The name of the token that Buffy made for itself.
const GENERATED: &str = "admin.token";

/// One token that opens.
#[derive(Debug)]
pub(super) struct Key {
    pub(super) name: String,
    pub(super) scope: Scope,
    /// Of one length for all, so that a comparison tells nothing of a token's own.
    digest: [u8; 32],
}

/// What a request brings to prove who asks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Presented<'a> {
    Nothing,
    Token(&'a [u8]),
    /// Something that is no bearer token, or several.
    Other,
}

impl Key {
    /// A key of the configuration; an empty one opens nothing.
    pub(super) fn configured(token: &Token) -> Option<Self> {
        let value = token.value.expose();
        (!value.is_empty()).then(|| Self {
            name: token.name.clone(),
            scope: token.scope,
            digest: sha256(value.as_bytes()),
        })
    }

    /// The key of the state folder: it opens all.
    pub(super) fn generated(token: &Secret) -> Self {
        Self {
            name: GENERATED.to_owned(),
            scope: Scope::Admin,
            digest: sha256(token.expose().as_bytes()),
        }
    }
}

/// The key that a token is; every key is compared, in the same time.
pub(super) fn find<'a>(keys: &'a [Key], token: &[u8]) -> Option<&'a Key> {
    let digest = sha256(token);
    keys.iter().fold(None, |found, key| {
        let same = bool::from(key.digest.ct_eq(&digest));
        if same { Some(key) } else { found }
    })
}

/// The credentials of a request (RFC 6750, section 2.1).
pub(super) fn presented(fields: &HeaderMap) -> Presented<'_> {
    let mut all = fields.get_all(header::AUTHORIZATION).iter();
    let Some(value) = all.next() else {
        return Presented::Nothing;
    };
    let value = value.as_bytes();
    let (scheme, token) = match value.iter().position(|&byte| byte == b' ') {
        Some(space) => value.split_at(space),
        None => (value, &[][..]),
    };
    let token = token.trim_ascii();
    if all.next().is_some() || !scheme.eq_ignore_ascii_case(b"bearer") || token.is_empty() {
        return Presented::Other;
    }
    Presented::Token(token)
}

fn sha256(bytes: &[u8]) -> [u8; 32] {
    let mut out = [0; 32];
    out.copy_from_slice(digest(&SHA256, bytes).as_ref());
    out
}
