//! The JSON Schema (draft-07) of the file, from the table of keys.

use serde_json::{Map, Value, json};

use super::keys::{self, Bare, Key, Kind, Preset, SECRET, Section};

/// The JSON Schema (draft-07) of the file, for editors.
///
/// It says which keys there are and what they take. It does not say what only the reader can:
/// references, rules, conflicts.
pub fn json_schema() -> Value {
    let mut definitions = Map::new();
    for section in keys::sections() {
        if !section.path.is_empty() {
            definitions.insert(definition(section), Value::Object(object(section)));
        }
    }
    definitions.insert("variable".to_owned(), variable());
    let mut schema = object(&keys::FILE);
    schema.insert(
        "$schema".to_owned(),
        "http://json-schema.org/draft-07/schema#".into(),
    );
    schema.insert("title".to_owned(), "Buffy's configuration".into());
    schema.insert("definitions".to_owned(), Value::Object(definitions));
    Value::Object(schema)
}

fn object(section: &Section) -> Map<String, Value> {
    let required: Vec<&str> = section
        .keys
        .iter()
        .filter(|key| matches!(key.preset, Preset::Required))
        .map(|key| key.name)
        .collect();
    let properties: Map<String, Value> = section
        .keys
        .iter()
        .map(|key| (key.name.to_owned(), property(key)))
        .collect();
    let mut object = Map::new();
    object.insert("type".to_owned(), "object".into());
    object.insert("description".to_owned(), section.doc.into());
    object.insert("additionalProperties".to_owned(), false.into());
    object.insert("properties".to_owned(), Value::Object(properties));
    if section.path == SECRET.path {
        object.insert("minProperties".to_owned(), 1.into());
        object.insert("maxProperties".to_owned(), 1.into());
    }
    if !required.is_empty() {
        object.insert("required".to_owned(), required.into());
    }
    object
}

fn property(key: &Key) -> Value {
    let mut property = kind(&key.kind);
    if let Value::Object(property) = &mut property {
        let what = key.doc.to_owned();
        let description = match key.preset {
            Preset::Required => what,
            Preset::Is(preset) => format!("{what} Default: {preset}"),
            Preset::Words(words) => format!("{what} Default: {words}"),
        };
        property.insert("description".to_owned(), description.trim_end().into());
    }
    property
}

fn kind(kind: &Kind) -> Value {
    match kind {
        Kind::Version => json!({"enum": [0.1, "0.1"]}),
        Kind::Text | Kind::Id | Kind::Rule | Kind::Statuses => {
            json!({"type": ["string", "number", "boolean"]})
        }
        Kind::Address | Kind::Network => json!({"type": "string"}),
        Kind::Boolean => or_variable(&json!({"type": "boolean"})),
        Kind::Switch => or_variable(&json!({"enum": ["on", "off", true, false]})),
        Kind::Number { min, max } => {
            or_variable(&json!({"type": "integer", "minimum": min, "maximum": max}))
        }
        Kind::Workers => {
            json!({"anyOf": [{"const": "auto"}, {"type": "integer", "minimum": 1}, refer("variable")]})
        }
        Kind::Duration { bare, .. } => {
            let number = match bare {
                Bare::Milliseconds | Bare::Seconds => json!({"type": "number", "minimum": 0}),
                Bare::Refused => json!({"const": 0}),
            };
            let text = json!({"type": "string", "pattern": r"^[0-9.]+ ?(ms|s|m|h)$"});
            json!({"anyOf": [text, number, refer("variable")]})
        }
        Kind::Size { .. } => json!({"anyOf": [
            {"type": "string", "pattern": r"^[0-9]+ ?(B|KiB|MiB|GiB|[kK]B|MB|GB)$"},
            {"type": "integer", "minimum": 0},
            refer("variable"),
        ]}),
        Kind::OneOf(names) => or_variable(&json!({"enum": names})),
        Kind::Url { https } => {
            let scheme = if *https { "https?" } else { "http" };
            or_variable(&json!({"type": "string", "pattern": format!("^{scheme}://")}))
        }
        Kind::Hook => json!({"anyOf": [{"type": ["string", "null"]}, refer(SECRET.path)]}),
        Kind::Secret => json!({"anyOf": [{"type": "string"}, refer(SECRET.path)]}),
        Kind::Fields => json!({
            "type": "object",
            "additionalProperties": {"type": ["string", "number", "boolean", "array"]},
        }),
        Kind::Delay => json!({"type": ["string", "number"]}),
        Kind::Chance => or_variable(&json!({"type": "string", "pattern": r"^[0-9.]+ ?%$"})),
        Kind::Amount => json!({"type": ["string", "integer"]}),
        Kind::Factor { zero: true } => or_variable(&json!({"type": "number", "minimum": 0})),
        Kind::Factor { zero: false } => {
            or_variable(&json!({"type": "number", "exclusiveMinimum": 0}))
        }
        Kind::CountOr(word) => {
            json!({"anyOf": [{"const": word}, {"type": "integer", "minimum": 1}, refer("variable")]})
        }
        Kind::Json => json!({}),
        Kind::Source => json!({"type": ["string", "object"]}),
        Kind::Named(of) => json!({"type": "object", "additionalProperties": self::kind(of)}),
        Kind::Section(section) => json!({"allOf": [refer(&definition(section))]}),
        Kind::SectionOr(section, name) => {
            let short = section.key(name).expect("a key of the section");
            json!({"anyOf": [self::kind(&short.kind), refer(&definition(section))]})
        }
        Kind::List(item) => json!({"type": "array", "items": self::kind(item)}),
        Kind::OneOrMany(item) => {
            let item = self::kind(item);
            json!({"anyOf": [item, {"type": "array", "items": item}]})
        }
    }
}

fn variable() -> Value {
    json!({
        "type": "string",
        "description": "A variable of the environment, written without quotes.",
        "pattern": r"\$\{[A-Za-z_][A-Za-z0-9_]*(:-[^}]*)?\}",
    })
}

fn or_variable(schema: &Value) -> Value {
    json!({"anyOf": [schema, refer("variable")]})
}

fn refer(name: &str) -> Value {
    json!({"$ref": format!("#/definitions/{name}")})
}

/// The path of a section as the name of a definition.
fn definition(section: &Section) -> String {
    section.path.replace("[]", "")
}
