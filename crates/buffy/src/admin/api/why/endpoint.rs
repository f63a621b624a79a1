//! Which endpoint answers, and why this one.

use axum::http::StatusCode;
use buffy_core::config::{Config, Endpoint, EndpointKind, Listener, nearest};
use buffy_core::route::Router;

use super::Asked;
use crate::admin::problem::Problem;
use crate::admin::wire::why;

/// The way of a request through the configuration.
pub(super) struct Way<'c> {
    pub(super) listener: &'c str,
    found: Option<Found<'c>>,
}

struct Found<'c> {
    endpoint: &'c Endpoint,
    /// The path lies below a `respond` endpoint's own.
    below: bool,
    /// The methods that it has, where this one is not among them.
    refused: Option<String>,
}

/// The endpoint on the listener that was asked for; else on the first that has one.
pub(super) fn find<'c>(config: &'c Config, asked: &Asked) -> Result<Way<'c>, Problem> {
    let listeners: Vec<&Listener> = match &asked.listener {
        Some(id) => vec![listener(config, id)?],
        None => config.listeners.iter().collect(),
    };
    let ways = || listeners.iter().map(|one| on(config, one, asked));
    let first = ways().find(|way| way.found.is_some());
    first.or_else(|| ways().next()).ok_or_else(|| {
        let detail = "No listener is configured, so no request is met.";
        Problem::new(StatusCode::NOT_FOUND, detail)
    })
}

fn on<'c>(config: &'c Config, listener: &'c Listener, asked: &Asked) -> Way<'c> {
    let router = Router::new(&config.endpoints, listener.endpoints.as_deref());
    let found = router.find(asked.host.as_deref(), &asked.path, &asked.method);
    Way {
        listener: &listener.id,
        found: found.and_then(|found| {
            Some(Found {
                endpoint: config.endpoints.get(found.endpoint)?,
                below: found.below,
                refused: found.refused.map(str::to_owned),
            })
        }),
    }
}

fn listener<'c>(config: &'c Config, id: &str) -> Result<&'c Listener, Problem> {
    let mut all = config.listeners.iter();
    all.find(|one| one.id == id).ok_or_else(|| {
        let ids = || config.listeners.iter().map(|one| one.id.as_str());
        let hint = nearest(id, ids()).map_or_else(
            || format!("There are: {}.", ids().collect::<Vec<_>>().join(", ")),
            |meant| format!("Did you mean `{meant}`?"),
        );
        Problem::new(
            StatusCode::NOT_FOUND,
            format!("There is no listener `{id}`. {hint}"),
        )
    })
}

impl Way<'_> {
    pub(super) fn endpoint(&self) -> Option<&Endpoint> {
        self.found.as_ref().map(|found| found.endpoint)
    }

    /// The path lies below a `respond` endpoint's own: it answers *not found*.
    pub(super) fn is_below(&self) -> bool {
        self.found.as_ref().is_some_and(|found| found.below)
    }

    /// The methods that the endpoint has, where the request's is not among them.
    pub(super) fn refused(&self) -> Option<&str> {
        self.found.as_ref()?.refused.as_deref()
    }

    pub(super) fn shown(&self) -> Option<why::Endpoint> {
        let found = self.found.as_ref()?;
        let endpoint = found.endpoint;
        Some(why::Endpoint {
            id: endpoint.id.clone(),
            kind: match endpoint.kind {
                EndpointKind::Proxy(_) => "proxy",
                EndpointKind::Respond(_) => "respond",
                EndpointKind::Data(_) => "data",
            },
            path: endpoint.path.clone(),
            because: found.because(),
        })
    }
}

impl Found<'_> {
    /// The rank of its path among all that match, and its host.
    fn because(&self) -> String {
        let path = &self.endpoint.path;
        let rank = if self.below {
            "the path is below its own, and no other endpoint matches it"
        } else if path.ends_with("*}") {
            "its path takes the rest, and no closer path matches"
        } else if path.contains('{') {
            "its path matches by its parameters, and no exact one does"
        } else if path.ends_with('/') {
            "its path is the longest prefix that matches, and no exact one does"
        } else if self.endpoint.contains {
            "the path has its own in it (`match: contains`), and no other endpoint matches"
        } else {
            "its path is the request's own"
        };
        if self.endpoint.host.is_empty() {
            rank.to_owned()
        } else {
            format!("it names the host, and {rank}")
        }
    }
}
