//! Which entries of a sheet could hold for a request, found without trying all of them.

use std::collections::{HashMap, HashSet};

use crate::facts::Facts;
use crate::rule::{Equality, Literal, Rule, SubjectKey};

/// A subject of which rules demand fewer different values is not worth looking up.
const LITERALS_MIN: usize = 4;

/// Entries by what their rules demand to be equal.
#[derive(Clone, Debug, Default)]
pub(super) struct Index {
    subjects: Vec<Subject>,
    /// Those that are to be tried for every request, in order.
    always: Vec<usize>,
}

#[derive(Clone, Debug)]
struct Subject {
    key: SubjectKey,
    by_literal: HashMap<Literal<'static>, Vec<usize>>,
}

impl Index {
    /// Of the entries' rules, in their order; none has no rule.
    pub(super) fn new<'r>(rules: impl IntoIterator<Item = Option<&'r Rule>>) -> Self {
        let equalities = |rule: Option<&Rule>| rule.map(Rule::equalities).unwrap_or_default();
        let rules: Vec<_> = rules.into_iter().map(equalities).collect();
        let mut literals: HashMap<String, HashSet<&Literal<'static>>> = HashMap::new();
        for Equality { subject, literal } in rules.iter().flatten() {
            let of_subject = literals.entry(subject.to_string()).or_default();
            of_subject.insert(literal);
        }
        // The more literals there are, the fewer entries each of them leaves.
        let apart = |one: &Equality| {
            let literals = literals.get(&one.subject.to_string());
            literals.map_or(0, HashSet::len)
        };
        let mut index = Self::default();
        for (entry, equalities) in rules.iter().enumerate() {
            let best = equalities.iter().max_by_key(|one| apart(one));
            match best.filter(|best| apart(best) >= LITERALS_MIN) {
                Some(best) => index.add(best, entry),
                None => index.always.push(entry),
            }
        }
        index
    }

    fn add(&mut self, equality: &Equality, entry: usize) {
        let Equality { subject, literal } = equality;
        let known = self.subjects.iter().position(|own| own.key == *subject);
        let at = known.unwrap_or_else(|| {
            self.subjects.push(Subject {
                key: subject.clone(),
                by_literal: HashMap::new(),
            });
            self.subjects.len() - 1
        });
        if let Some(own) = self.subjects.get_mut(at) {
            own.by_literal
                .entry(literal.clone())
                .or_default()
                .push(entry);
        }
    }

    /// The entries that could hold for a request, in order.
    pub(super) fn candidates<'i>(&'i self, facts: &Facts<'_>) -> Candidates<'i> {
        let mut found = Vec::new();
        for subject in &self.subjects {
            subject.find(facts, &mut found);
        }
        found.sort_unstable();
        // A value may have been found as a text and as a number.
        found.dedup();
        Candidates {
            found: found.into_iter().peekable(),
            always: self.always.iter().copied().peekable(),
        }
    }
}

impl Subject {
    fn find<'f>(&'f self, facts: &'f Facts<'f>, found: &mut Vec<usize>) {
        let by_literal: &HashMap<Literal<'f>, Vec<usize>> = &self.by_literal;
        for literal in self.key.literals(facts) {
            found.extend(by_literal.get(&literal).into_iter().flatten());
        }
    }
}

/// Entries that could hold, in order.
pub(super) struct Candidates<'i> {
    found: std::iter::Peekable<std::vec::IntoIter<usize>>,
    always: std::iter::Peekable<std::iter::Copied<std::slice::Iter<'i, usize>>>,
}

impl Iterator for Candidates<'_> {
    type Item = usize;

    fn next(&mut self) -> Option<usize> {
        match (self.found.peek(), self.always.peek()) {
            (Some(found), Some(always)) if found < always => self.found.next(),
            (Some(_), None) => self.found.next(),
            (_, _) => self.always.next(),
        }
    }
}
