//! What a [`FakeUpstream`](crate::FakeUpstream) does with one request: a short script.

/// One step of a [`Reply`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    /// Reads the rest of the request's body, and answers `Expect: 100-continue` first.
    ReadBody,
    /// Waits while the upstream is paused.
    WaitWhilePaused,
    /// Waits for one [`tell`](crate::FakeUpstream::tell).
    WaitToBeTold,
    /// Sends these bytes as they are.
    Send(Vec<u8>),
    /// Sends a 200 that tells the request back: its `X-Id`, and its body (else method and target).
    Echo,
    /// Closes the connection in order.
    Close,
    /// Resets the connection.
    Reset,
}

/// The steps of an answer; after the last one the connection is kept, unless a step ended it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reply {
    pub(crate) steps: Vec<Step>,
}

impl Reply {
    /// Any script.
    pub fn script(steps: impl IntoIterator<Item = Step>) -> Self {
        Self {
            steps: steps.into_iter().collect(),
        }
    }

    /// Tells the request back with 200: `X-Id` as a field, and the body (else method and target).
    pub fn echo() -> Self {
        Self::script([Step::ReadBody, Step::WaitWhilePaused, Step::Echo])
    }

    /// A status and a text, with its Content-Length.
    pub fn text(status: u16, text: &str) -> Self {
        Self::with_type(status, "text/plain", text)
    }

    /// A status and a JSON document.
    pub fn json(status: u16, document: &serde_json::Value) -> Self {
        Self::with_type(status, "application/json", &document.to_string())
    }

    /// These bytes as they are, after the request's body was read.
    pub fn raw(bytes: impl Into<Vec<u8>>) -> Self {
        Self::script([
            Step::ReadBody,
            Step::WaitWhilePaused,
            Step::Send(bytes.into()),
        ])
    }

    /// Reads the whole request and closes without a byte.
    pub fn close_unanswered() -> Self {
        Self::script([Step::ReadBody, Step::Close])
    }

    /// Reads the whole request and resets the connection without a byte.
    pub fn reset_unanswered() -> Self {
        Self::script([Step::ReadBody, Step::Reset])
    }

    /// Reads the whole request and never answers, until told.
    pub fn silent() -> Self {
        Self::script([Step::ReadBody, Step::WaitToBeTold, Step::Echo])
    }

    /// The same, with one more step.
    #[must_use]
    pub fn then(mut self, step: Step) -> Self {
        self.steps.push(step);
        self
    }

    fn with_type(status: u16, content_type: &str, text: &str) -> Self {
        let length = text.len();
        Self::raw(format!(
            "HTTP/1.1 {status} Told\r\nContent-Type: {content_type}\r\n\
             Content-Length: {length}\r\n\r\n{text}"
        ))
    }
}
