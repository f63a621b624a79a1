//! What the chart makes of values.

use std::fs;

use serde_json::{Value, json};

use super::{BROUGHT, folder, rendered, set, value_sets};
use crate::kube::{assert_checked, assert_restricted, assert_valid, helms, manifests, the};
use crate::made::{output, root};

#[test]
fn every_set_of_values_makes_what_three_versions_of_kubernetes_take() {
    let sets = value_sets();
    assert!(sets.len() >= 12, "{sets:?}");
    let streams: Vec<_> = sets
        .into_iter()
        .map(|it| (it.clone(), rendered(&it)))
        .collect();
    assert_valid(&streams);
    for (name, yaml) in &streams {
        let manifests = manifests(yaml);
        for one in &manifests {
            if let "Deployment" | "Pod" = one["kind"].as_str().expect("it has a kind") {
                assert_restricted(name, one);
            }
        }
        let inline = |one: &&Value| !one["data"]["buffy.yaml"].is_null();
        let maps: Vec<_> = manifests.iter().filter(inline).collect();
        assert_eq!(maps.len(), usize::from(name != "existing"), "{name}");
        for map in maps {
            assert_checked(name, map["data"].as_object().expect("it has data"));
        }
    }
}

#[test]
fn a_new_configuration_is_no_new_pod() {
    let endpoint = "config.endpoints[0].id=a,config.endpoints[0].path=/,config.endpoints[0].type=respond,\
                    config.endpoints[0].response[0].return_code=200";
    let (before, after) = (set(&[]), set(&[endpoint, "files.more=text"]));
    let map = |all| the(all, "ConfigMap", "shop-buffy").clone();
    assert_ne!(map(&before), map(&after));
    let pod = |all| the(all, "Deployment", "shop-buffy").clone();
    assert_eq!(pod(&before), pod(&after));
}

#[test]
fn the_pod_is_given_as_long_as_stopping_may_take() {
    for (words, seconds) in [
        ("replicaCount=1", 100),
        ("config.buffy.shutdown=null", 95),
        ("config.buffy.shutdown.hold=10m", 640),
        ("config.buffy.shutdown.hold=1.5m", 130),
        ("config.buffy.shutdown.grace=0.5h", 1870),
        ("config.buffy.shutdown.delay=250ms", 96),
        ("config.buffy.shutdown.delay=0", 95),
        ("terminationGracePeriodSeconds=7", 7),
    ] {
        let manifests = set(&[words]);
        let pod = &the(&manifests, "Deployment", "shop-buffy")["spec"]["template"]["spec"];
        assert_eq!(pod["terminationGracePeriodSeconds"], seconds, "{words}");
    }
}

#[test]
fn the_token_of_the_release_stands_before_those_of_the_values() {
    let ci = "config.buffy.admin.tokens[0].name=ci,config.buffy.admin.tokens[0].scope=gate,\
              config.buffy.admin.tokens[0].value=another-token-for-tests";
    for (words, names) in [
        ("replicaCount=1", &["release"][..]),
        (ci, &["release", "ci"]),
    ] {
        let manifests = set(&[words]);
        let text = &the(&manifests, "ConfigMap", "shop-buffy")["data"]["buffy.yaml"];
        let config = &crate::kube::manifests(text.as_str().expect("it is a text"))[0];
        let tokens = config["buffy"]["admin"]["tokens"]
            .as_array()
            .expect("there are tokens");
        let found: Vec<_> = tokens.iter().map(|token| token["name"].as_str()).collect();
        assert_eq!(
            found,
            names.iter().map(|name| Some(*name)).collect::<Vec<_>>()
        );
        assert_eq!(tokens[0]["value"]["file"], "/run/secrets/buffy/token");
    }
}

#[test]
fn a_token_is_made_where_none_is_given() {
    let made = || {
        let manifests = set(&["auth.token="]);
        let secret = the(&manifests, "Secret", "shop-buffy-admin");
        secret["data"]["token"]
            .as_str()
            .expect("it has a token")
            .to_owned()
    };
    let (one, other) = (made(), made());
    // 40 letters and digits, in base64.
    assert_eq!(one.len(), 56);
    assert_ne!(one, other, "it is not known beforehand");
}

#[test]
fn each_listener_has_a_port_and_the_admin_api_a_service_and_a_policy_of_its_own() {
    let manifests = manifests(&rendered("listeners"));
    let pod = &the(&manifests, "Deployment", "shop-buffy")["spec"]["template"]["spec"];
    let http = |port: u32| json!({ "name": "http", "containerPort": port });
    let more = json!({ "name": "http-8081", "containerPort": 8081 });
    let admin = json!({ "name": "admin", "containerPort": 9001 });
    assert_eq!(
        pod["containers"][0]["ports"],
        json!([http(8080), more, admin])
    );
    let ports = |name| {
        let service = the(&manifests, "Service", name);
        let ports = service["spec"]["ports"].as_array().expect("it has ports");
        let pairs = ports
            .iter()
            .map(|port| (port["port"].clone(), port["targetPort"].clone()));
        pairs.collect::<Vec<_>>()
    };
    let expected = [
        (json!(80), json!("http")),
        (json!(8081), json!("http-8081")),
    ];
    assert_eq!(ports("shop-buffy"), expected);
    assert_eq!(ports("shop-buffy-admin"), [(json!(9001), json!("admin"))]);
    let policy = the(&manifests, "NetworkPolicy", "shop-buffy");
    let expected = json!([
        { "ports": [{ "port": "http" }, { "port": "http-8081" }] },
        { "ports": [{ "port": "admin" }], "from": [{ "podSelector": {} }] },
    ]);
    assert_eq!(policy["spec"]["ingress"], expected);
}

