//! What the connection's rules hear, answer and depend on.

use std::time::Duration;

use crate::failure::{Ending, FailedAttempt};
use crate::reports::Report;
use crate::settings::{ExhaustedAction, OversizeAction, Settings};

/// Something happened.
#[derive(Clone, Debug)]
pub enum Event {
    /// The session begins.
    Start,
    /// An attempt failed.
    Refused(FailedAttempt),
    /// The opening handshake is done.
    Opened,
    /// What was to be sent has been written.
    Sent,
    /// A pong arrived.
    Pong,
    /// The connection is gone.
    Lost(Ending),
    /// The time that [`Lifecycle::wake_at`](crate::lifecycle::Lifecycle::wake_at) named has come.
    Wake {
        /// Data waits on the socket that has not been looked at.
        unread: bool,
        /// Bytes received by all connections so far.
        received: u64,
    },
    /// Nothing is read from the connection for now, because the queue is full.
    ReadingStopped,
    /// The connection is read again.
    ReadingResumed,
    /// The queue was full, and that is to fail the session; the text says how.
    Overflowed(String),
    /// A message was too long; its length in bytes.
    Oversize(usize),
    /// Nobody wants messages for now: let go of the feed.
    Pause,
    /// Messages are wanted again.
    Resume,
    /// The session is to end.
    Stop,
}

/// Something is to be done.
#[derive(Clone, Debug, PartialEq)]
pub enum Action {
    /// Begin an attempt to connect.
    Connect,
    /// Send the subscription message and answer with [`Event::Sent`].
    Subscribe,
    /// The connection counts as up: opened, and the subscription message, if any, written.
    Up,
    /// Send a ping.
    Ping,
    /// Send a close frame with this code and go on reading.
    Close(u16),
    /// Drop the connection, or the attempt.
    Disconnect,
    /// Tell the operator.
    Report(Report),
    /// The session has failed for good; the text says why.
    Fail(String),
    /// The session is over.
    End,
}

/// What the rules depend on.
#[derive(Clone, Debug)]
pub struct Rules {
    /// The URL without secrets, for texts.
    pub endpoint: String,
    /// Whether a subscription message is to be sent.
    pub subscribe: bool,
    /// What giving up means.
    pub exhausted_action: ExhaustedAction,
    /// How long writing the subscription message may take.
    pub send_timeout: Duration,
    /// Between two pings; `None`: none are sent.
    pub ping_interval: Option<Duration>,
    /// How long a pong may take.
    pub ping_timeout: Duration,
    /// How long nothing may come; `None`: however long.
    pub idle_timeout: Option<Duration>,
    /// What a message does that is longer than `max_message_bytes`.
    pub oversize_action: OversizeAction,
    /// The longest message to take, for texts.
    pub max_message_bytes: usize,
}

impl Rules {
    /// The rules that these settings ask for.
    #[must_use]
    pub fn of(settings: &Settings) -> Self {
        let unless_zero = |millis| (millis > 0).then(|| Duration::from_millis(millis));
        Self {
            endpoint: settings.endpoint(),
            subscribe: settings.subscription_message.is_some(),
            exhausted_action: settings.reconnect.exhausted_action,
            send_timeout: settings.connection_timeout(),
            ping_interval: unless_zero(settings.ping.interval_ms),
            ping_timeout: Duration::from_millis(settings.ping.timeout_ms),
            idle_timeout: unless_zero(settings.idle_timeout_ms),
            oversize_action: settings.oversize_action,
            max_message_bytes: settings.max_message_bytes,
        }
    }
}
