//! Streams, met by clients that others wrote: a browser's `EventSource`, and a WebSocket of Python.

use std::process::{Child, Command, Stdio};

use buffy_test::{FakeUpstream, TempFolder, eventually_some};
use rustix::process::{Pid, Signal, kill_process};

use crate::kit::{Process, forwarding, text};

/// The one to which Debian's modules belong.
const PYTHON: &str = "/usr/bin/python3";

/// A browser, which is ended with the value: told to, so that it ends its own processes.
struct Browser(Child);

impl Drop for Browser {
    fn drop(&mut self) {
        let id = i32::try_from(self.0.id()).ok().and_then(Pid::from_raw);
        let told = id.map(|id| kill_process(id, Signal::TERM));
        if told.is_some_and(|told| told.is_ok()) {
            drop(self.0.wait());
        }
    }
}

/// Buffy with these endpoints, and one that forwards what is left.
fn serving(folder: &TempFolder, upstream: &FakeUpstream, endpoints: &str) -> Process {
    let all = forwarding(upstream, "").replace("endpoints:\n", &format!("endpoints:\n{endpoints}"));
    Process::start(folder, &all)
}

#[test]
fn a_browser_goes_on_after_a_reset_and_ends_when_told_all() {
    let (folder, upstream) = (TempFolder::new(), FakeUpstream::start());
    folder.write("events.html", include_str!("clients/events.html"));
    let process = serving(
        &folder,
        &upstream,
        "  - {id: page, path: /page, type: respond, response: [{content: \"file:///events.html\"}]}
  - id: events
    path: /events
    type: respond
    response:
      - stream:
          as: sse
          every: 1ms
          events:
            - {data: one, retry: 10ms}
            - {comment: still there}
            - {data: {n: \"{{ query.n | default(2) }}\"}, end: reset}
            - {event: tick, data: \"three\\nlines\\nlong\"}
            - {data: four, id: last}
",
    );
    let page = format!("http://127.0.0.1:{}/page", process.port());
    let browser = Command::new("chromium")
        .args([
            "--headless",
            "--no-sandbox",
            "--disable-gpu",
            "--disable-dev-shm-usage",
        ])
        .arg(format!(
            "--user-data-dir={}",
            folder.path().join("profile").display()
        ))
        .arg(page)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .expect("chromium starts");
    let _browser = Browser(browser);
    let met = eventually_some("the page tells what it met", || {
        let requests = upstream.requests();
        let told = requests
            .iter()
            .find(|one| one.target == "/met" && one.whole);
        told.map(|one| text(&one.body))
    });
    let expected = [
        "open",
        "1 one",
        "2 {\"n\":2}",
        "lost",
        "open",
        "3 tick three\nlines\nlong",
        "last four",
        "lost",
        "closed",
    ];
    let met: Vec<String> = serde_json::from_str(&met).expect("the page tells it in JSON");
    assert_eq!(met, expected);
}

#[test]
fn a_websocket_of_python_talks_and_comes_back() {
    let (folder, upstream) = (TempFolder::new(), FakeUpstream::start());
    folder.write("feed.py", include_str!("clients/feed.py"));
    let process = serving(
        &folder,
        &upstream,
        "  - id: feed
    path: /ws/feed
    type: respond
    response:
      - stream:
          as: ws
          events: [{data: {hello: \"{{ query.user }}\"}}]
          reply:
            - {if: type=ping, send: {type: pong, n: \"{{ body.n }}\"}}
            - {if: 'text=\"bye*\"', send: bye, end: close}
            - {if: type=say, send: \"{{ text }}\", to: all}
            - {if: type=cut, end: reset}
",
    );
    let client = Command::new(PYTHON)
        .arg(folder.path().join("feed.py"))
        .arg(process.port().to_string())
        .stdin(Stdio::null())
        .output()
        .expect("Python runs");
    assert!(client.status.success(), "{}", text(&client.stderr));
    let expected = [
        "greeted ann bob",
        "answered {\"type\":\"pong\",\"n\":7}",
        "told True",
        "alive",
        "left with bye",
        "closed 1000",
        "refused 1009",
        "came back 2",
    ];
    assert_eq!(text(&client.stdout).lines().collect::<Vec<_>>(), expected);
}
