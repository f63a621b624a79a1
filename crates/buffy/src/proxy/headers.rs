//! Heads on their way through: what is taken out, what is put in (semantics.md §8).
//!
//! Fields pass as they came, in their order and case, but for those that end at this hop, those
//! that are Buffy's own, and framing, which is written anew.

use std::io::Write as _;
use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use buffy_core::config::{HeadersMode, Network, Proxy};
use buffy_http::{Field, Known, ResponseFraming, ResponseHead, Version, write};

use super::bypass;
use super::request::Request;
use super::site::Forwarding;
use crate::upstream::Target;

/// Processes of ours that a request may come through.
const HOPS_MAX: usize = 8;

/// How a request's body is sent to a target.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Framed {
    None,
    Length(u64),
    Chunked,
}

/// How an answer's content is sent to the client.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Sending {
    /// No content, and no field about it but what the upstream said.
    Nothing,
    Length(u64),
    Chunked,
    /// Ended by the connection's end: an HTTP/1.0 client.
    UntilClose,
}

/// What a request's head to the target depends on besides the request.
#[derive(Clone, Copy)]
pub(super) struct Upward<'a> {
    pub(super) forwarding: &'a Forwarding,
    pub(super) target: &'a Target,
    pub(super) peer: SocketAddr,
    pub(super) trusted: &'a [Network],
    /// Of this process, in `X-Buffy-Hops`.
    pub(super) hop: &'a [u8],
    /// When the request arrived, in milliseconds since the Unix epoch.
    pub(super) unix_ms: u64,
    pub(super) framed: Framed,
    /// How long it was held, where it was.
    pub(super) held: Option<Duration>,
    /// The how manieth sending this is, from 1.
    pub(super) attempt: u32,
    /// Compressed content is not asked for: it is recorded.
    pub(super) plain: bool,
}

/// Appends the head of a request to a target.
pub(super) fn write_request(request: &Request, up: &Upward<'_>, out: &mut Vec<u8>) {
    let head = &request.head;
    let settings = &up.forwarding.settings;
    write_target(request, up, out);
    let host = if settings.preserve_host {
        head.host()
    } else {
        None
    };
    write::field(
        out,
        b"Host",
        host.unwrap_or(&up.target.settings.authority).as_bytes(),
    );
    for field in head.fields() {
        let is_plain = up.plain && field.name.eq_ignore_ascii_case(b"accept-encoding");
        if passes_up(&field, settings) && !settings.rewrite.touches(field.name) && !is_plain {
            bypass::write_field(&field, &up.forwarding.carriers, out);
        }
    }
    for (name, value) in &settings.rewrite.set_headers {
        write::field(out, name.as_bytes(), value.as_bytes());
    }
    if head.accepts_trailers() {
        out.extend_from_slice(b"TE: trailers\r\nConnection: TE\r\n");
    }
    match up.framed {
        Framed::None => {}
        Framed::Length(length) => write::field_u64(out, b"Content-Length", length),
        Framed::Chunked => out.extend_from_slice(b"Transfer-Encoding: chunked\r\n"),
    }
    if settings.headers != HeadersMode::None {
        write_added(request, up, out);
    }
    if settings.via {
        write_via(head.fields(), head.version(), out);
    }
    out.extend_from_slice(b"\r\n");
}

/// Not of this hop, not Buffy's, and not written anew.
fn passes_up(field: &Field<'_>, settings: &Proxy) -> bool {
    let known = field.known;
    let anew = matches!(
        known,
        Known::Host
            | Known::ContentLength
            | Known::TransferEncoding
            | Known::XBuffy
            | Known::Proxy
            | Known::Te
            | Known::Trailer
            | Known::Upgrade
            | Known::Http2Settings
    );
    let added = match settings.headers {
        HeadersMode::Full => matches!(known, Known::XRequestId | Known::XRequestStart),
        HeadersMode::Minimal => known == Known::XRequestId,
        HeadersMode::None => false,
    };
    let via = known == Known::Via && settings.via;
    let way = is_of_the_way(known) || (known == Known::Other && is_disguised(field.name));
    let anew = anew || added || via || way;
    !field.hop && !anew
}

/// Says which way a request came; only a trusted peer is believed.
fn is_of_the_way(known: Known) -> bool {
    matches!(
        known,
        Known::Forwarded | Known::XForwardedFor | Known::XForwardedProto | Known::XForwardedHost
    )
}

