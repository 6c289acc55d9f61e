//! Settings of what is said to the server and heard from it.

use serde::Deserialize;
use zeroize::Zeroize as _;

/// Subscribing (`websocket.subscription.*`).
#[derive(Clone, Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Subscription {
    /// Between the opening and the first message, the login too, in milliseconds.
    pub delay_ms: u64,
    /// Between two messages, in milliseconds.
    pub interval_ms: u64,
    /// The matcher of acks, one a message; `None`: none are expected.
    pub ack_match: Option<String>,
    /// How long an ack may take, the login's too, in milliseconds.
    pub ack_timeout_ms: u64,
    /// The matcher of refusals.
    pub error_match: Option<String>,
    /// What a refusal or a missing ack does.
    pub failure_action: FailureAction,
}

impl Default for Subscription {
    fn default() -> Self {
        Self {
            delay_ms: 0,
            interval_ms: 0,
            ack_match: None,
            ack_timeout_ms: 10_000,
            error_match: None,
            failure_action: FailureAction::Warn,
        }
    }
}

/// What a subscription that failed does (`websocket.subscription.failure.action`).
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "lowercase")]
pub enum FailureAction {
    /// It is logged.
    Warn,
    /// The connection is closed and opened again.
    Reconnect,
    /// The task fails.
    Fail,
}

/// Logging in (`websocket.login.*`).
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Login {
    /// The template of the message.
    pub message: String,
    /// The matcher of the ack, which is always waited for.
    #[serde(default)]
    pub ack_match: Option<String>,
}

impl Drop for Login {
    fn drop(&mut self) {
        self.message.zeroize();
    }
}

/// Messages that keep the connection alive (`websocket.heartbeat.*`).
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Heartbeat {
    /// The template of the message; `None`: none are sent, and what matches is the server's own.
    #[serde(default)]
    pub message: Option<String>,
    /// Between two messages, in milliseconds.
    #[serde(default = "twenty_seconds")]
    pub interval_ms: u64,
    /// Only when nothing has come for the interval.
    #[serde(default)]
    pub only_when_idle: bool,
    /// The matcher of answers; `None`: none are expected.
    #[serde(default)]
    pub response_match: Option<String>,
    /// How long an answer may take, in milliseconds.
    #[serde(default = "ten_seconds")]
    pub response_timeout_ms: u64,
}

impl Drop for Heartbeat {
    fn drop(&mut self) {
        self.message.zeroize();
    }
}

/// At most so many frames sent in any stretch of time of that length (`websocket.send.max.per.window`).
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq)]
#[serde(deny_unknown_fields)]
pub struct SendBudget {
    /// Frames, at least one.
    pub times: u32,
    /// The stretch, in milliseconds.
    pub window_ms: u64,
}

/// How a planned reconnect is done (`websocket.connection.handover`).
#[derive(Clone, Copy, Debug, Default, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "lowercase")]
pub enum Handover {
    /// The old connection is closed first.
    #[default]
    Break,
    /// The new connection is subscribed before the old one is closed.
    Overlap,
}

/// Which messages are handed over once only (`websocket.dedupe.*`).
#[derive(Clone, Debug, Deserialize, PartialEq, Eq)]
#[serde(deny_unknown_fields)]
pub struct Dedupe {
    /// JSON Pointers with commas between them to what makes messages the same; `None`: all their bytes.
    #[serde(default)]
    pub pointers: Option<String>,
    /// How many messages are remembered.
    #[serde(default = "hundred_thousand")]
    pub window: usize,
}

fn twenty_seconds() -> u64 {
    20_000
}

fn ten_seconds() -> u64 {
    10_000
}

fn hundred_thousand() -> usize {
    100_000
}
