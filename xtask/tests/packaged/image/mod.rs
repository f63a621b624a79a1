//! The image: its Dockerfile built by buildah, which needs no engine, from the binary of `dist`; and
//! the compose example, played in the image's root.

use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

use buffy_test::TempFolder;
use serde_json::Value;

use crate::made::{output, product, python, require_root, root};

const DOCKERFILE: &str = "deploy/docker/Dockerfile";
const EXAMPLE: &str = "examples/compose";
const TAG: &str = "buffy:packaged";

/// The image, built once for all tests here.
struct Image {
    folder: PathBuf,
    /// As `docker image inspect` shows it.
    config: Value,
}

fn image() -> &'static Image {
    static IMAGE: OnceLock<Image> = OnceLock::new();
    IMAGE.get_or_init(Image::build)
}

impl Image {
    fn build() -> Self {
        // Emptied by the next run: nobody drops what is made once for all tests.
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("image");
        if folder.exists() {
            fs::remove_dir_all(&folder).expect("the folder of the last run can go");
        }
        let files = files(&folder);
        let context = format!("files={}", files.display());
        let mut build = buildah(&folder);
        build.args(["build", "--isolation", "chroot", "--format", "docker"]);
        build.args(["--build-context", &context, "--file", DOCKERFILE]);
        build.args(["--build-arg", "VERSION=1.2.3", "--tag", TAG, "."]);
        output(&mut build);
        let inspected = output(buildah(&folder).args(["inspect", "--type", "image", TAG]));
        let inspected: Value = serde_json::from_str(&inspected).expect("buildah prints JSON");
        let config = at(&inspected, "/Docker/config");
        let layout = format!("oci:{}:it", folder.join("layout").display());
        output(buildah(&folder).args(["push", "--format", "oci", TAG, &layout]));
        Self { folder, config }
    }

    /// Its files, unpacked as a runtime would; each caller's own.
    fn unpacked(&self, name: &str) -> PathBuf {
        let layout = self.folder.join("layout");
        let bundle = self.folder.join(name);
        let image = format!("{}:it", layout.display());
        output(
            Command::new("umoci")
                .args(["unpack", "--image", &image])
                .arg(&bundle),
        );
        bundle.join("rootfs")
    }
}

/// What a release gives the Dockerfile in place of what it would build.
fn files(folder: &Path) -> PathBuf {
    let files = folder.join("files");
    let certificates = files.join("etc/ssl/certs");
    fs::create_dir_all(&certificates).expect("a folder can be made");
    fs::create_dir_all(files.join("var/lib/buffy")).expect("a folder can be made");
    fs::copy(product("buffy"), files.join("buffy")).expect("the binary can be copied");
    // Whom to trust comes from the image that builds; any file stands for it here.
    let trusted = certificates.join("ca-certificates.crt");
    fs::write(trusted, "of the machine that builds").expect("a file can be written");
    files
}

/// With its own storage, and without a kernel's help for it.
fn buildah(folder: &Path) -> Command {
    let mut buildah = Command::new("buildah");
    buildah
        .current_dir(root())
        .args(["--storage-driver", "vfs"]);
    buildah.arg("--root").arg(folder.join("storage"));
    buildah.arg("--runroot").arg(folder.join("storage-run"));
    buildah
}

#[test]
fn it_says_who_runs_what_and_how_it_is_asked_for_its_health() {
    let config = &image().config;
    assert_eq!(config["User"], "65532:65532");
    assert_eq!(config["Entrypoint"], serde_json::json!(["/buffy"]));
    assert_eq!(
        config["Healthcheck"]["Test"],
        serde_json::json!(["CMD", "/buffy", "health"])
    );
    assert_eq!(config["StopSignal"], "SIGTERM");
    let ports = config["ExposedPorts"].as_object().expect("they are named");
    assert_eq!(ports.keys().collect::<Vec<_>>(), ["7000/tcp", "7001/tcp"]);
    let label = |name| &config["Labels"][format!("org.opencontainers.image.{name}")];
    assert_eq!(label("title"), "Buffy");
    assert_eq!(label("version"), "1.2.3");
    assert_eq!(label("licenses"), "MIT OR Apache-2.0");
}

#[test]
fn nothing_is_in_it_but_buffy_its_licences_whom_it_trusts_and_its_state() {
    let root = image().unpacked("listed");
    let listed = output(
        Command::new("find")
            .arg(&root)
            .args(["!", "-type", "d", "-printf", "%P %M %U\n"])
            .args(["-o", "-path", "*/lib/buffy", "-printf", "%P %M %U\n"]),
    );
    let mut listed: Vec<_> = listed.lines().collect();
    listed.sort_unstable();
    let expected = [
        "buffy -rwxr-xr-x 0",
        "etc/ssl/certs/ca-certificates.crt -rw-r--r-- 0",
        "usr/share/doc/buffy/LICENSE-APACHE -rw-r--r-- 0",
        "usr/share/doc/buffy/LICENSE-MIT -rw-r--r-- 0",
        "usr/share/doc/buffy/THIRD-PARTY-LICENSES -rw-r--r-- 0",
        "var/lib/buffy drwxr-xr-x 65532",
    ];
    assert_eq!(listed, expected);
}

