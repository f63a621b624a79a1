//! The head of a request (§3).

mod parse;
mod target;
#[cfg(test)]
mod tests;

use std::borrow::Cow;
use std::str;

use crate::connection::Options;
use crate::fault::HeadError;
use crate::field::{Field, Fields, Known, split_list};
use crate::framing::Framing;
use crate::{Limits, Version};

/// A request's head: its own copy of the bytes as they came, and an index of them.
///
/// It is reusable: [`RequestHead::parse`] into one that was used before allocates nothing once its
/// buffers have grown.
#[derive(Clone, Debug, Default)]
pub struct RequestHead {
    fields: Fields,
    /// The method and the target behind it, as text.
    words: String,
    method_len: usize,
    target: target::Target,
    version: Version,
    framing: Framing,
    options: Options,
    expects_continue: bool,
    has_conditional: bool,
    has_wishes: bool,
}

impl RequestHead {
    /// An empty one, which has allocated nothing.
    pub fn new() -> Self {
        Self::default()
    }

    /// Forgets the request, but keeps the buffers.
    pub fn clear(&mut self) {
        let mut fields = std::mem::take(&mut self.fields);
        let mut words = std::mem::take(&mut self.words);
        fields.clear();
        words.clear();
        *self = Self {
            fields,
            words,
            ..Self::default()
        };
    }

    /// Gives back what the buffers have to spare: for a request that is held.
    pub fn shrink(&mut self) {
        self.fields.shrink();
        self.words.shrink_to_fit();
    }

    /// What it occupies beside its own size, in bytes.
    pub fn heap_bytes(&self) -> usize {
        self.fields.heap_bytes() + self.words.capacity()
    }

    /// Reads a head from the front of `input`, and copies only the head's bytes.
    ///
    /// `Ok(Some(n))`: the head is here, and was the first `n` bytes. `Ok(None)`: more is needed;
    /// call again with the same bytes and those that came since. `from` is how far earlier calls
    /// came: zero for a new head, else what the last call left there; it is zero again once the
    /// head is complete.
    ///
    /// What cannot become a good head is refused at once, not when it would be complete.
    pub fn parse(
        &mut self,
        input: &[u8],
        from: &mut usize,
        limits: &Limits,
    ) -> Result<Option<usize>, HeadError> {
        self.clear();
        let outcome = self.read(input, from, limits);
        if outcome.is_err() {
            *from = 0;
            self.clear();
        }
        outcome
    }

    /// All of it, as it came, from the method to the empty line.
    pub fn bytes(&self) -> &[u8] {
        self.fields.bytes()
    }

    /// The method, whose case counts. Unknown ones are methods too.
    pub fn method(&self) -> &str {
        self.text(0, self.method_len)
    }

    /// The target as received, byte for byte.
    pub fn target(&self) -> &str {
        self.target_part(0, self.target_len())
    }

    /// The path of the target as received, without the query; `*` where the target is that.
    pub fn path(&self) -> &str {
        let path = self.target_part(self.target.path, self.target.query);
        if path.is_empty() { "/" } else { path }
    }

    /// What follows the `?` of the target, if there is one.
    pub fn query(&self) -> Option<&str> {
        let query = self.target_part(self.target.query, self.target_len());
        query.strip_prefix('?')
    }

    /// The target as it is forwarded: an absolute-form becomes an origin-form (§3.2.1), or `*`
    /// where an OPTIONS names no path at all (§3.2.4).
    pub fn origin_form_target(&self) -> Cow<'_, str> {
        let tail = self.target_part(self.target.path, self.target_len());
        if tail.starts_with('/') || tail == "*" {
            Cow::Borrowed(tail)
        } else if tail.is_empty() {
            Cow::Borrowed(if self.method() == "OPTIONS" { "*" } else { "/" })
        } else {
            Cow::Owned(format!("/{tail}"))
        }
    }

    /// The version that the client speaks.
    pub fn version(&self) -> Version {
        self.version
    }

    /// Whom the request is for: the authority of an absolute-form, else Host (§3.3).
    pub fn host(&self) -> Option<&str> {
        let (start, end) = self.target.authority;
        if start < end {
            return Some(self.target_part(start, end));
        }
        self.fields
            .get_known(Known::Host)
            .and_then(|host| str::from_utf8(host).ok())
    }

    /// How the body is framed.
    pub fn framing(&self) -> Framing {
        self.framing
    }

    /// Whether the client wants the connection kept after this exchange (§9.3).
    pub fn keep_alive(&self) -> bool {
        self.options.keeps_alive(self.version)
    }

    /// Whether the client waits for a 100 before it sends the body (RFC 9110 §10.1.1). Never in
    /// HTTP/1.0, where Expect is ignored.
    pub fn expects_continue(&self) -> bool {
        self.expects_continue
    }

    /// The protocol to which the client would like to switch, if Connection names Upgrade too
    /// (RFC 9110 §7.8). Never in HTTP/1.0.
    pub fn upgrade(&self) -> Option<&[u8]> {
        if self.version == Version::Http11 && self.options.upgrade {
            self.fields.get_known(Known::Upgrade)
        } else {
            None
        }
    }

    /// Whether the response will have no body, whatever its fields say.
    pub fn is_head(&self) -> bool {
        self.method() == "HEAD"
    }

    /// Whether the method only reads (RFC 9110 §9.2.1).
    pub fn is_safe(&self) -> bool {
        matches!(self.method(), "GET" | "HEAD" | "OPTIONS" | "TRACE")
    }

    /// Whether it is one of the two idempotent methods that write (RFC 9110 §9.2.2).
    pub fn is_put_or_delete(&self) -> bool {
        matches!(self.method(), "PUT" | "DELETE")
    }

    /// Whether it has an `If-` field, which makes a second try mean something else (RFC 9110 §13).
    pub fn has_conditional(&self) -> bool {
        self.has_conditional
    }

    /// Whether it has a field with which a client may choose among answers, or say to which test it
    /// belongs: `X-Buffy-…`, Prefer (RFC 7240) or baggage.
    pub fn has_wishes(&self) -> bool {
        self.has_wishes
    }

    /// Whether the client takes trailers (RFC 9110 §10.1.4).
    pub fn accepts_trailers(&self) -> bool {
        self.fields()
            .filter(|field| field.known == Known::Te)
            .flat_map(|field| split_list(field.value))
            .any(|coding| coding.eq_ignore_ascii_case(b"trailers"))
    }

    /// All fields, in the order in which they came.
    pub fn fields(&self) -> impl Iterator<Item = Field<'_>> {
        self.fields.iter()
    }

    /// The value of the first field of this name, in any case.
    pub fn get(&self, name: &str) -> Option<&[u8]> {
        self.fields.get(name)
    }

    /// The value of the first field with this tag.
    pub fn get_known(&self, known: Known) -> Option<&[u8]> {
        self.fields.get_known(known)
    }

    fn target_len(&self) -> usize {
        self.words.len() - self.method_len
    }

    fn target_part(&self, start: usize, end: usize) -> &str {
        self.text(self.method_len + start, self.method_len + end)
    }

    /// Method and target are ASCII, so this is never cut short.
    fn text(&self, start: usize, end: usize) -> &str {
        self.words.get(start..end).unwrap_or_default()
    }
}
