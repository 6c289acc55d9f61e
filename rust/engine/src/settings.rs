//! What a session is told, as JSON from the plugin.

use std::borrow::Cow;
use std::time::Duration;

use serde::Deserialize;
use url::Url;
use zeroize::Zeroize as _;

use crate::batch::record_bytes;
use crate::redact::{self, Secrets};

/// The longest message that can be handed over, in bytes. A longer one closes the connection with 1009.
pub const HARD_MESSAGE_LIMIT: usize = 64 * 1024 * 1024;

/// A session's settings. Unknown keys are refused. Names and defaults: docs/DESIGN.md, "Settings".
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// The connector's name.
    pub connector: String,
    /// The task's number.
    #[serde(default)]
    pub task: u32,
    /// Where the feed is.
    pub url: Url,
    /// Request headers of the opening handshake, in order.
    #[serde(default)]
    pub headers: Vec<(String, String)>,
    /// Sent once after each opening.
    #[serde(default)]
    pub subscription_message: Option<String>,
    /// One deadline over name resolution, TCP, TLS and the opening handshake, in milliseconds.
    #[serde(default = "thirty_seconds")]
    pub connection_timeout_ms: u64,
    /// When to connect again.
    #[serde(default)]
    pub reconnect: Reconnect,
    /// The queue's bounds.
    #[serde(default)]
    pub queue: QueueBounds,
    /// What the queues of all sessions of the process may hold together, in bytes; `None` leaves that as it is.
    #[serde(default)]
    pub memory_max_bytes: Option<usize>,
    /// Longer messages are discarded and counted, in bytes.
    #[serde(default = "one_megabyte")]
    pub max_message_bytes: usize,
    /// What a longer message does.
    #[serde(default)]
    pub oversize_action: OversizeAction,
    /// What a message becomes.
    #[serde(default)]
    pub value_format: ValueFormat,
    /// The most records one poll returns.
    #[serde(default = "two_thousand")]
    pub poll_max_records: usize,
    /// How long after the last records a poll waits for more than a few, in milliseconds; 0: not at all, and the reader does not either.
    #[serde(default = "two")]
    pub poll_linger_ms: u64,
    /// Pings that we send.
    #[serde(default)]
    pub ping: Pings,
    /// How long nothing may come before the connection counts as dead, in milliseconds; 0: however long.
    #[serde(default)]
    pub idle_timeout_ms: u64,
}

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

fn thirty_seconds() -> u64 {
    30_000
}

fn one_megabyte() -> usize {
    1_000_000
}

fn two() -> u64 {
    2
}

fn two_thousand() -> usize {
    2000
}

impl Settings {
    /// Reads and checks settings. The error names the key, never a secret value.
    pub fn parse(json: &str) -> Result<Self, String> {
        let settings: Self = serde_json::from_str(json).map_err(|error| {
            if let Some(problem) = url_problem(json) {
                return format!("websocket.url is no URL: {problem}");
            }
            // serde quotes the offending value, which may be a secret: keep its category and place only.
            format!(
                "the settings cannot be read: {:?} error at column {}",
                error.classify(),
                error.column()
            )
        })?;
        settings.check().map(|()| settings)
    }

    fn check(&self) -> Result<(), String> {
        if !matches!(self.url.scheme(), "ws" | "wss") {
            return Err("websocket.url must begin with ws:// or wss://".into());
        }
        if self.url.host_str().is_none_or(str::is_empty) {
            return Err("websocket.url names no host".into());
        }
        for (key, value) in [
            ("websocket.message.queue.size", self.queue.messages as u64),
            ("websocket.overflow.block.max.ms", self.queue.block_max_ms),
            ("websocket.poll.max.records", self.poll_max_records as u64),
            ("websocket.max.message.bytes", self.max_message_bytes as u64),
            (
                "websocket.connection.timeout.ms",
                self.connection_timeout_ms,
            ),
            (
                "websocket.reconnect.interval.ms",
                self.reconnect.interval_ms,
            ),
            (
                "websocket.reconnect.backoff.max.ms",
                self.reconnect.backoff_max_ms,
            ),
            ("websocket.ping.timeout.ms", self.ping.timeout_ms),
        ] {
            if value == 0 {
                return Err(format!("{key} must be at least 1"));
            }
        }
        if self.max_message_bytes > HARD_MESSAGE_LIMIT {
            return Err(format!(
                "websocket.max.message.bytes must be at most {HARD_MESSAGE_LIMIT}"
            ));
        }
        if self.queue.bytes < record_bytes(self.max_message_bytes) {
            return Err(format!(
                "websocket.buffer.max.bytes must be at least {}: a message of websocket.max.message.bytes has to fit",
                record_bytes(self.max_message_bytes)
            ));
        }
        if !(0.0..=1.0).contains(&self.reconnect.jitter) {
            return Err("websocket.reconnect.jitter must be from 0 to 1".into());
        }
        if let Some(ConnectBudget { attempts: 0, .. } | ConnectBudget { window_ms: 0, .. }) =
            self.reconnect.budget
        {
            return Err("websocket.reconnect.max.per.window must allow an attempt".into());
        }
        for (name, value) in &self.headers {
            check_header(name, value)?;
        }
        Ok(())
    }

