//! The keys of a stream.

use super::Kind::{CountOr, Delay, Factor, Json, List, OneOf, Rule, Section as Part, Text};
use super::Preset::{Is, Required, Words};
use super::{Kind, SPAN, Section, key};

/// How a stream ends.
const ENDS: Kind = OneOf(&["close", "reset", "truncate"]);

pub(in crate::config) static STREAM: Section = Section {
    path: "endpoints[].response[].stream",
    one: "a stream",
    doc: "Events, one after the other, in place of a content.",
    keys: &[
        key(
            "as",
            OneOf(&["sse", "ndjson", "chunked", "ws"]),
            Is("sse"),
            "How events are sent: server-sent events, JSON lines, pieces as they are, WebSocket messages.",
        ),
        key("delay", Delay, Words("none"), "Before the first event."),
        key("every", Delay, Words("none"), "Between two events."),
        key(
            "events",
            List(&Part(&EVENT)),
            Words("none"),
            "What is sent, in order.",
        ),
        key(
            "end",
            OneOf(&["close", "keep", "reset", "truncate"]),
            Words("`close`, of `ws` `keep`"),
            "What follows the last event: an orderly end, nothing, a reset, or an end without its mark.",
        ),
        key(
            "repeat",
            CountOr("forever"),
            Is("1"),
            "How many times the events are sent, or `forever`.",
        ),
        key(
            "reply",
            List(&Part(&REPLY)),
            Words("none"),
            "How messages of a WebSocket are answered: the first rule that holds decides.",
        ),
        key(
            "file",
            Text,
            Words("`events`"),
            r#"In place of `events`: a recording, `file:///rec/chat.ndjson`, one `{"at": MILLISECONDS, "data": …}` a line."#,
        ),
        key(
            "speed",
            Factor { zero: false },
            Is("1"),
            "How many times as fast a recording is played.",
        ),
        key(
            "profile",
            Part(&PROFILE),
            Words("none"),
            "In place of `delay` and `every`: the pace of a language model.",
        ),
    ],
};

static EVENT: Section = Section {
    path: "endpoints[].response[].stream.events[]",
    one: "an event",
    doc: "One event or message.",
    keys: &[
        key(
            "data",
            Json,
            Words("none"),
            "What it carries: JSON, or a text as it is; with templates.",
        ),
        key(
            "text",
            Text,
            Words("`data`"),
            "In place of `data`: text as it is, with templates.",
        ),
        key(
            "event",
            Text,
            Words("none"),
            "The type of a server-sent event.",
        ),
        key(
            "id",
            Text,
            Words("its number, from 1"),
            "The id of a server-sent event, behind which a client that comes back goes on.",
        ),
        key(
            "retry",
            SPAN,
            Words("none"),
            "When a client that lost the stream is to come back.",
        ),
        key(
            "wait",
            Delay,
            Words("`every`"),
            "Before this event, in place of `every`.",
        ),
        key(
            "comment",
            Text,
            Words("none"),
            "A comment of server-sent events, which keeps a connection alive and carries nothing.",
        ),
        key(
            "end",
            ENDS,
            Words("the next event"),
            "Ends the stream after this event; a client that comes back with its id goes on behind it.",
        ),
    ],
};

static REPLY: Section = Section {
    path: "endpoints[].response[].stream.reply[]",
    one: "a reply",
    doc: "How a message of a WebSocket is answered.",
    keys: &[
        key(
            "if",
            Rule,
            Words("every message"),
            r#"The rule, on the message: a bare name is a field of its JSON, `text` its text: `type=ping`, `text="bye*"`."#,
        ),
        key(
            "send",
            Json,
            Words("nothing"),
            "What is sent: JSON, or a text as it is; with templates, in which `text` is the message, and `body.NAME` a field of its JSON.",
        ),
        key("wait", Delay, Words("at once"), "Before it is sent."),
        key(
            "to",
            OneOf(&["sender", "all"]),
            Is("sender"),
            "Who gets it: `all` are the open WebSockets of the endpoint and session.",
        ),
        key("end", ENDS, Words("no end"), "Ends the WebSocket then."),
    ],
};

static PROFILE: Section = Section {
    path: "endpoints[].response[].stream.profile",
    one: "`profile`",
    doc: "The pace of a language model.",
    keys: &[
        key("ttft", SPAN, Required, "Time to the first event."),
        key(
            "tps",
            Factor { zero: false },
            Required,
            "Events in a second.",
        ),
        key(
            "jitter",
            Factor { zero: true },
            Is("0"),
            "How much the gaps between events differ, 1 at most: 0.2 is a fifth of them.",
        ),
    ],
};
