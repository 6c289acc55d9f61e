//! How polls of a busy feed are kept from following each other for a few records each.

use std::time::{Duration, Instant};

use parking_lot::Mutex;

/// Remembers when records were handed over last: for a short time after that, a poll waits for more of them to come.
///
/// A feed that sends less often than that is never waited for, and neither is a poller that takes longer than that between its polls.
#[derive(Debug)]
pub struct Linger {
    time: Duration,
    handed_over: Mutex<Option<Instant>>,
}

impl Linger {
    /// Waits for `time` at most; zero: never.
    pub fn new(time: Duration) -> Self {
        Self {
            time,
            handed_over: Mutex::new(None),
        }
    }

    /// Until when a poll that begins `now` waits, if it does.
    pub fn until(&self, now: Instant) -> Option<Instant> {
        let until = (*self.handed_over.lock())? + self.time;
        (until > now).then_some(until)
    }

    /// Records were handed over `now`.
    pub fn handed_over(&self, now: Instant) {
        *self.handed_over.lock() = Some(now);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MS: Duration = Duration::from_millis(1);

    #[test]
    fn waits_only_soon_after_records() {
        let linger = Linger::new(2 * MS);
        let begin = Instant::now();
        assert_eq!(linger.until(begin), None);
        linger.handed_over(begin);
        assert_eq!(linger.until(begin), Some(begin + 2 * MS));
        assert_eq!(linger.until(begin + MS), Some(begin + 2 * MS));
        assert_eq!(linger.until(begin + 2 * MS), None);
    }

    #[test]
    fn never_waits_without_a_time() {
        let linger = Linger::new(Duration::ZERO);
        let now = Instant::now();
        linger.handed_over(now);
        assert_eq!(linger.until(now), None);
    }
}
