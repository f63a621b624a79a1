//! Why a block of commands is not run here.

use std::fmt;

use super::block::Kind;
use super::page::Page;

/// What a block needs that a build machine does not have; each is named in CONTRIBUTING.md.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Reason {
    /// An engine that runs containers.
    Docker,
    /// A Kubernetes cluster.
    Cluster,
    /// A repository at GitHub, and its runners.
    Github,
    /// A project at GitLab, and its runners.
    Gitlab,
    /// systemd, as the machine's first process.
    Systemd,
    /// Rights over the machine.
    Root,
    /// Other machines.
    Network,
    /// What a release has published.
    Release,
    /// Minutes: a release build, a whole test run.
    Time,
}

impl Reason {
    pub(super) const ALL: [(&'static str, Reason); 9] = [
        ("docker", Reason::Docker),
        ("cluster", Reason::Cluster),
        ("github", Reason::Github),
        ("gitlab", Reason::Gitlab),
        ("systemd", Reason::Systemd),
        ("root", Reason::Root),
        ("network", Reason::Network),
        ("release", Reason::Release),
        ("time", Reason::Time),
    ];

    pub(super) fn named(name: &str) -> Option<Reason> {
        let found = Reason::ALL.iter().find(|(known, _)| *known == name);
        found.map(|(_, reason)| *reason)
    }
}

/// How many blocks ran, and how many did not, by reason.
pub(super) struct Skipped {
    run: usize,
    by_reason: Vec<(&'static str, usize)>,
}

impl Skipped {
    pub(super) fn of(pages: &[&Page]) -> Skipped {
        let blocks = || pages.iter().flat_map(|page| &page.blocks);
        let count = |reason| {
            let needs = |kind: &Kind| matches!(kind, Kind::Told(needs) if needs.contains(&reason));
            blocks().filter(|block| needs(&block.kind)).count()
        };
        let by_reason = Reason::ALL.map(|(name, reason)| (name, count(reason)));
        Skipped {
            run: pages.iter().map(|page| page.blocks_run()).sum(),
            by_reason: by_reason.into_iter().filter(|(_, n)| *n > 0).collect(),
        }
    }
}

impl fmt::Display for Skipped {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{} blocks run; not run", self.run)?;
        if self.by_reason.is_empty() {
            return write!(formatter, ": none");
        }
        for (index, (name, count)) in self.by_reason.iter().enumerate() {
            let before = if index == 0 { ", for want of" } else { "," };
            write!(formatter, "{before} {name}: {count}")?;
        }
        Ok(())
    }
}
