//! What readers are told of each route; `mod.rs` holds it against the routes themselves.

use buffy_core::config::Scope;

/// A method of a route.
pub(in crate::admin::tests) struct Row {
    pub(in crate::admin::tests) method: &'static str,
    /// Below the configured path, or its `api/v1`, with the slash.
    pub(in crate::admin::tests) path: &'static str,
    /// The least that it takes; none where everybody may.
    pub(in crate::admin::tests) least: Option<Scope>,
    /// The name of the schema of its answer.
    pub(super) schema: Option<&'static str>,
    pub(super) text: &'static str,
}

/// Rows under a heading.
pub(in crate::admin::tests) struct Chapter {
    pub(super) title: &'static str,
    pub(in crate::admin::tests) rows: &'static [Row],
}

const fn row(
    method: &'static str,
    path: &'static str,
    least: Option<Scope>,
    schema: Option<&'static str>,
    text: &'static str,
) -> Row {
    Row {
        method,
        path,
        least,
        schema,
        text,
    }
}

const READ: Option<Scope> = Some(Scope::Read);
const GATE: Option<Scope> = Some(Scope::Gate);
const ADMIN: Option<Scope> = Some(Scope::Admin);

pub(in crate::admin::tests) const CHAPTERS: &[Chapter] = &[
    Chapter {
        title: "The process",
        rows: &[
            row("GET", "/livez", None, None, "whether it runs"),
            row(
                "GET",
                "/readyz",
                None,
                None,
                "whether it takes requests; it does while upstreams are down: holding is the job",
            ),
            row(
                "GET",
                "/metrics",
                None,
                None,
                "the [figures](metrics.md), in the OpenMetrics format",
            ),
            row(
                "GET",
                "/status",
                None,
                Some("status"),
                "all there is to know: gates (who closed them, why, since and until when), \
                 targets, what waits, how it is let go, the last look at each target and status \
                 document, every rule term by term; without a token no addresses, no rules, and \
                 not what probes met",
            ),
            row(
                "GET",
                "/config",
                READ,
                None,
                "the configuration in use, without secrets",
            ),
            row(
                "POST",
                "/reload",
                ADMIN,
                Some("reload"),
                "reads the configuration's file anew; what changed, or why nothing did. `force` \
                 removes upstreams, too, that an operator closed",
            ),
        ],
    },
    Chapter {
        title: "Gates",
        rows: &[
            row(
                "GET",
                "/gates",
                READ,
                Some("gates"),
                "the gates of `/status`",
            ),
            row("GET", "/gates/{id}", READ, Some("gate"), "one of them"),
            row(
                "POST",
                "/gates/{id}/close",
                GATE,
                Some("order"),
                "holds what comes",
            ),
            row(
                "POST",
                "/gates/{id}/stop",
                GATE,
                Some("order"),
                "refuses what comes, and what is held, with 503",
            ),
            row(
                "POST",
                "/gates/{id}/open",
                GATE,
                Some("order"),
                "lifts every close, stop and force, or with `token` the one entry; says whose \
                 they were, whether the gate is open then and, if not, why",
            ),
            row(
                "POST",
                "/gates/{id}/renew",
                GATE,
                Some("order"),
                "the entry of `token` stands for `ttl` from now on",
            ),
            row(
                "PUT",
                "/gates/{id}/expect_version",
                GATE,
                Some("order"),
                "every OPEN of the autogate must come with the rule in `if`, too; `null` ends that",
            ),
            row(
                "POST",
                "/gates/{id}/bypass",
                GATE,
                Some("bypass"),
                "a signed value that passes the closed gate for `ttl` (10 m), where `gate.bypass` \
                 is configured",
            ),
            row(
                "POST",
                "/gate",
                GATE,
                Some("order"),
                "the short form of close, stop and open: `upstream=ID&action=close`, with all that \
                 goes with them",
            ),
        ],
    },
    Chapter {
        title: "What is held, and why",
        rows: &[
            row(
                "GET",
                "/held",
                READ,
                Some("held"),
                "who waits, since and until when, and why; `upstream=`, `limit=` (100)",
            ),
            row(
                "POST",
                "/held/release",
                GATE,
                Some("held-by-hand"),
                "lets requests go past closes and the autogate: those of `ids`, or those of an \
                 `upstream`, all or the first `count` that the rule in `if` names",
            ),
            row(
                "POST",
                "/held/refuse",
                GATE,
                Some("held-by-hand"),
                "turns them away with 503, chosen alike",
            ),
            row(
                "GET",
                "/why",
                READ,
                Some("why"),
                "what a request for `path=` would meet now: endpoint, gate, rules term by term; \
                 `method=`, `host=`, `header.NAME=`, `listener=`",
            ),
        ],
    },
    Chapter {
        title: "Endpoints that answer",
        rows: &[
            row(
                "GET",
                "/requests",
                READ,
                Some("requests"),
                "what was asked of endpoints that Buffy answers itself, and of none, the newest \
                 first: `endpoint=`, `session=`, `unmatched=true`, `limit=` (100). Authorization, \
                 Cookie and X-Api-Key are hidden. Forwarded requests are not in it",
            ),
            row(
                "GET",
                "/requests/wait",
                READ,
                Some("requests-wait"),
                "answers when there were `n` (1) since the last reset, of `endpoint=`, \
                 `response=`, `session=`, or `unmatched=true`; after `timeout` (10 s) 408, with \
                 how many came",
            ),
            row("GET", "/verify", READ, Some("verify"), VERIFY),
            row(
                "POST",
                "/verify",
                READ,
                Some("verify"),
                "the same, for clients that only POST",
            ),
            row(
                "POST",
                "/reset",
                GATE,
                Some("reset"),
                "forgets what was asked, counted, set, pinned and written to data in memory, of \
                 all or of a `session`",
            ),
            row(
                "GET",
                "/state",
                READ,
                None,
                "what responses have set, as one object; `session=`",
            ),
            row(
                "PUT",
                "/state",
                GATE,
                None,
                "puts the object of the body in its place; `session=`",
            ),
            row(
                "PUT",
                "/use",
                GATE,
                Some("use"),
                "pins the answer of an `endpoint` to a `response`, for so many `times` or until \
                 it is deleted; `session`",
            ),
            row("DELETE", "/use", GATE, Some("use"), "ends that"),
            row(
                "POST",
                "/push/{id}",
                GATE,
                Some("push"),
                "an event for the open streams of an endpoint: `data` or `text`, `event`, `id`, \
                 `retry`, `comment`, `end`; says how many it reached; `session=`",
            ),
            row(
                "GET",
                "/clock",
                READ,
                Some("clock"),
                "the time that answers go by",
            ),
            row(
                "PUT",
                "/clock",
                GATE,
                Some("clock"),
                "`advance` sets it forward: `now()`, delays, gaps of streams and what is done \
                 after an answer. Gates and time-outs go by real time",
            ),
        ],
    },
    Chapter {
        title: "Recording",
        rows: &[
            row(
                "GET",
                "/record/{id}",
                ADMIN,
                Some("recording"),
                "how much of what passes through an upstream has been recorded",
            ),
            row(
                "POST",
                "/record/{id}",
                ADMIN,
                Some("recording"),
                "begins to record",
            ),
            row(
                "DELETE",
                "/record/{id}",
                ADMIN,
                Some("recorded"),
                "ends it, and gives what was recorded as a configuration",
            ),
        ],
    },
];

const VERIFY: &str = "was every endpoint asked as often as it expects, and was there a response for every request? \
     200, or 417 with what was not; `session=`, `allow_unmatched=true`";