#[test]
fn the_compose_example_holds_while_its_service_is_replaced() {
    require_root();
    let service = compose();
    let config = &image().config;
    let words = config["Entrypoint"].as_array().into_iter();
    let words = words.chain(service["command"].as_array()).flatten();
    let words: Vec<_> = words.filter_map(Value::as_str).collect();
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/packaged/image/compose.sh");
    let mut play = Command::new("unshare");
    play.args(["--net", "--mount", "--pid", "--fork", "--kill-child", "sh"]);
    play.arg(script).arg(image().unpacked("played"));
    let told = output(play.arg(root().join(EXAMPLE)).args(words));
    assert!(told.ends_with("all of it came true\n"), "{told}");
}

#[test]
fn the_compose_example_gives_what_is_held_its_time_and_the_container_nothing_more() {
    let service = compose();
    let text = fs::read_to_string(root().join(EXAMPLE).join("buffy.yaml")).expect("it is there");
    let around = buffy_core::config::Surroundings {
        env: &|_| None,
        file: &|_| Err("none is named".to_owned()),
        folder: &|_| Err("none is named".to_owned()),
        unset: buffy_core::config::Unset::Refuse,
    };
    let (config, _) = buffy_core::config::read("buffy.yaml", &text, &around).expect("it loads");
    let shutdown = config.shutdown;
    let longest = shutdown.delay + shutdown.hold + shutdown.grace;
    let grace = service["stop_grace_period"].as_str().unwrap_or_default();
    let grace: u64 = grace.trim_end_matches('s').parse().expect("it is seconds");
    assert!(grace > longest.as_secs(), "{grace} s for {longest:?}");
    assert_eq!(service["read_only"], true);
    assert_eq!(service["cap_drop"], serde_json::json!(["ALL"]));
    assert_eq!(service["image"], "${BUFFY_IMAGE:-buffy}");
    let asked = &service["healthcheck"]["test"];
    assert_eq!(
        *asked,
        serde_json::json!([
            "CMD",
            "/buffy",
            "health",
            "--ready",
            "--admin",
            "http://127.0.0.1:7001"
        ])
    );
}

#[test]
fn the_stage_that_builds_has_the_toolchain_of_this_repository() {
    let dockerfile = fs::read_to_string(root().join(DOCKERFILE)).expect("it is there");
    let builder = format!("\nFROM rust:{}-", env!("CARGO_PKG_RUST_VERSION"));
    assert!(dockerfile.contains(&builder), "there is no `{builder}`");
}

#[test]
fn an_engine_builds_and_starts_the_example_where_there_is_one() {
    let engine = Command::new("docker").arg("info").output();
    if !engine.is_ok_and(|asked| asked.status.success()) {
        // Past the capture of the test's output: nobody shall believe that it ran.
        let said = "no Docker engine answers: the compose example was played without one\n";
        std::io::stderr()
            .write_all(said.as_bytes())
            .expect("standard error is open");
        return;
    }
    let folder = TempFolder::new();
    let docker = |words: &[&str]| {
        let mut docker = Command::new("docker");
        docker.current_dir(root()).env("BUFFY_IMAGE", TAG);
        output(docker.args(words))
    };
    let context = format!("files={}", files(folder.path()).display());
    docker(&[
        "build",
        "--build-context",
        &context,
        "--file",
        DOCKERFILE,
        "--tag",
        TAG,
        ".",
    ]);
    let file = format!("{EXAMPLE}/compose.yaml");
    let compose = [
        "compose",
        "--project-name",
        "buffy-packaged",
        "--file",
        &file,
    ];
    docker(&[&compose[..], &["up", "--detach", "--wait"]].concat());
    let answered = output(Command::new("curl").args(["-sS", "http://127.0.0.1:7000/"]));
    docker(&[&compose[..], &["down", "--volumes"]].concat());
    assert_eq!(answered, "release 1\n");
}

/// The service `buffy` of the example.
fn compose() -> Value {
    let read = "import json, sys, yaml; print(json.dumps(yaml.safe_load(open(sys.argv[1]))))";
    let file = root().join(EXAMPLE).join("compose.yaml");
    let text = output(python("python").args(["-c", read]).arg(file));
    let file: Value = serde_json::from_str(&text).expect("it is JSON");
    at(&file, "/services/buffy")
}

fn at(value: &Value, path: &str) -> Value {
    let found = value.pointer(path).cloned();
    found.unwrap_or_else(|| panic!("there is no {path}"))
}
