//! Values that mean nothing, or that could not work, are refused in a sentence.

use super::{BROUGHT, template};
use crate::kube::{helms, text};

/// What Helm says to `--set` of these words, and that it says so.
fn check(words: &str, expected: &str) {
    check_with(&BROUGHT, words, expected);
}

fn check_with(more: &[&str], words: &str, expected: &str) {
    let [helm, _] = helms();
    let arguments: Vec<_> = more.iter().copied().chain(["--set", words]).collect();
    let told = template(helm, &arguments).output().expect("helm starts");
    let err = text(&told.stderr);
    assert!(!told.status.success(), "{words} is not refused");
    let said = err.lines().any(|line| line.ends_with(expected));
    assert!(said, "{words}: {err}");
}

#[test]
fn a_value_that_is_none_is_refused_by_the_schema() {
    for (words, expected) in [
        (
            "replicas=1",
            "- (root): Additional property replicas is not allowed",
        ),
        (
            "replicaCount=-1",
            "- replicaCount: Must be greater than or equal to 0",
        ),
        (
            "service.port=70000",
            "- service.port: Must be less than or equal to 65535",
        ),
        (
            "service.port=http",
            "- service.port: Invalid type. Expected: integer, given: string",
        ),
        (
            "service.type=External",
            "- service.type: service.type must be one of the following: \"ClusterIP\", \"NodePort\", \"LoadBalancer\"",
        ),
        (
            "strategy=Blue",
            "- strategy: strategy must be one of the following: \"Recreate\", \"RollingUpdate\"",
        ),
        (
            "persistence.accessMode=ReadWriteMany",
            "- persistence.accessMode: persistence.accessMode must be one of the following: \"ReadWriteOnce\", \"ReadWriteOncePod\"",
        ),
        (
            "persistence.size=much",
            "- persistence.size: Does not match pattern '^[0-9]+([.][0-9]+)?(Ki|Mi|Gi|Ti|Pi|k|M|G|T|P)?$'",
        ),
        (
            "image.digest=latest",
            "- image.digest: Does not match pattern '^(sha256:[0-9a-f]{64})?$'",
        ),
        (
            "auth.token=short",
            "- auth.token: Does not match pattern '^([!-~]{16,})?$'",
        ),
        (
            "ingress.hosts[0].hosts=x",
            "- ingress.hosts.0: Additional property hosts is not allowed",
        ),
        (
            "nameOverride=My_Buffy",
            "- nameOverride: Does not match pattern '^([a-z0-9]([-a-z0-9]*[a-z0-9])?)?$'",
        ),
        (
            "existingConfigMap=My_Map",
            "- existingConfigMap: Does not match pattern '^([a-z0-9]([-a-z0-9.]*[a-z0-9])?)?$'",
        ),
    ] {
        check(words, expected);
    }
}

#[test]
fn a_configuration_that_buffy_would_refuse_is_refused_before_anything_is_installed() {
    for (words, expected) in [
        (
            "config.buffy.lisen=7000",
            "- config.buffy: Additional property lisen is not allowed",
        ),
        (
            "config.upstreams[0].endpint=x",
            "- config.upstreams.0: Additional property endpint is not allowed",
        ),
        (
            "config.endpoints[0].id=x",
            "- config.endpoints.0: path is required",
        ),
        (
            "config.buffy.shutdown.hold=1x",
            "- config.buffy.shutdown.hold: Does not match pattern '^[0-9.]+ ?(ms|s|m|h)$'",
        ),
        (
            "config.buffy.limits.held=no",
            "- config.buffy.limits.held: Must validate at least one schema (anyOf)",
        ),
    ] {
        check(words, expected);
    }
}

