//! Waiting for a level, never for a time.

use std::time::{Duration, Instant};

/// The longest that anything here takes, even on a loaded machine.
const LIMIT: Duration = Duration::from_secs(30);

/// Looks until `look` is `Ok`; panics with the last thing seen when that never happens.
#[track_caller]
pub(crate) fn wait_until<T>(what: &str, mut look: impl FnMut() -> Result<T, String>) -> T {
    let until = Instant::now() + LIMIT;
    loop {
        match look() {
            Ok(value) => return value,
            Err(seen) if Instant::now() >= until => panic!("never: {what}\nlast seen:\n{seen}"),
            Err(_) => std::thread::park_timeout(Duration::from_millis(10)),
        }
    }
}
