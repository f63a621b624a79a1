//! The figures as text: the `OpenMetrics` format, which Prometheus reads.

use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;

use prometheus_client::collector::Collector;
use prometheus_client::encoding::{DescriptorEncoder, NoLabelSet, text};
use prometheus_client::metrics::MetricType;
use prometheus_client::registry::Registry;

use super::counters::{CODE_CLASSES, HOLD_BOUNDS_MS, HoldSum};
use super::figures::{Figures, ListenerFigures, ProcessFigures, UpstreamFigures};
use super::gate_counts::{GateCounted, PROBE_BOUNDS_MS};
use super::{NO_ENDPOINT, Outcome, Retry, streams};

/// The media type of [`text()`].
pub const CONTENT_TYPE: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/// The figures in the `OpenMetrics` text format.
pub fn text(figures: Figures) -> String {
    let mut registry = Registry::default();
    registry.register_collector(Box::new(figures));
    let mut text = String::new();
    text::encode(&mut text, &registry).expect("a String takes all that is written to it");
    text
}

impl Collector for Figures {
    fn encode(&self, mut encoder: DescriptorEncoder) -> fmt::Result {
        let out = &mut encoder;
        self.encode_requests(out)?;
        self.encode_holds(out)?;
        self.encode_retries(out)?;
        for gauge in LISTENER_GAUGES {
            encode_gauge(out, gauge.0, gauge.1, "listener", &self.listeners, |one| {
                (one.id.as_str(), gauge.2(one))
            })?;
        }
        for gauge in UPSTREAM_GAUGES {
            encode_gauge(out, gauge.0, gauge.1, "upstream", &self.upstreams, |one| {
                (one.id.as_str(), gauge.2(one))
            })?;
        }
        self.encode_gates(out)?;
        self.encode_hooks(out)?;
        streams::encode(&self.streams, out)?;
        let help = "1 where the newest reload of the configuration was applied, or there was none; 0 where it was refused, and the one before it stands";
        out.encode_descriptor(
            "buffy_config_last_reload_successful",
            help,
            None,
            MetricType::Gauge,
        )?
        .encode_gauge(&u32::from(!self.reload_failed))?;
        for (name, help, value) in [
            (
                "buffy_held_memory_bytes",
                "Bytes of the bodies of held requests that are kept in memory",
                self.held_memory,
            ),
            (
                "buffy_held_spill_bytes",
                "Bytes of the bodies of held requests that are kept in files",
                self.held_spill,
            ),
        ] {
            out.encode_descriptor(name, help, None, MetricType::Gauge)?
                .encode_gauge(&count(value))?;
        }
        let help = "Panics: each ended a connection, or Buffy; please report it";
        out.encode_descriptor("buffy_panics", help, None, MetricType::Counter)?
            .encode_counter::<NoLabelSet, _, u64>(&self.panics, None)?;
        encode_process(out, &self.process, self.started_seconds)?;
        out.encode_descriptor("buffy_build", "The Buffy that runs", None, MetricType::Info)?
            .encode_info(&[("version", self.version)])
    }
}

type Gauge<T> = (&'static str, &'static str, fn(&T) -> f64);

const LISTENER_GAUGES: [Gauge<ListenerFigures>; 2] = [
    ("buffy_connections", "Open client connections", |one| {
        count(one.connections)
    }),
    (
        "buffy_connections_limit",
        "Client connections at most",
        |one| count(one.connections_max),
    ),
];

