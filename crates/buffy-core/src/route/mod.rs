//! Which endpoint answers a path.
//!
//! An exact path beats one with `{param}`, which beats a prefix (`/x/`) or `{rest*}`; among these
//! the longer stem wins, then the one with fewer parameters, then a prefix, then file order. Last
//! come `match: contains`, in file order, and then the paths below a `respond` endpoint's own.
//! Endpoints that name the request's host are all asked before those that name none.
//!
//! Methods do not choose among paths: a POST to a path that only GET has is a 405, whatever prefix
//! would take it. Only endpoints of the very same path share it by method.
//!
//! Paths are compared decoded and without dot segments (RFC 3986 §6.2.2), but `%2F` is no boundary
//! and `//` is kept: an empty segment is a segment, though none that a parameter takes.

use std::collections::{BTreeSet, HashMap, HashSet};

use foldhash::fast::RandomState;

use crate::config::{Endpoint, EndpointKind};

pub use params::Params;
pub use pattern::{PathError, check_path};

use pattern::{End, Pattern, Segment};
use site::Site;
use tree::Tree;

mod normal;
mod params;
mod pattern;
mod site;
mod tree;

#[cfg(test)]
mod tests;

/// The endpoints of one listener, arranged for look-up: an exact path costs one hash and no
/// allocation, any other a walk along its segments, however many endpoints there are.
#[derive(Clone, Debug)]
pub struct Router {
    by_host: HashMap<String, Table>,
    any_host: Table,
}

/// The endpoint that answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Found<'r> {
    /// Index into the slice that the router was built from.
    pub endpoint: usize,
    /// The path lies below a `respond` endpoint's own and no endpoint matches it: answer `not_found`.
    pub below: bool,
    /// None where the method is allowed; else the value of `Allow` for the 405, the methods of all
    /// endpoints with this path (RFC 9110 §10.2.1).
    pub refused: Option<&'r str>,
}

impl Router {
    /// Arranges endpoints; with `only`, those of these indices.
    pub fn new(endpoints: &[Endpoint], only: Option<&[usize]>) -> Self {
        let mut router = Self {
            by_host: HashMap::new(),
            any_host: Table::default(),
        };
        for (index, endpoint) in chosen(endpoints, only) {
            if endpoint.host.is_empty() {
                router.any_host.insert(index, endpoint);
            }
            for host in &endpoint.host {
                let table = router.by_host.entry(host.clone()).or_default();
                table.insert(index, endpoint);
            }
        }
        router
    }

    /// Whether any endpoint names a host: where none does, [`Self::find`] need not be told one.
    pub fn names_hosts(&self) -> bool {
        !self.by_host.is_empty()
    }

    /// The endpoint for a request; `host` as it stands in the field, `path` without its query.
    pub fn find(&self, host: Option<&str>, path: &str, method: &str) -> Option<Found<'_>> {
        if !path.starts_with('/') {
            return None;
        }
        let path = normal::path(path);
        let named = host.and_then(|host| self.of_host(host));
        let tables = [named, Some(&self.any_host)];
        let tables = || tables.into_iter().flatten();
        let matching = tables().find_map(|table| table.find(&path));
        if let Some(site) = matching {
            return Some(site.pick(method, false));
        }
        let below = tables().find_map(|table| table.below.find(&path));
        below.map(|site| site.pick(method, true))
    }

    fn of_host(&self, host: &str) -> Option<&Table> {
        if self.by_host.is_empty() {
            return None;
        }
        let name = normal::host(host);
        self.by_host.get(name.as_ref())
    }
}

/// Pairs of endpoints that no request can tell apart: (earlier, later), indices into `endpoints`.
/// With `only`, among those of these indices: two listeners may have the same path.
pub fn conflicts(endpoints: &[Endpoint], only: Option<&[usize]>) -> Vec<(usize, usize)> {
    let mut alike: HashMap<(&str, Shape), Vec<(usize, &Endpoint)>> = HashMap::new();
    let mut pairs = Vec::new();
    let mut known = HashSet::new();
    for (index, endpoint) in chosen(endpoints, only) {
        let hosts = endpoint.host.iter().map(String::as_str);
        let any = endpoint.host.is_empty().then_some("");
        for host in hosts.chain(any) {
            for shape in shapes(endpoint) {
                let group = alike.entry((host, shape)).or_default();
                let earlier = group
                    .iter()
                    .find(|(other, earlier)| *other != index && methods_overlap(earlier, endpoint));
                if let Some(&(earlier, _)) = earlier
                    && known.insert((earlier, index))
                {
                    pairs.push((earlier, index));
                }
                group.push((index, endpoint));
            }
        }
    }
    pairs
}