/// A name that CGI's heirs, who read `_` and `-` alike, take for one of those.
fn is_disguised(name: &[u8]) -> bool {
    if !name.contains(&b'_') {
        return false;
    }
    let plain: Vec<u8> = name
        .iter()
        .map(|&octet| if octet == b'_' { b'-' } else { octet })
        .collect();
    is_of_the_way(Known::of(&plain))
}

/// The peer is believed in what it says of the way that a request came.
fn is_trusted(peer: SocketAddr, trusted: &[Network]) -> bool {
    trusted.iter().any(|network| network.contains(peer.ip()))
}

/// The client came by https, to a trusted peer of ours.
pub(super) fn is_https(request: &Request, peer: SocketAddr, trusted: &[Network]) -> bool {
    let proto = || request.head.get_known(Known::XForwardedProto);
    is_trusted(peer, trusted) && proto().is_some_and(|proto| proto.eq_ignore_ascii_case(b"https"))
}

fn write_target(request: &Request, up: &Upward<'_>, out: &mut Vec<u8>) {
    let target = request.head.origin_form_target();
    let strip = up.forwarding.settings.rewrite.strip_prefix.as_deref();
    let stripped = strip.and_then(|prefix| strip_segments(&target, prefix));
    let rest = stripped.unwrap_or(&target);
    out.extend_from_slice(request.head.method().as_bytes());
    out.push(b' ');
    if rest != "*" {
        out.extend_from_slice(up.target.settings.base.as_bytes());
        if !rest.starts_with('/') {
            out.push(b'/');
        }
    }
    out.extend_from_slice(rest.as_bytes());
    out.extend_from_slice(b" HTTP/1.1\r\n");
}

/// What is left of a target behind a prefix that ends at a segment's boundary.
fn strip_segments<'t>(target: &'t str, prefix: &str) -> Option<&'t str> {
    let rest = target.strip_prefix(prefix.trim_end_matches('/'))?;
    (rest.is_empty() || rest.starts_with(['/', '?'])).then_some(rest)
}

fn write_added(request: &Request, up: &Upward<'_>, out: &mut Vec<u8>) {
    let full = up.forwarding.settings.headers == HeadersMode::Full;
    if full {
        write::field(out, b"X-Buffy-URL", request.head.target().as_bytes());
        out.extend_from_slice(&up.forwarding.up_fields);
        write_hops(request, up.hop, out);
        out.extend_from_slice(b"X-Request-Start: t=");
        write::decimal(out, up.unix_ms);
        out.extend_from_slice(b"\r\n");
    }
    out.extend_from_slice(b"X-Request-Id: ");
    match request.client_id() {
        Some(id) => out.extend_from_slice(id),
        None => write_hex(request.id, out),
    }
    out.extend_from_slice(b"\r\n");
    write_forwarded(request, up, out);
    if let Some(held) = up.held.filter(|_| full) {
        write::field_u64(out, b"X-Buffy-Held-Ms", millis(held));
        write::field_u64(out, b"X-Buffy-Attempt", u64::from(up.attempt));
    }
}

/// The processes that the request came through, ours the last.
fn write_hops(request: &Request, hop: &[u8], out: &mut Vec<u8>) {
    out.extend_from_slice(b"X-Buffy-Hops: ");
    for field in hops(request) {
        out.extend_from_slice(field);
        out.extend_from_slice(b", ");
    }
    out.extend_from_slice(hop);
    out.extend_from_slice(b"\r\n");
}

fn hops(request: &Request) -> impl Iterator<Item = &[u8]> {
    request
        .head
        .fields()
        .filter(|field| {
            field.known == Known::XBuffy && field.name.eq_ignore_ascii_case(b"X-Buffy-Hops")
        })
        .flat_map(|field| field.value.split(|&byte| byte == b','))
        .map(<[u8]>::trim_ascii)
}

/// The request came through this process before, or through too many like it.
pub(super) fn is_loop(request: &Request, own: &[u8]) -> bool {
    if request.head.get_known(Known::XBuffy).is_none() {
        return false;
    }
    hops(request).count() >= HOPS_MAX || hops(request).any(|hop| hop == own)
}

