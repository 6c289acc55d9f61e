//! The log lines of the runbook ("Common Log Messages"), word for word, and the level of each.

use log::Level;

use crate::failure::Ending;
use crate::logs;
use crate::reconnect::{Held, Wait};
use crate::settings::Handover;

/// Something the operator is told about a connection.
#[derive(Clone, Debug, PartialEq)]
pub enum Report {
    /// The opening handshake is done.
    Opened,
    /// An open connection ended.
    Closed {
        /// How.
        ending: Ending,
    },
    /// An attempt failed.
    Failed {
        /// Why.
        why: String,
        /// The server's HTTP status, if it came to that.
        status: Option<u16>,
    },
    /// A subscription message could not be written, was refused or was not acknowledged.
    SubscriptionFailed {
        /// Which, and why.
        why: String,
    },
    /// The login could not be written, was refused or was not acknowledged.
    LoginFailed {
        /// Why.
        why: String,
    },
    /// The login is acknowledged.
    LoggedIn,
    /// Every subscription message was sent, and acknowledged or given up.
    Subscribed {
        /// How many there are.
        messages: usize,
    },
    /// A watchdog has run out.
    Silent {
        /// Which, and after which time.
        why: String,
    },
    /// The connection is replaced by plan.
    Renewed {
        /// Why.
        why: String,
        /// How.
        handover: Handover,
    },
    /// Another attempt will be made.
    Reconnecting {
        /// Its number, and after which time.
        wait: Wait,
    },
    /// The connection that was to replace another one is given up, and that one stays.
    NotReplaced {
        /// Why.
        why: String,
    },
    /// The feed is let go because nobody wants its messages for now (`websocket.pause.disconnect.ms`).
    Paused,
    /// The session fails by what the server sent.
    Failing {
        /// Why.
        why: String,
    },
    /// No other attempt will be made.
    GaveUp {
        /// Why.
        why: String,
        /// Whether the task stays (`websocket.reconnect.exhausted.action`).
        stays: bool,
    },
    /// No other attempt will be made, whatever `websocket.reconnect.exhausted.action` says.
    Fatal {
        /// Why.
        why: String,
    },
}

impl Report {
    /// Logs the line. `endpoint` is the URL without secrets.
    pub fn log(&self, connector: &str, endpoint: &str) {
        let (level, text) = self.line(connector, endpoint);
        log::log!(target: logs::CONNECTION, level, "{text}");
    }

