//! A test suite against a provider that does not exist: content, failing, and asking the wrong thing.

use super::recipe::Recipe;

#[test]
fn the_suite_passes_and_leaves_a_report() {
    let recipe = Recipe::of("test-suites");
    recipe
        .runs("./run.sh")
        .ended(0, &["verified: 2 of 2 expectations"]);
    let report = recipe.read("verify.xml");
    assert!(report.contains("failures=\"0\""), "{report}");
}

#[test]
fn a_client_that_asks_for_the_wrong_thing_is_told_the_line_and_the_difference() {
    let recipe = Recipe::of("test-suites");
    let wrong = recipe
        .read("shop.py")
        .replace("\"currency\": currency", "\"curency\": currency");
    recipe.write("shop.py", &wrong);
    let said = recipe.runs("./run.sh --format github");
    let note = "::error file=buffy.yaml,line=";
    said.ended(1, &[note, "body.currency in [", "`refunds` expects"]);
    let report = recipe.read("verify.xml");
    assert!(report.contains("<failure"), "{report}");
}

#[test]
fn a_test_that_fails_fails_the_run() {
    let recipe = Recipe::of("test-suites");
    let wrong = recipe.read("test_shop.py").replace("\"ch-3\"", "\"ch-1\"");
    recipe.write("test_shop.py", &wrong);
    recipe
        .runs("./run.sh")
        .ended(1, &["'ch-3' != 'ch-1'", "verified: 2 of 2"]);
}
