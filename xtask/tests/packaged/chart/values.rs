//! Every value does something: some set of `ci/` says it, and without it another chart is made.

use std::fs;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::thread;

use buffy_test::TempFolder;
use serde_json::Value;

use super::{BROUGHT, TOKEN, folder, template, value_sets};
use crate::kube::{helms, read};

/// Calls of Helm at a time.
const AT_ONCE: usize = 4;

#[test]
fn each_value_is_in_some_set_and_changes_what_is_made() {
    let readme = fs::read_to_string(folder().join("README.md")).expect("the chart has a README");
    let rows = readme.lines().filter_map(|line| line.strip_prefix("| `"));
    let names: Vec<_> = rows
        .filter_map(|row| Some(row.split_once('`')?.0.replace('.', "/")))
        .collect();
    assert!(names.len() > 70, "{names:?}");
    let defaults = read(&folder().join("values.yaml"));
    let sets: Vec<_> = value_sets()
        .iter()
        .map(|set| read(&folder().join(format!("ci/{set}.yaml"))))
        .map(|set| (made(&set), set))
        .collect();
    let next = AtomicUsize::new(0);
    thread::scope(|scope| {
        for _ in 0..AT_ONCE {
            scope.spawn(|| {
                while let Some(name) = names.get(next.fetch_add(1, SeqCst)) {
                    assert_matters(&format!("/{name}"), &defaults, &sets);
                }
            });
        }
    });
}

/// The value at `path` makes a difference in some set that has another than the default.
fn assert_matters(path: &str, defaults: &Value, sets: &[(Made, Value)]) {
    let others = sets.iter().filter(|(_, set)| {
        let said = set.pointer(path);
        said.is_some() && said != defaults.pointer(path)
    });
    let mut others = others.peekable();
    assert!(others.peek().is_some(), "no set in ci/ has another {path}");
    let matters = others.any(|(whole, set)| *whole != made(&without(set, path)));
    assert!(matters, "{path} is said, and nothing is made of it");
}

fn without(set: &Value, path: &str) -> Value {
    let mut set = set.clone();
    let (parent, name) = path.rsplit_once('/').expect("it is a pointer");
    let parent = set.pointer_mut(parent).and_then(Value::as_object_mut);
    parent.expect("it is a map").remove(name);
    set
}

/// What is made of values, or why nothing is.
type Made = Result<Vec<u8>, Vec<u8>>;

fn made(values: &Value) -> Made {
    let folder = TempFolder::new();
    let file = folder.write("values.json", &values.to_string());
    let file = file.to_str().expect("the path is UTF-8");
    let [helm, _] = helms();
    let mut arguments = [&BROUGHT[..], &["-f", file]].concat();
    if values["auth"].is_null() {
        arguments.extend(TOKEN);
    }
    let told = template(helm, &arguments).output().expect("helm starts");
    if told.status.success() {
        Ok(told.stdout)
    } else {
        Err(told.stderr)
    }
}
