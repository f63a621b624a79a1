//! What is different between two configurations, by id: what a reload says, and goes by.

#[cfg(test)]
mod tests;

use std::fmt;

use super::{
    Admin, AnswersSettings, Config, Endpoint, EndpointKind, Listener, Log, Step, Upstream,
};

/// What another configuration adds, changes and removes.
///
/// The place of something in its file, and the order there, make no difference.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Changes {
    pub listeners: Difference,
    pub upstreams: Difference,
    pub endpoints: Difference,
    /// Settings of the whole process that changed and are applied: `buffy.limits`, …
    pub settings: Vec<&'static str>,
    /// Settings that changed, and stay as they were until a restart.
    pub needs_restart: Vec<&'static str>,
}

/// Ids, in the order of their files.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Difference {
    pub added: Vec<String>,
    pub changed: Vec<String>,
    pub removed: Vec<String>,
}

impl Changes {
    /// From one configuration to the next.
    pub fn between(old: &Config, new: &Config) -> Self {
        let (settings, needs_restart) = settings(old, new);
        Self {
            listeners: difference(
                (&old.listeners, &new.listeners),
                |listener| &listener.id,
                |one, other| same_listener((one, old), (other, new)),
            ),
            upstreams: difference(
                (&old.upstreams, &new.upstreams),
                |upstream| &upstream.id,
                same_upstream,
            ),
            endpoints: difference(
                (&old.endpoints, &new.endpoints),
                |endpoint| &endpoint.id,
                |one, other| same_endpoint((one, old), (other, new)),
            ),
            settings,
            needs_restart,
        }
    }

    /// Nothing is different.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

impl Config {
    /// With the settings of another one that cannot change while it runs.
    #[must_use]
    pub fn with_fixed_of(self, running: &Self) -> Self {
        let admin = match (self.admin, &running.admin) {
            (Some(admin), Some(running)) => Some(Admin {
                bind: running.bind,
                port: running.port,
                unix: running.unix.clone(),
                ..admin
            }),
            (_, running) => running.clone(),
        };
        Self {
            admin,
            workers: running.workers,
            state_dir: running.state_dir.clone(),
            answers: AnswersSettings {
                seed: running.answers.seed,
                ..self.answers
            },
            log: Log {
                format: running.log.format,
                ..self.log
            },
            ..self
        }
    }
}

/// A clause for each kind of change: `endpoints added: x, y; upstreams changed: u`.
impl fmt::Display for Changes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut clauses = Vec::new();
        let sections = [
            ("listeners", &self.listeners),
            ("upstreams", &self.upstreams),
            ("endpoints", &self.endpoints),
        ];
        for (section, difference) in sections {
            let Difference {
                added,
                changed,
                removed,
            } = difference;
            for (word, ids) in [("added", added), ("changed", changed), ("removed", removed)] {
                if !ids.is_empty() {
                    clauses.push(format!("{section} {word}: {}", ids.join(", ")));
                }
            }
        }
        for (words, names) in [
            ("settings changed", &self.settings),
            ("only after a restart", &self.needs_restart),
        ] {
            if !names.is_empty() {
                clauses.push(format!("{words}: {}", names.join(", ")));
            }
        }
        if clauses.is_empty() {
            return f.write_str("nothing is different");
        }
        f.write_str(&clauses.join("; "))
    }
}

impl Difference {
    /// This id is in both, and stands for the same.
    pub fn keeps(&self, id: &str) -> bool {
        let named = |ids: &[String]| ids.iter().any(|other| other == id);
        !(named(&self.added) || named(&self.changed) || named(&self.removed))
    }
}

fn difference<T>(
    (old, new): (&[T], &[T]),
    id: impl Fn(&T) -> &String,
    same: impl Fn(&T, &T) -> bool,
) -> Difference {
    let mut found = Difference::default();
    for one in new {
        match old.iter().find(|other| id(other) == id(one)) {
            None => found.added.push(id(one).clone()),
            Some(other) if !same(other, one) => found.changed.push(id(one).clone()),
            Some(_) => {}
        }
    }
    let gone = old.iter().filter(|one| {
        let mut left = new.iter();
        !left.any(|other| id(other) == id(one))
    });
    found.removed = gone.map(|one| id(one).clone()).collect();
    found
}

