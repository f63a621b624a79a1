use std::time::Duration;

use buffy_core::delay::Wait;
use buffy_core::reply::Pin;
use serde_json::{Map, json};

use super::clock::AHEAD_MAX;
use super::{Clock, Sessions};

/// Far longer than a test may take.
const LONG: Duration = Duration::from_mins(30);

#[tokio::test]
async fn whoever_waits_wakes_when_the_clock_is_set_past_his_end() {
    let clock = Clock::default();
    let before = clock.now();
    let waits = clock.wait(Wait::For(2 * LONG));
    // Polled behind the one who waits: nothing but the jump wakes him.
    let sets = async { clock.advance(LONG).max(clock.advance(LONG)) };
    let both = async { tokio::join!(waits, sets) };
    let ((), ahead) = tokio::time::timeout(Duration::from_secs(10), both)
        .await
        .expect("he wakes");
    assert_eq!(ahead, 2 * LONG);
    assert!(clock.now().since(before) >= 2 * LONG);
}

#[tokio::test]
async fn a_jump_that_is_too_short_ends_no_wait() {
    let clock = Clock::default();
    let waits = clock.wait(Wait::For(2 * LONG));
    let sets = async { clock.advance(LONG) };
    let both = async { tokio::join!(waits, sets) };
    let short = Duration::from_millis(50);
    assert!(tokio::time::timeout(short, both).await.is_err());
}

#[tokio::test]
async fn a_wait_ends_by_itself_too() {
    let clock = Clock::default();
    let before = clock.now();
    clock.wait(Wait::For(Duration::from_millis(20))).await;
    assert!(clock.now().since(before) >= Duration::from_millis(20));
    clock.wait(Wait::For(Duration::ZERO)).await;
}

#[test]
fn the_clock_only_goes_forward_and_has_an_end() {
    let clock = Clock::default();
    let (moment, ms) = (clock.now(), clock.now_ms());
    assert_eq!(clock.advance(LONG), LONG);
    assert!(clock.now().since(moment) >= LONG);
    assert!(clock.now_ms() - ms >= 1_800_000);
    assert_eq!(clock.advance(AHEAD_MAX), AHEAD_MAX);
    assert_eq!(clock.advance(LONG), AHEAD_MAX);
}

#[test]
fn sessions_count_each_for_itself() {
    let sessions = Sessions::new(1);
    assert_eq!(sessions.get("a").turn("orders").count(), 1);
    assert_eq!(sessions.get("a").turn("orders").count(), 2);
    assert_eq!(sessions.get("a").turn("shop").count(), 1);
    assert_eq!(sessions.get("b").turn("orders").count(), 1);
    assert_eq!(sessions.shared().turn("orders").count(), 1);
    assert_eq!(sessions.get("a").look("orders").count, 3);
    assert_eq!(sessions.get("a").look("orders").count, 3);
}

#[test]
fn what_a_turn_sets_is_seen_by_the_next() {
    let sessions = Sessions::new(1);
    let session = sessions.shared();
    let mut turn = session.turn("orders");
    let before = turn.state();
    let path = vec!["orders".to_owned(), "7".to_owned()];
    turn.set([(path, json!("paid"))]).unwrap();
    assert!(before.is_empty());
    assert_eq!(turn.state().get("orders"), Some(&json!({"7": "paid"})));
    drop(turn);
    assert_eq!(session.state().get("orders"), Some(&json!({"7": "paid"})));
    assert!(sessions.get("a").state().is_empty());
}

#[test]
fn a_reset_begins_anew() {
    let sessions = Sessions::new(1);
    let fill = |id: &str| {
        let session = sessions.get(id);
        drop(session.turn("orders"));
        session.sequences().next("n");
        session
            .put_state(Map::from_iter([("a".to_owned(), json!(1))]))
            .unwrap();
        session
    };
    let is_empty = |id: &str| {
        let session = sessions.get(id);
        session.state().is_empty() && session.look("orders").count == 1
    };
    let kept = fill("a");
    fill("b");
    fill("");
    sessions.reset(Some("a"));
    assert!(is_empty("a") && !is_empty("b") && !is_empty(""));
    assert_eq!(kept.sequences().next("n"), Some(1));

    fill("a");
    sessions.pin(
        "a",
        "orders",
        Some(Pin {
            response: "busy".to_owned(),
            left: None,
        }),
    );
    assert!(sessions.has_pins());
    sessions.reset(None);
    assert!(!sessions.has_pins());
    assert!(is_empty("a") && is_empty("b") && is_empty(""));
    assert!(
        kept.state().is_empty(),
        "it is emptied for those who hold it, too"
    );
}
