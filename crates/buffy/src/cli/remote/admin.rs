//! The admin API of a running Buffy, asked from the command line.

use std::time::Duration;

use buffy_core::config::{Secret, duration};
use hyper::Method;
use hyper::body::Bytes;
use hyper::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, HeaderMap, HeaderValue};
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::trouble::Trouble;
use super::way::{Directions, Door};
use crate::client::{Address, Call, Client, ClientError};

/// An answer that does nothing but read or move takes less.
pub(super) const PATIENCE: Duration = Duration::from_secs(10);
/// Of an answer; a list of all that is held is long.
const BODY_MAX: usize = 64 * 1024 * 1024;

/// The admin API of a running Buffy.
#[derive(Debug)]
pub(super) struct Admin {
    directions: Directions,
    client: Client,
}

/// What was answered, whatever it is.
#[derive(Debug)]
pub(super) struct Reply {
    pub(super) status: u16,
    pub(super) text: String,
    /// Whose it is.
    pub(super) place: String,
    /// Why there was no token where one would have been of use.
    lack: Option<String>,
}

/// A document that was answered, be it yes or no.
#[derive(Clone, Debug)]
pub(super) struct Answer {
    pub(super) status: u16,
    /// The document as it came.
    pub(super) text: String,
    pub(super) value: Value,
    /// Whose answer it is.
    place: String,
}

impl Admin {
    pub(super) fn new(directions: Directions) -> Self {
        Self {
            directions,
            client: Client::default(),
        }
    }

    /// Reads, and wants a yes.
    pub(super) async fn get(&self, path: &str) -> Result<Answer, Trouble> {
        self.ask(Method::GET, path, None, PATIENCE)
            .await
            .and_then(Answer::yes)
    }

    /// Has something done, and wants a yes.
    pub(super) async fn post(&self, path: &str, said: Value) -> Result<Answer, Trouble> {
        self.ask(Method::POST, path, Some(said), PATIENCE)
            .await
            .and_then(Answer::yes)
    }

    /// Asks at the first place that is there; what answers no answers too.
    pub(super) async fn ask(
        &self,
        method: Method,
        path: &str,
        said: Option<Value>,
        within: Duration,
    ) -> Result<Answer, Trouble> {
        let reply = self.reply(method, path, said, within).await;
        reply.and_then(Reply::answer)
    }

    /// The same, where what is answered need be no document.
    pub(super) async fn reply(
        &self,
        method: Method,
        path: &str,
        said: Option<Value>,
        within: Duration,
    ) -> Result<Reply, Trouble> {
        let mut tried = Vec::new();
        for (door, token) in &self.directions.doors {
            let address = door.address(path)?;
            let call = Call {
                method: method.clone(),
                to: &address,
                headers: fields(token.as_ref())?,
                body: said
                    .as_ref()
                    .map_or_else(Bytes::new, |said| said.to_string().into()),
                within,
                body_max: BODY_MAX,
            };
            let sent = match door {
                Door::Url(_) => Box::pin(self.client.send(call)).await,
                Door::Unix { socket, .. } => Box::pin(self.client.send_unix(socket, call)).await,
            };
            let place = door.to_string();
            match sent {
                Ok(reply) => {
                    return Ok(Reply {
                        status: reply.status,
                        text: String::from_utf8_lossy(&reply.body).into_owned(),
                        place,
                        lack: self.directions.lack.clone(),
                    });
                }
                // Nothing was sent there, so another place may be asked.
                Err(error @ ClientError::Connect { .. }) => {
                    tried.push(format!("{place} ({})", error.in_words()));
                }
                Err(error) => {
                    let why = error.in_words();
                    return Err(Trouble::Broken { place, why });
                }
            }
        }
        Err(Trouble::Unreachable { tried })
    }
}

impl Reply {
    /// As a document.
    pub(super) fn answer(self) -> Result<Answer, Trouble> {
        let Self {
            status,
            text,
            place,
            lack,
        } = self;
        let Ok(mut value) = serde_json::from_str::<Value>(&text) else {
            let why = format!("it answers {status}, and no JSON");
            return Err(Trouble::Strange { place, why });
        };
        if let (401, Some(lack), Some(Value::String(detail))) =
            (status, lack, value.get_mut("detail"))
        {
            detail.push_str(" Besides, ");
            detail.push_str(&lack);
            detail.push('.');
        }
        Ok(Answer {
            status,
            text,
            value,
            place,
        })
    }
}

impl Answer {
    /// The answer if it is a yes.
    pub(super) fn yes(self) -> Result<Self, Trouble> {
        if (200..300).contains(&self.status) {
            return Ok(self);
        }
        let Some(detail) = self.value.get("detail").and_then(Value::as_str) else {
            let why = format!("it answers {}, and does not say why", self.status);
            return Err(Trouble::Strange {
                place: self.place,
                why,
            });
        };
        let way_in = if self.status == 401 {
            " For `buffy`, put it into BUFFY_TOKEN, or name its file with `--token-file`."
        } else {
            ""
        };
        Err(Trouble::Refused {
            status: self.status,
            detail: format!("{detail}{way_in}"),
        })
    }

    /// The document, as this Buffy knows it.
    pub(super) fn document<T: DeserializeOwned>(&self) -> Result<T, Trouble> {
        serde_json::from_value(self.value.clone()).map_err(|error| Trouble::Strange {
            place: self.place.clone(),
            why: format!("its answer is not understood: {error}"),
        })
    }
}

impl Door {
    fn address(&self, path: &str) -> Result<Address, Trouble> {
        let url = match self {
            Self::Url(base) => format!("{base}/{path}"),
            // The name is said, and nobody is looked up by it.
            Self::Unix { path: base, .. } => format!("http://localhost{base}/{path}"),
        };
        Address::parse(&url).map_err(|error| Trouble::Place {
            written: url,
            why: error.to_string(),
        })
    }
}

/// One segment of a path, or one value of a query (RFC 3986 §2).
pub(super) fn escaped(text: &str) -> String {
    text.bytes().fold(String::new(), |mut out, byte| {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            out.push(char::from(byte));
        } else {
            out.push('%');
            for half in [byte >> 4, byte & 15] {
                let digit = char::from_digit(u32::from(half), 16);
                out.extend(digit.map(|digit| digit.to_ascii_uppercase()));
            }
        }
        out
    })
}

/// A time on the command line: a number with its unit, or seconds.
pub(super) fn time(text: &str) -> Result<Duration, &'static str> {
    duration(text)
}

fn fields(token: Option<&Secret>) -> Result<HeaderMap, Trouble> {
    let mut fields = HeaderMap::new();
    fields.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    fields.insert(ACCEPT, HeaderValue::from_static("application/json"));
    if let Some(token) = token {
        let value = HeaderValue::try_from(format!("Bearer {}", token.expose()));
        let mut value = value.map_err(|_| Trouble::Token)?;
        value.set_sensitive(true);
        fields.insert(AUTHORIZATION, value);
    }
    Ok(fields)
}
