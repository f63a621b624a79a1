//! A program that is restarted at every save, and a browser that sees none of it.

use buffy_test::{RawClient, eventually, get, request};

use super::load::Load;
use super::recipe::{Program, Recipe};

fn desk() -> (Recipe, [Program; 2]) {
    let recipe = Recipe::of("local-development");
    let programs = [recipe.buffy(), recipe.starts("./watch.sh python3 app.py")];
    recipe.eventually_open("app");
    (recipe, programs)
}

/// Saves the program with another greeting.
fn save(recipe: &Recipe, greeting: &str) {
    let text = recipe.read("app.py");
    let lines = text.lines().map(|line| match line.split_once(" = ") {
        Some(("GREETING", _)) => format!("GREETING = {greeting}\n"),
        _ => format!("{line}\n"),
    });
    recipe.write("app.py", &lines.collect::<String>());
}

#[test]
fn a_browser_sees_old_and_new_and_never_an_error() {
    let (recipe, _programs) = desk();
    let port = recipe.port(7000);
    let load = Load::start(port, |_| request("GET", "/", &[], b""));
    for greeting in ["one", "two", "three"] {
        save(&recipe, &format!("\"{greeting}\""));
        eventually("the new one answers", || get(port, "/").text() == greeting);
    }
    let exchanges = load.end_with_nothing_lost();
    let held = exchanges.iter().filter(|one| one.was_held).count();
    assert!(held > 0, "nobody came while it was away");
}

#[test]
fn what_does_not_even_start_is_waited_for_until_it_is_mended() {
    let (recipe, _programs) = desk();
    save(&recipe, "oops(");
    let mut browser = RawClient::connect(recipe.port(7000));
    eventually("it is down", || recipe.gate("app") != "open");
    browser.get("/");
    eventually("the browser waits", || recipe.held("app") == 1);
    save(&recipe, "\"mended\"");
    assert_eq!(browser.response().text(), "mended");
}