/// Endpoints are named by their index, which another file may move.
fn same_listener((one, old): (&Listener, &Config), (other, new): (&Listener, &Config)) -> bool {
    let bare = |listener: &Listener| Listener {
        line: 0,
        endpoints: None,
        ..listener.clone()
    };
    let served = |listener: &Listener, config: &Config| {
        let indices = listener.endpoints.as_ref()?;
        let ids = indices
            .iter()
            .filter_map(|index| config.endpoints.get(*index));
        Some(ids.map(|endpoint| endpoint.id.clone()).collect::<Vec<_>>())
    };
    bare(one) == bare(other) && served(one, old) == served(other, new)
}

fn same_upstream(one: &Upstream, other: &Upstream) -> bool {
    let bare = |upstream: &Upstream| Upstream {
        line: 0,
        ..upstream.clone()
    };
    bare(one) == bare(other)
}

/// Upstreams are named by their index, which another file may move.
fn same_endpoint((one, old): (&Endpoint, &Config), (other, new): (&Endpoint, &Config)) -> bool {
    let bare = |endpoint: &Endpoint| {
        let mut bare = Endpoint {
            line: 0,
            ..endpoint.clone()
        };
        if let EndpointKind::Proxy(proxy) = &mut bare.kind {
            proxy.upstreams.clear();
        }
        let responses = bare.responses.iter_mut();
        for response in responses {
            response.line = 0;
            for step in &mut response.then {
                if let Step::Gate { upstream, .. } = step {
                    *upstream = 0;
                }
            }
        }
        bare
    };
    let upstreams = |endpoint: &Endpoint, config: &Config| {
        let proxied = match &endpoint.kind {
            EndpointKind::Proxy(proxy) => proxy.upstreams.as_slice(),
            EndpointKind::Respond(_) | EndpointKind::Data(_) => &[],
        };
        let steps = endpoint.responses.iter().flat_map(|one| &one.then);
        let moved = steps.filter_map(|step| match step {
            Step::Gate { upstream, .. } => Some(upstream),
            Step::Call(_) => None,
        });
        let named = proxied.iter().chain(moved);
        let named = named.filter_map(|&index| config.upstreams.get(index));
        named
            .map(|upstream| upstream.id.clone())
            .collect::<Vec<_>>()
    };
    bare(one) == bare(other) && upstreams(one, old) == upstreams(other, new)
}

/// What holds for the whole process: what changed and can be applied, and what cannot.
fn settings(old: &Config, new: &Config) -> (Vec<&'static str>, Vec<&'static str>) {
    let line = |admin: &Admin| Admin {
        line: 0,
        bind: std::net::Ipv4Addr::UNSPECIFIED.into(),
        port: 0,
        unix: None,
        ..admin.clone()
    };
    let place = |admin: &Admin| (admin.bind, admin.port, admin.unix.clone());
    let unformatted = |log: &Log| Log {
        format: super::LogFormat::Auto,
        ..log.clone()
    };
    let both = old.admin.as_ref().zip(new.admin.as_ref());
    let one = old.admin.is_some() != new.admin.is_some();
    let applied = [
        ("buffy.limits", old.limits != new.limits),
        ("no_endpoint", old.no_endpoint != new.no_endpoint),
        ("buffy.session", old.answers.session != new.answers.session),
        ("buffy.journal", old.answers.journal != new.answers.journal),
        ("buffy.cors", old.answers.cors != new.answers.cors),
        ("buffy.shutdown", old.shutdown != new.shutdown),
        ("buffy.log", unformatted(&old.log) != unformatted(&new.log)),
        (
            "buffy.admin",
            both.is_some_and(|(old, new)| line(old) != line(new)),
        ),
    ];
    let later = [
        ("buffy.workers", old.workers != new.workers),
        ("buffy.state_dir", old.state_dir != new.state_dir),
        ("buffy.seed", old.answers.seed != new.answers.seed),
        ("buffy.log.format", old.log.format != new.log.format),
        (
            "buffy.admin",
            one || both.is_some_and(|(old, new)| place(old) != place(new)),
        ),
    ];
    let named = |all: &[(&'static str, bool)]| {
        let changed = all.iter().filter(|(_, changed)| *changed);
        changed.map(|(name, _)| *name).collect()
    };
    (named(&applied), named(&later))
}
