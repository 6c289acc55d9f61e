//! What the connection's rules hear, answer and depend on.

use std::time::Duration;

use crate::conversation::{Conversation, Message};
use crate::dial::Dialer;
use crate::dialogue;
use crate::ear::Heard;
use crate::failure::{Ending, FailedAttempt};
use crate::reports::Report;
use crate::settings::{ExhaustedAction, FailureAction, Handover, OversizeAction, Settings};
use crate::{heartbeat, live};

/// How much has come, at the time of an [`Event::Wake`].
#[derive(Clone, Copy, Debug, Default)]
pub struct Look {
    /// Data waits on the socket that has not been looked at.
    pub unread: bool,
    /// Bytes received by all connections so far.
    pub received: u64,
    /// Messages so far.
    pub messages: u64,
    /// Those that are data: not answers, heartbeats or notices.
    pub data: u64,
}

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
    Wake(Look),
    /// A message means something to the rules.
    Heard {
        /// What.
        heard: Heard,
        /// An error's text, fit to be shown.
        shown: Option<String>,
    },
    /// The connection that is to replace this one is up, or this one is not needed any more.
    Replaced,
    /// This one was to replace another one, which is gone: it is the only one from now on.
    Leads,
    /// The connection that was to replace this one has given up.
    Alone,
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
    /// The next attempt goes to the endpoint at this place.
    TurnTo(usize),
    /// Begin an attempt to connect.
    Connect,
    /// Send this and answer with [`Event::Sent`].
    Say(Message),
    /// The connection counts as up: opened, and whatever is to be said is said and acknowledged.
    Up,
    /// Send a ping.
    Ping,
    /// Send a heartbeat.
    Heartbeat,
    /// A subscription message was acknowledged.
    Acknowledged,
    /// A login or a subscription message failed.
    Failed {
        /// It was the login.
        is_login: bool,
        /// Which, and why.
        why: String,
    },
    /// The connection is replaced by plan.
    Replaced,
    /// Open another connection that is to replace this one, and go on until [`Event::Replaced`].
    HandOver,
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

/// Why the session fails that has dropped messages; `how` says how full the queue was.
#[must_use]
pub fn overflowed(how: &str) -> String {
    format!("a message found no room and websocket.overflow.policy=fail: {how}")
}

/// What the rules depend on.
#[derive(Clone, Debug)]
pub struct Rules {
    /// The URLs without secrets, for texts; at least one.
    pub endpoints: Vec<String>,
    /// What giving up means.
    pub exhausted_action: ExhaustedAction,
    /// What an open connection depends on.
    pub live: live::Rules,
    /// What a subscription message means that fails.
    pub failure_action: FailureAction,
    /// How old a connection gets before it is replaced; `None`: however old.
    pub max_age: Option<Duration>,
    /// How it is replaced.
    pub handover: Handover,
    /// When replacing it is tried again after that failed.
    pub renew_again: Duration,
    /// What a message does that is longer than `max_message_bytes`.
    pub oversize_action: OversizeAction,
    /// The longest message to take, for texts.
    pub max_message_bytes: usize,
}

impl Rules {
    /// The rules that these settings ask for.
    #[must_use]
    pub fn of(dialer: &Dialer) -> Self {
        let settings = &dialer.settings;
        Self {
            endpoints: settings.endpoints(),
            exhausted_action: settings.reconnect.exhausted_action,
            live: live_rules(settings, &dialer.conversation),
            failure_action: settings.subscription.failure_action,
            max_age: unless_zero(settings.max_age_ms),
            handover: settings.handover,
            renew_again: Duration::from_millis(settings.reconnect.backoff_max_ms),
            oversize_action: settings.oversize_action,
            max_message_bytes: settings.max_message_bytes,
        }
    }
}

fn live_rules(settings: &Settings, conversation: &Conversation) -> live::Rules {
    let millis = Duration::from_millis;
    // What is due may have to wait for the window before it is written, and for what waits already.
    let paced = millis(settings.send_budget.map_or(0, |budget| budget.window_ms)) * 2;
    let subscription = &settings.subscription;
    live::Rules {
        dialogue: dialogue::Rules {
            login: settings.login.is_some(),
            subscriptions: conversation.subscriptions(),
            delay: millis(subscription.delay_ms),
            interval: millis(subscription.interval_ms),
            acknowledged: subscription.ack_match.is_some(),
            ack_timeout: millis(subscription.ack_timeout_ms),
            write_timeout: settings.connection_timeout() + paced,
        },
        heartbeat: heartbeat_rules(settings),
        ping_interval: unless_zero(settings.ping.interval_ms),
        ping_timeout: millis(settings.ping.timeout_ms),
        paced,
        idle_timeout: unless_zero(settings.idle_timeout_ms),
        data_timeout: unless_zero(settings.data_timeout_ms),
    }
}

fn heartbeat_rules(settings: &Settings) -> Option<heartbeat::Rules> {
    let heartbeat = settings.heartbeat.as_ref()?;
    heartbeat.message.as_ref()?;
    let timeout = Duration::from_millis(heartbeat.response_timeout_ms);
    Some(heartbeat::Rules {
        interval: Duration::from_millis(heartbeat.interval_ms),
        only_when_idle: heartbeat.only_when_idle,
        response_timeout: heartbeat.response_match.as_ref().map(|_| timeout),
    })
}

fn unless_zero(millis: u64) -> Option<Duration> {
    (millis > 0).then(|| Duration::from_millis(millis))
}
