//! What was found: an endpoint, a response of it, and why.

use std::borrow::Cow;
use std::cell::RefCell;
use std::fmt;

use buffy_core::config::{Config, Endpoint, EndpointKind, Response};
use buffy_core::dice::Dice;
use buffy_core::facts::Facts;
use buffy_core::reply::{Failed, Pick, Sheet, Tally, Trace, Tried, Why};
use buffy_core::route::{Params, Router};
use serde_json::{Value, json};

use super::Trial;
use super::request::Line;

/// What a request meets.
pub(super) struct Finding<'c> {
    /// The configuration, as messages name it.
    file: &'c str,
    line: Line<'c>,
    met: Met<'c>,
}

/// How far a request comes.
enum Met<'c> {
    /// No endpoint takes it.
    Nothing,
    /// The endpoint does not take its method, but these.
    Refused(&'c Endpoint, String),
    Forwarded(&'c Endpoint),
    /// The path is below that of the endpoint.
    Below(&'c Endpoint),
    Tried(&'c Endpoint, Trace),
}

impl<'c> Finding<'c> {
    pub(super) fn of(config: &'c Config, typed: &'c Trial, line: &Line<'c>) -> Self {
        let listeners = config.listeners.iter().filter(|listener| {
            let wanted = typed.listener.as_deref();
            wanted.is_none_or(|wanted| wanted == listener.id)
        });
        let mut met = listeners.filter_map(|listener| {
            let router = Router::new(&config.endpoints, listener.endpoints.as_deref());
            let found = router.find(host(typed), line.path(), line.method)?;
            let endpoint = config.endpoints.get(found.endpoint)?;
            Some(match (&endpoint.kind, found.refused) {
                (_, Some(allow)) => Met::Refused(endpoint, allow.to_owned()),
                (EndpointKind::Proxy(_), None) => Met::Forwarded(endpoint),
                (_, None) if found.below => Met::Below(endpoint),
                (_, None) => Met::Tried(endpoint, trace(config, endpoint, typed, *line)),
            })
        });
        Self {
            file: &config.name,
            line: *line,
            met: met.next().unwrap_or(Met::Nothing),
        }
    }

    /// Something of the configuration answers it, or it is forwarded.
    pub(super) fn is_answer(&self) -> bool {
        match &self.met {
            Met::Nothing | Met::Refused(..) => false,
            Met::Forwarded(_) => true,
            Met::Below(endpoint) => not_found(endpoint).is_some(),
            Met::Tried(endpoint, trace) => {
                matches!(endpoint.kind, EndpointKind::Data(_))
                    || response(endpoint, trace).is_some()
            }
        }
    }

    pub(super) fn to_json(&self) -> Value {
        let (endpoint, response, tried) = match &self.met {
            Met::Nothing => (None, None, None),
            Met::Refused(endpoint, _) | Met::Forwarded(endpoint) => (Some(*endpoint), None, None),
            Met::Below(endpoint) => (Some(*endpoint), not_found(endpoint), None),
            Met::Tried(endpoint, trace) => {
                let tried = trace.tried.iter().map(|one| tried(endpoint, one));
                (
                    Some(*endpoint),
                    response(endpoint, trace),
                    Some(tried.collect::<Vec<_>>()),
                )
            }
        };
        json!({
            "method": self.line.method,
            "target": self.line.target,
            "file": self.file,
            "endpoint": endpoint.map(|endpoint| &endpoint.id),
            "response": response.map(|response| &response.name),
            "status": response.map(|response| response.return_code),
            "line": response.map(|response| response.line),
            "why": self.why(),
            "tried": tried,
        })
    }

    fn why(&self) -> String {
        match &self.met {
            Met::Nothing => "no endpoint takes it".to_owned(),
            Met::Refused(_, allow) => format!("the endpoint takes {allow} alone"),
            Met::Forwarded(_) => {
                "it is forwarded; `buffy why` tells what it meets in a running Buffy".to_owned()
            }
            Met::Below(_) => "the path is below the endpoint's own".to_owned(),
            Met::Tried(endpoint, trace) => match trace.choice.why {
                Why::Conditions | Why::Pinned | Why::Asked => "its conditions hold".to_owned(),
                Why::Nothing if matches!(endpoint.kind, EndpointKind::Data(_)) => {
                    "no response is for it: the data answers".to_owned()
                }
                Why::Nothing => "the conditions of no response hold".to_owned(),
            },
        }
    }

    /// Of the endpoint or a response.
    fn place(&self, line: usize) -> String {
        format!("{}:{line}", self.file)
    }
}

impl fmt::Display for Finding<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Line { method, target } = self.line;
        let why = self.why();
        write!(f, "{method} {target}: ")?;
        let (endpoint, response, trace) = match &self.met {
            Met::Nothing => return writeln!(f, "{why}"),
            Met::Refused(endpoint, _) | Met::Forwarded(endpoint) => (*endpoint, None, None),
            Met::Below(endpoint) => (*endpoint, not_found(endpoint), None),
            Met::Tried(endpoint, trace) => (*endpoint, response(endpoint, trace), Some(trace)),
        };
        let id = &endpoint.id;
        match response {
            None => writeln!(f, "`{id}` ({}): {why}", self.place(endpoint.line))?,
            Some(response) => {
                let (name, status) = (&response.name, response.return_code);
                let place = self.place(response.line);
                writeln!(f, "`{name}` of `{id}`, {status} ({place}): {why}")?;
            }
        }
        for tried in trace.iter().flat_map(|trace| &trace.tried) {
            match &tried.failed {
                None => writeln!(f, "  yes  {}", tried.name)?,
                Some(Failed { clause, got }) => {
                    writeln!(f, "  no   {}: {clause}, where it has {got}", tried.name)?;
                }
            }
        }
        Ok(())
    }
}

/// The last of so many requests like this one, each answered before the next.
fn trace(config: &Config, endpoint: &Endpoint, typed: &Trial, line: Line<'_>) -> Trace {
    let pick = endpoint.kind.answers().map(|answers| answers.pick);
    let sheet = Sheet::new(&endpoint.responses, pick.unwrap_or(Pick::First));
    let params = Params::of(endpoint).read(line.path());
    let fields = typed.header.iter();
    let fields: Vec<_> = fields
        .map(|(name, value)| (name.as_str(), Cow::Borrowed(value.as_str())))
        .collect();
    let body = typed.data.as_deref().unwrap_or_default();
    let state = typed.state.clone().unwrap_or_default();
    let env = |name: &str| std::env::var(name).ok();
    // A seed that is not written is another one at each start, and any will do.
    let seed = config.answers.seed.max(1);
    let mut tally = Tally::default();
    loop {
        let count = tally.ask();
        let dice = RefCell::new(Dice::new(seed, &typed.session, &endpoint.id, count));
        let facts = Facts {
            id: &endpoint.id,
            url: line.target,
            method: line.method,
            path: line.path(),
            query: line.query(),
            host: host(typed).unwrap_or("localhost"),
            fields: &fields,
            body: body.as_bytes(),
            params: &params,
            count,
            session: &typed.session,
            state: &state,
            dice: Some(&dice),
            env: &env,
            ..Facts::default()
        };
        if count >= typed.count.get() {
            return sheet.explain(&facts, &tally, None, None);
        }
        if let Some(response) = sheet.choose(&facts, &tally).response {
            sheet.serve(response, &mut tally);
        }
    }
}

fn host(typed: &Trial) -> Option<&str> {
    let mut fields = typed.header.iter();
    let host = fields.find(|(name, _)| name.eq_ignore_ascii_case("host"));
    host.map(|(_, value)| value.as_str())
}

/// The response that answers: the one that was chosen, else `not_found`, where nothing else does.
fn response<'c>(endpoint: &'c Endpoint, trace: &Trace) -> Option<&'c Response> {
    let chosen = trace.choice.response;
    let chosen = chosen.and_then(|chosen| endpoint.responses.get(chosen));
    let fallback =
        || not_found(endpoint).filter(|_| !matches!(endpoint.kind, EndpointKind::Data(_)));
    chosen.or_else(fallback)
}

fn not_found(endpoint: &Endpoint) -> Option<&Response> {
    let mut responses = endpoint.responses.iter();
    responses.find(|response| response.name == "not_found")
}

fn tried(endpoint: &Endpoint, tried: &Tried) -> Value {
    let response = endpoint.responses.get(tried.response);
    let terms = tried
        .terms
        .iter()
        .map(|term| json!({ "term": term.text, "got": term.got, "matched": term.held }));
    json!({
        "response": tried.name,
        "line": response.map(|response| response.line),
        "holds": tried.failed.is_none(),
        "failed": tried.failed.as_ref().map(|failed| &failed.clause),
        "got": tried.failed.as_ref().map(|failed| &failed.got),
        "terms": terms.collect::<Vec<_>>(),
    })
}
