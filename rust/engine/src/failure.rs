//! Why a connection could not be had, or ended.

use std::fmt;
use std::io;
use std::time::Duration;

/// A phase of connecting, as named in a timeout's text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Phase {
    /// Looking the proxy up and connecting to it by TCP and, if it is an HTTPS one, TLS.
    ReachProxy,
    /// The proxy connects to the server.
    Tunnel,
    /// Asking the resolver.
    Resolve,
    /// TCP.
    Connect,
    /// TLS.
    Tls,
    /// The opening handshake.
    Handshake,
    /// An HTTP call.
    Answer,
}

impl fmt::Display for Phase {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::ReachProxy => "connecting to the proxy",
            Self::Tunnel => "waiting for the proxy to connect to the server",
            Self::Resolve => "resolving the host name",
            Self::Connect => "connecting by TCP",
            Self::Tls => "waiting for the TLS handshake",
            Self::Handshake => "waiting for the answer to the opening handshake",
            Self::Answer => "waiting for the answer",
        })
    }
}

/// What texts say behind `websocket.url` where the feed may have another name; no other server has.
pub const FEEDS_NAME: &str = " or websocket.ssl.server.name";

/// Why an attempt to connect failed. The text holds no secret.
#[derive(Debug)]
pub enum Failure {
    /// The host name has no address.
    Resolve(io::Error),
    /// There is no thread to look it up.
    Thread(io::Error),
    /// No address accepted a TCP connection; one text per address tried.
    Connect(Vec<String>),
    /// No proxy leads to the server; a text for each one tried.
    Proxy(Vec<String>),
    /// The TLS handshake failed.
    Tls(String),
    /// The server answered the opening handshake with another status than 101.
    Status {
        /// The HTTP status.
        status: u16,
        /// Reason phrase, redirect target and start of the body, fit to be shown.
        text: String,
        /// How long the server asks to be left alone (RFC 9110 section 10.2.3).
        retry_after: Option<Duration>,
    },
    /// The server's answer is no valid opening handshake (RFC 6455 section 4.1).
    Handshake(String),
    /// The connection was lost, or closed by the server, before the whole answer had come.
    Lost(io::Error),
    /// What is to be sent cannot be written out; names the key.
    Request(String),
    /// The answer to an HTTP call is not what it should be.
    Answer(String),
    /// A call that comes before the connection failed.
    Call {
        /// Which, and to where.
        call: String,
        /// The configuration's key of its URL.
        key: &'static str,
        /// Why.
        failure: Box<Failure>,
    },
    /// The opening handshake was refused for a token that was kept; the next attempt has another one.
    StaleToken(Box<Failure>),
    /// The connection timeout passed.
    Timeout {
        /// `websocket.connection.timeout.ms`
        after: Duration,
        /// What was under way.
        phase: Phase,
        /// The proxy that it was under way with.
        proxy: Option<String>,
    },
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Resolve(error) => write!(
                f,
                "the host name cannot be resolved: {error}; {}",
                advice(error).unwrap_or(
                    "check websocket.url and the name service (DNS) of the worker's machine"
                )
            ),
            Self::Thread(error) => write!(
                f,
                "no thread can be started to look the host name up: {error}; raise the worker's limit of threads (TasksMax of its service, \
                 pids of its container)"
            ),
            Self::Connect(attempts) | Self::Proxy(attempts) => write!(f, "{}", attempts.join("; ")),
            Self::Tls(text) => write!(f, "TLS handshake: {text}"),
            Self::Status {
                status,
                text,
                retry_after,
            } => {
                write!(f, "HTTP status {status}{text}")?;
                match retry_after {
                    Some(after) => write!(f, " (Retry-After: {} s)", after.as_secs()),
                    None => Ok(()),
                }
            }
            Self::Handshake(text) => write!(f, "opening handshake: {text}"),
            Self::Lost(error) => write!(f, "opening handshake: {}", lost(error)),
            Self::Request(text) | Self::Answer(text) => f.write_str(text),
            Self::Call { call, key, failure } => {
                // The advice is for the URL of this call.
                let why = failure.to_string();
                let why = why.replace(FEEDS_NAME, "").replace("websocket.url", key);
                write!(f, "{call} failed: {why}")
            }
            Self::StaleToken(failure) => write!(
                f,
                "{failure}; the OAuth2 token was an earlier one, and the next attempt asks for a new one"
            ),
            Self::Timeout {
                after,
                phase,
                proxy,
            } => {
                write!(
                    f,
                    "no connection within {} ms (websocket.connection.timeout.ms): timed out {phase}",
                    after.as_millis()
                )?;
                match proxy {
                    Some(proxy) => write!(f, " ({proxy})"),
                    None => Ok(()),
                }
            }
        }
    }
}

