//! Data endpoints: collections of JSON documents over real sockets.

use std::fs;
use std::sync::Arc;

use buffy_test::{Response, TempFolder, eventually, request};
use serde_json::{Value, json};

use crate::kit::{self, TestBuffy};

/// The data that json-server documents, and requests to it with their answers.
const JSON_SERVER: (&str, &str) = (
    include_str!("data/json_server.json"),
    include_str!("data/json_server.txt"),
);

const ORDERS: &str = r#"{"orders": [{"id": 7, "qty": 1}], "items": [{"id": 1, "orderId": 7}]}"#;

/// A Buffy with these endpoints, as a YAML block sequence, beside a `db.json`.
fn serving(folder: &Arc<TempFolder>, endpoints: &str) -> TestBuffy {
    let session = "session: header X-Buffy-Session";
    TestBuffy::start_in(folder, &kit::answering(session, endpoints))
}

/// One data endpoint at `/api/`, with more of its keys as pairs of a flow mapping.
fn shop(folder: &Arc<TempFolder>, more: &str) -> TestBuffy {
    serving(
        folder,
        &format!("- {{id: shop, path: /api/, type: data, data: file:///db.json, {more}}}\n"),
    )
}

fn folder_with(db: &str) -> Arc<TempFolder> {
    let folder = TempFolder::new();
    folder.write("db.json", db);
    Arc::new(folder)
}

#[track_caller]
fn ask(buffy: &TestBuffy, method: &str, target: &str, body: &str) -> Response {
    ask_with(buffy, method, target, &[], body)
}

#[track_caller]
fn ask_with(
    buffy: &TestBuffy,
    method: &str,
    target: &str,
    fields: &[(&str, &str)],
    body: &str,
) -> Response {
    let mut client = buffy.client();
    client.send(request(method, target, fields, body.as_bytes()));
    client.response()
}

/// As in a session.
#[track_caller]
fn ask_in(buffy: &TestBuffy, session: &str, method: &str, target: &str, body: &str) -> Response {
    ask_with(buffy, method, target, &[("X-Buffy-Session", session)], body)
}

/// The ids of a list, as one text.
#[track_caller]
fn ids(list: &Response) -> String {
    let list = list.json();
    let ids = list.as_array().expect("a list").iter();
    let ids = ids.map(|document| document["id"].to_string());
    ids.collect::<Vec<_>>().join(" ")
}

#[test]
fn what_json_server_documents_is_answered_as_it_documents() {
    let (db, cases) = JSON_SERVER;
    let mut buffy: Option<TestBuffy> = None;
    let mut answer: Option<(String, Response)> = None;
    let mut compared = 0;
    for line in cases
        .lines()
        .filter(|line| !line.is_empty() && !line.starts_with('#'))
    {
        if let Some((asked, answer)) = answer.take() {
            let (status, body) = line.split_once(' ').unwrap_or((line, ""));
            assert_eq!(
                answer.status.to_string(),
                status,
                "{asked}: {}",
                answer.text()
            );
            if !body.is_empty() {
                let expected: Value = serde_json::from_str(body).expect("the table has JSON");
                assert_eq!(answer.json(), expected, "{asked}");
            }
            compared += 1;
            continue;
        }
        let again = line.strip_prefix("then ");
        let one = match buffy.take().filter(|_| again.is_some()) {
            Some(one) => one,
            None => shop(&folder_with(db), ""),
        };
        let asked = again.unwrap_or(line);
        let mut words = asked.splitn(3, ' ');
        let (method, target) = (words.next().unwrap(), words.next().unwrap());
        let target = target
            .replace('"', "%22")
            .replace('{', "%7B")
            .replace('}', "%7D");
        let target = format!("/api{target}");
        let body = words.next().unwrap_or_default();
        answer = Some((asked.to_owned(), ask(&one, method, &target, body)));
        buffy = Some(one);
    }
    assert!(compared > 60, "{compared} answers were compared");
}

