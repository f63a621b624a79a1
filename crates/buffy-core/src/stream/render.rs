//! Events and replies, from templates to what is sent.

use super::{Data, Event, Payload, Reply, Said, Script, Told};
use crate::facts::{Facts, Needs};
use crate::template::{Escape, RenderError, Rendered, Template};

impl Script {
    /// What of a request has to be known for as long as its stream is open.
    pub fn needs(&self) -> Needs {
        let of_events = match &self.told {
            Told::Events(events) => events.iter().map(Event::needs).collect(),
            Told::Recording { .. } => Vec::new(),
        };
        let of_replies = self.replies.iter().map(Reply::needs);
        let all = of_events.into_iter().chain(of_replies);
        all.fold(Needs::NOTHING, |sum, needs| sum | needs)
    }
}

impl Event {
    /// What it says, where it says the same to everybody.
    pub fn fixed(&self) -> Option<Said> {
        let text = |template: &Option<Template>| match template {
            None => Some(None),
            Some(template) => template.fixed().map(Some),
        };
        let data = match &self.data {
            None => None,
            Some(payload) => Some(payload.fixed()?),
        };
        Some(Said {
            comment: text(&self.comment)?,
            event: text(&self.event)?,
            id: text(&self.id)?,
            retry: self.retry,
            data,
        })
    }

    /// What it says at this moment of a stream.
    pub fn render(&self, facts: &Facts<'_>, rendered: &mut Rendered) -> Result<Said, RenderError> {
        let mut text = |template: &Option<Template>| {
            let template = template.as_ref();
            template
                .map(|template| plain(template, facts, rendered))
                .transpose()
        };
        let (comment, event, id) = (text(&self.comment)?, text(&self.event)?, text(&self.id)?);
        let data = self.data.as_ref();
        let data = data
            .map(|payload| payload.render(facts, rendered))
            .transpose()?;
        Ok(Said {
            comment,
            event,
            id,
            retry: self.retry,
            data,
        })
    }

    fn needs(&self) -> Needs {
        let texts = [&self.comment, &self.event, &self.id];
        let needs = texts.into_iter().flatten().map(Template::needs);
        let needs = needs.chain(self.data.as_ref().map(Payload::needs));
        needs.fold(Needs::NOTHING, |sum, needs| sum | needs)
    }
}

impl Payload {
    /// What it carries, where that is the same for everybody.
    pub fn fixed(&self) -> Option<Data> {
        match self {
            Self::Text(template) => template.fixed().map(Data::Text),
            Self::Json(template) => template.fixed().cloned().map(Data::Json),
        }
    }

    /// What it carries at this moment of a stream, or for a message.
    pub fn render(&self, facts: &Facts<'_>, rendered: &mut Rendered) -> Result<Data, RenderError> {
        match self {
            Self::Text(template) => plain(template, facts, rendered).map(Data::Text),
            Self::Json(template) => {
                let (json, met) = template.render(facts)?;
                rendered.undefined += met.undefined;
                Ok(Data::Json(json))
            }
        }
    }

    fn needs(&self) -> Needs {
        match self {
            Self::Text(template) => template.needs(),
            Self::Json(template) => template.needs(),
        }
    }
}

impl Reply {
    fn needs(&self) -> Needs {
        self.send.as_ref().map_or(Needs::NOTHING, Payload::needs)
    }
}

fn plain(
    template: &Template,
    facts: &Facts<'_>,
    rendered: &mut Rendered,
) -> Result<String, RenderError> {
    let mut text = Vec::new();
    rendered.undefined += template.render(facts, Escape::Plain, &mut text)?.undefined;
    Ok(String::from_utf8_lossy(&text).into_owned())
}
