//! The keys of `endpoints`.

use super::Kind::{
    Boolean, Duration, Fields, Id, List, OneOf, OneOrMany, Section as Part, Switch, Text,
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
            "The upstream that it forwards to, by id.",
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
            "Its content, inline with `{{URL}}` and `{{ID}}`, or `file:///x` relative to this file's folder.",
        ),
    ],
};
