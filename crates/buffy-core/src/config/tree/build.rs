//! From the parser's events to the tree.

use std::collections::HashMap;

use granit_parser::{Event, Parser, ScalarStyle, Span};

use super::{Entry, Node, Scalar, Style, Unreadable, Value, syntax, variable};
use crate::config::Surroundings;
use crate::config::report::{Place, Report};

/// A ConfigMap cannot be larger.
const BYTES_MAX: usize = 1 << 20;
const DEPTH_MAX: usize = 32;
/// Every use of an alias counts as much as what it stands for.
const NODES_MAX: usize = 100_000;
const ALIASES_MAX: usize = 1_000;

pub(super) fn build(report: &Report<'_>, around: &Surroundings<'_>) -> Result<Node, Unreadable> {
    let text = report.text();
    let top = Place {
        line: 1,
        start: 0,
        end: 0,
    };
    if text.len() > BYTES_MAX {
        let message = format!("the file has {} bytes", text.len());
        report.error(top, message, format!("at most {BYTES_MAX} are read"));
        return Err(Unreadable);
    }
    let options = granit_parser::options! {
        emit_unresolved_aliases: true,
        flow_nesting_limit: DEPTH_MAX,
        block_nesting_limit: DEPTH_MAX,
    };
    let mut tree = Tree {
        report,
        around,
        frames: Vec::new(),
        anchors: HashMap::new(),
        root: None,
        nodes: 0,
        aliases: 0,
    };
    for event in Parser::new_from_str_with_options(text, options) {
        match event {
            Ok((event, span)) => tree.event(event, span)?,
            Err(error) => {
                syntax::explain(report, &error);
                return Err(Unreadable);
            }
        }
    }
    tree.root.ok_or_else(|| {
        report.error(
            top,
            "the file is empty",
            "a configuration begins with `version: 0.1`",
        );
        Unreadable
    })
}

struct Tree<'r> {
    report: &'r Report<'r>,
    around: &'r Surroundings<'r>,
    /// The lists and maps that are not over yet.
    frames: Vec<Frame>,
    anchors: HashMap<usize, Node>,
    root: Option<Node>,
    nodes: usize,
    aliases: usize,
}

struct Frame {
    place: Place,
    anchor: usize,
    inside: Inside,
}

enum Inside {
    List(Vec<Node>),
    Map {
        entries: Vec<Entry>,
        /// The line of each key.
        seen: HashMap<String, usize>,
        /// The key whose value comes next.
        key: Option<Key>,
    },
}

enum Key {
    Good {
        name: String,
        place: Place,
    },
    /// Not text, or there twice: already told; its value is read and dropped.
    Bad,
}

