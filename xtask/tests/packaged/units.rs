//! The units, run by systemd itself on a machine that has nothing but the package.

use std::fs;

use buffy_test::{FakeUpstream, RawClient, eventually};

use crate::debian::{Machine, PACKAGE, Root};
use crate::made::root;

/// The listener's and the admin's ports, as the package is configured.
const PORT: u16 = 7000;
const ADMIN_PORT: u16 = 7001;

/// systemd's figure for what a service could do that it need not: 0 is nothing, 10 all.
const EXPOSURE_MAX: f64 = 2.0;

/// A machine with the package installed.
fn installed() -> Machine {
    let root = Root::unpack();
    root.bring_package();
    let machine = Machine::boot(root);
    machine.run(&format!("dpkg --install {PACKAGE}"));
    machine
}

/// An upstream on the machine, which does not listen yet, and Buffy that forwards to it.
fn with_upstream(machine: &Machine) -> FakeUpstream {
    let upstream = machine.on_its_network(FakeUpstream::absent);
    let file = machine.root().file("/etc/buffy/buffy.yaml");
    let text = fs::read_to_string(&file).expect("it is installed");
    let changed = text.replace("http://127.0.0.1:8080", &upstream.url());
    assert_ne!(text, changed);
    fs::write(&file, changed).expect("it can be written");
    upstream
}

fn is_held(machine: &Machine, path: &str) -> bool {
    machine.run("buffy held").contains(path)
}

#[test]
fn systemd_has_nothing_to_say_of_the_units_and_little_that_they_could_do() {
    let machine = installed();
    machine.run("systemd-analyze verify --man=no buffy.service buffy.socket buffy-admin.socket");
    let judged = machine.run("systemd-analyze security --offline=true --no-pager buffy.service");
    let line = judged.lines().last().unwrap_or_default();
    let figure = line.split_once("buffy.service: ").expect(line).1;
    let figure = figure.split(' ').next().unwrap_or_default();
    let exposure: f64 = figure.parse().expect(line);
    assert!(exposure <= EXPOSURE_MAX, "{judged}");
    let page = fs::read_to_string(root().join("docs/install/systemd.md")).expect("it is a page");
    assert!(page.contains(&format!("finds {figure} of 10")), "{line}");
}

#[test]
fn the_service_holds_reloads_restarts_and_goes_without_a_trace() {
    let machine = installed();
    let before = machine.run("systemctl show --property=NRestarts,MainPID,ActiveState buffy");
    assert!(before.contains("ActiveState=active"), "{before}");
    let upstream = with_upstream(&machine);
    machine.run("systemctl reload buffy");
    let mut client = machine.on_its_network(|| RawClient::connect(PORT));
    client.get("/held");
    eventually("the request is held", || is_held(&machine, "/held"));
    upstream.listen();
    assert_eq!(client.response().status, 200);
    let after = machine.run("systemctl show --property=NRestarts,MainPID,ActiveState buffy");
    assert_eq!(before, after, "it was the same process all the time");

    machine.run("buffy gate close app --reason cabling");
    machine.run("systemctl restart buffy");
    let status = machine.run("buffy status");
    assert!(status.contains("cabling"), "{status}");

    let pid = machine.run("systemctl show --property=MainPID buffy");
    machine.run(&format!("dpkg --install {PACKAGE}"));
    assert_ne!(machine.run("systemctl show --property=MainPID buffy"), pid);
    assert_eq!(machine.run("systemctl is-active buffy"), "active\n");

    machine.run("systemctl enable buffy-admin.socket");
    machine.run("dpkg --purge buffy");
    let left =
        machine.run("find /etc /usr /var/lib /run -xdev -name *buffy* -not -path /var/lib/dpkg/*");
    assert_eq!(left, "");
    assert_eq!(
        machine.run("systemctl list-units --all --plain --no-legend buffy*"),
        ""
    );
}

#[test]
fn a_reload_with_a_mistake_is_told_and_changes_nothing() {
    let machine = installed();
    let file = machine.root().file("/etc/buffy/buffy.yaml");
    let text = fs::read_to_string(&file).expect("it is installed");
    fs::write(&file, text.replace("port: 7000", "prot: 7000")).expect("it can be written");
    let reload = machine.call(&["systemctl", "reload", "buffy"]).output();
    assert!(!reload.expect("systemctl runs").status.success());
    let journal = machine.run("journalctl --no-pager --unit=buffy.service");
    assert!(journal.contains("prot"), "{journal}");
    assert_eq!(machine.run("systemctl is-active buffy"), "active\n");

    // A start fails, and is not tried again and again.
    let restart = machine.call(&["systemctl", "restart", "buffy"]).output();
    assert!(!restart.expect("systemctl runs").status.success());
    let shown = machine.run("systemctl show --property=ActiveState,ExecMainStatus,NRestarts buffy");
    assert_eq!(
        shown,
        "NRestarts=0\nExecMainStatus=78\nActiveState=failed\n"
    );
}

#[test]
fn the_sockets_stay_open_while_buffy_is_down() {
    let machine = installed();
    let upstream = with_upstream(&machine);
    upstream.listen();
    // A start takes as long as this test likes.
    let gap = machine.root().file("/etc/systemd/system/buffy.service.d");
    fs::create_dir(&gap).expect("there is none yet");
    let wait = "until [ -e /etc/buffy/go ]; do sleep 0.05; done";
    let lines = format!("[Service]\nExecStartPre=/bin/sh -c '{wait}'\n");
    fs::write(gap.join("gap.conf"), lines).expect("it can be written");
    machine.run("systemctl daemon-reload");
    machine.run("systemctl stop buffy");
    machine.run("systemctl enable --now buffy.socket buffy-admin.socket");

    let gone = |port| {
        let state = machine.run("systemctl show --property=SubState buffy");
        assert_eq!(state, "SubState=start-pre\n", "Buffy is down");
        machine.on_its_network(|| RawClient::connect(port))
    };
    machine.run("systemctl restart --no-block buffy");
    eventually("Buffy is on its way", || {
        machine.run("systemctl show --property=SubState buffy") == "SubState=start-pre\n"
    });
    let mut client = gone(PORT);
    client.get("/in-the-gap");
    let mut operator = gone(ADMIN_PORT);
    operator.get_with("/readyz", &[("Host", "127.0.0.1")]);
    assert!(!client.has_answer() && !operator.has_answer());
    drop(gone(PORT));
    fs::write(machine.root().file("/etc/buffy/go"), "").expect("it can be written");
    assert_eq!(client.response().status, 200);
    assert_eq!(operator.response().status, 200);
    let requests = upstream.requests();
    let ours = requests.iter().filter(|one| one.target == "/in-the-gap");
    assert_eq!(ours.count(), 1);
}
