//! An upgrade finds what the cluster has: as much of a cluster as Helm asks for.

use std::process::Command;

use buffy_test::{FakeUpstream, Reply};
use serde_json::{Value, json};

use super::folder;
use crate::kube::{helms, manifests, the};
use crate::made::output;

/// Kinds by their group and version, with the names of their lists.
const KNOWN: [(&str, &[(&str, &str)]); 3] = [
    (
        "api/v1",
        &[
            ("ConfigMap", "configmaps"),
            ("PersistentVolumeClaim", "persistentvolumeclaims"),
            ("Pod", "pods"),
            ("Secret", "secrets"),
            ("Service", "services"),
            ("ServiceAccount", "serviceaccounts"),
        ],
    ),
    ("apis/apps/v1", &[("Deployment", "deployments")]),
    (
        "apis/networking.k8s.io/v1",
        &[("NetworkPolicy", "networkpolicies")],
    ),
];

#[test]
fn the_token_that_was_made_at_the_first_install_is_kept() {
    let cluster = FakeUpstream::start();
    cluster.reply_otherwise(Reply::json(404, &missing()));
    let version = json!({ "major": "1", "minor": "31", "gitVersion": "v1.31.0" });
    cluster.reply("/version", Reply::json(200, &version));
    cluster.reply(
        "/api",
        Reply::json(200, &json!({ "kind": "APIVersions", "versions": ["v1"] })),
    );
    cluster.reply("/apis", Reply::json(200, &groups()));
    for (path, kinds) in KNOWN {
        cluster.reply(
            &format!("/{path}"),
            Reply::json(200, &resources(path, kinds)),
        );
    }
    let made = token(&cluster);
    // 40 letters and digits, in base64.
    assert_eq!(made.len(), 56, "{made}");
    let secret = json!({
        "apiVersion": "v1", "kind": "Secret",
        "metadata": { "name": "shop-buffy-admin", "namespace": "web" },
        "data": { "token": made },
    });
    let path = "/api/v1/namespaces/web/secrets/shop-buffy-admin";
    cluster.reply(path, Reply::json(200, &secret));
    assert_eq!(token(&cluster), made);
}

/// The token that an install in this cluster would have.
fn token(cluster: &FakeUpstream) -> String {
    let [_, mut helm] = helms();
    helm.args(["template", "shop"]).arg(folder());
    helm.args(["--namespace", "web", "--is-upgrade", "--dry-run=server"]);
    helm.args(["--disable-openapi-validation", "--kube-apiserver"]);
    let call: &mut Command = helm.arg(cluster.url());
    let manifests = manifests(&output(call));
    let secret = the(&manifests, "Secret", "shop-buffy-admin");
    let token = secret.pointer("/data/token").and_then(Value::as_str);
    token.expect("it has a token").to_owned()
}

fn missing() -> Value {
    json!({ "kind": "Status", "apiVersion": "v1", "status": "Failure", "reason": "NotFound", "code": 404 })
}

fn groups() -> Value {
    let groups = ["apps", "networking.k8s.io"].map(|name| {
        let version = json!({ "groupVersion": format!("{name}/v1"), "version": "v1" });
        json!({ "name": name, "versions": [version], "preferredVersion": version })
    });
    json!({ "kind": "APIGroupList", "apiVersion": "v1", "groups": groups })
}

fn resources(path: &str, kinds: &[(&str, &str)]) -> Value {
    let group = path.trim_start_matches("apis/").trim_start_matches("api/");
    let one = |(kind, name): &(&str, &str)| json!({ "name": name, "singularName": "", "namespaced": true, "kind": kind, "verbs": ["get", "list"] });
    let resources: Vec<_> = kinds.iter().map(one).collect();
    json!({ "kind": "APIResourceList", "groupVersion": group, "resources": resources })
}
