//! What must hold for any bytes at all. Each target is a function that panics when it does not.
//!
//! `cargo xtask fuzz TARGET` searches for such bytes with libFuzzer; the same programs, built
//! without it, replay the seeds and the corpus.

mod chunked;
mod differential;
mod head_parse;
pub mod replay;
mod rule_parse;
mod template_render;

pub use chunked::chunked;
pub use differential::{Reading, differential, read_request, read_response};
pub use head_parse::head_parse;
pub use rule_parse::rule_parse;
pub use template_render::template_render;

/// Lengths of pieces in which bytes arrive, told by the bytes themselves so that a run repeats.
pub(crate) fn pieces(bytes: &[u8]) -> impl Iterator<Item = usize> {
    let start = bytes.iter().fold(bytes.len(), |sum, octet| {
        sum.wrapping_mul(31).wrapping_add(usize::from(*octet))
    });
    (0usize..).map(move |turn| 1 + (start.wrapping_add(turn.wrapping_mul(turn)) % 13))
}
