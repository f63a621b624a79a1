//! CPU per request of several servers, or of several answers of one, in turn.

use std::net::SocketAddr;

use anyhow::Result;

use super::figures::{Verdict, median, spread};
use super::load::Load;
use super::options::Options;
use super::process::{Server, as_float};

const SECONDS: u32 = 3;

/// Something that is asked for, and the server that answers it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Subject<'s> {
    pub(super) name: &'static str,
    pub(super) server: &'s Server,
    pub(super) address: SocketAddr,
    pub(super) target: &'s str,
}

/// What the subjects cost.
pub(super) struct Comparison {
    rows: Vec<Row>,
    /// The subject that ratios are against.
    reference: &'static str,
    /// What such a ratio is called.
    unit: &'static str,
}

/// The samples of one subject, in microseconds per request, one for each round.
struct Row {
    name: &'static str,
    microseconds: Vec<f64>,
}

/// Each subject once in every round, so that what slows the machine for a while slows all. Ratios
/// are against the one called `reference`, and called `unit`.
pub(super) fn compare(
    subjects: &[Subject<'_>],
    (reference, unit): (&'static str, &'static str),
    options: &Options,
) -> Result<Comparison> {
    let (warm, load) = if options.smoke {
        (Load::Own { requests: 20 }, Load::Own { requests: 2_000 })
    } else {
        (Load::Wrk { seconds: 1 }, Load::Wrk { seconds: SECONDS })
    };
    let mut rows = Vec::new();
    for subject in subjects {
        sample(subject, warm)?;
        rows.push(Row {
            name: subject.name,
            microseconds: Vec::new(),
        });
    }
    for _ in 0..options.rounds {
        for (subject, row) in subjects.iter().zip(&mut rows) {
            row.microseconds.push(sample(subject, load)?);
        }
    }
    let comparison = Comparison {
        rows,
        reference,
        unit,
    };
    comparison.print(options.rounds);
    Ok(comparison)
}

/// Microseconds of CPU for each request of `load`.
fn sample(subject: &Subject<'_>, load: Load) -> Result<f64> {
    let before = subject.server.cpu_seconds()?;
    let requests = load.send(subject.address, subject.target)?;
    let after = subject.server.cpu_seconds()?;
    Ok((after - before) * 1e6 / as_float(requests))
}

impl Comparison {
    /// The ratio of one subject beside its target.
    pub(super) fn verdict(
        &self,
        name: &str,
        what: &'static str,
        (wanted, moonshot): (f64, f64),
    ) -> Verdict {
        let ratios = self.ratios(name);
        Verdict {
            what,
            unit: self.unit,
            measured: median(&ratios),
            spread: Some(spread(&ratios)),
            wanted,
            moonshot,
        }
    }

    /// Of each round, the cost of `name` as a part of the reference's in the same round. Where the
    /// reference is missing, as peers are in the self-check, it is its own.
    fn ratios(&self, name: &str) -> Vec<f64> {
        let of = |name: &str| self.rows.iter().find(|row| row.name == name);
        let (Some(row), Some(reference)) = (of(name), of(self.reference).or_else(|| of(name)))
        else {
            return Vec::new();
        };
        let pairs = row.microseconds.iter().zip(&reference.microseconds);
        pairs.map(|(own, reference)| own / reference).collect()
    }

    fn print(&self, rounds: usize) {
        println!("CPU per request, median of {rounds} alternations");
        println!(
            "{:<10} {:>12} {:>8} {:>10} {:>8}",
            "", "us/request", "spread", self.unit, "spread"
        );
        for row in &self.rows {
            let ratios = self.ratios(row.name);
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
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_ratio_is_taken_within_its_round() {
        let row = |name, microseconds: [f64; 2]| Row {
            name,
            microseconds: microseconds.to_vec(),
        };
        let comparison = Comparison {
            rows: vec![row("buffy", [9.0, 18.0]), row("nginx", [10.0, 20.0])],
            reference: "nginx",
            unit: "x nginx",
        };
        assert_eq!(comparison.ratios("buffy"), [0.9, 0.9]);
        assert_eq!(comparison.ratios("nginx"), [1.0, 1.0]);
        assert_eq!(comparison.ratios("apache"), [0.0; 0]);
        let verdict = comparison.verdict("buffy", "proxied", (0.95, 0.8));
        assert_eq!((verdict.measured, verdict.spread), (0.9, Some(0.0)));
    }
}
