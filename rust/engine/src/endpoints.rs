//! Which of several endpoints the next attempt goes to (`websocket.url`, `websocket.urls`). Pure; times are since the session began.

use std::time::Duration;

/// How long the first endpoint is left alone after it failed, while another one serves.
const LEAVE_FIRST: Duration = Duration::from_secs(5 * 60);

/// The longest that an endpoint is left alone because it asks for that.
const LONGEST_HOLD: Duration = Duration::from_secs(24 * 60 * 60);

/// What is known of the endpoints, by all connections of the session. They are known by their place in the list.
#[derive(Debug, Default)]
pub struct Endpoints {
    /// Until when each is to be left alone, since it said so; those beyond the end have not.
    held: Vec<Duration>,
    /// When the first one last failed.
    first_failed: Option<Duration>,
}

impl Endpoints {
    /// The endpoint `at`, of `count`, has failed, and asks to be left alone for some time. Returns the next one to try.
    pub fn failed(
        &mut self,
        at: usize,
        count: usize,
        now: Duration,
        asked: Option<Duration>,
    ) -> usize {
        if at == 0 {
            self.first_failed = Some(now);
        }
        if self.held.len() <= at {
            self.held.resize(at + 1, Duration::ZERO);
        }
        self.held[at] = asked.map_or(Duration::ZERO, |asked| now + asked.min(LONGEST_HOLD));
        let order = (1..=count).map(|step| (at + step) % count);
        // Of several with the same time, the first.
        order
            .min_by_key(|&next| self.held(next, now))
            .unwrap_or_default()
    }

    /// A connection to the endpoint `at` that was of use is gone, or is given up for a new one. Returns where that goes.
    #[must_use]
    pub fn after(&self, at: usize, now: Duration) -> usize {
        let left_alone = self
            .first_failed
            .is_some_and(|failed| now < failed + LEAVE_FIRST);
        if left_alone || self.held(0, now).is_some() {
            at
        } else {
            0
        }
    }

    /// How long this one is still to be left alone.
    #[must_use]
    pub fn held(&self, at: usize, now: Duration) -> Option<Duration> {
        let until = self.held.get(at)?;
        until.checked_sub(now).filter(|left| !left.is_zero())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const S: fn(u64) -> Duration = Duration::from_secs;

    #[test]
    fn failures_lead_through_the_list_and_around() {
        let mut endpoints = Endpoints::default();
        let mut at = 0;
        let visited: Vec<usize> = (0..6)
            .map(|second| {
                at = endpoints.failed(at, 3, S(second), None);
                at
            })
            .collect();
        assert_eq!(visited, [1, 2, 0, 1, 2, 0]);
    }

    #[test]
    fn a_single_endpoint_stays_whatever_happens() {
        let mut endpoints = Endpoints::default();
        assert_eq!(endpoints.failed(0, 1, S(0), Some(S(9))), 0);
        assert_eq!(endpoints.held(0, S(2)), Some(S(7)));
        assert_eq!(endpoints.after(0, S(10)), 0);
        assert_eq!(endpoints.failed(0, 1, S(11), None), 0);
        assert_eq!(endpoints.held(0, S(11)), None);
    }

    #[test]
    fn the_first_one_is_left_alone_for_five_minutes_while_another_one_serves() {
        let mut endpoints = Endpoints::default();
        assert_eq!(endpoints.failed(0, 2, S(10), None), 1);
        assert_eq!(endpoints.after(1, S(309)), 1);
        assert_eq!(endpoints.after(1, S(310)), 0);
        assert_eq!(endpoints.failed(0, 2, S(310), None), 1);
        assert_eq!(
            endpoints.after(1, S(311)),
            1,
            "counted from its last failure"
        );
    }

    #[test]
    fn a_server_that_asks_to_be_left_alone_holds_up_no_other_one() {
        let mut endpoints = Endpoints::default();
        assert_eq!(endpoints.failed(0, 2, S(0), Some(S(3600))), 1);
        assert_eq!(endpoints.held(1, S(0)), None);
        assert_eq!(
            endpoints.failed(1, 2, S(1), None),
            1,
            "it is free, the first is not"
        );
        assert_eq!(endpoints.after(1, S(400)), 1);
        assert_eq!(
            endpoints.failed(1, 2, S(500), Some(S(10_000))),
            0,
            "it is free sooner"
        );
        assert_eq!(endpoints.held(0, S(500)), Some(S(3100)));
        assert_eq!(endpoints.failed(0, 2, S(3600), Some(S(u64::MAX / 2))), 1);
        assert_eq!(endpoints.held(0, S(3600)), Some(LONGEST_HOLD));
    }

    #[test]
    fn a_list_that_has_become_shorter_is_no_trouble() {
        let mut endpoints = Endpoints::default();
        assert_eq!(endpoints.failed(7, 2, S(0), None), 0);
        assert_eq!(endpoints.failed(7, 1, S(0), None), 0);
    }

    proptest! {
        /// Whatever fails, no endpoint that nobody holds waits longer than once around the list.
        #[test]
        fn every_endpoint_has_its_turn(count in 1_usize..6, gaps in prop::collection::vec(0_u64..400, 30)) {
            let mut endpoints = Endpoints::default();
            let (mut at, mut now) = (0, Duration::ZERO);
            let mut visited = Vec::new();
            for gap in gaps {
                now += S(gap);
                at = endpoints.failed(at, count, now, None);
                prop_assert!(at < count);
                visited.push(at);
            }
            for around in visited.windows(count) {
                for endpoint in 0..count {
                    prop_assert!(around.contains(&endpoint));
                }
            }
        }

        /// A held endpoint is only chosen where all are held, and then the one that is free first.
        #[test]
        fn holds_are_kept(count in 1_usize..5, steps in prop::collection::vec((0_u64..100, prop::option::of(1_u64..300)), 1..40)) {
            let mut endpoints = Endpoints::default();
            let (mut at, mut now) = (0, Duration::ZERO);
            for (gap, asked) in steps {
                now += S(gap);
                at = endpoints.failed(at, count, now, asked.map(S));
                let least = (0..count).map(|other| endpoints.held(other, now)).min().flatten();
                prop_assert_eq!(endpoints.held(at, now), least);
            }
        }
    }
}