/// `X-Forwarded-*` and `Forwarded` (RFC 7239): replaced, or added to where the peer is trusted.
fn write_forwarded(request: &Request, up: &Upward<'_>, out: &mut Vec<u8>) {
    let head = &request.head;
    let trusted = is_trusted(up.peer, up.trusted);
    let of = |known: Known| {
        head.fields()
            .filter(move |field| trusted && field.known == known)
            .map(|field| field.value)
    };
    out.extend_from_slice(b"X-Forwarded-For: ");
    write_list(of(Known::XForwardedFor), out);
    let from = out.len();
    write_ip(up.peer.ip(), out);
    let ip = from..out.len();
    out.extend_from_slice(b"\r\n");
    write::field(
        out,
        b"X-Forwarded-Proto",
        of(Known::XForwardedProto).next().unwrap_or(b"http"),
    );
    let host = head.host();
    if let Some(host) = of(Known::XForwardedHost).next().or(host.map(str::as_bytes)) {
        write::field(out, b"X-Forwarded-Host", host);
    }
    out.extend_from_slice(b"Forwarded: ");
    write_list(of(Known::Forwarded), out);
    out.extend_from_slice(b"for=");
    match up.peer.ip() {
        IpAddr::V4(_) => out.extend_from_within(ip),
        IpAddr::V6(ip) => append(out, format_args!("\"[{ip}]\"")),
    }
    if let Some(host) = host {
        out.extend_from_slice(b";host=\"");
        out.extend_from_slice(host.as_bytes());
        out.push(b'"');
    }
    out.extend_from_slice(b";proto=http\r\n");
}

fn write_list<'v>(values: impl Iterator<Item = &'v [u8]>, out: &mut Vec<u8>) {
    for value in values {
        out.extend_from_slice(value);
        out.extend_from_slice(b", ");
    }
}

/// 32 hexadecimal digits.
pub(super) fn write_hex(number: u128, out: &mut Vec<u8>) {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let digit = |nibble: u8| {
        DIGITS
            .get(usize::from(nibble & 15))
            .copied()
            .unwrap_or(b'0')
    };
    for byte in number.to_be_bytes() {
        out.extend_from_slice(&[digit(byte >> 4), digit(byte)]);
    }
}

fn write_ip(ip: IpAddr, out: &mut Vec<u8>) {
    match ip {
        IpAddr::V4(ip) => {
            for (at, octet) in ip.octets().into_iter().enumerate() {
                if at > 0 {
                    out.push(b'.');
                }
                let digits = [octet / 100, octet / 10 % 10, octet % 10].map(|digit| b'0' + digit);
                let zeros = usize::from(octet < 100) + usize::from(octet < 10);
                out.extend_from_slice(digits.get(zeros..).unwrap_or_default());
            }
        }
        IpAddr::V6(ip) => append(out, format_args!("{ip}")),
    }
}

fn write_via<'h>(fields: impl Iterator<Item = Field<'h>>, version: Version, out: &mut Vec<u8>) {
    out.extend_from_slice(b"Via: ");
    write_list(
        fields
            .filter(|field| field.known == Known::Via)
            .map(|field| field.value),
        out,
    );
    out.extend_from_slice(match version {
        Version::Http10 => b"1.0 buffy\r\n",
        Version::Http11 => b"1.1 buffy\r\n",
    });
}

/// What an answer's head to the client depends on besides the answer.
#[derive(Clone, Copy)]
pub(super) struct Downward<'a> {
    pub(super) forwarding: &'a Forwarding,
    pub(super) target: &'a Target,
    pub(super) sending: Sending,
    pub(super) keep_alive: bool,
    /// Since the request's head was whole.
    pub(super) elapsed: Duration,
    pub(super) held: Option<Duration>,
    pub(super) attempts: u32,
    /// The client came by https, to somebody in front of us.
    pub(super) https: bool,
}

