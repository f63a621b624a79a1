//! Answers from the configuration: prepared at load, written in one piece.

use std::fs::Metadata;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::SystemTime;

use buffy_core::config::{Carries, Content, EndpointKind, NoEndpoint, Response};
use buffy_core::facts::Facts;
use buffy_core::template::{Escape, Refused, Template, Variable};
use buffy_http::write;

/// A file that is served is read whole: larger ones are not served by `respond`.
const FILE_BYTES_MAX: u64 = 16 * 1024 * 1024;

/// A named response, made ready.
#[derive(Debug)]
pub struct Reply {
    pub name: String,
    pub status: u16,
    /// Status line and fields, without those that differ from request to request.
    head: Vec<u8>,
    /// The configuration sets this field itself: it is not added.
    own_fields: Vec<String>,
    payload: Payload,
}

#[derive(Debug)]
enum Payload {
    Fixed(Vec<u8>),
    Rendered {
        template: Template,
        escape: Escape,
    },
    File {
        path: PathBuf,
        engine: Engine,
        /// What the response's own fields say of it.
        claimed: Option<Escape>,
        read: Mutex<Option<Arc<FileContent>>>,
    },
}

/// Whose templates they are.
#[derive(Clone, Copy, Debug)]
enum Engine {
    /// Of answers to requests.
    Answers,
    /// Of refusals, which may name these.
    Refusals(&'static [Variable]),
}

/// A file as it was read last.
#[derive(Debug)]
struct FileContent {
    /// Of the file, by which a change is noticed.
    stamp: Stamp,
    bytes: Vec<u8>,
    /// Its text, where it has variables.
    template: Option<Template>,
    content_type: &'static str,
}

#[derive(Debug, PartialEq, Eq)]
struct Stamp {
    modified: Option<SystemTime>,
    length: u64,
    inode: u64,
}

/// What an answer depends on besides its reply.
#[derive(Clone, Copy, Debug)]
pub struct Asked<'a> {
    /// The request's target, as received.
    pub url: &'a str,
    /// The endpoint's id.
    pub id: &'a str,
    /// HEAD: no content is sent.
    pub head_only: bool,
    /// Where the request was turned away.
    pub refused: Option<Refused<'a>>,
}

impl<'a> Asked<'a> {
    fn facts(&self) -> Facts<'a> {
        Facts {
            url: self.url,
            id: self.id,
            refused: self.refused,
            ..Facts::default()
        }
    }
}

/// The file of a reply cannot be served.
#[derive(Debug)]
pub struct Missing;

impl Reply {
    /// Makes a named response of an endpoint ready.
    pub fn named(endpoint: &buffy_core::config::Endpoint, response: &Response) -> Self {
        let claimed = response
            .headers
            .iter()
            .find(|(name, _)| name.eq_ignore_ascii_case("content-type"));
        let claimed = claimed.and_then(|(_, value)| value.fixed());
        let engine = match &endpoint.kind {
            EndpointKind::Proxy(_) => Engine::Refusals(Response::variables(&response.name)),
            EndpointKind::Respond(_) | EndpointKind::Data(_) => Engine::Answers,
        };
        let json;
        let content = match &response.carries {
            Carries::Content(content) => content,
            Carries::Json(template) => {
                json = Content::Inline {
                    template: Template::literal(&template.json().to_string()),
                    content_type: "application/json",
                };
                &json
            }
            Carries::Stream(_) => {
                json = Content::Inline {
                    template: Template::literal(""),
                    content_type: "text/plain; charset=utf-8",
                };
                &json
            }
        };
        let mut reply = Self::new(
            (&response.name, response.return_code),
            content,
            claimed.as_deref().map(Escape::of),
            engine,
        );
        for (name, value) in &response.headers {
            let value = value.fixed().unwrap_or_default();
            reply.own_fields.push(name.to_ascii_lowercase());
            write::field(&mut reply.head, name.as_bytes(), value.as_bytes());
        }
        if !reply.sets("x-buffy-endpoint-id") {
            write::field(
                &mut reply.head,
                b"X-Buffy-Endpoint-ID",
                endpoint.id.as_bytes(),
            );
        }
        if let Content::Inline { content_type, .. } = content {
            reply.say_type(content_type);
        }
        reply
    }

