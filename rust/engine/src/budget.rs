//! How often connecting may be tried.

use std::collections::VecDeque;
use std::time::Duration;

use crate::settings;

/// Bounds the attempts that begin within any stretch of time of one length (`websocket.reconnect.max.per.window`). Times are since the
/// session began.
#[derive(Debug)]
pub struct Budget {
    most: usize,
    window: Duration,
    /// When the latest attempts began, at most `most` of them.
    begun: VecDeque<Duration>,
}

impl Budget {
    /// At most `most` attempts, which is at least one, in any `window`.
    #[must_use]
    pub fn new(most: u32, window: Duration) -> Self {
        Self {
            most: most.max(1) as usize,
            window,
            begun: VecDeque::new(),
        }
    }

    /// The one that settings ask for.
    #[must_use]
    pub fn of(settings: &settings::Reconnect) -> Option<Self> {
        let budget = settings.budget?;
        Some(Self::new(
            budget.attempts,
            Duration::from_millis(budget.window_ms),
        ))
    }

    /// How many there may be.
    #[must_use]
    pub fn most(&self) -> usize {
        self.most
    }

    /// When the next attempt may begin: `now` or later.
    #[must_use]
    pub fn earliest(&self, now: Duration) -> Duration {
        match self.begun.front() {
            Some(oldest) if self.begun.len() == self.most => (*oldest + self.window).max(now),
            _ => now,
        }
    }

    /// An attempt begins.
    pub fn spend(&mut self, now: Duration) {
        if self.begun.len() == self.most {
            self.begun.pop_front();
        }
        self.begun.push_back(now);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn no_window_has_more_than_allowed(most in 1u32..20, window in 1u64..5000, waits in prop::collection::vec(0u64..1000, 1..300)) {
            let window = Duration::from_millis(window);
            let mut budget = Budget::new(most, window);
            let mut begun = Vec::new();
            let mut now = Duration::ZERO;
            for wait in waits {
                now = budget.earliest(now + Duration::from_millis(wait));
                budget.spend(now);
                begun.push(now);
            }
            for (index, first) in begun.iter().enumerate() {
                let within = begun[index..].iter().take_while(|time| **time < *first + window);
                prop_assert!(within.count() <= most as usize);
            }
        }
    }

    #[test]
    fn nothing_is_held_up_before_the_budget_is_spent() {
        let mut budget = Budget::new(2, Duration::from_secs(60));
        for second in [0, 1] {
            let now = Duration::from_secs(second);
            assert_eq!(budget.earliest(now), now);
            budget.spend(now);
        }
        assert_eq!(
            budget.earliest(Duration::from_secs(2)),
            Duration::from_secs(60)
        );
        assert_eq!(
            budget.earliest(Duration::from_secs(90)),
            Duration::from_secs(90)
        );
    }
}
