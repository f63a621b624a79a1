//! Under which name a request comes: against DNS rebinding, and against pages of other origins.

use std::net::{IpAddr, Ipv6Addr};

use axum::http::request::Parts;
use axum::http::{HeaderValue, Version, header, uri};

use super::Refusal;

/// The host and port that a request was sent to, as its sender knows them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Authority {
    /// Lower case; an IPv6 address keeps its brackets. Empty where HTTP/1.0 names none.
    host: String,
    port: Option<u16>,
}

impl Authority {
    /// The target's authority where it has one, else the Host field (RFC 9112, section 3.2.2).
    pub(super) fn of(parts: &Parts) -> Result<Self, Refusal> {
        let mut hosts = parts.headers.get_all(header::HOST).iter();
        let (host, others) = (hosts.next(), hosts.next());
        if others.is_some() {
            return Err(Refusal::BadHost);
        }
        if let Some(authority) = parts.uri.authority() {
            return Self::parse(authority.as_str().as_bytes());
        }
        match host {
            Some(host) => Self::parse(host.as_bytes()),
            None if parts.version < Version::HTTP_11 => Ok(Self {
                host: String::new(),
                port: None,
            }),
            None => Err(Refusal::BadHost),
        }
    }

    /// An IP literal, `localhost`, or one of these names: no name that somebody else's DNS could
    /// point here.
    pub(super) fn is_ours(&self, hosts: &[String]) -> bool {
        let bracketed = self
            .host
            .strip_prefix('[')
            .and_then(|host| host.strip_suffix(']'));
        match bracketed {
            Some(literal) => literal.parse::<Ipv6Addr>().is_ok(),
            None => {
                self.host == "localhost"
                    || self.host.parse::<IpAddr>().is_ok()
                    || hosts.contains(&self.host)
            }
        }
    }

    /// Is this the origin (RFC 6454) of a page that came from here? TLS may end before us.
    pub(super) fn is_origin(&self, origin: &HeaderValue) -> bool {
        let Ok(origin) = origin.to_str() else {
            return false;
        };
        let Some((scheme, rest)) = origin.split_once("://") else {
            return false;
        };
        let default_port = match scheme.to_ascii_lowercase().as_str() {
            "http" => 80,
            "https" => 443,
            _ => return false,
        };
        Self::parse(rest.as_bytes()).is_ok_and(|origin| {
            origin.host == self.host
                && origin.port.unwrap_or(default_port) == self.port.unwrap_or(default_port)
        })
    }

    fn parse(text: &[u8]) -> Result<Self, Refusal> {
        let authority = uri::Authority::try_from(text).map_err(|_| Refusal::BadHost)?;
        let port = authority.port().map(|port| port.as_u16());
        let host = authority.host().to_ascii_lowercase();
        let names_a_user = authority.as_str().contains('@');
        let bad_port = port.is_none() && authority.as_str().len() != authority.host().len();
        if names_a_user || bad_port || host.is_empty() {
            return Err(Refusal::BadHost);
        }
        Ok(Self { host, port })
    }
}
