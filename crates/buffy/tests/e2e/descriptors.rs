//! Fewer descriptors than one would like.

use std::process::Command;

use buffy_test::{FakeUpstream, RawClient, TempFolder};

use crate::kit::{Process, buffy, forwarding, raise_descriptors};

/// The binary with so many descriptors and no way to get more.
fn limited(folder: &TempFolder, descriptors: u32) -> Command {
    let inner = buffy(folder.path(), &["run", "-c", "buffy.yaml"]);
    let mut command = Command::new("sh");
    command
        .args([
            "-c",
            &format!("ulimit -n {descriptors}; exec \"$0\" \"$@\""),
        ])
        .arg(inner.get_program())
        .args(inner.get_args())
        .current_dir(folder.path());
    command
}

fn hold_and_answer(listener: &str, held: usize, asked: usize) {
    raise_descriptors();
    let folder = TempFolder::new();
    let upstream = FakeUpstream::start();
    let configuration = forwarding(&upstream, "").replace(
        "    port: 0\n  admin",
        &format!("    port: 0\n{listener}  admin"),
    );
    let process = Process::start_by(&folder, &configuration, limited(&folder, 2000));
    let port = process.port();
    process.gate("close");
    let mut clients: Vec<RawClient> = (0..asked)
        .map(|n| {
            let mut client = RawClient::connect(port);
            client.get_with(&format!("/{n}"), &[("Connection", "close")]);
            client
        })
        .collect();
    process.eventually_holds(held);
    process.gate("open");
    for client in &mut clients {
        let answer = client.response();
        assert_eq!(answer.status, 200, "{}", answer.text());
    }
    assert_eq!(upstream.count(), asked, "each is sent once");
}

#[test]
fn test_24_all_of_1800_held_are_answered_with_2000_descriptors() {
    hold_and_answer("    connections_max: 1850\n", 1800, 1800);
}

#[test]
fn test_24_more_clients_than_descriptors_wait_to_be_accepted() {
    // 2,000 less the 256 that are not for clients.
    hold_and_answer("", 1744, 2500);
}
