//! The routes, and what every request and every answer goes through.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use axum::Router;
use axum::extract::{FromRequestParts, Request, State};
use axum::http::request::Parts;
use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use axum::routing::{MethodRouter, get, post};

use super::access::{Caller, Peer, Refusal, Wants};
use super::problem::Problem;
use super::wire::Status;
use super::{Control, api, figures};

/// What the routes share.
#[derive(Clone)]
pub(super) struct Shared {
    pub(super) control: Arc<Control>,
}

/// Said with every answer: no page of another origin may show, read or guess it.
const FIELDS: [(HeaderName, &str); 6] = [
    (header::CACHE_CONTROL, "no-store"),
    (
        header::CONTENT_SECURITY_POLICY,
        "default-src 'none'; frame-ancestors 'none'",
    ),
    (header::REFERRER_POLICY, "no-referrer"),
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (header::X_FRAME_OPTIONS, "DENY"),
    (
        HeaderName::from_static("cross-origin-resource-policy"),
        "same-origin",
    ),
];

/// A path, what it takes, and where it is.
pub(super) struct Route {
    pub(super) place: Place,
    pub(super) path: &'static str,
    pub(super) methods: MethodRouter<Shared>,
}

/// Where a route is mounted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Place {
    /// Below the configured path, and at the root, where scrapers and probes look.
    Root,
    /// Below the configured path.
    Path,
    /// Below its `api/v1`.
    Api,
    /// Below its `api/v1`, and in short below the path itself.
    Short,
}

impl Route {
    /// All the paths that it answers at, where `admin.path` is `path`, without the slash at its end.
    pub(super) fn targets(&self, path: &str) -> Vec<String> {
        let route = self.path;
        let (below, api) = (format!("{path}{route}"), format!("{path}/api/v1{route}"));
        match self.place {
            Place::Root if path.is_empty() => vec![below],
            Place::Root => vec![route.to_owned(), below],
            Place::Path => vec![below],
            Place::Api => vec![api],
            Place::Short => vec![api, below],
        }
    }
}

/// Every route that there is.
pub(super) fn table(compat_get: bool) -> Vec<Route> {
    let own: [(Place, &'static str, MethodRouter<Shared>); 6] = [
        (Place::Root, "/livez", get(livez)),
        (Place::Root, "/readyz", get(readyz)),
        (Place::Root, "/metrics", get(metrics)),
        (Place::Path, "/status", get(show_status)),
        (Place::Path, "/config", get(show_config)),
        (Place::Path, "/gate", gate_route(compat_get)),
    ];
    let api = api::routes().map(|(path, methods)| (Place::Api, path, methods));
    let answering = api::answering().map(|(path, methods)| (Place::Short, path, methods));
    let all = own.into_iter().chain(api).chain(answering);
    all.map(|(place, path, methods)| Route {
        place,
        path,
        methods,
    })
    .collect()
}

/// Everything that the admin API answers.
pub(super) fn router(control: Arc<Control>) -> Router {
    let present = control.present();
    let admin = present.config.admin.as_ref();
    let compat_get = admin.is_some_and(|admin| admin.compat_get);
    // Braces in a configured path are no captures.
    let path = admin.map_or("", |admin| admin.path.trim_end_matches('/'));
    let path = path.replace('{', "{{").replace('}', "}}");
    let mut router = Router::new().without_v07_checks();
    for route in table(compat_get) {
        for target in route.targets(&path) {
            router = router.route(&target, route.methods.clone());
        }
    }
    let shared = Shared { control };
    router
        .fallback(no_route)
        .method_not_allowed_fallback(no_method)
        .layer(middleware::from_fn_with_state(shared.clone(), meet))
        .with_state(shared)
}

/// Every request is met first; every answer is made safe last.
async fn meet(State(shared): State<Shared>, request: Request, next: Next) -> Response {
    let (mut parts, body) = request.into_parts();
    // Whoever serves says who is at the other end; a stranger is the safe reading.
    let peer = parts
        .extensions
        .get::<Peer>()
        .copied()
        .unwrap_or(Peer::STRANGER);
    let access = shared.control.present().access.clone();
    let met = match access {
        Some(access) => access.meet(peer, &parts),
        None => Err(Refusal::NoToken),
    };
    let mut response = match met {
        Ok(caller) => {
            parts.extensions.insert(caller);
            next.run(Request::from_parts(parts, body)).await
        }
        Err(refusal) => Problem::from(refusal).into_response(),
    };
    for (name, value) in FIELDS {
        response
            .headers_mut()
            .insert(name, HeaderValue::from_static(value));
    }
    response
}

/// A caller who may ask what is everybody's; judged after the method, before the rest.
pub(super) struct Public(pub(super) Caller);
/// A caller who may read all.
pub(super) struct Reader;
/// A caller who may move gates.
pub(super) struct Changer(pub(super) Caller);
/// A caller who may change what runs.
pub(super) struct Admin(pub(super) Caller);

impl<S: Sync> FromRequestParts<S> for Public {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        judged(parts, Wants::Public).map(Self)
    }
}

