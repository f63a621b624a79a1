use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::os::unix::net::UnixListener;

use super::super::{BindError, bind_unix};
use super::fixture::{Setup, ask_unix};

#[test]
fn the_socket_is_private_lets_in_and_is_removed() {
    let setup = Setup::new().wide();
    let folder = setup.path().join("state-of-nothing-yet");
    let path = folder.join("admin.sock");
    let mut admin = setup.serve_unix(&path);

    let mode = fs::metadata(&folder).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o700);
    assert_eq!(
        fs::metadata(&path).unwrap().permissions().mode() & 0o777,
        0o600
    );
    let answer = ask_unix(&path, "POST", "/_admin/gate?upstream=service1&action=close");
    assert!(answer.starts_with("HTTP/1.1 200 "), "{answer}");
    assert!(ask_unix(&path, "GET", "/_admin/status").contains(r#""actor": "unix socket""#));

    admin.end();
    assert!(!path.exists());
}

#[test]
fn a_socket_that_nobody_listens_to_is_replaced() {
    let setup = Setup::new();
    let path = setup.path().join("admin.sock");
    drop(UnixListener::bind(&path).unwrap());
    assert!(path.exists());
    let admin = setup.serve_unix(&path);
    assert!(ask_unix(&path, "GET", "/livez").starts_with("HTTP/1.1 200 "));
    drop(admin);
}

#[test]
fn what_is_somebody_elses_is_left_alone() {
    let setup = Setup::new();
    let path = setup.path().join("admin.sock");
    let other = UnixListener::bind(&path).unwrap();
    assert!(matches!(bind_unix(&path), Err(BindError::InUse { .. })));
    drop(other);

    fs::remove_file(&path).unwrap();
    fs::write(&path, "precious").unwrap();
    assert!(matches!(bind_unix(&path), Err(BindError::NoSocket { .. })));
    assert_eq!(fs::read_to_string(&path).unwrap(), "precious");

    let missing = setup.path().join("missing/folder/admin.sock");
    assert!(matches!(bind_unix(&missing), Err(BindError::Bind { .. })));
}
