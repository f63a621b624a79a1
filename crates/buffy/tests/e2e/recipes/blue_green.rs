//! Two releases beside each other: one becomes the live one under load, or not, if it is another.

use buffy_test::request;

use super::load::{Exchange, Load};
use super::recipe::{Program, Recipe};

/// Build 1.0 is live, and 1.1 runs beside it.
fn shop() -> (Recipe, [Program; 3]) {
    let recipe = Recipe::of("blue-green");
    let blue = recipe.starts("python3 shop.py 8081 1.0");
    let green = recipe.starts("python3 shop.py 8082 1.1");
    let buffy = recipe.buffy();
    recipe.eventually_open("shop");
    (recipe, [blue, green, buffy])
}

/// Every other one is a POST.
fn visit(number: usize) -> Vec<u8> {
    let method = if number.is_multiple_of(2) {
        "POST"
    } else {
        "GET"
    };
    request(
        method,
        "/",
        &[],
        if method == "POST" { b"a basket" } else { b"" },
    )
}

fn live(recipe: &Recipe) -> String {
    buffy_test::get(recipe.port(7000), "/").text()
}

fn of(exchanges: &[Exchange], build: &str) -> usize {
    exchanges.iter().filter(|one| one.text == build).count()
}

#[test]
fn there_and_back_under_load_nothing_is_lost() {
    let (recipe, _programs) = shop();
    let load = Load::start(recipe.port(7000), visit);
    load.goes_on(50);
    for (switch, build) in [("8082 1.1", "build 1.1"), ("8081 1.0", "build 1.0")] {
        let said = recipe.runs(&format!("./switch.sh {switch}"));
        said.ended(0, &["upstreams ~shop", "shop: open"]);
        assert_eq!(live(&recipe), build);
        load.goes_on(50);
    }
    let exchanges = load.end_with_nothing_lost();
    let (blue, green) = (of(&exchanges, "build 1.0"), of(&exchanges, "build 1.1"));
    assert!(blue >= 50 && green >= 50, "{blue} and {green}");
    assert_eq!(blue + green, exchanges.len());
}

#[test]
fn a_release_that_is_not_the_one_that_was_asked_for_never_gets_a_request() {
    let (recipe, _programs) = shop();
    let before = recipe.read("buffy.yaml");
    let load = Load::start(recipe.port(7000), visit);
    load.goes_on(50);
    let said = recipe.runs("./switch.sh 8082 1.2");
    said.ended(1, &["build=\"1.2\"", "shop: open"]);
    load.goes_on(50);
    let exchanges = load.end_with_nothing_lost();
    assert_eq!(of(&exchanges, "build 1.0"), exchanges.len());
    assert!(exchanges.iter().any(|one| one.was_held));
    assert_eq!(recipe.read("buffy.yaml"), before);
}
