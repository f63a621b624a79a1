//! The schemas of what reading answers, printed from the types that are written; `UPDATE=1` writes
//! the files.

use std::path::Path;

use schemars::JsonSchema;
use schemars::generate::SchemaSettings;

use super::held::{Came, Held};
use super::record::{Recorded, Recording};
use super::requests::{self, Requests};
use super::verify::Report;
use super::why::Why;
use super::{Bypass, Clock, Done, Gate, Gates, Pinned, Reached, Reloaded, Reset, Status};

#[test]
fn the_schemas_are_of_the_types() {
    kept::<Status>("status");
    kept::<Gate>("gate");
    kept::<Gates>("gates");
    kept::<Done>("order");
    kept::<Why>("why");
    kept::<Held>("held");
    kept::<Came>("held-by-hand");
    kept::<Bypass>("bypass");
    kept::<Reloaded>("reload");
    kept::<Requests>("requests");
    kept::<requests::Came>("requests-wait");
    kept::<Reset>("reset");
    kept::<Report>("verify");
    kept::<Pinned>("use");
    kept::<Clock>("clock");
    kept::<Reached>("push");
    kept::<Recording>("recording");
    kept::<Recorded>("recorded");
}

/// Compares with a file of the repository.
fn kept<T: JsonSchema>(name: &str) {
    let settings = SchemaSettings::draft2020_12().for_serialize();
    let schema = settings.into_generator().into_root_schema_for::<T>();
    let expected = serde_json::to_string_pretty(&schema).unwrap() + "\n";
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../docs/reference/api")
        .join(format!("{name}.schema.json"));
    if std::env::var("UPDATE").is_ok() {
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, &expected).unwrap();
    }
    let found = std::fs::read_to_string(&path).unwrap_or_default();
    assert_eq!(
        found, expected,
        "{name} has drifted: run the tests with UPDATE=1"
    );
}
