//! Where connections are accepted.

use std::net::IpAddr;
use std::num::NonZeroUsize;

use super::HookUrl;

/// Where connections are accepted.
#[derive(Clone, Debug, PartialEq)]
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

impl Network {
    /// The address lies in this range; an IPv4 address written as IPv6 counts as what it is.
    pub fn contains(&self, address: std::net::IpAddr) -> bool {
        use std::net::IpAddr::{V4, V6};
        match (self.address.to_canonical(), address.to_canonical()) {
            (V4(ours), V4(theirs)) => {
                let mask = u32::MAX
                    .checked_shl(32 - u32::from(self.prefix.min(32)))
                    .unwrap_or(0);
                (ours.to_bits() ^ theirs.to_bits()) & mask == 0
            }
            (V6(ours), V6(theirs)) => {
                let mask = u128::MAX
                    .checked_shl(128 - u32::from(self.prefix.min(128)))
                    .unwrap_or(0);
                (ours.to_bits() ^ theirs.to_bits()) & mask == 0
            }
            (V4(_), V6(_)) | (V6(_), V4(_)) => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Network;

    #[test]
    fn a_network_contains_what_shares_its_prefix() {
        let check = |network: &str, prefix: u8, address: &str, expected: bool| {
            let network = Network {
                address: network.parse().unwrap(),
                prefix,
            };
            assert_eq!(
                network.contains(address.parse().unwrap()),
                expected,
                "{address}"
            );
        };
        check("10.0.0.0", 8, "10.200.3.4", true);
        check("10.0.0.0", 8, "11.0.0.1", false);
        check("0.0.0.0", 0, "192.0.2.1", true);
        check("127.0.0.1", 32, "127.0.0.2", false);
        check("127.0.0.1", 32, "::ffff:127.0.0.1", true);
        check("2001:db8::", 32, "2001:db8:1::5", true);
        check("2001:db8::", 32, "2001:db9::5", false);
    }
}
