//! Numbers that look random and can be had again: the same seed, session, endpoint and count
//! give the same numbers, whatever else happened in between.
//!
//! `SplitMix64`. Good enough for chances, delays and invented data; never for secrets.

use std::convert::Infallible;

use rand::TryRng;

/// What one request throws. It is the same again for the same seed, session, endpoint and count.
#[derive(Clone, Debug)]
pub struct Dice {
    state: u64,
}

impl Dice {
    /// The dice of the `count`th request of a session at an endpoint.
    pub fn new(seed: u64, session: &str, endpoint: &str, count: u64) -> Self {
        let mut state = mixed(seed);
        for text in [session, endpoint] {
            // The end of a text counts, so that `ab` + `c` is not `a` + `bc`.
            state = mixed(hash(state, text.as_bytes()) ^ text.len() as u64);
        }
        Self {
            state: mixed(state ^ count),
        }
    }

    /// Any number.
    pub fn next_u64(&mut self) -> u64 {
        self.state = self.state.wrapping_add(STEP);
        mixed(self.state)
    }

    /// From 0 to just below 1, evenly.
    pub fn unit(&mut self) -> f64 {
        // As many bits as a float holds exactly.
        #[expect(clippy::cast_precision_loss, reason = "53 bits fit")]
        let bits = (self.next_u64() >> 11) as f64;
        bits / TWO_TO_53
    }

    /// From 0 to `end` - 1, evenly; 0 where `end` is.
    pub fn below(&mut self, end: u64) -> u64 {
        // The upper half of the product: the bias is below one in 2^64 / `end`.
        let product = u128::from(self.next_u64()) * u128::from(end);
        u64::try_from(product >> 64).unwrap_or_default()
    }

    /// A UUID of version 4 (RFC 9562 §5.4).
    pub fn uuid(&mut self) -> String {
        let (high, low) = (self.next_u64(), self.next_u64());
        let version = (high & !0xf000) | 0x4000;
        let variant = (low & (u64::MAX >> 2)) | (1 << 63);
        format!(
            "{:08x}-{:04x}-{:04x}-{:04x}-{:012x}",
            version >> 32,
            (version >> 16) & 0xffff,
            version & 0xffff,
            variant >> 48,
            variant & 0xffff_ffff_ffff,
        )
    }

    /// Normally distributed around 0, with a standard deviation of 1 (Box-Muller).
    pub fn normal(&mut self) -> f64 {
        // 1 - [0, 1) is never 0, whose logarithm is none.
        let radius = (-2.0 * (1.0 - self.unit()).ln()).sqrt();
        radius * (std::f64::consts::TAU * self.unit()).cos()
    }
}

/// What `fake` and `rand` ask for.
impl TryRng for Dice {
    type Error = Infallible;

    fn try_next_u32(&mut self) -> Result<u32, Infallible> {
        Ok(u32::try_from(self.next_u64() >> 32).unwrap_or_default())
    }

    fn try_next_u64(&mut self) -> Result<u64, Infallible> {
        Ok(self.next_u64())
    }

    fn try_fill_bytes(&mut self, bytes: &mut [u8]) -> Result<(), Infallible> {
        for chunk in bytes.chunks_mut(8) {
            for (byte, random) in chunk.iter_mut().zip(self.next_u64().to_le_bytes()) {
                *byte = random;
            }
        }
        Ok(())
    }
}

/// 2^64 divided by the golden ratio, odd: every state is met once before any is met twice.
const STEP: u64 = 0x9E37_79B9_7F4A_7C15;

const TWO_TO_53: f64 = 9_007_199_254_740_992.0;

/// FNV-1a, from a state.
fn hash(state: u64, bytes: &[u8]) -> u64 {
    bytes.iter().fold(state, |hash, &byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01B3)
    })
}

/// The finisher of `SplitMix64`: neighbours become strangers.
fn mixed(state: u64) -> u64 {
    let state = (state ^ (state >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    let state = (state ^ (state >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    state ^ (state >> 31)
}

#[cfg(test)]
mod tests;
