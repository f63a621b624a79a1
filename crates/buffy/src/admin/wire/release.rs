//! How those who waited are let go.

use buffy_core::release::{CanaryFailed, RampStatus};
use serde::Serialize;

use super::Now;

/// How those who waited are let go.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(super) struct Release {
    /// `off`: requests pass as they come; `probation`: one goes first; `rising`: so many more in
    /// each step; `canary_failed`: the first was answered with a 5xx, and the next has to wait.
    #[cfg_attr(test, schemars(extend("enum" = ["off", "probation", "rising", "canary_failed"])))]
    ramp: &'static str,
    /// While rising: so many may be unfinished.
    #[serde(skip_serializing_if = "Option::is_none")]
    step: Option<usize>,
    /// While rising: so many are.
    #[serde(skip_serializing_if = "Option::is_none")]
    unfinished: Option<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    canary: Option<Canary>,
    /// Every target that is up has as many requests on their way as it may.
    saturated: bool,
}

/// The canary that failed last.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct Canary {
    /// What it was answered with.
    status: u16,
    /// In a row.
    failures: u32,
    /// When the next one goes, at the earliest. RFC 3339.
    next: String,
}

impl Release {
    pub(super) fn of(ramp: RampStatus, saturated: bool, now: Now) -> Self {
        let (word, step, unfinished, canary) = match ramp {
            RampStatus::Off => ("off", None, None, None),
            RampStatus::Probation => ("probation", None, None, None),
            RampStatus::Rising { step, unfinished } => {
                ("rising", Some(step), Some(unfinished), None)
            }
            RampStatus::CanaryFailed(CanaryFailed {
                status,
                failures,
                next,
            }) => {
                let canary = Canary {
                    status,
                    failures,
                    next: now.at(next),
                };
                ("canary_failed", None, None, Some(canary))
            }
        };
        Self {
            ramp: word,
            step,
            unfinished,
            canary,
            saturated,
        }
    }
}