#[test]
fn a_document_is_created_read_changed_and_deleted() {
    let buffy = shop(&folder_with(ORDERS), "");

    let created = ask(&buffy, "POST", "/api/orders", r#"{"qty": 2}"#);
    assert_eq!(
        (created.status, created.json()),
        (201, json!({"id": 8, "qty": 2}))
    );
    assert_eq!(created.field("location"), Some("/api/orders/8"));
    assert_eq!(created.field("content-type"), Some("application/json"));
    assert_eq!(created.field("x-buffy-endpoint-id"), Some("shop"));
    let tag = created.field("etag").expect("it has a tag").to_owned();

    let found = ask_with(
        &buffy,
        "GET",
        "/api/orders/8",
        &[("If-None-Match", &tag)],
        "",
    );
    assert_eq!((found.status, found.body.len()), (304, 0));
    assert_eq!(found.field("etag"), Some(tag.as_str()));

    let put = ask_with(
        &buffy,
        "PUT",
        "/api/orders/8",
        &[("If-Match", &tag)],
        r#"{"qty": 3}"#,
    );
    assert_eq!((put.status, put.json()), (200, json!({"id": 8, "qty": 3})));
    let late = ask_with(
        &buffy,
        "PUT",
        "/api/orders/8",
        &[("If-Match", &tag)],
        r#"{"qty": 4}"#,
    );
    assert_eq!(late.status, 412);
    assert_eq!(late.field("content-type"), Some("application/problem+json"));

    let patch = r#"[{"op": "test", "path": "/qty", "value": 3}, {"op": "replace", "path": "/qty", "value": 5}]"#;
    let fields = [("Content-Type", "application/json-patch+json; charset=utf-8")];
    let patched = ask_with(&buffy, "PATCH", "/api/orders/8", &fields, patch);
    assert_eq!(
        (patched.status, patched.json()),
        (200, json!({"id": 8, "qty": 5}))
    );
    let fields = [("Content-Type", "application/merge-patch+json")];
    let merged = ask_with(
        &buffy,
        "PATCH",
        "/api/orders/8",
        &fields,
        r#"{"note": "x"}"#,
    );
    assert_eq!(merged.json(), json!({"id": 8, "qty": 5, "note": "x"}));

    assert_eq!(
        ask(&buffy, "POST", "/api/orders", r#"{"id": 8}"#).status,
        409
    );
    assert_eq!(ask(&buffy, "DELETE", "/api/orders/8", "").status, 200);
    assert_eq!(ask(&buffy, "GET", "/api/orders/8", "").status, 404);
    let refused = ask(&buffy, "DELETE", "/api/orders", "");
    assert_eq!(
        (refused.status, refused.field("allow")),
        (405, Some("GET, HEAD, POST"))
    );
}

#[test]
fn children_are_below_whom_they_belong_to() {
    let buffy = shop(&folder_with(ORDERS), "");
    let created = ask(&buffy, "POST", "/api/orders/7/items", r#"{"name": "x"}"#);
    assert_eq!(created.json(), json!({"id": 2, "name": "x", "orderId": 7}));
    assert_eq!(created.field("location"), Some("/api/items/2"));
    assert_eq!(ids(&buffy.get("/api/orders/7/items")), "1 2");
    assert_eq!(ids(&buffy.get("/api/orders/7/items?name=x")), "2");
    assert_eq!(buffy.get("/api/orders/9/items").status, 404);
}

#[test]
fn a_page_says_where_the_others_are() {
    let orders: Vec<Value> = (1..=30).map(|id| json!({"id": id})).collect();
    let buffy = shop(&folder_with(&json!({"orders": orders}).to_string()), "");
    let page = buffy.get("/api/orders?_page=2&_per_page=10&_sort=-id");
    assert_eq!(page.json()["data"][0], json!({"id": 20}));
    assert_eq!(page.field("x-total-count"), Some("30"));
    let links = page.field("link").expect("it has links");
    assert!(
        links.contains("</api/orders?_page=3&_per_page=10&_sort=-id>; rel=\"next\""),
        "{links}"
    );
    let slice = buffy.get("/api/orders?_start=10&_limit=2");
    assert_eq!(
        (ids(&slice).as_str(), slice.field("x-total-count")),
        ("11 12", Some("30"))
    );
}

#[test]
fn head_is_get_without_content() {
    let buffy = shop(&folder_with(ORDERS), "");
    let get = buffy.get("/api/orders");
    let mut client = buffy.client();
    client.send(request("HEAD", "/api/orders", &[], b""));
    let head = client.response_to_head();
    assert_eq!((head.status, head.body.len()), (200, 0));
    for name in ["content-length", "etag", "x-total-count", "content-type"] {
        assert_eq!(head.field(name), get.field(name), "{name}");
    }
    assert_eq!(
        client.get("/api/orders/7").response().json(),
        json!({"id": 7, "qty": 1})
    );
}

#[test]
fn sessions_have_data_of_their_own_and_a_reset_gives_it_back() {
    let buffy = shop(&folder_with(ORDERS), "");
    ask_in(&buffy, "a", "DELETE", "/api/orders/7", "");
    ask_in(&buffy, "b", "PATCH", "/api/orders/7", r#"{"qty": 9}"#);
    ask(&buffy, "POST", "/api/orders", "{}");

    let list = |session| ids(&ask_in(&buffy, session, "GET", "/api/orders", ""));
    assert_eq!(
        (list("a"), list("b"), list("c")),
        (String::new(), "7".into(), "7".into())
    );
    assert_eq!(ids(&buffy.get("/api/orders")), "7 8");
    let of_b = ask_in(&buffy, "b", "GET", "/api/orders/7", "");
    assert_eq!(of_b.json(), json!({"id": 7, "qty": 9}));

    let reset = buffy.admin("POST", "/_admin/api/v1/reset?session=a");
    assert_eq!(reset.status, 200, "{}", reset.text());
    assert_eq!((list("a"), list("b")), ("7".to_owned(), "7".to_owned()));
    let of_b = ask_in(&buffy, "b", "GET", "/api/orders/7", "");
    assert_eq!(of_b.json(), json!({"id": 7, "qty": 9}));

    assert_eq!(buffy.admin("POST", "/_admin/api/v1/reset").status, 200);
    assert_eq!(ids(&buffy.get("/api/orders")), "7");
    let of_b = ask_in(&buffy, "b", "GET", "/api/orders/7", "");
    assert_eq!(of_b.json(), json!({"id": 7, "qty": 1}));
}

#[test]
fn documents_that_come_at_once_get_an_id_each() {
    let buffy = shop(&folder_with(r#"{"orders": []}"#), "");
    std::thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| {
                let mut client = buffy.client();
                for _ in 0..25 {
                    assert_eq!(client.post("/api/orders", b"{}").response().status, 201);
                }
            });
        }
    });
    let expected: Vec<String> = (1..=200).map(|id| id.to_string()).collect();
    assert_eq!(ids(&buffy.get("/api/orders")), expected.join(" "));
}

#[test]
fn what_is_written_to_memory_leaves_the_file_alone_and_outlives_a_reload() {
    let folder = folder_with(ORDERS);
    let endpoints = "- {id: shop, path: /api/, type: data, data: file:///db.json}\n";
    let buffy = serving(&folder, endpoints);
    ask(&buffy, "POST", "/api/orders", "{}");
    assert_eq!(
        fs::read_to_string(folder.path().join("db.json")).unwrap(),
        ORDERS
    );

    let other =
        "- {id: other, path: /other, type: respond, response: [{return_code: 200, content: x}]}\n";
    buffy.reload(&kit::answering("", &format!("{endpoints}{other}")));
    assert_eq!(ids(&buffy.get("/api/orders")), "7 8");
}

#[test]
fn what_is_written_to_the_file_is_there_after_a_restart() {
    let folder = folder_with(ORDERS);
    let mut buffy = shop(&folder, "write: file");
    for _ in 0..50 {
        assert_eq!(ask(&buffy, "POST", "/api/orders", "{}").status, 201);
    }
    ask(&buffy, "DELETE", "/api/orders/7", "");
    ask_in(&buffy, "a", "DELETE", "/api/orders/8", "");
    buffy.stop();

    let saved = fs::read_to_string(folder.path().join("db.json")).unwrap();
    let saved: Value = serde_json::from_str(&saved).unwrap();
    assert_eq!(saved["orders"].as_array().map(Vec::len), Some(50));
    let buffy = shop(&folder, "write: file");
    assert_eq!(
        buffy.get("/api/orders/8").status,
        200,
        "a session's changes are its own"
    );
    assert_eq!(buffy.get("/api/orders/7").status, 404);
}

#[test]
fn a_file_that_somebody_edits_is_served_as_it_is_then() {
    let folder = folder_with(ORDERS);
    for write in ["memory", "file", "no"] {
        folder.write("db.json", ORDERS);
        let buffy = shop(&folder, &format!("write: {write}"));
        assert_eq!(ids(&buffy.get("/api/orders")), "7");
        folder.write("db.json", r#"{"orders": [{"id": 1}, {"id": 2}]}"#);
        eventually("the edited file is served", || {
            ids(&buffy.get("/api/orders")) == "1 2"
        });
    }
}

#[test]
fn a_session_keeps_what_it_changed_when_the_file_is_edited() {
    let folder = folder_with(ORDERS);
    let buffy = shop(&folder, "");
    ask_in(&buffy, "a", "POST", "/api/orders", "{}");
    folder.write("db.json", r#"{"orders": [{"id": 1}]}"#);
    eventually("the edited file is served", || {
        ids(&buffy.get("/api/orders")) == "1"
    });
    assert_eq!(ids(&ask_in(&buffy, "a", "GET", "/api/orders", "")), "7 8");
}

#[test]
fn where_nothing_may_be_written_other_methods_are_refused() {
    let buffy = shop(&folder_with(ORDERS), "write: no");
    assert_eq!(buffy.get("/api/orders").status, 200);
    for method in ["POST", "PUT", "PATCH", "DELETE"] {
        let refused = ask(&buffy, method, "/api/orders/7", "{}");
        assert_eq!(refused.status, 405, "{method}");
        assert_eq!(refused.field("allow"), Some("GET, HEAD"), "{method}");
    }
    assert_eq!(ids(&buffy.get("/api/orders")), "7");
}

#[test]
fn responses_come_before_the_data_and_not_found_after_it() {
    let endpoints = "- id: shop
  path: /api/
  type: data
  data: file:///db.json
  response:
  - {name: flaky, if: method=POST, times: 2, return_code: 503, content: busy}
  - {name: not_found, return_code: 404, content: '{\"who\": \"{{ID}}\"}'}
";
    let buffy = serving(&folder_with(ORDERS), endpoints);
    let posted: Vec<u16> = (0..3)
        .map(|_| ask(&buffy, "POST", "/api/orders", "{}").status)
        .collect();
    assert_eq!(posted, [503, 503, 201]);
    let missing = buffy.get("/api/orders/99");
    assert_eq!(
        (missing.status, missing.json()),
        (404, json!({"who": "shop"}))
    );
    assert_eq!(buffy.get("/api/nothing").json(), json!({"who": "shop"}));
    assert_eq!(buffy.get("/api/orders/7").status, 200);
}

#[test]
fn what_is_missing_is_explained_where_no_response_does() {
    let buffy = shop(&folder_with(ORDERS), "");
    let missing = buffy.get("/api/nothing");
    assert_eq!(missing.status, 404);
    assert_eq!(
        missing.field("content-type"),
        Some("application/problem+json")
    );
    let detail = missing.json()["detail"].to_string();
    assert!(detail.contains("orders, items"), "{detail}");
}

#[test]
fn documents_are_checked_against_the_schema_of_their_collection() {
    let folder = folder_with(ORDERS);
    folder.write(
        "order.schema.json",
        r#"{"required": ["qty"], "properties": {"qty": {"type": "integer", "minimum": 1}}}"#,
    );
    let buffy = shop(&folder, "schema: {orders: file:///order.schema.json}");

    let wrong = ask(&buffy, "POST", "/api/orders", r#"{"qty": 0}"#);
    assert_eq!(wrong.status, 422);
    assert_eq!(
        wrong.field("content-type"),
        Some("application/problem+json")
    );
    assert_eq!(wrong.json()["errors"][0]["pointer"], "/qty");
    assert_eq!(
        ask(&buffy, "PATCH", "/api/orders/7", r#"{"qty": null}"#).status,
        422
    );
    assert_eq!(
        ask(&buffy, "POST", "/api/orders", r#"{"qty": 1}"#).status,
        201
    );
    assert_eq!(ask(&buffy, "POST", "/api/items", "{}").status, 201);
}

#[test]
fn a_folder_of_files_and_a_map_in_the_configuration_are_data_too() {
    let folder = Arc::new(TempFolder::new());
    fs::create_dir(folder.path().join("data")).unwrap();
    folder.write("data/people.csv", "id,name,age\n1,Ann,41\n2,Bob,7\n");
    folder.write("data/events.ndjson", "{\"at\": 5}\n{\"at\": 6}\n");
    folder.write("data/orders.json", r#"[{"_id": "x"}]"#);
    let endpoints = "- {id: files, path: /files/, type: data, data: file:///data/}
- {id: map, path: /map/, type: data, key: sku, data: {goods: [{sku: a1, price: 3}], about: {name: shop}}}
";
    let buffy = serving(&folder, endpoints);
    assert_eq!(
        buffy.get("/files/people?age:gt=40").json(),
        json!([{"id": 1, "name": "Ann", "age": 41}])
    );
    assert_eq!(
        buffy.get("/files/events").json(),
        json!([{"id": 1, "at": 5}, {"id": 2, "at": 6}])
    );
    assert_eq!(
        buffy.get("/map/goods/a1").json(),
        json!({"sku": "a1", "price": 3})
    );
    assert_eq!(buffy.get("/map/about").json(), json!({"name": "shop"}));
    let made = ask(&buffy, "POST", "/map/goods", "{}");
    let sku = made.json()["sku"].as_str().unwrap_or_default().to_owned();
    assert_eq!(sku.len(), 36, "a UUID where ids are no numbers: {sku}");
    assert_eq!(
        made.field("location"),
        Some(format!("/map/goods/{sku}").as_str())
    );
}

#[test]
fn templates_and_their_sessions_see_the_data() {
    let endpoints = "- {id: shop, path: /api/, type: data, data: file:///db.json}
- id: count
  path: /count
  type: respond
  response:
  - {return_code: 200, json: {orders: '{{ data.shop.orders | length }}', first: '{{ data.shop.orders[0] }}'}}
";
    let buffy = serving(&folder_with(ORDERS), endpoints);
    ask_in(&buffy, "a", "POST", "/api/orders", "{}");
    assert_eq!(
        buffy.get("/count").json(),
        json!({"orders": 1, "first": {"id": 7, "qty": 1}})
    );
    let of_a = ask_in(&buffy, "a", "GET", "/count", "");
    assert_eq!(of_a.json()["orders"], 2);
}

#[test]
fn a_large_list_is_whole() {
    let orders: Vec<Value> = (0..20_000)
        .map(|id| json!({"id": id, "text": "x".repeat(40)}))
        .collect();
    let buffy = shop(&folder_with(&json!({"orders": orders}).to_string()), "");
    let list = buffy.get("/api/orders");
    assert!(list.complete);
    assert_eq!(list.json(), Value::from(orders));
}
