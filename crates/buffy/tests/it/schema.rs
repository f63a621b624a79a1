//! The JSON Schemas of the repository, held against what is really answered.

use std::path::Path;

use serde_json::Value;

/// Panics where a value is not what the schema of this name says, or has more than it says.
#[track_caller]
pub(crate) fn conforms(name: &str, value: &Value) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../docs/reference/api")
        .join(format!("{name}.schema.json"));
    let text = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{name}: {error}"));
    let root: Value = serde_json::from_str(&text).unwrap_or_else(|error| panic!("{name}: {error}"));
    if let Err(wrong) = check(&root, &root, value, name) {
        panic!("{wrong}\n{value:#}");
    }
}

/// The keywords that the schemas use; another one fails, so that none is overlooked.
fn check(root: &Value, schema: &Value, value: &Value, at: &str) -> Result<(), String> {
    for (keyword, said) in schema.as_object().into_iter().flatten() {
        match keyword.as_str() {
            "$ref" => {
                let pointer = said.as_str().unwrap_or_default().trim_start_matches('#');
                let meant = root.pointer(pointer).ok_or(format!("{at}: no {said}"))?;
                check(root, meant, value, at)?;
            }
            "type" => {
                let types = said.as_array().cloned().unwrap_or(vec![said.clone()]);
                if !types
                    .iter()
                    .any(|one| is(one.as_str().unwrap_or_default(), value))
                {
                    return Err(format!("{at} is no {said}"));
                }
            }
            "enum" if !said.as_array().is_some_and(|all| all.contains(value)) => {
                return Err(format!("{at} is none of {said}"));
            }
            "const" if said != value => return Err(format!("{at} is not {said}")),
            "anyOf" | "oneOf" => {
                let mut all = said.as_array().into_iter().flatten();
                if !all.any(|one| check(root, one, value, at).is_ok()) {
                    return Err(format!("{at} is none of {said}"));
                }
            }
            "properties" => {
                for (key, one) in value.as_object().into_iter().flatten() {
                    let known = said.get(key).ok_or(format!("{at} has `{key}`, too"))?;
                    check(root, known, one, &format!("{at}.{key}"))?;
                }
            }
            "required" => {
                let mut all = said.as_array().into_iter().flatten();
                let missing = all.find(|key| value.get(key.as_str().unwrap_or_default()).is_none());
                if let Some(key) = missing {
                    return Err(format!("{at} has no {key}"));
                }
            }
            "items" => {
                for (index, one) in value.as_array().into_iter().flatten().enumerate() {
                    check(root, said, one, &format!("{at}[{index}]"))?;
                }
            }
            "enum" | "const" | "$schema" | "$defs" | "title" | "description" | "format"
            | "minimum" | "maximum" => {}
            other => {
                return Err(format!(
                    "{at}: the schema says `{other}`, which is not looked at"
                ));
            }
        }
    }
    Ok(())
}

fn is(kind: &str, value: &Value) -> bool {
    match kind {
        "object" => value.is_object(),
        "array" => value.is_array(),
        "string" => value.is_string(),
        "boolean" => value.is_boolean(),
        "null" => value.is_null(),
        "integer" => value.is_u64() || value.is_i64(),
        "number" => value.is_number(),
        _ => false,
    }
}

#[test]
fn what_differs_from_its_schema_is_found() {
    let schema = serde_json::json!({
        "type": "object",
        "required": ["id"],
        "properties": {"id": {"$ref": "#/$defs/Id"}, "more": {"type": ["array", "null"], "items": {"type": "integer"}}},
        "$defs": {"Id": {"type": "string", "enum": ["a", "b"]}},
    });
    for (value, expected) in [
        (r#"{"id": "a", "more": null}"#, None),
        (r#"{"id": "b", "more": [1, 2]}"#, None),
        (r#"{"id": "c"}"#, Some("x.id is none of [\"a\",\"b\"]")),
        (r#"{"more": [1]}"#, Some("x has no \"id\"")),
        (
            r#"{"id": "a", "more": [1, "2"]}"#,
            Some("x.more[1] is no \"integer\""),
        ),
        (r#"{"id": "a", "less": 1}"#, Some("x has `less`, too")),
        (
            r#"{"id": "a", "more": 5}"#,
            Some("x.more is no [\"array\",\"null\"]"),
        ),
    ] {
        let value: Value = serde_json::from_str(value).unwrap();
        let found = check(&schema, &schema, &value, "x").err();
        assert_eq!(found.as_deref(), expected, "{value}");
    }
}
