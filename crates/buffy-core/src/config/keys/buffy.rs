//! The keys of the file and of `buffy`, but `admin`.

use super::Kind::{
    Address, Boolean, Hook, Id, List, Network, OneOf, OneOrMany, Section as Part, Size, Text,
    Version, Workers,
};
use super::Preset::{Is, Required, Words};
use super::{ADMIN, COUNT, ENDPOINT, PORT, SPAN, SPAN_OR_ZERO, STATUS, Section, UPSTREAM, key};

pub(in crate::config) static FILE: Section = Section {
    path: "",
    one: "the file",
    doc: "The configuration file.",
    keys: &[
        key(
            "version",
            Version,
            Required,
            "The version of this format; `0.1`.",
        ),
        key(
            "buffy",
            Part(&BUFFY),
            Words("all defaults"),
            "The process itself.",
        ),
        key(
            "upstreams",
            List(&Part(&UPSTREAM)),
            Words("none"),
            "Where requests are forwarded.",
        ),
        key(
            "endpoints",
            List(&Part(&ENDPOINT)),
            Words("none"),
            "Paths, and what answers them.",
        ),
    ],
};

pub(in crate::config) static BUFFY: Section = Section {
    path: "buffy",
    one: "`buffy`",
    doc: "The process itself.",
    keys: &[
        key(
            "listen",
            OneOrMany(&Part(&LISTEN)),
            Words("one listener on 0.0.0.0:7000"),
            "Where connections are accepted: one listener, or a list of them.",
        ),
        key(
            "admin",
            Part(&ADMIN),
            Words("no admin listener"),
            "The admin listener, and who is told of events.",
        ),
        key(
            "workers",
            Workers,
            Is("auto"),
            "Threads that serve requests; `auto` is one per core.",
        ),
        key(
            "state_dir",
            Text,
            Words("`$STATE_DIRECTORY`, else `./state`"),
            "The folder where operators' closes and stops are kept.",
        ),
        key(
            "limits",
            Part(&LIMITS),
            Words("as below"),
            "Limits of the whole process.",
        ),
        key(
            "no_endpoint",
            Part(&NO_ENDPOINT),
            Words("501"),
            "The answer where no endpoint matches.",
        ),
        key(
            "session",
            Text,
            Words("one session for all"),
            "Which field of a request names its session, `header X-Buffy-Session`: counters, state, data and journal of sessions are apart. `baggage: buffy=NAME` (W3C) names it too.",
        ),
        key(
            "seed",
            super::Kind::Number {
                min: 0,
                max: u64::MAX,
            },
            Is("0"),
            "What `chance`, `delay`, `uuid()`, `fake()` and `random()` are drawn from: the same seed, session and order of requests draw the same; 0 is a new one at each start.",
        ),
        key(
            "cors",
            Boolean,
            Is("false"),
            "Answers browsers of other origins: preflights get 204, answers `Access-Control-Allow-Origin`.",
        ),
        key(
            "journal",
            super::Kind::Number {
                min: 0,
                max: 1_000_000,
            },
            Is("1000"),
            "Answered requests that are remembered; 0 for none.",
        ),
        key(
            "log",
            Part(&LOG),
            Words("as below"),
            "What is logged, and how.",
        ),
        key(
            "shutdown",
            Part(&SHUTDOWN),
            Words("as below"),
            "How Buffy stops.",
        ),
    ],
};

pub(in crate::config) static LISTEN: Section = Section {
    path: "buffy.listen",
    one: "a listener",
    doc: "Where connections are accepted; one map, or a list of them.",
    keys: &[
        key(
            "id",
            Id,
            Words("`listen-1`, `listen-2`, …"),
            "Its name in logs and hooks.",
        ),
        key(
            "bind",
            Address,
            Is("0.0.0.0"),
            "The address that it listens on.",
        ),
        key(
            "port",
            PORT,
            Is("7000"),
            "The port; 0 lets the system choose.",
        ),
        key(
            "notify",
            Part(&LISTEN_NOTIFY),
            Words("nobody"),
            "Who is told of its connections.",
        ),
        key(
            "connections_max",
            COUNT,
            Words("what descriptors allow"),
            "Open connections at most.",
        ),
        key(
            "endpoints",
            List(&Id),
            Words("all"),
            "The endpoints that it serves, by id.",
        ),
        key(
            "trusted_proxies",
            List(&Network),
            Words("none"),
            "Peers whose `X-Forwarded-*` and `Forwarded` fields are believed.",
        ),
    ],
};

