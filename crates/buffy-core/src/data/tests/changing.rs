use super::*;

#[test]
fn a_document_is_created_with_the_next_id_where_it_brings_none() {
    for (orders, expected) in [
        (json!([]), json!(1)),
        (json!([{"id": 1}, {"id": 7}, {"id": 3}]), json!(8)),
        (json!([{"id": "1"}, {"id": "12"}]), json!("13")),
        (json!([{"id": 1}, {"id": "abc"}]), json!("7d9f")),
        (json!([{"id": 1.5}]), json!("7d9f")),
        (json!([{"id": i64::MAX}]), json!("7d9f")),
    ] {
        let mut shop = Shop::of(json!({"orders": orders}));

        let created = shop.ask("POST", "orders", r#"{"qty": 2}"#);

        assert_eq!(created.status, 201, "{orders}");
        assert!(created.changed);
        assert_eq!(
            body(&created),
            json!({"id": expected, "qty": 2}),
            "{orders}"
        );
        let id = expected.to_string().replace('"', "");
        let location = format!("/api/orders/{id}");
        assert_eq!(field(&created, "Location"), Some(location.as_str()));
        let found = shop.get(&format!("orders/{id}"));
        assert_eq!(found.body, created.body);
        assert_eq!(field(&found, "ETag"), field(&created, "ETag"));
    }
}

#[test]
fn an_id_that_is_given_is_kept_once() {
    let mut shop = Shop::of(json!({"orders": [{"id": 7}]}));
    let given = shop.ask("POST", "orders", r#"{"qty": 1, "id": "a/b c"}"#);
    assert_eq!(given.body.as_deref(), Some(r#"{"id":"a/b c","qty":1}"#));
    assert_eq!(field(&given, "Location"), Some("/api/orders/a%2Fb%20c"));
    for same in ["7", "\"7\"", "\"a/b c\""] {
        let again = shop.ask("POST", "orders", &format!("{{\"id\": {same}}}"));
        assert_eq!((again.status, again.changed), (409, false), "{same}");
    }
    for wrong in ["true", "[]", "{}", "\"\""] {
        let reply = shop.ask("POST", "orders", &format!("{{\"id\": {wrong}}}"));
        assert_eq!((reply.status, reply.changed), (422, false), "{wrong}");
    }
    assert_eq!(ids(&shop.get("orders")), "7 a/b c");
}

#[test]
fn put_replaces_and_patch_changes_and_neither_touches_the_id() {
    let mut blog = Shop::blog();

    let put = blog.ask("PUT", "posts/1", r#"{"id": "9", "title": "new"}"#);
    assert_eq!(put.status, 200);
    assert_eq!(body(&put), json!({"id": "1", "title": "new"}));

    let patched = blog.ask(
        "PATCH",
        "posts/1",
        r#"{"id": null, "title": null, "views": 5}"#,
    );
    assert_eq!(body(&patched), json!({"id": "1", "views": 5}));
    assert_eq!(body(&blog.get("posts/1")), json!({"id": "1", "views": 5}));

    assert_eq!(
        body(&blog.ask("PATCH", "profile", r#"{"age": 3}"#)),
        json!({"name": "typicode", "age": 3})
    );
    assert_eq!(
        body(&blog.ask("PUT", "profile", r#"{"age": 4}"#)),
        json!({"age": 4})
    );
    assert_eq!(body(&blog.get("profile")), json!({"age": 4}));

    assert_eq!(blog.ask("PUT", "posts/9", "{}").status, 404);
    assert_eq!(blog.ask("PATCH", "posts/9", "{}").status, 404);
    assert_eq!(ids(&blog.get("posts")), "1 2");
}

#[test]
fn a_json_patch_is_carried_out_whole_or_not_at_all() {
    let patch = |operations: Json| {
        let mut blog = Shop::blog();
        let conditions = Preconditions::default();
        let content_type = "application/json-patch+json";
        let reply = blog.ask_with(
            "PATCH",
            "posts/1",
            &operations.to_string(),
            content_type,
            conditions,
        );
        (reply.status, body(&blog.get("posts/1")))
    };
    let unchanged = json!({"id": "1", "title": "a title", "views": 100});

    let (status, document) = patch(json!([
        {"op": "test", "path": "/views", "value": 100},
        {"op": "replace", "path": "/views", "value": 101},
        {"op": "add", "path": "/tags", "value": ["a"]},
        {"op": "add", "path": "/tags/-", "value": "b"},
        {"op": "move", "from": "/title", "path": "/name"},
        {"op": "copy", "from": "/name", "path": "/copy"},
        {"op": "replace", "path": "/id", "value": "9"},
    ]));
    assert_eq!(status, 200);
    let changed =
        json!({"id": "1", "views": 101, "tags": ["a", "b"], "name": "a title", "copy": "a title"});
    assert_eq!(document, changed);

    for (operations, expected) in [
        (
            json!([{"op": "replace", "path": "/views", "value": 1}, {"op": "test", "path": "/views", "value": 2}]),
            409,
        ),
        (json!([{"op": "remove", "path": "/nothing"}]), 409),
        (json!([{"op": "sing", "path": "/views"}]), 400),
        (json!({"views": 1}), 400),
        (json!([{"op": "replace", "path": "", "value": 3}]), 422),
    ] {
        assert_eq!(
            patch(operations.clone()),
            (expected, unchanged.clone()),
            "{operations}"
        );
    }
}

#[test]
fn a_json_patch_that_doubles_a_document_again_and_again_is_stopped() {
    let mut blog = Shop::blog();
    let copies: Vec<Json> = (0..60)
        .map(|n| json!({"op": "copy", "from": "", "path": format!("/c{n}")}))
        .collect();
    let conditions = Preconditions::default();
    let body = Json::from(copies).to_string();
    let reply = blog.ask_with(
        "PATCH",
        "posts/1",
        &body,
        "application/json-patch+json",
        conditions,
    );
    assert_eq!(reply.status, 413);
}

#[test]
fn what_is_deleted_is_answered_and_takes_along_what_is_asked_for() {
    let mut blog = Shop::blog();
    assert_eq!(
        body(&blog.ask("DELETE", "posts/2", "")),
        json!({"id": "2", "title": "another title", "views": 200})
    );
    assert_eq!(blog.get("posts/2").status, 404);
    assert_eq!(blog.ask("DELETE", "posts/2", "").status, 404);
    assert_eq!(ids(&blog.get("comments")), "1 2");

    assert_eq!(
        blog.ask("DELETE", "posts/1?_dependent=comments", "").status,
        200
    );
    assert_eq!(ids(&blog.get("comments")), "");
    assert_eq!(ids(&blog.get("posts")), "");
}

#[test]
fn an_id_that_was_deleted_can_be_given_again() {
    let mut blog = Shop::blog();
    blog.ask("DELETE", "posts/1", "");
    assert_eq!(
        blog.ask("POST", "posts", r#"{"id": "1", "title": "again"}"#)
            .status,
        201
    );
    assert_eq!(ids(&blog.get("posts")), "2 1");
    blog.ask("PATCH", "posts/1", r#"{"views": 1}"#);
    assert_eq!(
        body(&blog.get("posts/1")),
        json!({"id": "1", "title": "again", "views": 1})
    );
    blog.ask("DELETE", "posts/1", "");
    assert_eq!(ids(&blog.get("posts")), "2");
}

#[test]
fn only_who_knows_the_document_may_change_it_where_he_says_so() {
    let mut blog = Shop::blog();
    let tag = field(&blog.get("posts/1"), "ETag").unwrap().to_owned();

    assert_eq!(
        blog.ask_if("PUT", "posts/1", "\"stale\"", "not even JSON")
            .status,
        412
    );
    let put = blog.ask_if("PUT", "posts/1", &tag, r#"{"title": "mine"}"#);
    assert_eq!(put.status, 200);
    let stale = blog.ask_if("PATCH", "posts/1", &tag, r#"{"title": "theirs"}"#);
    assert_eq!((stale.status, stale.changed), (412, false));
    assert_eq!(field(&stale, "ETag"), field(&put, "ETag"));
    assert_eq!(blog.ask_if("DELETE", "posts/1", &tag, "").status, 412);
    assert_eq!(blog.ask_if("DELETE", "posts/9", &tag, "").status, 404);
    assert_eq!(blog.ask_if("DELETE", "posts/1", "*", "").status, 200);
}

#[test]
fn a_body_that_is_no_object_is_refused() {
    let mut blog = Shop::blog();
    for (method, path, text, says) in [
        ("POST", "posts", "", "empty"),
        ("POST", "posts", "[1]", "not an object"),
        ("PUT", "posts/1", "{\"a\":", "not JSON"),
        ("PATCH", "profile", "7", "not an object"),
        (
            "PATCH",
            "posts/1",
            "[{\"op\": \"remove\", \"path\": \"/views\"}]",
            "json-patch",
        ),
    ] {
        let reply = blog.ask(method, path, text);
        assert_eq!(
            (reply.status, reply.changed),
            (400, false),
            "{method} {path} {text}"
        );
        let detail = body(&reply)["detail"].to_string();
        assert!(detail.contains(says), "{detail}");
    }
}

#[test]
fn a_schema_says_what_is_wrong_and_where() {
    let mut shop = Shop::of(json!({"orders": [{"id": 1, "qty": 1}], "notes": []}));
    let schema = json!({
        "type": "object",
        "required": ["qty"],
        "additionalProperties": false,
        "properties": {
            "qty": {"type": "integer", "minimum": 1},
            "to": {"type": "object", "properties": {"zip": {"pattern": "^[0-9]+$"}}},
        },
    });
    let schema = Schema::parse(&schema.to_string()).unwrap();
    shop.rules.schemas.insert("orders".to_owned(), schema);

    let wrong = shop.ask(
        "POST",
        "orders",
        r#"{"qty": 0, "to": {"zip": "x"}, "more": 1}"#,
    );
    assert_eq!((wrong.status, wrong.changed), (422, false));
    assert_eq!(
        field(&wrong, "Content-Type"),
        Some("application/problem+json")
    );
    let errors = body(&wrong)["errors"].clone();
    let mut pointers: Vec<&str> = errors
        .as_array()
        .unwrap()
        .iter()
        .map(|error| error["pointer"].as_str().unwrap())
        .collect();
    pointers.sort_unstable();
    assert_eq!(pointers, ["", "/qty", "/to/zip"], "{errors}");

    assert_eq!(shop.ask("POST", "orders", r#"{"qty": 3}"#).status, 201);
    assert_eq!(shop.ask("PUT", "orders/1", r#"{"to": {}}"#).status, 422);
    assert_eq!(
        shop.ask("PATCH", "orders/1", r#"{"qty": "many"}"#).status,
        422
    );
    assert_eq!(shop.ask("PATCH", "orders/1", r#"{"qty": 9}"#).status, 200);
    assert_eq!(shop.ask("POST", "notes", r#"{"qty": 0}"#).status, 201);
}

#[test]
fn a_schema_that_speaks_of_the_id_sees_it() {
    let mut shop = Shop::of(json!({"orders": []}));
    let schema = json!({"properties": {"id": {"type": "string"}}});
    let schema = Schema::parse(&schema.to_string()).unwrap();
    shop.rules.schemas.insert("orders".to_owned(), schema);
    assert_eq!(shop.ask("POST", "orders", r#"{"id": 5}"#).status, 422);
    assert_eq!(shop.ask("POST", "orders", r#"{"id": "5"}"#).status, 201);
}

#[test]
fn a_schema_fetches_nothing() {
    for text in [
        r#"{"$ref": "https://example.com/schema.json"}"#,
        r#"{"$ref": "file:///etc/x"}"#,
        r#"{"type": 7}"#,
    ] {
        assert!(
            matches!(Schema::parse(text), Err(SchemaError::Schema(_))),
            "{text}"
        );
    }
    assert!(matches!(Schema::parse("{"), Err(SchemaError::Json { .. })));
}

#[test]
fn a_copy_goes_its_own_way() {
    let mut first = Shop::blog();
    let mut second = Shop::blog();
    second.data = first.data.clone();

    first.ask("DELETE", "posts/1", "");
    first.ask("POST", "posts", "{}");
    second.ask("PATCH", "posts/2", r#"{"views": 1}"#);

    assert_eq!(ids(&first.get("posts")), "2 3");
    assert_eq!(ids(&second.get("posts")), "1 2");
    assert_eq!(body(&first.get("posts/2"))["views"], json!(200));
    assert_eq!(body(&second.get("posts/2"))["views"], json!(1));
}

#[test]
fn what_is_written_fits_into_a_budget_that_is_given_back() {
    let mut shop = Shop::with_budget(json!({"orders": []}), 2_000);
    let body = json!({"text": "x".repeat(500)}).to_string();

    assert_eq!(shop.ask("POST", "orders", &body).status, 201);
    let refused = shop.ask("POST", "orders", &body);
    assert_eq!((refused.status, refused.changed), (507, false));
    let copy = shop.data.clone();

    assert_eq!(shop.ask("DELETE", "orders/1", "").status, 200);
    assert_eq!(
        shop.ask("POST", "orders", &body).status,
        507,
        "the copy still has it"
    );
    drop(copy);
    assert_eq!(shop.rules.budget.bytes(), 0);
    assert_eq!(shop.ask("POST", "orders", &body).status, 201);
}

#[test]
fn what_takes_more_memory_than_its_text_has_letters_counts_as_what_it_takes() {
    let mut shop = Shop::of(json!({"orders": []}));
    let short = format!(r#"{{"a": [{}]}}"#, vec!["{}"; 10_000].join(","));
    assert_eq!(shop.ask("POST", "orders", &short).status, 201);
    let values = 10_000 * size_of::<Json>();
    assert!(shop.rules.budget.bytes() > values);
}

#[test]
fn what_is_wrong_is_not_repeated_whole() {
    let mut shop = Shop::of(json!({"orders": []}));
    let schema = Schema::parse(r#"{"properties": {"a": {"type": "string"}}}"#).unwrap();
    shop.rules.schemas.insert("orders".to_owned(), schema);
    let large = json!({"a": vec!["ä"; 10_000]}).to_string();
    let refused = shop.ask("POST", "orders", &large);
    assert_eq!(refused.status, 422);
    assert!(refused.body.unwrap().len() < 2_000);
}
