//! Percentiles of durations.

use serde::{Deserialize, Serialize};

/// How long something took, over several times.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Latency {
    /// How often it was measured.
    pub count: usize,
    /// Half of them took no longer (milliseconds); nothing when none was measured.
    pub p50_ms: Option<u64>,
    /// 95 of 100 took no longer (milliseconds); nothing when none was measured.
    pub p95_ms: Option<u64>,
}

impl Latency {
    /// Of these durations (milliseconds), in any order.
    pub fn of(durations: impl IntoIterator<Item = u64>) -> Self {
        let mut sorted: Vec<u64> = durations.into_iter().collect();
        sorted.sort_unstable();
        Self { count: sorted.len(), p50_ms: percentile(&sorted, 50), p95_ms: percentile(&sorted, 95) }
    }
}

/// The smallest of the sorted values below or at which so many of a hundred lie: a value that was measured, never one in
/// between.
fn percentile(sorted: &[u64], percent: usize) -> Option<u64> {
    let rank = (sorted.len() * percent).div_ceil(100);
    sorted.get(rank.max(1) - 1).copied()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_are_values_that_were_measured() {
        assert_eq!(Latency::of([]), Latency::default());
        let one = Latency::of([7]);
        assert_eq!((one.count, one.p50_ms, one.p95_ms), (1, Some(7), Some(7)));
        let hundred = Latency::of((1..=100).rev());
        assert_eq!((hundred.p50_ms, hundred.p95_ms), (Some(50), Some(95)));
        assert_eq!(Latency::of([1, 1, 1, 9]).p95_ms, Some(9), "the slowest of a few is not hidden");
    }
}
