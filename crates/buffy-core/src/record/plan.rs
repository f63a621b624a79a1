//! The responses of one path and method, and the rules by which they are told apart: as few as
//! tell everything apart that was answered differently.

use std::collections::{BTreeMap, BTreeSet};

use super::cases::{Case, Part};
use super::unify::{Drawn, draw};

/// Different answers to the same request, one after the other, that are written down.
const RUNS_MAX: usize = 20;

/// A response, but for its name.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Planned {
    pub(super) conditions: Vec<String>,
    /// None: for ever.
    pub(super) times: Option<usize>,
    pub(super) drawn: Drawn,
    /// How long such answers took, in milliseconds.
    pub(super) waits: Vec<u64>,
}

/// Cases that are answered alike.
struct Group<'c> {
    parts: &'c BTreeMap<Part, String>,
    runs: Vec<Run>,
}

/// An answer that came so often in a row.
#[derive(Clone)]
struct Run {
    drawn: Drawn,
    waits: Vec<u64>,
}

/// Plans the cases; `apart` are conditions that all of them have besides. With `always`, what does
/// not need to be told apart has no condition.
pub(super) fn plan(cases: &[Case<'_>], always: bool) -> Vec<Planned> {
    let volatile = volatile(cases);
    let groups: Vec<Group<'_>> = cases
        .iter()
        .map(|case| Group {
            parts: &case.parts,
            runs: runs(case, &[], &volatile),
        })
        .collect();
    if let Some(unified) = unify(cases, &volatile) {
        return vec![unified];
    }
    let all: BTreeSet<&Part> = groups.iter().flat_map(|group| group.parts.keys()).collect();
    let mut kept: Vec<&Part> = all.into_iter().collect();
    for part in by_worth(&groups, &kept) {
        if !always && matches!(part, Part::Param(_)) {
            continue;
        }
        let without: Vec<&Part> = kept.iter().copied().filter(|one| *one != part).collect();
        if tells_apart(&groups, &without) {
            kept = without;
        }
    }
    let mut planned: Vec<(Vec<Option<&String>>, Vec<Planned>)> = Vec::new();
    for group in &groups {
        let values = values(group, &kept);
        match planned.iter_mut().find(|(other, _)| *other == values) {
            Some((_, responses)) => {
                for (response, run) in responses.iter_mut().zip(&group.runs) {
                    response.waits.extend(&run.waits);
                }
            }
            None => planned.push((values.clone(), responses(group, &kept, &values))),
        }
    }
    planned
        .into_iter()
        .flat_map(|(_, responses)| responses)
        .collect()
}

/// The parts, what tells least of an answer first: what differs from request to request may be a
/// number for each, and a parameter of the path is what one would look at.
fn by_worth<'p>(groups: &[Group<'_>], parts: &[&'p Part]) -> Vec<&'p Part> {
    let mut parts: Vec<&Part> = parts.iter().rev().copied().collect();
    parts.sort_by_key(|part| {
        let values: BTreeSet<_> = groups.iter().map(|group| group.parts.get(*part)).collect();
        (
            matches!(part, Part::Param(_)),
            std::cmp::Reverse(values.len()),
        )
    });
    parts
}

fn responses(group: &Group<'_>, kept: &[&Part], values: &[Option<&String>]) -> Vec<Planned> {
    let conditions: Vec<String> = kept
        .iter()
        .zip(values)
        .map(|(part, value)| part.condition(*value))
        .collect();
    let last = group.runs.len().saturating_sub(1);
    let runs = group.runs.iter().enumerate();
    runs.map(|(index, run)| Planned {
        conditions: conditions.clone(),
        times: (index < last).then_some(run.waits.len()),
        drawn: run.drawn.clone(),
        waits: run.waits.clone(),
    })
    .collect()
}

/// Whether no two groups that are answered differently are the same in these parts.
fn tells_apart(groups: &[Group<'_>], parts: &[&Part]) -> bool {
    let mut seen: Vec<(Vec<Option<&String>>, &Group<'_>)> = Vec::new();
    groups.iter().all(|group| {
        let values = values(group, parts);
        if let Some((_, other)) = seen.iter().find(|(other, _)| *other == values) {
            return is_same(&other.runs, &group.runs);
        }
        seen.push((values, group));
        true
    })
}

fn values<'g>(group: &Group<'g>, parts: &[&Part]) -> Vec<Option<&'g String>> {
    parts.iter().map(|part| group.parts.get(*part)).collect()
}

/// Sequences count for each group apart, so only single answers can be shared.
fn is_same(left: &[Run], right: &[Run]) -> bool {
    matches!((left, right), ([left], [right]) if left.drawn == right.drawn)
}

/// The answers of a case, those in a row that are the same as one.
fn runs(case: &Case<'_>, params: &[(String, String)], volatile: &BTreeSet<String>) -> Vec<Run> {
    let mut runs: Vec<Run> = Vec::new();
    for sample in &case.samples {
        let mut drawn = draw(sample, params);
        drawn.fields.retain(|(name, _)| !volatile.contains(name));
        if let Some(last) = runs.last_mut()
            && last.drawn == drawn
        {
            last.waits.push(sample.wait_ms);
        } else if runs.len() < RUNS_MAX {
            runs.push(Run {
                drawn,
                waits: vec![sample.wait_ms],
            });
        }
    }
    runs
}

/// One response for all cases, where they differ by the path's parameters alone and these come back
/// in the answers.
fn unify(cases: &[Case<'_>], volatile: &BTreeSet<String>) -> Option<Planned> {
    let (first, others) = cases.split_first()?;
    if others.is_empty() || !cases.iter().all(Case::is_text) {
        return None;
    }
    let of = |case: &Case<'_>| match runs(case, &case.params, volatile).as_slice() {
        [run] => Some(run.clone()),
        _ => None,
    };
    let mut run = of(first)?;
    for case in others {
        let other = of(case)?;
        if other.drawn != run.drawn {
            return None;
        }
        run.waits.extend(other.waits);
    }
    Some(Planned {
        conditions: Vec::new(),
        times: None,
        drawn: run.drawn,
        waits: run.waits,
    })
}

/// Fields whose values differ where nothing else does.
fn volatile(cases: &[Case<'_>]) -> BTreeSet<String> {
    let mut volatile = BTreeSet::new();
    for case in cases {
        for (index, left) in case.samples.iter().enumerate() {
            for right in case.samples.iter().skip(index + 1).take(RUNS_MAX) {
                if left.status == right.status && left.body == right.body {
                    let differing = left
                        .fields
                        .iter()
                        .filter(|field| !right.fields.contains(field));
                    volatile.extend(differing.map(|(name, _)| name.clone()));
                    let differing = right
                        .fields
                        .iter()
                        .filter(|field| !left.fields.contains(field));
                    volatile.extend(differing.map(|(name, _)| name.clone()));
                }
            }
        }
    }
    volatile
}
