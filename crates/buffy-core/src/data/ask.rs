//! A request to the data: which document or list it means, and what it does with it.

use std::sync::Arc;

use super::document::{Document, etag};
use super::ids::Uuids;
use super::precondition::{Preconditions, Verdict};
use super::query::Query;
use super::reply::Reply;
use super::table::Table;
use super::{Collections, Entry, Rules};

/// A request, as the data sees it.
#[derive(Clone, Copy, Debug)]
pub struct Ask<'a> {
    /// Its case counts.
    pub method: &'a str,
    /// Behind the endpoint's own path, decoded: a collection, an id, the collection of children.
    pub path: &'a [&'a str],
    /// What follows the `?`, as it came.
    pub query: &'a str,
    /// Without parameters.
    pub content_type: &'a str,
    pub conditions: Preconditions<'a>,
    pub body: &'a [u8],
    /// The path of the endpoint, as it was reached: what `Location` and `Link` begin with. It ends
    /// with a slash.
    pub prefix: &'a str,
}

impl Ask<'_> {
    /// Whether it leaves the data as it is.
    pub fn is_read(&self) -> bool {
        !matches!(self.method, "POST" | "PUT" | "PATCH" | "DELETE")
    }
}

/// What a path means: data, and names of the path.
#[derive(Clone, Copy)]
pub(super) enum Place<'d, 'p> {
    /// The data, whole.
    All,
    List {
        name: &'p str,
        table: &'d Table,
    },
    /// A document of a collection.
    One {
        name: &'p str,
        id: &'p str,
        document: &'d Arc<Document>,
    },
    /// A singular document.
    Alone {
        name: &'p str,
        document: &'d Arc<Document>,
    },
    /// Documents of another collection that belong to one.
    Children {
        name: &'p str,
        table: &'d Table,
        of: Parent<'p>,
    },
}

/// Whom children belong to.
#[derive(Clone, Copy)]
pub(super) struct Parent<'p> {
    pub(super) collection: &'p str,
    pub(super) id: &'p str,
}

impl Place<'_, '_> {
    /// The methods that it has, in the form of `Allow`.
    fn methods(&self) -> &'static str {
        match self {
            Self::All => "GET, HEAD",
            Self::List { .. } | Self::Children { .. } => "GET, HEAD, POST",
            Self::One { .. } => "GET, HEAD, PUT, PATCH, DELETE",
            Self::Alone { .. } => "GET, HEAD, PUT, PATCH",
        }
    }
}

impl Collections {
    /// What a path means, or what to say where it means nothing.
    fn place<'p>(&self, path: &'p [&'p str]) -> Result<Place<'_, 'p>, Reply> {
        let Some((&name, below)) = path.split_first() else {
            return Ok(Place::All);
        };
        let Some(entry) = self.entry(name) else {
            return Err(self.no_collection(name));
        };
        match (entry, below) {
            (Entry::Many(table), []) => Ok(Place::List { name, table }),
            (Entry::Many(table), &[id]) => {
                let document = table.get(id).ok_or_else(|| no_document(name, id))?;
                Ok(Place::One { name, id, document })
            }
            (Entry::Many(table), &[id, child]) => {
                table.get(id).ok_or_else(|| no_document(name, id))?;
                let Some(Entry::Many(table)) = self.entry(child) else {
                    return Err(self.no_collection(child));
                };
                let of = Parent {
                    collection: name,
                    id,
                };
                Ok(Place::Children {
                    name: child,
                    table,
                    of,
                })
            }
            (Entry::One(document), []) => Ok(Place::Alone { name, document }),
            (Entry::Many(_) | Entry::One(_), _) => Err(too_deep()),
            (Entry::Kept(_), _) => Err(self.no_collection(name)),
        }
    }

    /// Answers what changes nothing: GET, HEAD, OPTIONS, and methods that there are none of.
    pub fn read(&self, ask: &Ask<'_>) -> Reply {
        let place = match self.place(ask.path) {
            Ok(place) => place,
            Err(reply) => return reply,
        };
        match ask.method {
            "GET" | "HEAD" => self.get(ask, place),
            "OPTIONS" => Reply {
                status: 204,
                fields: vec![("Allow", place.methods().to_owned())],
                body: None,
                changed: false,
                missing: false,
            },
            method => Reply::not_allowed(method, place.methods()),
        }
    }

    /// Answers what may change the data; where the reply does not say that it did, the data is
    /// what it was.
    pub fn write(&mut self, ask: &Ask<'_>, rules: &Rules, uuids: &mut Uuids<'_>) -> Reply {
        let place = match self.place(ask.path) {
            Ok(place) => place,
            Err(reply) => return reply,
        };
        let allowed = place.methods();
        if !allowed.split(", ").any(|method| method == ask.method) {
            return Reply::not_allowed(ask.method, allowed);
        }
        match place {
            Place::All => Reply::not_allowed(ask.method, allowed),
            Place::List { name, .. } => self.create(ask, name, None, rules, uuids),
            Place::Children { name, of, .. } => self.create(ask, name, Some(of), rules, uuids),
            Place::One { name, id, document } => {
                if let Some(refusal) = refused(ask, document) {
                    return refusal;
                }
                if ask.method == "DELETE" {
                    return self.delete(name, id, &Query::parse(ask.query));
                }
                let document = Arc::clone(document);
                self.change(ask, name, Some(id), &document, rules)
            }
            Place::Alone { name, document } => {
                if let Some(refusal) = refused(ask, document) {
                    return refusal;
                }
                let document = Arc::clone(document);
                self.change(ask, name, None, &document, rules)
            }
        }
    }

    fn no_collection(&self, name: &str) -> Reply {
        let names: Vec<&str> = self.names().collect();
        let names = names.join(", ");
        Reply::missing(&format!(
            "there is no collection `{name}`; there are: {names}"
        ))
    }
}

/// What is said to a request whose conditions do not hold.
fn refused(ask: &Ask<'_>, document: &Document) -> Option<Reply> {
    if ask.conditions.is_empty() {
        return None;
    }
    let tag = etag(document.text());
    (ask.conditions.judge(&tag, false) == Verdict::Failed).then(|| {
        let detail = "the document is another than If-Match or If-None-Match ask for";
        Reply::problem(412, detail).with("ETag", tag)
    })
}

fn no_document(name: &str, id: &str) -> Reply {
    Reply::missing(&format!("`{name}` has no document with the id `{id}`"))
}

fn too_deep() -> Reply {
    Reply::missing(
        "nothing is below this; a path has a collection, an id, and a collection of children",
    )
}
