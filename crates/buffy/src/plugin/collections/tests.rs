use std::collections::HashMap;
use std::fs;
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use buffy_core::config::Origin as Written;
use buffy_core::data::{Ask, Budget, Collections, Preconditions, Reply, Rules};
use buffy_test::{TempFolder, eventually};
use serde_json::{Value as Json, json};

use super::base::Base;
use super::origin::Origin;
use super::saving::{replace, writable};
use super::{finish, prefix};

const LONG: Duration = Duration::from_secs(20);

/// What is held of a file or folder below another.
fn base(folder: &Path, written: &Written) -> Arc<Base> {
    Base::new("shop", Origin::new(folder, written), "id")
}

fn of_file(folder: &TempFolder) -> Arc<Base> {
    base(folder.path(), &Written::File(PathBuf::from("db.json")))
}

fn shown(base: &Arc<Base>) -> Json {
    base.look();
    base.collections()
        .map_or(Json::Null, |collections| collections.to_json())
}

fn post(base: &Arc<Base>, collection: &str, body: &str) -> Reply {
    let rules = Rules {
        schemas: HashMap::new(),
        budget: Budget::new(1 << 20),
    };
    let path = [collection];
    let ask = Ask {
        method: "POST",
        path: &path,
        query: "",
        content_type: "",
        conditions: Preconditions::default(),
        body: body.as_bytes(),
        prefix: "/",
    };
    let change = |collections: &mut Arc<Collections>| {
        Arc::make_mut(collections).write(&ask, &rules, &mut String::new)
    };
    base.change(change).unwrap()
}

