use std::time::Duration;

use super::{CLASS_LAST, Entry, Facts, Queue, State, Ticket};
use crate::gate::Asks;
use crate::moment::Moment;

const BARE: Facts = Facts {
    sent: false,
    whole: false,
};

/// Plays steps on a queue in which requests have names: `a` joins; `b writes` joins and writes;
/// `early c` joins but arrived before all others, `class 1 d` in another class; `go`, `go 2`,
/// `reads go` release, `try` tells who is tried first; `a waits`, `a away`, `a leaves`,
/// `a turns writer`, `a is whole`, `sent e` joins after it was sent; `recall reads` has those that
/// read judged anew. Expected is who was released, in order, and after a bar who has a place: waiting
/// ones in brackets, those being judged in square ones, and those away in angles.
fn check(steps: &str, expected: &str) {
    let mut queue = Queue::default();
    let mut names: Vec<(String, Ticket)> = Vec::new();
    let mut released = Vec::new();
    for (at, step) in steps.split(", ").enumerate() {
        let ticket = |name: &str| names.iter().find(|(known, _)| known == name).unwrap().1;
        match step.split(' ').collect::<Vec<_>>().as_slice() {
            ["go"] => queue.release(usize::MAX, |_| true, &mut released),
            ["reads", "go"] => queue.release(usize::MAX, |asks| !asks.writes, &mut released),
            ["writes", "go"] => queue.release(usize::MAX, |asks| asks.writes, &mut released),
            ["go", count] => queue.release(count.parse().unwrap(), |_| true, &mut released),
            ["recall", "reads"] => {
                let _ = queue.recall(|asks| !asks.writes);
            }
            ["try"] => released.extend(queue.first_to_try(|_| true)),
            [name, "waits"] => queue.wait_again(ticket(name)),
            [name, "away"] => queue.go_away(ticket(name)),
            [name, "turns", "writer"] => queue.ask_anew(ticket(name), Asks::WRITE),
            [name, "is", "whole"] => queue.body_is_whole(ticket(name)),
            ["sent", name] => {
                let facts = Facts {
                    sent: true,
                    whole: false,
                };
                let ticket = queue.join(CLASS_LAST, moment(at + 1), Asks::READ, facts);
                names.push(((*name).to_owned(), ticket));
            }
            [name, "leaves"] => queue.give_back(ticket(name)),
            [name] => names.push((
                (*name).to_owned(),
                queue.join(CLASS_LAST, moment(at + 1), Asks::READ, BARE),
            )),
            [name, "writes"] => {
                names.push((
                    (*name).to_owned(),
                    queue.join(CLASS_LAST, moment(at + 1), Asks::WRITE, BARE),
                ));
            }
            ["class", class, name] => {
                let ticket = queue.join(class.parse().unwrap(), moment(at + 1), Asks::READ, BARE);
                names.push(((*name).to_owned(), ticket));
            }
            ["early", name] => {
                names.push((
                    (*name).to_owned(),
                    queue.join(CLASS_LAST, Moment::ZERO, Asks::READ, BARE),
                ));
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
        State::Recalled => format!("[{}]", name(&entry.ticket)),
        State::Released => name(&entry.ticket),
        State::Away => format!("<{}>", name(&entry.ticket)),
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
fn nobody_passes_one_that_is_being_judged_anew() {
    check("a, b, recall reads, b waits, go", " | [a] (b)");
    check("a, b, recall reads, b waits, go, a waits, go", "a b | a b");
    check("a, b, recall reads, b waits, a leaves, go", "b | b");
    check("a, b, recall reads, b waits, a away, go", "b | <a> b");
    check("a writes, b, recall reads, go", "a | a [b]");
    check("a, b, recall reads, b waits, try", " | [a] (b)");
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
fn classes_go_before_arrival() {
    check("a, class 2 b, class 1 c, d, go", "c b a d | c b a d");
    check("a, class 1 b, go 1, b waits, go 1", "b b | b (a)");
}

#[test]
fn no_more_go_than_asked() {
    check("a, b, c, go 2", "a b | a b (c)");
    check("a, b writes, c, go 2, go 1", "a b c | a b c");
    check("a, go 0", " | (a)");
}

#[test]
fn who_is_away_is_not_released_and_comes_back_where_he_stood() {
    check("a, b, a away, go", "b | <a> b");
    check("a, b, a away, a waits, go", "a b | a b");
    check("a, go, a away, a leaves", "a | ");
}

#[test]
fn who_is_judged_anew_keeps_his_place() {
    check("a, b, a turns writer, reads go, go", "b a | a b");
    check("a, b, go, a turns writer, a waits, reads go", "a b | (a) b");
}

#[test]
fn a_safe_and_whole_one_is_tried_first() {
    check("a writes, b, c, try", "b | (a) (b) (c)");
    check("a writes, b, c, c is whole, try", "c | (a) (b) (c)");
    check("a writes, sent b, try", "a | (a) (b)");
    check("a writes, b writes, b is whole, try", "b | (a) (b)");
    check("sent a, b, a is whole, b is whole, try", "b | (a) (b)");
    check("a, a away, b writes, try", "b | <a> (b)");
}

#[test]
fn a_newcomer_joins_behind_those_who_may_go() {
    let all = |_: &Asks| true;
    let reads = |asks: &Asks| !asks.writes;
    let mut queue = Queue::default();
    assert!(!queue.must_join(&Asks::READ, all));
    assert!(queue.must_join(&Asks::WRITE, reads), "it may not go itself");

    let writer = queue.join(CLASS_LAST, moment(1), Asks::WRITE, BARE);
    assert!(queue.must_join(&Asks::READ, all));
    assert!(
        !queue.must_join(&Asks::READ, reads),
        "a held write holds no read"
    );

    queue.release(usize::MAX, all, &mut Vec::new());
    assert!(queue.must_join(&Asks::READ, all), "released, but not sent");

    queue.give_back(writer);
    assert!(!queue.must_join(&Asks::READ, all));
}

#[test]
fn the_queue_is_counted() {
    let mut queue = Queue::default();
    assert!(queue.is_empty());
    assert_eq!(queue.oldest(), None);

    let a = queue.join(CLASS_LAST, moment(5), Asks::READ, BARE);
    let b = queue.join(CLASS_LAST, moment(3), Asks::WRITE, BARE);
    let c = queue.join(CLASS_LAST, moment(9), Asks::READ, BARE);
    queue.release(usize::MAX, |asks| asks.writes, &mut Vec::new());
    assert_eq!((queue.waiting(), queue.places()), (2, 3));
    assert_eq!(queue.oldest(), Some(moment(3)));
    assert_eq!([b, a, c].map(|ticket| queue.position(ticket)), [0, 1, 2]);
    let first = queue.iter().next();
    let state = State::Released;
    assert_eq!(
        first,
        Some(Entry {
            ticket: b,
            class: CLASS_LAST,
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
                CLASS_LAST,
                moment(at),
                Asks {
                    writes: at % 3 == 0,
                    rules: 0,
                },
                BARE,
            )
        })
        .collect();
    let mut released = Vec::new();
    queue.release(usize::MAX, |_| true, &mut released);
    assert_eq!(released, tickets);
    assert_eq!(queue.waiting(), 0);
    for ticket in released.drain(..).rev() {
        queue.wait_again(ticket);
    }
    queue.release(usize::MAX, |_| true, &mut released);
    assert_eq!(released, tickets);
    for ticket in tickets {
        queue.give_back(ticket);
    }
    assert!(queue.is_empty());
}

fn moment(millis: usize) -> Moment {
    Moment::ZERO.after(Duration::from_millis(u64::try_from(millis).unwrap()))
}
