//! What `respond` and `data` endpoints have beside their responses.

use std::path::PathBuf;

use serde_json::Value;

use crate::reply::Pick;

/// What holds for all answers of the process.
#[derive(Clone, Debug, PartialEq)]
pub struct AnswersSettings {
    /// Which field names a request's session beside W3C `baggage`; none: that alone.
    pub session: Option<SessionFrom>,
    /// What chances are drawn from; 0: a new seed at each start.
    pub seed: u64,
    /// What endpoints without a `cors` of their own have.
    pub cors: bool,
    /// Requests that are remembered; 1,000; 0: none.
    pub journal: usize,
}

/// Where the name of a request's session stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SessionFrom {
    /// A field's name as written; compared in any case.
    pub header: String,
}

/// How an endpoint chooses among its responses.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answers {
    pub pick: Pick,
    /// How many requests there are to be; none: not looked at.
    pub expect: Option<Expect>,
    /// Preflights are answered, and answers have `Access-Control-Allow-Origin`.
    pub cors: bool,
    /// A request may name its answer.
    pub overrides: bool,
    /// Bytes of a body that is looked at; 1 MiB. A longer one is refused (413).
    pub body_max: u64,
}

/// A number of requests: from `min` to `max`, both included.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Expect {
    pub min: u64,
    /// None: any number above.
    pub max: Option<u64>,
}

impl Expect {
    /// Whether so many requests were expected.
    pub fn holds(self, count: u64) -> bool {
        count >= self.min && self.max.is_none_or(|max| count <= max)
    }
}

/// As it is written: `>=1`, `2..3`, `0`.
impl std::fmt::Display for Expect {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match (self.min, self.max) {
            (min, None) => write!(f, ">={min}"),
            (min, Some(max)) if min == max => write!(f, "{min}"),
            (min, Some(max)) => write!(f, "{min}..{max}"),
        }
    }
}

/// A `type: data` endpoint: its responses are tried first, then this answers.
#[derive(Clone, Debug, PartialEq)]
pub struct Data {
    pub answers: Answers,
    pub source: DataSource,
}

/// What a `data` endpoint serves. Paths are relative to the configuration's folder and confined to
/// it; empty is that folder.
#[derive(Clone, Debug, PartialEq)]
pub enum DataSource {
    Collections(Box<Collections>),
    /// The files of a folder.
    Files {
        folder: PathBuf,
    },
}

/// JSON documents by collection.
#[derive(Clone, Debug, PartialEq)]
pub struct Collections {
    pub origin: Origin,
    /// The field that tells documents of one collection apart; `id`.
    pub key: String,
    pub write: Write,
    /// Collections and the files of their JSON Schemas.
    pub schema: Vec<(String, PathBuf)>,
}

/// Where collections come from.
#[derive(Clone, Debug, PartialEq)]
pub enum Origin {
    /// One JSON file: an object of arrays and objects.
    File(PathBuf),
    /// A folder with one `.json`, `.ndjson` or `.csv` file for each collection.
    Folder(PathBuf),
    /// Written in the configuration.
    Inline(serde_json::Map<String, Value>),
}

/// Where changes of collections go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Write {
    /// They are gone after a restart.
    Memory,
    /// Back into the files.
    File,
    /// None is taken (405).
    No,
}
