//! An answer that the server owes us: to a ping (RFC 6455 section 5.5.2) or to a heartbeat.

use std::time::Duration;

/// How long to look again for an answer among data that waits unread, or that came while the process stood still.
const UNREAD_GRACE: Duration = Duration::from_secs(1);

/// Times the answer to the first question that has none. Times are since the session began.
#[derive(Debug)]
pub struct Awaited {
    timeout: Duration,
    /// How long a question may wait before it goes out.
    grace: Duration,
    unanswered: Option<Unanswered>,
    /// Since when nothing is read.
    stopped: Option<Duration>,
}

#[derive(Debug)]
struct Unanswered {
    asked: Duration,
    deadline: Duration,
    /// Its deadline was moved because it was looked at late.
    spared: bool,
}

impl Awaited {
    /// Nothing was asked yet. An answer may take `timeout`.
    #[must_use]
    pub fn new(timeout: Duration) -> Self {
        Self::patient(timeout, Duration::ZERO)
    }

    /// As [`new`](Self::new), where a question may wait for `grace` before it goes out.
    #[must_use]
    pub fn patient(timeout: Duration, grace: Duration) -> Self {
        Self {
            timeout,
            grace,
            unanswered: None,
            stopped: None,
        }
    }

    /// How long an answer may take.
    #[must_use]
    pub fn timeout(&self) -> Duration {
        self.timeout
    }

    /// A question goes out.
    pub fn asked(&mut self, now: Duration) {
        self.unanswered.get_or_insert(Unanswered {
            asked: now,
            deadline: now + self.grace + self.timeout,
            spared: false,
        });
    }

    /// An answer came.
    pub fn answered(&mut self) {
        self.unanswered = None;
    }

    /// Reading stops: no answer can be seen, so none is late.
    pub fn reading_stopped(&mut self, now: Duration) {
        self.stopped.get_or_insert(now);
    }

    /// Reading goes on: the deadline moves by the time that it stood still.
    pub fn reading_resumed(&mut self, now: Duration) {
        if let (Some(since), Some(open)) = (self.stopped.take(), &mut self.unanswered) {
            let still = now - since.max(open.asked);
            open.asked += still;
            open.deadline += still;
        }
    }

    /// When to look again, if an answer is awaited.
    #[must_use]
    pub fn wake_at(&self) -> Option<Duration> {
        let open = self.unanswered.as_ref()?;
        self.stopped.is_none().then_some(open.deadline)
    }

    /// Whether the answer is too late.
    ///
    /// `unread`: data waits on the socket, and the answer may be among it (the process may have stood still). The deadline then moves on,
    /// up to twice the timeout.
    pub fn is_late(&mut self, now: Duration, unread: bool) -> bool {
        let Some(open) = self.unanswered.as_mut() else {
            return false;
        };
        if self.stopped.is_some() || now < open.deadline {
            return false;
        }
        // Who looks that late stood still, and has not read yet what came meanwhile.
        let late = now >= open.deadline + UNREAD_GRACE && !open.spared;
        if !late && (!unread || now >= open.asked + self.grace + self.timeout * 2) {
            return true;
        }
        open.spared |= late;
        open.deadline = now + UNREAD_GRACE;
        false
    }
}
