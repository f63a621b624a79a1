//! Reloads of a process: by a signal, and because a file is another.

use std::fs;
use std::os::unix::fs::symlink;

use buffy_test::{FakeUpstream, TempFolder, eventually, get};
use rustix::process::Signal;

use crate::kit::{Process, buffy, forwarding};

/// The endpoint `/told` answers this, and everything else is forwarded.
fn telling(upstream: &FakeUpstream, text: &str) -> String {
    let told = format!(
        "endpoints:
  - id: told
    path: /told
    type: respond
    response: [{{name: ok, content: {text}}}]
"
    );
    forwarding(upstream, "").replace("endpoints:\n", &told)
}

#[test]
fn sighup_reads_the_file_anew() {
    let folder = TempFolder::new();
    let upstream = FakeUpstream::start();
    let process = Process::start(&folder, &telling(&upstream, "one"));
    let port = process.port();
    assert_eq!(get(port, "/told").text(), "one");

    folder.write("buffy.yaml", &telling(&upstream, "two"));
    process.signal(Signal::HUP);
    eventually("the new text is told", || {
        get(port, "/told").text() == "two"
    });

    folder.write("buffy.yaml", "version: 0.1\nbuffy: {listne: 1}\n");
    process.signal(Signal::HUP);
    eventually("the log says why not", || {
        let log = process.log();
        log.contains("was not reloaded") && log.contains("listne")
    });
    assert_eq!(get(port, "/told").text(), "two");
    assert_eq!(process.metric("buffy_config_last_reload_successful"), 0);
}

#[test]
fn the_swap_of_a_mounted_volume_is_followed() {
    let folder = TempFolder::new();
    let upstream = FakeUpstream::start();
    let at = |name: &str| folder.path().join(name);
    for version in ["one", "two"] {
        fs::create_dir(at(version)).unwrap();
        fs::write(at(version).join("buffy.yaml"), telling(&upstream, version)).unwrap();
    }
    symlink("one", at("..data")).unwrap();
    fs::create_dir(at("mounted")).unwrap();
    symlink("../..data/buffy.yaml", at("mounted/buffy.yaml")).unwrap();
    let command = buffy(
        folder.path(),
        &["run", "--watch", "-c", "mounted/buffy.yaml"],
    );
    let process = Process::start_by(&folder, "", command);
    let port = process.port();
    assert_eq!(get(port, "/told").text(), "one");

    symlink("two", at("..data.new")).unwrap();
    fs::rename(at("..data.new"), at("..data")).unwrap();

    eventually("the new text is told", || {
        get(port, "/told").text() == "two"
    });
}
