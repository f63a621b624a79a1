//! The keys of `upstreams`.

use super::Kind::{
    Boolean, Duration, Id, List, Number, OneOf, Rule, Secret, Section as Part, SectionOr, Statuses,
    Text, Url,
};
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
            Words("this or `targets` must be written"),
            "Its only address, `http://host:port`; a path is put before every forwarded one.",
        ),
        key(
            "targets",
            List(&Part(&TARGET)),
            Words("this or `endpoint` must be written"),
            "Its addresses, at most 64.",
        ),
        key(
            "balance",
            OneOf(&["round_robin", "least_inflight", "first"]),
            Is("round_robin"),
            "Which target that is up and has room gets a request: each in turn, the one with the fewest in flight, or the first in order.",
        ),
        key(
            "max_inflight",
            COUNT_OR_ZERO,
            Is("0"),
            "Requests in flight at one target at most; more are held. 0 sets no limit.",
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
            "How its targets are probed.",
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
            "Idle connections to its targets.",
        ),
        key(
            "release",
            SectionOr(&RELEASE, "mode"),
            Words("as below"),
            "How held requests are let go after an outage; one word is its `mode`.",
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

pub(in crate::config) static TARGET: Section = Section {
    path: "upstreams[].targets[]",
    one: "a target",
    doc: "One address of an upstream.",
    keys: &[
        key(
            "url",
            Url { https: false },
            Required,
            "Its address, `http://host:port`; a path is put before every forwarded one.",
        ),
        key(
            "weight",
            Number { min: 1, max: 1000 },
            Is("1"),
            "Its share of the requests, beside those of the others.",
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

pub(in crate::config) static RELEASE: Section = Section {
    path: "upstreams[].release",
    one: "`release`",
    doc: "How held requests are let go after an outage: one first, then steps that double.",
    keys: &[
        key(
            "mode",
            OneOf(&["ramp", "all"]),
            Is("ramp"),
            "`ramp` goes step by step, `all` lets everything go at once.",
        ),
        key(
            "start",
            COUNT,
            Is("4"),
            "Requests of the first step after the one that tries.",
        ),
        key(
            "max",
            COUNT,
            Is("128"),
            "Requests of the last step; after it the ramp is over.",
        ),
        key(
            "patience",
            SPAN,
            Is("1s"),
            "A request counts as good when its connection stood so long, answered or not.",
        ),
        key(
            "canary",
            Boolean,
            Is("false"),
            "Whether a 5xx to the first request closes the gate again.",
        ),
        key(
            "retry",
            SPAN,
            Is("1s"),
            "Between a canary that failed and the next one; doubles up to 30 s.",
        ),
    ],
};

pub(in crate::config) static GATE: Section = Section {
    path: "upstreams[].gate",
    one: "`gate`",
    doc: "The gate of an upstream.",
    keys: &[
        key(
            "initial",
            OneOf(&["persisted", "closed"]),
            Is("persisted"),
            "How it starts: as the operator left it, or closed.",
        ),
        key(
            "lease",
            SPAN,
            Words("no end"),
            "How long a close stands that names no time of its own.",
        ),
        key(
            "on_expiry",
            OneOf(&["lift", "stop", "keep"]),
            Is("lift"),
            "What follows when a lease runs out: the close is lifted, becomes a stop, or stays.",
        ),
        key(
            "health_path",
            Text,
            Words("none"),
            "An exact path at which a load balancer in front gets 200 while requests are held. A deploy is verified by a bypass or `buffy wait`, never by this path.",
        ),
        key(
            "bypass",
            Part(&BYPASS),
            Words("nothing passes a closed gate"),
            "Signed values that pass the closed gate, for smoke tests.",
        ),
    ],
};

pub(in crate::config) static BYPASS: Section = Section {
    path: "upstreams[].gate.bypass",
    one: "`bypass`",
    doc: "Signed values that pass a closed gate. `buffy bypass` makes them.",
    keys: &[
        key(
            "header",
            Text,
            Is("X-Buffy-Bypass"),
            "The field, or the cookie of the same name, that carries the value.",
        ),
        key(
            "secret",
            Secret,
            Required,
            "What values are signed with, 16 characters or more.",
        ),
    ],
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
