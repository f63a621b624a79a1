//! What is known of a request, as the rules and templates of answers see it.

use std::borrow::Cow;
use std::cell::{OnceCell, RefCell};
use std::fmt;
use std::net::{IpAddr, Ipv4Addr};
use std::sync::{Arc, LazyLock};

use serde_json::{Map, Value as Json};

use crate::data::Collections;
use crate::dice::Dice;
use crate::template::Refused;
pub use decoded::decoded;
pub(crate) use decoded::pairs;
pub use needs::Needs;
pub(crate) use read::host_name;
pub use sequences::Sequences;
pub use state::StatePath;

mod decoded;
mod needs;
mod read;
mod sequences;
mod state;

#[cfg(test)]
mod tests;

/// What a data endpoint holds, by the endpoint's id.
pub type DataById<'a> = dyn Fn(&str) -> Option<Arc<Collections>> + 'a;

/// A variable of the environment, by its name.
pub type EnvByName<'a> = dyn Fn(&str) -> Option<String> + 'a;

/// A request, and what its endpoint and session know.
///
/// Made anew for each request, from [`Default`] where not all of it is needed: [`Needs`] tells what
/// is. What has to be parsed is parsed when it is first asked for, and once.
pub struct Facts<'a> {
    /// The endpoint's id.
    pub id: &'a str,
    /// The request's target, as received.
    pub url: &'a str,
    /// Its case counts.
    pub method: &'a str,
    /// As received, without the query.
    pub path: &'a str,
    /// What follows the `?`, as received; empty where there is none.
    pub query: &'a str,
    /// As received, with its port if it has one.
    pub host: &'a str,
    /// The client's.
    pub ip: IpAddr,
    /// Names in any case, in the order in which they came.
    pub fields: &'a [(&'a str, Cow<'a, str>)],
    /// Whole.
    pub body: &'a [u8],
    /// What the endpoint's path took of the request's, decoded.
    pub params: &'a [(String, String)],
    /// The number of this request at this endpoint and in this session, from 1.
    pub count: u64,
    /// The session's id; empty: the shared one.
    pub session: &'a str,
    /// A tree: `state.orders.7` is a member of a member.
    pub state: &'a Map<String, Json>,
    /// Milliseconds since 1970, by the clock that answers go by.
    pub now_ms: i64,
    /// What this request throws; none: as the first of the first seed.
    pub dice: Option<&'a RefCell<Dice>>,
    /// The session's; none: each begins anew.
    pub sequences: Option<&'a Arc<Sequences>>,
    /// The data endpoints' collections.
    pub data: &'a DataById<'a>,
    /// The environment's variables, by their names.
    pub env: &'a EnvByName<'a>,
    /// Where it is turned away: what is known of that.
    pub refused: Option<Refused<'a>>,
    /// A message on a WebSocket, where it is one that is answered.
    pub message: Option<Message<'a>>,
    /// What was parsed; begins as its default.
    pub parsed: Parsed,
}

/// A message of a WebSocket's client.
#[derive(Clone, Copy, Debug)]
pub struct Message<'a> {
    pub text: &'a str,
    /// The text as JSON, where it is.
    pub json: Option<&'a Json>,
}

/// What was parsed of a request, each when it was first asked for.
#[derive(Debug, Default)]
pub struct Parsed {
    json: OnceCell<Option<Json>>,
    claims: OnceCell<Option<Json>>,
}

impl<'a> Facts<'a> {
    /// The same request, of which nothing was parsed yet.
    #[must_use]
    pub fn unparsed(&self) -> Facts<'a> {
        Facts {
            parsed: Parsed::default(),
            ..*self
        }
    }
}

impl Default for Facts<'_> {
    fn default() -> Self {
        static NO_STATE: LazyLock<Map<String, Json>> = LazyLock::new(Map::new);
        Self {
            id: "",
            url: "/",
            method: "GET",
            path: "/",
            query: "",
            host: "",
            ip: IpAddr::V4(Ipv4Addr::UNSPECIFIED),
            fields: &[],
            body: &[],
            params: &[],
            count: 1,
            session: "",
            state: &NO_STATE,
            now_ms: 0,
            dice: None,
            sequences: None,
            data: &|_| None,
            env: &|_| None,
            refused: None,
            message: None,
            parsed: Parsed::default(),
        }
    }
}

impl fmt::Debug for Facts<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {} at {}", self.method, self.url, self.id)
    }
}
