//! `content:` of a response: a text with variables, or a file.

mod file;

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use buffy_core::config::{Carries, Content as Written, EndpointKind, Response};
use buffy_core::facts::Needs;
use buffy_core::template::{Escape, RenderError, Template, Variable};
use buffy_http::write;

use super::{Answer, Asked, Content, Making, Missing, Source};
use file::Files;

pub(super) fn make(making: &Making<'_>) -> Option<Arc<dyn Source>> {
    let response = making.response?;
    let Carries::Content(content) = &response.carries else {
        return None;
    };
    let engine = match making.endpoint.kind {
        EndpointKind::Proxy(_) => Engine::Names(Response::variables(&response.name)),
        EndpointKind::Respond(_) | EndpointKind::Data(_) => Engine::Whole,
    };
    let whose = Whose::new(&making.endpoint.id, &response.name);
    let claimed = claimed(response);
    Some(source(content, claimed, engine, whose, making.folder))
}

/// What the answer of no endpoint carries.
pub fn of_no_endpoint(content: &Written, folder: &Path) -> Arc<dyn Source> {
    let engine = Engine::Names(Variable::OF_REPLIES);
    source(content, None, engine, Whose::new("", "no_endpoint"), folder)
}

fn source(
    content: &Written,
    claimed: Option<Escape>,
    engine: Engine,
    whose: Whose,
    folder: &Path,
) -> Arc<dyn Source> {
    match content {
        Written::Inline {
            template,
            content_type,
        } => {
            let escape = escape(claimed, content_type);
            let template = template.clone();
            let rendering = Rendering { template, whose };
            Arc::new(Text::new(rendering, content_type, escape))
        }
        Written::File { path } => Arc::new(Files::new(path, claimed, engine, whose, folder)),
    }
}

/// What a content may name.
#[derive(Clone, Copy)]
enum Engine {
    /// Everything that a request has, and functions.
    Whole,
    /// These names alone.
    Names(&'static [Variable]),
}

impl Engine {
    /// The template of a file's text; none where it is not one.
    fn parse(self, text: &str) -> Option<Template> {
        match self {
            Self::Whole => Template::parse_file(text).ok(),
            Self::Names(variables) => Template::parse(text, variables).ok(),
        }
    }
}

/// What the response's own fields say of its content.
fn claimed(response: &Response) -> Option<Escape> {
    let mut headers = response.headers.iter();
    let (_, claimed) = headers.find(|(name, _)| name.eq_ignore_ascii_case("content-type"))?;
    Some(Escape::of(&claimed.fixed()?))
}

/// A plain claim is kept for what is JSON or HTML all the same.
fn escape(claimed: Option<Escape>, content_type: &str) -> Escape {
    claimed
        .filter(|claimed| *claimed != Escape::Plain)
        .unwrap_or_else(|| Escape::of(content_type))
}

/// A text that is written in the configuration.
struct Text {
    rendering: Rendering,
    /// Its text, where it is the same for everybody.
    fixed: Option<Arc<[u8]>>,
    /// The field that says what it is.
    fields: Vec<u8>,
    escape: Escape,
}

impl Text {
    fn new(rendering: Rendering, content_type: &str, escape: Escape) -> Self {
        let mut fields = Vec::new();
        write::field(&mut fields, b"Content-Type", content_type.as_bytes());
        let fixed = rendering.template.fixed();
        Self {
            rendering,
            fixed: fixed.map(|text| text.into_bytes().into()),
            fields,
            escape,
        }
    }
}

impl Source for Text {
    fn answer(&self, asked: &Asked<'_>) -> Result<Answer, Missing> {
        if let Some(answer) = self.fixed() {
            return Ok(answer);
        }
        Ok(self.rendering.answer(asked, self.escape, &[]))
    }

    fn usual_fields(&self) -> &[u8] {
        &self.fields
    }

    fn needs(&self) -> Needs {
        self.rendering.template.needs()
    }

    fn fixed(&self) -> Option<Answer> {
        let content = Content::Shared(Arc::clone(self.fixed.as_ref()?));
        Some(Answer {
            status: None,
            fields: self.fields.clone(),
            content,
        })
    }
}

/// A template, and whose it is.
struct Rendering {
    template: Template,
    whose: Whose,
}

/// The response that a template belongs to.
#[derive(Clone)]
pub(super) struct Whose {
    endpoint: Arc<str>,
    response: Arc<str>,
    warned: Arc<AtomicBool>,
}

impl Whose {
    pub(super) fn new(endpoint: &str, response: &str) -> Self {
        Self {
            endpoint: endpoint.into(),
            response: response.into(),
            warned: Arc::default(),
        }
    }

    /// Says once that values were missing.
    pub(super) fn undefined(&self) {
        if !self.warned.swap(true, Ordering::Relaxed) {
            let (endpoint, response) = (&*self.endpoint, &*self.response);
            tracing::warn!(
                endpoint,
                response,
                "a template named what the request does not have: nothing is written there"
            );
        }
    }

    /// What is answered instead.
    pub(super) fn failed(&self, error: &RenderError) -> Answer {
        let cause = std::error::Error::source(error).map(ToString::to_string);
        let (endpoint, response) = (&*self.endpoint, &*self.response);
        tracing::warn!(endpoint, response, %error, cause, "a response could not be rendered");
        Answer::problem(500, "the response's template cannot be rendered")
    }
}

impl Rendering {
    fn answer(&self, asked: &Asked<'_>, escape: Escape, fields: &[u8]) -> Answer {
        let mut content = Vec::new();
        match self.template.render(asked.facts, escape, &mut content) {
            Ok(rendered) if rendered.undefined > 0 => self.whose.undefined(),
            Ok(_) => {}
            Err(error) => return self.whose.failed(&error),
        }
        Answer {
            status: None,
            fields: fields.to_vec(),
            content: Content::Bytes(content),
        }
    }
}
