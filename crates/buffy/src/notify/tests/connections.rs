//! A listener's own hook.

use std::net::SocketAddr;

use buffy_test::{DEADLINE, FakeUpstream, OneThread, Reply};
use serde_json::Value;

use super::super::{ConnectionHook, Pace};
use super::{bodies, hasty, hook};
use crate::client::Client;

fn start(rt: &OneThread, receiver: &FakeUpstream, pace: &Pace) -> ConnectionHook {
    let url = hook(&receiver.url());
    rt.run(async { ConnectionHook::start("public", &url, &Client::default(), pace) })
        .unwrap()
}

fn peer() -> SocketAddr {
    SocketAddr::from(([192, 0, 2, 7], 4711))
}

fn ids(bodies: &[Value], list: &str) -> Vec<String> {
    let lists = bodies.iter().map(|body| body[list].as_array().unwrap());
    lists
        .flatten()
        .map(|line| line["id"].as_str().unwrap().to_owned())
        .collect()
}

#[test]
fn connections_are_told_in_batches() {
    let (rt, receiver) = (OneThread::new(), FakeUpstream::start());
    let hook = start(&rt, &receiver, &hasty());
    let sender = hook.sender();
    for id in 0..250 {
        sender.opened(peer(), id);
    }
    sender.closed(peer(), 0);
    assert!(rt.run(hook.finish(DEADLINE)));

    let bodies = bodies(&receiver);
    assert_eq!(bodies.len(), 3, "at most a hundred each");
    assert_eq!(
        ids(&bodies, "opened"),
        (0..250).map(|id| id.to_string()).collect::<Vec<_>>()
    );
    assert_eq!(ids(&bodies, "closed"), ["0"]);
    assert_eq!(
        (&bodies[0]["listener"], &bodies[0]["dropped"]),
        (&"public".into(), &0.into())
    );
    let line = &bodies[2]["closed"][0];
    assert_eq!(line["peer"], "192.0.2.7:4711");
    assert!(line["at"].as_str().unwrap().ends_with('Z'), "{line}");
}

#[test]
fn a_receiver_that_is_away_loses_the_newest_and_is_told_how_many() {
    let (rt, receiver) = (OneThread::new(), FakeUpstream::absent());
    let hook = start(
        &rt,
        &receiver,
        &Pace {
            queue: 5,
            ..hasty()
        },
    );
    let sender = hook.sender();
    sender.opened(peer(), 0);
    rt.eventually("the first batch is tried", || sender.figures().failed > 0);
    for id in 1..=8 {
        sender.opened(peer(), id);
    }
    assert_eq!(sender.figures().dropped, 3);
    receiver.listen();
    rt.eventually("two batches were taken", || sender.figures().ok == 2);
    let bodies = bodies(&receiver);
    assert_eq!(ids(&bodies, "opened"), ["0", "1", "2", "3", "4", "5"]);
    assert_eq!(
        (&bodies[0]["dropped"], &bodies[1]["dropped"]),
        (&0.into(), &3.into())
    );
}

#[test]
fn a_refused_batch_is_counted_entry_by_entry() {
    let (rt, receiver) = (OneThread::new(), FakeUpstream::start());
    receiver.reply_next(Reply::text(404, "nobody"));
    let hook = start(&rt, &receiver, &hasty());
    let sender = hook.sender();
    sender.opened(peer(), 1);
    sender.closed(peer(), 1);
    rt.eventually("both were dropped", || sender.figures().dropped == 2);
    sender.opened(peer(), 2);
    rt.eventually("the next was taken", || sender.figures().ok == 1);
    assert_eq!(bodies(&receiver)[1]["dropped"], 2);
}
