//! `GET /metrics`: the figures of this moment, gathered off the control runtime.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};

use super::Control;
use super::problem::Problem;
use crate::observe::metrics::{
    self, CONTENT_TYPE, Figures, ListenerFigures, ProcessFigures, StreamFigures, UpstreamFigures,
};
use crate::tasks;
use crate::upstream::{Upstream, UpstreamStatus};

pub(super) async fn answer(control: Arc<Control>) -> Response {
    // The system's part reads files, some of which grow with the open connections.
    match tasks::spawn_blocking(move || metrics::text(gathered(&control))).await {
        Ok(text) => ([(header::CONTENT_TYPE, CONTENT_TYPE)], text).into_response(),
        Err(error) => {
            tracing::error!(%error, "the figures could not be gathered");
            let detail = "The figures could not be gathered.";
            Problem::new(StatusCode::INTERNAL_SERVER_ERROR, detail).into_response()
        }
    }
}

fn gathered(control: &Control) -> Figures {
    let present = control.present();
    let limits = present.upstreams.first().map(|one| one.limits());
    Figures {
        version: control.version,
        started_seconds: Duration::from_millis(control.started_ms).as_secs_f64(),
        endpoints: present
            .config
            .endpoints
            .iter()
            .map(|one| one.id.clone())
            .collect(),
        counters: present.counters.clone(),
        listeners: present
            .listeners
            .iter()
            .map(|one| ListenerFigures {
                id: one.id.clone(),
                connections: count(one.connections.used()),
                connections_max: count(one.connections_max),
            })
            .collect(),
        upstreams: present.upstreams.iter().map(|one| upstream(one)).collect(),
        hooks: (present.hooks)(),
        streams: streams(control),
        held_memory: limits.map_or(0, |limits| limits.memory().taken()),
        held_spill: limits.map_or(0, |limits| limits.spill().taken()),
        reload_failed: control.reload_failed.load(Ordering::Relaxed),
        panics: count(tasks::panics()),
        process: ProcessFigures::read(),
    }
}

fn streams(control: &Control) -> Vec<StreamFigures> {
    let counts = control.answering.hubs.counts().into_iter();
    let figures = counts.map(|(endpoint, counts)| StreamFigures {
        endpoint,
        open: count(counts.open),
        opened: counts.opened,
        resumed: counts.resumed,
        dropped: counts.dropped,
    });
    figures.collect()
}

fn upstream(upstream: &Upstream) -> UpstreamFigures {
    use buffy_core::gate::TargetState;
    use buffy_core::release::RampStatus;

    let status: UpstreamStatus = upstream.status();
    UpstreamFigures {
        id: upstream.id().to_owned(),
        held: count(status.held),
        held_limit: count(status.held_limit),
        held_bytes: status.held_bytes,
        oldest: status.oldest.unwrap_or_default(),
        inflight: status.inflight,
        open: status.gate.gate == "open",
        closed: status.closed,
        targets_up: count(
            status
                .gate
                .targets
                .iter()
                .filter(|target| target.state == TargetState::Up)
                .count(),
        ),
        forced: status.gate.operator.force().is_some(),
        saturated: status.saturated,
        release_step: match status.ramp {
            RampStatus::Off => None,
            RampStatus::Probation => Some(1),
            RampStatus::Rising { step, .. } => Some(count(step)),
            RampStatus::CanaryFailed(_) => Some(0),
        },
        counts: upstream.counts(),
    }
}

fn count(value: usize) -> u64 {
    u64::try_from(value).unwrap_or(u64::MAX)
}
