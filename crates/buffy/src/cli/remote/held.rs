//! `buffy held`: the requests that are held.

use std::fmt::Write as _;
use std::io::IsTerminal as _;

use clap::Args;
use jiff::Timestamp;
use serde::Deserialize;

use super::super::{DONE, say};
use super::admin::escaped;
use super::gate::Printed;
use super::trouble::Trouble;
use super::way::Way;
use super::words::{span, table};

#[derive(Debug, Args)]
pub(in crate::cli) struct List {
    /// Only those of this one; else all.
    upstream: Option<String>,
    /// The oldest ones, so many at most.
    #[arg(long, value_name = "N", default_value = "100")]
    limit: usize,
    #[command(flatten)]
    printed: Printed,
    #[command(flatten)]
    way: Way,
}

/// Of `GET held`.
#[derive(Debug, Deserialize)]
struct Held {
    /// Of all, listed or not.
    count: usize,
    held: Vec<One>,
}

#[derive(Debug, Deserialize)]
struct One {
    id: String,
    upstream: String,
    method: String,
    path: String,
    client: String,
    /// None: it comes in chunks.
    body_bytes: Option<u64>,
    /// RFC 3339, as the next.
    since: String,
    waited_seconds: f64,
    /// When its holding ends.
    deadline: String,
}

impl List {
    pub(super) async fn done(self) -> Result<u8, Trouble> {
        let admin = super::admin(&self.way)?;
        let mut path = format!("api/v1/held?limit={}", self.limit);
        if let Some(upstream) = &self.upstream {
            write!(path, "&upstream={}", escaped(upstream)).expect("a string takes all");
        }
        let answer = admin.get(&path).await?;
        if self.printed.json {
            say(&answer.text);
            return Ok(DONE);
        }
        let held: Held = answer.document()?;
        if std::io::stdout().is_terminal() {
            say(&held.as_table());
        } else {
            say(&held.held.iter().map(One::as_line).collect::<String>());
        }
        Ok(DONE)
    }
}

impl Held {
    fn as_table(&self) -> String {
        let names = [
            "ID", "UPSTREAM", "METHOD", "PATH", "CLIENT", "BODY", "WAITED", "LEFT",
        ];
        let rows: Vec<[String; 8]> = self.held.iter().map(One::row).collect();
        let mut text = table(names, &rows);
        if self.count > self.held.len() {
            writeln!(text, "{} of {}", self.held.len(), self.count).expect("a string takes all");
        }
        text
    }
}

impl One {
    fn row(&self) -> [String; 8] {
        let body = self.body_bytes;
        [
            self.id.clone(),
            self.upstream.clone(),
            self.method.clone(),
            self.path.clone(),
            self.client.clone(),
            body.map_or_else(|| "chunked".to_owned(), |bytes| format!("{bytes} B")),
            span(self.waited_seconds),
            span(self.left_seconds()),
        ]
    }

    /// Until its deadline, by the clock of the Buffy that holds it.
    fn left_seconds(&self) -> f64 {
        let at = |text: &str| text.parse::<Timestamp>().unwrap_or_default();
        let whole = at(&self.deadline).duration_since(at(&self.since));
        whole.as_secs_f64() - self.waited_seconds
    }

    /// For programs that have no JSON: the columns of the table, with a tab between.
    fn as_line(&self) -> String {
        format!("{}\n", self.row().join("\t"))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{Held, One};

    #[test]
    fn who_waits_is_listed_with_the_time_that_is_left() {
        let held: Held = serde_json::from_value(json!({
            "count": 5, "held": [{
                "id": "00ab", "upstream": "app", "method": "GET", "path": "/x", "client": "10.0.0.7",
                "body_bytes": 12,
                "since": "2026-03-01T12:00:00Z", "waited_seconds": 2.5,
                "deadline": "2026-03-01T12:00:30Z",
            }],
        }))
        .unwrap();
        let text = "\
ID    UPSTREAM  METHOD  PATH  CLIENT    BODY  WAITED  LEFT
00ab  app       GET     /x    10.0.0.7  12 B  2.5 s   27.5 s
1 of 5
";
        assert_eq!(held.as_table(), text);
        let lines: String = held.held.iter().map(One::as_line).collect();
        assert_eq!(lines, "00ab\tapp\tGET\t/x\t10.0.0.7\t12 B\t2.5 s\t27.5 s\n");
    }
}
