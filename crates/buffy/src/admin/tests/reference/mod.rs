//! `docs/reference/api.md`: every route that is mounted, and no other; `UPDATE=1` writes it.

mod rows;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use buffy_core::config::Scope;

use super::super::routes::{Place, table};
use super::fixture::{Served, Setup};
pub(super) use rows::{CHAPTERS, Row};

const HEAD: &str = "\
# Admin API

The routes of the admin listener, printed from the table that they are mounted by; a test asks each of
them with each scope. [Operating](../operating.md#the-admin-api) tells how to ask, and what goes with an
order. Paths are below `admin.path`, here `/_admin`. An order is a POST or a PUT, with its values in the
query or in a JSON object; errors are `application/problem+json`, whose `detail` says what to do.

A token of a scope may do what the one before it may: `read`, `gate`, `admin`. A dash: everybody may.
";

/// Every method of every route.
pub(super) fn rows() -> impl Iterator<Item = &'static Row> {
    CHAPTERS.iter().flat_map(|chapter| chapter.rows)
}

/// Where a route is asked, with an upstream that there is.
pub(super) fn target(row: &Row) -> String {
    let place = place(row.path);
    let path = row.path.replace("{id}", "service1");
    match place {
        // It would wait for what does not come.
        Place::Short if path == "/requests/wait" => {
            format!("/_admin/api/v1{path}?timeout=1ms")
        }
        Place::Root | Place::Path => format!("/_admin{path}"),
        Place::Api | Place::Short => format!("/_admin/api/v1{path}"),
    }
}

fn place(path: &str) -> Place {
    let all = table(false);
    let route = all.iter().find(|route| route.path == path);
    route
        .unwrap_or_else(|| panic!("{path} is not mounted"))
        .place
}

#[test]
fn every_route_is_in_the_reference_with_its_methods() {
    let admin = Setup::new().serve();
    let mut methods: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for row in rows() {
        let of_path = methods.entry(row.path).or_default();
        assert!(of_path.insert(row.method), "{} is there twice", row.path);
        if row.method == "GET" {
            of_path.insert("HEAD");
        }
    }
    for route in table(false) {
        let told = methods.remove(route.path).unwrap_or_default();
        for at in route.targets("/_admin") {
            let answer = admin.ask("PATCH", &at.replace("{id}", "service1"), &[]);
            let allowed = answer.field("allow").unwrap_or_default().to_owned();
            let allowed: BTreeSet<&str> = allowed.split(',').map(str::trim).collect();
            assert_eq!((answer.status, &allowed), (405, &told), "{at}");
        }
    }
    assert!(methods.is_empty(), "not mounted: {methods:?}");
}

#[test]
fn every_route_takes_the_scope_that_the_reference_says() {
    let admin = Setup::new()
        .wide()
        .token(Scope::Read, "r34d")
        .token(Scope::Gate, "g4te")
        .token(Scope::Admin, "4dmin")
        .serve();
    for row in rows() {
        assert_eq!(
            status(&admin, row, None) == 401,
            row.least.is_some(),
            "{}",
            row.path
        );
        for (scope, token) in [
            (Scope::Read, "r34d"),
            (Scope::Gate, "g4te"),
            (Scope::Admin, "4dmin"),
        ] {
            let status = status(&admin, row, Some(token));
            let may = row.least.is_none_or(|least| scope >= least);
            let asked = (row.method, row.path, scope);
            assert_eq!(status != 403, may, "{asked:?}: {status}");
        }
    }
}

fn status(admin: &Served, row: &Row, token: Option<&str>) -> u16 {
    let bearer = token.map(|token| format!("Bearer {token}"));
    let fields: Vec<_> = bearer
        .iter()
        .map(|bearer| ("Authorization", bearer.as_str()))
        .collect();
    admin.ask(row.method, &target(row), &fields).status
}

#[test]
fn the_page_is_as_the_routes_are() {
    let mut page = HEAD.to_owned();
    for chapter in CHAPTERS {
        write!(
            page,
            "\n## {}\n\n| route | scope | answers | |\n|---|---|---|---|\n",
            chapter.title
        )
        .unwrap();
        for row in chapter.rows {
            let scope = match row.least {
                None => "–",
                Some(Scope::Read) => "`read`",
                Some(Scope::Gate) => "`gate`",
                Some(Scope::Admin) => "`admin`",
            };
            let schema = row.schema.map(|name| {
                assert!(file(&format!("api/{name}.schema.json")).is_file(), "{name}");
                format!("[{name}](api/{name}.schema.json)")
            });
            let routes = match place(row.path) {
                Place::Root => format!("`{0}`, `/_admin{0}`", row.path),
                Place::Path => format!("`/_admin{}`", row.path),
                Place::Api => format!("`/_admin/api/v1{}`", row.path),
                Place::Short => format!("`/_admin/api/v1{0}`, `/_admin{0}`", row.path),
            };
            let (method, schema) = (row.method, schema.unwrap_or_default());
            let text = row.text;
            writeln!(page, "| {method} {routes} | {scope} | {schema} | {text} |").unwrap();
        }
    }
    for entry in std::fs::read_dir(file("api")).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        assert!(page.contains(&format!("(api/{name})")), "no route: {name}");
    }
    kept("api.md", &page);
}

fn file(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../docs/reference")
        .join(name)
}

fn kept(name: &str, expected: &str) {
    if std::env::var("UPDATE").is_ok() {
        std::fs::write(file(name), expected).unwrap();
    }
    let found = std::fs::read_to_string(file(name)).unwrap_or_default();
    assert_eq!(found, expected, "run the tests with UPDATE=1");
}
