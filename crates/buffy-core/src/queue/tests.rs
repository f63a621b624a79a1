use std::time::Duration;

use super::{Entry, Queue, State, Ticket};
use crate::gate::Asks;
use crate::moment::Moment;

/// Plays steps on a queue in which requests have names: `a` joins; `b writes` joins and writes;
/// `early c` joins but arrived before all others; `go`, `reads go` release; `a waits`, `a leaves`.
/// Expected is who was released, in order, and after a bar who has a place, waiting ones in
/// brackets.
fn check(steps: &str, expected: &str) {
    let mut queue = Queue::default();
    let mut names: Vec<(String, Ticket)> = Vec::new();
    let mut released = Vec::new();
    for (at, step) in steps.split(", ").enumerate() {
        let ticket = |name: &str| names.iter().find(|(known, _)| known == name).unwrap().1;
        match step.split(' ').collect::<Vec<_>>().as_slice() {
            ["go"] => queue.release(|_| true, &mut released),
            ["reads", "go"] => queue.release(|asks| !asks.writes, &mut released),
            ["writes", "go"] => queue.release(|asks| asks.writes, &mut released),
            [name, "waits"] => queue.wait_again(ticket(name)),
            [name, "leaves"] => queue.give_back(ticket(name)),
            [name] => names.push(((*name).to_owned(), queue.join(moment(at + 1), Asks::READ))),
            [name, "writes"] => {
                names.push(((*name).to_owned(), queue.join(moment(at + 1), Asks::WRITE)));
            }
            ["early", name] => {
                names.push(((*name).to_owned(), queue.join(Moment::ZERO, Asks::READ)));
            }
            _ => panic!("no such step: {step:?}"),
        }
    }
    let name = |ticket: &Ticket| {
        let last = names.iter().rfind(|(_, known)| known == ticket);
        last.unwrap().0.clone()
    };
    let places = queue.iter().map(|entry| match entry.state {
        State::Waiting => format!("({})", name(&entry.ticket)),
        State::Released => name(&entry.ticket),
    });
    let places = places.collect::<Vec<_>>().join(" ");
    let released = released.iter().map(name).collect::<Vec<_>>().join(" ");
    assert_eq!(
        format!("{released} | {places}"),
        expected,
        "after {steps:?}"
    );
}

#[test]
fn first_come_first_released() {
    check("a, b, c", " | (a) (b) (c)");
    check("a, b, c, go", "a b c | a b c");
    check("a, b, early c, go", "c a b | c a b");
    check("a, b writes, c, d writes, go", "a b c d | a b c d");
    check("a, b, go, c, go", "a b c | a b c");
    check("a, early b, early c, go", "b c a | b c a");
}

#[test]
fn who_may_go_is_not_kept_by_who_may_not() {
    check("a writes, b, c writes, d, reads go", "b d | (a) b (c) d");
    check("a writes, b, c writes, d, writes go", "a c | a (b) c (d)");
    check("a writes, b, reads go, go", "b a | a b");
}

#[test]
fn who_waits_again_stands_where_he_stood() {
    check("a, b, c, go, b waits", "a b c | a (b) c");
    check("a, b, c, go, c waits, a waits, go", "a b c a c | a b c");
    check("a, go, a waits, b, go", "a a b | a b");
    check("a writes, b, go, a waits, reads go", "a b | (a) b");
}

#[test]
fn a_place_is_given_back_once_and_taken_by_another() {
    check("a, b, c, b leaves, go", "a c | a c");
    check("a, b, go, a leaves, b leaves", "a b | ");
    check("a, b, a leaves, c, go", "b c | b c");
    check("a, go, a waits, a leaves, go", "a | ");
}

#[test]
fn a_newcomer_joins_behind_those_who_may_go() {
    let all = |_: &Asks| true;
    let reads = |asks: &Asks| !asks.writes;
    let mut queue = Queue::default();
    assert!(!queue.must_join(&Asks::READ, all));
    assert!(queue.must_join(&Asks::WRITE, reads), "it may not go itself");

    let writer = queue.join(moment(1), Asks::WRITE);
    assert!(queue.must_join(&Asks::READ, all));
    assert!(
        !queue.must_join(&Asks::READ, reads),
        "a held write holds no read"
    );

    queue.release(all, &mut Vec::new());
    assert!(queue.must_join(&Asks::READ, all), "released, but not sent");

    queue.give_back(writer);
    assert!(!queue.must_join(&Asks::READ, all));
}

#[test]
fn the_queue_is_counted() {
    let mut queue = Queue::default();
    assert!(queue.is_empty());
    assert_eq!(queue.oldest(), None);

    let a = queue.join(moment(5), Asks::READ);
    let b = queue.join(moment(3), Asks::WRITE);
    let c = queue.join(moment(9), Asks::READ);
    queue.release(|asks| asks.writes, &mut Vec::new());
    assert_eq!((queue.waiting(), queue.places()), (2, 3));
    assert_eq!(queue.oldest(), Some(moment(3)));
    assert_eq!([b, a, c].map(|ticket| queue.position(ticket)), [0, 1, 2]);
    let first = queue.iter().next();
    let state = State::Released;
    assert_eq!(
        first,
        Some(Entry {
            ticket: b,
            arrival: moment(3),
            asks: Asks::WRITE,
            state
        })
    );

    queue.give_back(b);
    assert_eq!(queue.oldest(), Some(moment(5)));
    assert_eq!(queue.position(c), 1);
    queue.give_back(a);
    queue.give_back(c);
    assert!(queue.is_empty());
}

#[test]
fn many_wait_and_all_go_in_order() {
    let mut queue = Queue::default();
    let tickets: Vec<Ticket> = (0..50_000)
        .map(|at| {
            queue.join(
                moment(at),
                Asks {
                    writes: at % 3 == 0,
                    rules: 0,
                },
            )
        })
        .collect();
    let mut released = Vec::new();
    queue.release(|_| true, &mut released);
    assert_eq!(released, tickets);
    assert_eq!(queue.waiting(), 0);
    for ticket in released.drain(..).rev() {
        queue.wait_again(ticket);
    }
    queue.release(|_| true, &mut released);
    assert_eq!(released, tickets);
    for ticket in tickets {
        queue.give_back(ticket);
    }
    assert!(queue.is_empty());
}

fn moment(millis: usize) -> Moment {
    Moment::ZERO.after(Duration::from_millis(u64::try_from(millis).unwrap()))
}
