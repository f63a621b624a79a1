//! What the examples for a cluster say to Buffy, said to one: nobody who comes meanwhile is lost.
#![expect(
    clippy::indexing_slicing,
    reason = "a manifest that lacks what is asked for fails the test"
)]

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering::SeqCst};
use std::thread;

use buffy_test::{FakeUpstream, TempFolder, eventually, get, post};
use serde_json::Value;

use crate::kube::{assert_restricted, assert_valid, buffy, helms, manifests, text, the};
use crate::made::{output, root};
use crate::running::Running;

#[test]
fn an_upgrade_by_helm_closes_the_gate_and_opens_it_again() {
    let [mut helm, mut newest] = helms();
    let chart = root().join("examples/helm-hooks");
    let yaml = output(helm.args(["template", "shop"]).arg(&chart));
    assert_eq!(yaml, output(newest.args(["template", "shop"]).arg(&chart)));
    assert_valid(&[("helm-hooks".to_owned(), yaml.clone())]);
    let manifests = manifests(&yaml);
    let before = the(&manifests, "Job", "shop-close-gate");
    let after = the(&manifests, "Job", "shop-open-gate");
    for (job, hooks) in [
        (before, "pre-upgrade,pre-rollback"),
        (after, "post-upgrade,post-rollback"),
    ] {
        assert_eq!(job["metadata"]["annotations"]["helm.sh/hook"], hooks);
    }
    assert_nobody_is_lost("helm-hooks", |stage| {
        stage.run(before);
        stage.replace_the_backend();
        stage.run(after);
    });
}

#[test]
fn a_job_of_a_release_with_a_long_name_has_one_that_kubernetes_takes() {
    let [mut helm, _] = helms();
    let long = "a-name-as-long-as-helm-lets-the-name-of-a-release-be1";
    let made = helm.args(["template", long]);
    for one in manifests(&output(made.arg(root().join("examples/helm-hooks")))) {
        let name = one["metadata"]["name"].as_str().expect("it has a name");
        assert!(name.len() <= 63, "{name}");
    }
}

#[test]
fn a_sync_by_argo_cd_closes_the_gate_and_opens_it_again_even_if_it_fails() {
    let read = |path: &str| {
        let path = root().join("examples/argo-cd").join(path);
        fs::read_to_string(path).expect("it is there")
    };
    let names = [
        "application",
        "shop/shop",
        "shop/close-gate",
        "shop/open-gate",
        "shop/sync-failed",
    ];
    let streams = names.map(|name| (name.replace('/', "-"), read(&format!("{name}.yaml"))));
    assert_valid(&streams);
    let job = |name: &str, hook: &str| {
        let job = manifests(&read(&format!("shop/{name}.yaml"))).remove(0);
        assert_eq!(
            job["metadata"]["annotations"]["argocd.argoproj.io/hook"],
            hook
        );
        job
    };
    let before = job("close-gate", "PreSync");
    let after = job("open-gate", "PostSync");
    let failed = job("sync-failed", "SyncFail");
    assert_nobody_is_lost("argo-cd", |stage| {
        stage.run(&before);
        stage.run(&failed);
        stage.run(&before);
        stage.replace_the_backend();
        stage.run(&after);
    });
}

#[test]
fn the_values_in_argo_cds_application_are_values_of_the_chart() {
    let file = root().join("examples/argo-cd/application.yaml");
    let applications = manifests(&fs::read_to_string(file).expect("it is there"));
    let source = &the(&applications, "Application", "buffy")["spec"]["source"];
    let folder = TempFolder::new();
    let values = folder.write("values.json", &source["helm"]["valuesObject"].to_string());
    let [mut helm, _] = helms();
    let chart = source["path"].as_str().expect("it has a path");
    helm.args(["template", "buffy"])
        .arg(root().join(chart))
        .arg("-f")
        .arg(values);
    let rendered = manifests(&output(helm.args(["--kube-version", "1.25.0"])));
    assert!(
        !rendered.iter().any(|one| one["kind"] == "Secret"),
        "it would differ each time"
    );
    let config = &the(&rendered, "ConfigMap", "buffy")["data"];
    crate::kube::assert_checked("application", config.as_object().expect("it has data"));
}

