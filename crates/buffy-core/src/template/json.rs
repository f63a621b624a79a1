//! JSON in which texts may be templates.

use serde_json::Value as Json;

use super::{Escape, RenderError, Rendered, Template, TemplateError};
use crate::facts::{Facts, Needs};

/// JSON in which texts may be templates; one that is a single `{{ }}` keeps the type of its value.
#[derive(Clone, Debug, PartialEq)]
pub struct JsonTemplate(Node);

#[derive(Clone, Debug, PartialEq)]
enum Node {
    Fixed(Json),
    /// One expression, whose value it is.
    Lone(Template),
    Text(Template),
    Array(Vec<Node>),
    Object(Vec<(String, Node)>),
}

impl JsonTemplate {
    /// Reads the texts of `json` as templates.
    pub fn new(json: &Json) -> Result<Self, TemplateError> {
        Node::new(json).map(Self)
    }

    /// The value, where it has no variable and is the same for every request.
    pub fn fixed(&self) -> Option<&Json> {
        match &self.0 {
            Node::Fixed(json) => Some(json),
            Node::Lone(_) | Node::Text(_) | Node::Array(_) | Node::Object(_) => None,
        }
    }

    /// What it is read from, or means the same.
    pub fn json(&self) -> Json {
        self.0.json()
    }

    /// What it looks at.
    pub fn needs(&self) -> Needs {
        let mut needs = Needs::NOTHING;
        self.0
            .each(&mut |template| needs = needs | template.needs());
        needs
    }

    /// Names that it uses and that nothing has a value for.
    pub fn unknown(&self) -> Vec<String> {
        let mut unknown = Vec::new();
        self.0
            .each(&mut |template| unknown.extend(template.unknown()));
        unknown
    }

    /// The value for a request.
    pub fn render(&self, facts: &Facts<'_>) -> Result<(Json, Rendered), RenderError> {
        let mut rendered = Rendered::default();
        let json = self.0.render(facts, &mut rendered)?;
        Ok((json, rendered))
    }
}

impl Node {
    fn new(json: &Json) -> Result<Self, TemplateError> {
        let node = match json {
            Json::String(text) => {
                let template = Template::parse_reply(text)?;
                match template.fixed() {
                    Some(fixed) => Self::Fixed(fixed.into()),
                    None if template.is_lone() => Self::Lone(template),
                    None => Self::Text(template),
                }
            }
            Json::Array(items) => {
                let nodes: Result<Vec<Self>, TemplateError> = items.iter().map(Self::new).collect();
                let nodes = nodes?;
                if nodes.iter().all(Self::is_fixed) {
                    Self::Fixed(nodes.into_iter().filter_map(Self::into_fixed).collect())
                } else {
                    Self::Array(nodes)
                }
            }
            Json::Object(members) => {
                let nodes: Result<Vec<(String, Self)>, TemplateError> = members
                    .iter()
                    .map(|(name, json)| Ok((name.clone(), Self::new(json)?)))
                    .collect();
                let nodes = nodes?;
                if nodes.iter().all(|(_, node)| node.is_fixed()) {
                    let members = nodes.into_iter();
                    Self::Fixed(
                        members
                            .filter_map(|(name, node)| Some((name, node.into_fixed()?)))
                            .collect(),
                    )
                } else {
                    Self::Object(nodes)
                }
            }
            Json::Null | Json::Bool(_) | Json::Number(_) => Self::Fixed(json.clone()),
        };
        Ok(node)
    }

    fn json(&self) -> Json {
        match self {
            Self::Fixed(json) => json.clone(),
            Self::Lone(template) | Self::Text(template) => template.text().into(),
            Self::Array(nodes) => nodes.iter().map(Self::json).collect(),
            Self::Object(members) => members
                .iter()
                .map(|(name, node)| (name.clone(), node.json()))
                .collect(),
        }
    }

    fn is_fixed(&self) -> bool {
        matches!(self, Self::Fixed(_))
    }

    fn into_fixed(self) -> Option<Json> {
        match self {
            Self::Fixed(json) => Some(json),
            Self::Lone(_) | Self::Text(_) | Self::Array(_) | Self::Object(_) => None,
        }
    }

    fn each(&self, visit: &mut impl FnMut(&Template)) {
        match self {
            Self::Fixed(_) => {}
            Self::Lone(template) | Self::Text(template) => visit(template),
            Self::Array(nodes) => nodes.iter().for_each(|node| node.each(visit)),
            Self::Object(members) => members.iter().for_each(|(_, node)| node.each(visit)),
        }
    }

    fn render(&self, facts: &Facts<'_>, rendered: &mut Rendered) -> Result<Json, RenderError> {
        Ok(match self {
            Self::Fixed(json) => json.clone(),
            Self::Lone(template) => {
                let (value, own) = template.value(facts)?;
                rendered.undefined += own.undefined;
                value
            }
            Self::Text(template) => {
                let mut text = Vec::new();
                rendered.undefined += template.render(facts, Escape::Plain, &mut text)?.undefined;
                String::from_utf8_lossy(&text).into_owned().into()
            }
            Self::Array(nodes) => {
                let items: Result<Vec<Json>, RenderError> = nodes
                    .iter()
                    .map(|node| node.render(facts, rendered))
                    .collect();
                items?.into()
            }
            Self::Object(members) => {
                let members: Result<serde_json::Map<String, Json>, RenderError> = members
                    .iter()
                    .map(|(name, node)| Ok((name.clone(), node.render(facts, rendered)?)))
                    .collect();
                members?.into()
            }
        })
    }
}
