//! CPU per request: proxied, and answered by the proxy itself, in turn with the peers.

use std::net::SocketAddr;
use std::path::Path;

use anyhow::Result;

use super::backend::Backend;
use super::buffy::Buffy;
use super::compare::{Subject, compare};
use super::figures::Verdict;
use super::folder::Folder;
use super::options::Options;
use super::peers::{self, CANNED_PATH, Contender};
use super::process::Server;

/// Who answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum By {
    /// The server behind the proxies.
    Upstream,
    /// The proxy.
    Itself,
}

pub(super) fn run(by: By, options: &Options, binary: &Path, folder: &Folder) -> Result<Verdict> {
    let what = match by {
        By::Itself => "canned response, CPU against nginx",
        By::Upstream => "proxied request, CPU against nginx",
    };
    let ground = Ground::new(options.smoke, folder)?;
    let contenders = contenders(options.smoke, binary, ground.upstream, folder)?;
    let subjects: Vec<_> = contenders.iter().map(|one| subject(one, by)).collect();
    let compared = compare(&subjects, ("nginx", "x nginx"), options)?;
    Ok(compared.verdict("buffy", what, (0.95, 0.80)))
}

fn subject(contender: &Contender, by: By) -> Subject<'_> {
    let (address, target) = match by {
        By::Itself => (contender.canned, CANNED_PATH),
        By::Upstream => (contender.proxied, "/"),
    };
    Subject {
        name: contender.name,
        server: &contender.server,
        address,
        target,
    }
}

/// What stands behind the proxies.
struct Ground {
    upstream: SocketAddr,
    _nginx: Option<Server>,
    _own: Option<Backend>,
}

impl Ground {
    fn new(smoke: bool, folder: &Folder) -> Result<Ground> {
        if smoke {
            let own = Backend::start()?;
            return Ok(Ground {
                upstream: own.address,
                _nginx: None,
                _own: Some(own),
            });
        }
        let (nginx, upstream) = peers::backend(folder)?;
        Ok(Ground {
            upstream,
            _nginx: Some(nginx),
            _own: None,
        })
    }
}

fn contenders(
    smoke: bool,
    binary: &Path,
    upstream: SocketAddr,
    folder: &Folder,
) -> Result<Vec<Contender>> {
    let mut contenders = vec![Buffy::start(binary, upstream, smoke, folder)?.contender()?];
    if !smoke {
        contenders.push(peers::nginx(upstream, folder)?);
        contenders.push(peers::haproxy(upstream, folder)?);
        contenders.push(peers::caddy(upstream, folder)?);
    }
    Ok(contenders)
}
