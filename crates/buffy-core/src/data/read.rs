//! What reading gives: a document, a list or a page of one, all there is.

use std::sync::Arc;

use serde_json::{Map, Value as Json};

use super::ask::{Ask, Place};
use super::document::{Document, text_of};
use super::form;
use super::precondition::Verdict;
use super::query::{self, CONDITIONS_MAX, Part, Query};
use super::relation::{Embed, ForeignKey};
use super::reply::Reply;
use super::table::Table;
use super::{Collections, pretty};

/// Bytes of a list in which others are embedded, about: every child may carry the same large parent.
const EMBEDDED_BYTES_MAX: usize = 64 << 20;

/// A document of a list, with its id.
type Row<'a> = (&'a str, &'a Arc<Document>);

impl Collections {
    pub(super) fn get(&self, ask: &Ask<'_>, place: Place<'_, '_>) -> Reply {
        let query = Query::parse(ask.query);
        if query.is_too_long() {
            let detail = format!("the query has more than {CONDITIONS_MAX} conditions");
            return Reply::problem(400, &detail);
        }
        let reply = match place {
            Place::All => Reply::tagged(200, pretty(&self.to_json())),
            Place::Alone { document, .. } => Reply::tagged(200, document.text().to_owned()),
            Place::One { name, id, document } => {
                let embeds = self.embeds(name, &query);
                Reply::tagged(200, embedded(&embeds, (id, document)))
            }
            Place::List { name, table } => self.list(ask, &query, name, chosen(table, &query)),
            Place::Children { name, table, of } => {
                let key = ForeignKey::to(of.collection, &self.key);
                let mut rows = chosen(table, &query);
                rows.retain(|(_, child)| key.find(child.fields()).is_some_and(|id| id == of.id));
                self.list(ask, &query, name, rows)
            }
        };
        conditional(ask, reply)
    }

    /// A list, as the query wants it.
    fn list(&self, ask: &Ask<'_>, query: &Query, name: &str, mut rows: Vec<Row<'_>>) -> Reply {
        if query.is_sorted() {
            rows.sort_by(|(_, left), (_, right)| query.order(left.fields(), right.fields()));
        }
        let count = rows.len();
        let embeds = self.embeds(name, query);
        let (part, place) = match query.part() {
            Part::Whole => (0..count, None),
            Part::Slice { start, end } => {
                let end = end.unwrap_or(count).min(count);
                (start.min(end)..end, None)
            }
            Part::Page(page) => {
                let place = page.among(count);
                let end = place.start.saturating_add(place.per_page).min(count);
                (place.start..end, Some(place))
            }
        };
        let Some(text) = array(&embeds, rows.get(part).unwrap_or_default()) else {
            return too_large();
        };
        let reply = match place {
            None => Reply::tagged(200, text),
            Some(place) => {
                Reply::tagged(200, envelope(place, count, &text)).with("Link", links(ask, place))
            }
        };
        reply.with("X-Total-Count", count.to_string())
    }

    fn embeds<'a>(&'a self, of: &str, query: &'a Query) -> Vec<(&'a str, Embed<'a>)> {
        let names = query.embed().iter();
        names
            .filter_map(|name| Some((name.as_str(), Embed::new(self, of, name)?)))
            .collect()
    }
}

/// The documents of a collection that are asked for.
fn chosen<'a>(table: &'a Table, query: &Query) -> Vec<Row<'a>> {
    let rows = table.rows();
    rows.filter(|(_, document)| query.holds(document.fields()))
        .collect()
}

/// 304 or 412 where the conditions of the request say so.
fn conditional(ask: &Ask<'_>, reply: Reply) -> Reply {
    if ask.conditions.is_empty() {
        return reply;
    }
    let tag = reply.fields.iter().find(|(name, _)| *name == "ETag");
    let Some(tag) = tag.map(|(_, tag)| tag.clone()) else {
        return reply;
    };
    match ask.conditions.judge(&tag, true) {
        Verdict::Go => reply,
        Verdict::Unchanged => Reply::not_modified(tag),
        Verdict::Failed => {
            Reply::problem(412, "what is there is another than If-Match asks for").with("ETag", tag)
        }
    }
}

/// None where what is embedded makes it too large.
fn array(embeds: &[(&str, Embed<'_>)], rows: &[Row<'_>]) -> Option<String> {
    let bytes: usize = rows
        .iter()
        .map(|(_, document)| document.text().len() + 1)
        .sum();
    let mut text = String::with_capacity(bytes + 2);
    text.push('[');
    for (index, row) in rows.iter().enumerate() {
        if index > 0 {
            text.push(',');
        }
        if embeds.is_empty() {
            text.push_str(row.1.text());
        } else {
            text.push_str(&embedded(embeds, *row));
            if text.len() > EMBEDDED_BYTES_MAX {
                return None;
            }
        }
    }
    text.push(']');
    Some(text)
}

fn too_large() -> Reply {
    let most = EMBEDDED_BYTES_MAX >> 20;
    let detail =
        format!("with what is embedded, the list has more than {most} MiB; ask for a page");
    Reply::problem(400, &detail)
}

fn embedded(embeds: &[(&str, Embed<'_>)], (id, document): Row<'_>) -> String {
    if embeds.is_empty() {
        return document.text().to_owned();
    }
    let mut fields: Map<String, Json> = document.fields().clone();
    for (name, embed) in embeds {
        if let Some(value) = embed.of(id, document.fields()) {
            fields.insert((*name).to_owned(), value);
        }
    }
    text_of(&fields)
}

/// A page with what surrounds it.
fn envelope(place: query::Place, items: usize, data: &str) -> String {
    let or_null = |page: Option<usize>| page.map_or("null".to_owned(), |page| page.to_string());
    let (previous, next) = (or_null(place.previous), or_null(place.next));
    let pages = place.pages;
    format!(
        "{{\"first\":1,\"prev\":{previous},\"next\":{next},\"last\":{pages},\"pages\":{pages},\
         \"items\":{items},\"data\":{data}}}"
    )
}

/// The other pages, as the request would ask for them (RFC 8288).
fn links(ask: &Ask<'_>, place: query::Place) -> String {
    let others = ask
        .query
        .split('&')
        .filter(|pair| !pair.is_empty() && *pair != "_page" && !pair.starts_with("_page="));
    let others = others.flat_map(|pair| ["&".to_owned(), form::encoded_query(pair)]);
    let others: String = others.collect();
    let path: Vec<String> = ask
        .path
        .iter()
        .map(|part| form::encoded_segment(part))
        .collect();
    let path = format!("{}{}", ask.prefix, path.join("/"));
    let pages = [
        ("first", Some(1)),
        ("prev", place.previous),
        ("next", place.next),
        ("last", Some(place.pages)),
    ];
    let links = pages.into_iter().filter_map(|(relation, page)| {
        Some(format!(
            "<{path}?_page={}{others}>; rel=\"{relation}\"",
            page?
        ))
    });
    links.collect::<Vec<_>>().join(", ")
}