#[test]
fn a_file_that_changed_is_read_anew() {
    let folder = TempFolder::new();
    folder.write("db.json", r#"{"a": [{"id": 1}]}"#);
    let base = of_file(&folder);
    assert_eq!(shown(&base), json!({"a": [{"id": 1}]}));

    folder.write("db.json", r#"{"a": [{"id": 1}, {"id": 2}]}"#);
    assert_eq!(shown(&base), json!({"a": [{"id": 1}, {"id": 2}]}));

    folder.write("db.json", r#"{"a": ["#);
    assert_eq!(
        shown(&base),
        json!({"a": [{"id": 1}, {"id": 2}]}),
        "what is broken changes nothing"
    );
    fs::remove_file(folder.path().join("db.json")).unwrap();
    assert_eq!(shown(&base), json!({"a": [{"id": 1}, {"id": 2}]}));
    folder.write("db.json", r#"{"b": []}"#);
    assert_eq!(shown(&base), json!({"b": []}));
}

#[test]
fn a_file_that_was_broken_from_the_start_is_served_once_it_is_whole() {
    let folder = TempFolder::new();
    folder.write("db.json", "[]");
    let base = of_file(&folder);
    assert_eq!(shown(&base), Json::Null);
    folder.write("db.json", r#"{"b": []}"#);
    assert_eq!(shown(&base), json!({"b": []}));
}

#[test]
fn a_large_file_is_read_beside_the_worker() {
    let folder = TempFolder::new();
    folder.write("db.json", r#"{"a": []}"#);
    let base = of_file(&folder);

    let documents: Vec<Json> = (0..5_000)
        .map(|id| json!({"id": id, "name": "somebody"}))
        .collect();
    let large = json!({"a": documents});
    folder.write("db.json", &large.to_string());

    eventually("the large file is served", || shown(&base) == large);
}

#[test]
fn what_is_changed_while_a_large_file_is_read_is_saved() {
    let folder = TempFolder::new();
    folder.write("db.json", r#"{"a": []}"#);
    let base = of_file(&folder);
    let documents: Vec<Json> = (0..20_000).map(|id| json!({"id": id})).collect();
    folder.write("db.json", &json!({"a": documents}).to_string());

    base.look();
    assert_eq!(post(&base, "a", r#"{"name": "mine"}"#).status, 201);

    assert!(finish(LONG));
    let path = folder.path().join("db.json");
    let saved = fs::read_to_string(path).unwrap();
    assert!(saved.contains("mine"), "{} bytes", saved.len());
}

#[test]
fn a_file_that_two_processes_save_is_whole_at_every_moment() {
    let folder = TempFolder::new();
    let path = folder.path().join("db.json");
    let [ours, theirs] = [b'a', b'b'].map(|letter| vec![letter; 1 << 20]);
    fs::write(&path, &ours).unwrap();
    std::thread::scope(|scope| {
        let save = |bytes: Vec<u8>| {
            // An end of its own each time, since a file that is as it should be is left alone.
            (0..20).for_each(|time| replace(&path, &[&bytes[..], &[time]].concat()).unwrap());
        };
        let others = scope.spawn(move || save(theirs));
        let mine = scope.spawn(move || save(ours));
        while !(others.is_finished() && mine.is_finished()) {
            let seen = fs::read(&path).unwrap();
            assert!(seen.len() >= 1 << 20, "{} bytes", seen.len());
            assert!(seen.iter().take(1 << 20).all(|byte| *byte == seen[0]));
        }
    });
    let names = fs::read_dir(folder.path()).unwrap();
    assert_eq!(names.count(), 1, "nothing is left beside it");
}

#[test]
fn a_folder_that_takes_no_file_is_noticed_before_something_is_changed() {
    let folder = TempFolder::new();
    fs::create_dir(folder.path().join("data")).unwrap();
    folder.write("data/db.json", "{}");
    let origin = Origin::new(folder.path(), &Written::File(PathBuf::from("data/db.json")));
    assert!(writable(&origin).is_ok());

    let data = folder.path().join("data");
    fs::set_permissions(&data, fs::Permissions::from_mode(0o555)).unwrap();
    // Permissions do not bind every user that tests run as.
    let takes = fs::write(data.join("new"), "").is_ok();
    assert_eq!(writable(&origin).is_ok(), takes);
    fs::set_permissions(&data, fs::Permissions::from_mode(0o755)).unwrap();
    fs::remove_dir_all(&data).unwrap();
    assert!(writable(&origin).is_err());
}

#[test]
fn a_folder_is_read_by_its_files_and_written_in_their_forms() {
    let folder = TempFolder::new();
    fs::create_dir(folder.path().join("data")).unwrap();
    folder.write("data/orders.json", "[\n  {\n    \"id\": 1\n  }\n]\n");
    folder.write("data/people.csv", "id,name\n1,Ann\n");
    folder.write("data/events.ndjson", "{\"id\":1}\n");
    folder.write("data/README.md", "not data");
    let base = base(folder.path(), &Written::Folder(PathBuf::from("data")));
    let before =
        json!({"events": [{"id": 1}], "orders": [{"id": 1}], "people": [{"id": 1, "name": "Ann"}]});
    assert_eq!(shown(&base), before);
    let orders = folder.path().join("data/orders.json");
    let untouched = fs::metadata(&orders).unwrap().modified().unwrap();

    assert_eq!(post(&base, "people", r#"{"name": "Bob, Jr."}"#).status, 201);
    assert_eq!(post(&base, "events", "{}").status, 201);
    assert!(finish(LONG));

    let text = |name: &str| fs::read_to_string(folder.path().join("data").join(name)).unwrap();
    assert_eq!(text("people.csv"), "id,name\n1,Ann\n2,\"Bob, Jr.\"\n");
    assert_eq!(text("events.ndjson"), "{\"id\":1}\n{\"id\":2}\n");
    assert_eq!(
        fs::metadata(&orders).unwrap().modified().unwrap(),
        untouched
    );

    folder.write("data/notes.json", "[]");
    assert_eq!(shown(&base)["notes"], json!([]));
}

#[test]
fn changes_are_saved_whole_and_the_file_stays_what_it_was() {
    let folder = TempFolder::new();
    let path = folder.write("db.json", r#"{"$schema": "x", "a": []}"#);
    fs::set_permissions(&path, fs::Permissions::from_mode(0o640)).unwrap();
    let base = of_file(&folder);

    for _ in 0..100 {
        assert_eq!(post(&base, "a", r#"{"name": "b"}"#).status, 201);
    }
    assert!(finish(LONG));

    let saved: Json = serde_json::from_str(&fs::read_to_string(&path).unwrap()).unwrap();
    assert_eq!(saved["$schema"], "x");
    assert_eq!(saved["a"].as_array().map(Vec::len), Some(100));
    assert_eq!(saved["a"][99], json!({"id": 100, "name": "b"}));
    assert_eq!(
        fs::metadata(&path).unwrap().permissions().mode() & 0o777,
        0o640
    );
    let left: Vec<_> = fs::read_dir(folder.path()).unwrap().collect();
    assert_eq!(left.len(), 1, "no temporary file is left: {left:?}");
}

#[test]
fn what_is_not_saved_yet_is_not_lost_to_a_change_from_outside() {
    let folder = TempFolder::new();
    let path = folder.write("db.json", r#"{"a": []}"#);
    let base = of_file(&folder);
    base.state().is_busy = true;
    post(&base, "a", "{}");
    base.state().is_busy = false;

    folder.write("db.json", r#"{"a": [], "theirs": []}"#);
    assert_eq!(shown(&base), json!({"a": [{"id": 1}]}));

    post(&base, "a", "{}");
    assert!(finish(LONG));
    let saved: Json = serde_json::from_str(&fs::read_to_string(&path).unwrap()).unwrap();
    assert_eq!(saved, json!({"a": [{"id": 1}, {"id": 2}]}));
}

#[test]
fn what_cannot_be_saved_is_served_all_the_same_and_tried_again() {
    let folder = TempFolder::new();
    let path = folder.write("db.json", r#"{"a": []}"#);
    let base = of_file(&folder);
    fs::remove_file(&path).unwrap();

    assert_eq!(post(&base, "a", "{}").status, 201);
    assert!(finish(LONG));
    assert!(!path.exists());
    assert_eq!(shown(&base), json!({"a": [{"id": 1}]}));

    folder.write("db.json", "{}");
    assert_eq!(post(&base, "a", "{}").status, 201);
    assert!(finish(LONG));
    let saved: Json = serde_json::from_str(&fs::read_to_string(&path).unwrap()).unwrap();
    assert_eq!(saved, json!({"a": [{"id": 1}, {"id": 2}]}));
}

#[test]
fn a_link_is_followed_within_the_folder_only() {
    let outside = TempFolder::new();
    let secret = outside.write("secret.json", r#"{"secrets": []}"#);
    let folder = TempFolder::new();
    symlink(secret, folder.path().join("db.json")).unwrap();
    assert_eq!(shown(&of_file(&folder)), Json::Null);

    fs::remove_file(folder.path().join("db.json")).unwrap();
    let real = folder.write("real.json", r#"{"a": []}"#);
    symlink(&real, folder.path().join("db.json")).unwrap();
    let base = of_file(&folder);
    assert_eq!(shown(&base), json!({"a": []}));
    post(&base, "a", "{}");
    assert!(finish(LONG));
    assert!(
        folder.path().join("db.json").is_symlink(),
        "the link stays one"
    );
    assert!(fs::read_to_string(real).unwrap().contains("\"id\": 1"));
}

#[test]
fn the_prefix_is_what_came_before_the_collection() {
    for (path, below, expected) in [
        ("/api/shop/", 0, "/api/shop/"),
        ("/api/shop", 0, "/api/shop/"),
        ("/api/shop/orders", 1, "/api/shop/"),
        ("/api/shop/orders/", 1, "/api/shop/"),
        ("/api/./x/../shop//orders/7", 2, "/api/shop/"),
        ("/orders/7/items", 3, "/"),
        ("/a%20b/orders", 1, "/a%20b/"),
    ] {
        assert_eq!(prefix(path, below), expected, "{path}");
    }
}
