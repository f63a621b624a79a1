//! How the verbs find the admin API, get in, and take what it answers: against one that says what
//! it was told to say.

use std::io::{BufRead as _, BufReader};
use std::process::Stdio;

use buffy_test::{FakeUpstream, Reply, TempFolder, eventually};
use serde_json::{Value, json};

use crate::verb::{Said, ask, run, told, typed};

fn status(gate: &str, reasons: &[&str]) -> Value {
    json!({
        "version": "x", "upstreams": [{
            "id": "app", "gate": gate, "reasons": reasons, "inflight": 0,
            "targets": [{ "state": "up" }],
            "held": { "now": 0, "limit": 10, "oldest_seconds": 0.0 },
        }],
    })
}

fn admin() -> FakeUpstream {
    let admin = FakeUpstream::start();
    admin.reply("/_admin/status", Reply::json(200, &status("open", &[])));
    admin
}

fn problem(status: u16, detail: &str) -> Reply {
    Reply::json(
        status,
        &json!({ "status": status, "title": "T", "detail": detail }),
    )
}

#[test]
fn the_admin_api_is_found_by_option_variable_and_configuration() {
    let admin = admin();
    let (port, folder) = (admin.port(), TempFolder::new());
    let url = format!("http://127.0.0.1:{port}");
    run(typed(folder.path(), &["status", "--admin", &url])).ended(0, &["app: open"]);
    run(told(folder.path(), port, &["status"])).ended(0, &["app: open"]);

    let config = format!(
        "version: 0.1
buffy:
  listen: {{id: a, bind: 127.0.0.1, port: 0}}
  admin: {{bind: 127.0.0.1, port: {port}}}
endpoints:
  - {{id: a, path: /a, type: respond, response: [{{name: ok, return_code: 200, content: a}}]}}
"
    );
    folder.write("buffy.yaml", &config);
    run(typed(folder.path(), &["status"])).ended(0, &["app: open"]);
    folder.write("other.yaml", &config.replace(&port.to_string(), "0"));
    let chosen = run(typed(folder.path(), &["status", "-c", "other.yaml"]));
    chosen.ended(78, &["other.yaml", "port: 0", "--admin"]);
    folder.write("none.yaml", &config.replace("  admin:", "  limits: {} #"));
    let none = run(typed(folder.path(), &["status", "-c", "none.yaml"]));
    none.ended(78, &["none.yaml", "buffy.admin"]);
    folder.write("bad.yaml", "version: 0.1\nbufy: {}\n");
    let bad = run(typed(folder.path(), &["status", "-c", "bad.yaml"]));
    bad.ended(78, &["bad.yaml:2:"]);
    run(typed(folder.path(), &["status", "-c", "absent.yaml"])).ended(78, &["absent.yaml"]);
}

#[test]
fn who_cannot_be_reached_is_named_with_what_to_do() {
    let folder = TempFolder::new();
    let nowhere = run(typed(folder.path(), &["status"]));
    nowhere.ended(69, &["--admin URL", "BUFFY_ADMIN", "buffy.yaml"]);

    let gone = FakeUpstream::absent();
    let refused = ask(gone.port(), &["status"]);
    let place = format!("http://127.0.0.1:{}/_admin", gone.port());
    refused.ended(69, &[&place, "connection refused", "is Buffy running"]);
    assert_eq!(refused.out, "");

    let socket = run(typed(folder.path(), &["status", "--admin", "unix:no.sock"]));
    socket.ended(69, &["unix:no.sock", "no such file"]);
    run(typed(folder.path(), &["status", "--admin", "localhost"]))
        .ended(2, &["`localhost`", "http://HOST:PORT"]);
}

#[test]
fn what_is_no_admin_api_is_told_as_such() {
    let other = FakeUpstream::start();
    other.reply_otherwise(Reply::text(404, "<h1>Not Found</h1>"));
    ask(other.port(), &["status"]).ended(69, &["not Buffy's admin API", "404", "path"]);
    other.reply_otherwise(Reply::json(200, &json!({ "a": 1 })));
    ask(other.port(), &["status"]).ended(69, &["not Buffy's admin API", "upstreams"]);
    other.reply_otherwise(Reply::close_unanswered());
    ask(other.port(), &["status"]).ended(69, &["broke off", "closed before the answer"]);
}

