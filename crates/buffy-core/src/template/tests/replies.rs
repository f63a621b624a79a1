use std::cell::RefCell;
use std::sync::Arc;

use serde_json::{Value as Json, json};

use super::*;
use crate::data::Collections;
use crate::dice::Dice;
use crate::facts::{Message, Sequences};

/// A request in which every root has something.
pub(super) fn with_request<T>(look: impl FnOnce(&Facts<'_>) -> T) -> T {
    let fields = [
        ("Host", "a.example:8080".into()),
        ("User-Agent", "curl/8".into()),
        ("cookie", "sid=c0ffee; theme=dark".into()),
        ("X-Many", "1".into()),
        ("x-many", "2".into()),
        (
            "Authorization",
            "Bearer h.eyJzdWIiOiJhZGEiLCJuIjo3fQ.s".into(),
        ),
    ];
    let params = [("id".to_owned(), "7".to_owned())];
    let state = json!({"orders": {"7": "paid", "n": 2}});
    let data = |id: &str| match id {
        "shop" => Some(held(json!({
            "orders": [{"id": 1}, {"id": 2, "to": {"city": "Ulm"}}],
            "owner": {"name": "Ada", "of": [1, 2]},
        }))),
        "my-shop" => Some(held(json!({"owner": {"name": "mine"}}))),
        _ => None,
    };
    let env = |name: &str| Some(format!("value of {name}"));
    look(&Facts {
        id: "orders",
        url: "/api/orders/7?user=ada&user=bob&q=a+b%21",
        method: "PUT",
        path: "/api/orders/7",
        query: "user=ada&user=bob&q=a+b%21",
        host: "a.example:8080",
        ip: [192, 0, 2, 7].into(),
        fields: &fields,
        body: br#"{"qty": 3, "who": "ada", "on": true, "no": null, "real": 1.5, "items": [{"sku": "a"}, {"sku": "b"}], "deep": {"z": 1, "a": 2}}"#,
        params: &params,
        count: 3,
        session: "s1",
        state: state.as_object().unwrap(),
        now_ms: 1_700_000_000_123,
        data: &data,
        env: &env,
        ..Facts::default()
    })
}

fn held(json: Json) -> Arc<Collections> {
    Arc::new(Collections::of_json(json, "id", &mut String::new).unwrap())
}

pub(super) fn rendered_for(template: &str, facts: &Facts<'_>, escape: Escape) -> String {
    let parsed =
        Template::parse_reply(template).unwrap_or_else(|error| panic!("{template}: {error}"));
    let mut out = Vec::new();
    parsed
        .render(facts, escape, &mut out)
        .unwrap_or_else(|error| panic!("{template}: {error:?}"));
    String::from_utf8(out).unwrap()
}

#[test]
fn documents_are_had_without_a_copy_of_the_others() {
    with_request(|facts| {
        for (template, expected) in [
            (
                "{% for one in data.shop.orders if one.to %}{{ one.to.city }}{% endfor %}",
                "Ulm",
            ),
            (
                "{{ (data.shop.orders|first).id }}{{ (data.shop.orders|last).id }}",
                "12",
            ),
            (
                "{{ data.shop.orders|map(attribute='id')|list }}{{ data.shop.orders|jsonpath('$..city') }}",
                "[1,2][\"Ulm\"]",
            ),
            (
                "{% for name in data.shop %}{{ name }} {% endfor %}{{ 'owner' in data.shop }}",
                "orders owner true",
            ),
        ] {
            let rendered = rendered_for(template, facts, Escape::Plain);
            assert_eq!(rendered, expected, "{template}");
        }
    });
}

#[test]
fn a_form_of_very_many_fields_is_read_in_one_go() {
    let body: Vec<String> = (0..200_000).map(|field| format!("k{field}=1")).collect();
    let body = body.join("&");
    let fields = [("Content-Type", "application/x-www-form-urlencoded".into())];
    let facts = Facts {
        fields: &fields,
        body: body.as_bytes(),
        ..Facts::default()
    };
    // Were each compared with all before it, this would take minutes.
    let rendered = rendered_for("{{ form|length }}", &facts, Escape::Plain);
    assert_eq!(rendered, "200000");
}

/// Name, value as text, its JSON. Each is tried alone and behind the engine.
const NAMES: &[(&str, &str)] = &[
    ("URL", "/api/orders/7?user=ada&user=bob&q=a+b%21"),
    ("url", "/api/orders/7?user=ada&user=bob&q=a+b%21"),
    ("ID", "orders"),
    ("method", "PUT"),
    ("path", "/api/orders/7"),
    ("host", "a.example"),
    ("ip", "192.0.2.7"),
    ("count", "3"),
    ("session", "s1"),
    ("query.user", "ada"),
    ("query.q", "a b!"),
    ("query.none", ""),
    ("header.user_agent", "curl/8"),
    ("header.USER_AGENT", "curl/8"),
    ("header.x_many", "1"),
    ("cookie.sid", "c0ffee"),
    ("param.id", "7"),
    ("param.none", ""),
    ("jwt.sub", "ada"),
    ("jwt.n", "7"),
    ("jwt.none", ""),
    ("state.orders.n", "2"),
    ("state.orders", r#"{"7":"paid","n":2}"#),
    ("state.none.n", ""),
    ("body.qty", "3"),
    ("body.who", "ada"),
    ("body.on", "true"),
    ("body.no", "null"),
    ("body.real", "1.5"),
    ("body.items[1].sku", "b"),
    ("body.items[9].sku", ""),
    ("body.deep", r#"{"z":1,"a":2}"#),
    ("body.none.of.it", ""),
    (
        "data.shop.orders",
        r#"[{"id":1},{"id":2,"to":{"city":"Ulm"}}]"#,
    ),
    ("data.shop.orders[0]", r#"{"id":1}"#),
    ("data.shop.orders[0].id", "1"),
    ("data.shop.orders[1].to.city", "Ulm"),
    ("data.shop.orders[2]", ""),
    ("data.shop.orders[0][0]", ""),
    ("data.shop.orders.id", ""),
    ("data.shop.owner.name", "Ada"),
    ("data.shop.owner.of[1]", "2"),
    ("data.shop.none", ""),
    ("data.none", ""),
    ("env.BUFFY_REGION", "value of BUFFY_REGION"),
    ("env.HOME", ""),
    ("unheard_of", ""),
];

#[test]
fn every_name_has_its_value_by_itself_and_in_the_engine() {
    with_request(|facts| {
        for (name, expected) in NAMES {
            let alone = format!("<{{{{ {name} }}}}>");
            let engine = format!("<{{% if true %}}{{{{ {name} }}}}{{% endif %}}>");
            for template in [alone, engine] {
                let found = rendered_for(&template, facts, Escape::Plain);
                assert_eq!(found, format!("<{expected}>"), "{template}");
                let missing = u32::from(expected.is_empty());
                let mut out = Vec::new();
                let parsed = Template::parse_reply(&template).unwrap();
                let rendered = parsed.render(facts, Escape::Plain, &mut out).unwrap();
                assert_eq!(rendered.undefined, missing, "{template}");
            }
        }
    });
}

#[test]
fn expressions_mean_what_the_engine_says() {
    with_request(|facts| {
        for (template, expected) in [
            ("{{ body.qty * 2 + 1 }}", "7"),
            ("{{ body.none|default('-') }}", "-"),
            ("{{ body.none or 'x' }}", "x"),
            ("{{ body.deep|tojson }}", r#"{"z": 1, "a": 2}"#),
            ("{{ body.who|b64 }}", "YWRh"),
            ("{{ body|jsonpath('$..sku')|join('+') }}", "a+b"),
            ("{{ body|jsonpath('$.nothing') }}", "[]"),
            ("{{ body.who|upper }}{{ body.items|length }}", "ADA2"),
            ("{{ header['User-Agent'] }}", "curl/8"),
            ("{{ header['x-none'] }}", ""),
            ("{{ header.user_agent }}{{ header['x-many'] }}", "curl/81"),
            ("{{ query['user'] }}", "ada"),
            ("{{ param|length }}", "1"),
            (
                "{{ data['my-shop'].owner.name }}{{ data.shop.orders|length }}",
                "mine2",
            ),
            ("{{ env['BUFFY_X'] }}{{ env['HOME'] }}", "value of BUFFY_X"),
            (
                "{% for item in body.items %}{{ item.sku }},{% endfor %}",
                "a,b,",
            ),
            (
                "{% for name in query %}{{ name }}={{ query[name] }};{% endfor %}",
                "user=ada;q=a b!;",
            ),
            ("{% if count > 2 %}many{% else %}few{% endif %}", "many"),
            ("{% set n = count + 1 %}{{ n }}", "4"),
            (
                "{% macro twice(x) %}{{ x }}{{ x }}{% endmacro %}{{ twice('é') }}",
                "éé",
            ),
            ("{# nothing #}{{ ID }}\n", "orders\n"),
            ("{{- ID -}}  x", "ordersx"),
            ("{% raw %}{{ ID }}{% endraw %}", "{{ ID }}"),
            (
                "a|none {# {{ ID|none }} #}{%- raw -%}{{ ID|none }}{% endraw %}{{ '|none' }}",
                "a|none {{ ID|none }}|none",
            ),
            ("{{ '{{' }}", "{{"),
            ("{{ \"a\\\"b\" }}", "a\"b"),
            (
                "{{ none }}{{ true }}{{ [1, 'a', none] }}",
                "nulltrue[1,\"a\",null]",
            ),
            ("{{ 10 / 4 }} {{ 7 // 2 }} {{ 1.0 }}", "2.5 3 1.0"),
            ("{{ body.who ~ '-' ~ count }}", "ada-3"),
            ("{{ text|length > 20 }}", "true"),
        ] {
            assert_eq!(
                rendered_for(template, facts, Escape::Plain),
                expected,
                "{template}"
            );
        }
    });
}

#[test]
fn what_a_template_looks_at_is_known() {
    let none = Needs::NOTHING;
    for (template, expected) in [
        ("{{URL}}{{ ID }}{{ query.a }}{{ method|lower }}", none),
        ("{{ body.a }}", Needs::BODY),
        (
            "{{ body.a|upper }}{{ header.b }}",
            Needs::BODY | Needs::FIELDS,
        ),
        ("{{ param.id }}{{ count }}", Needs::PARAMS | Needs::COUNT),
        (
            "{% if state.a %}{{ jwt.b }}{% endif %}",
            Needs::STATE | Needs::FIELDS,
        ),
        ("{{ seq('n') }}{{ now() }}", Needs::SEQUENCES | Needs::NOW),
        ("{{ uuid() }}", Needs::DICE),
        ("{{ data['a'].b }}", Needs::DATA),
        ("{% set body = 1 %}{{ body }}", none),
    ] {
        let template_needs = Template::parse_reply(template).unwrap().needs();
        assert_eq!(template_needs, expected, "{template}");
    }
}

#[test]
fn names_that_nothing_has_are_told() {
    for (template, expected) in [
        ("{{ URL }}{{ body.x }}{{ now() }}", vec![]),
        ("{{ url.x }}", vec![]),
        ("{{ user.name }}", vec!["user"]),
        (
            "{{ qty|int }}{% for x in items %}{{ x }}{% endfor %}",
            vec!["items", "qty"],
        ),
        ("{{ range(3)|join }}{{ loop }}", vec!["loop"]),
    ] {
        let unknown = Template::parse_reply(template).unwrap().unknown();
        assert_eq!(unknown, expected, "{template}");
    }
}

#[test]
fn a_message_is_known_by_its_fields() {
    let json = json!({"type": "say", "deep": {"a": 1}, "text": "not this"});
    let facts = Facts {
        query: "user=ada",
        body: b"{\"type\": \"of the body\"}",
        message: Some(Message {
            text: "the \"text\"",
            json: Some(&json),
        }),
        ..Facts::default()
    };
    for (template, expected) in [
        ("{{ text }}", "the \"text\""),
        ("{{ type }} {{ deep.a }} {{ query.user }}", "say 1 ada"),
        ("{{ type|upper }}", "SAY"),
        ("{{ body.type }}", "say"),
        ("{{ none_such }}", ""),
    ] {
        assert_eq!(
            rendered_for(template, &facts, Escape::Plain),
            expected,
            "{template}"
        );
    }
}

#[test]
fn templates_that_are_none_are_told_by_their_column() {
    for (template, column, part) in [
        (
            "ö {{ ",
            3,
            "this `{{` is never closed: write `}}` behind the variable",
        ),
        ("{{ body. }}", 10, "unexpected"),
        ("ab{% if x %}", 11, "unexpected end"),
        ("{{ x|nosuch }}", 6, "unknown filter"),
        ("{{ fake('name.furst') }}", 4, "did you mean `name.first`?"),
        (
            "{% if false %}é{{ 'a|b'|upper | nosuch }}{% endif %}",
            33,
            "unknown filter: filter nosuch is unknown",
        ),
        (
            "{% if query.a %}{% for x in y|nosuch(1) %}{% endfor %}{% endif %}",
            31,
            "unknown filter: filter nosuch is unknown",
        ),
        ("{{ x is nosuch }}", 9, "unknown test"),
        ("{{ nosuch(1) }}", 4, "unknown function"),
        ("{{ seq() }}", 4, "missing argument"),
        ("{{ fake('first') }}", 4, "did you mean `name.first`?"),
        ("ab{{ now('2 hours') }}", 6, "is no offset"),
        ("{{ now(fmt='%!') }}", 4, "is no format"),
        ("{{ random(6, 1) }}", 4, "the lower one first"),
        ("{{ body|jsonpath('$[') }}", 9, "is no JSONPath"),
    ] {
        let error = Template::parse_reply(template).unwrap_err();
        assert!(error.message.contains(part), "{template}: {error}");
        assert_eq!(error.column, column, "{template}: {error}");
    }
}

#[test]
fn no_template_runs_for_ever() {
    let endless =
        "{% for a in range(100000) %}{% for b in range(100000) %}x{% endfor %}{% endfor %}";
    let deep = "{% macro again(x) %}{{ again(x) }}{% endmacro %}{{ again(1) }}";
    let wide = "{{ 'x' * 100000000 }}";
    for template in [endless, deep, wide] {
        let Ok(template) = Template::parse_reply(template) else {
            continue;
        };
        let error = template.render(&Facts::default(), Escape::Plain, &mut Vec::new());
        assert!(
            matches!(error, Err(RenderError::Failed { .. })),
            "{error:?}"
        );
    }
    let body = "x".repeat(1024 * 1024);
    let facts = Facts {
        body: body.as_bytes(),
        ..Facts::default()
    };
    for times in [17, 40] {
        let names = Template::parse_reply(&"{{ text }}".repeat(times)).unwrap();
        let error = names.render(&facts, Escape::Plain, &mut Vec::new());
        assert!(
            matches!(error, Err(RenderError::TooLong { .. })),
            "{error:?}"
        );
    }
}

#[test]
fn the_same_dice_invent_the_same() {
    let template = Template::parse_reply(
        "{{ uuid() }} {{ fake('name.full') }} {{ random(1, 1000) }} {{ pick(['a', 'b', 'c']) }}",
    )
    .unwrap();
    let render = |count| {
        let dice = RefCell::new(Dice::new(42, "", "orders", count));
        let facts = Facts {
            dice: Some(&dice),
            ..Facts::default()
        };
        let mut out = Vec::new();
        template.render(&facts, Escape::Plain, &mut out).unwrap();
        let first = String::from_utf8(out).unwrap();
        assert_ne!(
            rendered_for("{{ uuid() }}", &facts, Escape::Plain),
            first[..36]
        );
        first
    };
    assert_eq!(render(1), render(1));
    assert_ne!(render(1), render(2));
}

#[test]
fn sequences_go_on_through_a_session() {
    let sequences = Arc::new(Sequences::default());
    let facts = Facts {
        sequences: Some(&sequences),
        ..Facts::default()
    };
    let render = || {
        rendered_for(
            "{{ seq('n') }},{{ seq('n') }},{{ seq('m') }}",
            &facts,
            Escape::Plain,
        )
    };
    // Parsing tries it out, without a session.
    assert_eq!(render(), "1,2,1");
    assert_eq!(render(), "3,4,2");
    sequences.reset();
    assert_eq!(render(), "1,2,1");
    let many = "{% for n in range(1001) %}{{ seq('k' ~ n) }}{% endfor %}";
    let template = Template::parse_reply(many).unwrap();
    let error = template.render(&facts, Escape::Plain, &mut Vec::new());
    assert!(format!("{:?}", error.unwrap_err()).contains("has too many already"));
}

proptest! {
    #[test]
    fn any_text_is_rendered_or_told_of(
        text in prop_oneof![any::<String>(), "[{}%#|()\\[\\]. a-z'\"0-9]{0,24}", "\\{\\{ [a-z.()'|]{0,12} \\}\\}"],
        escape in prop_oneof![Just(Escape::Plain), Just(Escape::Json), Just(Escape::Html)],
    ) {
        let chars = text.chars().count();
        match Template::parse_reply(&text) {
            Ok(template) => {
                let mut out = Vec::new();
                let _either = with_request(|facts| template.render(facts, escape, &mut out).is_ok());
                let again = Template::parse_reply(&template.text()).unwrap();
                prop_assert_eq!(again.fixed(), template.fixed());
            }
            Err(error) => prop_assert!((1..=chars + 1).contains(&error.column), "{}", error),
        }
    }

    #[test]
    fn names_and_the_engine_agree(value in any::<String>(), escape in prop_oneof![Just(Escape::Plain), Just(Escape::Json), Just(Escape::Html)]) {
        let body = json!({"text": value, "list": [value, Json::Null], "map": {"k": value}}).to_string();
        let facts = Facts { body: body.as_bytes(), ..Facts::default() };
        for name in ["body.text", "body.list", "body.list[0]", "body.map", "body.map.k", "body"] {
            let alone = rendered_for(&format!("{{{{ {name} }}}}"), &facts, escape);
            let engine = rendered_for(&format!("{{% if true %}}{{{{ {name} }}}}{{% endif %}}"), &facts, escape);
            prop_assert_eq!(alone, engine);
        }
    }
}
