//! What data endpoints hold, as templates see it: nothing is copied but what a template takes.

use std::sync::Arc;

use minijinja::value::{Enumerator, Object, ObjectExt, ObjectRepr, Serde, Value};
use serde_json::{Map, Value as Json};

use super::place::{Step, walk};
use crate::data::Collections;

/// What is found behind `data.ID`.
pub(super) fn find(collections: &Collections, steps: &[Step]) -> Option<Json> {
    let [Step::Key(name), rest @ ..] = steps else {
        return steps.is_empty().then(|| collections.to_json());
    };
    match (rest, collections.documents(name)) {
        ([Step::Index(index), rest @ ..], Some((_, mut documents))) => {
            member(documents.nth(*index)?, rest)
        }
        ([_, ..], Some(_)) => None,
        (rest, _) => walk(&collections.collection(name)?, rest).cloned(),
    }
}

/// The same, as the engine takes it.
pub(super) fn value(collections: Arc<Collections>) -> Value {
    Value::from_object(All(collections))
}

/// All collections of an endpoint, by their names.
#[derive(Debug)]
struct All(Arc<Collections>);

/// One list of documents.
#[derive(Debug)]
struct List {
    of: Arc<Collections>,
    name: String,
}

impl Object for All {
    fn get_value(self: &Arc<Self>, key: &Value) -> Option<Value> {
        let name = key.as_str()?;
        if self.0.documents(name).is_none() {
            return self.0.collection(name).map(|one| Value::from(Serde(one)));
        }
        Some(Value::from_object(List {
            of: Arc::clone(&self.0),
            name: name.to_owned(),
        }))
    }

    fn enumerate(self: &Arc<Self>) -> Enumerator {
        Enumerator::Values(self.0.every_name().map(Value::from).collect())
    }
}

impl Object for List {
    fn repr(self: &Arc<Self>) -> ObjectRepr {
        ObjectRepr::Seq
    }

    fn get_value(self: &Arc<Self>, key: &Value) -> Option<Value> {
        let (_, mut documents) = self.of.documents(&self.name)?;
        documents.nth(key.as_usize()?).map(document)
    }

    fn enumerate(self: &Arc<Self>) -> Enumerator {
        self.mapped_enumerator(|list| match list.of.documents(&list.name) {
            Some((_, documents)) => Box::new(documents.map(document)),
            None => Box::new(std::iter::empty()),
        })
    }

    fn enumerator_len(self: &Arc<Self>) -> Option<usize> {
        self.of.documents(&self.name).map(|(count, _)| count)
    }
}

fn document(fields: &Map<String, Json>) -> Value {
    Value::from(Serde(fields))
}

fn member(fields: &Map<String, Json>, steps: &[Step]) -> Option<Json> {
    match steps {
        [] => Some(Json::Object(fields.clone())),
        [Step::Key(name), rest @ ..] => walk(fields.get(name)?, rest).cloned(),
        [Step::Index(_), ..] => None,
    }
}
