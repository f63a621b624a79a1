//! A release is tried behind the closed gate: a bad one is never seen by anybody else.

use buffy_test::request;

use super::load::Load;
use super::recipe::{Program, Recipe};

/// Release 1.0, behind Buffy.
fn shop() -> (Recipe, Program) {
    let recipe = Recipe::of("smoke-test");
    let buffy = recipe.buffy_with("BUFFY_BYPASS_SECRET=a-secret-of-32-characters-or-more");
    recipe
        .runs("./deploy.sh 1.0")
        .ended(0, &["release 1.0 is good", "shop: open"]);
    (recipe, buffy)
}

/// Every other one is an order.
fn visit(number: usize) -> Vec<u8> {
    if number.is_multiple_of(2) {
        request("POST", "/orders", &[], b"tea")
    } else {
        request("GET", "/", &[], b"")
    }
}

#[test]
fn a_good_release_is_tried_and_then_seen_by_all() {
    let (recipe, _buffy) = shop();
    let load = Load::start(recipe.port(7000), visit);
    load.goes_on(50);
    recipe
        .runs("./deploy.sh 1.1")
        .ended(0, &["release 1.1 is good", "shop: open"]);
    load.goes_on(50);
    let exchanges = load.end_with_nothing_lost();
    let last = exchanges.last().expect("some were sent");
    assert_eq!(last.text, "release 1.1");
}

#[test]
fn a_bad_release_is_taken_back_and_nobody_has_seen_it() {
    let (recipe, _buffy) = shop();
    let load = Load::start(recipe.port(7000), visit);
    load.goes_on(50);
    let said = recipe.runs("./deploy.sh 1.1-broken");
    said.ended(1, &["/orders: HTTP Error 500", "shop: open"]);
    load.goes_on(50);
    let exchanges = load.end_with_nothing_lost();
    assert!(exchanges.iter().all(|one| one.text == "release 1.0"));
    assert!(exchanges.iter().any(|one| one.was_held));
}
