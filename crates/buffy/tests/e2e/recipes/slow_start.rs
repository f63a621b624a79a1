//! A backend that must warm up, before which a hundred wait: let go step by step, or all at once.

use buffy_test::{RawClient, eventually};

use super::recipe::Recipe;

const WAITING: usize = 100;

/// How many of those who wait are answered with 500 when the backend is back.
fn fails(recipe: &Recipe) -> usize {
    let _buffy = recipe.buffy();
    let shop = recipe.starts("python3 shop.py");
    recipe.eventually_open("shop");
    drop(shop);
    let mut clients: Vec<_> = (0..WAITING)
        .map(|_| {
            let mut client = RawClient::connect(recipe.port(7000));
            client.get("/");
            client
        })
        .collect();
    eventually("all of them wait", || recipe.held("shop") == WAITING);
    // What was away for less than a second is not thought to be cold.
    eventually("it is away for a second", || {
        recipe.metric("buffy_held_oldest_age_seconds{upstream=\"shop\"}") > 1.0
    });
    let _shop = recipe.starts("python3 shop.py");
    let statuses = clients.iter_mut().map(|client| client.response().status);
    statuses.filter(|status| *status == 500).count()
}

#[test]
fn those_who_wait_are_let_go_as_fast_as_it_warms_up() {
    assert_eq!(fails(&Recipe::of("slow-start")), 0);
}

#[test]
fn all_at_once_are_too_many_for_it() {
    let recipe = Recipe::of("slow-start");
    let text = recipe.read("buffy.yaml");
    let (before, rest) = text.split_once("    release:\n").expect("it has a ramp");
    let (_, after) = rest.split_once("\n\n").expect("more follows");
    recipe.write(
        "buffy.yaml",
        &format!("{before}    release: all\n\n{after}"),
    );
    assert!(fails(&recipe) > 0);
}
