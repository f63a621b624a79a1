//! `buffy why`: what a request would meet now, and why.

use clap::Args;

use super::super::{DONE, say};
use super::admin::escaped;
use super::gate::Printed;
use super::trouble::Trouble;
use super::way::Way;

#[derive(Debug, Args)]
pub(in crate::cli) struct Why {
    /// Its path, with the query.
    path: String,
    #[arg(long, default_value = "GET")]
    method: String,
    /// The Host that it names.
    #[arg(long)]
    host: Option<String>,
    #[command(flatten)]
    printed: Printed,
    #[command(flatten)]
    way: Way,
}

impl Why {
    pub(super) async fn done(self) -> Result<u8, Trouble> {
        let admin = super::admin(&self.way)?;
        let host = self.host.as_deref().map(escaped);
        let host = host.map_or_else(String::new, |host| format!("&host={host}"));
        let (method, path) = (escaped(&self.method), escaped(&self.path));
        let answer = admin
            .get(&format!("api/v1/why?method={method}&path={path}{host}"))
            .await?;
        say(&answer.text);
        Ok(DONE)
    }
}
