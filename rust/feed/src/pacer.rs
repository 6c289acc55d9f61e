//! How many messages are due.

use std::time::Duration;

use tokio::time::Instant;

/// Messages that fall due within one tick are sent together, which keeps high rates cheap.
const TICK: Duration = Duration::from_millis(5);
/// "Never", for timers.
pub(crate) const FAR: Duration = Duration::from_secs(365 * 86_400);
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
    /// Messages allowed since the start, as of the last tick.
    granted: u64,
    given: u64,
    next_tick: Instant,
}

impl Pacer {
    pub fn new(rate: f64, bursts: bool, now: Instant) -> Self {
        Self {
            rate,
            bursts,
            start: now,
            granted: 0,
            given: 0,
            next_tick: now,
        }
    }

    /// Starts afresh: nothing is due for the time before `now`.
    pub fn restart(&mut self, now: Instant) {
        *self = Self::new(self.rate, self.bursts, now);
    }

    /// Messages that may be sent now. The first is due at once.
    pub fn due(&mut self, now: Instant) -> u64 {
        if self.rate == 0.0 {
            return u64::MAX;
        }
        if now >= self.next_tick {
            let elapsed = now.duration_since(self.start).as_secs_f64();
            self.granted = (self.weighted(elapsed) * self.rate) as u64 + 1;
            self.next_tick = now + TICK;
        }
        self.granted.saturating_sub(self.given)
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

    /// When more is due, once nothing is. Only for a rate other than 0.
    pub fn next(&self) -> Instant {
        if self.bursts {
            return self.next_tick;
        }
        let due = Duration::try_from_secs_f64(self.given as f64 / self.rate)
            .unwrap_or(FAR)
            .min(FAR);
        self.next_tick.max(self.start + due)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A pacer and a clock that gives the instant so many seconds after its start.
    fn pacer(rate: f64, bursts: bool) -> (Pacer, impl Fn(f64) -> Instant) {
        let start = Instant::now();
        (Pacer::new(rate, bursts, start), move |seconds| {
            start + Duration::from_secs_f64(seconds)
        })
    }

    #[test]
    fn gives_what_is_due() {
        let (mut pacer, at) = pacer(1000.0, false);
        assert_eq!(pacer.due(at(0.0)), 1);
        assert_eq!(pacer.due(at(2.0)), 2001);
        pacer.sent(2000);
        assert_eq!(pacer.due(at(2.001)), 1);
        pacer.sent(1);
        assert_eq!(pacer.due(at(2.001)), 0);
        assert_eq!(pacer.next(), at(2.0) + TICK);
        assert_eq!(pacer.due(at(2.5)), 500);
    }

    #[test]
    fn gives_nothing_between_two_ticks() {
        // Powers of two, so that nothing is rounded.
        let (mut pacer, at) = pacer(1_048_576.0, false);
        let due = pacer.due(at(1.0));
        pacer.sent(due);
        assert_eq!(pacer.due(at(1.004)), 0);
        assert_eq!(pacer.due(at(1.0 + 1.0 / 64.0)), 16_384);
    }

    #[test]
    fn waits_for_the_next_message_of_a_slow_rate() {
        let (mut pacer, at) = pacer(0.5, false);
        let due = pacer.due(at(0.0));
        pacer.sent(due);
        assert_eq!(pacer.next(), at(2.0));
        assert_eq!(pacer.due(at(1.999)), 0);
        assert_eq!(pacer.due(at(2.004)), 1);
    }

    #[test]
    fn makes_up_for_nothing_after_a_restart() {
        let (mut pacer, at) = pacer(1000.0, false);
        pacer.restart(at(60.0));
        assert_eq!(pacer.due(at(60.0)), 1);
    }

    #[test]
    fn bursts_in_the_last_second_of_ten() {
        let (mut pacer, at) = pacer(100.0, true);
        assert_eq!(pacer.due(at(9.0)), 901);
        assert_eq!(pacer.due(at(10.0)), 1401);
        assert_eq!(pacer.due(at(19.0)), 2301);
    }

    #[test]
    fn knows_no_limit_at_rate_0() {
        let (mut pacer, at) = pacer(0.0, false);
        pacer.sent(1_000_000);
        assert_eq!(pacer.due(at(0.0)), u64::MAX);
    }
}
