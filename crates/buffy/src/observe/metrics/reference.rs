//! `docs/reference/metrics.md`: every metric, from the text that a scraper gets; `UPDATE=1` writes it.

use std::fmt::Write as _;
use std::path::Path;

use super::counters::CODE_CLASSES;
use super::tests::figures;
use super::{Outcome, Retry, text};

const HEAD: &str = "\
# Metrics

What `/metrics` of the admin listener answers, in the OpenMetrics text format, which Prometheus reads.
This page is printed from such an answer. Histograms have `_bucket`, `_sum` and `_count` behind their
names; a label with nothing in it is a request that no endpoint took.

| metric | type | labels | |
|---|---|---|---|
";

#[test]
fn the_page_is_as_the_figures_are() {
    let scraped = text(figures());
    let mut page = HEAD.to_owned();
    let mut lines = scraped.lines().peekable();
    while let Some(line) = lines.next() {
        let Some((name, help)) = line
            .strip_prefix("# HELP ")
            .and_then(|it| it.split_once(' '))
        else {
            assert_eq!(line, "# EOF");
            continue;
        };
        let described = lines.next().unwrap();
        let kind = described.strip_prefix("# TYPE ").unwrap();
        let kind = kind.strip_prefix(name).unwrap().trim();
        let sample = lines.peek().copied().unwrap_or_default();
        assert!(sample.starts_with(name), "no sample of {name}: {sample}");
        while lines.next_if(|line| !line.starts_with('#')).is_some() {}
        let suffix = match kind {
            "counter" => "_total",
            "info" => "_info",
            _ => "",
        };
        let labels = labels(sample).join(", ");
        let help = help.trim_end_matches('.');
        writeln!(page, "| `{name}{suffix}` | {kind} | {labels} | {help} |").unwrap();
    }
    page.push_str("\n## Values of labels\n\n| `outcome` | |\n|---|---|\n");
    for outcome in Outcome::ALL {
        writeln!(page, "| `{}` | {} |", outcome.name(), of_outcome(outcome)).unwrap();
    }
    page.push_str("\n| `class` of retries | |\n|---|---|\n");
    for class in Retry::ALL {
        writeln!(page, "| `{}` | {} |", class.name(), of_retry(class)).unwrap();
    }
    let classes = CODE_CLASSES.map(|class| format!("`{class}`")).join(", ");
    write!(page, "\n`code_class` is one of {classes}.\n").unwrap();
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/reference/metrics.md");
    if std::env::var("UPDATE").is_ok() {
        std::fs::write(&path, &page).unwrap();
    }
    let found = std::fs::read_to_string(&path).unwrap_or_default();
    assert_eq!(found, page, "run the tests with UPDATE=1");
}

/// The names of a sample's labels; `le` is every histogram's.
fn labels(sample: &str) -> Vec<String> {
    let inside = sample
        .split_once('{')
        .and_then(|(_, rest)| rest.rsplit_once('}'));
    let pairs = inside
        .map(|(pairs, _)| pairs.split("\","))
        .into_iter()
        .flatten();
    let names = pairs.filter_map(|pair| Some(pair.split_once('=')?.0));
    let names = names.filter(|name| *name != "le");
    names.map(|name| format!("`{name}`")).collect()
}

fn of_outcome(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Forwarded => "passed at once, and was answered by the upstream",
        Outcome::HeldReleased => "waited, was released, and was answered by the upstream",
        Outcome::Replied => "answered from the configuration",
        Outcome::HitTimeout => "waited until its deadline",
        Outcome::HitMaxQueue => "found no place to wait",
        Outcome::Closed => "does not wait (`bypass` of its endpoint), and the gate was not open",
        Outcome::Stopped => "an operator's stop stood",
        Outcome::UpstreamError => "sent, and the connection was lost",
        Outcome::UpstreamTimeout => "sent, and not answered in time",
        Outcome::ClientGone => "the client left first",
        Outcome::Refused => "turned away by Buffy itself: a 4xx or 501 of its own",
    }
}

fn of_retry(class: Retry) -> &'static str {
    match class {
        Retry::NotSent => "not a byte was sent: back to its place",
        Retry::Repeated => "a byte was sent, and it may be sent twice",
        Retry::HeldOn => "answered by a status of `hold_on`, and held again",
    }
}
