//! The listeners.

use std::net::IpAddr;
use std::num::NonZeroUsize;

use super::fields::Fields;
use super::known::Known;
use super::secret;
use super::written::Written;
use crate::config::keys::LISTEN;
use crate::config::report::Place;
use crate::config::{Admin, Endpoint, Listener};

/// All listeners; the default one where none is written.
pub(super) fn all(buffy: &Fields<'_>, endpoints: &Known<Endpoint>) -> Vec<Listener> {
    buffy.refuse_empty("listen", "remove the key to listen on port 7000");
    let mut sections = buffy.sections("listen");
    if !buffy.has("listen") {
        sections.push(Fields::none(buffy.reader, &LISTEN));
    }
    let mut known = Known::new("listener");
    let mut taken: Vec<(String, Socket)> = Vec::new();
    for (index, section) in sections.iter().enumerate() {
        let listener = read(section, index, endpoints);
        let socket = Socket {
            address: listener.bind,
            port: listener.port,
            line: listener.line,
        };
        refuse_same(section, &taken, &listener.id, socket);
        taken.push((format!("listener `{}`", listener.id), socket));
        let (id, place) = (listener.id.clone(), section.key_place("id"));
        known.add(
            buffy.reader.report,
            Some(id),
            place,
            Some((listener, place)),
        );
    }
    known.into_values()
}

/// The admin listener cannot have a listener's socket.
pub(super) fn refuse_taken(buffy: &Fields<'_>, listeners: &[Listener], admin: &Admin) {
    let socket = Socket {
        address: admin.bind,
        port: admin.port,
        line: admin.line,
    };
    let place = buffy.key_place("admin");
    for listener in listeners {
        let other = Socket {
            address: listener.bind,
            port: listener.port,
            line: listener.line,
        };
        if socket.meets(other) {
            tell(
                buffy,
                place,
                "the admin listener",
                &format!("listener `{}`", listener.id),
                other,
            );
        }
    }
}

fn read(section: &Fields<'_>, index: usize, endpoints: &Known<Endpoint>) -> Listener {
    let notify = section.section("notify");
    let webhook = notify.and_then(|notify| notify.written("webhook"));
    section.refuse_empty("endpoints", "remove the key to serve all of them");
    let only = section.items("endpoints").unwrap_or_default();
    let only: Vec<Option<usize>> = only.iter().map(|item| endpoints.find(item)).collect();
    // One that is not known leaves all of them: nothing more is then said of the others.
    let only: Option<Vec<usize>> = only.into_iter().collect();
    let connections = section
        .number("connections_max")
        .and_then(|max| usize::try_from(max).ok());
    let trusted = section.items("trusted_proxies").unwrap_or_default();
    Listener {
        id: section
            .id("id")
            .unwrap_or_else(|| format!("listen-{}", index + 1)),
        line: section.place().line,
        bind: bind(section),
        port: section.number_or_preset("port"),
        endpoints: only.filter(|_| section.has("endpoints")),
        webhook: webhook.and_then(|webhook| secret::hook(&webhook)),
        connections_max: connections.and_then(NonZeroUsize::new),
        trusted_proxies: trusted.iter().filter_map(Written::network).collect(),
    }
}

/// The address as written, else the table's.
pub(super) fn bind(section: &Fields<'_>) -> IpAddr {
    let written = section.written("bind").and_then(|bind| bind.address());
    written.unwrap_or_else(|| {
        section
            .preset("bind")
            .parse()
            .expect("an address is preset")
    })
}

#[derive(Clone, Copy)]
struct Socket {
    address: IpAddr,
    port: u16,
    line: usize,
}

impl Socket {
    /// Whether the two cannot be bound both.
    fn meets(self, other: Self) -> bool {
        let family = self.address.is_ipv4() == other.address.is_ipv4();
        let wide = self.address.is_unspecified() || other.address.is_unspecified();
        let address = self.address == other.address || (family && wide);
        self.port != 0 && self.port == other.port && address
    }
}

fn refuse_same(section: &Fields<'_>, taken: &[(String, Socket)], id: &str, socket: Socket) {
    if let Some((other, theirs)) = taken.iter().find(|(_, taken)| socket.meets(*taken)) {
        let place = section.key_place("port");
        tell(section, place, &format!("listener `{id}`"), other, *theirs);
    }
}

fn tell(section: &Fields<'_>, place: Place, who: &str, other: &str, theirs: Socket) {
    let message = format!("{who} listens where {other} on line {} does", theirs.line);
    section
        .reader
        .report
        .error(place, message, "give one of them another `port`");
}
