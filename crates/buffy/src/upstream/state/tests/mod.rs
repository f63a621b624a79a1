mod entries;

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::sync::Barrier;

use buffy_core::gate::{Close, Holds, Operator, Stop};

use super::{ADMIN_TOKEN, GATES, StateDir, StateError};

/// A folder of this test's own, removed when it ends.
struct Folder(PathBuf);

impl Folder {
    fn new(test: &str) -> Self {
        let name = format!("buffy-state-{test}-{}", std::process::id());
        let path = std::env::temp_dir().join(name);
        if path.exists() {
            fs::remove_dir_all(&path).unwrap();
        }
        Self(path)
    }

    fn with_gates(test: &str, content: &str) -> Self {
        let folder = Self::new(test);
        fs::create_dir(&folder.0).unwrap();
        fs::write(folder.0.join(GATES), content).unwrap();
        folder
    }

    fn open(&self) -> Result<StateDir, StateError> {
        StateDir::open(self.0.clone())
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        if self.0.exists() {
            fs::remove_dir_all(&self.0).unwrap();
        }
    }
}

fn closed_by(actor: &str) -> Operator {
    let close = Close {
        id: 1,
        token: None,
        actor: actor.to_owned(),
        reason: "migration".to_owned(),
        holds: Holds::Writes,
        at_ms: 1_700_000_000_000,
        lease: None,
    };
    let stop = Stop {
        id: 2,
        token: None,
        actor: actor.to_owned(),
        message: "back at 9".to_owned(),
        at_ms: 5,
        until_ms: None,
        lease: None,
    };
    Operator::new(vec![close], vec![stop], None, None)
}

fn mode(path: &Path) -> u32 {
    fs::metadata(path).unwrap().permissions().mode() & 0o777
}

#[test]
fn what_was_saved_is_there_after_a_restart() {
    let folder = Folder::new("restart");
    let first = folder.open().unwrap();
    first.save("service1", &closed_by("ci")).unwrap();
    first.save("service2", &closed_by("ann")).unwrap();
    first.save("service2", &Operator::default()).unwrap();
    drop(first);

    let second = folder.open().unwrap();
    assert_eq!(second.load("service1"), Some(closed_by("ci")));
    assert_eq!(second.load("service2"), None);
}

#[test]
fn the_folder_is_made_when_first_written_and_private() {
    let folder = Folder::new("made");
    let state = folder.open().unwrap();
    assert!(state.persisted());
    assert!(!folder.0.exists());

    state.save("service1", &closed_by("ci")).unwrap();

    assert_eq!(mode(&folder.0), 0o700);
    assert_eq!(mode(&folder.0.join(GATES)), 0o600);
}

#[test]
fn an_upstream_that_is_no_longer_configured_is_kept() {
    let folder = Folder::new("kept");
    folder
        .open()
        .unwrap()
        .save("renamed", &closed_by("ci"))
        .unwrap();
    folder
        .open()
        .unwrap()
        .save("service1", &closed_by("ci"))
        .unwrap();
    assert_eq!(
        folder.open().unwrap().load("renamed"),
        Some(closed_by("ci"))
    );
}

#[test]
fn a_second_buffy_is_refused_by_the_name_of_the_pid() {
    let folder = Folder::new("second");
    let first = folder.open().unwrap();
    first.save("service1", &closed_by("ci")).unwrap();

    let error = folder.open().unwrap_err();

    let expected = format!(
        "{} is in use by the Buffy with pid {}: stop it, or give this Buffy another `state_dir`",
        folder.0.display(),
        std::process::id()
    );
    assert_eq!(error.to_string(), expected);
    drop(first);
    assert!(folder.open().is_ok());
}

#[test]
fn a_file_that_is_not_understood_is_an_error_that_says_what_to_do() {
    let cases = [
        (
            "empty",
            "",
            "does not hold operator state: repair it, or move it away",
        ),
        (
            "cut",
            r#"{"version":1,"upstreams":{"a":{"clo"#,
            "does not hold operator state",
        ),
        (
            "newer",
            r#"{"version":3,"gates":[]}"#,
            "has version 3, and this Buffy knows 2",
        ),
        (
            "unknown",
            r#"{"version":1,"upstreams":{"a":{"closes":[],"stops":[],"force":1}}}"#,
            "does not hold operator state",
        ),
    ];
    for (name, text, expected) in cases {
        let folder = Folder::with_gates(name, text);
        let error = folder.open().unwrap_err().to_string();
        assert!(error.contains(expected), "{name}: {error}");
        assert!(error.contains(GATES), "{name}: {error}");
        assert_eq!(fs::read_to_string(folder.0.join(GATES)).unwrap(), text);
    }
}

