//! `buffy reload`: the configuration is read again and applied.

use std::time::Duration;

use clap::Args;
use hyper::Method;
use serde::Deserialize;
use serde_json::json;

use super::super::{CONFIGURATION, DONE, complain, say};
use super::gate::Printed;
use super::trouble::Trouble;
use super::way::Way;

/// Files are read, names looked up, sockets bound.
const PATIENCE: Duration = Duration::from_mins(1);

#[derive(Debug, Args)]
pub(in crate::cli) struct Reload {
    /// Even if an upstream is removed that an operator closed, stopped or forced.
    #[arg(long)]
    force: bool,
    #[command(flatten)]
    printed: Printed,
    #[command(flatten)]
    way: Way,
}

/// Of `POST reload`: what changed, by id.
#[derive(Debug, Deserialize)]
struct Reloaded {
    listeners: Ids,
    upstreams: Ids,
    endpoints: Ids,
    settings: Vec<String>,
    needs_restart: Vec<String>,
}

#[derive(Debug, Deserialize)]
struct Ids {
    added: Vec<String>,
    changed: Vec<String>,
    removed: Vec<String>,
}

impl Reload {
    pub(super) async fn done(self) -> Result<u8, Trouble> {
        let admin = super::admin(&self.way)?;
        let said = json!({ "force": self.force });
        let asked = admin.ask(Method::POST, "api/v1/reload", Some(said), PATIENCE);
        let answer = match asked.await?.yes() {
            Err(Trouble::Refused {
                status: 422,
                detail,
            }) => {
                complain(&format!("buffy: {detail}\n"));
                return Ok(CONFIGURATION);
            }
            answer => answer?,
        };
        let reloaded: Reloaded = answer.document()?;
        if self.printed.json {
            say(&answer.text);
        } else {
            say(&format!("reloaded: {}\n", reloaded.told()));
        }
        if !reloaded.needs_restart.is_empty() {
            let keys = reloaded.needs_restart.join(", ");
            complain(&format!(
                "buffy: changed in the file, and the same until a restart: {keys}\n"
            ));
        }
        Ok(DONE)
    }
}

impl Reloaded {
    /// `upstreams +new ~changed -gone; settings`.
    fn told(&self) -> String {
        let kinds = [
            ("listeners", &self.listeners),
            ("upstreams", &self.upstreams),
            ("endpoints", &self.endpoints),
        ];
        let mut parts: Vec<String> = kinds
            .iter()
            .filter_map(|(kind, ids)| ids.told().map(|told| format!("{kind} {told}")))
            .collect();
        if !self.settings.is_empty() {
            parts.push(self.settings.join(", "));
        }
        if parts.is_empty() {
            return "nothing changed".to_owned();
        }
        parts.join("; ")
    }
}

impl Ids {
    fn told(&self) -> Option<String> {
        let marked = |mark: &str, ids: &[String]| -> Vec<String> {
            ids.iter().map(|id| format!("{mark}{id}")).collect()
        };
        let all = [
            marked("+", &self.added),
            marked("~", &self.changed),
            marked("-", &self.removed),
        ]
        .concat();
        (!all.is_empty()).then(|| all.join(" "))
    }
}
