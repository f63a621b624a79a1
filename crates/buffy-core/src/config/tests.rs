//! Configurations as files: input, `----`, what a user sees.
//!
//! To add a test, add a file to `cases`; `UPDATE=1` writes what is expected into all of them.

#![expect(
    clippy::disallowed_methods,
    reason = "tests read their cases from files"
)]

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use proptest::prelude::*;

use super::{
    Problem, Surroundings, Unset, json_schema, read, read_process, redacted, reference_page,
};

const SEPARATOR: &str = "----\n";

#[test]
fn every_case_reads_as_written() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/config/cases");
    let mut wrong = String::new();
    let mut paths: Vec<PathBuf> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    paths.sort();
    assert!(paths.len() > 45, "the cases are there");
    for path in paths {
        let case = std::fs::read_to_string(&path).unwrap();
        let (input, expected) = case.split_once(SEPARATOR).unwrap_or((&case, ""));
        let seen = seen(input);
        if std::env::var("UPDATE").is_ok() {
            std::fs::write(&path, format!("{input}{SEPARATOR}{seen}")).unwrap();
        } else if seen != expected {
            let name = path.file_name().unwrap().display();
            write!(
                wrong,
                "\n== {name}\n-- expected\n{expected}\n-- seen\n{seen}"
            )
            .unwrap();
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
}

/// What a user sees: the problems, or the effective configuration where the first line asks for
/// it, or nothing but `ok`.
fn seen(input: &str) -> String {
    let unset = if input.starts_with("# check") {
        Unset::Unknown
    } else {
        Unset::Refuse
    };
    match read(
        "buffy.yaml",
        input,
        &Surroundings {
            unset,
            ..surroundings()
        },
    ) {
        Err(problems) => format!("{problems}\n"),
        Ok((config, warnings)) => {
            let mut seen = String::new();
            for warning in warnings {
                writeln!(seen, "{warning}").unwrap();
            }
            if input.contains("# show\n") {
                writeln!(seen, "{:#}", redacted(&config)).unwrap();
            }
            if seen.is_empty() {
                "ok\n".to_owned()
            } else {
                seen
            }
        }
    }
}

fn surroundings() -> Surroundings<'static> {
    Surroundings {
        env: &|name| match name {
            "PORT" => Some("7070".to_owned()),
            "TOKEN" => Some("s3cret-of-the-environment".to_owned()),
            "EMPTY" => Some(String::new()),
            _ => None,
        },
        file: &|path| match path.to_str().unwrap() {
            "file.json" => Ok(b"{}".to_vec()),
            "hook" => Ok(b"https://in.example/hook/abc\n".to_vec()),
            "token" | "/run/secrets/token" => Ok(b"s3cret-of-a-file\n".to_vec()),
            "db.json" => Ok(br#"{"orders": [{"id": 1}], "me": {"id": 1}}"#.to_vec()),
            "rec/chat.ndjson" => Ok(b"{\"at\": 0, \"data\": 1}\n".to_vec()),
            "collections/orders.json" | "broken/orders.json" => Ok(b"[{\"id\": 1}]".to_vec()),
            "broken/people.csv" => Ok(b"id,name\n1\n".to_vec()),
            "twice.json" => Ok(br#"{"orders": [{"id": 1}, {"id": 2}, {"id": "1"}]}"#.to_vec()),
            "wrong.schema.json" => Ok(br#"{"type": 7}"#.to_vec()),
            "order.schema.json" => Ok(br#"{"type": "object"}"#.to_vec()),
            _ => Err("no such file".to_owned()),
        },
        folder: &|path| match path.to_str().unwrap() {
            "" | "dist" => Ok(Vec::new()),
            "collections" => Ok(vec!["orders.json".to_owned(), "README.md".to_owned()]),
            "broken" => Ok(vec!["orders.json".to_owned(), "people.csv".to_owned()]),
            _ => Err("no such folder".to_owned()),
        },
        unset: Unset::Refuse,
    }
}

fn repository() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

#[test]
fn the_seed_loads_without_a_word() {
    let folder = repository().join("examples/seed");
    let text = std::fs::read_to_string(folder.join("buffy.yaml")).unwrap();
    let file = |path: &Path| std::fs::read(folder.join(path)).map_err(|error| error.to_string());
    let (config, warnings) = read(
        "buffy.yaml",
        &text,
        &Surroundings {
            file: &file,
            ..surroundings()
        },
    )
    .unwrap();

    assert_eq!(warnings, Vec::<Problem>::new());
    assert_eq!(config.upstreams.len(), 2);
    assert_eq!(config.endpoints.len(), 4);
    assert_eq!(config.limits.held, 10_000);
}

#[test]
fn the_schema_is_the_one_that_is_kept() {
    kept(
        "docs/reference/buffy.schema.json",
        &format!("{:#}\n", json_schema()),
    );
}

#[test]
fn the_reference_page_is_the_one_that_is_kept() {
    kept("docs/reference/configuration.md", &reference_page());
}

/// Compares with a file of the repository; `UPDATE=1` writes it.
fn kept(path: &str, made: &str) {
    let path = repository().join(path);
    if std::env::var("UPDATE").is_ok() {
        std::fs::write(&path, made).unwrap();
    }
    let kept = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(
        kept == made,
        "{} has drifted: run the tests with UPDATE=1",
        path.display()
    );
}

#[test]
fn an_alias_bomb_is_refused() {
    let mut text = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n".to_owned();
    for level in 1..10 {
        let aliases = format!("*a{}, ", level - 1).repeat(10);
        writeln!(text, "a{level}: &a{level} [{aliases}]").unwrap();
    }
    let problems = read("buffy.yaml", &text, &surroundings()).unwrap_err();
    assert!(
        problems.to_string().contains("more than 100000 values"),
        "{problems}"
    );
}

#[test]
fn what_is_too_large_or_too_deep_is_refused() {
    for (text, expected) in [
        ("x".repeat(2 << 20), "the file has 2097152 bytes"),
        (
            "[".repeat(100),
            "too many lists and maps inside of each other",
        ),
        (
            "- ".repeat(100),
            "too many lists and maps inside of each other",
        ),
        (
            format!("x: [{}]", "*a, ".repeat(10)),
            "`*a` is an alias of an unknown anchor",
        ),
        (
            format!("y: &a 1\nx: [{}]", "*a, ".repeat(2_000)),
            "more than 1000 aliases",
        ),
    ] {
        let problems = read("buffy.yaml", &text, &surroundings())
            .unwrap_err()
            .to_string();
        assert!(problems.contains(expected), "{problems}");
    }
}

#[test]
fn many_problems_are_counted_and_not_all_shown() {
    let mut text = "version: 0.1\n".to_owned();
    text.push_str("endpoints: [{id: a, path: /, type: respond, response: [{}]}]\n");
    for key in 0..150 {
        writeln!(text, "unknown{key}: 1").unwrap();
    }
    let problems = read("buffy.yaml", &text, &surroundings());
    let problems = problems.unwrap_err();
    assert_eq!(problems.0.len(), 101);
    assert_eq!(
        problems.0.last().unwrap().message,
        "50 more problems from here on"
    );
}

#[test]
fn no_value_of_the_environment_is_shown() {
    for text in [
        "version: ${TOKEN}\n",
        "version: 0.1\nbuffy: {workers: x}\nupstreams:\n  - id: a\n    endpoint: ${TOKEN}\n",
        "version: 0.1\nbuffy:\n  listen:\n    port: ${TOKEN}\n    bind: ${TOKEN}\n",
        "version: 0.1\nupstreams:\n  - id: a\n    endpoint: http://a\n    autogate:\n      uri: http://a\n      matches:\n        - if: a=( ${TOKEN}\n          then: ${TOKEN}\n",
    ] {
        let problems = read("buffy.yaml", text, &surroundings())
            .unwrap_err()
            .to_string();
        assert!(!problems.contains("s3cret"), "{problems}");
    }
}

proptest! {
    #[test]
    fn no_text_makes_it_panic(text in "\\PC*") {
        render(&text);
    }

    #[test]
    fn nothing_like_yaml_makes_it_panic(
        lines in proptest::collection::vec("[ ]{0,6}(- )?[a-z_]{0,9}(: )?[ -~é\t]{0,24}", 0..20)
    ) {
        render(&lines.join("\n"));
    }

    /// The seed with one stretch of it replaced reads, or says why not.
    #[test]
    fn no_slip_in_the_seed_makes_it_panic(at in 0_usize..2400, length in 0_usize..40, new in "[ -~\n]{0,6}") {
        let text = std::fs::read_to_string(repository().join("examples/seed/buffy.yaml")).unwrap();
        let start = at.min(text.len());
        let end = (start + length).min(text.len());
        let slipped = format!("{}{new}{}", &text[..start], &text[end..]);
        render(&slipped);
    }
}

fn render(text: &str) {
    match read("buffy.yaml", text, &surroundings()) {
        Ok((config, warnings)) => {
            assert!(redacted(&config).is_object());
            assert!(
                warnings
                    .iter()
                    .all(|warning| !warning.to_string().is_empty())
            );
        }
        Err(problems) => assert!(!problems.to_string().is_empty()),
    }
}

/// Which admin port a file leads to that has mistakes.
#[track_caller]
fn leads(text: &str, expected: Result<u16, &str>) {
    match (read_process("buffy.yaml", text, &surroundings()), expected) {
        (Ok(config), Ok(port)) => assert_eq!(config.admin.unwrap().port, port, "{text}"),
        (Err(problems), Err(part)) => {
            let problems = problems.to_string();
            assert!(problems.contains(part), "{text}: {problems}");
        }
        (read, expected) => panic!("{text}: {expected:?}, not {:?}", read.map(|_| ())),
    }
}

#[test]
fn mistakes_elsewhere_do_not_hide_where_the_process_is() {
    let admin = "buffy:\n  listen: {id: a, bind: 127.0.0.1, port: 0}\n  admin: {port: 7777}\n";
    let wrong = "endpoints: [{id: a, path: a}]\n";
    leads(&format!("version: 0.1\n{admin}{wrong}"), Ok(7777));
    leads(&format!("version: 9\n{wrong}{admin}more: 1\n"), Ok(7777));
    let mistyped = admin.replace("7777", "7777x");
    leads(&format!("version: 0.1\n{mistyped}{wrong}"), Err("7777x"));
    let unknown = admin.replace("admin", "amin");
    leads(&format!("version: 0.1\n{unknown}"), Err("amin"));
    let elsewhere = admin.replace("buffy", "bufy");
    leads(&format!("version: 0.1\n{elsewhere}"), Err("bufy"));
    leads("{version: 9, buffy: {admin: {port: 7777}}, a: 1}", Err("9"));
    leads(&format!("{admin}version: [\n"), Err("buffy.yaml:4"));
}