    /// Scheme, host, port and path of the URL: what may be shown.
    #[must_use]
    pub fn endpoint(&self) -> String {
        redact::endpoint(&self.url)
    }

    /// Everything that must never be shown.
    #[must_use]
    pub fn secrets(&self) -> Secrets {
        Secrets::of(
            &self.url,
            &self.headers,
            self.subscription_message.as_deref(),
        )
    }

    /// One deadline over name resolution, TCP, TLS and the opening handshake.
    #[must_use]
    pub fn connection_timeout(&self) -> Duration {
        Duration::from_millis(self.connection_timeout_ms)
    }
}

/// What the session was told in confidence does not stay in freed memory, where a core dump would show it.
impl Drop for Settings {
    fn drop(&mut self) {
        let nothing = Url::parse("data:,").expect("a URL");
        String::from(std::mem::replace(&mut self.url, nothing)).zeroize();
        for (_, value) in &mut self.headers {
            value.zeroize();
        }
        self.subscription_message.zeroize();
    }
}

/// What is wrong with the URL in settings that cannot be read, if that is why.
fn url_problem(json: &str) -> Option<url::ParseError> {
    #[derive(Deserialize)]
    struct Address<'a> {
        #[serde(borrow)]
        url: Cow<'a, str>,
    }
    let address: Address = serde_json::from_str(json).ok()?;
    Url::parse(&address.url).err()
}

/// RFC 9110 section 5: a token for a name, no control characters in a value.
fn check_header(name: &str, value: &str) -> Result<(), String> {
    let is_token = |byte: u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte);
    if name.is_empty() || !name.bytes().all(is_token) {
        return Err("websocket.headers has a header whose name is no HTTP token".into());
    }
    if value
        .bytes()
        .any(|byte| byte.is_ascii_control() && byte != b'\t')
    {
        return Err(format!(
            "websocket.headers has a control character in the value of the header {name}"
        ));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn defaults_are_the_runbooks() {
        let settings =
            Settings::parse(r#"{"connector":"c","url":"wss://h/p?token=x"}"#).expect("valid");
        assert_eq!(
            (settings.connection_timeout_ms, settings.queue.messages),
            (30_000, 10_000)
        );
        let reconnect = &settings.reconnect;
        assert_eq!(
            (
                reconnect.interval_ms,
                reconnect.backoff_max_ms,
                reconnect.max_attempts
            ),
            (5000, 60_000, -1)
        );
        assert!(reconnect.enabled && reconnect.exhausted_action == ExhaustedAction::Fail);
        assert_eq!(settings.endpoint(), "wss://h/p");
    }

    #[test]
    fn bad_settings_name_the_key_and_no_secret() {
        for (json, says) in [
            (r#"{"connector":"c","url":"http://h/"}"#, "websocket.url"),
            (
                r#"{"connector":"c","url":"ws://h/","queue":{"messages":0}}"#,
                "websocket.message.queue.size",
            ),
            (
                r#"{"connector":"c","url":"ws://h/","max_message_bytes":99999999999}"#,
                "websocket.max.message.bytes",
            ),
            (
                r#"{"connector":"c","url":"ws://h/","queue":{"bytes":1000015}}"#,
                "websocket.buffer.max.bytes must be at least 1000016",
            ),
            (
                r#"{"connector":"c","url":"ws://h/","queue":{"block_max_ms":0}}"#,
                "websocket.overflow.block.max.ms",
            ),
            (
                r#"{"connector":"c","url":"ws://h/","reconnect":{"jitter":1.5}}"#,
                "websocket.reconnect.jitter",
            ),
            (
                r#"{"connector":"c","url":"ws://h/","reconnect":{"budget":{"attempts":0,"window_ms":1}}}"#,
                "websocket.reconnect.max.per.window",
            ),
            (
                r#"{"connector":"c","url":"ws://h/","queue":{"overflow_policy":"s3cret"}}"#,
                "cannot be read",
            ),
            (
                r#"{"connector":"c","url":"ws://h/","headers":[["X-Key","s3cret\r\nEvil: 1"]]}"#,
                "X-Key",
            ),
            (
                r#"{"connector":"c","url":"ws://h/","headers":[["X Key","s3cret"]]}"#,
                "token",
            ),
            (
                r#"{"connector":"c","url":"ws://s3cret@"}"#,
                "websocket.url is no URL",
            ),
            (
                r#"{"connector":"c","url":"ws://h/","s3cret":1}"#,
                "cannot be read",
            ),
            (r#"{"connector":"c"}"#, "cannot be read"),
        ] {
            let error = Settings::parse(json).err().expect("refused");
            assert!(error.contains(says) && !error.contains("s3cret"), "{error}");
        }
    }
}