impl Tree<'_> {
    fn event(&mut self, event: Event<'_>, span: Span) -> Result<(), Unreadable> {
        let place = place(span);
        match event {
            Event::DocumentStart(..) if self.root.is_some() => {
                let hint = "one configuration is one document: remove the `---`";
                self.report
                    .error(place, "a second document begins here", hint);
                return Err(Unreadable);
            }
            Event::SequenceStart(_, anchor, tag) => {
                self.refuse_tag(tag.is_some(), span);
                self.frames.push(Frame {
                    place,
                    anchor,
                    inside: Inside::List(Vec::new()),
                });
            }
            Event::MappingStart(_, anchor, tag) => {
                self.refuse_tag(tag.is_some(), span);
                let inside = Inside::Map {
                    entries: Vec::new(),
                    seen: HashMap::new(),
                    key: None,
                };
                self.frames.push(Frame {
                    place,
                    anchor,
                    inside,
                });
            }
            Event::SequenceEnd | Event::MappingEnd => return self.close(),
            Event::Scalar(text, style, anchor, tag) => {
                self.refuse_tag(tag.is_some(), span);
                let value = self.scalar(&text, style, place);
                return self.add(Node { place, value }, anchor);
            }
            Event::Alias(id) => return self.alias(id, place),
            Event::UnresolvedAlias(name) => {
                let hint = format!("in quotes it is text: `'*{name}'`");
                self.report.error(
                    place,
                    format!("`*{name}` is an alias of an unknown anchor"),
                    hint,
                );
                return self.add(
                    Node {
                        place,
                        value: Value::Unknown,
                    },
                    0,
                );
            }
            // The rest are the stream's and the document's ends, which carry nothing.
            _ => {}
        }
        Ok(())
    }

    fn scalar(&self, text: &str, style: ScalarStyle, place: Place) -> Value {
        let style = match style {
            ScalarStyle::Plain => Style::Plain,
            ScalarStyle::SingleQuoted => Style::SingleQuoted,
            ScalarStyle::DoubleQuoted => Style::DoubleQuoted,
            ScalarStyle::Literal | ScalarStyle::Folded => Style::Block,
        };
        let is_key = matches!(
            self.frames.last(),
            Some(Frame {
                inside: Inside::Map { key: None, .. },
                ..
            })
        );
        match style {
            Style::Plain if is_key => {}
            Style::Plain if matches!(text, "" | "~" | "null" | "Null" | "NULL") => {
                return Value::Null;
            }
            Style::Plain => return variable::expand(self.report, self.around, text, place),
            Style::SingleQuoted | Style::DoubleQuoted if !is_key => {
                variable::warn_of_quotes(self.report, text, place);
            }
            Style::SingleQuoted | Style::DoubleQuoted | Style::Block => {}
        }
        Value::Scalar(Scalar {
            text: text.to_owned(),
            style,
            expanded: false,
        })
    }

    fn alias(&mut self, id: usize, place: Place) -> Result<(), Unreadable> {
        self.aliases += 1;
        if self.aliases > ALIASES_MAX {
            let message = format!("more than {ALIASES_MAX} aliases");
            self.report.error(place, message, "write the values out");
            return Err(Unreadable);
        }
        let Some(node) = self.anchors.get(&id).cloned() else {
            self.report.error(
                place,
                "an alias inside of its own anchor",
                "write the value out",
            );
            return Err(Unreadable);
        };
        // What it stands for is counted before it is used, this node by `add`.
        self.nodes = self.nodes.saturating_add(node.size() - 1);
        self.add(node, 0)
    }

    fn close(&mut self) -> Result<(), Unreadable> {
        let Some(Frame {
            place,
            anchor,
            inside,
        }) = self.frames.pop()
        else {
            return Ok(());
        };
        let value = match inside {
            Inside::List(items) => Value::List(items),
            Inside::Map { entries, .. } => Value::Map(entries),
        };
        self.add(Node { place, value }, anchor)
    }

    /// A node is whole: it becomes an item, a key, a value, or the root.
    fn add(&mut self, node: Node, anchor: usize) -> Result<(), Unreadable> {
        self.nodes = self.nodes.saturating_add(1);
        if self.nodes > NODES_MAX {
            let message =
                format!("more than {NODES_MAX} values, aliases counted as what they stand for");
            self.report.error(node.place, message, "");
            return Err(Unreadable);
        }
        if anchor > 0 {
            self.anchors.insert(anchor, node.clone());
        }
        match self.frames.last_mut().map(|frame| &mut frame.inside) {
            None => self.root = Some(node),
            Some(Inside::List(items)) => items.push(node),
            Some(Inside::Map { entries, key, seen }) => match key.take() {
                None => *key = Some(read_key(self.report, node, seen)),
                Some(Key::Good { name, place }) => {
                    entries.push(Entry {
                        key: name,
                        place,
                        value: node,
                    });
                }
                Some(Key::Bad) => {}
            },
        }
        Ok(())
    }

    fn refuse_tag(&self, tagged: bool, span: Span) {
        if tagged {
            let place = span.tag_span().map_or(place(span), self::place);
            let tag = self.report.source(place);
            let hint = "a value that begins with `!` must be in quotes";
            self.report
                .error(place, format!("`{tag}` is read as a YAML tag"), hint);
        }
    }
}

fn read_key(report: &Report<'_>, node: Node, seen: &mut HashMap<String, usize>) -> Key {
    let place = node.place;
    let Value::Scalar(Scalar { text: name, .. }) = node.value else {
        if report
            .text()
            .get(..=place.start)
            .is_some_and(|before| before.ends_with("{{"))
        {
            let hint = "a value that begins with `{{` must be in quotes";
            report.error(place, "`{{` begins a map in a map here", hint);
        } else {
            let message = format!("a key must be text, and this is {}", node.is_a());
            report.error(place, message, "");
        }
        return Key::Bad;
    };
    if let Some(line) = seen.get(&name) {
        let message = format!("`{name}` is written twice");
        report.error(
            place,
            message,
            format!("it is on line {line} already: remove one"),
        );
        return Key::Bad;
    }
    seen.insert(name.clone(), place.line);
    Key::Good { name, place }
}

fn place(span: Span) -> Place {
    let start = span.start.byte_offset().unwrap_or_default();
    let end = span.end.byte_offset().unwrap_or(start);
    Place {
        line: span.start.line(),
        start,
        end,
    }
}
