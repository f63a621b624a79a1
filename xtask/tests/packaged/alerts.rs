//! The alert rules and the dashboard: by promtool, and by what a running Buffy shows.

use std::collections::BTreeSet;
use std::fs;
use std::process::Command;

use buffy_test::{FakeUpstream, eventually, get};
use serde_json::Value;

use crate::kube::manifests;
use crate::made::{output, root};
use crate::running::Running;

#[test]
fn the_rules_are_rules_and_fire_when_they_should() {
    let folder = root().join("deploy/prometheus");
    let mut check = Command::new("promtool");
    let told = output(
        check
            .args(["check", "rules"])
            .arg(folder.join("rules.yaml")),
    );
    assert!(told.contains("SUCCESS"), "{told}");
    let mut test = Command::new("promtool");
    output(
        test.args(["test", "rules"])
            .arg(folder.join("rules_test.yaml")),
    );

    let read = |name| fs::read_to_string(folder.join(name)).expect("it is there");
    let [rules, tried] = ["rules.yaml", "rules_test.yaml"].map(|name| manifests(&read(name)));
    let rules = rules[0]["groups"][0]["rules"]
        .as_array()
        .expect("there are rules");
    let names: BTreeSet<_> = rules.iter().map(|rule| rule["alert"].as_str()).collect();
    let cases = tried[0]["tests"].as_array().expect("there are tests");
    let cases = cases
        .iter()
        .filter_map(|test| test["alert_rule_test"].as_array())
        .flatten();
    let is_told = |case: &&Value| {
        case["exp_alerts"]
            .as_array()
            .is_some_and(|it| !it.is_empty())
    };
    let fired: BTreeSet<_> = cases
        .filter(is_told)
        .map(|case| case["alertname"].as_str())
        .collect();
    assert_eq!(names, fired, "each rule has a test in which it fires");
}

#[test]
fn the_rules_and_the_dashboard_ask_for_metrics_and_labels_that_there_are() {
    let read = |path| fs::read_to_string(root().join(path)).expect("it is there");
    let rules = manifests(&read("deploy/prometheus/rules.yaml"));
    let dashboard: Value = serde_json::from_str(&read("deploy/grafana/buffy.json")).expect("JSON");
    let mut expressions = Vec::new();
    for document in rules.iter().chain([&dashboard]) {
        collect(document, &mut expressions);
    }
    assert!(expressions.len() > 30, "{expressions:#?}");
    let series = series();
    let known: BTreeSet<_> = series.iter().flat_map(|line| words(line)).collect();
    for expression in expressions {
        let mut names = words(&expression);
        names.retain(|word| word.starts_with("buffy_") || word.starts_with("process_"));
        assert!(!names.is_empty(), "it asks for nothing: {expression}");
        for name in names {
            assert!(known.contains(&name), "there is no {name}: {expression}");
        }
        for label in labels(&expression) {
            assert!(
                known.contains(&label),
                "there is no label {label}: {expression}"
            );
        }
    }
}

/// Every text under `expr`, `definition` and the like, of a document.
fn collect(value: &Value, found: &mut Vec<String>) {
    match value {
        Value::Object(map) => {
            for (name, inner) in map {
                match (name.as_str(), inner) {
                    ("expr" | "definition", Value::String(text)) => found.push(text.clone()),
                    _ => collect(inner, found),
                }
            }
        }
        Value::Array(items) => items.iter().for_each(|item| collect(item, found)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

/// Names as Prometheus has them.
fn words(text: &str) -> Vec<String> {
    let parts = text.split(|it: char| !it.is_ascii_alphanumeric() && it != '_');
    parts
        .filter(|word| !word.is_empty())
        .map(str::to_owned)
        .collect()
}

/// What an expression groups by and selects by; `le` and `instance` are Prometheus' own.
fn labels(expression: &str) -> Vec<String> {
    let groups = expression
        .split("by (")
        .skip(1)
        .filter_map(|rest| rest.split_once(')'));
    let mut labels: Vec<_> = groups.flat_map(|(names, _)| words(names)).collect();
    for part in expression
        .split('{')
        .skip(1)
        .filter_map(|rest| rest.split_once('}'))
    {
        let pairs = part.0.split(',').filter_map(|pair| pair.split_once('='));
        labels.extend(pairs.map(|(name, _)| name.to_owned()));
    }
    labels.retain(|label| label != "le" && label != "instance");
    labels
}

/// The lines of `/metrics` of a Buffy of which something was asked.
fn series() -> Vec<String> {
    let backend = FakeUpstream::start();
    let url = backend.url();
    let configuration = format!(
        "version: 0.1
buffy:
  listen: {{ id: public, bind: 127.0.0.1, port: 0 }}
  admin: {{ bind: 127.0.0.1, port: 0, notify: {{ webhook: {url}/hook }} }}
upstreams: [{{ id: app, endpoint: {url} }}, {{ id: away, endpoint: \"http://127.0.0.1:9\" }}]
endpoints: [{{ id: all, path: /, type: proxy, upstream: [app] }}]
"
    );
    let buffy = Running::start(&configuration);
    assert_eq!(get(buffy.port("public"), "/").status, 200);
    eventually("a probe has failed, and a gate has moved", || {
        buffy.metric("buffy_probe_failures_total") > 0.0
            && buffy.metric("buffy_gate_transitions_total") > 0.0
    });
    buffy.metrics()
}
