//! The kinds of rules that venues have. All times are the venue's own, as its documentation gives them.

use std::collections::VecDeque;
use std::time::Duration;

/// What most venues answer a client with that connects too often.
pub(crate) const TOO_MANY_REQUESTS: u16 = 429;

/// At most so many in any span of this length.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Limit {
    pub count: usize,
    pub per: Duration,
}

impl Limit {
    pub const fn per_seconds(count: usize, seconds: u64) -> Self {
        let per = Duration::from_secs(seconds);
        Self { count, per }
    }
}

/// Counts against a [`Limit`].
#[derive(Debug)]
pub(crate) struct Window {
    limit: Limit,
    times: VecDeque<Duration>,
}

impl Window {
    pub fn new(limit: Limit) -> Self {
        Self {
            limit,
            times: VecDeque::new(),
        }
    }

    /// Counts one more; how long until there is room for it when there is none, and then it is not counted.
    pub fn admit(&mut self, now: Duration) -> Result<(), Duration> {
        while self
            .times
            .front()
            .is_some_and(|time| *time + self.limit.per <= now)
        {
            self.times.pop_front();
        }
        match self.times.front() {
            Some(oldest) if self.times.len() >= self.limit.count => {
                Err(*oldest + self.limit.per - now)
            }
            _ => {
                self.times.push_back(now);
                Ok(())
            }
        }
    }
}

/// How a venue ends a connection: with a close frame of this code, or without one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Close {
    pub code: Option<u16>,
    pub reason: &'static str,
}

impl Close {
    pub const fn code(code: u16, reason: &'static str) -> Self {
        Self {
            code: Some(code),
            reason,
        }
    }

    /// TCP ends without a close frame, which clients report as 1006 (RFC 6455 section 7.1.5).
    pub const ABNORMAL: Self = Self {
        code: None,
        reason: "",
    };
}

/// A time that something must not take, and what happens when it does.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Within {
    pub time: Duration,
    pub close: Close,
}

impl Within {
    pub const fn seconds(seconds: u64, close: Close) -> Self {
        let time = Duration::from_secs(seconds);
        Self { time, close }
    }
}

/// What follows a broken rule besides the end of the connection: no connection for some time, by an HTTP status.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Ban {
    pub status: u16,
    pub time: Duration,
}

/// Pings (RFC 6455 section 5.5.2) that the venue sends.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ServerPing {
    pub every: Duration,
    pub answer: Within,
}

/// Messages of the venue that carry no data.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Heartbeat {
    pub every: Duration,
    /// Only after so long without any other message.
    pub when_idle: bool,
}

/// The rules that need no understanding of messages; `None`: the venue has no such rule.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Rules {
    /// What the client must offer as Sec-WebSocket-Protocol (RFC 6455 section 1.9), and is told to have.
    pub subprotocol: Option<&'static str>,
    /// Connects of one client; more are answered with the HTTP status.
    pub connects: Option<(Limit, u16)>,
    /// Frames of any kind that the client sends on a connection.
    pub frames: Option<(Limit, Close)>,
    /// What follows a close for a broken rule.
    pub ban: Option<Ban>,
    /// The client must have logged in so long after the connection opened.
    pub login: Option<Within>,
    /// The client must have subscribed so long after the connection opened.
    pub subscribe: Option<Within>,
    pub server_ping: Option<ServerPing>,
    /// The client must not send nothing for so long.
    pub silent_client: Option<Within>,
    /// Not both sides may send no message for so long.
    pub silent_pair: Option<Within>,
    pub heartbeat: Option<Heartbeat>,
    /// How long the venue keeps a connection.
    pub lifetime: Option<Duration>,
    /// How long before a planned end the venue sends its notice, if it has one.
    pub notice: Option<Duration>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_window_slides() {
        let mut window = Window::new(Limit::per_seconds(2, 10));
        let at = Duration::from_secs;
        assert_eq!(window.admit(at(0)), Ok(()));
        assert_eq!(window.admit(at(4)), Ok(()));
        assert_eq!(window.admit(at(6)), Err(at(4)));
        assert_eq!(window.admit(at(10)), Ok(()));
        assert_eq!(window.admit(at(13)), Err(at(1)));
        assert_eq!(window.admit(at(14)), Ok(()));
    }
}
