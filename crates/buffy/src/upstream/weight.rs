//! What held requests weigh: bytes of their bodies, for people to see. The limits are elsewhere.

use std::sync::atomic::{AtomicU64, Ordering};

/// Bytes of the bodies of the requests that one upstream holds.
#[derive(Debug, Default)]
pub struct Bodies(AtomicU64);

impl Bodies {
    /// The part of one request, nothing as yet.
    pub fn weigh(&self) -> Weight<'_> {
        Weight {
            bodies: self,
            bytes: 0,
        }
    }

    pub(super) fn bytes(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}

/// Bytes of one held request's body; taken out of the sum when dropped.
#[derive(Debug)]
pub struct Weight<'u> {
    bodies: &'u Bodies,
    bytes: u64,
}

impl Weight<'_> {
    /// So many now.
    pub fn set(&mut self, bytes: u64) {
        if bytes > self.bytes {
            self.bodies
                .0
                .fetch_add(bytes - self.bytes, Ordering::Relaxed);
        } else if bytes < self.bytes {
            self.bodies
                .0
                .fetch_sub(self.bytes - bytes, Ordering::Relaxed);
        }
        self.bytes = bytes;
    }
}

impl Drop for Weight<'_> {
    fn drop(&mut self) {
        self.set(0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sum_is_of_those_who_are_held() {
        let bodies = Bodies::default();
        let (mut first, mut second) = (bodies.weigh(), bodies.weigh());
        first.set(70);
        second.set(30);
        first.set(100);
        assert_eq!(bodies.bytes(), 130);
        first.set(10);
        drop(second);
        assert_eq!(bodies.bytes(), 10);
        drop(first);
        assert_eq!(bodies.bytes(), 0);
    }
}
