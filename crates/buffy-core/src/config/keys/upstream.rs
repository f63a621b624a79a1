//! The keys of `upstreams`.

use super::Kind::{Duration, Id, List, OneOf, Rule, Section as Part, Statuses, Text, Url};
use super::Preset::{Is, Required, Words};
use super::{Bare, COUNT, COUNT_OR_ZERO, SPAN, SPAN_OR_ZERO, Section, key};

pub(in crate::config) static UPSTREAM: Section = Section {
    path: "upstreams[]",
    one: "an upstream",
    doc: "Where requests are forwarded, with a gate before it.",
    keys: &[
        key("id", Id, Required, "Its name."),
        key(
            "endpoint",
            Url { https: false },
            Required,
            "Its address, `http://host:port`; a path is put before every forwarded one.",
        ),
        key(
            "interval",
            Duration {
                bare: Bare::Milliseconds,
                zero: false,
            },
            Is("2s"),
            "Between two probes, and between two polls of `autogate.uri`; a bare number is milliseconds.",
        ),
        key(
            "health",
            Part(&HEALTH),
            Words("connecting is enough"),
            "How its target is probed.",
        ),
        key(
            "max_queue",
            COUNT_OR_ZERO,
            Words("no limit of its own"),
            "Requests held for it at most.",
        ),
        key(
            "timeouts",
            Part(&TIMEOUTS),
            Words("as below"),
            "Time-outs of an exchange.",
        ),
        key(
            "pool",
            Part(&POOL),
            Words("as below"),
            "Idle connections to its target.",
        ),
        key("gate", Part(&GATE), Words("as below"), "Its gate."),
        key(
            "autogate",
            Part(&AUTOGATE),
            Words("no rules"),
            "Opens and closes the gate by a status document.",
        ),
    ],
};

pub(in crate::config) static HEALTH: Section = Section {
    path: "upstreams[].health",
    one: "`health`",
    doc: "How a target is probed: by connecting, or, with `path`, by a GET.",
    keys: &[
        key(
            "path",
            Text,
            Words("connecting is enough"),
            "The path of a GET that tells whether it is up.",
        ),
        key(
            "expect_status",
            Statuses,
            Is("200-299"),
            "The statuses that mean up: `200-299,304`.",
        ),
        key(
            "if",
            Rule,
            Words("none"),
            "What the answer must be, as a rule on its JSON.",
        ),
        key(
            "rise",
            COUNT,
            Words("1 by connecting, 2 by a GET"),
            "Good probes in a row until it is up.",
        ),
        key(
            "fall",
            COUNT,
            Is("3"),
            "Bad probes in a row until it is down.",
        ),
        key(
            "fast_interval",
            SPAN,
            Is("100ms"),
            "Between probes while requests wait for them.",
        ),
    ],
};

pub(in crate::config) static TIMEOUTS: Section = Section {
    path: "upstreams[].timeouts",
    one: "`timeouts`",
    doc: "Time-outs of an exchange; an endpoint's win over its upstream's.",
    keys: &[
        key(
            "connect",
            SPAN,
            Is("2s"),
            "One attempt to connect; never past the deadline of holding.",
        ),
        key(
            "first_byte",
            SPAN,
            Is("60s"),
            "From the request's last byte to the response's first; past it 504.",
        ),
        key("idle", SPAN, Is("60s"), "Between two bytes of a response."),
        key(
            "body_idle",
            SPAN,
            Is("30s"),
            "Between two bytes of a request's body while it is read; past it 408.",
        ),
    ],
};

pub(in crate::config) static POOL: Section = Section {
    path: "upstreams[].pool",
    one: "`pool`",
    doc: "Idle connections to a target, per worker.",
    keys: &[
        key(
            "idle",
            SPAN,
            Is("4s"),
            "How long an idle connection is kept.",
        ),
        key("max", COUNT_OR_ZERO, Is("128"), "Idle connections at most."),
    ],
};

pub(in crate::config) static GATE: Section = Section {
    path: "upstreams[].gate",
    one: "`gate`",
    doc: "The gate of an upstream.",
    keys: &[key(
        "initial",
        OneOf(&["persisted", "closed"]),
        Is("persisted"),
        "How it starts: as the operator left it, or closed.",
    )],
};

pub(in crate::config) static AUTOGATE: Section = Section {
    path: "upstreams[].autogate",
    one: "`autogate`",
    doc: "Opens and closes the gate by a status document; the first rule that matches decides.",
    keys: &[
        key(
            "uri",
            Url { https: true },
            Required,
            "Where the document is.",
        ),
        key(
            "rise",
            COUNT,
            Is("1"),
            "OPENs in a row until the gate opens.",
        ),
        key(
            "fall",
            COUNT,
            Is("3"),
            "Misses in a row until the document counts as unreachable.",
        ),
        key(
            "unmatched",
            OneOf(&["keep", "close"]),
            Is("keep"),
            "What a document means that no rule matches.",
        ),
        key(
            "unreachable",
            OneOf(&["close", "keep"]),
            Words("close where `uri` is at the upstream's own address, else keep"),
            "What it means that the document cannot be had.",
        ),
        key(
            "settle",
            SPAN_OR_ZERO,
            Is("0s"),
            "How long to wait after the first OPEN.",
        ),
        key(
            "matches",
            List(&Part(&MATCH)),
            Required,
            "The rules, in order.",
        ),
    ],
};

pub(in crate::config) static MATCH: Section = Section {
    path: "upstreams[].autogate.matches[]",
    one: "a rule of `matches`",
    doc: "One `if … then`.",
    keys: &[
        key(
            "id",
            Id,
            Words("`match-1`, `match-2`, …"),
            "Its name in status and events.",
        ),
        key(
            "type",
            OneOf(&["json", "text", "status", "header"]),
            Is("json"),
            "What a bare word of the rule is: a field of the JSON, the text, the status code, or a header field.",
        ),
        key(
            "if",
            Rule,
            Required,
            r#"The rule: `status="*ok*" && num=10`."#,
        ),
        key(
            "then",
            OneOf(&["OPEN", "CLOSE"]),
            Required,
            "What the gate does.",
        ),
    ],
};
