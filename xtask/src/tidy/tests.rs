use super::code::{code, paths};
use super::tree::{File, Tree};
use super::*;

/// The words that the rules look for are put together from halves, so that the tests of a rule do
/// not break it.
const UNDONE: &str = concat!("TO", "DO");

#[test]
fn this_repository_is_tidy() {
    let problems = broken(&Tree::read().unwrap());
    let lines: Vec<_> = problems
        .iter()
        .map(|(rule, it)| format!("{it} [{rule}]"))
        .collect();
    assert!(lines.is_empty(), "\n{}\n", lines.join("\n"));
}

#[track_caller]
fn check(rule: Rule, path: &str, text: &str, expected: &[&str]) {
    check_tree(rule, &[(path, text)], expected);
}

/// `expected` has one `line: words of the message` for each problem.
#[track_caller]
fn check_tree(rule: Rule, files: &[(&str, &str)], expected: &[&str]) {
    let files = files
        .iter()
        .map(|(path, text)| File::new(path, *text))
        .collect();
    let tree = Tree { files };
    let problems = rule(&tree);
    let found: Vec<_> = problems
        .iter()
        .map(|it| format!("{}: {}", it.line, it.message))
        .collect();
    assert_eq!(found.len(), expected.len(), "{found:#?}");
    for (found, expected) in found.iter().zip(expected) {
        let (line, words) = expected.split_once(": ").unwrap();
        assert!(
            found.starts_with(&format!("{line}: ")),
            "{found} is not on line {line}"
        );
        assert!(found.contains(words), "{found} lacks {words}");
    }
}

#[test]
fn comments_and_literals_are_not_code() {
    let text = "a // b\n/* c /* d */ e */ f(\"g\\\" // h\", 'i', '\\'') r#\"j\" k\"# &'l m";
    assert_eq!(code(text), "a \n f(\"\", \"\", \"\") \"\" &'l m");
    assert_eq!(code("\"two\nlines\" after"), "\"\"\n after");
    assert_eq!(code("for_r br\"x\" user\"y\""), "for_r b\"\" user\"\"");
}

#[test]
fn paths_are_found_in_groups_and_in_expressions() {
    let named = |text| {
        let found: Vec<_> = paths(text)
            .into_iter()
            .map(|(at, it)| (at, it.join("::")))
            .collect();
        found
    };
    assert_eq!(
        named("use crate::{admin,\n proxy::{self, accept::Accept}};\nlet x = a::b(c::D {});"),
        [
            (1, "crate::admin".to_owned()),
            (2, "crate::proxy::self".to_owned()),
            (2, "crate::proxy::accept::Accept".to_owned()),
            (3, "a::b".to_owned()),
            (3, "c::D".to_owned()),
        ]
    );
}

#[test]
fn edges_that_are_not_in_the_table() {
    let proxy = "crates/buffy/src/proxy/accept.rs";
    check(
        edges::problems,
        proxy,
        "use crate::upstream::gate::Gate;",
        &[],
    );
    check(
        edges::problems,
        proxy,
        "use crate::admin::Api;",
        &["1: `proxy` may not know `admin`"],
    );
    check(
        edges::problems,
        proxy,
        "\nuse crate::{clock, notify};",
        &["2: not know `notify`"],
    );
    check(
        edges::problems,
        proxy,
        "let x = super::super::admin::y();",
        &["1: not know `admin`"],
    );
    check(
        edges::problems,
        proxy,
        "use super::admin::x; // crate::admin",
        &[],
    );
    check(
        edges::problems,
        "crates/buffy/src/proxy/mod.rs",
        "use super::app::x;",
        &["1: `app`"],
    );
    check(
        edges::problems,
        "crates/buffy/src/main.rs",
        "use buffy::admin::x;",
        &["1: `main`"],
    );
    check(
        edges::problems,
        "crates/buffy/src/new.rs",
        "use crate::app::x;",
        &["0: has no place"],
    );
}

