//! How much a file may ask for: an alias is a few bytes and stands for as much as it likes.

use super::{Node, Value};

/// A `ConfigMap` of Kubernetes cannot be larger.
pub(super) const BYTES_MAX: usize = 1 << 20;
/// Lists and maps inside of each other.
pub(super) const DEPTH_MAX: usize = 32;
const NODES_MAX: usize = 100_000;
const ALIASES_MAX: usize = 1_000;
/// What all scalars have together, aliases and variables included.
const TEXT_BYTES_MAX: usize = 8 * BYTES_MAX;

/// What was asked for so far.
#[derive(Default)]
pub(super) struct Budget {
    nodes: usize,
    bytes: usize,
    aliases: usize,
}

/// What a node and all in it ask for.
struct Weight {
    nodes: usize,
    bytes: usize,
    depth: usize,
}

impl Budget {
    /// Adds one node that was written; the error says what is too much.
    pub(super) fn add(&mut self, node: &Node) -> Result<(), String> {
        self.nodes += 1;
        if let Value::Scalar(scalar) = &node.value {
            self.bytes += scalar.text.len();
        }
        self.check()
    }

    /// Adds what an alias inside of `depth` lists and maps stands for.
    pub(super) fn add_alias(&mut self, node: &Node, depth: usize) -> Result<(), String> {
        self.aliases += 1;
        if self.aliases > ALIASES_MAX {
            return Err(format!("more than {ALIASES_MAX} aliases"));
        }
        let weight = Weight::of(node);
        if depth + weight.depth > DEPTH_MAX {
            return Err(format!(
                "with its aliases, more than {DEPTH_MAX} lists and maps inside of each other"
            ));
        }
        self.nodes += weight.nodes;
        self.bytes += weight.bytes;
        self.check()
    }

    fn check(&self) -> Result<(), String> {
        if self.nodes > NODES_MAX {
            return Err(format!(
                "more than {NODES_MAX} values, aliases counted as what they stand for"
            ));
        }
        if self.bytes > TEXT_BYTES_MAX {
            return Err(format!(
                "more than {TEXT_BYTES_MAX} bytes, aliases and variables counted as what they stand for"
            ));
        }
        Ok(())
    }
}

impl Weight {
    fn of(node: &Node) -> Self {
        let inside: Vec<Self> = match &node.value {
            Value::Null | Value::Unknown | Value::Scalar(_) => Vec::new(),
            Value::List(items) => items.iter().map(Self::of).collect(),
            Value::Map(entries) => entries.iter().map(|entry| Self::of(&entry.value)).collect(),
        };
        let own = match &node.value {
            Value::Scalar(scalar) => scalar.text.len(),
            Value::Null | Value::Unknown | Value::List(_) | Value::Map(_) => 0,
        };
        Self {
            nodes: 1 + inside.iter().map(|weight| weight.nodes).sum::<usize>(),
            bytes: own + inside.iter().map(|weight| weight.bytes).sum::<usize>(),
            depth: usize::from(node.is_structure())
                + inside
                    .iter()
                    .map(|weight| weight.depth)
                    .max()
                    .unwrap_or_default(),
        }
    }
}
