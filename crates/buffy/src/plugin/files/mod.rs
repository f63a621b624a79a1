//! `files:` of a data endpoint: a tree of files, as it stands on disk.
//!
//! A path leads down from the endpoint's folder and never out of it. What is sent is what the file
//! is at that moment: nothing is kept, so a tree can be rebuilt or swapped while it is served.

mod coding;
mod condition;
mod range;
mod sent;
mod wanted;

use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::sync::Arc;

use buffy_core::config::{DataSource, EndpointKind};
use buffy_core::facts::{Facts, Needs};
use buffy_http::write;

use super::tree::{Found, OpenError, Opened, Tree};
use super::{Answer, Asked, Content, Making, Missing, Source, media};
use sent::Sent;
use wanted::Wanted;

/// What answers a path that names a folder.
const INDEX: &str = "index.html";

/// A tree of files that is served.
#[derive(Debug)]
pub(super) struct Files {
    tree: Tree,
}

impl Files {
    pub(super) fn make(making: &Making<'_>) -> Option<Arc<dyn Source>> {
        let EndpointKind::Data(data) = &making.endpoint.kind else {
            return None;
        };
        let DataSource::Files { folder } = &data.source else {
            return None;
        };
        let tree = Tree::new(making.folder, folder);
        Some(Arc::new(Self { tree }))
    }

    /// The answer to what is there; none where nothing is.
    fn find(&self, wanted: &Wanted, asked: &Asked<'_>) -> Result<Option<Answer>, OpenError> {
        let path = if wanted.is_folder {
            wanted.path.join(INDEX)
        } else {
            wanted.path.clone()
        };
        match self.tree.open(&path)? {
            Opened::File(file) => {
                let file = self.in_best_coding(file, &path, asked.facts)?;
                Ok(Some(file.answer(media::of(&path), asked)))
            }
            Opened::Folder if !wanted.is_folder => {
                let index = self.tree.open(&path.join(INDEX))?;
                Ok(matches!(index, Opened::File(_)).then(|| with_slash(asked.facts)))
            }
            Opened::Folder | Opened::Nothing => Ok(None),
        }
    }

    /// The file, or a sibling of it that the client would rather have. One that is older than the
    /// file was compressed from something else, and is not served.
    fn in_best_coding(
        &self,
        file: Found,
        path: &Path,
        facts: &Facts<'_>,
    ) -> Result<Sent, OpenError> {
        for coding in coding::liked(|| facts.header("accept-encoding")) {
            let mut sibling = path.as_os_str().to_owned();
            sibling.push(coding.ending());
            if let Opened::File(sibling) = self.tree.open(Path::new(&sibling))?
                && sibling.metadata.mtime() >= file.metadata.mtime()
            {
                return Ok(Sent::new(sibling, Some(coding)));
            }
        }
        Ok(Sent::new(file, None))
    }
}

impl Source for Files {
    fn answer(&self, asked: &Asked<'_>) -> Result<Answer, Missing> {
        let wanted = Wanted::of(asked.rest).ok_or_else(Missing::default)?;
        match self.find(&wanted, asked) {
            Ok(found) => found.ok_or_else(Missing::default),
            Err(error) => {
                let path = asked.facts.path;
                let cause = &error as &dyn std::error::Error;
                tracing::warn!(path, error = cause, "a file cannot be served");
                Ok(unavailable())
            }
        }
    }

    fn needs(&self) -> Needs {
        Needs::FIELDS
    }

    fn methods(&self) -> &[&str] {
        &["GET"]
    }
}

/// A folder is asked for without the slash that relative links in its page need. The reference is
/// relative, so that it leads to the same place whatever stands before Buffy.
fn with_slash(facts: &Facts<'_>) -> Answer {
    let (_, last) = facts.path.rsplit_once('/').unwrap_or_default();
    // Without `./` a colon in the name would make it another scheme (RFC 3986 §4.2).
    let mut location = format!("./{last}/");
    if !facts.query.is_empty() {
        location.push('?');
        location.push_str(facts.query);
    }
    let mut fields = Vec::new();
    write::field(&mut fields, b"Location", location.as_bytes());
    Answer {
        status: Some(301),
        fields,
        content: Content::Bytes(Vec::new()),
    }
}

/// What is there cannot be opened now.
fn unavailable() -> Answer {
    let mut answer = sent::told(503, "file cannot be opened", Vec::new());
    write::field(&mut answer.fields, b"Retry-After", b"1");
    answer
}
