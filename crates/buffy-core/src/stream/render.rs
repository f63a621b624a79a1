//! Events and replies, from templates to what is sent.

use super::{Data, Event, Pace, Payload, Reply, Said, Script, Told};
use crate::delay::Delay;
use crate::facts::{Facts, Needs};
use crate::template::{Escape, RenderError, Rendered, Template};

impl Script {
    /// What of a request has to be known for as long as its stream is open.
    pub fn needs(&self) -> Needs {
        let events = self.events().iter().map(Event::needs);
        let replies = self.replies.iter().map(Reply::needs);
        let pace = match &self.pace {
            Pace::Every(every) => of_delay(every.as_ref()),
            Pace::Profile(profile) if profile.jitter > 0.0 => Needs::DICE,
            Pace::Profile(_) => Needs::NOTHING,
        };
        let needs = pace | of_delay(self.delay.as_ref());
        events.chain(replies).fold(needs, |sum, needs| sum | needs)
    }

    /// Those of the configuration.
    fn events(&self) -> &[Event] {
        match &self.told {
            Told::Events(events) => events,
            Told::Recording { .. } => &[],
        }
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
        let data = self.data.as_ref();
        Ok(Said {
            comment: optional(self.comment.as_ref(), facts, rendered)?,
            event: optional(self.event.as_ref(), facts, rendered)?,
            id: self.render_id(facts, rendered)?,
            retry: self.retry,
            data: data
                .map(|payload| payload.render(facts, rendered))
                .transpose()?,
        })
    }

    /// Its own id; none where it has its number.
    pub fn render_id(
        &self,
        facts: &Facts<'_>,
        rendered: &mut Rendered,
    ) -> Result<Option<String>, RenderError> {
        optional(self.id.as_ref(), facts, rendered)
    }

    fn needs(&self) -> Needs {
        let texts = [&self.comment, &self.event, &self.id];
        let needs = texts.into_iter().flatten().map(Template::needs);
        let needs = needs.chain(self.data.as_ref().map(Payload::needs));
        needs.fold(of_delay(self.wait.as_ref()), |sum, needs| sum | needs)
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
        let send = self.send.as_ref();
        of_delay(self.wait.as_ref()) | send.map_or(Needs::NOTHING, Payload::needs)
    }
}

/// Waits that differ take dice.
fn of_delay(delay: Option<&Delay>) -> Needs {
    match delay {
        None | Some(Delay::Fixed(_) | Delay::Forever) => Needs::NOTHING,
        Some(Delay::Between(..) | Delay::Normal { .. } | Delay::LogNormal { .. }) => Needs::DICE,
    }
}

fn optional(
    template: Option<&Template>,
    facts: &Facts<'_>,
    rendered: &mut Rendered,
) -> Result<Option<String>, RenderError> {
    template
        .map(|template| plain(template, facts, rendered))
        .transpose()
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
