//! Texts that must not be shown.

/// A text that must not be shown: its `Debug` is `[redacted]`.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    /// Keeps a text out of logs.
    pub fn new(text: String) -> Self {
        Self(text)
    }

    /// The text itself.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl std::fmt::Debug for Secret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("[redacted]")
    }
}

/// Where a hook is sent: `http://` or `https://`; may hold a secret, so it is shown by its origin only.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HookUrl(pub Secret);
