//! The rule on edges: which part of the code may know which.
//!
//! Crates are kept apart by their manifests, modules of `buffy` by the table below, and the core
//! by what it may not name at all: it has no clock, no task, no file and no socket.

use super::Problem;
use super::code::paths;
use super::tree::{File, Tree};

/// The modules of `crates/buffy/src`, each with those that it may name. A new module is placed
/// here before it can be used.
const MODULES: &[(&str, &[&str])] = &[
    ("main", &["cli"]),
    ("lib", &[]),
    (
        "cli",
        &[
            "app", "client", "clock", "observe", "random", "reload", "session", "tasks",
        ],
    ),
    (
        "app",
        &[
            "admin", "calls", "client", "clock", "journal", "notify", "observe", "outbox",
            "permits", "plugin", "proxy", "random", "reload", "session", "takeover", "tasks",
            "upstream",
        ],
    ),
    (
        "proxy",
        &[
            "bypass", "calls", "clock", "journal", "observe", "outbox", "permits", "plugin",
            "session", "spill", "tasks", "upstream",
        ],
    ),
    ("plugin", &["clock", "observe", "session", "tasks"]),
    (
        "calls",
        &[
            "client", "clock", "observe", "outbox", "session", "tasks", "upstream",
        ],
    ),
    ("journal", &[]),
    ("session", &["clock"]),
    ("spill", &["permits", "tasks", "upstream"]),
    (
        "admin",
        &[
            "bypass", "calls", "clock", "journal", "observe", "outbox", "permits", "plugin",
            "reload", "session", "takeover", "tasks", "upstream",
        ],
    ),
    (
        "upstream",
        &[
            "client", "clock", "observe", "outbox", "permits", "random", "tasks",
        ],
    ),
    (
        "notify",
        &["client", "clock", "observe", "outbox", "random", "tasks"],
    ),
    ("observe", &["clock", "outbox", "tasks"]),
    ("outbox", &["clock"]),
    ("client", &[]),
    ("tasks", &["clock"]),
    ("permits", &[]),
    ("reload", &[]),
    ("takeover", &[]),
    ("bypass", &[]),
    ("clock", &["random"]),
    ("random", &[]),
];

/// Crates and modules that a folder may not name outside its tests, and why.
const BARRED: &[(&str, &[&str], &str)] = &[
    (
        "crates/buffy-core/src/",
        &[
            "tokio",
            "std::fs",
            "std::thread::Builder",
            "std::thread::scope",
            "std::thread::sleep",
            "std::thread::spawn",
            "std::env",
            "std::process",
            "std::net::TcpStream",
            "std::net::TcpListener",
            "std::net::UdpSocket",
            "std::time::Instant",
            "std::time::SystemTime",
            "Instant::now",
            "SystemTime::now",
        ],
        "the core has no clock, task, file or socket: the caller brings them",
    ),
    (
        "crates/buffy-http/src/",
        &[
            "tokio",
            "buffy_core",
            "std::fs",
            "std::thread",
            "std::net::TcpStream",
            "std::net::TcpListener",
            "std::net::UdpSocket",
            "std::time",
        ],
        "bytes in, decisions out: no socket, no clock, no configuration",
    ),
    (
        "crates/buffy/src/proxy/",
        &[
            "axum",
            "hyper",
            "hyper_util",
            "granit_parser",
            "buffy_core::config::file",
        ],
        "the data path is written against our own HTTP, and knows no YAML",
    ),
];

/// Crates that one place only may use.
const FENCED: &[(&str, &str)] = &[
    ("axum", "crates/buffy/src/admin/"),
    ("granit_parser", "crates/buffy-core/src/config/"),
    ("anyhow", "crates/buffy/src/main.rs"),
];

/// Every edge that is drawn in the code and not in the tables.
pub(super) fn problems(tree: &Tree) -> Vec<Problem> {
    tree.rust()
        .filter(|file| file.path.starts_with("crates/"))
        .flat_map(of_file)
        .collect()
}

fn of_file(file: &File) -> Vec<Problem> {
    let mut problems = Vec::new();
    let place = module_of(&file.path);
    if let Some(own) = place.as_ref().and_then(|place| place.first())
        && !MODULES.iter().any(|(module, _)| module == own)
    {
        let message = format!("the module `{own}` has no place in tidy's table of edges");
        problems.push(Problem::new(&file.path, 0, message));
    }
    for (line, path) in paths(&file.code) {
        let named = path.join("::");
        let mut problem = |message: String| {
            problems.push(Problem::new(&file.path, line, message));
        };
        for (folder, barred, why) in BARRED {
            let meets = barred.iter().any(|barred| begins_with(&named, barred));
            if file.path.starts_with(folder) && meets && !file.is_test() {
                problem(format!("`{named}` is barred here: {why}"));
            }
        }
        for (fenced, home) in FENCED {
            let inside = file.path.starts_with(home) || !file.path.contains("/src/");
            if begins_with(&named, fenced) && !inside {
                problem(format!("`{fenced}` is used below {home} only"));
            }
        }
        if let Some(place) = &place
            && let Some(message) = forbidden(place, &path)
        {
            problem(message);
        }
    }
    problems
}

/// What is wrong with naming `path` in the module at `place` of the crate `buffy`.
fn forbidden(place: &[String], path: &[String]) -> Option<String> {
    let own = place.first()?;
    let (_, may) = MODULES.iter().find(|(module, _)| module == own)?;
    let named = top_module(place, path)?;
    let known = MODULES.iter().any(|(module, _)| *module == named);
    if !known || named == own || may.contains(&named) {
        return None;
    }
    Some(format!(
        "`{own}` may not know `{named}`: see the table of edges in ARCHITECTURE.md"
    ))
}

/// The module below the crate's root that `path` leads to, if it leads to one.
fn top_module<'a>(place: &[String], path: &'a [String]) -> Option<&'a str> {
    let (first, rest) = path.split_first()?;
    let is_outer = |word: &&String| *word == "super";
    let named = match first.as_str() {
        "crate" => rest.first(),
        "buffy" if place.first().is_some_and(|own| own == "main") => rest.first(),
        "super" => {
            let outer = path.iter().take_while(is_outer).count();
            if outer < place.len() {
                None
            } else {
                path.get(outer)
            }
        }
        _ => None,
    };
    named.map(String::as_str)
}

/// `proxy/hold/mod.rs` is the module `[proxy, hold]`; none outside the crate `buffy`.
fn module_of(path: &str) -> Option<Vec<String>> {
    let inner = path
        .strip_prefix("crates/buffy/src/")?
        .strip_suffix(".rs")?;
    let inner = inner.strip_suffix("/mod").unwrap_or(inner);
    Some(inner.split('/').map(str::to_owned).collect())
}

fn begins_with(path: &str, barred: &str) -> bool {
    path.strip_prefix(barred)
        .is_some_and(|rest| rest.is_empty() || rest.starts_with("::"))
}
