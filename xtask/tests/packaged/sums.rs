//! The checksums, as somebody who downloaded everything would check them.

use std::fs;
use std::process::Command;

use crate::made::{output, product};

#[test]
fn they_fit_and_none_is_missing() {
    let sums = product("SHA256SUMS");
    let folder = sums.parent().expect("it is in a folder");
    let mut check = Command::new("sha256sum");
    let checked = output(check.current_dir(folder).arg("--check").arg(&sums));
    let files = fs::read_dir(folder).expect("it can be listed").flatten();
    let names = files.map(|file| file.file_name().to_string_lossy().into_owned());
    let names: Vec<_> = names.filter(|name| name != "SHA256SUMS").collect();
    assert!(!names.is_empty());
    for name in names {
        let line = format!("{name}: OK");
        assert!(checked.lines().any(|it| it == line), "{name}\n{checked}");
    }
}
