//! A disk that takes no more: large bodies wait with their clients, and none is lost.

use std::process::Command;
use std::thread;
use std::time::Duration;

use buffy_test::{FakeUpstream, RawClient, Reply, TempFolder, eventually, request};

use crate::kit::{Process, buffy, forwarding};

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
    let body: Vec<u8> = (0..=250).cycle().take(8 * 1024 * 1024).collect();
    let message = request("PUT", "/", &[], &body);
    let port = process.port();
    let mut clients: Vec<_> = (0..CLIENTS)
        .map(|_| {
            let mut client = RawClient::connect(port);
            let sent = client.send_until_full(&message, Duration::from_millis(50));
            assert!(sent < message.len(), "all went in");
            (client, sent)
        })
        .collect();
    process.eventually_holds(CLIENTS);
    let told = "large bodies wait with their clients";
    eventually("the disk took what it takes", || {
        process.log().contains(told)
    });
    let (leaver, _) = clients.pop().expect("there are some");
    leaver.reset();
    process.eventually_holds(CLIENTS - 1);

    process.gate("open");
    thread::scope(|scope| {
        for (client, sent) in &mut clients {
            let rest = &message[*sent..];
            scope.spawn(move || assert_eq!(client.send(rest).response().text(), "taken"));
        }
    });
    let received = upstream.requests();
    assert_eq!(received.len(), CLIENTS - 1);
    assert!(received.iter().all(|one| one.whole && one.body == body));
    let kept =
        || process.metric("buffy_held_memory_bytes") + process.metric("buffy_held_spill_bytes");
    eventually("nothing is kept", || kept() == 0);
}
