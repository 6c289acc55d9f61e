//! Is the other side still there? RFC 6455 section 5.5.2.

use std::time::Duration;

/// Times pings and the pongs they must be answered with. Times are since the session began.
#[derive(Debug)]
pub struct Ping {
    interval: Duration,
    timeout: Duration,
    next: Duration,
    unanswered: Option<Unanswered>,
    /// Since when nothing is read.
    stopped: Option<Duration>,
}

/// The first ping without an answer.
#[derive(Debug)]
struct Unanswered {
    sent: Duration,
    deadline: Duration,
    /// Its deadline was moved because it was looked at late.
    spared: bool,
}

/// How long to look again for a pong among data that waits unread, or that came while the process stood still.
const UNREAD_GRACE: Duration = Duration::from_secs(1);

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
            unanswered: None,
            stopped: None,
        }
    }

    /// Reading stops: no pong can be seen, so none is late.
    pub fn reading_stopped(&mut self, now: Duration) {
        self.stopped.get_or_insert(now);
    }

    /// Reading goes on: the deadline moves by the time that it stood still.
    pub fn reading_resumed(&mut self, now: Duration) {
        if let (Some(since), Some(ping)) = (self.stopped.take(), &mut self.unanswered) {
            let still = now - since.max(ping.sent);
            ping.sent += still;
            ping.deadline += still;
        }
    }

    /// When to look again.
    #[must_use]
    pub fn wake_at(&self) -> Duration {
        self.unanswered
            .as_ref()
            .filter(|_| self.stopped.is_none())
            .map_or(self.next, |ping| ping.deadline.min(self.next))
    }

    /// What is due now. A ping that is due is taken as sent.
    ///
    /// `unread`: data waits on the socket, and the pong may be among it (the process may have stood still). The deadline then moves on, up
    /// to twice the timeout.
    pub fn due(&mut self, now: Duration, unread: bool) -> Due {
        if let Some(ping) = self.unanswered.as_mut()
            && self.stopped.is_none()
            && now >= ping.deadline
        {
            // Who looks that late stood still, and has not read yet what came meanwhile.
            let late = now >= ping.deadline + UNREAD_GRACE && !ping.spared;
            if !late && (!unread || now >= ping.sent + self.timeout * 2) {
                return Due::Lost;
            }
            ping.spared |= late;
            ping.deadline = now + UNREAD_GRACE;
        }
        if now < self.next {
            return Due::Nothing;
        }
        self.next = now + self.interval;
        let deadline = now + self.timeout;
        self.unanswered.get_or_insert(Unanswered {
            sent: now,
            deadline,
            spared: false,
        });
        Due::Send
    }

    /// A pong arrived.
    pub fn pong(&mut self) {
        self.unanswered = None;
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
        assert_eq!(ping.due(S(29), false), Due::Nothing);
        for round in 1..100 {
            assert_eq!(ping.wake_at(), S(30 * round));
            assert_eq!(ping.due(S(30 * round), false), Due::Send);
            assert_eq!(ping.wake_at(), S(30 * round + 20));
            ping.pong();
        }
    }

    #[test]
    fn silence_ends_at_the_deadline_of_the_first_ping() {
        let mut ping = Ping::new(S(30), S(45), S(0));
        assert_eq!(ping.due(S(30), false), Due::Send);
        assert_eq!(ping.due(S(60), false), Due::Send);
        assert_eq!(ping.wake_at(), S(75));
        assert_eq!(ping.due(S(75), false), Due::Lost);
    }

    #[test]
    fn the_deadline_stands_still_while_nothing_is_read() {
        let mut ping = Ping::new(S(30), S(20), S(0));
        assert_eq!(ping.due(S(30), false), Due::Send);
        ping.reading_stopped(S(40));
        assert_eq!(ping.wake_at(), S(60));
        assert_eq!(ping.due(S(60), true), Due::Send);
        assert_eq!(ping.due(S(1000), true), Due::Send);
        ping.reading_resumed(S(1000));
        assert_eq!(ping.wake_at(), S(1010));
        assert_eq!(ping.due(S(1009), false), Due::Nothing);
        assert_eq!(ping.due(S(1010), false), Due::Lost);
    }

    #[test]
    fn a_ping_sent_while_nothing_is_read_has_its_whole_time_afterwards() {
        let mut ping = Ping::new(S(30), S(20), S(0));
        ping.reading_stopped(S(10));
        assert_eq!(ping.due(S(30), true), Due::Send);
        ping.reading_resumed(S(35));
        assert_eq!(ping.wake_at(), S(55));
    }

    #[test]
    fn a_process_that_stood_still_looks_for_the_pong_once_more() {
        let mut ping = Ping::new(S(30), S(20), S(0));
        assert_eq!(ping.due(S(30), false), Due::Send);
        assert_eq!(ping.due(S(3600), false), Due::Send);
        assert_eq!(ping.wake_at(), S(3601));
        assert_eq!(ping.due(S(3601), false), Due::Lost);
    }

    #[test]
    fn a_pong_among_unread_data_is_waited_for_a_while() {
        let mut ping = Ping::new(S(30), S(20), S(0));
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
