//! Settings of the connection, by groups.

use serde::Deserialize;

/// When to connect again after a failed attempt or a lost connection.
#[derive(Clone, Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Reconnect {
    /// Whether at all.
    pub enabled: bool,
    /// The first delay, in milliseconds.
    pub interval_ms: u64,
    /// The longest delay, in milliseconds.
    pub backoff_max_ms: u64,
    /// Attempts in a row before giving up; 0 and less: no limit.
    pub max_attempts: i64,
    /// What giving up means.
    pub exhausted_action: ExhaustedAction,
    /// The part of a delay that may be taken away at random, from 0 to 1.
    pub jitter: f64,
    /// A connection that stayed open this long resets the attempts, in milliseconds.
    pub reset_after_ms: u64,
    /// How often connecting may be tried; `None`: no bound.
    pub budget: Option<ConnectBudget>,
    /// HTTP statuses of the opening handshake after which the task fails.
    pub fatal_http_statuses: Vec<u16>,
    /// Close codes after which the task fails.
    pub fatal_close_codes: Vec<u16>,
}

/// At most so many attempts in any stretch of time of that length (`websocket.reconnect.max.per.window`).
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq)]
#[serde(deny_unknown_fields)]
pub struct ConnectBudget {
    /// Attempts, at least one.
    pub attempts: u32,
    /// The stretch, in milliseconds.
    pub window_ms: u64,
}

impl Default for Reconnect {
    fn default() -> Self {
        Self {
            enabled: true,
            interval_ms: 5000,
            backoff_max_ms: 60_000,
            max_attempts: -1,
            exhausted_action: ExhaustedAction::Fail,
            jitter: 0.25,
            reset_after_ms: 10_000,
            budget: None,
            fatal_http_statuses: Vec::new(),
            fatal_close_codes: Vec::new(),
        }
    }
}

/// What happens when no further attempt will be made.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "lowercase")]
pub enum ExhaustedAction {
    /// The task fails.
    Fail,
    /// The task stays as it is, without a connection.
    Stay,
}

/// The queue's bounds.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct QueueBounds {
    /// Messages.
    pub messages: usize,
    /// Bytes, record headers included.
    pub bytes: usize,
    /// What a full queue means.
    pub overflow_policy: OverflowPolicy,
    /// How long data may wait unread under [`OverflowPolicy::Block`], in milliseconds.
    pub block_max_ms: u64,
}

/// What a full queue means (`websocket.overflow.policy`).
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "snake_case")]
pub enum OverflowPolicy {
    /// What comes is dropped.
    DropNewest,
    /// What has been queued longest is dropped.
    DropOldest,
    /// The socket is not read.
    Block,
    /// The task fails.
    Fail,
}

impl OverflowPolicy {
    /// As it is configured.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::DropNewest => "drop_newest",
            Self::DropOldest => "drop_oldest",
            Self::Block => "block",
            Self::Fail => "fail",
        }
    }
}

impl Default for QueueBounds {
    fn default() -> Self {
        Self {
            messages: 10_000,
            bytes: 64 * 1024 * 1024,
            overflow_policy: OverflowPolicy::DropNewest,
            block_max_ms: 10_000,
        }
    }
}

/// What a message does that is too long (`websocket.oversize.action`). It is counted whatever it does.
#[derive(Clone, Copy, Debug, Default, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "lowercase")]
pub enum OversizeAction {
    /// It is discarded.
    #[default]
    Skip,
    /// The task fails.
    Fail,
    /// The connection is closed with 1009 and opened again.
    Reconnect,
}

/// What the payloads of binary messages are compressed with (`websocket.payload.decompress`).
#[derive(Clone, Copy, Debug, Default, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "lowercase")]
pub enum PayloadFormat {
    /// They are left as they are.
    #[default]
    None,
    /// RFC 1952.
    Gzip,
    /// RFC 1950.
    Zlib,
    /// RFC 1951, without a wrapping.
    Deflate,
    /// RFC 8878.
    Zstd,
    /// Any of these but deflate without a wrapping, as their first bytes tell; others are left as they are.
    Auto,
}

impl PayloadFormat {
    /// As it is configured.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Gzip => "gzip",
            Self::Zlib => "zlib",
            Self::Deflate => "deflate",
            Self::Zstd => "zstd",
            Self::Auto => "auto",
        }
    }
}

/// What a message becomes.
#[derive(Clone, Copy, Debug, Default, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "lowercase")]
pub enum ValueFormat {
    /// A string; binary messages that are no UTF-8 are counted as unrepresentable.
    #[default]
    String,
    /// Bytes, whatever the message is.
    Bytes,
}

/// Pings that we send (RFC 6455 section 5.5.2).
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Pings {
    /// Between two pings, in milliseconds; 0: none are sent.
    pub interval_ms: u64,
    /// How long a pong may take, in milliseconds.
    pub timeout_ms: u64,
}

impl Default for Pings {
    fn default() -> Self {
        Self {
            interval_ms: 30_000,
            timeout_ms: 30_000,
        }
    }
}
