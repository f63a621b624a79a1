//! What a request says beside its path: the pairs of its query, and the fields of a JSON object.
//!
//! A reader of its own, because what is not understood is told so that it can be mended: an unknown
//! field with the nearest known one, a value with what to write instead.

mod object;
#[cfg(test)]
mod tests;
mod value;

use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::extract::{FromRequestParts, Query as Pairs, Request};
use axum::http::StatusCode;
use axum::http::request::Parts;
use buffy_core::config::nearest;
use serde_json::{Map, Value};

use crate::admin::problem::{Problem, bad};
use object::Object;

const BODY_BYTES_MAX: usize = 64 * 1024;
const BODY_TIMEOUT: Duration = Duration::from_secs(10);

/// What was said, in order. A field whose value is `null` counts as not said.
#[derive(Clone, Debug, Default)]
pub(in crate::admin) struct Fields {
    said: Vec<(String, Value)>,
}

/// Those of a query alone.
pub(in crate::admin) struct Query(pub(in crate::admin) Fields);

impl<S: Sync> FromRequestParts<S> for Query {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        Fields::of_query(parts).await.map(Self)
    }
}

impl Fields {
    async fn of_query(parts: &mut Parts) -> Result<Self, Problem> {
        let query = Pairs::<Vec<(String, String)>>::from_request_parts(parts, &()).await;
        let Pairs(pairs) =
            query.map_err(|error| bad(format!("The query: {}.", error.body_text())))?;
        let said = pairs
            .into_iter()
            .map(|(name, value)| (name, Value::String(value)));
        Self {
            said: said.collect(),
        }
        .each_once()
    }

    /// Those of the query and of the body, which is a JSON object or empty.
    pub(in crate::admin) async fn of(request: Request) -> Result<Self, Problem> {
        let (mut parts, body) = request.into_parts();
        let mut all = Self::of_query(&mut parts).await?;
        all.said.extend(object(&read(body).await?)?);
        all.each_once()
    }

    /// Those of the query, and the body apart: an object whose names are the caller's own.
    pub(in crate::admin) async fn beside_object(
        request: Request,
    ) -> Result<(Self, Map<String, Value>), Problem> {
        let (mut parts, body) = request.into_parts();
        let query = Self::of_query(&mut parts).await?;
        let said = object(&read(body).await?)?;
        let body = Self { said }.each_once()?;
        Ok((query, body.said.into_iter().collect()))
    }

    /// Nothing may be said twice.
    fn each_once(self) -> Result<Self, Problem> {
        for (index, (name, _)) in self.said.iter().enumerate() {
            let before = self.said.iter().take(index);
            if before.into_iter().any(|(other, _)| other == name) {
                return Err(bad(format!("`{name}` is said twice.")));
            }
        }
        Ok(self)
    }

    /// The rest, without these.
    pub(in crate::admin) fn without(mut self, names: &[&str]) -> Self {
        self.said
            .retain(|(name, _)| !names.contains(&name.as_str()));
        self
    }

    /// As the body of a request that says the same.
    pub(in crate::admin) fn to_json(&self) -> String {
        let said = self.said.iter().cloned();
        Value::Object(said.collect()).to_string()
    }

    /// The names of the fields, in order.
    pub(in crate::admin) fn names(&self) -> impl Iterator<Item = &str> {
        self.said.iter().map(|(name, _)| name.as_str())
    }

    /// Was it said, be it as `null`?
    pub(in crate::admin) fn has(&self, name: &str) -> bool {
        self.names().any(|other| other == name)
    }

    /// Everything that was said is one of these.
    pub(in crate::admin) fn only(&self, known: &[&str]) -> Result<(), Problem> {
        let Some(name) = self.names().find(|name| !known.contains(name)) else {
            return Ok(());
        };
        if known.is_empty() {
            return Err(bad(format!(
                "`{name}` is unknown here: nothing is to be said."
            )));
        }
        let hint = nearest(name, known.iter().copied())
            .map_or_else(String::new, |meant| format!(" Did you mean `{meant}`?"));
        let all = known.join(", ");
        Err(bad(format!(
            "`{name}` is unknown here.{hint} There are: {all}."
        )))
    }
}

fn object(bytes: &[u8]) -> Result<Vec<(String, Value)>, Problem> {
    if bytes.trim_ascii().is_empty() {
        return Ok(Vec::new());
    }
    let Object(fields) = serde_json::from_slice(bytes).map_err(|error| {
        bad(format!(
            "The body is no JSON object, like `{{\"reason\": \"a migration\"}}`: {error}. What is \
             asked may also be said in the query."
        ))
    })?;
    Ok(fields)
}

async fn read(body: Body) -> Result<Bytes, Problem> {
    match tokio::time::timeout(BODY_TIMEOUT, axum::body::to_bytes(body, BODY_BYTES_MAX)).await {
        Ok(Ok(bytes)) => Ok(bytes),
        Ok(Err(error)) if is_too_long(&error) => {
            let detail = "The body is longer than 64 KiB.";
            Err(Problem::new(StatusCode::PAYLOAD_TOO_LARGE, detail))
        }
        Ok(Err(error)) => Err(bad(format!("The body could not be read: {error}."))),
        Err(_) => {
            let detail = "The body did not come within 10 s.";
            Err(Problem::new(StatusCode::REQUEST_TIMEOUT, detail))
        }
    }
}

fn is_too_long(error: &axum::Error) -> bool {
    let mut cause: Option<&(dyn std::error::Error + 'static)> = Some(error);
    while let Some(error) = cause {
        if error.is::<http_body_util::LengthLimitError>() {
            return true;
        }
        cause = error.source();
    }
    false
}
