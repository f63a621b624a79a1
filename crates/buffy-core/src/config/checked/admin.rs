//! The admin listener, who may use it, and who is told of events.

use std::net::IpAddr;
use std::path::PathBuf;

use super::{HookUrl, Secret};

/// The admin listener.
#[derive(Clone, Debug, PartialEq)]
pub struct Admin {
    pub line: usize,
    /// Begins with `/`, does not end with one; `/_admin` by default.
    pub path: String,
    pub bind: IpAddr,
    pub port: u16,
    pub unix: Option<PathBuf>,
    pub tokens: Vec<Token>,
    /// Host names (beside IP literals and `localhost`) that are answered without a token.
    pub hosts: Vec<String>,
    /// `GET /gate?…` changes state too, as the earlier implementation had it.
    pub compat_get: bool,
    pub notify: Notify,
}

/// Who may do what through the admin API.
#[derive(Clone, Debug, PartialEq)]
pub struct Token {
    pub name: String,
    pub scope: Scope,
    pub value: Secret,
}

/// What a token allows; each includes the ones before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Scope {
    Read,
    Gate,
    Admin,
}

/// Who is told of events.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Notify {
    pub webhook: Option<HookUrl>,
    /// Signs the webhook's deliveries (Standard Webhooks).
    pub webhook_secret: Option<Secret>,
    pub slack: Option<HookUrl>,
    pub events: Vec<EventGroup>,
}

/// A kind of event that can be asked for; without `events` all are sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EventGroup {
    Gate,
    Upstream,
    Hold,
    Configuration,
}