#[test]
fn crates_that_are_barred_or_fenced() {
    let core = "crates/buffy-core/src/gate/mod.rs";
    check(
        edges::problems,
        core,
        "use std::net::IpAddr;\nuse std::time::Duration;",
        &[],
    );
    check(
        edges::problems,
        core,
        "use std::{fs, fmt};",
        &["1: `std::fs` is barred here"],
    );
    check(
        edges::problems,
        core,
        "\nlet now = Instant::now();",
        &["2: no clock"],
    );
    check(edges::problems, core, "tokio::spawn(x);", &["1: barred"]);
    let core_tests = "crates/buffy-core/src/gate/tests.rs";
    check(edges::problems, core_tests, "std::fs::read(case);", &[]);
    check(
        edges::problems,
        "crates/buffy-http/src/lib.rs",
        "use std::net::TcpStream;",
        &["1: bytes"],
    );
    check(
        edges::problems,
        "crates/buffy/src/proxy/a.rs",
        "use hyper::Body;",
        &["1: our own HTTP"],
    );
    check(
        edges::problems,
        "crates/buffy/src/admin/api.rs",
        "use axum::Router;",
        &[],
    );
    check(
        edges::problems,
        "crates/buffy/src/app/mod.rs",
        "use axum::Router;",
        &["1: below"],
    );
    check(
        edges::problems,
        "crates/buffy/tests/it/main.rs",
        "use axum::Router;",
        &[],
    );
}

#[test]
fn long_files_unless_they_say_why() {
    let long = "x\n".repeat(501);
    check(lines::long_files, "a.rs", &"x\n".repeat(500), &[]);
    check(lines::long_files, "a.rs", &long, &["0: 501 lines"]);
    check(lines::long_files, "Cargo.lock", &long, &[]);
    let listed = concat!("// tidy-", "allow(long-file): one flat table");
    check(lines::long_files, "a.rs", &format!("{listed}\n{long}"), &[]);
}

#[test]
fn marks_need_an_owner() {
    let rule = lines::ownerless_marks;
    check(
        rule,
        "a.md",
        &format!("fine\n{UNDONE}: later"),
        &["2: without an owner"],
    );
    check(
        rule,
        "a.rs",
        &format!("// {UNDONE}() x"),
        &["1: without an owner"],
    );
    check(
        rule,
        "a.rs",
        &format!("// {UNDONE}(anna): x, MAS{UNDONE}N"),
        &[],
    );
}

#[test]
fn ignored_tests_are_found() {
    check(
        lines::ignored_tests,
        "a.rs",
        "#[test]\n#[ignore = \"slow\"]",
        &["2: ignored"],
    );
    check(
        lines::ignored_tests,
        "a.rs",
        "#[cfg_attr(unix, ignore)]",
        &["1: ignored"],
    );
    check(lines::ignored_tests, "a.rs", "// #[ignore]", &[]);
}

#[test]
fn sleeps_in_tests_are_found_unless_they_say_why() {
    let rule = lines::sleeps_in_tests;
    check(
        rule,
        "crates/a/tests/it/main.rs",
        "sleep(second).await;",
        &["1: wait on a state"],
    );
    check(
        rule,
        "crates/a/src/tests.rs",
        "\nthread::sleep(second);",
        &["2: wait on a state"],
    );
    check(
        rule,
        "crates/a/src/b.rs",
        "sleep(x);\nmod tests {\nsleep(y);\n}",
        &["3: wait"],
    );
    let excused = concat!(
        "// tidy-",
        "allow(sleep): a slow upstream\nsleep(second).await;"
    );
    check(rule, "crates/a/tests/it/main.rs", excused, &[]);
    let unexplained = concat!("sleep(second).await; // tidy-", "allow(sleep):");
    check(
        rule,
        "crates/a/tests/it/main.rs",
        unexplained,
        &["1: wait on a state"],
    );
}

#[test]
fn unwraps_that_hide_are_found_outside_tests() {
    let rule = lines::hidden_unwraps;
    let silenced = "#[expect(clippy::unwrap_used, reason = \"short\")]";
    check(rule, "crates/a/src/b.rs", silenced, &["1: hidden unwrap"]);
    check(rule, "crates/a/src/tests.rs", silenced, &[]);
    check(
        rule,
        "crates/a/src/b.rs",
        "x.unwrap_or_else(|_| panic!())",
        &["1: hidden unwrap"],
    );
    check(
        rule,
        "crates/a/src/b.rs",
        concat!("x.expect(\"", "\")"),
        &["1: hidden unwrap"],
    );
    check(rule, "crates/a/src/b.rs", "x.expect(\"two digits\")", &[]);
}

