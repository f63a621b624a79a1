//! Where the products and the tools are, and the repository that they are made of.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The root of the repository.
pub(crate) fn root() -> PathBuf {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.parent().expect("xtask is in the repository").into()
}

/// A product, by its path in `target/dist`.
pub(crate) fn product(path: &str) -> PathBuf {
    let target = Path::new(env!("CARGO_TARGET_TMPDIR")).parent();
    let dist = target.expect("cargo's folder has a parent").join("dist");
    there(dist.join(path), "cargo xtask dist --profile dev")
}

/// The only product whose name ends so.
pub(crate) fn product_ending(end: &str) -> PathBuf {
    let sums = product("SHA256SUMS");
    let lines = fs::read_to_string(&sums).expect("it can be read");
    let mut names = lines.split_whitespace().filter(|name| name.ends_with(end));
    let name = names.next();
    product(name.unwrap_or_else(|| panic!("dist made nothing that ends in {end}")))
}

/// Says what a test lacks that changes its root or makes namespaces.
pub(crate) fn require_root() {
    let is_root = rustix::process::geteuid().is_root();
    assert!(is_root, "only root may do this: run the tests as root");
}

/// A program that came from npm.
pub(crate) fn node(program: &str) -> Command {
    let folder = root().join("target/tools/node/node_modules/.bin");
    Command::new(there(folder.join(program), "cargo xtask tools"))
}

/// A script of this repository, by its path, for node, with the packages that came from npm.
pub(crate) fn node_script(path: &str) -> Command {
    let packages = root().join("target/tools/node/node_modules");
    let mut node = Command::new("node");
    node.env("NODE_PATH", there(packages, "cargo xtask tools"));
    node.arg(root().join(path));
    node
}

/// A program that came from `PyPI`; `python` is the Python that has its modules.
pub(crate) fn python(program: &str) -> Command {
    let folder = root().join("target/tools/python/bin");
    Command::new(there(folder.join(program), "cargo xtask tools"))
}

/// The folder of a package that came from npm.
pub(crate) fn package(name: &str) -> PathBuf {
    let path = root().join("target/tools/node/node_modules").join(name);
    there(path, "cargo xtask tools")
}

/// What a command prints to standard output; the test ends where it fails.
pub(crate) fn output(command: &mut Command) -> String {
    let output = command.output().unwrap_or_else(|error| {
        panic!("{command:?}: {error}: `cargo xtask tools` brings what is missing")
    });
    let [out, err] = [&output.stdout, &output.stderr].map(|text| String::from_utf8_lossy(text));
    assert!(
        output.status.success(),
        "{command:?} ended with {}\n{out}{err}",
        output.status
    );
    out.into_owned()
}

fn there(path: PathBuf, made_by: &str) -> PathBuf {
    let shown = path.display();
    assert!(path.exists(), "there is no {shown}: run `{made_by}`");
    path
}
