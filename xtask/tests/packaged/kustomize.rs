//! The kustomize base, and an overlay of it, by kustomize itself.
#![expect(
    clippy::indexing_slicing,
    reason = "a manifest that lacks what is asked for fails the test"
)]

use serde_json::{Value, json};

use crate::chart::defaults;
use crate::kube::{assert_checked, assert_restricted, assert_valid, kubectl, manifests, the};
use crate::made::{output, root};

fn built(folder: &str) -> String {
    output(kubectl().arg("kustomize").arg(root().join(folder)))
}

#[test]
fn the_base_and_the_overlay_of_the_example_are_what_three_versions_take() {
    let folders = ["deploy/kustomize/base", "examples/kubernetes"];
    let streams = folders.map(|folder| (folder.replace('/', "-"), built(folder)));
    assert_valid(&streams);
    for (name, yaml) in &streams {
        let manifests = manifests(yaml);
        assert_restricted(name, the(&manifests, "Deployment", "buffy"));
        let map = the(&manifests, "ConfigMap", "buffy");
        assert_checked(name, map["data"].as_object().expect("it has data"));
    }
}

#[test]
fn the_overlay_brings_its_own_configuration_image_and_namespace() {
    let manifests = manifests(&built("examples/kubernetes"));
    let file = std::fs::read_to_string(root().join("examples/kubernetes/buffy.yaml"));
    let map = the(&manifests, "ConfigMap", "buffy");
    assert_eq!(map["data"]["buffy.yaml"], file.expect("it is there"));
    assert!(
        manifests
            .iter()
            .all(|one| one["metadata"]["namespace"] == "shop")
    );
    let pod = &the(&manifests, "Deployment", "buffy")["spec"]["template"]["spec"];
    assert_eq!(
        pod["containers"][0]["image"],
        "registry.example/buffy:0.1.0"
    );
}

/// All but the token, which the base leaves to Buffy: it writes one beside its state.
#[test]
fn the_base_is_what_the_chart_makes_of_its_defaults() {
    let chart: Vec<Value> = defaults("buffy")
        .into_iter()
        .map(without_the_token)
        .collect();
    let base = manifests(&built("deploy/kustomize/base"));
    let own = |one: &&Value| one["kind"] != "Secret" && one["kind"] != "Pod";
    assert_eq!(chart.iter().filter(own).count(), base.len());
    for mut one in base {
        let name = one["metadata"]["name"]
            .as_str()
            .expect("it has a name")
            .to_owned();
        let kind = one["kind"].as_str().expect("it has a kind").to_owned();
        if kind == "ConfigMap" {
            one["data"]["buffy.yaml"] = configuration(&one);
        }
        assert_eq!(the(&chart, &kind, &name), &one, "{kind} {name}");
    }
}

/// A manifest of the chart as it would be without Helm's labels and without a Secret.
fn without_the_token(mut one: Value) -> Value {
    if let Some(labels) = one["metadata"]["labels"].as_object_mut() {
        let ours = ["name", "instance", "component"].map(|it| format!("app.kubernetes.io/{it}"));
        labels.retain(|name, _| ours.contains(name));
    }
    if one["kind"] == "ConfigMap" {
        let mut configuration = configuration(&one);
        let admin = configuration["buffy"]["admin"].as_object_mut();
        admin.expect("it has an admin").remove("tokens");
        one["data"]["buffy.yaml"] = configuration;
        one["metadata"]
            .as_object_mut()
            .expect("it is one")
            .remove("labels");
    }
    if one["kind"] == "Deployment" {
        let pod = &mut one["spec"]["template"]["spec"];
        for list in ["/containers/0/volumeMounts", "/volumes"] {
            let list = pod.pointer_mut(list).and_then(Value::as_array_mut);
            list.expect("it is a list")
                .retain(|it| it["name"] != "token");
        }
    }
    one
}

/// The configuration in a `ConfigMap`, as it is read.
fn configuration(map: &Value) -> Value {
    let text = map["data"]["buffy.yaml"].as_str().expect("it has one");
    manifests(text).pop().unwrap_or(json!(null))
}
