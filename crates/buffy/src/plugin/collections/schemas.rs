//! The schemas of collections, read at load.

use std::collections::HashMap;
use std::fs;

use buffy_core::config::Collections as Settings;
use buffy_core::data::Schema;

use super::base::causes;
use crate::plugin::Making;

/// By collection. The check of the configuration has read them before; one that cannot be read by
/// now is told, and its collection takes everything.
pub(super) fn read(making: &Making<'_>, settings: &Settings) -> HashMap<String, Schema> {
    let endpoint = &making.endpoint.id;
    let read = settings.schema.iter().filter_map(|(collection, path)| {
        let file = making.folder.join(path).display().to_string();
        let message = "a schema cannot be read: documents are not checked";
        let text = fs::read_to_string(making.folder.join(path));
        let text = text.inspect_err(|error| {
            tracing::error!(endpoint, collection, file, %error, message);
        });
        let schema = Schema::parse(&text.ok()?).inspect_err(|error| {
            tracing::error!(endpoint, collection, file, %error, cause = causes(error), message);
        });
        Some((collection.clone(), schema.ok()?))
    });
    read.collect()
}