    /// Makes the answer of no endpoint ready.
    pub fn no_endpoint(settings: &NoEndpoint) -> Self {
        let mut reply = Self::new(
            ("no_endpoint", settings.return_code),
            &settings.content,
            None,
            Engine::Refusals(Variable::OF_REPLIES),
        );
        if let Content::Inline { content_type, .. } = &settings.content {
            reply.say_type(content_type);
        }
        reply
    }

    /// The `not_found` of an endpoint that has none of its own.
    pub fn not_found_of(endpoint: &buffy_core::config::Endpoint) -> Self {
        let mut reply = Self::not_found();
        write::field(
            &mut reply.head,
            b"X-Buffy-Endpoint-ID",
            endpoint.id.as_bytes(),
        );
        reply
    }

    /// Where the file of an endpoint's own `not_found` is missing too.
    pub fn not_found() -> Self {
        let mut head = Vec::new();
        write::status_line(&mut head, 404, None);
        write::field(&mut head, b"Content-Type", b"application/json");
        let payload = Payload::Fixed(b"{ \"status\": \"not found\" }\n".to_vec());
        let name = "not_found".to_owned();
        Self {
            name,
            status: 404,
            head,
            own_fields: Vec::new(),
            payload,
        }
    }

    /// `claimed` is what the response's own fields say of its content.
    fn new(
        (name, status): (&str, u16),
        content: &Content,
        claimed: Option<Escape>,
        engine: Engine,
    ) -> Self {
        let mut head = Vec::new();
        write::status_line(&mut head, status, None);
        let payload = match content {
            Content::Inline {
                template,
                content_type,
            } => {
                if let Some(text) = template.fixed() {
                    Payload::Fixed(text.into_bytes())
                } else {
                    Payload::Rendered {
                        template: template.clone(),
                        escape: escape(claimed, content_type),
                    }
                }
            }
            Content::File { path } => Payload::File {
                path: path.fixed().unwrap_or_default().into(),
                engine,
                claimed,
                read: Mutex::default(),
            },
        };
        Self {
            name: name.to_owned(),
            status,
            head,
            own_fields: Vec::new(),
            payload,
        }
    }

    fn say_type(&mut self, content_type: &str) {
        if !self.sets("content-type") {
            write::field(&mut self.head, b"Content-Type", content_type.as_bytes());
        }
    }

    /// The configuration sets this field (lower case) itself.
    pub fn sets(&self, name: &str) -> bool {
        self.own_fields.iter().any(|own| own == name)
    }

    /// Appends the answer: head, `more` fields, empty line, content.
    ///
    /// # Errors
    /// Its file is missing, unreadable or too large; nothing was appended.
    pub fn write(
        &self,
        folder: &Path,
        asked: Asked<'_>,
        more: &[u8],
        out: &mut Vec<u8>,
    ) -> Result<(), Missing> {
        match &self.payload {
            Payload::Fixed(content) => self.finish(content, asked, more, out),
            Payload::Rendered { template, escape } => {
                let mut content = Vec::new();
                render(template, asked, *escape, &mut content);
                self.finish(&content, asked, more, out);
            }
            Payload::File {
                path,
                engine,
                claimed,
                read,
            } => {
                let file = current(&folder.join(path), *engine, read)?;
                let mut fields = Vec::new();
                if !self.sets("content-type") {
                    write::field(&mut fields, b"Content-Type", file.content_type.as_bytes());
                }
                fields.extend_from_slice(more);
                match &file.template {
                    None => self.finish(&file.bytes, asked, &fields, out),
                    Some(template) => {
                        let mut content = Vec::new();
                        let escape = escape(*claimed, file.content_type);
                        render(template, asked, escape, &mut content);
                        self.finish(&content, asked, &fields, out);
                    }
                }
            }
        }
        Ok(())
    }