#[test]
fn a_spread_of_yours_stays_as_it_is_and_one_without_a_selector_gets_the_pods() {
    let manifests = manifests(&rendered("scheduling"));
    let pod = &the(&manifests, "Deployment", "shop-buffy")["spec"]["template"]["spec"];
    let found = |at: usize| pod["topologySpreadConstraints"][at]["labelSelector"].clone();
    let own = json!({ "app.kubernetes.io/name": "buffy", "app.kubernetes.io/instance": "shop" });
    assert_eq!(found(0), json!({ "matchLabels": own }));
    assert_eq!(found(1), json!({ "matchLabels": { "tier": "edge" } }));
}

#[test]
fn names_stay_within_what_kubernetes_takes_and_texts_stay_texts() {
    let long = "a-name-as-long-as-helm-lets-the-name-of-a-release-be1";
    assert_eq!(long.len(), 53);
    for release in [long, "shop", "true"] {
        let [mut helm, _] = helms();
        let chart = helm.args(["template", release]).arg(folder());
        let values = folder().join("ci/monitoring.yaml");
        let chart = chart.args(BROUGHT).arg("-f").arg(values);
        let made = output(chart.args(["--kube-version", "1.25.0", "--set", "auth.key=on"]));
        for one in crate::kube::manifests(&made) {
            let name = one["metadata"]["name"].as_str().expect("it has a name");
            assert!(name.len() <= 63, "{name}");
            let labels = one["metadata"]["labels"].as_object();
            for (label, value) in labels.expect("it has labels") {
                let value = value.as_str().unwrap_or_else(|| panic!("{label}: {value}"));
                assert!(value.len() <= 63, "{label}: {value}");
            }
            if one["kind"] == "Secret" {
                assert!(one["data"]["on"].is_string(), "{one}");
            }
        }
    }
}

#[test]
fn what_is_yours_is_used_and_not_made_again() {
    let manifests = manifests(&rendered("existing"));
    let kinds: Vec<_> = manifests.iter().map(|one| one["kind"].as_str()).collect();
    for kind in [
        "ConfigMap",
        "Secret",
        "PersistentVolumeClaim",
        "ServiceAccount",
    ] {
        assert!(!kinds.contains(&Some(kind)), "{kind} is made");
    }
    let pod = &the(&manifests, "Deployment", "shop-buffy")["spec"]["template"]["spec"];
    assert_eq!(pod["serviceAccountName"], "my-account");
    let expected = json!([
        { "name": "config", "configMap": { "name": "my-buffy" } },
        { "name": "token", "secret": {
            "secretName": "my-token", "defaultMode": 0o440,
            "items": [{ "key": "admin.token", "path": "token" }],
        } },
        { "name": "state", "persistentVolumeClaim": { "claimName": "my-state" } },
    ]);
    assert_eq!(pod["volumes"], expected);
}

#[test]
fn a_route_and_a_monitor_find_the_services_of_the_release_and_alerts_come_as_they_are() {
    let manifests = manifests(&(rendered("gateway") + "\n---\n" + &rendered("monitoring")));
    let route = the(&manifests, "HTTPRoute", "shop-buffy");
    let expected = json!({
        "parentRefs": [{ "name": "public", "namespace": "gateways", "sectionName": "https" }],
        "hostnames": ["app.example"],
        "rules": [{
            "backendRefs": [{ "name": "shop-buffy", "port": 8080 }],
            "matches": [{ "path": { "type": "PathPrefix", "value": "/shop" } }],
            "timeouts": { "request": "60s" },
        }],
    });
    assert_eq!(route["spec"], expected);
    let monitor = the(&manifests, "ServiceMonitor", "shop-buffy");
    assert_eq!(monitor["metadata"]["labels"]["release"], "prometheus");
    let selector = &monitor["spec"]["selector"]["matchLabels"];
    let labels = &the(&manifests, "Service", "shop-buffy-admin")["metadata"]["labels"];
    for (name, value) in selector.as_object().expect("it selects by labels") {
        assert_eq!(&labels[name], value, "{name}");
    }
    let endpoint = json!({ "port": "admin", "path": "/metrics", "interval": "15s" });
    assert_eq!(monitor["spec"]["endpoints"], json!([endpoint]));
    let file = |path| fs::read_to_string(root().join(path)).expect("it is there");
    let rule = the(&manifests, "PrometheusRule", "shop-buffy");
    let rules = crate::kube::manifests(&file("deploy/prometheus/rules.yaml"));
    assert_eq!(rule["spec"], rules[0]);
    let map = the(&manifests, "ConfigMap", "shop-buffy-dashboard");
    let dashboard = file("deploy/grafana/buffy.json");
    assert_eq!(map["data"]["buffy.json"], dashboard);
}
