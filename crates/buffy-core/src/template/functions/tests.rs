use std::cell::RefCell;
use std::collections::BTreeSet;

use serde_json::Value as Json;

use super::invented;
use crate::dice::Dice;
use crate::facts::Facts;
use crate::template::JsonTemplate;

fn value(expression: &str, seed: u64) -> Json {
    let dice = RefCell::new(Dice::new(seed, "", "", 1));
    let facts = Facts {
        // Tuesday, the 14th of November 2023, 22:13:20.123 UTC.
        now_ms: 1_700_000_000_123,
        dice: Some(&dice),
        ..Facts::default()
    };
    let template = JsonTemplate::new(&Json::from(format!("{{{{ {expression} }}}}")));
    let template = template.unwrap_or_else(|error| panic!("{expression}: {error}"));
    template.render(&facts).unwrap().0
}

#[test]
fn the_time_is_written_as_asked() {
    for (expression, expected) in [
        ("now()", Json::from("2023-11-14T22:13:20.123Z")),
        ("now('+2h')", "2023-11-15T00:13:20.123Z".into()),
        ("now('-1d')", "2023-11-13T22:13:20.123Z".into()),
        ("now('90s')", "2023-11-14T22:14:50.123Z".into()),
        ("now('1m')", "2023-11-14T22:14:20.123Z".into()),
        ("now('+877ms')", "2023-11-14T22:13:21.000Z".into()),
        ("now('0s', '%Y-%m-%d')", "2023-11-14".into()),
        ("now(fmt='%H:%M')", "22:13".into()),
        ("now(fmt='unix')", 1_700_000_000_i64.into()),
        ("now('+1s', 'unix_ms')", 1_700_000_001_123_i64.into()),
        (
            "now(offset='1h', fmt='http')",
            "Tue, 14 Nov 2023 23:13:20 GMT".into(),
        ),
    ] {
        assert_eq!(value(expression, 1), expected, "{expression}");
    }
}

#[test]
fn numbers_stay_between_their_ends() {
    let all: BTreeSet<i64> = (0..200)
        .map(|seed| value("random(1, 6)", seed).as_i64().unwrap())
        .collect();
    assert_eq!(all, (1..=6).collect());
    assert_eq!(value("random(-3, -3)", 1), Json::from(-3));
    for seed in 0..50 {
        let real = value("random(0.5, 2)", seed).as_f64().unwrap();
        assert!((0.5..2.0).contains(&real), "{real}");
    }
    let wide = value("random(-9223372036854775807, 9223372036854775807)", 5);
    assert!(wide.is_number());
}

#[test]
fn one_of_a_list_is_picked() {
    let all: BTreeSet<String> = (0..100)
        .map(|seed| value("pick(['a', 'b', 'c'])", seed).to_string())
        .collect();
    assert_eq!(all.len(), 3);
    assert_eq!(value("pick([])", 1), Json::Null);
    assert_eq!(value("pick([7])", 1), Json::from(7));
}

#[test]
fn everything_that_can_be_invented_is_and_by_the_seed_alone() {
    for name in invented::names() {
        let call = format!("fake('{name}')");
        let first = value(&call, 42);
        assert_eq!(first, value(&call, 42), "{name}");
        assert_ne!(first, Json::Null, "{name}");
        let all: BTreeSet<String> = (0..30).map(|seed| value(&call, seed).to_string()).collect();
        assert!(all.len() > 1, "{name}: {all:?}");
    }
    let email = value("fake('internet.email')", 7);
    assert!(email.as_str().unwrap().contains("@example."), "{email}");
}
