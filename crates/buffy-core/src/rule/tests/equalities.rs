use proptest::prelude::*;

use super::*;
use crate::facts::Facts;
use crate::rule::Equality;

fn shown(rule: &str) -> Vec<String> {
    let equalities = Rule::parse_reply(rule).unwrap().equalities();
    let shown = |equality: &Equality| format!("{}={:?}", equality.subject, equality.literal);
    equalities.iter().map(shown).collect()
}

#[test]
fn a_rule_names_what_must_be_equal() {
    for (rule, expected) in [
        ("method=PUT", vec!["method=Text(\"PUT\")"]),
        (
            "method=PUT && sku=\"10\" && count>2",
            vec!["method=Text(\"PUT\")", "body.sku=Text(\"10\")"],
        ),
        ("body.n=0", vec!["body.n=Number(0)"]),
        ("n=-0.0", vec!["body.n=Number(0)"]),
        (
            "(method=PUT || method=GET) && $.a=x",
            vec!["$.a=Text(\"x\")"],
        ),
        ("method=PUT || sku=10", vec![]),
        (
            "!(method=PUT) && sku!=10 && a=\"x*\" && b in [1, 2]",
            vec![],
        ),
    ] {
        assert_eq!(shown(rule), expected, "{rule}");
    }
}

/// Numbers and texts that are easily mistaken for each other.
fn value() -> impl Strategy<Value = String> {
    prop_oneof![
        Just("10".to_owned()),
        Just("10.0".to_owned()),
        Just("1e1".to_owned()),
        Just("010".to_owned()),
        Just("0".to_owned()),
        Just("-0".to_owned()),
        Just("-0.0".to_owned()),
        Just("9007199254740993".to_owned()),
        Just("9007199254740992".to_owned()),
        Just("9007199254740992.0".to_owned()),
        Just("18446744073709551615".to_owned()),
        Just("true".to_owned()),
        Just("null".to_owned()),
        "[a-c0-9]{1,2}",
        any::<i64>().prop_map(|number| number.to_string()),
    ]
}

proptest! {
    #[test]
    fn what_is_equal_has_a_key_in_common(wanted in value(), quoted in any::<bool>(), found in value(), bare in any::<bool>()) {
        let wanted = if quoted { format!("\"{wanted}\"") } else { wanted };
        let rule = Rule::parse_reply(&format!("body.x={wanted}")).unwrap();
        let body = if bare { format!("{{\"x\": {found}}}") } else { format!("{{\"x\": \"{found}\"}}") };
        let facts = Facts { body: body.as_bytes(), ..Facts::default() };
        let equality = &rule.equalities()[0];
        let keys = equality.subject.literals(&facts);
        if rule.judge_reply(&facts) {
            prop_assert!(keys.contains(&equality.literal), "{rule} on {body}: {keys:?}");
        }
    }
}
