//! Endpoints of samples: one for each shape of path.

use std::collections::HashSet;

use super::cases::{self, Case};
use super::plan::{Planned, plan};
use super::sample::Sample;
use super::shape::Shape;

/// An endpoint, ready to be written.
#[derive(Clone, Debug)]
pub(super) struct Endpoint {
    pub(super) id: String,
    pub(super) path: String,
    pub(super) methods: Vec<String>,
    pub(super) samples: usize,
    /// With their names.
    pub(super) responses: Vec<(String, Planned)>,
}

/// Samples of one shape, by their methods.
struct Shaped<'s> {
    shape: Shape,
    by_method: Vec<(&'s str, Vec<&'s Sample>)>,
}

/// The endpoints of samples, in the order in which their paths were first seen.
pub(super) fn group(samples: &[&Sample]) -> Vec<Endpoint> {
    let mut shaped: Vec<Shaped<'_>> = Vec::new();
    for &sample in samples {
        let (shape, _) = Shape::of(&sample.path);
        let at = shaped.iter().position(|one| one.shape == shape);
        let at = at.unwrap_or_else(|| {
            shaped.push(Shaped {
                shape,
                by_method: Vec::new(),
            });
            shaped.len() - 1
        });
        if let Some(one) = shaped.get_mut(at) {
            one.add(sample);
        }
    }
    let mut ids = HashSet::new();
    shaped.iter().map(|one| one.endpoint(&mut ids)).collect()
}

impl<'s> Shaped<'s> {
    fn add(&mut self, sample: &'s Sample) {
        let method = sample.method.as_str();
        match self.by_method.iter_mut().find(|(own, _)| *own == method) {
            Some((_, samples)) => samples.push(sample),
            None => self.by_method.push((method, vec![sample])),
        }
    }

    fn endpoint(&self, ids: &mut HashSet<String>) -> Endpoint {
        let mut planned = Vec::new();
        let mut missing: Option<Planned> = None;
        for (method, samples) in &self.by_method {
            let cases = cases::sort(&self.shape, samples);
            let (found, absent): (Vec<Case<'s>>, Vec<Case<'s>>) =
                cases.into_iter().partition(|case| !case.is_missing());
            let own = self.responses(method, found, absent, &mut missing);
            planned.extend(own);
        }
        let mut names = HashSet::new();
        let mut responses: Vec<_> = planned
            .into_iter()
            .map(|planned| {
                let name = unique(name_of(planned.drawn.status), &mut names);
                (name, planned)
            })
            .collect();
        responses.extend(missing.map(|planned| ("not_found".to_owned(), planned)));
        let methods = self
            .by_method
            .iter()
            .map(|(method, _)| (*method).to_owned());
        Endpoint {
            id: unique(&self.shape.id(), ids),
            path: self.shape.path(),
            methods: methods.collect(),
            samples: self
                .by_method
                .iter()
                .map(|(_, samples)| samples.len())
                .sum(),
            responses,
        }
    }

    /// The responses of a method. What was missing is the endpoint's `not_found`, where it was
    /// always told alike and what was there is told by its parameters.
    fn responses(
        &self,
        method: &str,
        found: Vec<Case<'s>>,
        absent: Vec<Case<'s>>,
        missing: &mut Option<Planned>,
    ) -> Vec<Planned> {
        let told = plan(&absent, true);
        let is_named = !found.is_empty()
            && matches!(told.as_slice(), [one] if one.conditions.is_empty()
                && missing.as_ref().is_none_or(|other| other.drawn == one.drawn));
        let there = plan(&found, !is_named);
        let is_told = there.iter().all(|one| !one.conditions.is_empty());
        let is_unified = found.len() > 1 && there.len() == 1;
        let mut planned = if is_named && is_told {
            *missing = told.into_iter().next();
            there
        } else if absent.is_empty() {
            there
        } else {
            let mut planned = plan(&[absent, found].concat(), true);
            if is_unified {
                planned.retain(|one| one.drawn.status == 404);
                planned.extend(there);
            }
            planned
        };
        let mut common = Vec::new();
        if self.by_method.len() > 1 {
            common.push(format!("method={method}"));
        }
        if self.shape.is_prefix() && self.shape.names().is_empty() {
            common.push(format!("path=\"{}\"", self.shape.path()));
        }
        for one in &mut planned {
            one.conditions.splice(0..0, common.iter().cloned());
        }
        planned
    }
}

fn unique(name: &str, taken: &mut HashSet<String>) -> String {
    let mut own = name.to_owned();
    let mut count = 1;
    while !taken.insert(own.clone()) {
        count += 1;
        own = format!("{name}-{count}");
    }
    own
}

fn name_of(status: u16) -> &'static str {
    match status {
        201 => "created",
        202 => "accepted",
        204 => "no_content",
        400 => "bad_request",
        401 => "unauthorized",
        403 => "forbidden",
        404 => "missing",
        409 => "conflict",
        422 => "rejected",
        429 => "too_many",
        503 => "unavailable",
        other => match other / 100 {
            2 => "ok",
            3 => "elsewhere",
            4 => "refused",
            _ => "failed",
        },
    }
}
