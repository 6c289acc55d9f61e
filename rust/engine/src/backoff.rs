//! When to try again.

use std::time::Duration;

/// Counts reconnection attempts and spaces them: `interval × 2^(n−1)`, at most `max`, less a random part, so that many clients do
/// not come back at the same moment.
///
/// A delay is never above `max`, never zero, and saturates however long an outage lasts.
#[derive(Debug)]
pub struct Backoff {
    interval: Duration,
    max: Duration,
    jitter: f64,
    attempts: u32,
    random: fastrand::Rng,
}

impl Backoff {
    /// `jitter` is the part of a delay that may be taken away, from 0 to 1, and `seed` drives it.
    #[must_use]
    pub fn new(interval: Duration, max: Duration, jitter: f64, seed: u64) -> Self {
        Self {
            interval,
            max,
            jitter,
            attempts: 0,
            random: fastrand::Rng::with_seed(seed),
        }
    }

    /// Attempts since the last stable connection.
    #[must_use]
    pub fn attempts(&self) -> u32 {
        self.attempts
    }

    /// Counts one more attempt and says how long to wait before it.
    pub fn next_delay(&mut self) -> Duration {
        self.attempts = self.attempts.saturating_add(1);
        let doublings = 2u32.checked_pow(self.attempts - 1).unwrap_or(u32::MAX);
        let full = self.interval.saturating_mul(doublings).min(self.max);
        full.mul_f64(1.0 - self.jitter * self.random.f64())
            .max(Duration::from_millis(1))
    }

    /// A random wait of at most the jitter's part of the first delay.
    pub fn spread(&mut self) -> Duration {
        self.interval
            .min(self.max)
            .mul_f64(self.jitter * self.random.f64())
    }

    /// `time`, less a random share of it of at most `part`.
    pub fn shortened(&mut self, time: Duration, part: f64) -> Duration {
        time.mul_f64(1.0 - part * self.random.f64())
    }

    /// The connection proved stable: start over.
    pub fn reset(&mut self) {
        self.attempts = 0;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn doubles_up_to_the_maximum() {
        let mut backoff = Backoff::new(Duration::from_secs(5), Duration::from_secs(60), 0.25, 1);
        for full in [5, 10, 20, 40, 60, 60] {
            let delay = backoff.next_delay().as_secs_f64();
            assert!(
                delay <= f64::from(full) && delay >= f64::from(full) * 0.75,
                "{delay} of {full}"
            );
        }
        backoff.reset();
        assert!(backoff.next_delay() <= Duration::from_secs(5));
    }

    #[test]
    fn without_jitter_delays_are_exact() {
        let mut backoff = Backoff::new(Duration::from_secs(5), Duration::from_secs(60), 0.0, 1);
        let delays = [5, 10, 20, 40, 60].map(Duration::from_secs);
        assert_eq!(delays.map(|_| backoff.next_delay()), delays);
    }

    proptest! {
        #[test]
        fn never_zero_and_never_above_the_maximum(interval in 1u64..=u64::MAX / 2, max in 1u64..=86_400_000, jitter in 0.0..=1.0, seed: u64) {
            let max = Duration::from_millis(max);
            let mut backoff = Backoff::new(Duration::from_millis(interval), max, jitter, seed);
            for _ in 0..200 {
                let delay = backoff.next_delay();
                prop_assert!(delay > Duration::ZERO && delay <= max);
            }
        }
    }
}
