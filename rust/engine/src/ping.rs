//! Is the other side still there? RFC 6455 section 5.5.2.

use std::time::Duration;

/// Times pings and the pongs they must be answered with. Times are since the session began.
#[derive(Debug)]
pub struct Ping {
    interval: Duration,
    timeout: Duration,
    next: Duration,
    deadline: Option<Duration>,
}

/// What is due.
#[derive(Debug, PartialEq, Eq)]
pub enum Due {
    /// Nothing yet.
    Nothing,
    /// Send a ping.
    Send,
    /// No pong came in time.
    Lost,
}

impl Ping {
    /// A connection that opened at `now`.
    #[must_use]
    pub fn new(interval: Duration, timeout: Duration, now: Duration) -> Self {
        Self {
            interval,
            timeout,
            next: now + interval,
            deadline: None,
        }
    }

    /// When to look again.
    #[must_use]
    pub fn wake_at(&self) -> Duration {
        self.deadline
            .map_or(self.next, |deadline| deadline.min(self.next))
    }

    /// What is due now. A ping that is due is taken as sent.
    pub fn due(&mut self, now: Duration) -> Due {
        if self.deadline.is_some_and(|deadline| now >= deadline) {
            return Due::Lost;
        }
        if now < self.next {
            return Due::Nothing;
        }
        self.next = now + self.interval;
        self.deadline.get_or_insert(now + self.timeout);
        Due::Send
    }

    /// A pong arrived.
    pub fn pong(&mut self) {
        self.deadline = None;
    }

    /// How long a pong may take.
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
    fn answered_pings_go_on() {
        let mut ping = Ping::new(S(30), S(20), S(0));
        assert_eq!(ping.due(S(29)), Due::Nothing);
        for round in 1..100 {
            assert_eq!(ping.wake_at(), S(30 * round));
            assert_eq!(ping.due(S(30 * round)), Due::Send);
            assert_eq!(ping.wake_at(), S(30 * round + 20));
            ping.pong();
        }
    }

    #[test]
    fn silence_ends_at_the_deadline_of_the_first_ping() {
        let mut ping = Ping::new(S(30), S(45), S(0));
        assert_eq!(ping.due(S(30)), Due::Send);
        assert_eq!(ping.due(S(60)), Due::Send);
        assert_eq!(ping.wake_at(), S(75));
        assert_eq!(ping.due(S(75)), Due::Lost);
    }
}
