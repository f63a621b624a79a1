//! `json:` of a response: a document of which texts may be templates, and keep their types.

use std::sync::Arc;

use buffy_core::config::Carries;
use buffy_core::facts::Needs;
use buffy_core::template::JsonTemplate;

use super::content::Whose;
use super::{Answer, Asked, Content, Making, Missing, Source};

const FIELDS: &[u8] = b"Content-Type: application/json\r\n";

pub(super) fn make(making: &Making<'_>) -> Option<Arc<dyn Source>> {
    let response = making.response?;
    let Carries::Json(template) = &response.carries else {
        return None;
    };
    let fixed = template.fixed().map(|json| json.to_string().into_bytes());
    Some(Arc::new(Document {
        template: template.clone(),
        fixed: fixed.map(Into::into),
        whose: Whose::new(&making.endpoint.id, &response.name),
    }))
}

/// A JSON document.
struct Document {
    template: JsonTemplate,
    /// Its text, where it is the same for everybody.
    fixed: Option<Arc<[u8]>>,
    whose: Whose,
}

impl Source for Document {
    fn answer(&self, asked: &Asked<'_>) -> Result<Answer, Missing> {
        if let Some(answer) = self.fixed() {
            return Ok(answer);
        }
        let (json, rendered) = match self.template.render(asked.facts) {
            Ok(made) => made,
            Err(error) => return Ok(self.whose.failed(&error)),
        };
        if rendered.undefined > 0 {
            self.whose.undefined();
        }
        Ok(Answer {
            status: None,
            fields: Vec::new(),
            content: Content::Bytes(json.to_string().into_bytes()),
        })
    }

    fn usual_fields(&self) -> &[u8] {
        FIELDS
    }

    fn needs(&self) -> Needs {
        self.template.needs()
    }

    fn fixed(&self) -> Option<Answer> {
        let bytes = self.fixed.as_ref()?;
        Some(Answer {
            status: None,
            fields: FIELDS.to_vec(),
            content: Content::Shared(Arc::clone(bytes)),
        })
    }
}
