//! Which endpoint answers a path.

use crate::config::Endpoint;

/// The endpoints of one listener, arranged for look-up.
#[derive(Clone, Debug)]
pub struct Router;

/// The endpoint that answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Found<'r> {
    /// Index into the slice that the router was built from.
    pub endpoint: usize,
    /// The path lies below a `respond` endpoint's own and no endpoint matches it: answer `not_found`.
    pub below: bool,
    /// None where the method is allowed; else the value of `Allow` for the 405, the methods of all
    /// endpoints with this path.
    pub refused: Option<&'r str>,
}

/// Why a path pattern is none.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("column {column}: {message}")]
pub struct PathError {
    /// Where, in characters, from 1.
    pub column: usize,
    /// What is wrong and what to write.
    pub message: String,
}

impl Router {
    /// Arranges endpoints; with `only`, those of these indices.
    pub fn new(_endpoints: &[Endpoint], _only: Option<&[usize]>) -> Self {
        Self
    }

    /// The endpoint for a request; `host` as it stands in the field, `path` without its query.
    pub fn find(&self, _host: Option<&str>, _path: &str, _method: &str) -> Option<Found<'_>> {
        None
    }
}

/// Pairs of endpoints that no request can tell apart: (earlier, later), indices into `endpoints`.
/// With `only`, among those of these indices: two listeners may have the same path.
pub fn conflicts(_endpoints: &[Endpoint], _only: Option<&[usize]>) -> Vec<(usize, usize)> {
    Vec::new()
}

/// Whether a path pattern can be used as [`Endpoint::path`].
pub fn check_path(_path: &str, _contains: bool) -> Result<(), PathError> {
    Ok(())
}

/// Whether an endpoint takes a method; HEAD follows GET.
pub fn method_allowed(endpoint: &Endpoint, method: &str) -> bool {
    let lists = |method: &str| endpoint.methods.iter().any(|listed| listed == method);
    endpoint.methods.is_empty() || lists(method) || (method == "HEAD" && lists("GET"))
}
