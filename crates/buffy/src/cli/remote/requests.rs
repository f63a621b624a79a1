//! `buffy requests`: what was asked of the endpoints that Buffy answers itself.

use std::fmt::Write as _;
use std::io::IsTerminal as _;
use std::time::Duration;

use clap::Args;
use hyper::Method;
use serde::Deserialize;

use super::super::{DONE, TIMED_OUT, complain, say};
use super::admin::{PATIENCE, escaped, time};
use super::gate::Printed;
use super::trouble::Trouble;
use super::way::Way;
use super::words::table;

#[derive(Debug, Args)]
pub(in crate::cli) struct List {
    /// Only those of this one; else all.
    endpoint: Option<String>,
    /// Only those of this session; an empty one is that of requests that name none.
    #[arg(long, value_name = "ID")]
    session: Option<String>,
    /// Only those that no response was for.
    #[arg(long)]
    unmatched: bool,
    /// The newest ones, so many at most.
    #[arg(long, value_name = "N", default_value = "100")]
    limit: usize,
    /// First waits until there were so many.
    #[arg(long, value_name = "N")]
    wait: Option<u64>,
    /// How long to wait for them.
    #[arg(long, value_name = "TIME", default_value = "10s", value_parser = time, requires = "wait")]
    timeout: Duration,
    #[command(flatten)]
    printed: Printed,
    #[command(flatten)]
    way: Way,
}

/// Of `GET requests`.
#[derive(Debug, Deserialize)]
struct Requests {
    /// Of all, listed or not.
    count: u64,
    requests: Vec<One>,
}

#[derive(Debug, Deserialize)]
struct One {
    /// RFC 3339.
    at: String,
    #[serde(default)]
    session: String,
    #[serde(default)]
    endpoint: String,
    #[serde(default)]
    response: String,
    #[serde(default)]
    status: Option<u16>,
    method: String,
    target: String,
}

impl List {
    pub(super) async fn done(self) -> Result<u8, Trouble> {
        let admin = super::admin(&self.way)?;
        let meant = self.meant();
        if let Some(count) = self.wait {
            let path = format!(
                "api/v1/requests/wait?n={count}&timeout={}ms{meant}",
                self.timeout.as_millis()
            );
            let within = self.timeout + PATIENCE;
            let waited = admin.ask(Method::GET, &path, None, within).await?.yes();
            if let Err(Trouble::Refused {
                status: 408,
                detail,
            }) = waited
            {
                complain(&format!("buffy: {detail}\n"));
                return Ok(TIMED_OUT);
            }
            waited?;
        }
        let path = format!("api/v1/requests?limit={}{meant}", self.limit);
        let answer = admin.get(&path).await?;
        if self.printed.json {
            say(&answer.text);
            return Ok(DONE);
        }
        let requests: Requests = answer.document()?;
        if std::io::stdout().is_terminal() {
            say(&requests.as_table());
        } else {
            say(&requests
                .requests
                .iter()
                .map(One::as_line)
                .collect::<String>());
        }
        Ok(DONE)
    }

    fn meant(&self) -> String {
        let mut query = String::new();
        for (name, value) in [("endpoint", &self.endpoint), ("session", &self.session)] {
            if let Some(value) = value {
                write!(query, "&{name}={}", escaped(value)).expect("a string takes all");
            }
        }
        if self.unmatched {
            query.push_str("&unmatched=true");
        }
        query
    }
}

impl Requests {
    fn as_table(&self) -> String {
        let names = [
            "AT", "METHOD", "TARGET", "ENDPOINT", "RESPONSE", "STATUS", "SESSION",
        ];
        let rows: Vec<[String; 7]> = self.requests.iter().map(One::row).collect();
        let mut text = table(names, &rows);
        let listed = self.requests.len() as u64;
        if self.count > listed {
            writeln!(text, "{listed} of {}", self.count).expect("a string takes all");
        }
        text
    }
}

impl One {
    fn row(&self) -> [String; 7] {
        let said = |text: &str| if text.is_empty() { "-" } else { text }.to_owned();
        let status = self.status.map(|status| status.to_string());
        [
            self.at.clone(),
            self.method.clone(),
            self.target.clone(),
            said(&self.endpoint),
            said(&self.response),
            said(&status.unwrap_or_default()),
            said(&self.session),
        ]
    }

    /// For programs that have no JSON: the columns of the table, with a tab between.
    fn as_line(&self) -> String {
        format!("{}\n", self.row().join("\t"))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{One, Requests};

    #[test]
    fn what_was_asked_is_listed_with_what_answered_it() {
        let requests: Requests = serde_json::from_value(json!({
            "count": 3, "requests": [
                {"at": "2026-03-01T12:00:00Z", "endpoint": "orders", "response": "ok",
                    "status": 200, "method": "GET", "target": "/api/orders/7", "session": "s1"},
                {"at": "2026-03-01T12:00:01Z", "method": "GET", "target": "/no", "status": 501},
            ],
        }))
        .unwrap();
        let text = "\
AT                    METHOD  TARGET         ENDPOINT  RESPONSE  STATUS  SESSION
2026-03-01T12:00:00Z  GET     /api/orders/7  orders    ok        200     s1
2026-03-01T12:00:01Z  GET     /no            -         -         501     -
2 of 3
";
        assert_eq!(requests.as_table(), text);
        let lines: String = requests.requests.iter().map(One::as_line).collect();
        assert!(
            lines.starts_with("2026-03-01T12:00:00Z\tGET\t/api/orders/7\torders\tok\t200\ts1\n")
        );
    }
}
