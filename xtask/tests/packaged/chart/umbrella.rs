//! The chart as a part of somebody's own, once under its name and once under another.

use std::fs;

use buffy_test::TempFolder;

use super::folder;
use crate::kube::{assert_checked, helms, manifests, the};
use crate::made::output;

#[test]
fn a_chart_of_yours_has_it_twice_and_switches_it_off() {
    let place = TempFolder::new();
    let from = format!("\"file://{}\"", folder().display());
    let chart = CHART
        .replace("FROM", &from)
        .replace("VERSION", env!("CARGO_PKG_VERSION"));
    place.write("Chart.yaml", &chart);
    place.write("values.yaml", VALUES);
    for at in 0..2 {
        let helm = |words: &[&str]| {
            let mut helm = helms().into_iter().nth(at).expect("there are two");
            output(helm.args(words).current_dir(place.path()))
        };
        helm(&["dependency", "update", "."]);
        let render = ["template", "shop", ".", "--kube-version", "1.25.0", "--set"];
        let yaml = helm(&[&render[..], &["global.region=eu"]].concat());
        let made = manifests(&yaml);
        for (name, upstream) in [("shop-buffy", "one"), ("the-gate", "two")] {
            the(&made, "Deployment", name);
            let map = the(&made, "ConfigMap", name)["data"].as_object();
            let map = map.expect("it has data");
            assert_checked(name, map);
            let text = map["buffy.yaml"].as_str().expect("it is a text");
            assert!(text.contains(&format!("http://{upstream}:80")), "{text}");
        }
        let [one, other] = ["shop-buffy", "the-gate"]
            .map(|name| the(&made, "Service", name)["spec"]["selector"].clone());
        assert_ne!(one, other, "each finds its own pod");
        let off = helm(&[&render[..], &["buffy.enabled=false,gate.enabled=false"]].concat());
        assert_eq!(manifests(&off).len(), 0, "{off}");
        fs::remove_dir_all(place.path().join("charts")).expect("it is ours");
    }
}

const CHART: &str = "apiVersion: v2
name: site
version: 1.0.0
dependencies:
  - { name: buffy, version: VERSION, repository: FROM, condition: buffy.enabled }
  - { name: buffy, alias: gate, version: VERSION, repository: FROM, condition: gate.enabled }
";

const VALUES: &str = "buffy:
  enabled: true
  config:
    upstreams: [{ id: app, endpoint: http://one:80 }]
gate:
  enabled: true
  fullnameOverride: the-gate
  config:
    upstreams: [{ id: app, endpoint: http://two:80 }]
";
