//! What a session is told, as JSON from the plugin.

use std::borrow::Cow;
use std::time::Duration;

use serde::Deserialize;
use url::Url;
use zeroize::Zeroize as _;

use crate::conversation::Conversation;
use crate::messages;
use crate::redact::{self, Secrets};
use crate::route::Proxies;
use crate::template::SecretValues;

mod check;
mod groups;
mod proxies;
mod talk;

pub use check::Problem;
pub use groups::{
    ConnectBudget, ExhaustedAction, OverflowPolicy, OversizeAction, Pings, QueueBounds, Reconnect,
    ValueFormat,
};
pub use proxies::ProxyFor;
pub use talk::{Dedupe, FailureAction, Handover, Heartbeat, Login, SendBudget, Subscription};

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
    /// The ways there that are not direct.
    #[serde(default)]
    pub proxies: Vec<ProxyFor>,
    /// Request headers of the opening handshake, in order.
    #[serde(default)]
    pub headers: Vec<(String, String)>,
    /// Sent once after each opening, as it is.
    #[serde(default)]
    pub subscription_message: Option<String>,
    /// A JSON array of templates, sent in order after each opening.
    #[serde(default)]
    pub subscription_messages: Option<String>,
    /// How these are sent, and what is to come back.
    #[serde(default)]
    pub subscription: Subscription,
    /// What is sent before them.
    #[serde(default)]
    pub login: Option<Login>,
    /// What is sent from time to time.
    #[serde(default)]
    pub heartbeat: Option<Heartbeat>,
    /// A JSON array of rules by which messages are answered.
    #[serde(default)]
    pub reply_rules: Option<String>,
    /// How much may be sent; `None`: no bound.
    #[serde(default)]
    pub send_budget: Option<SendBudget>,
    /// The values of `{{secret.NAME}}`.
    #[serde(default)]
    pub secrets: SecretValues,
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
    /// How long no data may come before the connection counts as dead, in milliseconds; 0: however long.
    #[serde(default)]
    pub data_timeout_ms: u64,
    /// After this time a connection is replaced by another, in milliseconds; 0: never.
    #[serde(default)]
    pub max_age_ms: u64,
    /// How it is replaced.
    #[serde(default)]
    pub handover: Handover,
    /// The matcher of messages after which it is replaced.
    #[serde(default)]
    pub reconnect_on_match: Option<String>,
    /// Whether messages that a matcher knows are kept back.
    #[serde(default)]
    pub drop_control: bool,
    /// Which messages are handed over once only; `None`: all as they come.
    #[serde(default)]
    pub dedupe: Option<Dedupe>,
    /// Whether somebody takes events.
    #[serde(default)]
    pub events: bool,
    /// Whether the owner has newer settings when it is asked.
    #[serde(default)]
    pub fresh_settings: bool,
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
        let settings = Self::read(json)?;
        match check::problems(&settings).first() {
            None => Ok(settings),
            Some(problem) => Err(problem.to_string()),
        }
    }

    /// All that is wrong with settings, each as `key: text`. Of what cannot be read at all, that alone.
    #[must_use]
    pub fn problems(json: &str) -> Vec<String> {
        match Self::read(json) {
            Ok(settings) => check::problems(&settings)
                .iter()
                .map(Problem::to_string)
                .collect(),
            Err(problem) => vec![problem],
        }
    }

    fn read(json: &str) -> Result<Self, String> {
        serde_json::from_str(json).map_err(|error| {
            if let Some(problem) = url_problem(json) {
                return Problem::new("websocket.url", format!("is no URL: {problem}")).to_string();
            }
            // serde quotes the offending value, which may be a secret: keep its category and place only.
            format!(
                "the settings cannot be read: {:?} error at column {}",
                error.classify(),
                error.column()
            )
        })
    }

    /// Scheme, host, port and path of the URL: what may be shown.
    #[must_use]
    pub fn endpoint(&self) -> String {
        redact::endpoint(&self.url)
    }

    /// These as newer ones of a session that was started with others: what holds for as long as the session stays as it was.
    #[must_use]
    pub fn of_session(mut self, started: &Self) -> Self {
        self.reconnect = started.reconnect.clone();
        self.queue = started.queue;
        self.max_message_bytes = started.max_message_bytes;
        self.oversize_action = started.oversize_action;
        self.value_format = started.value_format;
        self.poll_max_records = started.poll_max_records;
        self.poll_linger_ms = started.poll_linger_ms;
        self.dedupe.clone_from(&started.dedupe);
        self.events = started.events;
        self
    }

    /// Everything that must never be shown.
    #[must_use]
    pub fn secrets(&self) -> Secrets {
        let mut secrets = Secrets::of(
            &self.url,
            &self.headers,
            self.subscription_message.as_deref(),
        );
        for value in self.secrets.values() {
            secrets.add(value);
        }
        if let Ok(proxies) = Proxies::of(&self.proxies) {
            proxies.add_secrets(&mut secrets);
        }
        let login = self.login.as_ref().map(|login| login.message.as_str());
        let heartbeat = self.heartbeat.as_ref();
        let heartbeat = heartbeat.and_then(|heartbeat| heartbeat.message.as_deref());
        for message in login.into_iter().chain(heartbeat) {
            secrets.add_message(message);
        }
        let subscription = self.subscription_messages.as_deref();
        for message in messages::split(subscription.unwrap_or_default())
            .into_iter()
            .flatten()
        {
            secrets.add_message(&message);
        }
        let rules = self.reply_rules.as_deref().unwrap_or_default();
        for rule in messages::split_rules(rules).into_iter().flatten() {
            secrets.add_message(&rule.send);
        }
        secrets
    }

    /// Whether the server or a proxy is spoken to by TLS.
    #[must_use]
    pub fn speaks_tls(&self) -> bool {
        let proxies = Proxies::of(&self.proxies);
        self.url.scheme() == "wss" || proxies.is_ok_and(|proxies| proxies.speak_tls())
    }

    /// What is said to the server and heard from it.
    pub fn conversation(&self) -> Result<Conversation, Vec<Problem>> {
        Conversation::of(self)
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
        self.subscription_messages.zeroize();
        self.reply_rules.zeroize();
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

#[cfg(test)]
mod tests;
