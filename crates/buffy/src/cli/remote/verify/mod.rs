//! `buffy verify`: were endpoints asked as often as they expect, and was there nothing else?

mod junit;
mod report;
#[cfg(test)]
mod tests;

use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};
use hyper::Method;

use super::super::{DONE, NO, say};
use super::admin::{PATIENCE, escaped};
use super::gate::Printed;
use super::trouble::Trouble;
use super::way::Way;
use report::Report;

#[derive(Debug, Args)]
pub(in crate::cli) struct Verify {
    /// Only what this session asked; an empty one is that of requests that name none.
    #[arg(long, value_name = "ID")]
    session: Option<String>,
    /// Requests that no response was for are told, and are no failure.
    #[arg(long)]
    allow_unmatched: bool,
    /// Writes a report for CI systems, too: `JUnit`'s XML.
    #[arg(long, value_name = "FILE")]
    junit: Option<PathBuf>,
    /// How failures are written.
    #[arg(long, value_enum, default_value = "human", conflicts_with = "json")]
    format: Format,
    #[command(flatten)]
    printed: Printed,
    #[command(flatten)]
    way: Way,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Format {
    /// For people: a line for each failure.
    Human,
    /// Annotations of GitHub Actions, at the lines of the configuration.
    Github,
}

impl Verify {
    pub(super) async fn done(self) -> Result<u8, Trouble> {
        let admin = super::admin(&self.way)?;
        let session = self.session.as_deref();
        let session = session.map_or_else(String::new, |id| format!("&session={}", escaped(id)));
        let path = format!(
            "api/v1/verify?allow_unmatched={}{session}",
            self.allow_unmatched
        );
        let answer = admin.ask(Method::GET, &path, None, PATIENCE).await?;
        // A no that has its report.
        let answer = if answer.status == 417 {
            answer
        } else {
            answer.yes()?
        };
        let report: Report = answer.document()?;
        if let Some(path) = &self.junit {
            write(path, &junit::document(&report))?;
        }
        if self.printed.json {
            say(&answer.text);
        } else {
            say(&match self.format {
                Format::Human => report.for_people(),
                Format::Github => report.for_github(),
            });
        }
        Ok(if report.verified { DONE } else { NO })
    }
}

fn write(path: &Path, text: &str) -> Result<(), Trouble> {
    std::fs::write(path, text).map_err(|source| Trouble::Write {
        path: path.to_owned(),
        source,
    })
}
