use super::*;

#[test]
fn lists_and_documents_are_found_by_their_paths() {
    let mut blog = Shop::blog();
    for (path, status) in [
        ("", 200),
        ("posts", 200),
        ("posts/1", 200),
        ("posts/1/comments", 200),
        ("profile", 200),
        ("posts/9", 404),
        ("posts/9/comments", 404),
        ("posts/1/others", 404),
        ("posts/1/profile", 404),
        ("posts/1/comments/1", 404),
        ("profile/name", 404),
        ("nothing", 404),
    ] {
        let reply = blog.get(path);
        assert_eq!(
            (reply.status, reply.missing),
            (status, status == 404),
            "{path}"
        );
        assert!(!reply.changed, "{path}");
    }
    assert_eq!(
        body(&blog.get("posts/1")),
        json!({"id": "1", "title": "a title", "views": 100})
    );
    assert_eq!(body(&blog.get("profile")), json!({"name": "typicode"}));
    let detail = body(&blog.get("nothing"))["detail"].to_string();
    assert!(detail.contains("posts, comments, profile"), "{detail}");
}

#[test]
fn fields_keep_their_order() {
    let mut shop = Shop::of(json!({"orders": [{"z": 1, "id": 1, "a": 2}]}));
    assert_eq!(
        shop.get("orders").body.unwrap(),
        r#"[{"z":1,"id":1,"a":2}]"#
    );
}

#[test]
fn a_page_has_an_envelope_and_links() {
    let posts: Vec<Json> = (1..=25)
        .map(|id| json!({"id": id, "even": id % 2 == 0}))
        .collect();
    let mut shop = Shop::of(json!({"posts": posts}));

    let page = shop.get("posts?even=true&_page=2&_per_page=5&_sort=-id");

    let envelope = json!({
        "first": 1, "prev": 1, "next": 3, "last": 3, "pages": 3, "items": 12,
        "data": [
            {"id": 14, "even": true}, {"id": 12, "even": true}, {"id": 10, "even": true},
            {"id": 8, "even": true}, {"id": 6, "even": true},
        ],
    });
    assert_eq!(body(&page), envelope);
    assert_eq!(field(&page, "X-Total-Count"), Some("12"));
    let rest = "&even=true&_per_page=5&_sort=-id";
    let links = [
        format!("</api/posts?_page=1{rest}>; rel=\"first\""),
        format!("</api/posts?_page=1{rest}>; rel=\"prev\""),
        format!("</api/posts?_page=3{rest}>; rel=\"next\""),
        format!("</api/posts?_page=3{rest}>; rel=\"last\""),
    ];
    assert_eq!(field(&page, "Link"), Some(links.join(", ").as_str()));

    let slice = shop.get("posts?_start=20&_end=22");
    assert_eq!(ids(&slice), "21 22");
    assert_eq!(field(&slice, "X-Total-Count"), Some("25"));
    assert_eq!(ids(&shop.get("posts?_start=24&_limit=5")), "25");
    assert_eq!(ids(&shop.get("posts?_start=99")), "");
    assert_eq!(field(&shop.get("posts"), "Link"), None);
}

#[test]
fn a_link_cannot_be_broken_by_the_query() {
    let mut blog = Shop::blog();
    let page = blog.get("posts?_page=1&x:foo=>; rel=evil,<\u{e9}");
    let links = field(&page, "Link").unwrap();
    assert!(
        links.contains("&x:foo=%3E;%20rel=evil,%3C%C3%A9>; rel=\"first\""),
        "{links}"
    );
}

#[test]
fn children_and_parents_are_embedded() {
    let mut blog = Shop::blog();

    let posts = body(&blog.get("posts?_embed=comments"));
    assert_eq!(posts[0]["comments"].as_array().map(Vec::len), Some(2));
    assert_eq!(posts[1]["comments"], json!([]));

    let comment = body(&blog.get("comments/1?_embed=post"));
    assert_eq!(
        comment["post"],
        json!({"id": "1", "title": "a title", "views": 100})
    );

    assert_eq!(
        body(&blog.get("posts/1?_embed=likes")),
        body(&blog.get("posts/1"))
    );
}

#[test]
fn a_parent_that_is_gone_is_left_out() {
    let mut shop = Shop::of(json!({"posts": [], "comments": [{"id": 1, "postId": 7}, {"id": 2}]}));
    let comments = json!([{"id": 1, "postId": 7}, {"id": 2}]);
    assert_eq!(body(&shop.get("comments?_embed=post")), comments);
}

