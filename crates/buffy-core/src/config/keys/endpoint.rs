//! The keys of `endpoints`.

use super::Kind::{
    Boolean, Duration, Fields, Id, List, Number, OneOf, OneOrMany, Rule, Section as Part, Size,
    Switch, Text,
};
use super::Preset::{Is, Required, Words};
use super::{Bare, COUNT_OR_ZERO, STATUS, Section, TIMEOUTS, key, proxy};

pub(in crate::config) static ENDPOINT: Section = Section {
    path: "endpoints[]",
    one: "an endpoint",
    doc: "A path, and what answers it.",
    keys: &[
        key("id", Id, Required, "Its name."),
        key("desc", Text, Words("none"), "What it is for."),
        key(
            "path",
            Text,
            Required,
            "Exact; `/x/` is a prefix, `{name}` one segment, `{rest*}` the remainder.",
        ),
        key(
            "host",
            OneOrMany(&Text),
            Words("any"),
            "The hosts that it answers for, without port.",
        ),
        key(
            "match",
            OneOf(&["path", "contains"]),
            Is("path"),
            "`contains` takes every request with `path` anywhere in its own, as the earlier implementation did.",
        ),
        key(
            "type",
            OneOf(&["proxy", "respond"]),
            Required,
            "`proxy` forwards to an upstream, `respond` answers by itself.",
        ),
        key(
            "methods",
            OneOrMany(&Text),
            Words("all"),
            "The methods that it takes; others get 405. HEAD is taken where GET is.",
        ),
        proxy(
            "upstream",
            OneOrMany(&Id),
            Words("it must be written"),
            "The upstream that it forwards to, by id; of several the first that can take the request.",
        ),
        proxy(
            "failover",
            List(&OneOf(&["health", "autogate"])),
            Words("both"),
            "Why an upstream of several is passed over: no target of it is up, or its autogate is closed.",
        ),
        proxy(
            "proxy_mode",
            OneOf(&["store_and_forward", "bypass"]),
            Is("store_and_forward"),
            "`store_and_forward` holds requests while the gate is not open, `bypass` refuses them.",
        ),
        proxy(
            "timeout",
            Duration {
                bare: Bare::Seconds,
                zero: true,
            },
            Is("30s"),
            "How long a request may be held; a bare number is seconds, 0 never holds.",
        ),
        proxy(
            "max_queue",
            COUNT_OR_ZERO,
            Is("10000"),
            "Requests held for it at most; 0 never holds.",
        ),
        proxy(
            "timeouts",
            Part(&TIMEOUTS),
            Words("the upstream's"),
            "Time-outs of an exchange.",
        ),
        proxy(
            "body",
            Part(&BODY),
            Words("as below"),
            "What is kept of the body of a held request.",
        ),
        proxy(
            "hold_on",
            OneOrMany(&Number { min: 429, max: 599 }),
            Words("none"),
            "Statuses of the upstream's answer at which a request that may be repeated is held again: 429, 500 to 599.",
        ),
        proxy(
            "repeat",
            Part(&REPEAT),
            Words("as below"),
            "Which requests may be sent again.",
        ),
        proxy(
            "priority",
            List(&Part(&PRIORITY)),
            Words("none: first come, first served"),
            "Which held requests go first; the first rule that matches decides.",
        ),
        proxy(
            "headers",
            OneOf(&["full", "minimal", "none"]),
            Is("full"),
            "The fields that Buffy adds.",
        ),
        proxy(
            "via",
            Switch,
            Is("off"),
            "Whether `Via` is added (RFC 9110 §7.6.3).",
        ),
        proxy(
            "preserve_host",
            Boolean,
            Is("false"),
            "Forwards the client's `Host` instead of the upstream's.",
        ),
        proxy(
            "rewrite",
            Part(&REWRITE),
            Words("nothing"),
            "What is changed before a request is forwarded.",
        ),
        key(
            "response",
            List(&Part(&RESPONSE)),
            Words("for `proxy`, Buffy's own answers"),
            "Named responses.",
        ),
    ],
};

pub(in crate::config) static BODY: Section = Section {
    path: "endpoints[].body",
    one: "`body`",
    doc: "What is kept of the body of a held request.",
    keys: &[
        key(
            "memory",
            Size {
                min: 0,
                max: 1 << 30,
            },
            Is("64KiB"),
            "In memory at most; what is longer goes to a file.",
        ),
        key(
            "buffer",
            Size {
                min: 0,
                max: 1 << 40,
            },
            Is("16MiB"),
            "In memory and file together; past it no more is read until the request is released.",
        ),
        key(
            "max",
            Size {
                min: 1,
                max: 1 << 50,
            },
            Words("no limit"),
            "A longer body gets 413.",
        ),
    ],
};

pub(in crate::config) static REPEAT: Section = Section {
    path: "endpoints[].repeat",
    one: "`repeat`",
    doc: "Which requests may be sent again, beside those of idempotent methods.",
    keys: &[key(
        "idempotency_key",
        Boolean,
        Is("false"),
        "Whether one that has an `Idempotency-Key` is.",
    )],
};

pub(in crate::config) static PRIORITY: Section = Section {
    path: "endpoints[].priority[]",
    one: "a rule of `priority`",
    doc: "Requests that go before others when held ones are released, whichever endpoint of the upstream they came by.",
    keys: &[
        key(
            "if",
            Rule,
            Required,
            r#"The rule, on the request: `method`, `path`, `host`, `query.NAME`, `header.NAME`, as in `header.x-plan="gold"`."#,
        ),
        key(
            "class",
            Number { min: 1, max: 254 },
            Required,
            "1 goes first; a request that no rule names is in the last class.",
        ),
    ],
};

pub(in crate::config) static REWRITE: Section = Section {
    path: "endpoints[].rewrite",
    one: "`rewrite`",
    doc: "What is changed before a request is forwarded.",
    keys: &[
        key(
            "strip_prefix",
            Text,
            Words("nothing"),
            "Taken off the front of the path, at a segment's boundary.",
        ),
        key(
            "set_headers",
            Fields,
            Words("none"),
            "Fields that are set, replacing the client's.",
        ),
        key(
            "remove_headers",
            List(&Text),
            Words("none"),
            "Fields that are removed.",
        ),
    ],
};

pub(in crate::config) static RESPONSE: Section = Section {
    path: "endpoints[].response[]",
    one: "a response",
    doc: "A named response. `proxy` endpoints: `hit_max_queue`, `hit_timeout`, `closed`, `stopped`, `upstream_error`, `upstream_timeout`, `method_not_allowed`. `respond` endpoints: `ok`, `not_found`, `method_not_allowed`.",
    keys: &[
        key(
            "name",
            Text,
            Words("`ok`, where it is a `respond` endpoint's only one"),
            "When it is served.",
        ),
        key(
            "return_code",
            STATUS,
            Words("the usual status of its name"),
            "Its status.",
        ),
        key("headers", Fields, Words("none"), "Fields of the answer."),
        key(
            "content",
            Text,
            Is(""),
            "Its content, inline or `file:///x` relative to this file's folder. It may name `{{URL}}` and `{{ID}}`; where a request was turned away also `{{GATE}}`, `{{REASON}}`, `{{WAITED}}`, `{{POSITION}}` and, where it was not forwarded, `{{RETRY_AFTER}}`.",
        ),
    ],
};