#[test]
fn paths_of_one_machine_are_found() {
    let rule = lines::machine_paths;
    check(
        rule,
        "a.md",
        concat!("see /ho", "me/anna/x"),
        &["1: path of one machine"],
    );
    check(
        rule,
        "a.rs",
        concat!("\"/wo", "rk/x\""),
        &["1: path of one machine"],
    );
    check(
        rule,
        "a.md",
        concat!("GET http://a.example/wo", "rk/x"),
        &[],
    );
}

#[test]
fn large_files_are_found() {
    check(tree::large_files, "a.bin", &"x".repeat(200 * 1024), &[]);
    check(
        tree::large_files,
        "a.bin",
        &"x".repeat(200 * 1024 + 1),
        &["0: at most 200"],
    );
}

#[test]
fn a_changelog_has_its_shape() {
    let rule = changelog::problems;
    let good = "# Changelog\n\n## [Unreleased]\n\n### Added\n- One.\n\n\
                ## [0.2.0] - 2026-02-01\n### Fixed\n- Two.\n## [0.1.0] - 2026-01-31\n";
    check(rule, "CHANGELOG.md", good, &[]);
    check(rule, "README.md", "", &["0: no changelog"]);
    let bad = good
        .replace("# Changelog", "# News")
        .replace("Added", "New");
    check(
        rule,
        "CHANGELOG.md",
        &bad,
        &["1: `# Changelog`", "5: `New` is none of"],
    );
    check(
        rule,
        "CHANGELOG.md",
        &good.replace("- Two.", ""),
        &["9: nothing stands below"],
    );
    check(
        rule,
        "CHANGELOG.md",
        &good.replace("0.1.0", "0.3.0"),
        &["11: new to old"],
    );
    check(
        rule,
        "CHANGELOG.md",
        &good.replace("2026-01-31", "soon"),
        &["11: is written"],
    );
    check(
        rule,
        "CHANGELOG.md",
        &good.replace("[Unreleased]", "[0.3.0]"),
        &["3: Unreleased"],
    );
    check(
        rule,
        "CHANGELOG.md",
        "# Changelog\n- One.",
        &["2: six kinds", "0: no `## [Unrel"],
    );
}

#[test]
fn every_key_is_in_the_reference_and_in_an_example() {
    let schema = r##"{
        "properties": {"top": {}, "lists": {"type": "array", "items": {"$ref": "#/definitions/lists"}}},
        "definitions": {
            "lists": {"properties": {"id": {}, "part": {"allOf": [{"$ref": "#/definitions/lists.part"}]}}},
            "lists.part": {"properties": {"size": {}}},
            "variable": {"type": "string"}}}"##;
    let page = "## The file\n| `top` | x |\n| `lists` | x |\n\
                ## `lists[]`\n| `id` | x |\n| `part` |\n## `lists[].part`\n| `size` | x |\n";
    let example = "top: 1\nlists:\n  - id: a\n  - { id: b, part: { size: 3 } }\n";
    let with = |page, example, expected: &[&str]| {
        let files = [
            ("docs/reference/buffy.schema.json", schema),
            ("docs/reference/configuration.md", page),
            ("examples/all/buffy.yaml", example),
            ("examples/a-chart/templates/shop.yaml", "{{ not yet }}: ["),
        ];
        check_tree(keys::problems, &files, expected);
    };
    with(page, example, &[]);
    let unwritten = page.replace("| `size` | x |", "");
    with(&unwritten, example, &["0: `lists.part.size` is in no page"]);
    let elsewhere = example.replace("part: { size: 3 }", "size: 3");
    let unshown = [
        "0: `lists.part` is in no example",
        "0: `lists.part.size` is in no example",
    ];
    with(page, &elsewhere, &unshown);
    with(
        page,
        "top: [",
        &[
            "0: ", "0: no ex", "0: no ex", "0: no ex", "0: no ex", "0: no ex",
        ],
    );
    check(keys::problems, "a.md", "", &["0: there is no schema"]);
    check(
        keys::problems,
        "docs/reference/buffy.schema.json",
        "{",
        &["1: EOF"],
    );
}

#[test]
fn a_problem_is_printed_with_its_place() {
    assert_eq!(Problem::new("a.rs", 3, "x").to_string(), "a.rs:3: x");
    assert_eq!(Problem::new("a.rs", 0, "x").to_string(), "a.rs: x");
}
