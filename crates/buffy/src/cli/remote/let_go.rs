//! `buffy release` and `buffy refuse`: held requests are let go, or turned away.

use clap::{ArgGroup, Args};
use serde::Deserialize;
use serde_json::json;

use super::super::{DONE, NO, complain, say};
use super::gate::Printed;
use super::trouble::Trouble;
use super::words::requests;

#[derive(Debug, Args)]
#[command(group = ArgGroup::new("who").required(true).args(["ids", "upstream"]))]
pub(in crate::cli) struct Which {
    /// Their ids, as `buffy held` lists them.
    #[arg(value_name = "ID")]
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
struct Came {
    done: u64,
    /// Meant, and waiting still.
    left: u64,
    /// Ids of nobody who waits.
    #[serde(default)]
    unknown: u64,
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
        let came: Came = answer.document()?;
        if self.printed.json {
            say(&answer.text);
        } else {
            say(&format!("{done} {}\n", requests(came.done)));
        }
        if came.left > 0 {
            complain(&format!(
                "buffy: {} could not go: no target is up or has room, or a stop stands; `buffy \
                 status` tells\n",
                requests(came.left)
            ));
        }
        if came.unknown > 0 || came.done + came.left == 0 {
            complain("buffy: some that were meant are not held (any more): see `buffy held`\n");
        }
        Ok(if came.done == 0 { NO } else { DONE })
    }
}
