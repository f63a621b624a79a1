//! The pod of the chart, started by its own words on its own files, without a cluster.
use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;
use std::process::{Command, Stdio};

use buffy_test::TempFolder;
use serde_json::Value;

use super::{TOKEN, template};
use crate::kube::{helms, manifests, text, the};
use crate::made::{output, product, root};

#[test]
fn a_pod_takes_new_files_while_it_holds_and_remembers_a_close_when_it_is_replaced() {
    let first = pod(&[]);
    let place = container_root(&first, &pod(&["--set", PING]));
    let spec = &the(&first, "Deployment", "shop-buffy")["spec"]["template"]["spec"];
    let container = &spec["containers"][0];
    let words = container["args"].as_array().expect("it has arguments");
    let words = words.iter().filter_map(Value::as_str);

    let mut play = Command::new("timeout");
    let own = "120 unshare --net --pid --fork --kill-child --mount-proc";
    play.args(own.split(' '));
    play.arg(root().join("xtask/tests/packaged/chart/pod.sh"));
    let security = &spec["securityContext"];
    let user = format!("{}:{}", security["runAsUser"], security["fsGroup"]);
    let volumes = spec["volumes"].as_array().into_iter().flatten();
    let secret = volumes.map(|it| &it["secret"]).find(|it| !it.is_null());
    let mode = secret.and_then(|it| it["defaultMode"].as_u64());
    let mode = format!("{:o}", mode.expect("the token has a mode"));
    play.arg(place.path()).args([user, mode]).args(words);
    for variable in container["env"].as_array().into_iter().flatten() {
        let word = |name: &str| variable[name].as_str().expect("it is a text");
        play.env(word("name"), word("value"));
    }
    let play = play.stdin(Stdio::null());
    let told = play.output().expect("it starts");
    let (out, log) = (
        text(&told.stdout),
        fs::read_to_string(place.path().join("log")),
    );
    let log = log.unwrap_or_default();
    assert!(told.status.success(), "{out}{}{log}", text(&told.stderr));
    let expected = [
        "alive",
        "ready",
        "ready: http://shop-buffy-admin:7001",
        "{ \"status\": \"pong\" }",
        "the old token: 1",
        "held: 1",
        "hello from the backend",
        "ended: 0",
        "a migration",
    ];
    let mut rest = out.as_str();
    for part in expected {
        let (_, after) = rest
            .split_once(part)
            .unwrap_or_else(|| panic!("no `{part}` in\n{out}{log}"));
        rest = after;
    }
    assert_eq!(
        log.matches("the configuration was reloaded").count(),
        2,
        "{log}"
    );
}

/// The root of the container: the binary, and the volumes with what is to come beside what is.
fn container_root(first: &[Value], second: &[Value]) -> TempFolder {
    let place = TempFolder::new();
    let inside = |path: &str| place.path().join(path);
    for folder in ["etc/buffy", "run/secrets/buffy", "var/lib/buffy", "backend"] {
        fs::create_dir_all(inside(folder)).expect("the folder is ours");
    }
    fs::copy(product("buffy"), inside("buffy")).expect("there is room");
    for (path, content) in [
        ("etc/hosts", "127.0.0.1 shop-buffy-admin\n"),
        ("backend/hello", "hello from the backend\n"),
    ] {
        fs::write(inside(path), content).expect("the folder is ours");
    }
    let map = |manifests| files(manifests, "ConfigMap", "shop-buffy");
    mount(&inside("etc/buffy"), &map(first));
    version(&inside("etc/buffy/..2"), &map(second));
    let token = |token: &str| [("token".to_owned(), token.to_owned())];
    mount(
        &inside("run/secrets/buffy"),
        &token("the-first-token-of-two"),
    );
    version(
        &inside("run/secrets/buffy/..2"),
        &token("the-other-token-of-two"),
    );
    place
}

/// A second endpoint, which only the second configuration has.
const PING: &str = "config.endpoints[1].id=ping,config.endpoints[1].path=/ping,\
                    config.endpoints[1].type=respond,config.endpoints[1].response[0].return_code=200,\
                    config.endpoints[1].response[0].content=\\{ \"status\": \"pong\" \\}";

fn pod(more: &[&str]) -> Vec<Value> {
    let [helm, _] = helms();
    let values = root().join("examples/kubernetes/values.yaml");
    let values = values.to_str().expect("the path is UTF-8");
    let own = "config.upstreams[0].endpoint=http://127.0.0.1:8080,config.upstreams[0].health.path=/hello,\
               config.upstreams[0].id=app,config.endpoints[0].upstream[0]=app";
    let arguments = [&["-f", values, "--set", own][..], &TOKEN, more].concat();
    manifests(&output(&mut template(helm, &arguments)))
}

/// What a volume is made of.
fn files(manifests: &[Value], kind: &str, name: &str) -> Vec<(String, String)> {
    let data = the(manifests, kind, name)["data"]
        .as_object()
        .expect("it has data");
    let text = |value: &Value| value.as_str().expect("it is a text").to_owned();
    data.iter()
        .map(|(name, value)| (name.clone(), text(value)))
        .collect()
}

/// A volume as the kubelet mounts it.
fn mount(folder: &Path, files: &[(String, String)]) {
    version(&folder.join("..1"), files);
    symlink("..1", folder.join("..data")).expect("the folder is ours");
    for (name, _) in files {
        symlink(format!("..data/{name}"), folder.join(name)).expect("the folder is ours");
    }
}

fn version(folder: &Path, files: &[(String, String)]) {
    fs::create_dir(folder).expect("the folder is ours");
    for (name, content) in files {
        fs::write(folder.join(name), content).expect("the folder is ours");
    }
}
