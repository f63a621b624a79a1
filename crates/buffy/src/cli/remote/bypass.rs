//! `buffy bypass`: a signed value that passes a closed gate.

use std::io::IsTerminal as _;
use std::time::Duration;

use clap::Args;
use serde::Deserialize;
use serde_json::json;

use super::super::{DONE, complain, say};
use super::admin::time;
use super::gate::{Printed, order};
use super::trouble::Trouble;
use super::way::Way;

#[derive(Debug, Args)]
pub(in crate::cli) struct Bypass {
    /// The upstream, by its id.
    upstream: String,
    /// How long it is good for.
    #[arg(long = "for", value_name = "TIME", default_value = "10m", value_parser = time)]
    ttl: Duration,
    #[command(flatten)]
    printed: Printed,
    #[command(flatten)]
    way: Way,
}

/// Of `POST gates/ID/bypass`.
#[derive(Debug, Deserialize)]
struct Made {
    value: String,
    /// The name of the field and of the cookie that it is sent in.
    header: String,
}

impl Bypass {
    pub(super) async fn done(self) -> Result<u8, Trouble> {
        let admin = super::admin(&self.way)?;
        let said = json!({ "ttl": self.ttl.as_secs_f64() });
        let answer = order(&admin, &self.upstream, "bypass", said).await?;
        let Made { value, header } = answer.document()?;
        if self.printed.json {
            say(&answer.text);
            return Ok(DONE);
        }
        say(&format!("{value}\n"));
        if std::io::stdout().is_terminal() {
            complain(&format!(
                "send it as `{header}: {value}`, or as a cookie called {header}\n"
            ));
        }
        Ok(DONE)
    }
}
