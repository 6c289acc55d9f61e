//! A limit in bytes per second.

use std::time::{Duration, Instant};

/// How long tokens are saved: a reader that had no processor for this time catches up.
const SAVED: Duration = Duration::from_millis(100);

/// Gives out a token for each byte, so many a second.
#[derive(Debug)]
pub struct TokenBucket {
    per_second: f64,
    tokens: f64,
    filled_at: Instant,
}

impl TokenBucket {
    /// Empty at `now`. `per_second` must be above zero.
    pub fn new(per_second: f64, now: Instant) -> Self {
        Self {
            per_second,
            tokens: 0.0,
            filled_at: now,
        }
    }

    /// The tokens there are at `now`.
    pub fn available(&mut self, now: Instant) -> usize {
        let elapsed = now.saturating_duration_since(self.filled_at).as_secs_f64();
        let most = (self.per_second * SAVED.as_secs_f64()).max(1.0);
        self.tokens = (self.tokens + elapsed * self.per_second).min(most);
        self.filled_at = now;
        self.tokens as usize
    }

    /// Takes tokens that are [`available`](Self::available).
    pub fn take(&mut self, tokens: usize) {
        self.tokens -= tokens as f64;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gives_its_rate_in_the_long_run() {
        let begin = Instant::now();
        let mut bucket = TokenBucket::new(10_000.0, begin);
        let mut given = 0;
        for millis in 1..=2000 {
            let available = bucket.available(begin + Duration::from_millis(millis));
            // A reader that takes at times less than it may.
            let taken = if millis % 3 == 0 {
                available / 2
            } else {
                available
            };
            bucket.take(taken);
            given += taken;
            assert!(given as u64 <= 10 * millis, "{given} at {millis} ms");
        }
        assert!(given >= 19_990, "{given}");
    }

    #[test]
    fn saves_a_tenth_of_a_second() {
        let begin = Instant::now();
        let mut bucket = TokenBucket::new(1000.0, begin);
        assert_eq!(bucket.available(begin), 0);
        assert_eq!(bucket.available(begin + Duration::from_secs(60)), 100);
        bucket.take(100);
        assert_eq!(bucket.available(begin + Duration::from_secs(60)), 0);
    }

    #[test]
    fn a_slow_rate_gives_single_tokens() {
        let begin = Instant::now();
        let mut bucket = TokenBucket::new(0.5, begin);
        assert_eq!(bucket.available(begin + Duration::from_millis(1999)), 0);
        assert_eq!(bucket.available(begin + Duration::from_millis(2000)), 1);
    }
}
