//! CPU per request: proxied, and answered by the proxy itself, in turn with the peers.

use std::net::SocketAddr;
use std::path::Path;

use anyhow::Result;

use super::backend::Backend;
use super::buffy::Buffy;
use super::figures::{Verdict, median, spread};
use super::folder::Folder;
use super::load::Load;
use super::options::Options;
use super::peers::{self, CANNED_PATH, Contender};
use super::process::{Server, as_float};

/// The peer that a ratio is against.
const REFERENCE: &str = "nginx";
const SECONDS: u32 = 3;

/// Who answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum By {
    /// The server behind the proxies.
    Upstream,
    /// The proxy.
    Itself,
}

/// The samples of one contender, in microseconds per request, one for each round.
struct Row {
    name: &'static str,
    microseconds: Vec<f64>,
}

pub(super) fn run(by: By, options: &Options, binary: &Path, folder: &Folder) -> Result<Verdict> {
    let what = match by {
        By::Itself => "canned response, CPU against nginx",
        By::Upstream => "proxied request, CPU against nginx",
    };
    let ground = Ground::new(options.smoke, folder)?;
    let contenders = contenders(options.smoke, binary, ground.upstream, folder)?;
    let (warm, load) = if options.smoke {
        (Load::Own { requests: 20 }, Load::Own { requests: 2_000 })
    } else {
        (Load::Wrk { seconds: 1 }, Load::Wrk { seconds: SECONDS })
    };
    for contender in &contenders {
        sample(contender, by, warm)?;
    }
    let rows = alternate(&contenders, by, options.rounds, load)?;
    print(&rows, options.rounds);
    let ratios = ratios(&rows, "buffy");
    Ok(Verdict {
        what,
        unit: "x nginx",
        measured: median(&ratios),
        spread: Some(spread(&ratios)),
        wanted: 0.95,
        moonshot: 0.80,
    })
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

/// Each contender once in every round, so that what slows the machine for a while slows all.
fn alternate(contenders: &[Contender], by: By, rounds: usize, load: Load) -> Result<Vec<Row>> {
    let mut rows: Vec<Row> = contenders
        .iter()
        .map(|contender| Row {
            name: contender.name,
            microseconds: Vec::new(),
        })
        .collect();
    for _ in 0..rounds {
        for (contender, row) in contenders.iter().zip(&mut rows) {
            row.microseconds.push(sample(contender, by, load)?);
        }
    }
    Ok(rows)
}

/// Microseconds of CPU for each request of `load`.
fn sample(contender: &Contender, by: By, load: Load) -> Result<f64> {
    let (address, target) = match by {
        By::Itself => (contender.canned, CANNED_PATH),
        By::Upstream => (contender.proxied, "/"),
    };
    let before = contender.server.cpu_seconds()?;
    let requests = load.send(address, target)?;
    let after = contender.server.cpu_seconds()?;
    Ok((after - before) * 1e6 / as_float(requests))
}

/// Of each round, the cost of `name` as a part of the reference's in the same round. Alone, as in
/// the self-check, it is its own reference.
fn ratios(rows: &[Row], name: &str) -> Vec<f64> {
    let of = |name: &str| rows.iter().find(|row| row.name == name);
    let (Some(row), Some(reference)) = (of(name), of(REFERENCE).or_else(|| of(name))) else {
        return Vec::new();
    };
    let pairs = row.microseconds.iter().zip(&reference.microseconds);
    pairs.map(|(own, reference)| own / reference).collect()
}

fn print(rows: &[Row], rounds: usize) {
    println!("CPU per request, median of {rounds} alternations");
    println!(
        "{:<10} {:>12} {:>8} {:>10} {:>8}",
        "", "us/request", "spread", "x nginx", "spread"
    );
    for row in rows {
        let ratios = ratios(rows, row.name);
        println!(
            "{:<10} {:>12.2} {:>6.0} % {:>10.2} {:>6.0} %",
            row.name,
            median(&row.microseconds),
            spread(&row.microseconds) * 100.0,
            median(&ratios),
            spread(&ratios) * 100.0,
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_ratio_is_taken_within_its_round() {
        let rows = [
            Row {
                name: "buffy",
                microseconds: vec![9.0, 18.0],
            },
            Row {
                name: "nginx",
                microseconds: vec![10.0, 20.0],
            },
        ];
        assert_eq!(ratios(&rows, "buffy"), [0.9, 0.9]);
        assert_eq!(ratios(&rows, "nginx"), [1.0, 1.0]);
        assert_eq!(ratios(&rows, "apache"), [0.0; 0]);
    }
}
