//! What was answered once, made into a configuration that answers the same.
//!
//! [`Sample`]s come from live traffic, already without secrets. [`merge`] finds paths of one shape,
//! the parts of a request that its answer depends on, and how long answers took: rules, and not a
//! dump. Nothing here listens, reads or writes.

mod cases;
mod endpoint;
mod plan;
mod redact;
mod sample;
mod shape;
mod streamed;
mod timing;
mod unify;
mod yaml;

#[cfg(test)]
mod tests;

pub use redact::REDACTED;
pub use sample::{Body, Piece, Raw, Sample, Streamed};

/// A configuration of samples, and the files that it names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Recorded {
    pub yaml: String,
    /// Paths relative to the configuration's folder, and what stands in them.
    pub files: Vec<(String, Vec<u8>)>,
    /// Samples that are in it.
    pub samples: usize,
    /// Samples that are not, since more of their answers was sent than is kept.
    pub left_out: usize,
    pub endpoints: usize,
}

/// Makes a configuration of samples, in the order in which they came. `upstream` is where they come
/// from, `folder` where the files go that it names.
pub fn merge(samples: &[Sample], upstream: &str, folder: &str) -> Recorded {
    let whole: Vec<&Sample> = samples
        .iter()
        .filter(|sample| sample.body != Body::Left)
        .collect();
    let endpoints = endpoint::group(&whole);
    let (text, files) = yaml::write(&endpoints, folder);
    let head = format!(
        "# Recorded from {upstream}. Answers: {}; endpoints: {}.\n",
        whole.len(),
        endpoints.len()
    );
    let left_out = samples.len() - whole.len();
    let longer = if left_out == 0 {
        String::new()
    } else {
        format!("# Left out, since they were longer than what is kept: {left_out}.\n")
    };
    Recorded {
        yaml: head + &longer + &text,
        files,
        samples: whole.len(),
        left_out,
        endpoints: endpoints.len(),
    }
}
