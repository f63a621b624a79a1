//! How many tests ran, summed over every test binary of a run.

use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail};

use crate::command;

/// Counts of tests. An ignored test is counted as neither: tidy allows none.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Tally {
    pub(crate) passed: u64,
    pub(crate) failed: u64,
}

impl Tally {
    /// Runs `cargo test …`, shows its output as it comes, and adds its totals.
    pub(crate) fn test(&mut self, cargo_test: &mut Command) -> Result<()> {
        let line = command::shown(cargo_test);
        println!("$ {line}");
        let mut child = cargo_test
            .current_dir(command::root())
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()
            .with_context(|| format!("start `{line}`"))?;
        if let Some(stdout) = child.stdout.take() {
            for text in BufReader::new(stdout).lines() {
                let text = text.with_context(|| format!("read what `{line}` prints"))?;
                println!("{text}");
                self.add(&text);
            }
        }
        let status = child.wait().with_context(|| format!("wait for `{line}`"))?;
        if !status.success() {
            bail!("`{line}` ended with {status}");
        }
        Ok(())
    }

    /// The line that ends a run, in the words that CI reads for "did any test run?".
    pub(crate) fn closing_line(self) -> String {
        format!("{} passed, {} failed", self.passed, self.failed)
    }

    /// Adds a summary such as `test result: ok. 3 passed; 0 failed; 0 ignored; …`; other lines
    /// change nothing.
    fn add(&mut self, line: &str) {
        let Some(summary) = line.strip_prefix("test result: ") else {
            return;
        };
        for part in summary.split([';', '.']) {
            let mut words = part.split_whitespace();
            let (Some(count), Some(what), None) = (words.next(), words.next(), words.next()) else {
                continue;
            };
            match (count.parse::<u64>(), what) {
                (Ok(count), "passed") => self.passed += count,
                (Ok(count), "failed") => self.failed += count,
                _ => {}
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn summaries_are_added_and_nothing_else() {
        let mut tally = Tally::default();
        tally.add("test gate::tests::it_opens ... ok");
        tally.add("test result: ok. 12 passed; 0 failed; 1 ignored; 0 measured; 3 filtered out");
        tally.add("test result: FAILED. 4 passed; 2 failed; 0 ignored; finished in 0.10s");
        tally.add("we said: 9 passed; 9 failed");
        assert_eq!(
            tally,
            Tally {
                passed: 16,
                failed: 2
            }
        );
        assert_eq!(tally.closing_line(), "16 passed, 2 failed");
    }

    #[test]
    fn a_command_that_fails_is_named() {
        let error = Tally::default()
            .test(&mut Command::new("false"))
            .unwrap_err();
        assert!(
            format!("{error:#}").starts_with("`false` ended with"),
            "{error:#}"
        );
    }
}
