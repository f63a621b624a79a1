//! From the parser's events to the tree.

use std::collections::HashMap;

use granit_parser::{Event, Parser, ScalarStyle, Span};

use super::budget::{BYTES_MAX, Budget, DEPTH_MAX};
use super::frame::{Frame, Inside};
use super::{Node, Scalar, Style, Unreadable, Value, syntax, variable};
use crate::config::Surroundings;
use crate::config::report::{Place, Report};

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
        budget: Budget::default(),
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
    budget: Budget,
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
                let spoiled = self.has_tag(tag.is_some(), span);
                let inside = Inside::List(Vec::new());
                self.frames.push(Frame {
                    place,
                    anchor,
                    spoiled,
                    inside,
                });
            }
            Event::MappingStart(_, anchor, tag) => {
                let spoiled = self.has_tag(tag.is_some(), span);
                let inside = Inside::Map {
                    entries: Vec::new(),
                    seen: HashMap::new(),
                    key: None,
                };
                self.frames.push(Frame {
                    place,
                    anchor,
                    spoiled,
                    inside,
                });
            }
            Event::SequenceEnd | Event::MappingEnd => return self.close(),
            Event::Scalar(text, style, anchor, tag) => {
                let value = if self.has_tag(tag.is_some(), span) {
                    Value::Unknown
                } else {
                    self.scalar(&text, style, place)
                };
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
            // These carry nothing, and no others are asked for.
            Event::StreamStart
            | Event::StreamEnd
            | Event::DocumentStart(..)
            | Event::DocumentEnd
            | Event::Anchor(..)
            | _ => {}
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
        let is_key = self.frames.last().is_some_and(Frame::wants_key);
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
        let hint = "write the value out";
        let Some(node) = self.anchors.get(&id) else {
            self.report
                .error(place, "an alias inside of its own anchor", hint);
            return Err(Unreadable);
        };
        // What it stands for is counted before it is copied.
        if let Err(much) = self.budget.add_alias(node, self.frames.len()) {
            self.report.error(place, much, hint);
            return Err(Unreadable);
        }
        let node = node.clone();
        self.add(node, 0)
    }

    fn close(&mut self) -> Result<(), Unreadable> {
        let Some(frame) = self.frames.pop() else {
            return Ok(());
        };
        let anchor = frame.anchor;
        self.add(frame.close(), anchor)
    }

    /// A node is whole: it becomes an item, a key, a value, or the root.
    fn add(&mut self, node: Node, anchor: usize) -> Result<(), Unreadable> {
        if let Err(much) = self.budget.add(&node) {
            self.report.error(node.place, much, "");
            return Err(Unreadable);
        }
        if anchor > 0 {
            self.anchors.insert(anchor, node.clone());
        }
        let Some(frame) = self.frames.last_mut() else {
            self.root = Some(node);
            return Ok(());
        };
        frame.add(self.report, node);
        Ok(())
    }

    /// Whether a node has a tag; what it was meant to be is then unknown.
    fn has_tag(&self, tagged: bool, span: Span) -> bool {
        if tagged {
            let place = span.tag_span().map_or(place(span), self::place);
            let tag = self.report.source(place);
            let hint = "a value that begins with `!` must be in quotes";
            self.report
                .error(place, format!("`{tag}` is read as a YAML tag"), hint);
        }
        tagged
    }
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
