//! How a busy feed is kept from waking threads for a message or two at a time. A feed that is not busy is never waited for.

use std::time::{Duration, Instant};

use parking_lot::Mutex;

/// How long the engine thread does not look at the socket of a busy feed. A wake-up costs as much time on a processor as some hundred
/// messages.
const RECEIVE_LINGER: Duration = Duration::from_micros(200);

/// A feed that brings so many bytes at a time needs nobody to wait for more.
const FILLED_BYTES: u64 = 32 * 1024;

/// Between polls: for a short time after records were handed over, a poll waits for more of them to come.
///
/// A feed that sends less often than that is never waited for, and neither is a poller that takes longer than that between its polls.
#[derive(Debug)]
pub struct PollLinger {
    time: Duration,
    handed_over: Mutex<Option<Instant>>,
}

impl PollLinger {
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

/// Between reads: while data comes soon after the thread began to wait for it, and little of it, the thread sleeps before it waits again.
///
/// A timer of the runtime would not do: the runtime wakes for data while it waits for its timers.
#[derive(Debug)]
pub struct ReceiveLinger {
    enabled: bool,
    /// Since when the thread waits.
    waits_since: Option<Instant>,
    /// How much had been read then.
    bytes: u64,
}

impl ReceiveLinger {
    pub fn new(enabled: bool) -> Self {
        Self {
            enabled,
            waits_since: None,
            bytes: 0,
        }
    }

    /// The socket has run dry after `bytes` in all: how long the thread is to sleep.
    pub fn ran_dry(&mut self, now: Instant, bytes: u64) -> Option<Duration> {
        let came = bytes - self.bytes;
        if came == 0 {
            return None;
        }
        let soon = self
            .waits_since
            .is_some_and(|since| now - since < RECEIVE_LINGER);
        self.bytes = bytes;
        self.waits(now);
        (self.enabled && soon && came < FILLED_BYTES).then_some(RECEIVE_LINGER)
    }

    /// The thread begins to wait `now`.
    pub fn waits(&mut self, now: Instant) {
        self.waits_since = Some(now);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MS: Duration = Duration::from_millis(1);
    const SOON: Duration = Duration::from_micros(50);

    #[test]
    fn polls_wait_only_soon_after_records() {
        let linger = PollLinger::new(2 * MS);
        let begin = Instant::now();
        assert_eq!(linger.until(begin), None);
        linger.handed_over(begin);
        assert_eq!(linger.until(begin), Some(begin + 2 * MS));
        assert_eq!(linger.until(begin + MS), Some(begin + 2 * MS));
        assert_eq!(linger.until(begin + 2 * MS), None);
    }

    #[test]
    fn polls_never_wait_without_a_time() {
        let linger = PollLinger::new(Duration::ZERO);
        let now = Instant::now();
        linger.handed_over(now);
        assert_eq!(linger.until(now), None);
    }

    #[test]
    fn reads_wait_while_little_comes_soon() {
        let mut linger = ReceiveLinger::new(true);
        let mut now = Instant::now();
        assert_eq!(linger.ran_dry(now, 100), None, "the first data");
        now += MS;
        assert_eq!(linger.ran_dry(now, 200), None, "late");
        now += SOON;
        assert_eq!(linger.ran_dry(now, 200), None, "nothing came");
        assert_eq!(linger.ran_dry(now, 300), Some(RECEIVE_LINGER));
        now += RECEIVE_LINGER;
        linger.waits(now);
        assert_eq!(linger.ran_dry(now + SOON, 400), Some(RECEIVE_LINGER));
        now += RECEIVE_LINGER + SOON;
        linger.waits(now);
        assert_eq!(linger.ran_dry(now + SOON, 400 + FILLED_BYTES), None, "much");
    }

    #[test]
    fn reads_never_wait_when_disabled() {
        let mut linger = ReceiveLinger::new(false);
        let now = Instant::now();
        assert_eq!(linger.ran_dry(now, 100), None);
        assert_eq!(linger.ran_dry(now + SOON, 200), None);
    }
}
