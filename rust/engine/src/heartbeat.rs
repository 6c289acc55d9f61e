//! Messages that keep a connection alive where the server asks for more than pings (`websocket.heartbeat.message`).

use std::time::Duration;

use crate::awaited::Awaited;
use crate::ping::Due;
use crate::watchdog::Watchdog;

/// When heartbeats are sent, and what must answer them.
#[derive(Clone, Copy, Debug)]
pub struct Rules {
    /// Between two.
    pub interval: Duration,
    /// Only once no message came for four fifths of the interval, or a little longer, but never longer than the interval.
    pub only_when_idle: bool,
    /// How long the answer may take, if there is to be one.
    pub response_timeout: Option<Duration>,
}

/// Times heartbeats and their answers. Times are since the session began.
#[derive(Debug)]
pub struct Heartbeat {
    timer: Timer,
    response: Option<Awaited>,
}

#[derive(Debug)]
enum Timer {
    Regular { interval: Duration, next: Duration },
    WhenIdle(Watchdog),
}

impl Heartbeat {
    /// From now on; what is sent may wait for `paced`.
    #[must_use]
    pub fn new(rules: Rules, paced: Duration, now: Duration) -> Self {
        let interval = rules.interval;
        Self {
            timer: if rules.only_when_idle {
                // The watchdog may be a quarter late.
                Timer::WhenIdle(Watchdog::strict(interval * 4 / 5, now))
            } else {
                Timer::Regular {
                    interval,
                    next: now + interval,
                }
            },
            response: rules
                .response_timeout
                .map(|timeout| Awaited::patient(timeout, paced)),
        }
    }

    /// The answer that is awaited, if there is to be one.
    pub fn response(&mut self) -> Option<&mut Awaited> {
        self.response.as_mut()
    }

    /// When to look again.
    #[must_use]
    pub fn wake_at(&self) -> Duration {
        let next = match &self.timer {
            Timer::Regular { next, .. } => *next,
            Timer::WhenIdle(watchdog) => watchdog.wake_at(),
        };
        self.response
            .as_ref()
            .and_then(Awaited::wake_at)
            .map_or(next, |deadline| deadline.min(next))
    }

    /// What is due now. A heartbeat that is due is taken as sent. `messages` counts those that came, and `unread` says whether
    /// more waits on the socket.
    pub fn due(&mut self, now: Duration, messages: u64, unread: bool) -> Due {
        if let Some(response) = &mut self.response
            && response.is_late(now, unread)
        {
            return Due::Lost;
        }
        let is_time = match &mut self.timer {
            Timer::Regular { interval, next } => {
                let is_time = now >= *next;
                if is_time {
                    *next = now + *interval;
                }
                is_time
            }
            Timer::WhenIdle(watchdog) => {
                let is_time =
                    now >= watchdog.wake_at() && watchdog.has_run_out(now, messages, true);
                if is_time {
                    watchdog.restart(now);
                }
                is_time
            }
        };
        if !is_time {
            return Due::Nothing;
        }
        if let Some(response) = &mut self.response {
            response.asked(now);
        }
        Due::Send
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const S: fn(u64) -> Duration = Duration::from_secs;

    fn heartbeat(only_when_idle: bool, response: Option<u64>) -> Heartbeat {
        let rules = Rules {
            interval: S(20),
            only_when_idle,
            response_timeout: response.map(S),
        };
        Heartbeat::new(rules, S(0), S(0))
    }

    #[test]
    fn regular_ones_go_out_whatever_comes() {
        let mut heartbeat = heartbeat(false, None);
        for round in 1..10 {
            assert_eq!(heartbeat.wake_at(), S(20 * round));
            assert_eq!(heartbeat.due(S(20 * round), round, true), Due::Send);
            assert_eq!(heartbeat.due(S(20 * round), round, true), Due::Nothing);
        }
    }

    #[test]
    fn none_goes_out_while_something_comes() {
        let mut heartbeat = heartbeat(true, None);
        let mut received = 0;
        while heartbeat.wake_at() < S(300) {
            received += 1;
            let now = heartbeat.wake_at();
            assert_eq!(heartbeat.due(now, received, false), Due::Nothing);
        }
        let quiet_since = heartbeat.wake_at() - S(16) / 4;
        let mut sent = Vec::new();
        while heartbeat.wake_at() < S(400) {
            let now = heartbeat.wake_at();
            if heartbeat.due(now, received, false) == Due::Send {
                sent.push(now);
            }
        }
        assert!(
            sent[0] >= quiet_since + S(16) && sent[0] <= quiet_since + S(20),
            "{sent:?}"
        );
        assert!(
            sent.windows(2).all(|two| two[1] - two[0] == S(16)),
            "{sent:?}"
        );
    }

    #[test]
    fn an_answer_that_does_not_come_is_missed() {
        let mut heartbeat = heartbeat(false, Some(10));
        assert_eq!(heartbeat.due(S(20), 0, false), Due::Send);
        assert_eq!(heartbeat.wake_at(), S(30));
        heartbeat.response().expect("awaited").answered();
        assert_eq!(heartbeat.due(S(30), 0, false), Due::Nothing);
        assert_eq!(heartbeat.due(S(40), 0, false), Due::Send);
        assert_eq!(heartbeat.due(S(50), 0, false), Due::Lost);
    }
}
