//! `buffy health`: whether a Buffy is alive, or takes requests. For images without a shell, whose
//! health checks can run nothing but this binary.

use std::time::Duration;

use clap::Args;
use hyper::Method;
use serde_json::Value;

use super::super::{DONE, NO, complain, say};
use super::trouble::Trouble;
use super::way::Way;

/// Less than what those who ask again and again give one answer.
const PATIENCE: Duration = Duration::from_secs(2);

#[derive(Debug, Args)]
pub(in crate::cli) struct Health {
    /// Whether it takes requests, too: not while it starts and once it stops. It does while upstreams
    /// are down.
    #[arg(long)]
    ready: bool,
    #[command(flatten)]
    way: Way,
}

impl Health {
    pub(super) async fn done(self) -> Result<u8, Trouble> {
        let path = if self.ready { "readyz" } else { "livez" };
        let admin = super::admin(&self.way)?;
        let reply = admin.reply(Method::GET, path, None, PATIENCE).await?;
        match (reply.status, reply.text.trim_end()) {
            (200, word @ ("alive" | "ready")) => Ok(say(&format!("{word}: {}\n", reply.place))),
            (200, _) => {
                let why = format!("it answers `{path}` in other words");
                let place = reply.place;
                Err(Trouble::Strange { place, why })
            }
            (503, _) => {
                let answer = reply.answer()?;
                let detail = answer.value.get("detail").and_then(Value::as_str);
                complain(&format!("buffy: not ready: {}\n", detail.unwrap_or("503")));
                Ok(NO)
            }
            (_, _) => reply.answer()?.yes().map(|_| DONE),
        }
    }
}