/// What the endpoints of one host, or of none, match.
#[derive(Clone, Debug, Default)]
struct Table {
    /// Hashed fast, not safely: what is in it comes from the configuration, never from a client.
    exact: HashMap<Vec<u8>, Site, RandomState>,
    tree: Tree,
    /// The substrings of `match: contains`, in file order.
    contains: Vec<(Vec<u8>, Site)>,
    /// What `respond` endpoints own beside the paths that they match.
    below: Tree,
}

impl Table {
    fn insert(&mut self, index: usize, endpoint: &Endpoint) {
        if endpoint.contains {
            self.insert_part(index, endpoint);
        }
        let Some(pattern) = Pattern::of(endpoint) else {
            return;
        };
        if let Some(path) = pattern.exact() {
            let site = self.exact.entry(path).or_default();
            site.add(index, &endpoint.methods);
        } else {
            self.tree.insert(index, endpoint, &pattern);
        }
        if matches!(endpoint.kind, EndpointKind::Respond(_)) && pattern.end == End::Whole {
            let end = End::Prefix;
            self.below
                .insert(index, endpoint, &Pattern { end, ..pattern });
        }
    }

    fn insert_part(&mut self, index: usize, endpoint: &Endpoint) {
        let part = normal::segment(&endpoint.path);
        if let Some((_, site)) = self.contains.iter_mut().find(|(other, _)| *other == part) {
            site.add(index, &endpoint.methods);
            return;
        }
        let mut site = Site::default();
        site.add(index, &endpoint.methods);
        self.contains.push((part, site));
    }

    fn find(&self, path: &[u8]) -> Option<&Site> {
        let contains = || {
            let mut parts = self.contains.iter();
            parts
                .find(|(part, _)| has_part(path, part))
                .map(|(_, site)| site)
        };
        self.exact
            .get(path)
            .or_else(|| self.tree.find(path))
            .or_else(contains)
    }
}

/// What two endpoints must not share, unless their methods differ.
#[derive(PartialEq, Eq, Hash)]
enum Shape {
    Whole(Vec<Segment>),
    /// A prefix or `{rest*}`: with the same stem they match the same paths.
    Tail(Vec<Segment>),
    Contains(Vec<u8>),
}

fn shapes(endpoint: &Endpoint) -> impl Iterator<Item = Shape> {
    let own = Pattern::of(endpoint).map(|pattern| match pattern.end {
        End::Whole => Shape::Whole(pattern.segments),
        End::Prefix | End::Rest => Shape::Tail(pattern.segments),
    });
    let part = endpoint
        .contains
        .then(|| Shape::Contains(normal::segment(&endpoint.path)));
    own.into_iter().chain(part)
}

/// Whether both list a method. GET and HEAD are two: who lists HEAD is asked before who has it by GET.
fn methods_overlap(left: &Endpoint, right: &Endpoint) -> bool {
    let (left, right) = (&left.methods, &right.methods);
    left.is_empty() || right.is_empty() || left.iter().any(|method| right.contains(method))
}

fn has_part(path: &[u8], part: &[u8]) -> bool {
    part.is_empty() || path.windows(part.len()).any(|window| window == part)
}

/// The endpoints of a listener with their indices, in file order.
fn chosen<'e>(endpoints: &'e [Endpoint], only: Option<&[usize]>) -> Vec<(usize, &'e Endpoint)> {
    let Some(only) = only else {
        return endpoints.iter().enumerate().collect();
    };
    let indices: BTreeSet<usize> = only.iter().copied().collect();
    let chosen = indices.into_iter();
    chosen
        .filter_map(|index| Some((index, endpoints.get(index)?)))
        .collect()
}
