//! What endpoints that answer by themselves have, as it is shown.

use crate::reply::Pick;
use serde_json::{Map, Value, json};

use crate::config::unit::size_text;
use crate::config::{Answers, Collections, DataSource, Origin, Write};

pub(super) fn answers(answers: &Answers) -> Value {
    let pick = match answers.pick {
        Pick::First => "first",
        Pick::Cycle => "cycle",
        Pick::Random => "random",
    };
    json!({
        "pick": pick,
        "expect": answers.expect.map(|expect| expect.to_string()),
        "cors": answers.cors,
        "overrides": answers.overrides,
        "body": {"max": size_text(answers.body_max)},
    })
}

pub(super) fn source(source: &DataSource) -> Value {
    match source {
        DataSource::Collections(collections) => self::collections(collections),
        DataSource::Files { folder } => json!({"files": format!("file:///{}", folder.display())}),
    }
}

fn collections(collections: &Collections) -> Value {
    let data = match &collections.origin {
        Origin::File(path) => Value::from(format!("file:///{}", path.display())),
        Origin::Folder(path) => Value::from(format!("file:///{}/", path.display())),
        Origin::Inline(documents) => Value::Object(documents.clone()),
    };
    let write = match collections.write {
        Write::Memory => "memory",
        Write::File => "file",
        Write::No => "no",
    };
    let schema = collections.schema.iter();
    let schema =
        schema.map(|(name, path)| (name.clone(), format!("file:///{}", path.display()).into()));
    json!({
        "data": data,
        "key": collections.key,
        "write": write,
        "schema": schema.collect::<Map<_, _>>(),
    })
}
