//! `buffy status`: what is.

use std::io::IsTerminal as _;
use std::time::Duration;

use buffy_core::config::nearest;
use clap::Args;
use hyper::Method;
use serde_json::Value;

use super::super::ink::{Ink, Tone};
use super::super::{DONE, say};
use super::admin::{Admin, PATIENCE};
use super::gate::Printed;
use super::trouble::Trouble;
use super::way::Way;
use super::wire::{Status, Target, Upstream};
use super::words::{joined, span, table};

#[derive(Debug, Args)]
pub(in crate::cli) struct Show {
    /// Only this one; else all.
    upstream: Option<String>,
    #[command(flatten)]
    printed: Printed,
    #[command(flatten)]
    way: Way,
}

impl Show {
    pub(super) async fn done(self) -> Result<u8, Trouble> {
        let admin = super::admin(&self.way)?;
        let (upstreams, text) = if let Some(id) = &self.upstream {
            let (one, value) = of_upstream(&admin, id, PATIENCE).await?;
            (vec![one], pretty(&value))
        } else {
            let answer = admin.get("status").await?;
            let status: Status = answer.document()?;
            (status.upstreams, answer.text)
        };
        let out = std::io::stdout();
        let ink = Ink::on(&out);
        if self.printed.json {
            say(&text);
        } else if out.is_terminal() {
            say(&as_table(&upstreams, ink));
        } else {
            let lines = upstreams.iter().map(|one| as_line(one, ink));
            say(&lines.collect::<String>());
        }
        Ok(DONE)
    }
}

/// One upstream in `GET status`, as the verbs read it and as it came.
pub(super) async fn of_upstream(
    admin: &Admin,
    id: &str,
    within: Duration,
) -> Result<(Upstream, Value), Trouble> {
    let answer = admin
        .ask(Method::GET, "status", None, within)
        .await?
        .yes()?;
    let status: Status = answer.document()?;
    let found = status.upstreams.iter().position(|one| one.id == id);
    let Some(index) = found else {
        let ids: Vec<&str> = status.upstreams.iter().map(|one| one.id.as_str()).collect();
        let hint = nearest(id, ids.iter().copied()).map_or_else(
            || format!("There are: {}.", ids.join(", ")),
            |meant| format!("Did you mean `{meant}`?"),
        );
        return Err(Trouble::Refused {
            status: 404,
            detail: format!("There is no upstream `{id}`. {hint}"),
        });
    };
    let value = answer.value.get("upstreams").and_then(|all| all.get(index));
    let value = value.cloned().unwrap_or_default();
    let one = status.upstreams.into_iter().nth(index);
    one.map(|one| (one, value)).ok_or_else(|| Trouble::Refused {
        status: 404,
        detail: format!("There is no upstream `{id}`."),
    })
}

/// A document that is a part of an answer, laid out as the whole is.
pub(super) fn pretty(value: &Value) -> String {
    format!("{value:#}\n")
}

fn as_table(upstreams: &[Upstream], ink: Ink) -> String {
    let names = [
        "UPSTREAM",
        "GATE",
        "HELD",
        "OLDEST",
        "IN FLIGHT",
        "TARGETS",
        "WHY",
    ];
    let rows: Vec<[String; 7]> = upstreams.iter().map(row).collect();
    let text = table(names, &rows);
    let mut lines = text.lines();
    let mut painted = format!("{}\n", lines.next().unwrap_or_default());
    for (line, one) in lines.zip(upstreams) {
        painted.push_str(&ink.paint(tone(&one.gate), line));
        painted.push('\n');
    }
    painted
}

fn row(one: &Upstream) -> [String; 7] {
    let held = &one.held;
    let oldest = if held.now == 0 {
        "-".to_owned()
    } else {
        span(held.oldest_seconds)
    };
    [
        one.id.clone(),
        one.gate.clone(),
        format!("{}/{}", held.now, held.limit),
        oldest,
        one.inflight.to_string(),
        targets(&one.targets),
        joined(&one.why()),
    ]
}

fn as_line(one: &Upstream, ink: Ink) -> String {
    let held = match one.held.now {
        0 => "0 held".to_owned(),
        now => format!("{now} held, oldest {}", span(one.held.oldest_seconds)),
    };
    let why = one.why();
    let why = if why.is_empty() {
        String::new()
    } else {
        format!(": {}", joined(&why))
    };
    format!(
        "{}: {}; {held}; {} in flight; targets {}{why}\n",
        one.id,
        ink.paint(tone(&one.gate), &one.gate),
        one.inflight,
        targets(&one.targets),
    )
}

/// `2 up, 1 down`.
fn targets(targets: &[Target]) -> String {
    let states = ["up", "suspect", "down", "unknown"];
    let counts = states.iter().filter_map(|state| {
        let count = targets.iter().filter(|one| one.state == *state).count();
        (count > 0).then(|| format!("{count} {state}"))
    });
    counts.collect::<Vec<_>>().join(", ")
}

fn tone(gate: &str) -> Tone {
    match gate {
        "open" => Tone::Good,
        "stopped" => Tone::Bad,
        _ => Tone::Waiting,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{Ink, Upstream, as_line, as_table};

    fn upstreams() -> Vec<Upstream> {
        serde_json::from_value(json!([
            {
                "id": "app", "gate": "closed", "reasons": ["Closed by ann: a migration."],
                "inflight": 2, "targets": [{ "state": "up" }, { "state": "down" }, { "state": "up" }],
                "held": { "now": 37, "limit": 10_000, "oldest_seconds": 2.14 },
            },
            {
                "id": "checkout", "gate": "open", "inflight": 0, "targets": [{ "state": "up" }],
                "held": { "now": 0, "limit": 500, "oldest_seconds": 0.0 }, "operator": [{
                    "order": "force", "actor": "bob", "reason": "the page lies", "until": "T",
                }],
            },
        ]))
        .unwrap()
    }

    #[test]
    fn a_terminal_gets_a_table() {
        let text = "\
UPSTREAM  GATE    HELD      OLDEST  IN FLIGHT  TARGETS       WHY
app       closed  37/10000  2.1 s   2          2 up, 1 down  Closed by ann: a migration
checkout  open    0/500     -       0          1 up          forced by bob until T: the page lies
";
        assert_eq!(as_table(&upstreams(), Ink::Plain), text);
        let coloured = as_table(&upstreams(), Ink::Colour);
        assert!(coloured.contains("\x1b[33mapp "), "{coloured}");
        assert!(coloured.contains("\x1b[32mcheckout "), "{coloured}");
    }

    #[test]
    fn a_pipe_gets_a_line_for_each() {
        let lines: String = upstreams()
            .iter()
            .map(|one| as_line(one, Ink::Plain))
            .collect();
        let text = "\
app: closed; 37 held, oldest 2.1 s; 2 in flight; targets 2 up, 1 down: Closed by ann: a migration
checkout: open; 0 held; 0 in flight; targets 1 up: forced by bob until T: the page lies
";
        assert_eq!(lines, text);
    }
}
