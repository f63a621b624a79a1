//! Whose turn it is, by weight.

/// Smooth weighted round robin: of targets with weights 2 and 1 it makes `0 1 0 0 1 0 …`.
#[derive(Clone, Debug, Default)]
pub struct RoundRobin {
    /// By target: what it is owed.
    owed: Vec<i64>,
}

impl RoundRobin {
    /// The next of those whose bit is set in `of`; none where no bit of a known target is.
    /// `weights` by target, 64 at most.
    pub fn next(&mut self, weights: &[u32], of: u64) -> Option<usize> {
        self.owed.resize(weights.len(), 0);
        let mut total = 0;
        let mut best: Option<(usize, i64)> = None;
        for (index, (owed, weight)) in self.owed.iter_mut().zip(weights).enumerate() {
            if of >> index & 1 == 0 {
                continue;
            }
            let weight = i64::from(*weight).max(1);
            total += weight;
            *owed += weight;
            if best.is_none_or(|(_, most)| *owed > most) {
                best = Some((index, *owed));
            }
        }
        let (index, _) = best?;
        if let Some(owed) = self.owed.get_mut(index) {
            *owed -= total;
        }
        Some(index)
    }
}

#[cfg(test)]
mod tests {
    use super::RoundRobin;

    fn turns(weights: &[u32], of: u64, count: usize) -> Vec<usize> {
        let mut round_robin = RoundRobin::default();
        (0..count)
            .filter_map(|_| round_robin.next(weights, of))
            .collect()
    }

    #[test]
    fn turns_are_taken_by_weight_and_spread() {
        assert_eq!(turns(&[1, 1, 1], 0b111, 6), [0, 1, 2, 0, 1, 2]);
        assert_eq!(turns(&[2, 1], 0b11, 6), [0, 1, 0, 0, 1, 0]);
        assert_eq!(turns(&[5, 1], 0b11, 6), [0, 0, 0, 1, 0, 0]);
    }

    #[test]
    fn who_is_out_has_no_turn_and_is_owed_nothing() {
        assert_eq!(turns(&[1, 1, 1], 0b101, 4), [0, 2, 0, 2]);
        assert!(turns(&[1, 1], 0, 4).is_empty());
        assert!(turns(&[], 1, 4).is_empty());
        let mut round_robin = RoundRobin::default();
        for _ in 0..10 {
            assert_eq!(round_robin.next(&[1, 1], 0b01), Some(0));
        }
        let after: Vec<_> = (0..4)
            .filter_map(|_| round_robin.next(&[1, 1], 0b11))
            .collect();
        assert_eq!(after, [0, 1, 0, 1]);
    }
}
