//! Answers as the configuration writes them: what looks like a template is none, and a parameter
//! of the path that comes back in an answer is one.

use serde_json::Value as Json;

use super::sample::{Body, Sample, Streamed};

/// An answer, ready to be written.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Drawn {
    pub(super) status: u16,
    /// Values are templates.
    pub(super) fields: Vec<(String, String)>,
    pub(super) content: Drawing,
}

/// What an answer carries.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Drawing {
    /// Its texts are templates.
    Json(Json),
    /// A template.
    Text(String),
    Binary(Vec<u8>),
    Stream(Streamed),
}

/// An answer as it was; with `params`, as it would be for any others.
pub(super) fn draw(sample: &Sample, params: &[(String, String)]) -> Drawn {
    let fields = sample.fields.iter();
    let fields = fields.map(|(name, value)| (name.clone(), path_like(value, params)));
    let content = match &sample.body {
        Body::Json(json) => {
            let mut json = json.clone();
            draw_json(&mut json, params);
            Drawing::Json(json)
        }
        Body::Text(text) => Drawing::Text(fixed(text)),
        Body::Binary(bytes) => Drawing::Binary(bytes.clone()),
        Body::Stream(stream) => Drawing::Stream(stream.clone()),
        Body::Left => Drawing::Text(String::new()),
    };
    Drawn {
        status: sample.status,
        fields: fields.collect(),
        content,
    }
}

fn draw_json(json: &mut Json, params: &[(String, String)]) {
    match json {
        Json::Object(map) => {
            for value in map.values_mut() {
                draw_json(value, params);
            }
        }
        Json::Array(items) => {
            for item in items {
                draw_json(item, params);
            }
        }
        Json::String(text) => *text = path_like(text, params),
        Json::Number(number) => {
            let written = number.to_string();
            if let Some((name, _)) = params.iter().find(|(_, value)| *value == written) {
                *json = Json::String(format!("{{{{ param.{name}|int }}}}"));
            }
        }
        Json::Null | Json::Bool(_) => {}
    }
}

/// A text in which a parameter stands for itself where it is all of it, or all between two `/`.
fn path_like(text: &str, params: &[(String, String)]) -> String {
    let segments = text.split('/').map(|segment| {
        let named = params.iter().find(|(_, value)| value == segment);
        match named {
            Some((name, _)) => format!("{{{{ param.{name} }}}}"),
            None => fixed(segment),
        }
    });
    let segments: Vec<_> = segments.collect();
    segments.join("/")
}

/// A template of a text that is none.
fn fixed(text: &str) -> String {
    let mut template = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, from)) = rest.find('{').map(|at| rest.split_at(at)) {
        template.push_str(before);
        let opens = ["{{", "{%", "{#"]
            .into_iter()
            .find(|opens| from.starts_with(opens));
        if let Some(opens) = opens {
            template.push_str("{{ '");
            template.push_str(opens);
            template.push_str("' }}");
        } else {
            template.push('{');
        }
        rest = from.get(opens.map_or(1, str::len)..).unwrap_or_default();
    }
    template.push_str(rest);
    template
}
