//! The keys of `endpoints`.

use super::Kind::{
    Amount, Boolean, Duration, Fields, Id, List, Named, Number, OneOf, OneOrMany, Rule,
    Section as Part, Size, Source, Switch, Text,
};
use super::Preset::{Is, Required, Words};
use super::{Bare, COUNT_OR_ZERO, RESPONSE, Section, TIMEOUTS, answer, data, key, proxy};

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
            OneOf(&["proxy", "respond", "data"]),
            Required,
            "`proxy` forwards to an upstream, `respond` answers by itself, `data` serves collections or files.",
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
        key(
            "body",
            Part(&BODY),
            Words("as below"),
            "What is kept of a request's body.",
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
        answer(
            "pick",
            OneOf(&["first", "cycle", "random"]),
            Is("first"),
            "Which of the responses whose conditions hold is served: the first, one after the other, or any.",
        ),
        answer(
            "expect",
            Amount,
            Words("not looked at"),
            "How many requests there are to be when `buffy verify` asks: `>=1`, `0`, `1..3`, `=2`.",
        ),
        answer(
            "cors",
            Boolean,
            Words("that of `buffy`"),
            "Answers browsers of other origins.",
        ),
        answer(
            "overrides",
            Boolean,
            Is("true"),
            "Whether a request may name its answer: `X-Buffy-Response`, `Prefer`, `X-Buffy-Delay`, `X-Buffy-Explain`.",
        ),
        data(
            "data",
            Source,
            Words("`data` or `files` must be written"),
            "Collections: a file or a folder, `file:///db.json`, or the collections themselves.",
        ),
        data(
            "files",
            Text,
            Words("`data` or `files` must be written"),
            "A folder whose files are served: `file:///dist/`.",
        ),
        data(
            "key",
            Id,
            Is("id"),
            "The field that tells the documents of a collection apart.",
        ),
        data(
            "write",
            OneOf(&["memory", "file", "no"]),
            Is("memory"),
            "Where changes of collections go; `no` takes none.",
        ),
        data(
            "schema",
            Named(&Text),
            Words("none"),
            "Collections and the JSON Schemas that their documents must fit: `orders: file:///order.schema.json`.",
        ),
        key(
            "response",
            List(&Part(&RESPONSE)),
            Words("for `proxy`, Buffy's own answers"),
            "Named responses, in the order in which their conditions are tried.",
        ),
    ],
};

pub(in crate::config) static BODY: Section = Section {
    path: "endpoints[].body",
    one: "`body`",
    doc: "What is kept of a request's body: of one that is held, or that is looked at to answer it.",
    keys: &[
        key(
            "memory",
            Size {
                min: 0,
                max: 1 << 30,
            },
            Is("64KiB"),
            "Of a held one in memory at most; what is longer goes to a file. Only `type: proxy`.",
        ),
        key(
            "buffer",
            Size {
                min: 0,
                max: 1 << 40,
            },
            Is("16MiB"),
            "Of a held one in memory and file together; past it no more is read until the request is released. Only `type: proxy`.",
        ),
        key(
            "max",
            Size {
                min: 1,
                max: 1 << 50,
            },
            Words("no limit; 1MiB where a response looks at the body"),
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
