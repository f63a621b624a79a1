//! Where connections are accepted.

use std::net::IpAddr;
use std::num::NonZeroUsize;

use super::HookUrl;

/// Where connections are accepted.
#[derive(Clone, Debug)]
pub struct Listener {
    pub id: String,
    /// The line of the file, for errors met when it is bound.
    pub line: usize,
    pub bind: IpAddr,
    /// 0 lets the system choose.
    pub port: u16,
    /// Indices into [`Config::endpoints`](super::Config::endpoints); none written: all of them.
    pub endpoints: Option<Vec<usize>>,
    /// Told of connections opened and closed, in batches.
    pub webhook: Option<HookUrl>,
    /// Open connections at most on this listener; none written: what descriptors allow.
    pub connections_max: Option<NonZeroUsize>,
    /// Peers whose `X-Forwarded-*` and `Forwarded` are believed.
    pub trusted_proxies: Vec<Network>,
}

/// An address range: `10.0.0.0/8`, `::1/128`, or one address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Network {
    pub address: IpAddr,
    pub prefix: u8,
}
