use std::error::Error;

use super::*;

fn load(text: &str) -> Result<Collections, LoadError> {
    Collections::of_text(text, "id", &mut uuid)
}

fn files(list: &[(&str, &str)]) -> Result<Collections, (usize, LoadError)> {
    let files = list.iter().map(|(file, text)| {
        let (name, form) = Form::of(file).unwrap();
        (name, form, *text)
    });
    Collections::of_files(files, "id", &mut uuid)
}

#[test]
fn a_file_is_read_and_written_back_as_it_was() {
    let text = "{\n  \"$schema\": \"./schema.json\",\n  \"posts\": [\n    {\n      \"title\": \"b\",\n      \"id\": \"1\"\n    }\n  ],\n  \"profile\": {\n    \"name\": \"a\"\n  }\n}\n";
    let data = load(text).unwrap();
    assert_eq!(data.to_text(), text);
    assert_eq!(data.names().collect::<Vec<_>>(), ["posts", "profile"]);
    assert_eq!(load(&format!("\u{feff}{text}")).unwrap().to_text(), text);
}

#[test]
fn documents_without_ids_get_some() {
    let data =
        load(r#"{"a": [{"x": 1}, {"id": 4}, {"y": 2}], "b": [{"id": "k"}, {"z": 3}]}"#).unwrap();
    assert_eq!(
        data.collection("a").unwrap(),
        json!([{"id": 5, "x": 1}, {"id": 4}, {"id": 6, "y": 2}])
    );
    assert_eq!(
        data.collection("b").unwrap(),
        json!([{"id": "k"}, {"id": "7d9f", "z": 3}])
    );
}

#[test]
fn what_is_no_data_is_said_with_its_place() {
    for (text, expected) in [
        (
            "[]",
            "is a list; write an object of collections, `{\"orders\": [ … ]}`",
        ),
        (
            "{\"a\": 7}",
            "`a` is a number; a collection is a list of objects, or one object",
        ),
        ("{\"a\": [{}, 7]}", "`a[1]` is a number, not an object"),
        (
            "{\"a\": [{\"id\": null}]}",
            "the `id` of `a[0]` is null; an id is a text or a number",
        ),
        (
            "{\"a\": [{\"id\": \"\"}]}",
            "the `id` of `a[0]` is empty; an id is a text or a number",
        ),
        (
            "{\"a\": [{\"id\": 1}, {\"id\": 2}, {\"id\": \"1\"}]}",
            "`a[2]` and `a[0]` have the same id, `1`",
        ),
    ] {
        assert_eq!(load(text).unwrap_err().to_string(), expected);
    }
    let error = load("{\n  \"a\": [}").unwrap_err();
    assert_eq!(error.to_string(), "not JSON");
    let source = error.source().unwrap().to_string();
    assert!(source.contains("line 2 column 9"), "{source}");
}

#[test]
fn a_folder_has_a_collection_in_each_file() {
    let data = files(&[
        ("orders.json", r#"[{"id": 1}]"#),
        ("profile.json", r#"{"name": "a"}"#),
        ("events.ndjson", "{\"id\": 1, \"at\": 5}\n\n{\"id\": 2}\n"),
        (
            "people.csv",
            "id,name,age,zip,ok,note\n1,\"Ann, B\",41,01234,true,\n2,Bob,-1.5,+49,no,x\n",
        ),
    ])
    .unwrap();
    assert_eq!(data.collection("orders").unwrap(), json!([{"id": 1}]));
    assert_eq!(data.collection("profile").unwrap(), json!({"name": "a"}));
    assert_eq!(
        data.collection("events").unwrap(),
        json!([{"id": 1, "at": 5}, {"id": 2}])
    );
    let people = json!([
        {"id": 1, "name": "Ann, B", "age": 41, "zip": "01234", "ok": true, "note": null},
        {"id": 2, "name": "Bob", "age": -1.5, "zip": "+49", "ok": "no", "note": "x"},
    ]);
    assert_eq!(data.collection("people").unwrap(), people);
}

#[test]
fn a_collection_is_written_in_the_form_of_its_file() {
    let csv = "id,name,age,note\n1,\"Ann, \"\"B\"\"\",41,\n2,Bob,true,x\n";
    let lines = "{\"id\":1,\"at\":5}\n{\"id\":2}\n";
    let list = "[\n  {\n    \"id\": 1\n  }\n]\n";
    let data = files(&[
        ("people.csv", csv),
        ("events.ndjson", lines),
        ("orders.json", list),
    ])
    .unwrap();
    assert_eq!(data.text_of("people", Form::Csv).unwrap(), csv);
    assert_eq!(data.text_of("events", Form::Lines).unwrap(), lines);
    assert_eq!(data.text_of("orders", Form::Json).unwrap(), list);
    assert_eq!(data.text_of("nothing", Form::Json), None);
}

#[test]
fn a_csv_that_gained_fields_has_a_column_for_each() {
    let mut shop = Shop::of(json!({"people": [{"id": 1, "name": "a"}]}));
    shop.ask("POST", "people", r#"{"name": "b", "tags": ["x"]}"#);
    let text = shop.data.text_of("people", Form::Csv).unwrap();
    assert_eq!(text, "id,name,tags\n1,a,\n2,b,\"[\"\"x\"\"]\"\n");
}

#[test]
fn a_file_is_known_by_its_ending() {
    assert_eq!(Form::of("orders.json"), Some(("orders", Form::Json)));
    assert_eq!(Form::of("a.b.NDJSON"), Some(("a.b", Form::Lines)));
    assert_eq!(Form::of("people.csv"), Some(("people", Form::Csv)));
    for other in ["README.md", ".json", ".hidden.json", "json", "orders.json~"] {
        assert_eq!(Form::of(other), None, "{other}");
    }
}

#[test]
fn a_wrong_file_of_a_folder_is_named() {
    let (index, error) = files(&[("a.json", "[]"), ("b.ndjson", "{}\n{\n")]).unwrap_err();
    assert_eq!(
        (index, error.to_string().as_str()),
        (1, "line 2 is not JSON")
    );
    let (index, error) = files(&[("a.json", "[]"), ("a.csv", "id\n1\n")]).unwrap_err();
    assert_eq!(
        (index, error.to_string().as_str()),
        (1, "`a` is there twice: as files of two forms")
    );
    let (_, error) = files(&[("a.csv", "id,name\n1\n")]).unwrap_err();
    assert_eq!(error.to_string(), "not CSV");
}
