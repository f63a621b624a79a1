//! The keys of a response.

use super::Kind::{
    Chance, Delay, Fields, Json, List, Named, Number, OneOf, Rule, Section as Part, Size, Text,
};
use super::Preset::{Is, Words};
use super::{COUNT, STATUS, STREAM, Section, key};

pub(in crate::config) static RESPONSE: Section = Section {
    path: "endpoints[].response[]",
    one: "a response",
    doc: "A named response. `proxy` endpoints have those of a request that is not forwarded: `hit_max_queue`, `hit_timeout`, `closed`, `stopped`, `upstream_error`, `upstream_timeout`, `method_not_allowed`. The others name theirs as they like: the first one whose `if`, `times` and `chance` hold is served; `not_found` where none is, and `method_not_allowed` where `methods` refuses, are never chosen by conditions. A `respond` endpoint's only one is called `ok` where it has no name.",
    keys: &[
        key(
            "name",
            Text,
            Words("`ok`, where it is a `respond` endpoint's only one"),
            "Its name, once in an endpoint: letters, digits, `-`, `_`, `.`.",
        ),
        key(
            "if",
            Rule,
            Words("always"),
            "Serves it only where this rule on the request holds: `method=PUT && body.qty<=0`.",
        ),
        key(
            "times",
            COUNT,
            Words("any"),
            "Serves it so many times in a session, and then no more.",
        ),
        key(
            "chance",
            Chance,
            Words("always"),
            "Serves it only with this probability: `5%`.",
        ),
        key(
            "delay",
            Delay,
            Words("none"),
            "What it waits for before it answers: `200ms`, `100ms..2s`, `normal(250ms, 50ms)`, `lognormal(80ms, 0.4)`, `forever`. Of a `proxy` endpoint only `hit_timeout` has one.",
        ),
        key(
            "return_code",
            STATUS,
            Words("the usual status of its name, else 200"),
            "Its status.",
        ),
        key(
            "headers",
            Fields,
            Words("none"),
            "Fields of the answer; their values may have templates where no request is refused.",
        ),
        key(
            "content",
            Text,
            Is(""),
            "Its content, inline or `file:///x` relative to this file's folder, with templates: `{{URL}}` and `{{ID}}`, all of the request for `respond` and `data` endpoints; where a request was turned away also `{{GATE}}`, `{{REASON}}`, `{{WAITED}}`, `{{POSITION}}` and, where it was not forwarded, `{{RETRY_AFTER}}`.",
        ),
        key(
            "json",
            Json,
            Words("`content`"),
            "In place of `content`: JSON as YAML, with templates in its texts. A text that is one `{{ }}` alone keeps the type of its value.",
        ),
        key(
            "stream",
            Part(&STREAM),
            Words("`content`"),
            "In place of `content`: a stream of events.",
        ),
        key(
            "fault",
            OneOf(&["reset", "empty", "garbage", "truncate", "hang"]),
            Words("none"),
            "Breaks the answer: resets or closes the connection, sends what is not HTTP, less than was announced, or nothing more.",
        ),
        key(
            "after",
            Size {
                min: 0,
                max: 1 << 40,
            },
            Is("0"),
            "Bytes of the answer that are sent before `fault`; 0 is before the status line.",
        ),
        key(
            "set",
            Named(&Json),
            Words("nothing"),
            r#"Values of `state`, by their dotted path, as the response is chosen: `"orders.{id}": paid`."#,
        ),
        key(
            "then",
            List(&Part(&THEN)),
            Words("nothing"),
            "What is done after the response, in order: calls, and moves of gates.",
        ),
    ],
};

static THEN: Section = Section {
    path: "endpoints[].response[].then[]",
    one: "a step of `then`",
    doc: "A call, `{post: URL, json: …}`, or a move of a gate, `{gate: UPSTREAM, do: CLOSE}`.",
    keys: &[
        key("get", Text, Words("none"), "Calls this URL with GET."),
        key("post", Text, Words("none"), "Calls this URL with POST."),
        key("put", Text, Words("none"), "Calls this URL with PUT."),
        key("patch", Text, Words("none"), "Calls this URL with PATCH."),
        key("delete", Text, Words("none"), "Calls this URL with DELETE."),
        key("json", Json, Words("no content"), "What the call carries."),
        key(
            "content",
            Text,
            Words("no content"),
            "What the call carries, in place of `json`.",
        ),
        key("headers", Fields, Words("none"), "Fields of the call."),
        key(
            "after",
            Delay,
            Words("at once"),
            "What it waits for, from the response or the step before.",
        ),
        key(
            "retry",
            Number { min: 0, max: 20 },
            Is("0"),
            "How many times a call that failed, or was answered with 500 or more, is made again.",
        ),
        key(
            "gate",
            super::Kind::Id,
            Words("none"),
            "The upstream whose gate is moved, by id.",
        ),
        key(
            "do",
            OneOf(&["OPEN", "CLOSE", "STOP"]),
            Words("with `gate` it must be written"),
            "How the gate is moved: `CLOSE` holds requests, `STOP` refuses them, `OPEN` lifts what an answer closed.",
        ),
    ],
};
