//! What is said when the gate is open again.

use std::time::Duration;

use super::super::wire::{Moved, Report};
use super::super::words::{joined, requests, span};

/// What became of those who had to wait while the command ran, on one line.
pub(super) fn told(upstream: &str, command: &str, ran: Duration, moved: &Moved) -> String {
    let ran = span(ran.as_secs_f64());
    let gate = if moved.reasons.is_empty() {
        format!("the gate is {}", moved.verdict)
    } else {
        // Where it is asked anew whether all is well, the answer is on its way.
        format!("the gate is not open: {}", joined(&moved.reasons))
    };
    let waits = moved.report.as_ref().map_or_else(String::new, waits);
    format!("{upstream}: `{command}` took {ran}; {waits}{gate}\n")
}

fn waits(report: &Report) -> String {
    let Report {
        held,
        median_seconds,
        longest_seconds,
        timed_out,
        left,
    } = report;
    if *held == 0 {
        return "nobody had to wait; ".to_owned();
    }
    format!(
        "{} held, median wait {}, longest {}; {timed_out} timed out, {left} left; ",
        requests(*held),
        span(*median_seconds),
        span(*longest_seconds),
    )
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use serde_json::{Value, json};

    use super::told;

    #[track_caller]
    fn check(moved: Value, expected: &str) {
        let moved = serde_json::from_value(moved).unwrap();
        let text = told("app", "migrate.sh", Duration::from_millis(12_300), &moved);
        assert_eq!(text, format!("app: `migrate.sh` took 12.3 s; {expected}\n"));
    }

    #[test]
    fn a_report_has_all_who_waited() {
        check(
            json!({
                "verdict": "open", "persisted": true, "report": {
                    "held": 37, "median_seconds": 2.14, "longest_seconds": 4.0,
                    "timed_out": 1, "left": 2,
                },
            }),
            "37 requests held, median wait 2.1 s, longest 4 s; 1 timed out, 2 left; the gate is open",
        );
        check(
            json!({
                "verdict": "down", "persisted": true, "reasons": ["No target is up."], "report": {
                    "held": 0, "median_seconds": 0, "longest_seconds": 0, "timed_out": 0, "left": 0,
                },
            }),
            "nobody had to wait; the gate is not open: No target is up",
        );
        check(
            json!({ "verdict": "open", "persisted": true }),
            "the gate is open",
        );
    }
}
