//! Waiting for a level.

use std::thread;
use std::time::{Duration, Instant};

/// The pause between two looks.
const PAUSE: Duration = Duration::from_millis(20);

/// Looks again and again until `look` answers `Ok`, and returns that. Panics after `timeout` with what was waited for
/// and the last `Err`, which says what was seen instead.
#[track_caller]
pub fn wait_until<T>(what: &str, timeout: Duration, mut look: impl FnMut() -> Result<T, String>) -> T {
    let start = Instant::now();
    loop {
        match look() {
            Ok(value) => return value,
            Err(seen) if start.elapsed() >= timeout => {
                panic!("waited {:.1} s until {what}; last seen: {seen}", start.elapsed().as_secs_f64())
            }
            Err(_) => thread::sleep(PAUSE),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_value_is_returned_as_soon_as_it_is_there() {
        let mut looks = 0;
        let value = wait_until("the third look", Duration::from_secs(5), || {
            looks += 1;
            if looks == 3 { Ok(looks) } else { Err(format!("look {looks}")) }
        });
        assert_eq!(value, 3);
    }

    #[test]
    #[should_panic(expected = "until the moon is green; last seen: white")]
    fn the_panic_says_what_was_seen_last() {
        wait_until::<()>("the moon is green", Duration::ZERO, || Err("white".into()));
    }
}
