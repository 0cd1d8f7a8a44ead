//! Samples and what is said of them.

use std::time::{Duration, Instant};

/// Samples in order.
#[derive(Debug, Clone)]
pub(super) struct Samples(Vec<f64>);

impl Samples {
    /// Sorts the samples; there must be at least one.
    pub(super) fn new(mut values: Vec<f64>) -> Self {
        values.sort_by(f64::total_cmp);
        Self(values)
    }

    /// The sample below which this share (0 to 1) of all lie.
    pub(super) fn at(&self, share: f64) -> f64 {
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            clippy::cast_precision_loss,
            reason = "an index below the number of samples"
        )]
        let index = (self.0.len().saturating_sub(1) as f64 * share).round() as usize;
        self.0.get(index).copied().unwrap_or(f64::NAN)
    }

    pub(super) fn median(&self) -> f64 {
        self.at(0.5)
    }

    /// Fastest, median, p95 and number.
    pub(super) fn spread(&self) -> String {
        use super::figure::number;
        let [min, mid, high] = [0.0, 0.5, 0.95].map(|share| number(self.at(share)));
        format!("min {min}, median {mid}, p95 {high} of {}", self.0.len())
    }
}

/// How long it took in milliseconds.
pub(super) fn timed<T>(work: impl FnOnce() -> T) -> (f64, T) {
    let begun = Instant::now();
    let done = work();
    (millis(begun.elapsed()), done)
}

pub(super) fn millis(duration: Duration) -> f64 {
    duration.as_secs_f64() * 1000.0
}

/// The wall clock in milliseconds since 1970, as the scripted agent's log has it.
pub(super) fn wall() -> f64 {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
    millis(since)
}
