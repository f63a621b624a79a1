use proptest::prelude::*;
use serde_json::json;

use super::*;

/// Whether a query asks for a document.
#[track_caller]
fn check(query: &str, document: &Json, expected: bool) {
    let holds = Query::parse(query).holds(document.as_object().unwrap());
    assert_eq!(holds, expected, "{query} of {document}");
}

fn post() -> Json {
    json!({
        "id": "10", "title": "Hello World", "views": 100, "ratio": 0.5, "published": true,
        "deleted": null, "author": {"name": "typicode", "id": 2}, "names": ["foo", "bar"],
        "first_name": "Alice", "zip": "007",
    })
}

#[test]
fn conditions_compare_as_their_operators_say() {
    for (query, expected) in [
        ("", true),
        ("title=Hello%20World", true),
        ("title=Hello+World", true),
        ("title=hello+world", false),
        ("title:eq=Hello+World", true),
        ("views=100", true),
        ("views=100.0", true),
        ("views:ne=100", false),
        ("views:ne=7", true),
        ("views:gt=99", true),
        ("views:gt=100", false),
        ("views:gte=100", true),
        ("views:lt=100", false),
        ("views:lt=1000", true),
        ("views:lte=100", true),
        ("views:gt=50&views:lt=300", true),
        ("views:gt=50&views:lt=70", false),
        ("id=10", true),
        ("id:gt=9", true),
        ("id:in=1,10", true),
        ("id:in=1,2", false),
        ("title:in=Hello World,x", true),
        ("ratio:lt=0.6", true),
        ("published=true", true),
        ("published:eq=false", false),
        ("deleted:eq=null", true),
        ("deleted:ne=null", false),
        ("title:contains=LO%20w", true),
        ("title:contains=x", false),
        ("title:startsWith=hello", true),
        ("title:startsWith=world", false),
        ("title:endsWith=WORLD", true),
        ("title:endsWith=hello", false),
        ("views:contains=1", false),
        ("title:lt=Hellp", true),
        ("title:gt=5", false),
        ("zip=007", true),
        ("zip=7", true),
    ] {
        check(query, &post(), expected);
    }
}

#[test]
fn fields_are_named_by_paths() {
    for (query, expected) in [
        ("author.name=typicode", true),
        ("author.name:lt=u&author.id:ne=3", true),
        ("names[0]=foo", true),
        ("names.1=bar", true),
        ("names[2]=bar", false),
        ("author.name.first=x", false),
        ("first_name=Alice", true),
        ("first_name_ne=Bob", true),
        ("views_gte=100&views_lte=200", true),
        ("missing=1", false),
        ("missing:ne=1", false),
    ] {
        check(query, &post(), expected);
    }
}

#[test]
fn what_is_not_understood_is_left_out() {
    for (query, expected) in [
        ("views:foo=1", true),
        ("views:foo=1&title=x", false),
        ("_unknown=1", true),
        ("&&&", true),
        ("_where=nonsense&views=7", false),
        ("_where=[1]&views=100", true),
    ] {
        check(query, &post(), expected);
    }
}

#[test]
fn a_field_asked_for_twice_may_have_either_value() {
    check("id=1&id=10", &post(), true);
    check("id=1&id=2", &post(), false);
    check("id=10&id=1&views=7", &post(), false);
}

#[test]
fn where_is_a_filter_in_json_and_comes_before_the_others() {
    for (filter, expected) in [
        (json!({}), true),
        (json!({"views": {"gt": 99}}), true),
        (json!({"views": {"gt": 99, "lt": 100}}), false),
        (json!({"views": 100}), true),
        (json!({"title": "Hello World"}), true),
        (json!({"title": {"contains": "hello"}}), true),
        (json!({"title": {"contains": 1}}), false),
        (json!({"id": {"in": ["1", "10"]}}), true),
        (json!({"id": {"in": [1, 2]}}), false),
        (
            json!({"or": [{"views": {"gt": 100}}, {"author": {"name": {"lt": "u"}}}]}),
            true,
        ),
        (
            json!({"or": [{"views": {"gt": 100}}, {"author": {"name": {"lt": "m"}}}]}),
            false,
        ),
        (json!({"or": []}), false),
        (json!({"and": [{"views": 100}, {"published": true}]}), true),
        (
            json!({"and": [{"views": 100}, {"published": false}]}),
            false,
        ),
        (json!({"author": {"name": "typicode"}}), true),
        (json!({"author.name": {"eq": "typicode"}}), true),
        (json!({"missing": {"a": {"eq": 1}}}), false),
        (json!({"views": {"nested": {"eq": 100}}}), false),
        (json!({"views": {"foo": 1, "eq": 100}}), true),
    ] {
        let query = format!("title=other&_where={filter}");
        check(&query, &post(), expected);
    }
}