const UPSTREAM_GAUGES: [Gauge<UpstreamFigures>; 13] = [
    ("buffy_held_requests", "Requests that wait", |one| {
        count(one.held)
    }),
    ("buffy_held_limit", "Requests that may wait", |one| {
        count(one.held_limit)
    }),
    (
        "buffy_held_bytes",
        "Bytes of the heads and bodies of requests that wait",
        |one| count(one.held_bytes),
    ),
    (
        "buffy_held_oldest_age_seconds",
        "How long the oldest request has waited",
        |one| one.oldest.as_secs_f64(),
    ),
    (
        "buffy_inflight",
        "Requests between admission and the end of their exchange",
        |one| count(one.inflight),
    ),
    ("buffy_gate_open", "1 where requests pass, else 0", |one| {
        flag(one.open)
    }),
    (
        "buffy_gate_closed_seconds",
        "How long requests have not passed, in all",
        |one| one.closed.as_secs_f64(),
    ),
    (
        "buffy_gate_forced",
        "1 while an operator overrides the autogate",
        |one| flag(one.forced),
    ),
    ("buffy_upstream_up", "1 where a target is up", |one| {
        flag(one.targets_up > 0)
    }),
    ("buffy_targets_up", "Targets that are up", |one| {
        count(one.targets_up)
    }),
    (
        "buffy_saturated",
        "1 where every target that is up has `max_inflight` requests on their way",
        |one| flag(one.saturated),
    ),
    (
        "buffy_release_ramp",
        "1 while those who waited are let go step by step",
        |one| flag(one.release_step.is_some()),
    ),
    (
        "buffy_release_step",
        "Requests that may be unfinished at this step of a ramp; 0 without one",
        |one| count(one.release_step.unwrap_or(0)),
    ),
];

impl Figures {
    fn encode_requests(&self, out: &mut DescriptorEncoder) -> fmt::Result {
        let help = "Requests that have ended, by how they ended";
        let mut metric =
            out.encode_descriptor("buffy_requests", help, None, MetricType::Counter)?;
        let endpoints = self.endpoints.iter().map(String::as_str).enumerate();
        // An endpoint always has an id, so that none is nobody's.
        for (index, endpoint) in endpoints.chain([(NO_ENDPOINT, "")]) {
            for outcome in Outcome::ALL {
                for (class, code_class) in CODE_CLASSES.into_iter().enumerate() {
                    let sum: u64 = self
                        .counters
                        .iter()
                        .map(|counters| counters.requests(index, outcome, class))
                        .sum();
                    if sum > 0 {
                        let labels = [
                            ("endpoint", endpoint),
                            ("outcome", outcome.name()),
                            ("code_class", code_class),
                        ];
                        metric
                            .encode_family(&labels)?
                            .encode_counter::<NoLabelSet, _, u64>(&sum, None)?;
                    }
                }
            }
        }
        Ok(())
    }

    fn encode_holds(&self, out: &mut DescriptorEncoder) -> fmt::Result {
        let (name, help) = ("buffy_hold_duration_seconds", "How long requests waited");
        let mut metric = out.encode_descriptor(name, help, None, MetricType::Histogram)?;
        for outcome in Outcome::ALL {
            let mut sum = HoldSum::default();
            for counters in &self.counters {
                counters.add_holds(outcome, &mut sum);
            }
            let holds: u64 = sum.buckets.iter().sum();
            if holds > 0 {
                metric
                    .encode_family(&[("outcome", outcome.name())])?
                    .encode_histogram::<NoLabelSet>(
                        Duration::from_nanos(sum.nanos).as_secs_f64(),
                        holds,
                        &buckets(&HOLD_BOUNDS_MS, &sum.buckets),
                        None,
                    )?;
            }
        }
        Ok(())
    }

    fn encode_retries(&self, out: &mut DescriptorEncoder) -> fmt::Result {
        let help = "Requests that were tried again";
        let mut metric = out.encode_descriptor("buffy_retries", help, None, MetricType::Counter)?;
        for class in Retry::ALL {
            let sum: u64 = self
                .counters
                .iter()
                .map(|counters| counters.retries(class))
                .sum();
            metric
                .encode_family(&[("class", class.name())])?
                .encode_counter::<NoLabelSet, _, u64>(&sum, None)?;
        }
        Ok(())
    }

