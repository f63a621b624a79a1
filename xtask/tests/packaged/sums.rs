//! The checksums, as somebody who downloaded everything would check them.

use std::fs;
use std::process::Command;

use crate::made::{output, product};

/// The binary alone is in no release, and who checks all sums must not miss it.
#[test]
fn they_fit_and_are_those_of_all_that_is_given_away() {
    let sums = product("SHA256SUMS");
    let folder = sums.parent().expect("it is in a folder");
    let mut check = Command::new("sha256sum");
    let checked = output(check.current_dir(folder).arg("--check").arg(&sums));
    let files = fs::read_dir(folder).expect("it can be listed").flatten();
    let names = files.map(|file| file.file_name().to_string_lossy().into_owned());
    let mut names: Vec<_> = names
        .filter(|name| !["SHA256SUMS", "buffy"].contains(&name.as_str()))
        .map(|name| format!("{name}: OK"))
        .collect();
    names.sort();
    assert_eq!(checked.lines().collect::<Vec<_>>(), names);
    assert_eq!(names.len(), 3);
}
