//! The connection's state as the metrics show it.

use std::borrow::Cow;
use std::time::{Duration, Instant, SystemTime};

use parking_lot::Mutex;

use crate::failure::Ending;

/// What a session is about.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Shown {
    /// An attempt is under way.
    #[default]
    Connecting,
    /// The login is not yet acknowledged.
    LoggingIn,
    /// Not all subscription messages are sent and acknowledged.
    Subscribing,
    /// The connection is up.
    Open,
    /// The connection is up, and another one that is to replace it is being opened.
    HandingOver,
    /// Until the next attempt.
    Waiting,
    /// The connection is being closed.
    Closing,
    /// Without a connection on purpose.
    Paused,
    /// No other attempt will be made.
    GaveUp,
    /// The session is over.
    Ended,
}

impl Shown {
    /// As the metrics name it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Connecting => "CONNECTING",
            Self::LoggingIn => "LOGGING_IN",
            Self::Subscribing => "SUBSCRIBING",
            Self::Open => "OPEN",
            Self::HandingOver => "HANDING_OVER",
            Self::Waiting => "WAITING",
            Self::Closing => "CLOSING",
            Self::Paused => "PAUSED",
            Self::GaveUp => "GAVE_UP",
            Self::Ended => "ENDED",
        }
    }
}

/// Written by the engine thread, read by anyone.
#[derive(Debug, Default)]
pub struct Status {
    link: Mutex<Link>,
    words: Mutex<Words>,
}

/// One moment of a session's connections.
#[derive(Clone, Copy, Debug, Default)]
pub struct Link {
    /// What it is about.
    pub shown: Shown,
    /// Since when a connection is up: opened, and whatever is to be said is said and acknowledged.
    pub up_since: Option<Instant>,
    /// How many are.
    ups: u32,
    /// When the last one was lost.
    down_since: Option<SystemTime>,
    /// Connections opened so far.
    pub connections: u64,
    /// The last one that opened agreed on compression.
    pub compressed: bool,
    /// Attempts to connect so far.
    pub attempts: u64,
    /// Those since the last stable connection.
    pub attempts_in_a_row: u32,
    /// When the next one begins, if that is waited for.
    pub next_attempt: Option<Instant>,
    /// Since when nothing is read because the queue is full, by one connection or more.
    pub stopped_since: Option<Instant>,
    /// By how many.
    stops: u32,
    /// How long nothing was read for that reason, before that.
    pub stopped: Duration,
    /// The last connection's close code (RFC 6455 section 7.4); 0: none has ended.
    pub last_close_code: u16,
    /// When something was last received, in microseconds since the epoch.
    pub last_frame: Option<i64>,
    /// When data was.
    pub last_data: Option<i64>,
    /// What has happened so far.
    pub counts: Counts,
}

/// What has happened in a session so far.
#[derive(Clone, Copy, Debug, Default)]
pub struct Counts {
    /// Subscription messages acknowledged.
    pub subscription_acks: u64,
    /// Subscriptions and logins that failed.
    pub subscription_failures: u64,
    /// Heartbeats sent.
    pub heartbeats: u64,
    /// Answers by reply rules sent.
    pub replies: u64,
    /// Connections replaced by plan.
    pub planned_reconnects: u64,
    /// Connections given up by a watchdog.
    pub watchdog_reconnects: u64,
}

/// What the operator is shown in words. Empty: nothing yet.
#[derive(Clone, Debug, Default)]
pub struct Words {
    /// Why the last connection ended.
    pub last_close_reason: String,
    /// The last thing that went wrong.
    pub last_error: String,
    /// Where the connection leads, or the attempt at one; the URL without secrets.
    pub endpoint: String,
    /// The configuration's key that the last failed attempt was about.
    pub blamed: Cow<'static, str>,
}

impl Link {
    /// How long the connection has been up; `None` while it is down.
    pub fn uptime(&self) -> Option<Duration> {
        self.up_since.map(|since| since.elapsed())
    }

    /// How long, in all, nothing was read because the queue was full.
    pub fn reading_stopped(&self) -> Duration {
        let now = self.stopped_since.map(|since| since.elapsed());
        self.stopped + now.unwrap_or_default()
    }

    /// Attempts but the first (runbook, `TotalReconnects`).
    pub fn reconnects(&self) -> u64 {
        self.attempts.saturating_sub(1)
    }
}

impl Status {
    pub fn get(&self) -> Link {
        *self.link.lock()
    }

    pub fn words(&self) -> Words {
        self.words.lock().clone()
    }

    pub fn attempt(&self) {
        self.link.lock().attempts += 1;
    }

    pub fn opened(&self, compressed: bool) {
        let mut link = self.link.lock();
        link.connections += 1;
        link.compressed = compressed;
    }

    /// A connection is up. Since when none was, if one had been.
    pub fn up(&self) -> Option<SystemTime> {
        let mut link = self.link.lock();
        link.ups += 1;
        link.up_since = Some(Instant::now());
        link.down_since.take()
    }

    /// A connection that was up is not any more.
    pub fn down(&self) {
        let mut link = self.link.lock();
        link.ups = link.ups.saturating_sub(1);
        if link.ups == 0 {
            link.up_since = None;
            link.down_since = Some(SystemTime::now());
        }
    }

    /// The session is over.
    pub fn ended(&self) {
        let mut link = self.link.lock();
        link.up_since = None;
        link.shown = Shown::Ended;
    }

    /// Reading stops or goes on.
    pub fn reading_stops(&self, stops: bool) {
        let mut link = self.link.lock();
        link.stops = if stops {
            link.stops + 1
        } else {
            link.stops.saturating_sub(1)
        };
        if (link.stops > 0) != link.stopped_since.is_some() {
            link.stopped = link.reading_stopped();
            link.stopped_since = stops.then(Instant::now);
        }
    }

    /// What the session is about now.
    pub fn show(&self, shown: Shown, attempts_in_a_row: u32, next_attempt: Option<Duration>) {
        let mut link = self.link.lock();
        link.shown = shown;
        link.attempts_in_a_row = attempts_in_a_row;
        link.next_attempt = next_attempt.map(|after| Instant::now() + after);
    }

    /// When something was last received, and when data was, in microseconds since the epoch.
    pub fn received(&self, frame: i64, data: Option<i64>) {
        let mut link = self.link.lock();
        link.last_frame = link.last_frame.max(Some(frame));
        link.last_data = data.or(link.last_data);
    }

    /// Counts something.
    pub fn count(&self, add: impl FnOnce(&mut Counts)) {
        add(&mut self.link.lock().counts);
    }

    /// A connection ended.
    pub fn closed(&self, ending: &Ending) {
        self.link.lock().last_close_code = ending.code;
        self.words
            .lock()
            .last_close_reason
            .clone_from(&ending.reason);
    }

    /// The connection, or the attempt at one, goes there.
    pub fn endpoint(&self, endpoint: &str) {
        endpoint.clone_into(&mut self.words.lock().endpoint);
    }

    /// An attempt failed that this key is to be looked at for.
    pub fn blame(&self, key: Cow<'static, str>) {
        self.words.lock().blamed = key;
    }

    /// Something went wrong.
    pub fn error(&self, text: &str) {
        text.clone_into(&mut self.words.lock().last_error);
    }
}