impl<S: Sync> FromRequestParts<S> for Reader {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        judged(parts, Wants::Read).map(|_| Self)
    }
}

impl<S: Sync> FromRequestParts<S> for Changer {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        judged(parts, Wants::Change).map(Self)
    }
}

impl<S: Sync> FromRequestParts<S> for Admin {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        judged(parts, Wants::Administer).map(Self)
    }
}

fn judged(parts: &mut Parts, wants: Wants) -> Result<Caller, Problem> {
    let caller = parts
        .extensions
        .remove::<Caller>()
        .ok_or(Refusal::NoToken)?;
    caller.may(wants)?;
    Ok(caller)
}

fn gate_route(compat_get: bool) -> MethodRouter<Shared> {
    let route = post(api::short);
    // HEAD would follow GET, and must not change anything.
    if compat_get {
        route.get(api::short).head(api::no_head)
    } else {
        route
    }
}

async fn livez(_: Public) -> &'static str {
    "alive\n"
}

/// True while upstreams are down: holding is the job.
async fn readyz(_: Public, State(shared): State<Shared>) -> Response {
    if shared.control.ready.load(Ordering::Relaxed) {
        "ready\n".into_response()
    } else {
        let detail = "Buffy is stopping, or has not started yet.";
        Problem::new(StatusCode::SERVICE_UNAVAILABLE, detail).into_response()
    }
}

async fn metrics(_: Public, State(shared): State<Shared>) -> Response {
    figures::answer(shared.control).await
}

async fn show_status(Public(caller): Public, State(shared): State<Shared>) -> Response {
    if caller.has_wrong_token() {
        return Problem::from(Refusal::WrongToken).into_response();
    }
    let all = caller.may(Wants::Read).is_ok();
    pretty(&Status::of(&shared.control, all))
}

async fn show_config(_: Reader, State(shared): State<Shared>) -> Response {
    pretty(&shared.control.present().shown)
}

async fn no_route() -> Problem {
    let detail = "There is no such path. Under the configured `admin.path` there are status, config, \
                  gate, requests, verify, reset, state, use, push, clock, api/v1/gates, api/v1/held, \
                  api/v1/why, api/v1/record and api/v1/reload; metrics, livez and readyz are there \
                  and at the root.";
    Problem::new(StatusCode::NOT_FOUND, detail)
}

async fn no_method() -> Problem {
    let detail = "This path has other methods, named in Allow. What changes something is asked \
                  by POST or PUT.";
    Problem::new(StatusCode::METHOD_NOT_ALLOWED, detail)
}

/// JSON that people can read as it comes.
pub(super) fn pretty(value: &impl serde::Serialize) -> Response {
    match serde_json::to_string_pretty(value) {
        Ok(text) => {
            let media = (header::CONTENT_TYPE, "application/json");
            ([media], text + "\n").into_response()
        }
        Err(error) => {
            tracing::error!(%error, "an answer of the admin API could not be written as JSON");
            Problem::new(
                StatusCode::INTERNAL_SERVER_ERROR,
                "The answer could not be written.",
            )
            .into_response()
        }
    }
}