#[test]
fn a_foreign_key_may_have_an_underscore_and_a_number_for_an_id() {
    let mut shop = Shop::of(json!({
        "orders": [{"id": 7}, {"id": 8}],
        "items": [{"id": 1, "order_id": 7}, {"id": 2, "order_id": "7"}, {"id": 3, "order_id": 8}],
    }));
    assert_eq!(ids(&shop.get("orders/7/items")), "1 2");
    assert_eq!(ids(&shop.get("orders/7/items?id=2")), "2");
    assert_eq!(
        body(&shop.get("items/3?_embed=order"))["order"],
        json!({"id": 8})
    );
    let created = shop.ask("POST", "orders/8/items", "{}");
    assert_eq!(body(&created), json!({"id": 4, "order_id": 8}));
}

#[test]
fn a_tag_changes_with_the_document_and_spares_who_has_it() {
    let mut blog = Shop::blog();
    let reply = blog.get("posts/1");
    let tag = field(&reply, "ETag").unwrap().to_owned();
    let has = |tag: &str| -> Reply {
        let conditions = Preconditions {
            if_match: None,
            if_none_match: Some(tag),
        };
        Shop::blog().ask_with("GET", "posts/1", "", "", conditions)
    };

    let spared = has(&tag);
    assert_eq!((spared.status, &spared.body), (304, &None));
    assert_eq!(field(&spared, "ETag"), Some(tag.as_str()));
    assert_eq!(has("\"other\"").status, 200);

    blog.ask("PATCH", "posts/1", r#"{"views": 101}"#);
    assert_ne!(field(&blog.get("posts/1"), "ETag"), Some(tag.as_str()));
    assert_eq!(blog.ask_if("GET", "posts/1", &tag, "").status, 412);
}

#[test]
fn what_a_path_has_no_method_for_is_said_with_those_that_it_has() {
    let mut blog = Shop::blog();
    for (method, path, allowed) in [
        ("PUT", "", "GET, HEAD"),
        ("DELETE", "posts", "GET, HEAD, POST"),
        ("PUT", "posts/1/comments", "GET, HEAD, POST"),
        ("POST", "posts/1", "GET, HEAD, PUT, PATCH, DELETE"),
        ("DELETE", "profile", "GET, HEAD, PUT, PATCH"),
        ("TRACE", "posts", "GET, HEAD, POST"),
    ] {
        let reply = blog.ask(method, path, "{}");
        assert_eq!(reply.status, 405, "{method} {path}");
        assert_eq!(field(&reply, "Allow"), Some(allowed), "{method} {path}");
    }
    let options = blog.ask("OPTIONS", "posts", "");
    assert_eq!(
        (options.status, field(&options, "Allow")),
        (204, Some("GET, HEAD, POST"))
    );
}

#[test]
fn a_query_of_too_many_conditions_is_refused() {
    let mut blog = Shop::blog();
    let query = |conditions: usize| {
        let all: Vec<String> = (0..conditions)
            .map(|number| format!("f{number}:ne=1&title:contains=a"))
            .collect();
        format!("posts?{}", all.join("&"))
    };
    assert_eq!(blog.get(&query(32)).status, 200);
    assert_eq!(blog.get(&query(33)).status, 400);
    assert_eq!(blog.get(&query(2_000)).status, 400);

    let any = vec![r#"{"a":{"b":{"gt":1,"lt":2}}}"#; 33].join(",");
    let refused = blog.get(&format!("posts?_where={{\"or\":[{any}]}}"));
    assert_eq!(refused.status, 400);
    let detail = "the query has more than 64 conditions";
    assert_eq!(body(&refused)["detail"], detail);

    // Many values of one field are one condition.
    let ids: Vec<String> = (0..500).map(|id| format!("id={id}")).collect();
    assert_eq!(blog.get(&format!("posts?{}", ids.join("&"))).status, 200);
}

#[test]
fn a_large_parent_is_not_embedded_in_everybody() {
    let comments: Vec<Json> = (0..100).map(|id| json!({"id": id, "postId": 1})).collect();
    let posts = json!([{"id": 1, "text": "x".repeat(1 << 20)}]);
    let mut blog = Shop::of(json!({"posts": posts, "comments": comments}));

    let refused = blog.get("comments?_embed=post");
    assert_eq!(refused.status, 400, "{:?}", refused.fields);
    assert_eq!(blog.get("comments?_embed=post&_page=1").status, 200);
    assert_eq!(blog.get("comments/7?_embed=post").status, 200);
}
