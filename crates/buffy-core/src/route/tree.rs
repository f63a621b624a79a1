//! Patterns that are no exact paths, as a tree of segments.

use std::cmp::Reverse;
use std::collections::HashMap;

use super::pattern::{End, Pattern, Segment};
use super::site::Site;
use crate::config::Endpoint;

/// A tree of nodes, the first of which is the root.
#[derive(Clone, Debug)]
pub(super) struct Tree {
    nodes: Vec<Node>,
}

#[derive(Clone, Debug, Default)]
struct Node {
    literals: HashMap<Vec<u8>, usize>,
    param: Option<usize>,
    /// Patterns that end here.
    whole: Option<Slot>,
    /// Prefixes and `{rest*}` with this stem.
    tail: Option<Slot>,
}

#[derive(Clone, Debug)]
struct Slot {
    rank: Rank,
    site: Site,
}

/// The least wins: whole patterns before tails, longer ones, those with more literals, prefixes
/// before `{rest*}`, then file order.
type Rank = (bool, Reverse<usize>, Reverse<usize>, bool, usize);

impl Default for Tree {
    fn default() -> Self {
        Self {
            nodes: vec![Node::default()],
        }
    }
}

impl Tree {
    pub(super) fn insert(&mut self, index: usize, endpoint: &Endpoint, pattern: &Pattern) {
        let mut at = 0;
        for segment in &pattern.segments {
            at = self.step_in(at, segment);
        }
        let literals = pattern
            .segments
            .iter()
            .filter(|segment| **segment != Segment::Param);
        let rank = (
            pattern.end != End::Whole,
            Reverse(pattern.segments.len()),
            Reverse(literals.count()),
            pattern.end == End::Rest,
            index,
        );
        let Some(node) = self.nodes.get_mut(at) else {
            return;
        };
        let slot = match pattern.end {
            End::Whole => &mut node.whole,
            End::Prefix | End::Rest => &mut node.tail,
        };
        let slot = slot.get_or_insert_with(|| Slot {
            rank,
            site: Site::default(),
        });
        slot.rank = slot.rank.min(rank);
        slot.site.add(index, &endpoint.methods);
    }

    /// The best pattern for a path in normal form. Each node that fits is visited once.
    pub(super) fn find(&self, path: &[u8]) -> Option<&Site> {
        let mut best: Option<&Slot> = None;
        // Forks that are left to try: most paths have none, and then nothing is allocated.
        let mut forks: Vec<(usize, &[u8])> = Vec::new();
        let mut next = Some((0, path));
        while let Some((at, rest)) = next.take().or_else(|| forks.pop()) {
            let Some(node) = self.nodes.get(at) else {
                continue;
            };
            let segment = rest.split_first().map(|(_, after)| {
                let end = after.iter().position(|&byte| byte == b'/');
                after.split_at(end.unwrap_or(after.len()))
            });
            let slot = if segment.is_none() {
                &node.whole
            } else {
                &node.tail
            };
            if let Some(slot) = slot
                && best.is_none_or(|best| slot.rank < best.rank)
            {
                best = Some(slot);
            }
            let Some((segment, rest)) = segment else {
                continue;
            };
            let param = node.param.filter(|_| !segment.is_empty());
            next = param.map(|node| (node, rest));
            if let Some(&literal) = node.literals.get(segment) {
                forks.extend(next.replace((literal, rest)));
            }
        }
        best.map(|slot| &slot.site)
    }

    /// The child of a node, made where there is none.
    fn step_in(&mut self, at: usize, segment: &Segment) -> usize {
        let fresh = self.nodes.len();
        let Some(node) = self.nodes.get_mut(at) else {
            return at;
        };
        let child = match segment {
            Segment::Literal(text) => *node.literals.entry(text.clone()).or_insert(fresh),
            Segment::Param => *node.param.get_or_insert(fresh),
        };
        if child == fresh {
            self.nodes.push(Node::default());
        }
        child
    }
}
