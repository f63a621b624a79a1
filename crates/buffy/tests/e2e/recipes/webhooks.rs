//! Webhooks while their receiver is replaced, and while it is dead: each is stored, and once.

use buffy_test::{RawClient, eventually, request};

use super::recipe::{Program, Recipe};

const COUNT: usize = 100;

/// A receiver that was started by its script, behind Buffy.
fn receiving() -> (Recipe, Program) {
    let recipe = Recipe::of("webhooks");
    let buffy = recipe.buffy();
    recipe.runs("./restart.sh").ended(0, &["receiver: open"]);
    (recipe, buffy)
}

/// Starts the sender, and waits until some are stored.
fn sending(recipe: &Recipe) -> Program {
    let sender = recipe.starts(&format!("python3 sender.py {COUNT}"));
    eventually("some are stored", || {
        let name =
            "buffy_requests_total{endpoint=\"webhooks\",outcome=\"forwarded\",code_class=\"2xx\"}";
        recipe.metric(name) > 5.0
    });
    sender
}

fn ask(recipe: &Recipe, question: &str) -> usize {
    let program = format!(
        "import sqlite3; print(sqlite3.connect('webhooks.db').execute('{question}').fetchone()[0])"
    );
    let said = recipe.runs(&format!("python3 -c \"{program}\""));
    said.ended(0, &[]).out.trim().parse().expect("a number")
}

fn stored(recipe: &Recipe) -> usize {
    ask(recipe, "SELECT count(*) FROM webhooks")
}

#[test]
fn a_receiver_is_replaced_and_each_webhook_arrives_at_the_first_try_and_once() {
    let (recipe, _buffy) = receiving();
    let sender = sending(&recipe);
    let restarted = recipe.runs("./restart.sh");
    restarted.ended(0, &["requests held, median wait", "receiver: open"]);
    sender.ended(0);
    let all = format!("{COUNT} sent: {COUNT} at the first try, 0 given up");
    assert!(recipe.log().contains(&all), "{}", recipe.log());
    assert_eq!(ask(&recipe, "SELECT sum(times) FROM webhooks"), COUNT);
}

#[test]
fn a_receiver_that_is_killed_loses_none_whose_sender_tries_again() {
    let (recipe, _buffy) = receiving();
    let sender = sending(&recipe);
    recipe.runs("kill -9 \"$(cat receiver.pid)\"").ended(0, &[]);
    eventually("the senders are held", || recipe.held("receiver") > 0);
    recipe.runs("./restart.sh").ended(0, &["receiver: open"]);
    sender.ended(0);
    assert!(recipe.log().contains(", 0 given up"), "{}", recipe.log());
    assert_eq!(stored(&recipe), COUNT);
}

#[test]
fn who_cannot_be_held_any_longer_is_told_to_come_back() {
    let recipe = Recipe::of("webhooks");
    let _buffy = recipe.buffy();
    // A second in place of the eight that the file says.
    let message = request("POST", "/webhooks/", &[("Prefer", "wait=1")], b"{}");
    let answer = RawClient::connect(recipe.port(7000))
        .send(message)
        .response();
    let fields = ["Retry-After", "X-Buffy-Forwarded"].map(|name| answer.field(name));
    assert_eq!((answer.status, fields), (503, [Some("30"), Some("no")]));
}