/// Appends the head of an upstream's answer to a client.
pub(super) fn write_answer(
    head: &ResponseHead,
    request: &Request,
    down: &Downward<'_>,
    out: &mut Vec<u8>,
) {
    let settings = &down.forwarding.settings;
    write::status_line(out, head.status(), Some(head.reason()));
    for field in head.fields() {
        let known = field.known;
        let is_location = matches!(known, Known::Location | Known::ContentLocation);
        if field.hop
            || matches!(
                known,
                Known::XBuffy | Known::ContentLength | Known::TransferEncoding | Known::Trailer
            )
            || (known == Known::Via && settings.via)
        {
            continue;
        }
        if is_location && !settings.preserve_host {
            write_location(&field, request, down, out);
        } else {
            write::field(out, field.name, field.value);
        }
    }
    match down.sending {
        Sending::Length(length) => write::field_u64(out, b"Content-Length", length),
        Sending::Chunked => out.extend_from_slice(b"Transfer-Encoding: chunked\r\n"),
        // What it would have been; but 204 has none (RFC 9110 §8.6), and some would wait for it.
        Sending::Nothing if head.status() != 204 => {
            if let Some(length) = head.content_length() {
                write::field_u64(out, b"Content-Length", length);
            }
        }
        Sending::Nothing | Sending::UntilClose => {}
    }
    if settings.via {
        write_via(head.fields(), head.version(), out);
    }
    write_way(down.forwarding, down.elapsed, down.held, down.attempts, out);
    write_connection(request.head.version(), down.keep_alive, out);
    out.extend_from_slice(b"\r\n");
}

/// Appends what the client is told of the way that its request took.
pub(super) fn write_way(
    forwarding: &Forwarding,
    elapsed: Duration,
    held: Option<Duration>,
    attempts: u32,
    out: &mut Vec<u8>,
) {
    if forwarding.settings.headers != HeadersMode::Full {
        return;
    }
    out.extend_from_slice(b"X-Buffy-Elapsed: ");
    write_elapsed(elapsed, out);
    out.extend_from_slice(&forwarding.down_fields);
    if let Some(held) = held.map(millis) {
        write::field_u64(out, b"X-Buffy-Held-Ms", held);
        write::field_u64(out, b"X-Buffy-Attempts", u64::from(attempts));
        out.extend_from_slice(b"Server-Timing: hold;dur=");
        write::decimal(out, held);
        out.extend_from_slice(b"\r\n");
    }
}

/// Appends `Connection`, where the version's default is not what is meant.
pub(super) fn write_connection(version: Version, keep_alive: bool, out: &mut Vec<u8>) {
    match (version, keep_alive) {
        (Version::Http11, true) | (Version::Http10, false) => {}
        (Version::Http11, false) => out.extend_from_slice(b"Connection: close\r\n"),
        (Version::Http10, true) => out.extend_from_slice(b"Connection: keep-alive\r\n"),
    }
}

/// A location that names the target gets the authority that the client knows.
fn write_location(field: &Field<'_>, request: &Request, down: &Downward<'_>, out: &mut Vec<u8>) {
    let ours = field
        .value
        .strip_prefix(down.target.origin.as_bytes())
        .filter(|rest| matches!(rest.first(), None | Some(b'/' | b'?' | b'#')));
    match (ours, request.head.host()) {
        (Some(rest), Some(host)) => {
            out.extend_from_slice(field.name);
            let scheme: &[u8] = if down.https {
                b": https://"
            } else {
                b": http://"
            };
            out.extend_from_slice(scheme);
            out.extend_from_slice(host.as_bytes());
            out.extend_from_slice(rest);
            out.extend_from_slice(b"\r\n");
        }
        _ => write::field(out, field.name, field.value),
    }
}

/// `0.00038 sec`, as the earlier implementation had it.
fn write_elapsed(elapsed: Duration, out: &mut Vec<u8>) {
    let micros = elapsed.subsec_micros() / 10;
    write::decimal(out, elapsed.as_secs());
    out.push(b'.');
    for power in [10_000, 1_000, 100, 10, 1] {
        out.push(b'0' + u8::try_from(micros / power % 10).unwrap_or(0));
    }
    out.extend_from_slice(b" sec\r\n");
}

/// How an answer's content goes on to a client of this version.
pub(super) fn sending(framing: ResponseFraming, client: Version) -> Sending {
    match (framing, client) {
        (ResponseFraming::None, _) => Sending::Nothing,
        (ResponseFraming::Length(length), _) => Sending::Length(length),
        (ResponseFraming::Chunked | ResponseFraming::Close, Version::Http11) => Sending::Chunked,
        (ResponseFraming::Chunked | ResponseFraming::Close, Version::Http10) => Sending::UntilClose,
    }
}

pub(super) fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}

fn append(out: &mut Vec<u8>, text: std::fmt::Arguments<'_>) {
    // A Vec takes all that is written to it.
    if let Err(error) = out.write_fmt(text) {
        debug_assert!(false, "writing to memory failed: {error}");
    }
}
