//! Every command of docs/commands.md, as it stands there.

use std::env::{join_paths, split_paths};
use std::path::Path;
use std::process::Command;

use buffy_test::{FakeUpstream, RawClient, TempFolder};

use crate::kit::{Process, forwarding};
use crate::verb::{run, told};

const PAGE: &str = include_str!("../../../../docs/commands.md");

/// The endpoints that the page tells of.
const ANSWERING: &str = "  - id: orders
    path: /api/orders/{id}
    type: respond
    response: [{name: ok, content: '{}'}]
  - id: feed
    path: /feed
    type: respond
    response: [{stream: {as: sse, events: [{data: 1}], end: keep}}]
";

/// The lines of the page's blocks for a shell.
fn commands() -> Vec<&'static str> {
    let blocks = PAGE.split("```sh\n").skip(1);
    blocks
        .flat_map(|block| block.split("```").next().unwrap_or_default().lines())
        .collect()
}

#[test]
fn every_command_of_the_page_does_what_it_says() {
    let (backend, folder) = (FakeUpstream::start(), TempFolder::new());
    let configuration = forwarding(&backend, "")
        .replace(
            "id: up\n",
            "id: app\n    gate: {bypass: {secret: a-secret-of-32-characters-or-more}}\n",
        )
        .replace("[up]", "[app]")
        .replace("endpoints:\n", &format!("endpoints:\n{ANSWERING}"));
    let buffy = Process::start(&folder, &configuration);
    folder.write("migrate.sh", "#!/bin/sh\n");
    run(sh(&folder, &buffy, "chmod +x migrate.sh && buffy wait app")).ended(0, &[]);
    let commands = commands();
    assert!(commands.len() > 12, "{commands:?}");
    for command in commands {
        // What is released or refused is held first.
        let by_hand = command.contains("release") || command.contains("refuse");
        let held = by_hand.then(|| {
            run(sh(&folder, &buffy, "buffy gate close app")).ended(0, &[]);
            let mut client = RawClient::connect(buffy.port());
            client.get("/reports/x");
            buffy_test::eventually("it is held", || {
                buffy.metric("buffy_held_requests{upstream=\"app\"}") == 1
            });
            client
        });
        // What is waited for has been there, and what is pushed to is open.
        let answered = command.contains("--wait").then_some("/api/orders/7");
        let open = command.contains("push").then_some("/feed");
        let asking = answered.or(open).map(|target| {
            let mut client = RawClient::connect(buffy.port());
            assert_eq!(client.get(target).head().status, 200);
            client
        });
        let said = run(sh(&folder, &buffy, command));
        drop(asking);
        assert_eq!(said.code, Some(0), "`{command}`: {said:?}");
        if let Some(mut client) = held {
            let refused = command.contains("refuse");
            assert_eq!(
                client.response().status,
                if refused { 503 } else { 200 },
                "{command}"
            );
            run(sh(&folder, &buffy, "buffy gate open app")).ended(0, &[]);
        }
    }
}

/// A line of the page in a shell that finds the binary, with the ports of this Buffy.
fn sh(folder: &TempFolder, buffy: &Process, line: &str) -> Command {
    let line = line
        .replace("7001", &buffy.admin_port().to_string())
        .replace("7000", &buffy.port().to_string());
    let binary = Path::new(env!("CARGO_BIN_EXE_buffy"));
    let path = std::env::var_os("PATH").unwrap_or_default();
    let folders = binary.parent().map(Path::to_owned).into_iter();
    let path = join_paths(folders.chain(split_paths(&path))).expect("no colon in a path");
    let mut command = Command::new("sh");
    // With the environment of a verb that is told where the admin API is.
    for (name, value) in told(folder.path(), buffy.admin_port(), &[]).get_envs() {
        match value {
            Some(value) => command.env(name, value),
            None => command.env_remove(name),
        };
    }
    command
        .args(["-c", &line])
        .current_dir(folder.path())
        .env("PATH", path);
    command
}
