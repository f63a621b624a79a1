//! Requests to collections, and what they answer.

mod changing;
mod loading;
mod reading;

use std::collections::HashMap;

use serde_json::{Value as Json, json};

use super::*;

/// Data, and what its documents must keep to.
struct Shop {
    data: Collections,
    rules: Rules,
}

impl Shop {
    fn of(value: Json) -> Self {
        Self::with_budget(value, 1 << 20)
    }

    fn with_budget(value: Json, bytes_max: usize) -> Self {
        Self {
            data: Collections::of_json(value, "id", &mut uuid).unwrap(),
            rules: Rules {
                schemas: HashMap::new(),
                budget: Budget::new(bytes_max),
            },
        }
    }

    /// Posts, comments on them, and a profile.
    fn blog() -> Self {
        Self::of(json!({
            "posts": [
                {"id": "1", "title": "a title", "views": 100},
                {"id": "2", "title": "another title", "views": 200},
            ],
            "comments": [
                {"id": "1", "text": "a comment about post 1", "postId": "1"},
                {"id": "2", "text": "another comment about post 1", "postId": "1"},
            ],
            "profile": {"name": "typicode"},
        }))
    }

    fn get(&mut self, path: &str) -> Reply {
        self.ask("GET", path, "")
    }

    /// What a request gets; its path is without the first slash.
    fn ask(&mut self, method: &str, path: &str, body: &str) -> Reply {
        self.ask_with(
            method,
            path,
            body,
            "application/json",
            Preconditions::default(),
        )
    }

    fn ask_if(&mut self, method: &str, path: &str, if_match: &str, body: &str) -> Reply {
        let conditions = Preconditions {
            if_match: Some(if_match),
            if_none_match: None,
        };
        self.ask_with(method, path, body, "application/json", conditions)
    }

    fn ask_with(
        &mut self,
        method: &str,
        path: &str,
        body: &str,
        content_type: &str,
        conditions: Preconditions<'_>,
    ) -> Reply {
        let (path, query) = path.split_once('?').unwrap_or((path, ""));
        let path: Vec<&str> = path.split('/').filter(|part| !part.is_empty()).collect();
        let ask = Ask {
            method,
            path: &path,
            query,
            content_type,
            conditions,
            body: body.as_bytes(),
            prefix: "/api/",
        };
        if ask.is_read() {
            self.data.read(&ask)
        } else {
            self.data.write(&ask, &self.rules, &mut uuid)
        }
    }
}

fn uuid() -> String {
    "7d9f".to_owned()
}

fn field<'a>(reply: &'a Reply, name: &str) -> Option<&'a str> {
    let found = reply.fields.iter().find(|(own, _)| *own == name);
    found.map(|(_, value)| value.as_str())
}

#[track_caller]
fn body(reply: &Reply) -> Json {
    serde_json::from_str(reply.body.as_deref().unwrap()).unwrap()
}

/// The ids of a list, as one text.
#[track_caller]
fn ids(reply: &Reply) -> String {
    let list = body(reply);
    let ids = list
        .as_array()
        .unwrap()
        .iter()
        .map(|document| document["id"].to_string());
    ids.collect::<Vec<_>>().join(" ").replace('"', "")
}
