//! `buffy push`: an event for the open streams of an endpoint.

use clap::{ArgGroup, Args, ValueEnum};
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::super::{DONE, NO, complain, say};
use super::admin::escaped;
use super::gate::Printed;
use super::trouble::Trouble;
use super::way::Way;

#[derive(Debug, Args)]
#[command(group = ArgGroup::new("what").required(true).multiple(true).args(
    ["data", "event", "id", "comment", "end"]
))]
pub(in crate::cli) struct Push {
    /// The endpoint, by its id.
    endpoint: String,
    /// JSON, else it is taken as a text.
    data: Option<String>,
    /// It is a text, even if it is JSON, too.
    #[arg(long, requires = "data")]
    text: bool,
    /// The event's type.
    #[arg(long, value_name = "TYPE")]
    event: Option<String>,
    /// The event's id, which `Last-Event-ID` goes on behind.
    #[arg(long)]
    id: Option<String>,
    /// A comment, which clients do not see as an event.
    #[arg(long, value_name = "TEXT")]
    comment: Option<String>,
    /// How the streams end behind it.
    #[arg(long, value_enum)]
    end: Option<End>,
    /// Only to streams of this session; an empty one is that of requests that name none.
    #[arg(long, value_name = "ID")]
    session: Option<String>,
    #[command(flatten)]
    printed: Printed,
    #[command(flatten)]
    way: Way,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum End {
    Close,
    Reset,
    Truncate,
}

/// Of `POST push/ENDPOINT`.
#[derive(Debug, Deserialize)]
struct Reached {
    reached: usize,
}

impl Push {
    /// Nobody who listens is a no.
    pub(super) async fn done(self) -> Result<u8, Trouble> {
        let admin = super::admin(&self.way)?;
        let session = self.session.as_deref();
        let session = session.map_or_else(String::new, |id| format!("?session={}", escaped(id)));
        let path = format!("api/v1/push/{}{session}", escaped(&self.endpoint));
        let answer = admin.post(&path, Value::Object(self.event())).await?;
        let Reached { reached } = answer.document()?;
        if self.printed.json {
            say(&answer.text);
        } else {
            let streams = if reached == 1 { "stream" } else { "streams" };
            say(&format!("pushed to {reached} {streams}\n"));
        }
        if reached == 0 {
            complain("buffy: no stream of it is open\n");
            return Ok(NO);
        }
        Ok(DONE)
    }

    /// As the admin API takes it.
    fn event(&self) -> Map<String, Value> {
        let json = |data: &str| serde_json::from_str(data).unwrap_or_else(|_| json!(data));
        let data = self.data.as_deref().map(|data| {
            if self.text {
                ("text", json!(data))
            } else {
                ("data", json(data))
            }
        });
        let end = self.end.map(|end| match end {
            End::Close => "close",
            End::Reset => "reset",
            End::Truncate => "truncate",
        });
        let said = [
            ("event", self.event.as_deref()),
            ("id", self.id.as_deref()),
            ("comment", self.comment.as_deref()),
            ("end", end),
        ];
        let said = said
            .into_iter()
            .filter_map(|(name, value)| Some((name, json!(value?))));
        let all = data.into_iter().chain(said);
        all.map(|(name, value)| (name.to_owned(), value)).collect()
    }
}
