//! Is the other side still there? RFC 6455 section 5.5.2.

use std::time::Duration;

use crate::awaited::Awaited;

/// Times pings and the pongs they must be answered with. Times are since the session began.
#[derive(Debug)]
pub struct Ping {
    interval: Duration,
    next: Duration,
    pong: Awaited,
}

/// What is due.
#[derive(Debug, PartialEq, Eq)]
pub enum Due {
    /// Nothing yet.
    Nothing,
    /// Send a ping, or a heartbeat.
    Send,
    /// No answer came in time.
    Lost,
}

impl Ping {
    /// A connection that opened at `now`.
    #[must_use]
    pub fn new(interval: Duration, pong: Awaited, now: Duration) -> Self {
        Self {
            interval,
            next: now + interval,
            pong,
        }
    }

    /// The pong that is awaited.
    pub fn pong(&mut self) -> &mut Awaited {
        &mut self.pong
    }

    /// When to look again.
    #[must_use]
    pub fn wake_at(&self) -> Duration {
        self.pong
            .wake_at()
            .map_or(self.next, |deadline| deadline.min(self.next))
    }

    /// What is due now. A ping that is due is taken as sent. `unread`: as [`Awaited::is_late`].
    pub fn due(&mut self, now: Duration, unread: bool) -> Due {
        if self.pong.is_late(now, unread) {
            return Due::Lost;
        }
        if now < self.next {
            return Due::Nothing;
        }
        self.next = now + self.interval;
        self.pong.asked(now);
        Due::Send
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const S: fn(u64) -> Duration = Duration::from_secs;

    #[test]
    fn answered_pings_go_on() {
        let mut ping = Ping::new(S(30), Awaited::new(S(20)), S(0));
        assert_eq!(ping.due(S(29), false), Due::Nothing);
        for round in 1..100 {
            assert_eq!(ping.wake_at(), S(30 * round));
            assert_eq!(ping.due(S(30 * round), false), Due::Send);
            assert_eq!(ping.wake_at(), S(30 * round + 20));
            ping.pong().answered();
        }
    }

    #[test]
    fn silence_ends_at_the_deadline_of_the_first_ping() {
        let mut ping = Ping::new(S(30), Awaited::new(S(45)), S(0));
        assert_eq!(ping.due(S(30), false), Due::Send);
        assert_eq!(ping.due(S(60), false), Due::Send);
        assert_eq!(ping.wake_at(), S(75));
        assert_eq!(ping.due(S(75), false), Due::Lost);
    }

    #[test]
    fn the_deadline_stands_still_while_nothing_is_read() {
        let mut ping = Ping::new(S(30), Awaited::new(S(20)), S(0));
        assert_eq!(ping.due(S(30), false), Due::Send);
        ping.pong().reading_stopped(S(40));
        assert_eq!(ping.wake_at(), S(60));
        assert_eq!(ping.due(S(60), true), Due::Send);
        assert_eq!(ping.due(S(1000), true), Due::Send);
        ping.pong().reading_resumed(S(1000));
        assert_eq!(ping.wake_at(), S(1010));
        assert_eq!(ping.due(S(1009), false), Due::Nothing);
        assert_eq!(ping.due(S(1010), false), Due::Lost);
    }

    #[test]
    fn a_ping_sent_while_nothing_is_read_has_its_whole_time_afterwards() {
        let mut ping = Ping::new(S(30), Awaited::new(S(20)), S(0));
        ping.pong().reading_stopped(S(10));
        assert_eq!(ping.due(S(30), true), Due::Send);
        ping.pong().reading_resumed(S(35));
        assert_eq!(ping.wake_at(), S(55));
    }

    #[test]
    fn a_process_that_stood_still_looks_for_the_pong_once_more() {
        let mut ping = Ping::new(S(30), Awaited::new(S(20)), S(0));
        assert_eq!(ping.due(S(30), false), Due::Send);
        assert_eq!(ping.due(S(3600), false), Due::Send);
        assert_eq!(ping.wake_at(), S(3601));
        assert_eq!(ping.due(S(3601), false), Due::Lost);
    }

    #[test]
    fn a_pong_among_unread_data_is_waited_for_a_while() {
        let mut ping = Ping::new(S(30), Awaited::new(S(20)), S(0));
        assert_eq!(ping.due(S(30), false), Due::Send);
        assert_eq!(ping.due(S(50), true), Due::Nothing);
        for second in 51..70 {
            assert_eq!(ping.wake_at(), S(second));
            let due = if second == 60 {
                Due::Send
            } else {
                Due::Nothing
            };
            assert_eq!(ping.due(S(second), true), due);
        }
        assert_eq!(ping.due(S(70), true), Due::Lost);
    }
}
