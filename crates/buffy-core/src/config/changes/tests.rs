use super::super::{Config, Surroundings, Unset, read};
use super::Changes;

const BASE: &str = "version: 0.1
buffy:
  workers: 2
  listen:
  - {id: a, port: 7001}
  - {id: b, port: 7002, endpoints: [x]}
  admin: {port: 9000, tokens: [{name: ci, scope: gate, value: secret-one-secret}]}
upstreams:
- {id: u, endpoint: 'http://127.0.0.1:1'}
- {id: v, endpoint: 'http://127.0.0.1:2'}
endpoints:
- {id: x, path: /x/, type: proxy, upstream: [u]}
- {id: y, path: /y/, type: proxy, upstream: [v]}
- {id: z, path: /z, type: respond, response: [{name: ok, content: z}]}
";

fn config(text: &str) -> Config {
    let around = Surroundings {
        env: &|_| None,
        file: &|path| Err(format!("{} is not there", path.display())),
        folder: &|_| Err("there is none".to_owned()),
        unset: Unset::Refuse,
    };
    let (config, _) = read("buffy.yaml", text, &around).unwrap_or_else(|wrong| panic!("{wrong}"));
    config
}

/// Each line of the base that contains `from` says `to` instead.
#[track_caller]
fn check(edits: &[(&str, &str)], expected: &str) {
    let mut text = BASE.to_owned();
    for (from, to) in edits {
        assert!(text.contains(from), "{from}");
        text = text.replace(from, to);
    }
    let changes = Changes::between(&config(BASE), &config(&text));
    assert_eq!(changes.to_string(), expected, "{text}");
    assert_eq!(changes.is_empty(), expected == SAME);
}

const SAME: &str = "nothing is different";
const X: &str = "- {id: x, path: /x/, type: proxy, upstream: [u]}\n";
const Y: &str = "- {id: y, path: /y/, type: proxy, upstream: [v]}\n";
const U: &str = "- {id: u, endpoint: 'http://127.0.0.1:1'}\n";
const V: &str = "- {id: v, endpoint: 'http://127.0.0.1:2'}\n";

#[test]
fn the_same_is_no_difference_wherever_it_is_written() {
    check(&[], SAME);
    check(&[("buffy:", "# a line more\n\nbuffy:")], SAME);
    check(&[(X, ""), (Y, &format!("{Y}{X}"))], SAME);
    check(&[(U, ""), (V, &format!("{V}{U}"))], SAME);
}

#[test]
fn what_is_added_changed_and_removed_is_named_by_its_id() {
    check(
        &[
            ("  - {id: b, port: 7002, endpoints: [x]}\n", ""),
            (Y, ""),
            (V, ""),
            ("path: /z", "path: /zz"),
        ],
        "listeners removed: b; upstreams removed: v; endpoints changed: z; endpoints removed: y",
    );
}

#[test]
fn an_upstream_is_itself_whatever_its_endpoints_say() {
    check(&[("127.0.0.1:1", "127.0.0.1:3")], "upstreams changed: u");
    check(
        &[("upstream: [v]}", "upstream: [u]}")],
        "endpoints changed: y",
    );
    check(
        &[
            (V, "- {id: w, endpoint: 'http://127.0.0.1:2'}\n"),
            ("[v]", "[w]"),
        ],
        "upstreams added: w; upstreams removed: v; endpoints changed: y",
    );
}

#[test]
fn a_listener_is_another_where_it_serves_others() {
    check(
        &[("endpoints: [x]", "endpoints: [x, y]")],
        "listeners changed: b",
    );
    check(&[("7001", "7003")], "listeners changed: a");
    check(
        &[("id: a, port: 7001", "id: c, port: 7001")],
        "listeners added: c; listeners removed: a",
    );
}

#[test]
fn what_an_answer_moves_is_the_gate_of_an_upstream_wherever_that_stands() {
    const Z: &str = "response: [{name: ok, content: z}]";
    let moves = |id: &str| format!("response: [{{content: z, then: [{{gate: {id}, do: CLOSE}}]}}]");
    check(&[(Z, &moves("v"))], "endpoints changed: z");
    let with = BASE.replace(Z, &moves("v"));
    let other = BASE.replace(Z, &moves("u"));
    let between = |old: &str, new: &str| Changes::between(&config(old), &config(new)).to_string();
    assert_eq!(between(&with, &other), "endpoints changed: z");
    let beside = with
        .replace(V, "")
        .replace("upstreams:\n", &format!("upstreams:\n{V}"));
    assert_eq!(between(&with, &beside), "nothing is different");
}

#[test]
fn what_cannot_change_while_it_runs_is_told_apart() {
    check(
        &[("workers: 2", "workers: 3")],
        "only after a restart: buffy.workers",
    );
    check(
        &[("workers: 2", "workers: 2\n  state_dir: elsewhere")],
        "only after a restart: buffy.state_dir",
    );
    check(
        &[("port: 9000", "port: 9001")],
        "only after a restart: buffy.admin",
    );
    check(
        &[("secret-one", "secret-two")],
        "settings changed: buffy.admin",
    );
    check(
        &[(
            "workers: 2",
            "workers: 2\n  log: {format: json, access: true}",
        )],
        "settings changed: buffy.log; only after a restart: buffy.log.format",
    );
    check(
        &[(
            "workers: 2",
            "workers: 2\n  limits: {held: 20000}\n  shutdown: {hold: 5s}",
        )],
        "settings changed: buffy.limits, buffy.shutdown",
    );
}
