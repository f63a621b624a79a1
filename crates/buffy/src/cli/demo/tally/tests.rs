//! Scripts of what was seen, and what they come to.

use std::time::Duration;

use super::{Method, Seen, Tally, Version};

/// What is seen, step by step; each step is a millisecond after the one before.
#[derive(Clone, Copy)]
enum Step {
    Get,
    Post,
    /// Backend `.1` begins to work on request `.0`.
    Begun(usize, u32),
    /// Request `.0` is answered by backend `.1`, at once.
    Answered(usize, u32),
    /// The same, after it was held.
    HeldAnswered(usize, u32),
    Maybe(usize),
    Timeout(usize),
    CutBegins,
    CutIsDone,
}

use Step::{Answered, Begun, CutBegins, CutIsDone, Get, HeldAnswered, Maybe, Post, Timeout};

fn played(steps: &[Step]) -> Tally {
    let mut tally = Tally::default();
    let mut at = Duration::ZERO;
    for step in steps {
        at += Duration::from_millis(1);
        match *step {
            Get => drop(tally.sent(Method::Get, at)),
            Post => drop(tally.sent(Method::Post, at)),
            Begun(id, by) => assert!(tally.begun(id, Version(by))),
            Answered(id, by) => tally.ended(id, at, false, Seen::Answered { by: Version(by) }),
            HeldAnswered(id, by) => tally.ended(id, at, true, Seen::Answered { by: Version(by) }),
            Maybe(id) => tally.ended(id, at, false, Seen::Maybe),
            Timeout(id) => tally.ended(id, at, false, Seen::Otherwise("late".to_owned())),
            CutBegins => tally.cut_began(Version(1), at),
            CutIsDone => tally.cut_done(at),
        }
    }
    tally.give_up(at);
    tally
}

/// What the script comes to, as far as it is written out; and whether that is good.
#[track_caller]
fn check(steps: &[Step], expected: &str, is_good: bool) {
    let figures = played(steps).figures();
    let line = figures.to_string();
    assert!(line.starts_with(expected), "{line}");
    assert_eq!(figures.are_good(), is_good, "{line}");
    let ended = figures.answered_all() + figures.cut + figures.lost_all();
    assert_eq!(figures.sent, ended, "{line}");
}

#[track_caller]
fn good(steps: &[Step], expected: &str) {
    check(steps, expected, true);
}

#[track_caller]
fn bad(steps: &[Step], expected: &str) {
    check(steps, expected, false);
}

#[test]
fn what_is_answered_is_answered() {
    good(
        &[
            Get,
            Post,
            Begun(0, 1),
            Begun(1, 1),
            Answered(0, 1),
            Answered(1, 1),
        ],
        "sent=2 answered=2 cut=0 lost=0 doubled=0 held=0 longest_wait=0.004",
    );
    // A POST waits for the next backend.
    good(
        &[CutBegins, CutIsDone, Post, Begun(0, 2), HeldAnswered(0, 2)],
        "sent=1 answered=1 cut=0 lost=0 doubled=0 held=1 longest_wait=0.002",
    );
    // A GET that the kill met is begun again by the next backend, as it may be.
    good(
        &[
            Get,
            Begun(0, 1),
            CutBegins,
            CutIsDone,
            Begun(0, 2),
            HeldAnswered(0, 2),
        ],
        "sent=1 answered=1 cut=0 lost=0 doubled=0",
    );
}

#[test]
fn a_post_under_way_at_a_kill_is_cut() {
    good(
        &[
            Post,
            Post,
            Begun(0, 1),
            CutBegins,
            CutIsDone,
            Maybe(0),
            Begun(1, 2),
            Answered(1, 2),
        ],
        "sent=2 answered=1 cut=1 lost=0 doubled=0",
    );
    // It may be told before the last socket has gone.
    good(
        &[
            Post,
            CutBegins,
            Maybe(0),
            CutIsDone,
            Post,
            Begun(1, 2),
            Answered(1, 2),
        ],
        "sent=2 answered=1 cut=1 lost=0 doubled=0",
    );
}

#[test]
fn maybe_without_a_kill_is_lost() {
    let lost = "sent=1 answered=0 cut=0 lost=1 doubled=0";
    bad(&[CutBegins, CutIsDone, Post, Maybe(0)], lost);
    bad(&[Post, Maybe(0), CutBegins, CutIsDone], lost);
    // A GET may be repeated, and has no excuse.
    bad(&[Get, CutBegins, CutIsDone, Maybe(0)], lost);
}

#[test]
fn whatever_else_becomes_of_a_request_is_lost() {
    let one_of_two = "sent=2 answered=1 cut=0 lost=1 doubled=0";
    bad(
        &[Get, Get, Begun(0, 1), Answered(0, 1), Timeout(1)],
        one_of_two,
    );
    // Never heard of again.
    bad(&[Get, Get, Begun(0, 1), Answered(0, 1)], one_of_two);
    // Answered in the name of a backend that never had it.
    let lost = "sent=1 answered=0 cut=0 lost=1 doubled=0";
    bad(&[Post, Begun(0, 1), Answered(0, 2)], lost);
    bad(&[Post, Answered(0, 1)], lost);
}

#[test]
fn a_post_that_is_begun_twice_is_doubled() {
    let answered = "sent=1 answered=1 cut=0 lost=0 doubled=1";
    bad(
        &[
            Post,
            Begun(0, 1),
            CutBegins,
            CutIsDone,
            Begun(0, 2),
            Answered(0, 2),
        ],
        answered,
    );
    bad(&[Post, Begun(0, 1), Begun(0, 1), Answered(0, 1)], answered);
    // By what its client was told it may not be, either.
    bad(
        &[
            Post,
            Begun(0, 1),
            CutBegins,
            CutIsDone,
            Maybe(0),
            Begun(0, 2),
        ],
        "sent=1 answered=0 cut=1 lost=0 doubled=1",
    );
}

#[test]
fn nothing_sent_proves_nothing() {
    bad(&[], "sent=0 answered=0 cut=0 lost=0 doubled=0");
}

#[test]
fn what_has_not_ended_is_under_way_until_it_is_given_up() {
    let mut tally = Tally::default();
    tally.sent(Method::Get, Duration::ZERO);
    assert_eq!(
        (tally.figures().under_way, tally.figures().lost_all()),
        (1, 0)
    );
    tally.give_up(Duration::from_secs(1));
    assert_eq!(
        (tally.figures().under_way, tally.figures().lost_all()),
        (0, 1)
    );
}

#[test]
fn a_request_that_nobody_sent_is_none() {
    assert!(!Tally::default().begun(0, Version(1)));
}
