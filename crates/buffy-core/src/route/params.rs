//! What a path says where its endpoint has parameters.

use super::normal;
use super::pattern::{End, Pattern, braced};
use crate::config::Endpoint;

/// Where an endpoint's path has parameters, and where its own part ends.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Params {
    /// Segments by their index, and the parameter's name.
    names: Vec<(usize, String)>,
    /// The segments that the endpoint's prefix has; none where it matches whole paths alone.
    stem: Option<usize>,
    /// The name of `{rest*}`.
    rest: Option<String>,
}

impl Params {
    /// Those of an endpoint.
    pub fn of(endpoint: &Endpoint) -> Self {
        let Some(pattern) = Pattern::of(endpoint) else {
            return Self::default();
        };
        let stem = (pattern.end != End::Whole).then_some(pattern.segments.len());
        if endpoint.contains {
            let names = Vec::new();
            return Self {
                names,
                stem,
                rest: None,
            };
        }
        let mut names = Vec::new();
        let mut rest = None;
        for (index, segment) in endpoint.path.split('/').skip(1).enumerate() {
            let Some(name) = braced(segment) else {
                continue;
            };
            match name.strip_suffix('*') {
                Some(name) => rest = Some(name.to_owned()),
                None => names.push((index, name.to_owned())),
            }
        }
        Self { names, stem, rest }
    }

    /// The names of the parameters that a path is written with.
    pub fn written(path: &str) -> impl Iterator<Item = &str> {
        let names = path.split('/').filter_map(braced);
        names.map(|name| name.strip_suffix('*').unwrap_or(name))
    }

    /// The parameters of a path as it came, decoded, in the order of the endpoint's path. What is
    /// not UTF-8 reads as the replacement character.
    pub fn read(&self, path: &str) -> Vec<(String, String)> {
        if self.names.is_empty() && self.rest.is_none() {
            return Vec::new();
        }
        let normal = normal::path(path);
        let segments: Vec<&[u8]> = segments(&normal).collect();
        let named = self.names.iter().filter_map(|(index, name)| {
            let value = decoded(segments.get(*index)?);
            Some((name.clone(), text(value)))
        });
        let rest = self.rest.iter().filter_map(|name| {
            let behind = segments.get(self.stem?..)?;
            Some((name.clone(), text(decoded(&behind.join(&b'/')))))
        });
        named.chain(rest).collect()
    }

    /// The segments behind the endpoint's prefix or before its `{rest*}`, decoded, without `.` and
    /// `..`: a `/` in one was encoded. None where the endpoint matches whole paths alone.
    pub fn rest(&self, path: &str) -> Vec<Vec<u8>> {
        let Some(stem) = self.stem else {
            return Vec::new();
        };
        let normal = normal::path(path);
        segments(&normal).skip(stem).map(decoded).collect()
    }
}

fn segments(normal: &[u8]) -> impl Iterator<Item = &[u8]> {
    normal.split(|&byte| byte == b'/').skip(1)
}

/// The normal form keeps two signs encoded, so that no two different paths become one.
fn decoded(segment: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(segment.len());
    let mut rest = segment;
    while let Some((&byte, after)) = rest.split_first() {
        let (byte, after) = match (byte, after.split_at_checked(2)) {
            (b'%', Some((b"2F", after))) => (b'/', after),
            (b'%', Some((b"25", after))) => (b'%', after),
            _ => (byte, after),
        };
        bytes.push(byte);
        rest = after;
    }
    bytes
}

fn text(bytes: Vec<u8>) -> String {
    String::from_utf8(bytes)
        .unwrap_or_else(|error| String::from_utf8_lossy(error.as_bytes()).into_owned())
}