#[test]
fn lists_are_sorted_by_several_fields_and_what_is_missing_is_last() {
    let documents = [
        json!({"id": 1, "name": "b", "views": 10}),
        json!({"id": 2, "name": "A", "views": 9}),
        json!({"id": 3, "name": "b", "views": 100}),
        json!({"id": 4, "views": 5}),
        json!({"id": 5, "name": null, "views": 5}),
    ];
    for (query, expected) in [
        ("_sort=views", [4, 5, 2, 1, 3]),
        ("_sort=-views", [3, 1, 2, 4, 5]),
        ("_sort=name", [2, 1, 3, 4, 5]),
        ("_sort=name,-views", [2, 3, 1, 4, 5]),
        ("_sort=-name,views", [1, 3, 2, 4, 5]),
        ("_sort=other", [1, 2, 3, 4, 5]),
        ("", [1, 2, 3, 4, 5]),
    ] {
        let query_read = Query::parse(query);
        let mut sorted: Vec<_> = documents.iter().filter_map(Json::as_object).collect();
        sorted.sort_by(|left, right| query_read.order(left, right));
        let ids: Vec<_> = sorted
            .iter()
            .map(|fields| fields["id"].as_u64().unwrap())
            .collect();
        assert_eq!(ids, expected, "{query}");
    }
}

#[test]
fn pages_are_kept_within_what_there_is() {
    // items, query, and: first document, documents per page, page before, page behind, pages
    for (items, query, expected) in [
        (35, "_page=1", (0, 10, None, Some(2), 4)),
        (35, "_page=4", (30, 10, Some(3), None, 4)),
        (35, "_page=9", (30, 10, Some(3), None, 4)),
        (35, "_page=0", (0, 10, None, Some(2), 4)),
        (35, "_page=x", (0, 10, None, Some(2), 4)),
        (35, "_page=-1", (0, 10, None, Some(2), 4)),
        (35, "_page=2&_per_page=25", (25, 25, Some(1), None, 2)),
        (35, "_page=1&_per_page=x", (0, 10, None, Some(2), 4)),
        (35, "_page=1&_per_page=0", (0, 1, None, Some(2), 35)),
        (35, "_page=2&_per_page=-5", (1, 1, Some(1), Some(3), 35)),
        (0, "_page=1", (0, 10, None, None, 1)),
    ] {
        let Part::Page(page) = Query::parse(query).part() else {
            panic!("{query} asks for no page");
        };
        let place = page.among(items);
        let found = (
            place.start,
            place.per_page,
            place.previous,
            place.next,
            place.pages,
        );
        assert_eq!(found, expected, "{query} of {items}");
    }
    assert_eq!(Query::parse("_per_page=5").part(), Part::Whole);
}

#[test]
fn slices_have_a_start_and_an_end_or_a_limit() {
    for (query, start, end) in [
        ("_start=10&_end=20", 10, Some(20)),
        ("_start=10&_limit=5", 10, Some(15)),
        ("_limit=5", 0, Some(5)),
        ("_end=7", 0, Some(7)),
        ("_start=3", 3, None),
    ] {
        assert_eq!(
            Query::parse(query).part(),
            Part::Slice { start, end },
            "{query}"
        );
    }
    assert_eq!(Query::parse("_start=x").part(), Part::Whole);
}

#[test]
fn relations_are_named_with_commas_or_several_times() {
    let query = Query::parse("_embed=comments,author&_embed=tags&_dependent=comments");
    assert_eq!(query.embed(), ["comments", "author", "tags"]);
    assert_eq!(query.dependent(), ["comments"]);
}

proptest! {
    #[test]
    fn any_text_is_a_query(text in ".*", value in -1_000_i64..1_000) {
        let document = json!({"a": value, "b": {"c": text}, "d": [value, null]});
        let fields = document.as_object().unwrap();
        for query in [text.clone(), format!("_where={text}"), format!("_page={text}&{text}")] {
            let read = Query::parse(&query);
            let holds = read.holds(fields);
            prop_assert_eq!(holds, Query::parse(&query).holds(fields));
            prop_assert_eq!(read.order(fields, fields), Ordering::Equal);
        }
    }

    #[test]
    fn numbers_are_ordered_as_numbers(value in any::<i64>(), other in any::<i64>()) {
        let document = json!({"a": value, "b": value.to_string()});
        let fields = document.as_object().unwrap();
        for field in ["a", "b"] {
            for (op, expected) in [("lt", value < other), ("gte", value >= other), ("eq", value == other)] {
                let query = Query::parse(&format!("{field}:{op}={other}"));
                // A text is compared as a float, which tells apart what is up to 2^53.
                if field == "a" || value.abs_diff(other) > 1 << 12 || value == other {
                    prop_assert_eq!(query.holds(fields), expected, "{}:{}={} of {}", field, op, other, value);
                }
            }
        }
    }
}