    fn encode_gates(&self, out: &mut DescriptorEncoder) -> fmt::Result {
        let counted: Vec<(&str, GateCounted)> = self
            .upstreams
            .iter()
            .map(|one| (one.id.as_str(), one.counts.now()))
            .collect();

        let (name, help) = ("buffy_gate_transitions", "Changes of a gate's verdict");
        let mut metric = out.encode_descriptor(name, help, None, MetricType::Counter)?;
        for (upstream, counts) in &counted {
            for (&(to, cause), moves) in &counts.moves {
                metric
                    .encode_family(&[("upstream", *upstream), ("to", to), ("cause", cause)])?
                    .encode_counter::<NoLabelSet, _, u64>(moves, None)?;
            }
        }

        let (name, help) = (
            "buffy_probe_duration_seconds",
            "How long probes and polls took",
        );
        let mut metric = out.encode_descriptor(name, help, None, MetricType::Histogram)?;
        for (upstream, counts) in &counted {
            metric
                .encode_family(&[("upstream", *upstream)])?
                .encode_histogram::<NoLabelSet>(
                    counts.probes_took.as_secs_f64(),
                    counts.probes.iter().sum(),
                    &buckets(&PROBE_BOUNDS_MS, &counts.probes),
                    None,
                )?;
        }

        let (name, help) = ("buffy_probe_failures", "Probes and polls that failed");
        let mut metric = out.encode_descriptor(name, help, None, MetricType::Counter)?;
        for (upstream, counts) in &counted {
            for (&reason, failures) in &counts.failures {
                metric
                    .encode_family(&[("upstream", *upstream), ("reason", reason)])?
                    .encode_counter::<NoLabelSet, _, u64>(failures, None)?;
            }
        }
        Ok(())
    }

    fn encode_hooks(&self, out: &mut DescriptorEncoder) -> fmt::Result {
        let (name, help) = (
            "buffy_hook_deliveries",
            "What became of deliveries to hooks",
        );
        let mut metric = out.encode_descriptor(name, help, None, MetricType::Counter)?;
        // Listeners may have a hook each; they are one in the figures.
        let mut results = BTreeMap::new();
        for hook in &self.hooks {
            for (result, deliveries) in [
                ("ok", hook.ok),
                ("failed", hook.failed),
                ("dropped", hook.dropped),
            ] {
                *results.entry((hook.hook, result)).or_insert(0) += deliveries;
            }
        }
        for ((hook, result), deliveries) in results {
            metric
                .encode_family(&[("hook", hook), ("result", result)])?
                .encode_counter::<NoLabelSet, _, u64>(&deliveries, None)?;
        }
        Ok(())
    }
}

/// One gauge of many things.
fn encode_gauge<'a, T>(
    out: &mut DescriptorEncoder,
    name: &str,
    help: &str,
    label: &str,
    things: &'a [T],
    read: impl Fn(&'a T) -> (&'a str, f64),
) -> fmt::Result {
    let mut metric = out.encode_descriptor(name, help, None, MetricType::Gauge)?;
    for (id, value) in things.iter().map(read) {
        metric.encode_family(&[(label, id)])?.encode_gauge(&value)?;
    }
    Ok(())
}

fn encode_process(
    out: &mut DescriptorEncoder,
    process: &ProcessFigures,
    started_seconds: f64,
) -> fmt::Result {
    let gauges = [
        (
            "process_start_time_seconds",
            "Since the Unix epoch",
            Some(started_seconds),
        ),
        (
            "process_resident_memory_bytes",
            "Memory in use",
            process.resident_bytes.map(count),
        ),
        (
            "process_open_fds",
            "Open descriptors",
            process.open_fds.map(count),
        ),
        (
            "process_max_fds",
            "Descriptors at most",
            process.max_fds.map(count),
        ),
    ];
    for (name, help, value) in gauges {
        if let Some(value) = value {
            out.encode_descriptor(name, help, None, MetricType::Gauge)?
                .encode_gauge(&value)?;
        }
    }
    if let Some(cpu) = process.cpu_seconds {
        let (name, help) = ("process_cpu_seconds", "Processor time spent");
        out.encode_descriptor(name, help, None, MetricType::Counter)?
            .encode_counter::<NoLabelSet, _, u64>(&cpu, None)?;
    }
    Ok(())
}

fn flag(is: bool) -> f64 {
    f64::from(u8::from(is))
}

/// Upper bounds in seconds, each with its own count; the last has none above it.
fn buckets(bounds_ms: &[u64], counts: &[u64]) -> Vec<(f64, u64)> {
    bounds_ms
        .iter()
        .map(|&bound| Duration::from_millis(bound).as_secs_f64())
        .chain([f64::INFINITY])
        .zip(counts.iter().copied())
        .collect()
}

#[expect(
    clippy::cast_precision_loss,
    reason = "exact up to 2^53, which no count here reaches"
)]
fn count(value: u64) -> f64 {
    value as f64
}