#[test]
fn a_token_is_sent_where_it_was_named() {
    let admin = admin();
    let folder = TempFolder::new();
    folder.write("token", "from-a-file\n");
    let sent = || {
        let requests = admin.requests();
        let last = requests.last().unwrap();
        last.field("authorization").map(str::to_owned)
    };
    run(told(folder.path(), admin.port(), &["status"])).ended(0, &[]);
    assert_eq!(sent(), None);
    let mut command = told(folder.path(), admin.port(), &["status"]);
    command.env("BUFFY_TOKEN", "from-a-variable");
    run(command).ended(0, &[]);
    assert_eq!(sent().unwrap(), "Bearer from-a-variable");
    let words = ["status", "--token-file", "token"];
    run(told(folder.path(), admin.port(), &words)).ended(0, &[]);
    assert_eq!(sent().unwrap(), "Bearer from-a-file");

    let words = ["status", "--token-file", "absent"];
    run(told(folder.path(), admin.port(), &words)).ended(2, &["absent"]);
    let mut command = told(folder.path(), admin.port(), &["status"]);
    command.env("BUFFY_TOKEN", "two words");
    run(command).ended(2, &["token"]);
}

#[test]
fn a_no_has_its_exit_code_and_its_words() {
    let admin = admin();
    for (status, code) in [(400, 2), (401, 1), (403, 1), (404, 1), (409, 1), (500, 70)] {
        admin.reply(
            "/_admin/api/v1/gates/app/open",
            problem(status, "It is so."),
        );
        let said = ask(admin.port(), &["gate", "open", "app"]);
        said.ended(code, &["buffy: It is so."]);
        assert_eq!(said.out, "");
        assert_eq!(said.err.contains("BUFFY_TOKEN"), status == 401, "{said:?}");
    }
}

#[test]
fn an_order_says_who_gives_it_and_why() {
    let admin = admin();
    let moved = json!({
        "verdict": "closed", "reasons": ["Closed by ann."], "persisted": true, "token": "t0ken",
    });
    admin.reply("/_admin/api/v1/gates/app/close", Reply::json(200, &moved));
    let words = [
        "gate",
        "close",
        "app",
        "--reason",
        "a migration",
        "--for",
        "5m",
    ];
    let said = ask(admin.port(), &words);
    said.ended(0, &[]);
    assert_eq!(said.out, "app: closed, drained; token t0ken\n");
    assert_eq!(said.err, "");
    let requests = admin.requests();
    let body: Value = serde_json::from_slice(&requests.last().unwrap().body).unwrap();
    assert_eq!(
        body,
        json!({
            "actor": "ann", "reason": "a migration", "ttl": 300.0, "drain": 30.0, "hold": "all",
            "on_expiry": null,
        })
    );

    let mut unpersisted = moved.clone();
    unpersisted["persisted"] = false.into();
    admin.reply(
        "/_admin/api/v1/gates/app/close",
        Reply::json(200, &unpersisted),
    );
    let said = ask(admin.port(), &["gate", "close", "app", "--drain", "0"]);
    said.ended(
        0,
        &["app: closed; token t0ken\n", "not on disk", "state_dir"],
    );
}

#[test]
fn what_a_drain_leaves_is_75_and_the_close_stands() {
    let admin = admin();
    let left = json!({
        "status": 409, "title": "Conflict", "detail": "Not drained.", "verdict": "closed",
        "persisted": true, "token": "t0ken", "left": { "inflight": 3, "endless": 1 },
    });
    admin.reply("/_admin/api/v1/gates/app/close", Reply::json(409, &left));
    let said = ask(admin.port(), &["gate", "close", "app", "--drain", "2s"]);
    said.ended(
        75,
        &[
            "app: closed, not drained",
            "3 requests are still in flight, 1 of them endless after 2 s",
            "buffy gate open app --token t0ken",
        ],
    );
}

#[test]
fn json_is_the_document_as_it_came() {
    let admin = admin();
    let said = ask(admin.port(), &["status", "--json"]);
    assert_eq!(said.out, status("open", &[]).to_string());
    let one = ask(admin.port(), &["status", "app", "--json"]);
    let one: Value = serde_json::from_str(&one.out).unwrap();
    assert_eq!(one, status("open", &[])["upstreams"][0]);
    ask(admin.port(), &["status", "ap"]).ended(1, &["no upstream `ap`", "Did you mean `app`?"]);
}

