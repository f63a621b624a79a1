//! What a verb did, step by step, with the time that each step took.

use std::time::{Duration, Instant};

use anyhow::{Context, Result};

use crate::tally::Tally;

/// The steps so far. The first that fails ends the run: what follows would only repeat it.
#[derive(Debug, Default)]
pub(crate) struct Report {
    steps: Vec<(String, Duration)>,
    tally: Tally,
}

impl Report {
    /// Runs all of `verb`, then says where the time went; the last line is always the test totals.
    pub(crate) fn of(verb: impl FnOnce(&mut Report) -> Result<()>) -> Result<()> {
        let mut report = Report::default();
        let outcome = verb(&mut report);
        println!();
        for (name, took) in &report.steps {
            println!("{:>8.1} s  {name}", took.as_secs_f64());
        }
        if let Err(error) = &outcome {
            println!("   failed  {error}");
        }
        println!("{}", report.tally.closing_line());
        outcome
    }

    /// One step: its name, what it does, how long that took.
    pub(crate) fn step(
        &mut self,
        name: &str,
        act: impl FnOnce(&mut Tally) -> Result<()>,
    ) -> Result<()> {
        println!("\n== {name}");
        let started = Instant::now();
        act(&mut self.tally).with_context(|| name.to_owned())?;
        let took = started.elapsed();
        println!("-- {name}: {:.1} s", took.as_secs_f64());
        self.steps.push((name.to_owned(), took));
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use anyhow::anyhow;

    use super::*;

    #[test]
    fn the_first_step_that_fails_ends_the_run_and_names_itself() {
        let mut reached = false;
        let error = Report::of(|report| {
            report.step("one", |_| Ok(()))?;
            report.step("two", |_| Err(anyhow!("no disk")))?;
            reached = true;
            Ok(())
        })
        .unwrap_err();
        assert_eq!(format!("{error:#}"), "two: no disk");
        assert!(!reached);
    }
}
