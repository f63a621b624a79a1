//! The chart, by Helm itself: what it makes of values, what it refuses, and what it says.

mod files;
mod pod;
mod refused;
mod rendered;
mod shipped;
mod umbrella;
mod upgrade;
mod values;

use std::fs;
use std::path::PathBuf;
use std::process::Command;

use serde_json::Value;

use crate::kube::{helms, manifests, text};
use crate::made::{output, root};

/// Where the chart is.
fn folder() -> PathBuf {
    root().join("deploy/helm/buffy")
}

/// The sets of values in `ci/`, by name.
fn value_sets() -> Vec<String> {
    let listed = fs::read_dir(folder().join("ci")).expect("the chart has sets of values");
    let names = listed.map(|entry| entry.expect("it can be listed").file_name());
    let mut names: Vec<_> = names
        .map(|name| name.to_string_lossy().trim_end_matches(".yaml").to_owned())
        .collect();
    names.sort();
    names
}

/// A call that renders the release `shop` for a cluster as old as the chart allows, which has every
/// API that somebody may bring.
fn template(mut helm: Command, more: &[&str]) -> Command {
    helm.args(["template", "shop"])
        .arg(folder())
        .args(["--namespace", "web", "--kube-version", "1.25.0"])
        .args(more);
    helm
}

/// The same token each time, where the chart makes one.
const TOKEN: [&str; 2] = ["--set", "auth.token=a-token-for-the-tests"];

/// With the APIs that others bring.
const BROUGHT: [&str; 4] = [
    "--api-versions",
    "monitoring.coreos.com/v1",
    "--api-versions",
    "gateway.networking.k8s.io/v1",
];

/// What the oldest and the newest Helm make of a set of values; it is the same.
fn rendered(set: &str) -> String {
    let values = folder().join(format!("ci/{set}.yaml"));
    let values = values.to_str().expect("the path is UTF-8");
    let mut arguments = Vec::from(BROUGHT);
    arguments.extend(["-f", values]);
    if set != "existing" {
        arguments.extend(TOKEN);
    }
    let [old, new] = helms().map(|helm| {
        let mut call = template(helm, &arguments);
        let told = call.output().expect("helm starts");
        let err = text(&told.stderr);
        assert!(told.status.success(), "{set}: {err}");
        assert_eq!(err, "", "{set}: it warns");
        text(&told.stdout)
    });
    assert_eq!(old, new, "{set}: the two differ");
    old
}

/// The same, with `--set` in place of a file, as manifests.
fn set(words: &[&str]) -> Vec<Value> {
    let [helm, _] = helms();
    let words = words.iter().flat_map(|word| ["--set", word]);
    let arguments: Vec<_> = [&BROUGHT[..], &TOKEN]
        .concat()
        .into_iter()
        .chain(words)
        .collect();
    let told = template(helm, &arguments).output().expect("helm starts");
    assert!(told.status.success(), "{}", text(&told.stderr));
    manifests(&text(&told.stdout))
}

/// What the chart makes of its defaults, by a release of this name.
pub(crate) fn defaults(release: &str) -> Vec<Value> {
    let [mut helm, _] = helms();
    helm.args(["template", release]).arg(folder());
    manifests(&output(helm.args(["--kube-version", "1.25.0"])))
}