#[test]
fn what_a_crash_left_is_in_nobodys_way() {
    let folder = Folder::new("crash");
    folder
        .open()
        .unwrap()
        .save("service1", &closed_by("ci"))
        .unwrap();
    let leftover = folder.0.join(format!("{GATES}.new"));
    fs::write(&leftover, "{\"version\":1,\"upst").unwrap();

    let state = folder.open().unwrap();
    assert_eq!(state.load("service1"), Some(closed_by("ci")));
    state.save("service2", &closed_by("ann")).unwrap();

    assert!(!leftover.exists());
    drop(state);
    assert_eq!(
        folder.open().unwrap().load("service2"),
        Some(closed_by("ann"))
    );
}

#[test]
fn saves_of_many_threads_are_all_there() {
    let folder = Folder::new("threads");
    let state = folder.open().unwrap();
    let barrier = Barrier::new(8);
    std::thread::scope(|scope| {
        for thread in 0..8 {
            let (state, barrier) = (&state, &barrier);
            scope.spawn(move || {
                barrier.wait();
                for round in 0..5 {
                    let upstream = format!("service{thread}-{round}");
                    state.save(&upstream, &closed_by(&upstream)).unwrap();
                }
            });
        }
    });
    drop(state);

    let state = folder.open().unwrap();
    for thread in 0..8 {
        for round in 0..5 {
            let upstream = format!("service{thread}-{round}");
            assert_eq!(state.load(&upstream), Some(closed_by(&upstream)));
        }
    }
}

#[test]
fn a_failed_save_is_told_and_made_good_by_the_next() {
    let folder = Folder::new("failed");
    let state = folder.open().unwrap();
    state.save("service1", &closed_by("ci")).unwrap();
    // A folder in the way of the temporary file: even root cannot write through it.
    let obstacle = folder.0.join(format!("{GATES}.new"));
    fs::create_dir(&obstacle).unwrap();

    assert!(matches!(
        state.save("service2", &closed_by("ann")),
        Err(StateError::Write { .. })
    ));
    assert!(!state.persisted());
    assert_eq!(state.load("service2"), Some(closed_by("ann")));

    fs::remove_dir(&obstacle).unwrap();
    state.save("service3", &closed_by("bob")).unwrap();
    assert!(state.persisted());
    drop(state);
    assert_eq!(
        folder.open().unwrap().load("service2"),
        Some(closed_by("ann"))
    );
}

#[test]
fn a_folder_that_cannot_be_written_is_read_and_known_at_the_start() {
    let folder = Folder::with_gates(
        "unwritable",
        r#"{"version":1,"upstreams":{"a":{"closes":[],"stops":[
            {"id":1,"actor":"ci","message":"","at_ms":5}]}}}"#,
    );
    // A folder in the way of the lock: even root cannot write through it.
    fs::create_dir(folder.0.join("lock")).unwrap();

    let state = folder.open().unwrap();

    assert!(!state.persisted());
    assert_eq!(
        state.load("a").map(|operator| operator.stops().len()),
        Some(1)
    );
    assert!(state.save("a", &closed_by("ci")).is_err());
    assert!(state.admin_token().is_err());
}

#[test]
fn a_file_where_the_folder_should_be_is_an_error() {
    let folder = Folder::with_gates("file", "");
    let error = StateDir::open(folder.0.join(GATES).join("state")).unwrap_err();
    assert!(matches!(error, StateError::Read { .. }));
}

#[test]
fn the_admin_token_is_made_once_and_private() {
    let folder = Folder::new("token");
    let state = folder.open().unwrap();
    let (made, new) = state.admin_token().unwrap();
    let (kept, again) = state.admin_token().unwrap();

    assert!(new && !again);
    assert_eq!(made, kept);
    assert_eq!(made.expose().len(), 64);
    assert_eq!(mode(&folder.0.join(ADMIN_TOKEN)), 0o600);
}

#[test]
fn an_admin_token_that_others_could_read_is_taken_from_them() {
    let folder = Folder::new("exposed");
    fs::create_dir(&folder.0).unwrap();
    let path = folder.0.join(ADMIN_TOKEN);
    fs::write(&path, "  s3cret\n").unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).unwrap();

    let (token, new) = folder.open().unwrap().admin_token().unwrap();

    assert_eq!((token.expose(), new), ("s3cret", false));
    assert_eq!(mode(&path), 0o600);
    fs::write(&path, "\n").unwrap();
    let error = folder.open().unwrap().admin_token().unwrap_err();
    assert!(matches!(error, StateError::EmptyToken { .. }));
}

#[cfg(target_os = "linux")]
#[test]
fn a_token_that_cannot_be_written_says_that_nothing_is_kept() {
    // To the superuser's eyes a folder can be made there, and it cannot.
    let state = StateDir::open(PathBuf::from("/proc/buffy-state")).unwrap();
    assert!(state.admin_token().is_err());
    assert!(!state.persisted());
}
