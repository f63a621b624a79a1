//! Who may read and who may change: Host, browser, token, in this order.
//!
//! Loopback is not an identity (a reverse proxy, a sidecar, a port mapping all come from there):
//! it counts only where the admin listener is bound to nothing wider, and where nothing says that
//! somebody else is behind it. The peer of a unix socket was let in by the socket's permissions.

mod host;
mod key;
mod refusal;
#[cfg(test)]
mod tests;

use std::net::{IpAddr, Ipv4Addr};

use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderName, HeaderValue, header};
use buffy_core::config::{Admin, Scope};

use self::host::Authority;
use self::key::{Key, Presented};
pub(super) use self::refusal::Refusal;
use crate::upstream::state::{ADMIN_TOKEN, StateDir};

/// What it takes to be let in.
#[derive(Debug)]
pub struct Access {
    /// Bound wider than loopback: nobody is trusted for his address.
    wide: bool,
    /// Lower case.
    hosts: Vec<String>,
    keys: Vec<Key>,
}

/// Where a connection comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Peer {
    Unix,
    Tcp(IpAddr),
}

impl Peer {
    /// Nobody knows who.
    pub(super) const STRANGER: Self = Self::Tcp(IpAddr::V4(Ipv4Addr::UNSPECIFIED));
}

/// What a request wants.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Wants {
    /// Nothing that is not everybody's.
    Public,
    /// To see paths, clients, addresses and configuration.
    Read,
    /// To move a gate.
    Change,
    /// To change what runs.
    Administer,
}

/// Who asks, as far as is known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Caller {
    identity: Identity,
    browser: Browser,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Identity {
    Token {
        name: String,
        scope: Scope,
    },
    /// By the permissions of the unix socket.
    Unix,
    /// A process of this machine, as itself.
    Local,
    /// From elsewhere, or on behalf of somebody else.
    Stranger,
    /// A token was sent, and it is none of ours.
    WrongToken,
}

/// What the browser says that the request comes from, if it comes from a browser.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Browser {
    /// Not a browser, as far as fields tell.
    No,
    /// A page of our own, or nothing that says otherwise; and whether it sends JSON.
    Own { json: bool, proven: bool },
    /// It must not be answered.
    Refused(Refusal),
}

impl Access {
    /// The access that is configured. Where the bind is wide and no token is configured, the one
    /// of the state folder is used, and made if there is none yet.
    pub fn new(admin: &Admin, state: Option<&StateDir>) -> Self {
        let wide = !admin.bind.to_canonical().is_loopback();
        let mut keys: Vec<Key> = admin.tokens.iter().filter_map(Key::configured).collect();
        if wide && keys.is_empty() {
            keys.extend(state.and_then(generated_key));
            if keys.is_empty() {
                let way_in = if admin.unix.is_some() {
                    "the unix socket"
                } else {
                    "nobody"
                };
                tracing::warn!(
                    way_in,
                    "the admin API is bound wider than loopback and has no token: write \
                     `admin.tokens`, or make `state_dir` writable"
                );
            }
        }
        let hosts = admin
            .hosts
            .iter()
            .map(|host| host.to_ascii_lowercase())
            .collect();
        Self { wide, hosts, keys }
    }

    /// Says who asks; refuses who comes under a name that is not ours, whatever he asks.
    pub(super) fn meet(&self, peer: Peer, parts: &Parts) -> Result<Caller, Refusal> {
        let fields = &parts.headers;
        let identity = match (peer, key::presented(fields)) {
            (_, Presented::Token(token)) => self.key(token),
            (_, Presented::Other) => Identity::WrongToken,
            (Peer::Unix, Presented::Nothing) => Identity::Unix,
            (Peer::Tcp(address), Presented::Nothing) if self.trusts(address, fields) => {
                Identity::Local
            }
            (Peer::Tcp(_), Presented::Nothing) => Identity::Stranger,
        };
        let authority = Authority::of(parts)?;
        let vouched = matches!(identity, Identity::Token { .. } | Identity::Unix);
        if !vouched && !authority.is_ours(&self.hosts) {
            return Err(Refusal::Host);
        }
        Ok(Caller {
            identity,
            browser: Browser::of(fields, &authority),
        })
    }

    fn key(&self, token: &[u8]) -> Identity {
        key::find(&self.keys, token).map_or(Identity::WrongToken, |key| Identity::Token {
            name: key.name.clone(),
            scope: key.scope,
        })
    }

