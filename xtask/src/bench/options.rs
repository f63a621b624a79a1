//! What a run of the bench is asked to do.

use std::fmt;
use std::path::PathBuf;

use anyhow::{Context, Result, bail, ensure};

/// One thing to measure.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Measure {
    Proxied,
    Canned,
    Templated,
    Rules,
    File,
    Held,
    Idle,
    Release,
    Paced,
    Churn,
}

const ALL: [Measure; 10] = [
    Measure::Proxied,
    Measure::Canned,
    Measure::Templated,
    Measure::Rules,
    Measure::File,
    Measure::Held,
    Measure::Idle,
    Measure::Release,
    Measure::Paced,
    Measure::Churn,
];

const TAKES: &str = "--only, --rounds, --binary, --smoke, --install";

#[derive(Debug, PartialEq, Eq)]
pub(super) struct Options {
    pub(super) measures: Vec<Measure>,
    /// How often each contender is measured in turn.
    pub(super) rounds: usize,
    /// A check of the harness itself: small, without peers, on a debug build.
    pub(super) smoke: bool,
    pub(super) install: bool,
    /// What to measure instead of a build of this tree: an older release, say.
    pub(super) binary: Option<PathBuf>,
}

impl Options {
    pub(super) fn parse(words: &[String]) -> Result<Options> {
        let mut options = Options {
            measures: ALL.to_vec(),
            rounds: 5,
            smoke: false,
            install: false,
            binary: None,
        };
        let mut words = words.iter();
        while let Some(word) = words.next() {
            match word.as_str() {
                "--only" => {
                    let names = words.next().context("--only needs names")?;
                    options.measures = names.split(',').map(measure).collect::<Result<_>>()?;
                }
                "--rounds" => {
                    let count = words.next().context("--rounds needs a number")?;
                    options.rounds = count.parse().with_context(|| format!("--rounds {count}"))?;
                    ensure!(options.rounds > 0, "--rounds 0 measures nothing");
                }
                "--binary" => {
                    let path = words.next().context("--binary needs a path")?;
                    let path = std::path::absolute(path).context("find the binary")?;
                    options.binary = Some(path);
                }
                "--smoke" => options.smoke = true,
                "--install" => options.install = true,
                other => bail!("bench takes {TAKES}, not `{other}`"),
            }
        }
        if options.smoke {
            options.rounds = 1;
        }
        Ok(options)
    }

    /// Clients at once in the measures of memory: as many as may be held where no limit is written.
    pub(super) fn connections(&self) -> usize {
        if self.smoke { 50 } else { 10_000 }
    }

    /// How often all of them are held and released.
    pub(super) fn spells(&self) -> usize {
        if self.smoke { 2 } else { 20 }
    }

    /// Requests that a slow upstream takes a few at a time.
    pub(super) fn paced(&self) -> usize {
        if self.smoke { 60 } else { 5_000 }
    }

    /// How often the gate is closed and opened under load.
    pub(super) fn churns(&self) -> usize {
        if self.smoke { 20 } else { 1_000 }
    }

    /// How often the gate is opened in the measure of release.
    pub(super) fn openings(&self) -> usize {
        if self.smoke { 5 } else { 100 }
    }
}

impl fmt::Display for Measure {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Measure::Proxied => "proxied",
            Measure::Canned => "canned",
            Measure::Templated => "templated",
            Measure::Rules => "rules",
            Measure::File => "file",
            Measure::Held => "held",
            Measure::Idle => "idle",
            Measure::Release => "release",
            Measure::Paced => "paced",
            Measure::Churn => "churn",
        })
    }
}

fn measure(name: &str) -> Result<Measure> {
    let found = ALL.into_iter().find(|measure| measure.to_string() == name);
    found.with_context(|| {
        let names: Vec<_> = ALL.iter().map(Measure::to_string).collect();
        format!("no measure `{name}`: there are {}", names.join(", "))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(line: &str) -> Result<Options> {
        Options::parse(
            &line
                .split_whitespace()
                .map(str::to_owned)
                .collect::<Vec<_>>(),
        )
    }

    #[test]
    fn a_run_is_what_the_words_say() {
        let all = parse("").unwrap();
        assert_eq!((all.measures.len(), all.rounds, all.smoke), (10, 5, false));
        let some = parse("--only canned,held --rounds 7").unwrap();
        assert_eq!(
            (some.measures, some.rounds),
            (vec![Measure::Canned, Measure::Held], 7)
        );
        assert_eq!(parse("--rounds 7 --smoke").unwrap().rounds, 1);
    }

    #[test]
    fn what_cannot_be_measured_is_said() {
        for (line, message) in [
            (
                "--only latency",
                "no measure `latency`: there are proxied, canned, templated, rules, file, held",
            ),
            ("--only", "--only needs names"),
            ("--rounds many", "--rounds many"),
            ("--rounds 0", "measures nothing"),
            ("quick", "not `quick`"),
        ] {
            let error = format!("{:#}", parse(line).unwrap_err());
            assert!(error.contains(message), "{line}: {error}");
        }
    }
}
