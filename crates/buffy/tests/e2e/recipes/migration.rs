//! A migration: writes wait, reads pass, and nothing is lost, where without the gate something is.

use buffy_test::{eventually, request};

use super::load::{CLIENTS, Load};
use super::recipe::{Program, Recipe};

/// The shop with some orders, behind Buffy.
fn shop() -> (Recipe, [Program; 2]) {
    let recipe = Recipe::of("migration");
    let programs = [recipe.starts("python3 shop.py"), recipe.buffy()];
    recipe.eventually_open("shop");
    (recipe, programs)
}

fn read(_: usize) -> Vec<u8> {
    request("GET", "/orders", &[], b"")
}

fn write(number: usize) -> Vec<u8> {
    request("POST", "/orders", &[], number.to_string().as_bytes())
}

fn orders(recipe: &Recipe) -> String {
    buffy_test::get(recipe.port(7000), "/orders").text()
}

#[test]
fn writes_wait_for_the_migration_and_reads_do_not() {
    let (recipe, _programs) = shop();
    let port = recipe.port(7000);
    let (readers, writers) = (Load::start(port, read), Load::start(port, write));
    writers.goes_on(50);
    let migration = recipe.starts("./migrate.sh");
    eventually("every writer is held", || recipe.held("shop") == CLIENTS);
    readers.goes_on(50);
    migration.ended(0);
    writers.goes_on(50);
    readers.end_with_nothing_lost();
    let written = writers.end_with_nothing_lost();
    let held = written.iter().filter(|one| one.was_held).count();
    assert!(held >= CLIENTS, "{held}");
    assert_eq!(orders(&recipe), format!("{} orders", written.len()));
    assert!(recipe.log().contains("requests held, median wait"));
    let columns = "python3 -c 'import sqlite3
for row in sqlite3.connect(\"shop.db\").execute(\"SELECT DISTINCT status FROM orders\"): print(*row)'";
    recipe.runs(columns).ended(0, &["open\n"]);
}

#[test]
fn a_migration_that_fails_lifts_the_gate_and_passes_its_exit_code_on() {
    let (recipe, _programs) = shop();
    recipe.write("migrate.py", "raise SystemExit(3)\n");
    recipe
        .runs("./migrate.sh")
        .ended(3, &["`python3` took", "nobody had to wait"]);
    let written = buffy_test::post(recipe.port(7000), "/orders", b"tea");
    assert_eq!((written.status, orders(&recipe)), (201, "1 orders".into()));
}

#[test]
fn without_the_gate_writes_are_lost() {
    let (recipe, _programs) = shop();
    let writers = Load::start(recipe.port(7000), write);
    writers.goes_on(50);
    recipe.runs("python3 migrate.py").ended(0, &[]);
    let lost = writers.end().iter().filter(|one| !one.is_good()).count();
    assert!(lost > 0);
}
