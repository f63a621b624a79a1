//! The keys of `buffy.admin`.

use super::Kind::{Address, Boolean, Hook, Id, List, OneOf, Secret, Section as Part, Text};
use super::Preset::{Is, Required, Words};
use super::{PORT, Section, key};

pub(in crate::config) static ADMIN: Section = Section {
    path: "buffy.admin",
    one: "`admin`",
    doc: "The admin listener, and who is told of events.",
    keys: &[
        key(
            "path",
            Text,
            Is("/_admin"),
            "Put before every path of the admin API.",
        ),
        key(
            "bind",
            Address,
            Is("127.0.0.1"),
            "The address that it listens on; wider than loopback, changes need a token or the unix socket.",
        ),
        key(
            "port",
            PORT,
            Is("7001"),
            "The port; 0 lets the system choose.",
        ),
        key(
            "unix",
            Text,
            Words("none"),
            "A unix socket that the admin API answers on too; file permissions say who may.",
        ),
        key(
            "tokens",
            List(&Part(&TOKEN)),
            Words("none"),
            "Who may do what.",
        ),
        key(
            "hosts",
            List(&Text),
            Words("none"),
            "Host names, beside IP addresses and `localhost`, that are answered without a token.",
        ),
        key(
            "compat_get",
            Boolean,
            Is("false"),
            "Lets a GET of `/gate?upstream=&action=` change state, as the earlier implementation did.",
        ),
        key(
            "notify",
            Part(&ADMIN_NOTIFY),
            Words("nobody"),
            "Who is told of events.",
        ),
    ],
};

pub(in crate::config) static TOKEN: Section = Section {
    path: "buffy.admin.tokens[]",
    one: "a token",
    doc: "Who may do what through the admin API.",
    keys: &[
        key(
            "name",
            Id,
            Required,
            "Who it is, in logs and as the actor of a change.",
        ),
        key(
            "scope",
            OneOf(&["read", "gate", "admin"]),
            Required,
            "What it allows; each includes the ones before it.",
        ),
        key("value", Secret, Required, "The token itself."),
    ],
};

pub(in crate::config) static ADMIN_NOTIFY: Section = Section {
    path: "buffy.admin.notify",
    one: "admin's `notify`",
    doc: "Who is told of events.",
    keys: &[
        key(
            "webhook",
            Hook,
            Words("nobody"),
            "Gets every event as JSON by POST.",
        ),
        key(
            "secret",
            Secret,
            Words("no signature"),
            "Signs the webhook's deliveries (Standard Webhooks).",
        ),
        key("slack", Hook, Words("nobody"), "A Slack incoming webhook."),
        key(
            "events",
            List(&OneOf(&["gate", "upstream", "hold", "configuration"])),
            Words("all"),
            "The events that are sent.",
        ),
    ],
};

/// How a secret is written that is not in the file.
pub(in crate::config) static SECRET: Section = Section {
    path: "secret",
    one: "a secret",
    doc: "A secret may be written as text, or as where it is found: one of these.",
    keys: &[
        key(
            "env",
            Text,
            Words("not there"),
            "The environment variable that holds it.",
        ),
        key(
            "file",
            Text,
            Words("not there"),
            "The file that holds it, relative to this file's folder or absolute; one line end at its end is not part of it.",
        ),
    ],
};