pub(in crate::config) static LISTEN_NOTIFY: Section = Section {
    path: "buffy.listen.notify",
    one: "a listener's `notify`",
    doc: "Who is told of a listener's connections.",
    keys: &[key(
        "webhook",
        Hook,
        Words("nobody"),
        "Gets connections opened and closed by POST, in batches.",
    )],
};

pub(in crate::config) static LIMITS: Section = Section {
    path: "buffy.limits",
    one: "`limits`",
    doc: "Limits of the whole process.",
    keys: &[
        key(
            "held",
            COUNT,
            Words("10000, or the largest `max_queue` written"),
            "Held requests at most; the next one gets `hit_max_queue`.",
        ),
        key(
            "held_heads",
            Size {
                min: 1 << 16,
                max: 1 << 40,
            },
            Is("256MiB"),
            "Bytes of the heads of held requests; past them a newcomer gets `hit_max_queue`.",
        ),
        key(
            "held_memory",
            Size {
                min: 0,
                max: 1 << 40,
            },
            Is("64MiB"),
            "Bytes of the bodies of held requests in memory; past them bodies go to files.",
        ),
        key(
            "held_spill",
            Size {
                min: 0,
                max: 1 << 50,
            },
            Is("1GiB"),
            "Bytes of the bodies of held requests in files of `state_dir`; past them no more is read.",
        ),
        key(
            "header_bytes",
            Size {
                min: 1 << 10,
                max: 1 << 24,
            },
            Is("64KiB"),
            "Bytes of one request's head; more get 431.",
        ),
        key(
            "target_bytes",
            Size {
                min: 1 << 8,
                max: 1 << 24,
            },
            Is("8KiB"),
            "Bytes of one request's target; more get 414.",
        ),
        key(
            "fields",
            super::Kind::Number { min: 8, max: 4096 },
            Is("128"),
            "Fields of one request's head; more get 431.",
        ),
        key(
            "header_timeout",
            SPAN,
            Is("10s"),
            "From a head's first byte to its last; more get 408.",
        ),
        key(
            "keep_alive",
            SPAN,
            Is("75s"),
            "How long a client's connection is kept without a request.",
        ),
    ],
};

pub(in crate::config) static NO_ENDPOINT: Section = Section {
    path: "buffy.no_endpoint",
    one: "`no_endpoint`",
    doc: "The answer where no endpoint matches.",
    keys: &[
        key("return_code", STATUS, Is("501"), "Its status."),
        key(
            "content",
            Text,
            Is(r#"{ "status": "not found (no endpoints)"}"#),
            "Its content, inline or `file:///x`.",
        ),
    ],
};

pub(in crate::config) static LOG: Section = Section {
    path: "buffy.log",
    one: "`log`",
    doc: "What is logged, and how.",
    keys: &[
        key(
            "format",
            OneOf(&["auto", "json", "human"]),
            Is("auto"),
            "`auto` is human on a terminal, else JSON.",
        ),
        key("access", Boolean, Is("false"), "One line per request."),
    ],
};

pub(in crate::config) static SHUTDOWN: Section = Section {
    path: "buffy.shutdown",
    one: "`shutdown`",
    doc: "How Buffy stops.",
    keys: &[
        key(
            "delay",
            SPAN_OR_ZERO,
            Is("0s"),
            "Between readiness failing and listeners closing.",
        ),
        key(
            "hold",
            SPAN_OR_ZERO,
            Is("60s"),
            "How long held requests may go on waiting.",
        ),
        key(
            "grace",
            SPAN_OR_ZERO,
            Is("30s"),
            "How long requests in flight may go on.",
        ),
    ],
};
