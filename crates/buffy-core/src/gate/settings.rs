//! What a gate is told by its configuration.

use std::time::Duration;

use crate::config::{GateInitial, HealthCheck, Unmatched, Unreachable, Upstream};

/// A gate's part of an upstream's configuration.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settings {
    pub initial: GateInitial,
    /// 1 to 64.
    pub targets: Vec<TargetSettings>,
    pub health: HealthSettings,
    pub autogate: Option<AutogateSettings>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TargetSettings {
    /// For people.
    pub url: String,
}

/// Of every target.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HealthSettings {
    pub kind: HealthKind,
    /// Good probes in a row until up; 0 counts as 1.
    pub rise: u32,
    /// Bad probes in a row until down; 0 counts as 1.
    pub fall: u32,
}

/// What is believed of a target's health.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HealthKind {
    /// A connection stands: probes and passive evidence say the same, and it has no age.
    Tcp,
    /// A probe's answer: it alone says that a target is up, and it has an age.
    Http,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AutogateSettings {
    /// Of the status document, for people.
    pub url: String,
    /// OPENs in a row until open; 0 counts as 1.
    pub rise: u32,
    /// Misses in a row until `unreachable` counts; 0 counts as 1.
    pub fall: u32,
    pub unmatched: Unmatched,
    pub unreachable: Unreachable,
    /// From the first OPEN until open, at least.
    pub settle: Duration,
}

impl Settings {
    /// The gate's part of an upstream's configuration.
    pub fn of(upstream: &Upstream) -> Self {
        let kind = match upstream.health.check {
            HealthCheck::Tcp => HealthKind::Tcp,
            HealthCheck::Http { .. } => HealthKind::Http,
        };
        Self {
            initial: upstream.gate.initial,
            targets: upstream
                .targets
                .iter()
                .map(|target| TargetSettings {
                    url: target.url.clone(),
                })
                .collect(),
            health: HealthSettings {
                kind,
                rise: upstream.health.rise,
                fall: upstream.health.fall,
            },
            autogate: upstream.autogate.as_ref().map(|autogate| AutogateSettings {
                url: autogate.uri.shown(),
                rise: autogate.rise,
                fall: autogate.fall,
                unmatched: autogate.unmatched,
                unreachable: autogate.unreachable,
                settle: autogate.settle,
            }),
        }
    }
}