    /// Level and text, each pair as it stands in docs/LOGS.md.
    fn line(&self, connector: &str, endpoint: &str) -> (Level, String) {
        match self {
            Self::Opened => (
                Level::Info,
                format!(
                    "WebSocket Connection opened: url={endpoint} status=101 connector={connector}"
                ),
            ),
            Self::Closed { ending } if ending.is_normal() => (
                Level::Info,
                format!(
                    "WebSocket Connection closed: {ending} url={endpoint} connector={connector}"
                ),
            ),
            Self::Closed { ending } => (
                Level::Warn,
                format!(
                    "WebSocket Connection closed: {ending} url={endpoint} connector={connector}"
                ),
            ),
            Self::Failed { why, .. } => (
                Level::Error,
                format!("WebSocket Connection failed: {why}; url={endpoint} connector={connector}"),
            ),
            Self::SubscriptionFailed { why } => (
                Level::Error,
                format!(
                    "WebSocket Failed to send subscription message: {why}; url={endpoint} connector={connector}"
                ),
            ),
            Self::LoginFailed { why } => (
                Level::Error,
                format!("WebSocket Login failed: {why}; url={endpoint} connector={connector}"),
            ),
            Self::LoggedIn => (
                Level::Info,
                format!("WebSocket Login acknowledged url={endpoint} connector={connector}"),
            ),
            Self::Subscribed { messages } => (
                Level::Info,
                format!(
                    "WebSocket Subscriptions done: messages={messages} url={endpoint} connector={connector}"
                ),
            ),
            Self::Silent { why } => (
                Level::Warn,
                format!(
                    "WebSocket Connection is silent: {why}; it is given up and opened anew url={endpoint} connector={connector}"
                ),
            ),
            Self::Renewed { why, handover } => {
                let how = match handover {
                    Handover::Break => "closed and opened anew",
                    Handover::Overlap => "kept until another one is up",
                };
                (
                    Level::Info,
                    format!(
                        "WebSocket Connection is replaced: {why}; it is {how} url={endpoint} connector={connector}"
                    ),
                )
            }
            Self::NotReplaced { why } => (
                Level::Warn,
                format!(
                    "WebSocket Connection is not replaced: {why}; the old one stays, and replacing it is tried again later url={endpoint} \
                     connector={connector}"
                ),
            ),
            Self::Reconnecting { wait } => {
                let (delay, attempt) = (wait.delay.as_millis(), wait.attempt);
                let why = match wait.held {
                    None => "",
                    Some(Held::ByServer) => " as the server asks (Retry-After)",
                    Some(Held::ByBudget) => {
                        " because websocket.reconnect.max.per.window allows none before"
                    }
                };
                (
                    Level::Info,
                    format!(
                        "WebSocket Reconnecting in {delay} ms (attempt {attempt}){why} url={endpoint} connector={connector}"
                    ),
                )
            }
            Self::Paused => (
                Level::Info,
                format!(
                    "WebSocket Connection paused: Kafka Connect takes no records and has acknowledged all it was given, so the connector \
                     is taken for paused and lets go of the feed until it is resumed (websocket.pause.disconnect.ms) url={endpoint} \
                     connector={connector}"
                ),
            ),
            Self::Failing { why } => (
                Level::Error,
                format!(
                    "WebSocket Connection is given up: {why}. The task fails as soon as Kafka Connect has taken what is queued \
                     url={endpoint} connector={connector}"
                ),
            ),
            Self::Fatal { why } => (
                Level::Error,
                format!(
                    "WebSocket Connection must not be tried again: {why}. The task fails as soon as Kafka Connect has taken what is \
                     queued; restart it when the cause is removed connector={connector}"
                ),
            ),
            Self::GaveUp { why, stays: true } => (
                Level::Error,
                format!(
                    "WebSocket Connection will not be tried again: {why}. The task stays without a connection \
                     (websocket.reconnect.exhausted.action=stay); restart it to connect again connector={connector}"
                ),
            ),
            Self::GaveUp { why, stays: false } => (
                Level::Error,
                format!(
                    "WebSocket Connection will not be tried again: {why}. The task fails as soon as Kafka Connect has taken what is \
                     queued (websocket.reconnect.exhausted.action=fail) connector={connector}"
                ),
            ),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn lines_have_the_runbooks_words_and_levels() {
        let closed = |code| Report::Closed {
            ending: Ending {
                code,
                reason: "bye".into(),
                ours: false,
            },
        };
        let why = || "HTTP status 401".to_owned();
        let gave_up = |stays| Report::GaveUp { why: why(), stays };
        let reconnecting = |held| Report::Reconnecting {
            wait: Wait {
                delay: Duration::from_millis(5000),
                attempt: 1,
                held,
            },
        };
        for (report, level, words) in [
            (
                Report::Opened,
                Level::Info,
                "Connection opened: url=ws://h/",
            ),
            (
                closed(1000),
                Level::Info,
                "Connection closed: code=1000 reason=bye",
            ),
            (Report::Paused, Level::Info, "Connection paused"),
            (closed(1006), Level::Warn, "Connection closed: code=1006"),
            (
                Report::Failed {
                    why: why(),
                    status: None,
                },
                Level::Error,
                "Connection failed: HTTP status 401",
            ),
            (
                Report::SubscriptionFailed { why: why() },
                Level::Error,
                "Failed to send subscription message",
            ),
            (
                Report::LoginFailed { why: why() },
                Level::Error,
                "Login failed: HTTP status 401; url=",
            ),
            (
                Report::LoggedIn,
                Level::Info,
                "Login acknowledged url=ws://h/",
            ),
            (
                Report::Subscribed { messages: 3 },
                Level::Info,
                "Subscriptions done: messages=3 url=",
            ),
            (
                Report::Silent { why: why() },
                Level::Warn,
                "Connection is silent: HTTP status 401; it is given up",
            ),
            (
                Report::Renewed {
                    why: why(),
                    handover: Handover::Break,
                },
                Level::Info,
                "Connection is replaced: HTTP status 401; it is closed and opened anew",
            ),
            (
                Report::Renewed {
                    why: why(),
                    handover: Handover::Overlap,
                },
                Level::Info,
                "Connection is replaced: HTTP status 401; it is kept until another one is up",
            ),
            (
                Report::NotReplaced { why: why() },
                Level::Warn,
                "Connection is not replaced: HTTP status 401; the old one stays",
            ),
            (
                Report::Failing { why: why() },
                Level::Error,
                "Connection is given up: HTTP status 401",
            ),
            (
                reconnecting(None),
                Level::Info,
                "Reconnecting in 5000 ms (attempt 1) url=",
            ),
            (
                reconnecting(Some(Held::ByServer)),
                Level::Info,
                "Reconnecting in 5000 ms (attempt 1) as the server asks (Retry-After) url=",
            ),
            (
                reconnecting(Some(Held::ByBudget)),
                Level::Info,
                "Reconnecting in 5000 ms (attempt 1) because websocket.reconnect.max.per.window allows none before url=",
            ),
            (
                Report::Fatal { why: why() },
                Level::Error,
                "Connection must not be tried again: HTTP status 401. The task fails",
            ),
            (
                gave_up(false),
                Level::Error,
                "Connection will not be tried again: HTTP status 401. The task fails",
            ),
            (
                gave_up(true),
                Level::Error,
                "Connection will not be tried again: HTTP status 401. The task stays",
            ),
        ] {
            let (found, text) = report.line("c", "ws://h/");
            assert_eq!(found, level, "{text}");
            assert!(text.starts_with(&format!("WebSocket {words}")), "{text}");
            assert!(text.ends_with(" connector=c"), "{text}");
        }
    }
}
