//! A disk that takes no more: large bodies wait with their clients, and none is lost.

use std::process::Command;
use std::thread;
use std::time::Duration;

use buffy_test::{FakeUpstream, RawClient, Reply, TempFolder, eventually, request};

use crate::kit::{Process, buffy, forwarding};

/// Whoever leaves has sent what went in, once nothing went in for so long.
const QUIET: Duration = Duration::from_millis(50);

/// The binary, whose files cannot become larger than some hundred KiB; it is told so by an error
/// with each write, as by a full disk, and not by a signal.
fn limited(folder: &TempFolder) -> Command {
    let inner = buffy(folder.path(), &["run", "-c", "buffy.yaml"]);
    let mut command = Command::new("sh");
    command
        .args(["-c", "trap '' XFSZ; ulimit -f 400; exec \"$0\" \"$@\""])
        .arg(inner.get_program())
        .args(inner.get_args())
        .current_dir(folder.path());
    command
}

#[test]
fn a_disk_that_takes_no_more_slows_large_bodies_and_breaks_none() {
    // More than the pieces that may be on their way to the disk.
    const CLIENTS: usize = 36;
    let folder = TempFolder::new();
    let upstream = FakeUpstream::start();
    upstream.reply_otherwise(Reply::text(200, "taken"));
    let process = Process::start_by(&folder, &forwarding(&upstream, ""), limited(&folder));
    process.gate("close");
    let body: Vec<u8> = (0..=250).cycle().take(1024 * 1024).collect();
    let message = request("PUT", "/", &[], &body);
    let port = process.port();
    let kept =
        || process.metric("buffy_held_memory_bytes") + process.metric("buffy_held_spill_bytes");
    thread::scope(|scope| {
        let send = || RawClient::connect(port).send(&message).response().text();
        let clients: Vec<_> = (0..CLIENTS).map(|_| scope.spawn(send)).collect();
        let mut leaver = RawClient::connect(port);
        leaver.send_until_full(&message[..body.len()], QUIET);
        process.eventually_holds(CLIENTS + 1);
        let told = "large bodies wait with their clients";
        eventually("the disk took what it takes", || {
            process.log().contains(told)
        });
        leaver.reset();
        process.eventually_holds(CLIENTS);
        assert!(kept() < CLIENTS * body.len(), "the clients keep the rest");

        process.gate("open");
        for client in clients {
            assert_eq!(client.join().expect("it was answered"), "taken");
        }
    });
    let received = upstream.requests();
    assert_eq!(received.len(), CLIENTS);
    assert!(received.iter().all(|one| one.whole && one.body == body));
    eventually("nothing is kept", || kept() == 0);
}
