//! The streams of answers, by their endpoints.

use std::fmt;

use prometheus_client::encoding::{DescriptorEncoder, NoLabelSet};
use prometheus_client::metrics::MetricType;

/// The streams of one endpoint.
#[derive(Debug)]
pub struct StreamFigures {
    pub endpoint: String,
    /// Open now.
    pub open: u64,
    /// Since the start.
    pub opened: u64,
    /// Of them, those that came back behind an event.
    pub resumed: u64,
    /// Of them, those that were cut because they did not keep up.
    pub dropped: u64,
}

type Counter = (&'static str, &'static str, fn(&StreamFigures) -> u64);

const COUNTERS: [Counter; 3] = [
    (
        "buffy_streams_opened",
        "Streams of answers that were opened",
        |one| one.opened,
    ),
    (
        "buffy_streams_resumed",
        "Streams of answers whose client came back behind an event",
        |one| one.resumed,
    ),
    (
        "buffy_streams_dropped",
        "Streams of answers that were cut because they did not keep up with what was pushed",
        |one| one.dropped,
    ),
];

pub(super) fn encode(streams: &[StreamFigures], out: &mut DescriptorEncoder) -> fmt::Result {
    let (name, help) = ("buffy_streams_open", "Open streams of answers");
    let mut metric = out.encode_descriptor(name, help, None, MetricType::Gauge)?;
    for one in streams {
        metric
            .encode_family(&[("endpoint", one.endpoint.as_str())])?
            .encode_gauge(&i64::try_from(one.open).unwrap_or(i64::MAX))?;
    }
    for (name, help, read) in COUNTERS {
        let mut metric = out.encode_descriptor(name, help, None, MetricType::Counter)?;
        for one in streams {
            metric
                .encode_family(&[("endpoint", one.endpoint.as_str())])?
                .encode_counter::<NoLabelSet, _, u64>(&read(one), None)?;
        }
    }
    Ok(())
}