/// A failed attempt as the rules hear of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FailedAttempt {
    /// What happened; holds no secret.
    pub why: String,
    /// The server's HTTP status, if it came to that.
    pub status: Option<u16>,
    /// How long the server asks to be left alone.
    pub retry_after: Option<Duration>,
    /// The next attempt will say something else: the status is not to be taken as final.
    pub mended: bool,
    /// It says nothing of the endpoint: a call before failed, or a token was out of date.
    pub elsewhere: bool,
}

impl From<&Failure> for FailedAttempt {
    fn from(failure: &Failure) -> Self {
        let (status, retry_after) = failure.answered();
        Self {
            why: failure.to_string(),
            status,
            retry_after,
            mended: matches!(failure, Failure::StaleToken(_)),
            elsewhere: matches!(failure, Failure::StaleToken(_) | Failure::Call { .. }),
        }
    }
}

impl Failure {
    /// The HTTP status that a server answered with, be it to the opening handshake or to a call before, and how long it asks to be left alone.
    fn answered(&self) -> (Option<u16>, Option<Duration>) {
        match self {
            Self::Status {
                status,
                retry_after,
                ..
            } => (Some(*status), *retry_after),
            Self::Call { failure, .. } | Self::StaleToken(failure) => failure.answered(),
            _ => (None, None),
        }
    }
}

/// How a connection ended whose answer had not come whole; [`io::ErrorKind::UnexpectedEof`] tells it by itself.
#[must_use]
pub fn lost(error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::UnexpectedEof => error.to_string(),
        _ => format!("the connection was lost: {error}"),
    }
}

/// The system's error, and what to do where that is clear.
#[must_use]
pub fn with_advice(error: &io::Error) -> String {
    match advice(error) {
        Some(advice) => format!("{error}: {advice}"),
        None => error.to_string(),
    }
}

fn advice(error: &io::Error) -> Option<&'static str> {
    // EMFILE and ENFILE, which std has no names for; the numbers are those of Linux and macOS.
    match error.raw_os_error() {
        Some(24) => Some(
            "the worker has no file descriptor left for a socket; raise its limit (LimitNOFILE of its service, ulimit -n) or see what has so \
             many files open",
        ),
        Some(23) => Some(
            "the machine has no file descriptor left for a socket; raise fs.file-max or see what has so many files open",
        ),
        _ => None,
    }
}

/// How an open connection ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ending {
    /// The close code (RFC 6455 section 7.4); 1005 for a close frame without one, 1006 for none at all.
    pub code: u16,
    /// The close reason or what happened, fit to be shown.
    pub reason: String,
    /// We chose the code: the connection was closed or failed by us.
    pub ours: bool,
}

impl Ending {
    /// The connection is gone without a close frame.
    pub fn abnormal(reason: impl Into<String>) -> Self {
        Self {
            code: 1006,
            reason: reason.into(),
            ours: false,
        }
    }

    /// We close or fail the connection with this code.
    pub fn ours(code: u16, reason: impl Into<String>) -> Self {
        Self {
            code,
            reason: reason.into(),
            ours: true,
        }
    }

    /// Whether this is how connections are meant to end (RFC 6455 section 7.4.1).
    pub fn is_normal(&self) -> bool {
        matches!(self.code, 1000 | 1001)
    }
}

impl fmt::Display for Ending {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "code={}", self.code)?;
        if self.reason.is_empty() {
            Ok(())
        } else {
            write!(f, " reason={}", self.reason)
        }
    }
}
