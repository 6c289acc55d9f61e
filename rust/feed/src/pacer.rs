//! How many messages are due.

use std::time::Duration;

use tokio::time::Instant;

/// Messages that fall due within one tick are sent together, which keeps high rates cheap.
const TICK: Duration = Duration::from_millis(5);
/// With bursts, the last second of each ten brings five times the rate.
const BURST_PERIOD: f64 = 10.0;
const BURST_LENGTH: f64 = 1.0;
const BURST_FACTOR: f64 = 5.0;

/// Keeps a rate in the long run: what was missed is made up for.
#[derive(Debug)]
pub(crate) struct Pacer {
    /// Messages per second; 0: no limit.
    rate: f64,
    bursts: bool,
    start: Instant,
    given: u64,
}

impl Pacer {
    pub fn new(rate: f64, bursts: bool, now: Instant) -> Self {
        Self {
            rate,
            bursts,
            start: now,
            given: 0,
        }
    }

    /// Starts afresh: nothing is due for the time before `now`.
    pub fn restart(&mut self, now: Instant) {
        self.start = now;
        self.given = 0;
    }

    /// Messages that may be sent now. The first is due at once.
    pub fn due(&self, now: Instant) -> u64 {
        if self.rate == 0.0 {
            return u64::MAX;
        }
        let elapsed = now.duration_since(self.start).as_secs_f64();
        let total = (self.weighted(elapsed) * self.rate) as u64 + 1;
        total.saturating_sub(self.given)
    }

    /// Seconds, those of bursts counted several times.
    fn weighted(&self, seconds: f64) -> f64 {
        if !self.bursts {
            return seconds;
        }
        let periods = (seconds / BURST_PERIOD).floor();
        let in_burst = (seconds - periods * BURST_PERIOD - (BURST_PERIOD - BURST_LENGTH)).max(0.0);
        seconds + (periods * BURST_LENGTH + in_burst) * (BURST_FACTOR - 1.0)
    }

    pub fn sent(&mut self, count: u64) {
        self.given += count;
    }

    /// When to look again. Only for a rate other than 0.
    pub fn next(&self, now: Instant) -> Instant {
        if self.bursts {
            return now + TICK;
        }
        let due =
            Duration::try_from_secs_f64(self.given as f64 / self.rate).unwrap_or(Duration::MAX);
        let due = self
            .start
            .checked_add(due)
            .unwrap_or(now + Duration::from_secs(3600));
        due.max(now + TICK)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn after(pacer: &Pacer, seconds: f64) -> Instant {
        pacer.start + Duration::from_secs_f64(seconds)
    }

    #[test]
    fn gives_what_is_due() {
        let mut pacer = Pacer::new(1000.0, false, Instant::now());
        assert_eq!(pacer.due(pacer.start), 1);
        assert_eq!(pacer.due(after(&pacer, 2.0)), 2001);
        pacer.sent(2001);
        assert_eq!(pacer.due(after(&pacer, 2.0)), 0);
        assert_eq!(pacer.next(after(&pacer, 2.0)), after(&pacer, 2.0) + TICK);
        assert_eq!(pacer.due(after(&pacer, 2.5)), 500);
    }

    #[test]
    fn waits_for_the_next_message_of_a_slow_rate() {
        let mut pacer = Pacer::new(0.5, false, Instant::now());
        pacer.sent(pacer.due(pacer.start));
        assert_eq!(pacer.next(after(&pacer, 0.1)), after(&pacer, 2.0));
        assert_eq!(pacer.due(after(&pacer, 1.999)), 0);
        assert_eq!(pacer.due(after(&pacer, 2.0)), 1);
    }

    #[test]
    fn makes_up_for_nothing_after_a_restart() {
        let mut pacer = Pacer::new(1000.0, false, Instant::now());
        let later = after(&pacer, 60.0);
        pacer.restart(later);
        assert_eq!(pacer.due(later), 1);
    }

    #[test]
    fn bursts_in_the_last_second_of_ten() {
        let pacer = Pacer::new(100.0, true, Instant::now());
        assert_eq!(pacer.due(after(&pacer, 9.0)), 901);
        assert_eq!(pacer.due(after(&pacer, 10.0)), 1401);
        assert_eq!(pacer.due(after(&pacer, 19.0)), 2301);
    }

    #[test]
    fn knows_no_limit_at_rate_0() {
        let mut pacer = Pacer::new(0.0, false, Instant::now());
        pacer.sent(1_000_000);
        assert_eq!(pacer.due(pacer.start), u64::MAX);
    }
}
