//! `buffy reset`: what was asked, counted, set and pinned is forgotten.

use clap::Args;
use serde_json::json;

use super::super::{DONE, say};
use super::gate::Printed;
use super::trouble::Trouble;
use super::way::Way;

#[derive(Debug, Args)]
pub(in crate::cli) struct Reset {
    /// Only this one; an empty one is that of requests that name none.
    #[arg(long, value_name = "ID")]
    session: Option<String>,
    #[command(flatten)]
    printed: Printed,
    #[command(flatten)]
    way: Way,
}

impl Reset {
    pub(super) async fn done(self) -> Result<u8, Trouble> {
        let admin = super::admin(&self.way)?;
        let said = json!({ "session": self.session });
        let answer = admin.post("api/v1/reset", said).await?;
        if self.printed.json {
            say(&answer.text);
            return Ok(DONE);
        }
        say(&match self.session.as_deref() {
            None => "all sessions begin anew\n".to_owned(),
            Some("") => "the shared session begins anew\n".to_owned(),
            Some(id) => format!("session {id} begins anew\n"),
        });
        Ok(DONE)
    }
}
