//! Files of the chart that follow from others: `UPDATE=1` writes them anew.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use serde_json::Value;

use super::folder;
use crate::kube::read;
use crate::made::root;

/// Above and below the table in the chart's README.
const MARKS: [&str; 2] = ["<!-- values -->\n", "<!-- end of values -->\n"];

/// Whether a file is `expected`; written where `UPDATE` asks for it.
fn assert_is(path: &Path, expected: &str) {
    if std::env::var_os("UPDATE").is_some() {
        fs::write(path, expected).expect("it can be written");
    }
    let found = fs::read_to_string(path).expect("it is there");
    let name = path.display();
    assert!(
        found == expected,
        "{name} is stale: UPDATE=1 cargo test -p xtask --test packaged chart"
    );
}

#[test]
fn the_schema_has_that_of_the_configuration_in_it() {
    let path = folder().join("values.schema.json");
    let own = fs::read_to_string(&path).expect("the chart has a schema");
    let reference = fs::read_to_string(root().join("docs/reference/buffy.schema.json"));
    let mut config: Value = serde_json::from_str(&reference.expect("it is there")).expect("JSON");
    let config = config.as_object_mut().expect("it is an object");
    let definitions = config.remove("definitions").expect("it has definitions");
    config.retain(|name, _| !["$schema", "title"].contains(&name.as_str()));
    let config = Value::Object(config.clone());
    let mut expected = String::new();
    for line in own.lines() {
        let line = match line.split_once(':').map_or("", |(name, _)| name) {
            "    \"config\"" => format!("    \"config\": {config},"),
            "  \"definitions\"" => format!("  \"definitions\": {definitions}"),
            _ => line.to_owned(),
        };
        expected.push_str(&line);
        expected.push('\n');
    }
    assert_is(&path, &expected);
    let schema: Value = serde_json::from_str(&expected).expect("the lines are still JSON");
    assert_eq!(schema["properties"]["config"], config);
    assert_eq!(schema["definitions"], definitions);
}

#[test]
fn the_schema_knows_every_value_and_no_other() {
    let names = |value: &Value| {
        let map = value.as_object().expect("it is an object");
        map.keys()
            .cloned()
            .collect::<std::collections::BTreeSet<_>>()
    };
    let schema = fs::read_to_string(folder().join("values.schema.json")).expect("it is there");
    let schema: Value = serde_json::from_str(&schema).expect("it is JSON");
    let mut known = names(&schema["properties"]);
    for word in ["global", "enabled"] {
        assert!(known.remove(word), "umbrella charts need `{word}`");
    }
    let values = values();
    assert_eq!(known, names(&values));
    for (name, value) in values.as_object().expect("it is an object") {
        let inner = &schema["properties"][name];
        if name != "config" && !inner["properties"].is_null() {
            assert_eq!(names(&inner["properties"]), names(value), "{name}");
        }
    }
}

/// The defaults, as another reader reads them.
fn values() -> Value {
    read(&folder().join("values.yaml"))
}

#[test]
fn the_readme_has_every_value_with_its_comment_and_its_default() {
    let path = folder().join("README.md");
    let text = fs::read_to_string(&path).expect("the chart has a README");
    let [above, below] = MARKS;
    let (before, rest) = text.split_once(above).expect("the table begins");
    let (_, after) = rest.split_once(below).expect("the table ends");
    let written = fs::read_to_string(folder().join("values.yaml")).expect("it is there");
    let table = table(&written, &values());
    assert_is(&path, &format!("{before}{above}{table}{below}{after}"));
}

/// A row for each `# --` of `values.yaml`.
fn table(written: &str, values: &Value) -> String {
    let mut table = "| value | default | |\n|---|---|---|\n".to_owned();
    let (mut path, mut comment) = (Vec::new(), None::<String>);
    for line in written.lines() {
        let depth = (line.len() - line.trim_start().len()) / 2;
        let words = line.trim_start();
        if let Some(first) = words.strip_prefix("# -- ") {
            comment = Some(first.to_owned());
        } else if let (Some(more), Some(comment)) = (words.strip_prefix("# "), &mut comment) {
            comment.push(' ');
            comment.push_str(more);
        } else if let Some((name, _)) = words.split_once(':').filter(|_| !words.starts_with('-')) {
            path.truncate(depth);
            path.push(name);
            if let Some(comment) = comment.take() {
                let value = path.iter().fold(values, |value, name| &value[name]);
                let default = serde_json::to_string(value).expect("it is JSON");
                let default = if path == ["config"] {
                    String::new()
                } else {
                    format!("`{default}`")
                };
                let (name, comment) = (path.join("."), comment.replace('|', "\\|"));
                writeln!(table, "| `{name}` | {default} | {comment} |")
                    .expect("a String takes all");
            }
        }
    }
    table
}