    fn trusts(&self, address: IpAddr, fields: &HeaderMap) -> bool {
        !self.wide && address.to_canonical().is_loopback() && !fields.keys().any(is_forwarding)
    }
}

impl Caller {
    /// May he?
    pub(super) fn may(&self, wants: Wants) -> Result<(), Refusal> {
        if let Browser::Refused(refusal) = self.browser {
            return Err(refusal);
        }
        let needed = match wants {
            Wants::Public => return Ok(()),
            Wants::Read => Scope::Read,
            Wants::Change => Scope::Gate,
            Wants::Administer => Scope::Admin,
        };
        match &self.identity {
            Identity::Token { scope, .. } if *scope >= needed => {}
            Identity::Token { .. } => return Err(Refusal::Scope),
            Identity::Unix => {}
            Identity::Local if wants == Wants::Read || self.browser == Browser::No => {}
            Identity::Local | Identity::Stranger => return Err(Refusal::NoToken),
            Identity::WrongToken => return Err(Refusal::WrongToken),
        }
        match self.browser {
            Browser::Own { proven: false, .. } if wants != Wants::Read => Err(Refusal::Origin),
            Browser::Own { json: false, .. } if wants != Wants::Read => Err(Refusal::NotJson),
            Browser::Own { .. } | Browser::No => Ok(()),
            Browser::Refused(refusal) => Err(refusal),
        }
    }

    /// Who is written beside what he does, where he does not say.
    pub(super) fn name(&self) -> &str {
        match &self.identity {
            Identity::Token { name, .. } => name,
            Identity::Unix => "unix socket",
            Identity::Local => "local",
            Identity::Stranger | Identity::WrongToken => "unknown",
        }
    }

    /// A token was sent, and it is none of ours: a smaller answer would only confuse.
    pub(super) fn has_wrong_token(&self) -> bool {
        self.identity == Identity::WrongToken
    }
}

impl Browser {
    fn of(fields: &HeaderMap, authority: &Authority) -> Self {
        if fields.contains_key(header::UPGRADE) {
            return Self::Refused(Refusal::Upgrade);
        }
        let mode = fields.get("sec-fetch-mode");
        if mode.is_some_and(|mode| mode.as_bytes().eq_ignore_ascii_case(b"no-cors")) {
            return Self::Refused(Refusal::NoCors);
        }
        let mut origins = fields.get_all(header::ORIGIN).iter();
        let (origin, others) = (origins.next(), origins.next());
        if origin.is_some_and(|origin| others.is_some() || !authority.is_origin(origin)) {
            return Self::Refused(Refusal::Origin);
        }
        let fetches = fields
            .keys()
            .any(|name| name.as_str().starts_with("sec-fetch-"));
        if origin.is_none() && !fetches {
            return Self::No;
        }
        let site = fields.get("sec-fetch-site").map(HeaderValue::as_bytes);
        let proven = match site {
            Some(site) => site == b"same-origin",
            None => origin.is_some(),
        };
        Self::Own {
            json: is_json(fields),
            proven,
        }
    }
}

/// Is the body said to be JSON?
pub(super) fn is_json(fields: &HeaderMap) -> bool {
    let mut types = fields.get_all(header::CONTENT_TYPE).iter();
    let (Some(media), None) = (types.next(), types.next()) else {
        return false;
    };
    let essence = media
        .as_bytes()
        .split(|&byte| byte == b';')
        .next()
        .unwrap_or_default();
    essence
        .trim_ascii()
        .eq_ignore_ascii_case(b"application/json")
}

/// Says that somebody else is behind the peer.
fn is_forwarding(name: &HeaderName) -> bool {
    let name = name.as_str();
    name == "forwarded" || name == "via" || name.starts_with("x-forwarded-")
}

fn generated_key(state: &StateDir) -> Option<Key> {
    let file = state.path().join(ADMIN_TOKEN);
    match state.admin_token() {
        Ok((token, new)) => {
            tracing::info!(
                file = %file.display(),
                new,
                "the admin API is bound wider than loopback: changes take the token in this file"
            );
            Some(Key::generated(&token))
        }
        Err(error) => {
            let cause = std::error::Error::source(&error).map(ToString::to_string);
            tracing::warn!(%error, cause, "there is no admin token");
            None
        }
    }
}
