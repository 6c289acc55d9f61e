//! What is wrong with settings.

use std::borrow::Cow;
use std::fmt;

use super::{ConnectBudget, HARD_MESSAGE_LIMIT, SendBudget, Settings, access};
use crate::batch::record_bytes;
use crate::route::Proxies;
use crate::template;

/// The most messages that dedupe remembers.
const MOST_REMEMBERED: usize = 10_000_000;

/// What is wrong with one key of the configuration. Shown as `key: text`; holds nothing secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// The configuration's key.
    pub key: Cow<'static, str>,
    /// What is wrong.
    pub text: String,
}

impl Problem {
    /// A problem with a key.
    #[must_use]
    pub fn new(key: impl Into<Cow<'static, str>>, text: impl Into<String>) -> Self {
        Self {
            key: key.into(),
            text: text.into(),
        }
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.key, self.text)
    }
}

/// Everything that is wrong.
pub(super) fn problems(settings: &Settings) -> Vec<Problem> {
    let mut problems = Vec::new();
    problems.extend(url(settings));
    problems.extend(settings.tls.problems());
    problems.extend(login(settings));
    problems.extend(zeros(settings));
    problems.extend(bounds(settings));
    problems.extend(
        settings
            .headers
            .iter()
            .filter_map(|(name, value)| header_problem(name, value))
            .map(|text| Problem::new("websocket.headers", text)),
    );
    problems.extend(Proxies::of(&settings.proxies).err());
    problems.extend(subprotocols(settings));
    problems.extend(secrets(settings));
    if settings.subscription_message.is_some() && settings.subscription_messages.is_some() {
        problems.push(Problem::new(
            "websocket.subscription.messages",
            "cannot be set together with websocket.subscription.message",
        ));
    }
    problems.extend(access::problems(settings));
    problems.extend(settings.requests().err().into_iter().flatten());
    problems.extend(settings.conversation().err().into_iter().flatten());
    problems
}

/// Without an acknowledgement nobody knows when to subscribe.
fn login(settings: &Settings) -> Option<Problem> {
    let login = settings.login.as_ref()?;
    let problem = || {
        Problem::new(
            "websocket.login.message",
            "needs websocket.login.ack.match: subscriptions wait for the login to be acknowledged",
        )
    };
    login.ack_match.is_none().then(problem)
}

fn url(settings: &Settings) -> Option<Problem> {
    let first = ("websocket.url", &settings.url);
    let further = settings.urls.iter().map(|url| ("websocket.urls", url));
    let mut all = std::iter::once(first).chain(further);
    all.find_map(|(key, url)| {
        let problem = url.problem(["ws", "wss"]);
        problem.map(|text| Problem::new(key, text))
    })
}

/// What must be at least 1.
fn zeros(settings: &Settings) -> impl Iterator<Item = Problem> {
    let heartbeat = settings.heartbeat.as_ref();
    let counts = [
        (
            "websocket.message.queue.size",
            settings.queue.messages as u64,
        ),
        (
            "websocket.overflow.block.max.ms",
            settings.queue.block_max_ms,
        ),
        (
            "websocket.poll.max.records",
            settings.poll_max_records as u64,
        ),
        (
            "websocket.max.message.bytes",
            settings.max_message_bytes as u64,
        ),
        (
            "websocket.connection.timeout.ms",
            settings.connection_timeout_ms,
        ),
        (
            "websocket.reconnect.interval.ms",
            settings.reconnect.interval_ms,
        ),
        (
            "websocket.reconnect.backoff.max.ms",
            settings.reconnect.backoff_max_ms,
        ),
        ("websocket.ping.timeout.ms", settings.ping.timeout_ms),
        (
            "websocket.subscription.ack.timeout.ms",
            settings.subscription.ack_timeout_ms,
        ),
        (
            "websocket.heartbeat.interval.ms",
            heartbeat.map_or(1, |heartbeat| heartbeat.interval_ms),
        ),
        (
            "websocket.heartbeat.response.timeout.ms",
            heartbeat.map_or(1, |heartbeat| heartbeat.response_timeout_ms),
        ),
        (
            "websocket.dedupe.window",
            settings
                .dedupe
                .as_ref()
                .map_or(1, |dedupe| dedupe.window as u64),
        ),
    ];
    counts
        .into_iter()
        .filter(|(_, value)| *value == 0)
        .map(|(key, _)| Problem::new(key, "must be at least 1"))
}

