//! What cargo knows of the workspace and of everything that it depends on.

use std::path::PathBuf;

use anyhow::{Context, Result};
use serde_json::Value;

use crate::command;

/// `cargo metadata`, as far as the verbs need it.
#[derive(Debug)]
pub(crate) struct Packages {
    pub(crate) all: Vec<Package>,
    /// Where cargo puts what it builds.
    pub(crate) target: PathBuf,
}

/// One package at one version.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Package {
    pub(crate) name: String,
    pub(crate) version: String,
    /// The SPDX expression of its manifest; empty where there is none.
    pub(crate) license: String,
    /// Where it comes from; none for a package of this workspace.
    pub(crate) source: Option<String>,
    pub(crate) features: Vec<String>,
    /// The names of its integration tests.
    pub(crate) tests: Vec<String>,
}

impl Packages {
    /// Asks cargo; the lock file is not changed.
    pub(crate) fn read() -> Result<Packages> {
        let mut metadata = command::cargo(&["metadata", "--format-version=1", "--locked"]);
        Packages::parse(&command::output(&mut metadata)?)
    }

    pub(crate) fn parse(json: &str) -> Result<Packages> {
        let metadata: Value = serde_json::from_str(json).context("parse `cargo metadata`")?;
        let all = list(&metadata, "packages").map(package).collect();
        Ok(Packages {
            all,
            target: text(&metadata, "target_directory").into(),
        })
    }

    /// The packages of this workspace.
    pub(crate) fn own(&self) -> impl Iterator<Item = &Package> {
        self.all.iter().filter(|package| package.source.is_none())
    }
}

fn package(value: &Value) -> Package {
    let features = value.get("features").and_then(Value::as_object);
    let tests =
        list(value, "targets").filter(|target| list(target, "kind").any(|kind| kind == "test"));
    Package {
        name: text(value, "name"),
        version: text(value, "version"),
        license: text(value, "license"),
        source: value
            .get("source")
            .and_then(Value::as_str)
            .map(str::to_owned),
        features: features
            .into_iter()
            .flat_map(|map| map.keys().cloned())
            .collect(),
        tests: tests.map(|target| text(target, "name")).collect(),
    }
}

fn list<'a>(value: &'a Value, key: &str) -> impl Iterator<Item = &'a Value> + use<'a> {
    value
        .get(key)
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
}

fn text(value: &Value, key: &str) -> String {
    value
        .get(key)
        .and_then(Value::as_str)
        .unwrap_or_default()
        .to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn features_tests_and_sources_are_read() {
        let packages = Packages::parse(
            r#"{"target_directory": "a/target", "packages": [
                {"name": "own", "version": "0.1.0", "license": "MIT", "source": null,
                 "features": {"extra": []},
                 "targets": [{"name": "own", "kind": ["lib"]}, {"name": "it", "kind": ["test"]}]},
                {"name": "bytes", "version": "1.0.0", "license": null, "source": "registry+x",
                 "features": {}, "targets": []}]}"#,
        )
        .unwrap();
        assert_eq!(packages.target, PathBuf::from("a/target"));
        let own: Vec<_> = packages.own().collect();
        assert_eq!(own.len(), 1);
        assert_eq!(own[0].features, ["extra"]);
        assert_eq!(own[0].tests, ["it"]);
        assert_eq!(packages.all[1].source.as_deref(), Some("registry+x"));
        assert_eq!(packages.all[1].license, "");
    }
}