#[test]
fn a_pipeline_gives_the_deployment_another_image_behind_the_closed_gate() {
    let tools = TempFolder::new();
    let kubectl = tools.write("kubectl", FAKE_KUBECTL);
    fs::set_permissions(&kubectl, fs::Permissions::from_mode(0o755)).expect("it is ours");
    std::os::unix::fs::symlink(buffy().get_program(), tools.path().join("buffy"))
        .expect("the folder is ours");
    let called = || fs::read_to_string(tools.path().join("called")).unwrap_or_default();
    assert_nobody_is_lost("kubernetes", |stage| {
        let script = root().join("examples/kubernetes/deploy.sh");
        let mut deploy = stage.buffy.asked_by(Command::new(script));
        let path = format!("{}:/usr/bin:/bin", tools.path().display());
        deploy.arg("registry.example/shop:2.0").env("PATH", path);
        let deploy = deploy.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn();
        let deploy = deploy.expect("it starts");
        eventually("kubectl is called", || called().contains("set image"));
        stage.replace_the_backend();
        tools.write("done", "");
        let told = deploy.wait_with_output().expect("it ends");
        assert!(told.status.success(), "{}", text(&told.stderr));
        let report = text(&told.stderr);
        assert!(report.contains("0 timed out"), "{report}");
    });
    let expected = "set image deployment/shop shop=registry.example/shop:2.0\n\
                    rollout status deployment/shop --timeout=120s\n";
    assert_eq!(called(), expected);
}

/// Writes down what it is asked for, and answers when the test has done it.
const FAKE_KUBECTL: &str = r#"#!/bin/sh
cd "$(dirname "$0")"
echo "$*" >>called
until [ -e done ]; do sleep 0.02; done
"#;

/// A Buffy before a backend, by the example's own file but for its ports.
struct Stage {
    buffy: Running,
    backend: FakeUpstream,
}

impl Stage {
    /// Does what a Job does, container after container.
    fn run(&self, job: &Value) {
        assert_restricted("a hook", job);
        let pod = &job["spec"]["template"]["spec"];
        let lists = ["initContainers", "containers"].map(|list| pod[list].as_array());
        for container in lists.into_iter().flatten().flatten() {
            let variables = container["env"]
                .as_array()
                .expect("it is told where Buffy is");
            let names: Vec<_> = variables.iter().map(|it| it["name"].as_str()).collect();
            assert_eq!(
                names,
                ["BUFFY_ADMIN", "BUFFY_ACTOR", "BUFFY_TOKEN"].map(Some)
            );
            let words = container["args"]
                .as_array()
                .expect("it is told what to say");
            let words: Vec<_> = words.iter().filter_map(Value::as_str).collect();
            self.buffy.verb(&words);
        }
    }

    /// Away, until somebody waits for it; and back.
    fn replace_the_backend(&self) {
        assert_eq!(self.backend.under_way(), 0, "it was not drained");
        self.backend.kill();
        eventually("somebody waits", || {
            self.buffy.metric("buffy_held_requests") > 0.0
        });
        self.backend.listen();
    }
}

/// Two clients ask and send all the time, until `deploy` is done and each has been answered again.
fn assert_nobody_is_lost(example: &str, deploy: impl FnOnce(&Stage)) {
    let file = root().join("examples").join(example).join("buffy.yaml");
    let written = fs::read_to_string(file).expect("it is there");
    let backend = FakeUpstream::start();
    let configuration = written
        .replace("http://shop:8080", &backend.url())
        .replace("port: 7000", "port: 0")
        .replace("port: 7001", "port: 0");
    let stage = Stage {
        buffy: Running::start(&configuration),
        backend,
    };
    let port = stage.buffy.port("public");
    let (ended, answered, lost) = (
        AtomicBool::new(false),
        AtomicUsize::new(0),
        AtomicUsize::new(0),
    );
    thread::scope(|scope| {
        for client in 0..2 {
            let (ended, answered, lost) = (&ended, &answered, &lost);
            scope.spawn(move || {
                while !ended.load(SeqCst) {
                    let response = match client {
                        0 => get(port, "/basket"),
                        _ => post(port, "/orders", b"one"),
                    };
                    let count = if response.status == 200 {
                        answered
                    } else {
                        lost
                    };
                    count.fetch_add(1, SeqCst);
                }
            });
        }
        let more = |count: usize| {
            let seen = answered.load(SeqCst);
            eventually("clients are answered", || {
                answered.load(SeqCst) >= seen + count
            });
        };
        more(20);
        deploy(&stage);
        more(20);
        ended.store(true, SeqCst);
    });
    assert_eq!(lost.load(SeqCst), 0, "{example}");
    let told = stage.buffy.verb(&["status"]);
    assert!(told.contains("open"), "{told}");
}
