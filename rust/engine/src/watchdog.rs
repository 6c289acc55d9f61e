//! Does anything still come? For connections that stay open and fall silent.

use std::time::Duration;

/// How many times in its timeout a watchdog looks.
const LOOKS: u32 = 4;

/// Notices that something did not come for a time, at most a quarter of it late: anything (`websocket.idle.timeout.ms`), or data
/// (`websocket.data.timeout.ms`). Times are since the session began.
#[derive(Debug)]
pub struct Watchdog {
    timeout: Duration,
    /// How much had been received when it looked last; `None` before its first look.
    received: Option<u64>,
    /// Since when nothing more came, as far as it knows.
    quiet_since: Duration,
    next: Duration,
    /// Who looks late gives another chance.
    forgiving: bool,
}

impl Watchdog {
    /// For a connection that opened at `now`.
    #[must_use]
    pub fn new(timeout: Duration, now: Duration) -> Self {
        Self {
            timeout,
            received: None,
            quiet_since: now,
            next: now + timeout / LOOKS,
            forgiving: true,
        }
    }

    /// One that takes the time as it is, whether the process stood still or not.
    #[must_use]
    pub fn strict(timeout: Duration, now: Duration) -> Self {
        Self {
            forgiving: false,
            ..Self::new(timeout, now)
        }
    }

    /// When to look again.
    #[must_use]
    pub fn wake_at(&self) -> Duration {
        self.next
    }

    /// Looks: whether nothing came for too long. `received` counts what came, in whatever unit, and `listening` says whether we read what comes.
    pub fn has_run_out(&mut self, now: Duration, received: u64, listening: bool) -> bool {
        // Who looks that late stood still, and what came meanwhile may not have been read yet.
        let late = self.forgiving && now > self.next + self.timeout / LOOKS;
        if self.received != Some(received) || !listening || late {
            self.received = Some(received);
            self.quiet_since = now;
        }
        let end = self.quiet_since + self.timeout;
        self.next = end
            .min(now + self.timeout / LOOKS)
            .max(now + Duration::from_millis(1));
        now >= end
    }

    /// Nothing has been missed until now.
    pub fn restart(&mut self, now: Duration) {
        self.quiet_since = now;
        self.next = now + self.timeout / LOOKS;
    }

    /// How long nothing may come.
    #[must_use]
    pub fn timeout(&self) -> Duration {
        self.timeout
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const S: fn(u64) -> Duration = Duration::from_secs;

    #[test]
    fn silence_runs_out_after_the_timeout_and_at_most_a_quarter_later() {
        let mut watchdog = Watchdog::new(S(60), S(0));
        let mut received = 0;
        while watchdog.wake_at() < S(600) {
            received += 1;
            assert!(!watchdog.has_run_out(watchdog.wake_at(), received, true));
        }
        let silent_from = watchdog.quiet_since - S(60) / LOOKS;
        let mut now = watchdog.wake_at();
        while !watchdog.has_run_out(now, received, true) {
            now = watchdog.wake_at();
        }
        assert!(
            now >= silent_from + S(60) && now <= silent_from + S(75),
            "{now:?}"
        );
    }

    #[test]
    fn what_is_not_read_is_no_silence() {
        let mut watchdog = Watchdog::new(S(60), S(0));
        for second in (15..=495).step_by(15) {
            assert!(!watchdog.has_run_out(S(second), 0, false));
        }
        for second in (510..555).step_by(15) {
            assert!(!watchdog.has_run_out(S(second), 0, true));
        }
        assert!(watchdog.has_run_out(S(555), 0, true));
    }

    #[test]
    fn a_process_that_stood_still_listens_again_first() {
        let mut watchdog = Watchdog::new(S(60), S(0));
        assert!(!watchdog.has_run_out(S(15), 7, true));
        assert!(!watchdog.has_run_out(S(3600), 7, true));
        assert!(!watchdog.has_run_out(S(3615), 8, true));
    }
}