fn bounds(settings: &Settings) -> Vec<Problem> {
    let mut problems = Vec::new();
    let mut check = |wrong: bool, key, text: String| {
        if wrong {
            problems.push(Problem::new(key, text));
        }
    };
    check(
        settings.max_message_bytes > HARD_MESSAGE_LIMIT,
        "websocket.max.message.bytes",
        format!("must be at most {HARD_MESSAGE_LIMIT}"),
    );
    let least = record_bytes(settings.max_message_bytes);
    check(
        settings.queue.bytes < least,
        "websocket.buffer.max.bytes",
        format!("must be at least {least}: a message of websocket.max.message.bytes has to fit"),
    );
    check(
        !(0.0..=1.0).contains(&settings.reconnect.jitter),
        "websocket.reconnect.jitter",
        "must be from 0 to 1".into(),
    );
    check(
        matches!(
            settings.reconnect.budget,
            Some(ConnectBudget { attempts: 0, .. } | ConnectBudget { window_ms: 0, .. })
        ),
        "websocket.reconnect.max.per.window",
        "must allow an attempt".into(),
    );
    check(
        matches!(
            settings.send_budget,
            Some(SendBudget { times: 0, .. } | SendBudget { window_ms: 0, .. })
        ),
        "websocket.send.max.per.window",
        "must allow a frame".into(),
    );
    let remembered = settings.dedupe.as_ref().map_or(0, |dedupe| dedupe.window);
    check(
        remembered > MOST_REMEMBERED,
        "websocket.dedupe.window",
        format!("must be at most {MOST_REMEMBERED}"),
    );
    problems
}

/// RFC 9110 section 5.6.2.
fn is_token(text: &str) -> bool {
    let is_part = |byte: u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte);
    !text.is_empty() && text.bytes().all(is_part)
}

/// RFC 6455 section 4.1: different tokens, in one place.
fn subprotocols(settings: &Settings) -> Option<Problem> {
    let offered = &settings.subprotocols;
    let is_twice = |name: &String| offered.iter().filter(|other| *other == name).count() > 1;
    let has_header = settings
        .headers
        .iter()
        .any(|(name, _)| name.eq_ignore_ascii_case("Sec-WebSocket-Protocol"));
    let text = if !offered.iter().all(|name| is_token(name)) {
        "has a name that is no HTTP token"
    } else if offered.iter().any(is_twice) {
        "has a name twice"
    } else if has_header && !offered.is_empty() {
        "cannot be set together with the header Sec-WebSocket-Protocol"
    } else {
        return None;
    };
    Some(Problem::new("websocket.subprotocols", text))
}

/// RFC 9110 section 5: a token for a name, no control characters in a value.
pub(crate) fn header_problem(name: &str, value: &str) -> Option<String> {
    if !is_token(name) {
        Some("has a header whose name is no HTTP token".into())
    } else if value
        .bytes()
        .any(|byte| byte.is_ascii_control() && byte != b'\t')
    {
        Some(format!(
            "has a control character in the value of the header {name}"
        ))
    } else {
        None
    }
}

fn secrets(settings: &Settings) -> impl Iterator<Item = Problem> {
    let is_name = |name: &str| !name.is_empty() && name.chars().all(template::is_in_name);
    let names = settings.secrets.names();
    names.filter(move |name| !is_name(name)).map(|_| {
        Problem::new(
            "websocket.secret.<NAME>",
            "a name has letters, digits, _, - and . only",
        )
    })
}
