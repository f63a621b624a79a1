//! The tools of others, which answer for what they are.

use crate::made::{node, output, python};

#[test]
fn those_of_npm_and_of_pypi_start() {
    let helm = output(node("helm").args(["version", "--short"]));
    assert!(helm.starts_with("v3.6."), "{helm}");
    let yaml = "import yaml; print(yaml.safe_load('a: [1]'))";
    assert_eq!(output(python("python").args(["-c", yaml])), "{'a': [1]}\n");
    let versions = output(python("kubernetes-validate").arg("--version"));
    assert!(versions.contains("1.37"), "{versions}");
}
