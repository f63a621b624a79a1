//! A request of the journal, as it is shown: parsed, and without what is secret.

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Instant;

use buffy_http::{Limits, RequestHead};

use super::{Closest, secret};

/// A request of the journal, as it is shown.
#[derive(Clone, Debug)]
pub struct Seen {
    pub arrived: Instant,
    pub peer: IpAddr,
    /// Empty: the shared one.
    pub session: String,
    /// Empty: no endpoint took it.
    pub endpoint: Arc<str>,
    /// Empty: none of the endpoint's responses was for it.
    pub response: Arc<str>,
    /// 0 where none was sent.
    pub status: u16,
    pub method: String,
    /// As received, but for secrets.
    pub target: String,
    /// In the order and case in which they came; secrets are hidden.
    pub fields: Vec<(String, String)>,
    /// Where it was taken in: its first 16 KiB.
    pub body: Option<Vec<u8>>,
    /// Of all that was taken in.
    pub body_bytes: usize,
    /// The client went on with a stream that it had before.
    pub resumes: bool,
    pub closest: Option<Closest>,
}

impl Seen {
    /// With the request line and the fields of a head, as it came.
    pub(super) fn with_head(mut self, bytes: &[u8]) -> Self {
        let mut head = RequestHead::new();
        // It was within the limits that held when it came.
        let any = Limits {
            head_bytes: usize::MAX,
            target_bytes: usize::MAX,
            // The shortest one is `a:`, with the end of its line.
            fields: bytes.len() / 4,
        };
        if matches!(head.parse(bytes, &mut 0, &any), Ok(Some(_))) {
            head.method().clone_into(&mut self.method);
            self.target = secret::target(head.target());
            let fields = head.fields();
            let shown = fields.map(|field| {
                let name = String::from_utf8_lossy(field.name).into_owned();
                let value = String::from_utf8_lossy(field.value);
                let value = secret::field(&name, &value);
                (name, value)
            });
            self.fields = shown.collect();
        }
        self
    }
}