    fn finish(&self, content: &[u8], asked: Asked<'_>, more: &[u8], out: &mut Vec<u8>) {
        out.extend_from_slice(&self.head);
        out.extend_from_slice(more);
        // RFC 9110 §8.6: none with 1xx and 204.
        let has_content = self.status >= 200 && self.status != 204;
        if has_content && self.status != 304 {
            write::field_u64(out, b"Content-Length", content.len() as u64);
        }
        out.extend_from_slice(b"\r\n");
        if has_content && self.status != 304 && !asked.head_only {
            out.extend_from_slice(content);
        }
    }
}

impl Engine {
    fn parse(self, text: &str) -> Option<Template> {
        match self {
            Self::Answers => Template::parse_file(text).ok(),
            Self::Refusals(variables) => Template::parse(text, variables).ok(),
        }
    }
}

fn render(template: &Template, asked: Asked<'_>, escape: Escape, out: &mut Vec<u8>) {
    if let Err(error) = template.render(&asked.facts(), escape, out) {
        tracing::warn!(%error, endpoint = asked.id, "a template cannot be rendered");
    }
}

/// A plain claim is kept for what is JSON or HTML all the same.
fn escape(claimed: Option<Escape>, content_type: &str) -> Escape {
    claimed
        .filter(|claimed| *claimed != Escape::Plain)
        .unwrap_or_else(|| Escape::of(content_type))
}

/// The file's content: as read last, or read anew where the file has changed.
fn current(
    path: &Path,
    engine: Engine,
    read: &Mutex<Option<Arc<FileContent>>>,
) -> Result<Arc<FileContent>, Missing> {
    let metadata = std::fs::metadata(path).map_err(|_| Missing)?;
    let stamp = Stamp::of(&metadata);
    let mut last = read.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(last) = last.as_ref().filter(|last| last.stamp == stamp) {
        return Ok(Arc::clone(last));
    }
    if !metadata.is_file() || metadata.len() > FILE_BYTES_MAX {
        return Err(Missing);
    }
    let bytes = std::fs::read(path).map_err(|error| {
        tracing::warn!(path = %path.display(), %error, "a response's file cannot be read");
        Missing
    })?;
    let content = Arc::new(FileContent::new(stamp, bytes, path, engine));
    *last = Some(Arc::clone(&content));
    Ok(content)
}

impl FileContent {
    fn new(stamp: Stamp, bytes: Vec<u8>, path: &Path, engine: Engine) -> Self {
        let text = std::str::from_utf8(&bytes).ok();
        let content_type = content_type(text, path);
        let template = text
            .filter(|text| text.contains("{{"))
            .and_then(|text| engine.parse(text))
            .filter(|template| template.fixed().is_none());
        Self {
            stamp,
            bytes,
            template,
            content_type,
        }
    }
}

impl Stamp {
    fn of(metadata: &Metadata) -> Self {
        use std::os::unix::fs::MetadataExt;
        Self {
            modified: metadata.modified().ok(),
            length: metadata.len(),
            inode: metadata.ino(),
        }
    }
}

/// JSON where it parses as JSON, else by the file's ending, else by what it looks like.
fn content_type(text: Option<&str>, path: &Path) -> &'static str {
    let ending = path
        .extension()
        .and_then(|ending| ending.to_str())
        .unwrap_or_default();
    match (text, ending) {
        (Some(text), _) if serde_json::from_str::<serde::de::IgnoredAny>(text).is_ok() => {
            "application/json"
        }
        (_, "html" | "htm") => "text/html; charset=utf-8",
        (_, "css") => "text/css; charset=utf-8",
        (_, "js" | "mjs") => "text/javascript; charset=utf-8",
        (_, "json") => "application/json",
        (_, "xml") => "application/xml",
        (_, "svg") => "image/svg+xml",
        (_, "png") => "image/png",
        (_, "jpg" | "jpeg") => "image/jpeg",
        (Some(_), _) => "text/plain; charset=utf-8",
        (None, _) => "application/octet-stream",
    }
}
