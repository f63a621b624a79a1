//! How long answers took, as a `delay`.

/// Fewer tell nothing of how they are spread.
const SPREAD_SAMPLES_MIN: usize = 5;
/// A shorter wait is the network's.
const WAIT_MS_MIN: u64 = 5;

/// The `delay` of what took so many milliseconds, if it took any.
pub(super) fn delay(waits: &[u64]) -> Option<String> {
    let mut sorted = waits.to_vec();
    sorted.sort_unstable();
    let median = *sorted.get(sorted.len() / 2)?;
    if median < WAIT_MS_MIN {
        return None;
    }
    if sorted.len() < SPREAD_SAMPLES_MIN {
        return Some(format!("{median}ms"));
    }
    let sigma = sigma(&sorted);
    if sigma < 0.05 {
        return Some(format!("{median}ms"));
    }
    Some(format!("lognormal({median}ms, {sigma:.2})"))
}

/// The deviation of the logarithms.
#[expect(
    clippy::cast_precision_loss,
    reason = "milliseconds and counts of samples are far below 2^52"
)]
fn sigma(waits: &[u64]) -> f64 {
    let logs: Vec<f64> = waits
        .iter()
        .map(|&wait| (wait.max(1) as f64).ln())
        .collect();
    let count = logs.len() as f64;
    let mean = logs.iter().sum::<f64>() / count;
    let variance = logs.iter().map(|log| (log - mean).powi(2)).sum::<f64>() / count;
    variance.sqrt()
}
