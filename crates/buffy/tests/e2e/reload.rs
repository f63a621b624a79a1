//! Reloads of a process: by a signal, and because a file is another.

use std::fs;
use std::os::unix::fs::symlink;
use std::time::Duration;

use buffy_test::{FakeUpstream, TempFolder, eventually, eventually_some, for_a_while, get};
use rustix::fs::{CWD, FileType, Mode, OFlags, mknodat, open};
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
fn a_file_that_never_ends_to_be_read_does_not_keep_it_from_ending() {
    let folder = TempFolder::new();
    let upstream = FakeUpstream::start();
    let mut process = Process::start(&folder, &telling(&upstream, "one"));
    let file = folder.path().join("buffy.yaml");
    assert_eq!(get(process.port(), "/told").text(), "one");
    fs::remove_file(&file).unwrap();
    mknodat(CWD, &file, FileType::Fifo, Mode::RUSR | Mode::WUSR, 0).unwrap();
    process.signal(Signal::HUP);
    let _writes_nothing = eventually_some("it is being read", || {
        open(&file, OFlags::WRONLY | OFlags::NONBLOCK, Mode::empty()).ok()
    });
    process.signal(Signal::TERM);
    assert_eq!(process.wait().code(), Some(0));
}

#[test]
fn a_file_that_was_read_at_a_signal_is_not_read_again_because_it_is_watched() {
    let folder = TempFolder::new();
    let upstream = FakeUpstream::start();
    let command = buffy(folder.path(), &["run", "--watch", "-c", "buffy.yaml"]);
    let process = Process::start_by(&folder, &telling(&upstream, "one"), command);
    assert_eq!(get(process.port(), "/told").text(), "one");
    let reloads = || {
        let log = process.log();
        log.matches("the configuration was reloaded").count()
    };
    folder.write("buffy.yaml", &telling(&upstream, "two"));
    process.signal(Signal::HUP);
    eventually("it is reloaded", || reloads() == 1);
    // Three looks at the file.
    for_a_while("it is not read again", Duration::from_secs(2), || {
        reloads() == 1
    });
    folder.write("buffy.yaml", &telling(&upstream, "three"));
    eventually("a change is seen", || reloads() == 2);
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