#[test]
fn what_cannot_work_is_refused_with_what_to_do_instead() {
    for (words, expected) in [
        (
            "replicaCount=2",
            "replicaCount is 2: each Buffy keeps its gates and what it holds to itself, so a close would reach one of them. Run 1; for another backend install another release",
        ),
        (
            "strategy=RollingUpdate",
            "strategy is RollingUpdate: two pods would need the volume at once. Write Recreate, or persistence.enabled=false, where a new pod starts with open gates",
        ),
        (
            "config.buffy.shutdown.hold=${HOLD}",
            "config.buffy.shutdown.hold is ${HOLD}: the pod's grace period is computed from it. Write a number with ms, s, m or h, such as 60s",
        ),
        (
            "existingConfigMap=mine,files.a=b",
            "files is given with existingConfigMap: put them into that ConfigMap",
        ),
        (
            "files.buffy\\.yaml=x",
            "files has buffy.yaml: that file is made of `config`",
        ),
        (
            "auth.token=a-token-for-the-tests,auth.existingSecret=mine",
            "auth.token is given with auth.existingSecret: leave one of them empty",
        ),
        (
            "ingress.enabled=true",
            "ingress.hosts is empty: write `[{ host: app.example, paths: [{ path: /, pathType: Prefix }] }]`",
        ),
        (
            "httpRoute.enabled=true",
            "httpRoute.parentRefs is empty: write the gateway, `[{ name: … }]`",
        ),
        (
            "metrics.serviceMonitor.enabled=true,adminService.enabled=false",
            "metrics.serviceMonitor.enabled needs adminService.enabled: the operator finds the pod by that Service",
        ),
    ] {
        check(words, expected);
    }
}

#[test]
fn a_name_or_a_port_that_no_service_can_have_is_refused() {
    for (words, expected) in [
        (
            "config.buffy.admin=null",
            "config.buffy.admin is missing: the kubelet asks it whether Buffy is ready. Write `admin: { bind: 0.0.0.0, port: 7001 }`",
        ),
        (
            "config.buffy.admin.bind=127.0.0.1",
            "config.buffy.admin.bind is 127.0.0.1: the kubelet's probes come from outside the pod. Write 0.0.0.0, or `::`; whoever changes anything needs the token",
        ),
        (
            "config.buffy.admin.port=0",
            "config.buffy.admin.port is 0: the Service must name it, as a number. Write 7001",
        ),
        (
            "config.buffy.listen[0].port=0",
            "config.buffy.listen[0].port is 0: each listener needs a port of its own, as a number and not 0, since the Service must name it",
        ),
        (
            "config.buffy.listen[0].port=${PORT}",
            "config.buffy.listen[0].port is ${PORT}: each listener needs a port of its own, as a number and not 0, since the Service must name it",
        ),
        (
            "config.buffy.listen[0].port=7000,config.buffy.listen[1].port=7000",
            "config.buffy.listen[1].port is 7000: each listener needs a port of its own, as a number and not 0, since the Service must name it",
        ),
        (
            "config.buffy.listen[0].port=7001",
            "config.buffy.listen[0].port is 7001, and so is config.buffy.admin.port: each needs one of its own",
        ),
        (
            "config.buffy.listen[0].port=7000,config.buffy.listen[1].port=8081,service.port=8081",
            "config.buffy.listen[1].port is 8081, and so is service.port, by which the Service has the first listener: write another service.port",
        ),
        (
            "config.buffy.listen[0].bind=::1",
            "config.buffy.listen[0].bind is ::1: requests come from outside the pod. Write 0.0.0.0, or `::`",
        ),
        (
            "fullnameOverride=My_Buffy",
            "the Service would be called My_Buffy, and no Service may be: write fullnameOverride, a letter first, then letters, digits and `-`",
        ),
        (
            "fullnameOverride=1st",
            "the Service would be called 1st, and no Service may be: write fullnameOverride, a letter first, then letters, digits and `-`",
        ),
        (
            "config.buffy.listen[0].bind=127.0.0.1",
            "config.buffy.listen[0].bind is 127.0.0.1: requests come from outside the pod. Write 0.0.0.0, or `::`",
        ),
    ] {
        check(words, expected);
    }
}

#[test]
fn what_the_cluster_does_not_have_is_refused_by_the_name_of_who_brings_it() {
    for (value, api, by) in [
        (
            "metrics.serviceMonitor.enabled",
            "monitoring.coreos.com/v1",
            "the Prometheus operator",
        ),
        (
            "metrics.prometheusRule.enabled",
            "monitoring.coreos.com/v1",
            "the Prometheus operator",
        ),
        (
            "httpRoute.enabled",
            "gateway.networking.k8s.io/v1",
            "the Gateway API",
        ),
    ] {
        let words = format!("{value}=true,httpRoute.parentRefs[0].name=public");
        let expected = format!(
            "{value} is true, and this cluster has no {api}: install {by}, or leave it false. \
             (helm template is told of it by --api-versions {api})"
        );
        check_with(&[], &words, &expected);
    }
}

#[test]
fn a_cluster_that_is_too_old_is_refused() {
    let expected =
        "chart requires kubeVersion: >=1.25.0-0 which is incompatible with Kubernetes v1.24.0";
    check_with(&["--kube-version", "1.24.0"], "replicaCount=1", expected);
}
