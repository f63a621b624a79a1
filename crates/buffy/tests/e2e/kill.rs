//! `kill -9`: what operators said, and were told is kept, is there after a restart.

use std::sync::mpsc::{RecvTimeoutError, sync_channel};
use std::time::{Duration, Instant};

use buffy_test::{FakeUpstream, RawClient, TempFolder, eventually, request};
use rustix::process::Signal;
use serde_json::{Value, json};

use crate::kit::{Process, forwarding};

const ROUNDS: usize = 200;
/// The seed of the moments and orders; the same seed gives the same orders.
const SEED: u64 = 0x000b_0ff1;

#[test]
fn test_12_what_was_answered_stands_after_a_kill_while_a_drain_runs() {
    let folder = TempFolder::new();
    let upstream = FakeUpstream::start();
    let process = Process::start(&folder, &forwarding(&upstream, ""));
    eventually("the gate is open", || {
        process.metric("buffy_gate_open{upstream=\"up\"}") == 1
    });
    upstream.pause();
    let mut client = RawClient::connect(process.port());
    client.get("/");
    eventually("it is under way", || upstream.under_way() == 1);
    let mut drain = RawClient::connect(process.admin_port());
    drain.send(order(
        "close",
        &json!({"actor": "ci", "drain": "1h", "ttl": "1h"}),
    ));
    eventually("it is closed", || entries(&process).len() == 1);
    // What is answered next was written after it.
    let answer = RawClient::connect(process.admin_port())
        .send(order("close", &json!({"actor": "ann"})))
        .response();
    assert_eq!(
        (answer.status, &answer.json()["persisted"]),
        (200, &json!(true))
    );
    assert!(!drain.has_answer(), "the drain still runs");

    process.signal(Signal::KILL);
    drop(process);
    let process = Process::start(&folder, &forwarding(&upstream, ""));
    let left = entries(&process);
    let actors: Vec<_> = left.iter().map(|entry| &entry["actor"]).collect();
    assert_eq!(actors, ["ci", "ann"]);
    assert!(
        left[0]["lease"]["until"].is_string(),
        "nor has it become one without end: {left:?}"
    );
    upstream.resume();
    let mut client = RawClient::connect(process.port());
    client.get("/");
    process.eventually_holds(1);
    assert_eq!(upstream.count(), 1);
}

#[test]
fn kill_9_at_any_moment_leaves_what_was_acknowledged_or_was_under_way() {
    let folder = TempFolder::new();
    let configuration = forwarding(&FakeUpstream::absent(), "");
    let mut random = Random(SEED);
    let (mut standing, mut under_way) = (Vec::new(), None);
    let (mut acknowledged, mut cut, mut made) = (0, 0, 0);
    // What an order takes here, in microseconds: a kill at a random moment of twice that is as often
    // too early as too late, on any machine.
    let mut usual = 5_000;
    for round in 0..=ROUNDS {
        let process = Process::start(&folder, &configuration);
        let found = said(&process);
        let expected = [Some(standing), under_way.take()];
        assert!(
            expected.iter().flatten().any(|one| *one == found),
            "seed {SEED}, round {round}: found {found:?}, and not one of {expected:?}"
        );
        standing = found;
        if round == ROUNDS {
            break;
        }
        for _ in 0..random.below(4) {
            made += 1;
            let (order, after) = choose(&mut random, &standing, made);
            let since = Instant::now();
            let answer = RawClient::connect(process.admin_port())
                .send(order)
                .response();
            assert_eq!(answer.status, 200, "{}", answer.text());
            let took = u64::try_from(since.elapsed().as_micros()).unwrap_or(usual);
            usual = usual.midpoint(took).max(1);
            standing = after;
            acknowledged += 1;
        }
        made += 1;
        let (order, after) = choose(&mut random, &standing, made);
        let mut client = RawClient::connect(process.admin_port());
        client.send(order);
        wait(Duration::from_micros(random.below(2 * usual)));
        process.signal(Signal::KILL);
        if let Ok(answer) = client.try_response() {
            assert_eq!(answer.status, 200, "{}", answer.text());
            standing = after;
            acknowledged += 1;
        } else {
            under_way = Some(after);
            cut += 1;
        }
    }
    println!("seed {SEED}: {ROUNDS} kills, {acknowledged} orders acknowledged, {cut} cut");
    assert!(
        cut > 20 && acknowledged > 200,
        "{cut} cut, {acknowledged} acknowledged"
    );
}

/// An entry, as this test tells it apart: the order, and what was said with it.
type Said = (String, String);

/// An order, and what stands after it.
fn choose(random: &mut Random, standing: &[Said], made: usize) -> (Vec<u8>, Vec<Said>) {
    let name = format!("order-{made:05}-of-this-test");
    let mut after = standing.to_vec();
    let pick = usize::try_from(random.below(standing.len().max(1) as u64)).expect("it is small");
    match random.below(6) {
        0 | 1 => {
            // Closes stand before stops.
            let stops = after.iter().filter(|(order, _)| order == "stop").count();
            after.insert(after.len() - stops, ("close".to_owned(), name.clone()));
            let body = json!({"reason": name, "token": name, "ttl": "1h"});
            (order("close", &body), after)
        }
        2 | 3 => {
            after.push(("stop".to_owned(), name.clone()));
            (
                order("stop", &json!({"message": name, "token": name})),
                after,
            )
        }
        4 if !standing.is_empty() => {
            let (_, token) = after.remove(pick);
            (order("open", &json!({"token": token})), after)
        }
        _ => (order("open", &Value::Null), Vec::new()),
    }
}

fn order(verb: &str, body: &Value) -> Vec<u8> {
    let target = format!("/_admin/api/v1/gates/up/{verb}");
    let body = if body.is_null() {
        String::new()
    } else {
        body.to_string()
    };
    request("POST", &target, &[("Host", "127.0.0.1")], body.as_bytes())
}

#[track_caller]
fn entries(process: &Process) -> Vec<Value> {
    let gate = process.admin("GET", "/_admin/api/v1/gates/up").json();
    let entries = gate.get("operator").and_then(Value::as_array);
    entries.cloned().expect("a list of entries")
}

#[track_caller]
fn said(process: &Process) -> Vec<Said> {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let said = |entry: &Value| {
        let what = text(&entry["reason"]) + &text(&entry["message"]);
        (text(&entry["order"]), what)
    };
    entries(process).iter().map(said).collect()
}

/// Not for a state: the moment of the kill is what is tried.
fn wait(span: Duration) {
    let (_keep, nothing) = sync_channel::<()>(0);
    assert_eq!(nothing.recv_timeout(span), Err(RecvTimeoutError::Timeout));
}

/// Splitmix64.
struct Random(u64);

impl Random {
    fn below(&mut self, limit: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (mixed ^ (mixed >> 31)) % limit
    }
}
