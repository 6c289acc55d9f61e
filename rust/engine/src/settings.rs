//! What a session is told, as JSON from the plugin.

use std::borrow::Cow;
use std::time::Duration;

use serde::Deserialize;
use zeroize::Zeroize as _;

use crate::address::Address;
use crate::conversation::Conversation;
use crate::messages;
use crate::preconnect;
use crate::redact::Secrets;
use crate::requests::{self, Requests};
use crate::route::Proxies;
use crate::template::{Scope, SecretValues};

mod access;
mod check;
mod groups;
mod proxies;
mod talk;
mod tls;

pub use access::{Auth, AuthType, ClientAuth, Method, OAuth2, Preconnect};
pub use check::Problem;
pub(crate) use check::header_problem;
pub use groups::{
    ConnectBudget, ExhaustedAction, OverflowPolicy, OversizeAction, PayloadFormat, Pings,
    QueueBounds, Reconnect, ValueFormat,
};
pub use proxies::ProxyFor;
pub use talk::{Dedupe, FailureAction, Handover, Heartbeat, Login, SendBudget, Subscription};
pub use tls::{TlsSettings, TlsVersion};

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
    /// Where the feed is; may be a template.
    pub url: Address,
    /// Where else it is, to be tried in this order; may be templates.
    #[serde(default)]
    pub urls: Vec<Address>,
    /// The subprotocols to offer, the preferred one first.
    #[serde(default)]
    pub subprotocols: Vec<String>,
    /// The ways there that are not direct.
    #[serde(default)]
    pub proxies: Vec<ProxyFor>,
    /// For whoever is spoken to over TLS.
    #[serde(default)]
    pub tls: TlsSettings,
    /// Request headers of the opening handshake, in order; those with `{{` are templates.
    #[serde(default)]
    pub headers: Vec<(String, String)>,
    /// Who we are.
    #[serde(default)]
    pub auth: Auth,
    /// What is called before each attempt.
    #[serde(default)]
    pub preconnect: Option<Preconnect>,
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
    /// Whether compression is offered to the server (RFC 7692).
    #[serde(default = "yes")]
    pub compression: bool,
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
    /// What the payloads of binary messages are compressed with.
    #[serde(default)]
    pub payload_decompress: PayloadFormat,
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

fn yes() -> bool {
    true
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
        self.url.endpoint()
    }

    /// These as newer ones of a session that was started with others: what holds for as long as the session stays as it was.
    #[must_use]
    pub fn of_session(mut self, started: &Self) -> Self {
        self.reconnect = started.reconnect.clone();
        self.queue = started.queue;
        self.max_message_bytes = started.max_message_bytes;
        self.oversize_action = started.oversize_action;
        self.value_format = started.value_format;
        self.payload_decompress = started.payload_decompress;
        self.poll_max_records = started.poll_max_records;
        self.poll_linger_ms = started.poll_linger_ms;
        self.dedupe.clone_from(&started.dedupe);
        self.events = started.events;
        self
    }

    /// All endpoints, as may be shown, the first one first.
    #[must_use]
    pub fn endpoints(&self) -> Vec<String> {
        let all = std::iter::once(&self.url).chain(&self.urls);
        all.map(Address::endpoint).collect()
    }

    /// The endpoint at this place, or the first one if there is none.
    #[must_use]
    pub fn address_at(&self, endpoint: usize) -> &Address {
        let further = endpoint.checked_sub(1).and_then(|at| self.urls.get(at));
        further.unwrap_or(&self.url)
    }

    /// Everything that must never be shown.
    #[must_use]
    pub fn secrets(&self) -> Secrets {
        let mut secrets = Secrets::default();
        for address in std::iter::once(&self.url).chain(&self.urls) {
            match address {
                Address::Fixed(url) => secrets.add_url(url),
                Address::Template(text) => {
                    if let Some((_, query)) = text.split_once('?') {
                        secrets.add_query(query);
                    }
                }
            }
        }
        secrets.add_headers(&self.headers);
        if let Some(message) = &self.subscription_message {
            secrets.add_message(message);
        }
        self.access_secrets(&mut secrets);
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

    /// What proves who we are, here and to those who are called before.
    fn access_secrets(&self, secrets: &mut Secrets) {
        let auth = &self.auth;
        for secret in [&auth.token, &auth.username, &auth.password]
            .into_iter()
            .flatten()
        {
            secrets.add(secret);
        }
        if let (Some(user), Some(password)) = (&auth.username, &auth.password) {
            secrets.add(&requests::basic(user, password));
        }
        if let Some(oauth2) = &auth.oauth2 {
            secrets.add(&oauth2.client_secret);
            secrets.add_message(oauth2.params.as_deref().unwrap_or_default());
            secrets.add_query(
                oauth2
                    .token_url
                    .split_once('?')
                    .map_or("", |(_, query)| query),
            );
        }
        if let Some(call) = &self.preconnect {
            secrets.add_query(call.url.split_once('?').map_or("", |(_, query)| query));
            secrets.add_message(call.headers.as_deref().unwrap_or_default());
            secrets.add_message(call.body.as_deref().unwrap_or_default());
        }
    }

    /// What templates may use: `extracted` is what the preconnect call brings.
    pub(crate) fn scope<'a>(&'a self, extracted: &'a [String]) -> Scope<'a> {
        Scope {
            extracted: Some(extracted),
            ..Scope::of(&self.secrets)
        }
    }

    /// The names of what the preconnect call brings.
    pub(crate) fn extracted(&self) -> Vec<String> {
        let call = self.preconnect.as_ref();
        let text = call.and_then(|call| call.extract.as_deref());
        preconnect::names(text.unwrap_or_default())
    }

    /// Where tokens come from, if they are asked for.
    pub(crate) fn oauth2(&self) -> Option<&OAuth2> {
        let wanted = self.auth.kind == AuthType::OAuth2;
        self.auth.oauth2.as_ref().filter(|_| wanted)
    }

    /// What is asked of servers before a connection is open.
    pub fn requests(&self) -> Result<Requests, Vec<Problem>> {
        Requests::of(self)
    }

    /// Whether anybody may be spoken to by TLS.
    #[must_use]
    pub fn speaks_tls(&self) -> bool {
        let called = [
            self.auth.oauth2.as_ref().map(|oauth2| &oauth2.token_url),
            self.preconnect.as_ref().map(|call| &call.url),
        ];
        let proxies = Proxies::of(&self.proxies);
        let mut endpoints = std::iter::once(&self.url).chain(&self.urls);
        endpoints.any(Address::may_be_secure)
            || proxies.is_ok_and(|proxies| proxies.speak_tls())
            || called
                .into_iter()
                .flatten()
                .any(|url| Address::parse(url).is_ok_and(|address| address.may_be_secure()))
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
        self.url.wipe();
        for url in &mut self.urls {
            url.wipe();
        }
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
    struct Configured<'a> {
        #[serde(borrow)]
        url: Cow<'a, str>,
    }
    let address: Configured = serde_json::from_str(json).ok()?;
    Address::parse(&address.url).err()
}

#[cfg(test)]
mod tests;
