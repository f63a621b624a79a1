//! `buffy release` and `buffy refuse`: held requests are let go, or turned away.

use clap::Args;
use serde::Deserialize;
use serde_json::json;

use super::super::{DONE, NO, complain, say};
use super::gate::Printed;
use super::trouble::Trouble;
use super::words::requests;

#[derive(Debug, Args)]
pub(in crate::cli) struct Which {
    /// Their ids, as `buffy held` lists them.
    #[arg(
        value_name = "ID",
        required_unless_present = "upstream",
        conflicts_with = "upstream"
    )]
    ids: Vec<String>,
    /// All that wait for this one.
    #[arg(long)]
    upstream: Option<String>,
    /// Of those, the ones that this rule is true of, such as `method="GET" && path="/api/*"`.
    #[arg(long = "if", value_name = "RULE", requires = "upstream")]
    rule: Option<String>,
    /// Of those, so many: the oldest.
    #[arg(long, value_name = "N", requires = "upstream")]
    count: Option<usize>,
    #[command(flatten)]
    printed: Printed,
    #[command(flatten)]
    way: super::way::Way,
}

/// What becomes of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Way {
    Release,
    Refuse,
}

/// Of `POST held/release` and `POST held/refuse`.
#[derive(Debug, Deserialize)]
struct Done {
    count: u64,
}

impl Which {
    /// None at all is a no: who named them meant some.
    pub(super) async fn done(self, way: Way) -> Result<u8, Trouble> {
        let admin = super::admin(&self.way)?;
        let (word, done) = match way {
            Way::Release => ("release", "released"),
            Way::Refuse => ("refuse", "refused"),
        };
        let said = if self.ids.is_empty() {
            json!({ "upstream": self.upstream, "if": self.rule, "count": self.count })
        } else {
            json!({ "ids": self.ids })
        };
        let answer = admin.post(&format!("api/v1/held/{word}"), said).await?;
        let Done { count } = answer.document()?;
        if self.printed.json {
            say(&answer.text);
        } else {
            say(&format!("{done} {}\n", requests(count)));
        }
        if count == 0 {
            complain(
                "buffy: no such request is held (any more): `buffy held` lists those that are\n",
            );
            return Ok(NO);
        }
        Ok(DONE)
    }
}