#[test]
fn no_escape_is_written_where_there_is_no_terminal_unless_it_is_forced() {
    let admin = admin();
    let folder = TempFolder::new();
    let closed = status("closed", &["closed by ann"]);
    admin.reply("/_admin/status", Reply::json(200, &closed));
    for (force, no, coloured) in [
        (false, false, false),
        (true, false, true),
        (true, true, false),
    ] {
        let mut command = told(folder.path(), admin.port(), &["status"]);
        if force {
            command.env("FORCE_COLOR", "1");
        }
        if no {
            command.env("NO_COLOR", "1");
        }
        let said = run(command);
        assert_eq!(said.out.contains('\x1b'), coloured, "{said:?}");
        assert!(said.out.contains("closed by ann"), "{said:?}");
    }
}

#[test]
fn waiting_ends_when_it_is_true() {
    let admin = admin();
    let why = ["closed by ci: a migration"];
    admin.reply("/_admin/status", Reply::json(200, &status("closed", &why)));
    let folder = TempFolder::new();
    let mut command = told(
        folder.path(),
        admin.port(),
        &["wait", "app", "--for", "open,up"],
    );
    let child = command.stdout(Stdio::piped()).stderr(Stdio::piped());
    let child = child.spawn().expect("the binary runs");
    eventually("it looks again", || admin.count() >= 2);
    admin.reply("/_admin/status", Reply::json(200, &status("open", &[])));
    let said = Said::from(child.wait_with_output().unwrap());
    said.ended(
        0,
        &["waiting: the gate is closed: closed by ci: a migration"],
    );
    assert!(said.out.starts_with("app: open and up after "), "{said:?}");
    assert_eq!(said.err.lines().count(), 1, "it is told once: {said:?}");
}

#[test]
fn waiting_in_vain_is_124_and_says_what_stands_in_the_way() {
    let admin = admin();
    let mut busy = status("closed", &["closed by ci"]);
    let app = &mut busy["upstreams"][0];
    app["inflight"] = 2.into();
    app["held"]["now"] = 1.into();
    app["targets"] = json!([{ "url": "http://h:1", "state": "down", "error": "refused" }]);
    admin.reply("/_admin/status", Reply::json(200, &busy));
    for (what, why) in [
        ("open", "the gate is closed: closed by ci"),
        ("up", "http://h:1 is down (refused)"),
        ("drained", "2 requests in flight"),
        ("empty", "1 request held: closed by ci"),
    ] {
        let said = ask(
            admin.port(),
            &["wait", "app", "--for", what, "--timeout", "0"],
        );
        said.ended(124, &[&format!("app is not {what} after 0 ms: {why}")]);
        assert_eq!(said.out, "");
    }
    let words = ["wait", "app", "--timeout", "300ms", "--json"];
    let said = ask(admin.port(), &words);
    said.ended(124, &["app is not open after 300 ms"]);
    let document: Value = serde_json::from_str(&said.out).unwrap();
    assert_eq!(document, busy["upstreams"][0]);
    ask(admin.port(), &["wait", "ap"]).ended(1, &["Did you mean `app`?"]);
    ask(admin.port(), &["wait", "app", "--for", "luck"]).ended(2, &["luck"]);
}

#[test]
fn waiting_for_a_buffy_that_is_not_there_yet_ends_when_it_is() {
    let admin = FakeUpstream::absent();
    admin.reply("/_admin/status", Reply::json(200, &status("open", &[])));
    ask(admin.port(), &["wait", "app", "--timeout", "300ms"]).ended(69, &["cannot be reached"]);
    let folder = TempFolder::new();
    let mut command = told(folder.path(), admin.port(), &["wait", "app"]);
    let child = command.stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = child.spawn().expect("the binary runs");
    let mut complaints = BufReader::new(child.stderr.take().unwrap());
    let mut line = String::new();
    complaints.read_line(&mut line).unwrap();
    assert!(line.contains("cannot be reached"), "{line}");
    admin.listen();
    Said::from(child.wait_with_output().unwrap()).ended(0, &["app: open after"]);
}
