//! What the release workflow does behind the build: its own scripts, with a registry that is played.

use std::fs;
use std::path::Path;
use std::process::Command;

use buffy_test::TempFolder;

use crate::made::{node, output, python, root};

/// Steps of the job `publish`, by their names, which need nothing of GitHub but variables.
const STEPS: [&str; 3] = [
    "What came is what was built",
    "The image of both architectures",
    "The chart, which names that image by its digest",
];

const IMAGE: &str = "registry.example/an-owner/buffy";

const DIGEST: &str = "sha256:1111111111111111111111111111111111111111111111111111111111111111";

/// Docker and Helm, as far as they would ask the registry.
const REGISTRY: &str = r#"
docker() {
  case "$*" in *inspect*) echo "$DIGEST" ;; *login*) cat > password ;; esac
}
helm() {
  case "$1" in
    registry) cat > password ;;
    push) test -f "$2" && printf 'Pushed: %s\nDigest: sha256:2222\n' "$3" >&2 ;;
    *) "$HELM" "$@" ;;
  esac
}
"#;

/// A clone as the job has it, with what the builds gave.
fn given() -> TempFolder {
    let folder = TempFolder::new();
    let deploy = folder.path().join("deploy/helm");
    fs::create_dir_all(&deploy).expect("a folder can be made");
    fs::create_dir(folder.path().join("given")).expect("a folder can be made");
    output(
        Command::new("cp")
            .arg("-R")
            .arg(root().join("deploy/helm/buffy"))
            .arg(deploy),
    );
    folder.write("given/notes.md", "### Fixed\n- It holds.\n");
    for (architecture, archive) in [("amd64", "a.tar.gz"), ("arm64", "b.tar.gz")] {
        folder.write(&format!("given/{archive}"), architecture);
        let mut sum = Command::new("sha256sum");
        let sums = output(sum.current_dir(folder.path().join("given")).arg(archive));
        folder.write(&format!("given/SHA256SUMS-{architecture}"), &sums);
    }
    folder
}

/// A step's script, in the shell that GitHub runs it by.
fn run(step: &str, folder: &Path) -> Command {
    let program = "import sys, yaml\n\
        steps = yaml.safe_load(open(sys.argv[1]))['jobs']['publish']['steps']\n\
        print(next(step['run'] for step in steps if step.get('name') == sys.argv[2]))";
    let workflow = root().join(".github/workflows/release.yml");
    let mut read = python("python");
    let script = output(read.args(["-c", program]).arg(workflow).arg(step));
    let mut shell = Command::new("bash");
    shell
        .current_dir(folder)
        .args(["-e", "-c", &format!("{REGISTRY}{script}")])
        .env("HELM", node("helm").get_program())
        .env("GITHUB_REF_NAME", "v1.2.3")
        .env("GITHUB_REPOSITORY", "An-Owner/Buffy")
        .env("GITHUB_REPOSITORY_OWNER", "An-Owner")
        .env("GITHUB_ACTOR", "somebody")
        .env("GITHUB_OUTPUT", folder.join("outputs"))
        .env("REGISTRY", "registry.example")
        .env("TOKEN", "secret")
        .env("IMAGE", IMAGE)
        .env("DIGEST", DIGEST);
    shell
}

#[test]
fn a_release_has_one_list_of_sums_and_a_chart_that_names_its_image() {
    let folder = given();
    for step in STEPS {
        output(&mut run(step, folder.path()));
    }

    let given = folder.path().join("given");
    let mut check = Command::new("sha256sum");
    let checked = output(check.current_dir(&given).args(["--check", "SHA256SUMS"]));
    assert_eq!(checked, "a.tar.gz: OK\nb.tar.gz: OK\nbuffy-1.2.3.tgz: OK\n");
    let files = output(Command::new("ls").arg(&given));
    assert_eq!(
        files,
        "SHA256SUMS\na.tar.gz\nb.tar.gz\nbuffy-1.2.3.tgz\nnotes.md\n"
    );
    let mut template = node("helm");
    let rendered = output(
        template
            .args(["template", "buffy", "--kube-version", "1.25.0"])
            .arg(given.join("buffy-1.2.3.tgz")),
    );
    assert!(
        rendered.contains(&format!("image: \"{IMAGE}@{DIGEST}\"")),
        "{rendered}"
    );
    let told = fs::read_to_string(folder.path().join("outputs")).unwrap();
    let chart = "registry.example/an-owner/charts/buffy";
    assert_eq!(
        told,
        format!("name={IMAGE}\ndigest={DIGEST}\nname={chart}\ndigest=sha256:2222\n")
    );
    let notes = fs::read_to_string(given.join("notes.md")).unwrap();
    let pinned = format!("Image: {IMAGE}@{DIGEST}\nChart: oci://{chart}@sha256:2222\n");
    assert!(notes.ends_with(&pinned), "{notes}");
}

#[test]
fn nothing_is_published_of_what_changed_on_its_way() {
    let folder = given();
    folder.write("given/a.tar.gz", "another");
    let step = run(STEPS[0], folder.path()).output().expect("bash starts");
    let told = String::from_utf8_lossy(&step.stdout);
    assert!(told.contains("a.tar.gz: FAILED"), "{told}");
    assert!(!step.status.success());
}

#[test]
fn the_chart_is_not_published_where_its_values_would_not_name_the_image() {
    let folder = given();
    let values = folder.path().join("deploy/helm/buffy/values.yaml");
    let text = fs::read_to_string(&values).unwrap();
    fs::write(
        &values,
        text.replace("repository: buffy", "repository: 'buffy'"),
    )
    .unwrap();
    let step = run(STEPS[2], folder.path()).output().expect("bash starts");
    assert!(!step.status.success());
    assert!(!folder.path().join("password").exists(), "it logged in");
}
