//! The chart as it is given away, and what it says when it is installed.

use std::fs;

use buffy_test::TempFolder;

use super::{BROUGHT, folder, template};
use crate::kube::{assert_checked, helms, manifests, the};
use crate::made::{output, root};

#[test]
fn lint_has_nothing_to_say_but_that_it_has_no_picture() {
    for mut helm in helms() {
        let told = output(helm.args(["lint", "--strict"]).arg(folder()));
        let marks: Vec<_> = told.lines().filter(|line| line.starts_with('[')).collect();
        assert_eq!(marks, ["[INFO] Chart.yaml: icon is recommended"], "{told}");
    }
}

#[test]
fn its_versions_are_buffys() {
    let manifest = fs::read_to_string(root().join("Cargo.toml")).expect("it is there");
    let version = manifest
        .lines()
        .find_map(|line| line.strip_prefix("version = "));
    let version = version
        .expect("the workspace has a version")
        .trim_matches('"');
    let chart = fs::read_to_string(folder().join("Chart.yaml")).expect("it is there");
    for line in [
        format!("version: {version}"),
        format!("appVersion: {version}"),
    ] {
        assert!(
            chart.lines().any(|found| found == line),
            "no `{line}` in\n{chart}"
        );
    }
}

#[test]
fn the_package_is_whole_and_has_nothing_of_the_tests() {
    for mut helm in helms() {
        let place = TempFolder::new();
        output(
            helm.arg("package")
                .arg(folder())
                .arg("-d")
                .arg(place.path()),
        );
        let listed = fs::read_dir(place.path()).expect("it can be listed");
        let packages: Vec<_> = listed
            .map(|entry| entry.expect("it can be read").path())
            .collect();
        let [package] = packages.as_slice() else {
            panic!("one package, not {packages:?}");
        };
        let mut tar = std::process::Command::new("tar");
        let files = output(tar.arg("tzf").arg(package));
        for file in [
            "values.schema.json",
            "README.md",
            "files/rules.yaml",
            "files/buffy.json",
            "templates/NOTES.txt",
        ] {
            assert!(
                files.lines().any(|it| it == format!("buffy/{file}")),
                "no {file} in\n{files}"
            );
        }
        assert!(!files.contains("buffy/ci/"), "{files}");
        let [mut again, _] = helms();
        again
            .args(["template", "shop"])
            .arg(package)
            .args(["--kube-version", "1.25.0"]);
        assert!(
            output(&mut again).contains("kind: Deployment"),
            "it renders as a package, too"
        );
    }
}

#[test]
fn what_is_printed_at_the_end_says_what_to_do_next() {
    let expected = fs::read_to_string(root().join("xtask/tests/packaged/chart/notes.txt"));
    let [_, mut helm] = helms();
    let install = ["install", "shop", "--dry-run=client", "--namespace", "web"];
    let told = output(helm.args(install).arg(folder()));
    let (_, printed) = told.split_once("NOTES:\n").expect("it has notes");
    let printed = printed.trim_end();
    assert_eq!(
        printed,
        expected.expect("it is there").trim_end(),
        "{printed}"
    );
    assert_eq!(notes("replicaCount=1"), printed);

    let (_, rest) = printed.split_once("  config:\n").expect("it has values");
    let (values, _) = rest.split_once("\nand give").expect("they end");
    let folder = TempFolder::new();
    let file = folder.write("values.yaml", &format!("  config:\n{values}"));
    let [helm, _] = helms();
    let made = output(&mut template(helm, &["-f", file.to_str().expect("UTF-8")]));
    let made = manifests(&made);
    let map = &the(&made, "ConfigMap", "shop-buffy")["data"];
    assert_checked("the notes", map.as_object().expect("it has data"));

    let route = "config.endpoints[0].id=a,config.endpoints[0].path=/,config.endpoints[0].type=respond,\
                 config.endpoints[0].response[0].return_code=200";
    let told = notes(&format!("{route},image.repository=registry.example/buffy"));
    for part in ["no endpoints yet", "without a registry"] {
        assert!(!told.contains(part), "{told}");
    }
    for (words, expected) in [
        (
            "persistence.enabled=false",
            "a pod that is replaced forgets what was closed by hand",
        ),
        ("replicaCount=0", "It is stopped"),
        (
            "config.upstreams[0].id=app,config.upstreams[0].endpoint=http://app",
            "/buffy gate close app --for 10m\n",
        ),
        (
            "metrics.serviceMonitor.enabled=true",
            "set\nnetworkPolicy.adminFrom to",
        ),
        (
            "auth.existingSecret=mine,auth.key=admin.token",
            "secret mine -o jsonpath='{.data.admin\\.token}'",
        ),
        (
            "config.buffy.admin.path=/control,fullnameOverride=gate",
            "BUFFY_ADMIN=http://gate-admin.web:7001/control\n",
        ),
    ] {
        let notes = notes(words);
        assert!(notes.contains(expected), "{words}: {notes}");
    }
}

/// The notes, by way of a manifest: no `helm template` prints them by themselves.
fn notes(words: &str) -> String {
    let [helm, _] = helms();
    let object = "extraObjects[0]=kind: Notes\ntext: {{ include \"buffy.notes\" . | toJson }}";
    let arguments = [&BROUGHT[..], &["--set-string", object, "--set", words]].concat();
    let manifests = manifests(&output(&mut template(helm, &arguments)));
    let found = manifests.iter().find(|one| one["kind"] == "Notes");
    let text = found.expect("the object is rendered")["text"].as_str();
    text.expect("it is a text").trim_end().to_owned()
}
