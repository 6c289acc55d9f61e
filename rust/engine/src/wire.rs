//! What goes over the wire, for the log: opening handshakes and frame headers, never a payload (docs/LOGS.md, "The wire log").
//!
//! The WebSocket library tells of whole messages only. So the headers are read from the bytes themselves, between the library and the
//! socket or TLS: fragments, answered pings and broken frames appear as they are. While the log is off the bytes are not looked at.

use std::fmt::{Display, Write as _};
use std::io;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, ready};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use url::Url;

use crate::frame_header::{FrameHeader, HeaderScanner};
use crate::logs;
use crate::redact::Secrets;
use crate::settings::Settings;

/// How many single bytes are read to find the end of the message that was under way when the log was switched on. Each costs the library
/// some ten microseconds.
const MOST_STEPS: usize = 4096;

/// What the handshake puts into these is no secret.
const PUBLIC_REQUEST_HEADERS: [&str; 6] = [
    "Host",
    "Upgrade",
    "Connection",
    "Sec-WebSocket-Key",
    "Sec-WebSocket-Version",
    "User-Agent",
];

/// Any other response header may carry a secret that the server made.
const PUBLIC_RESPONSE_HEADERS: [&str; 16] = [
    "Age",
    "Allow",
    "Cache-Control",
    "Connection",
    "Content-Encoding",
    "Content-Length",
    "Content-Type",
    "Date",
    "Retry-After",
    "Sec-WebSocket-Accept",
    "Sec-WebSocket-Extensions",
    "Sec-WebSocket-Version",
    "Server",
    "Transfer-Encoding",
    "Upgrade",
    "Via",
];

/// A stream whose frames are logged.
pub struct Wire<S> {
    stream: S,
    settings: Rc<Settings>,
    received: Received,
    /// None while it is not known where the next frame begins.
    sent: Option<HeaderScanner>,
}

/// What is known of where frames begin in what is received.
enum Received {
    /// Nothing: bytes went by while the log was off.
    Unknown,
    /// The bytes of a message under way are handed on one by one, so many so far: the byte after which the library has a message is
    /// the last one of a frame.
    Stepping(usize),
    /// That message is too long for this. Messages are shown instead of frames, up to the end of the connection.
    GivenUp,
    Known(HeaderScanner),
}

impl<S> Wire<S> {
    /// `read` are frames that were read with the answer to the opening handshake.
    pub fn new(stream: S, settings: Rc<Settings>, read: &[u8]) -> Self {
        let mut wire = Self {
            stream,
            settings,
            received: Received::Known(HeaderScanner::default()),
            sent: Some(HeaderScanner::default()),
        };
        if logs::wire_is_on() {
            wire.show_received(read);
        } else if !read.is_empty() {
            wire.received = Received::Unknown;
        }
        wire
    }

    /// Whether [`whole`](Self::whole) wants to be told of what the library received.
    pub fn wants_whole(&self) -> bool {
        !matches!(self.received, Received::Known(_)) && logs::wire_is_on()
    }

    /// The library has a message or a control frame, hence the end of a frame. It is shown as a whole, for its bytes were not looked at.
    pub fn whole(&mut self, header: &FrameHeader) {
        let connector = &self.settings.connector;
        if header.is_control() {
            show("received", header, &self.settings);
        } else {
            log::trace!(target: logs::WIRE, "WebSocket wire: received message {header:#} connector={connector}");
        }
        if matches!(self.received, Received::Stepping(_)) {
            self.received = Received::Known(HeaderScanner::default());
        }
    }

    fn show_received(&mut self, bytes: &[u8]) {
        if let Received::Known(scanner) = &mut self.received {
            scanner.scan(bytes, |header| show("received", &header, &self.settings));
        }
    }
}

fn show(direction: &str, header: &FrameHeader, settings: &Settings) {
    let connector = &settings.connector;
    if header.is_control() {
        log::debug!(target: logs::WIRE, "WebSocket wire: {direction} frame {header} connector={connector}");
    } else {
        log::trace!(target: logs::WIRE, "WebSocket wire: {direction} frame {header} connector={connector}");
    }
}

impl<S: AsyncRead + Unpin> Wire<S> {
    /// Hands one byte on.
    fn step(
        &mut self,
        context: &mut Context<'_>,
        into: &mut ReadBuf<'_>,
        steps: usize,
    ) -> Poll<io::Result<()>> {
        let mut byte = [0];
        let mut one = ReadBuf::new(&mut byte);
        ready!(Pin::new(&mut self.stream).poll_read(context, &mut one))?;
        into.put_slice(one.filled());
        self.received = if steps < MOST_STEPS {
            Received::Stepping(steps + 1)
        } else {
            Received::GivenUp
        };
        Poll::Ready(Ok(()))
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Wire<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        into: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        if !logs::wire_is_on() {
            self.received = Received::Unknown;
            return Pin::new(&mut self.stream).poll_read(context, into);
        }
        // The library reads only when it does not have a whole frame.
        match self.received {
            Received::Unknown => self.step(context, into, 0),
            Received::Stepping(steps) => self.step(context, into, steps),
            Received::GivenUp => Pin::new(&mut self.stream).poll_read(context, into),
            Received::Known(_) => {
                let before = into.filled().len();
                ready!(Pin::new(&mut self.stream).poll_read(context, into))?;
                self.show_received(&into.filled()[before..]);
                Poll::Ready(Ok(()))
            }
        }
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Wire<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        from: &[u8],
    ) -> Poll<io::Result<usize>> {
        let written = ready!(Pin::new(&mut self.stream).poll_write(context, from))?;
        let wire = &mut *self;
        if !logs::wire_is_on() {
            wire.sent = None;
        } else if let Some(scanner) = &mut wire.sent {
            scanner.scan(&from[..written], |header| {
                show("sent", &header, &wire.settings)
            });
        }
        Poll::Ready(Ok(written))
    }

    /// The library flushes when it has written whole frames.
    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.sent.get_or_insert_default();
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}

/// Logs the opening handshake's request, as it is sent.
pub fn show_request(settings: &Settings, request: &str) {
    let headers = request
        .lines()
        .skip(1)
        .filter_map(|line| line.split_once(": "));
    let headers = fields(headers.map(|(name, value)| {
        (
            name,
            if is_ours(settings, name) {
                value
            } else {
                "***"
            },
        )
    }));
    let url = &settings.url;
    let query = if url.query().is_some() { "?***" } else { "" };
    log::debug!(
        target: logs::WIRE,
        "WebSocket wire: sent request GET {}{query} HTTP/1.1{headers} connector={}",
        url.path(), settings.connector
    );
}

/// Whether a request header has the value that the handshake gives it. A configured value is never shown.
fn is_ours(settings: &Settings, name: &str) -> bool {
    PUBLIC_REQUEST_HEADERS.contains(&name)
        && !settings
            .headers
            .iter()
            .any(|(given, _)| given.eq_ignore_ascii_case(name))
}

/// Logs the head of the server's answer to it.
pub fn show_response(
    settings: &Settings,
    secrets: &Secrets,
    status: impl Display,
    headers: &[(String, String)],
) {
    let shown: Vec<_> = headers
        .iter()
        .map(|(name, value)| {
            (
                name.as_str(),
                response_value(&settings.url, secrets, name, value),
            )
        })
        .collect();
    let headers = fields(shown.iter().map(|(name, value)| (*name, value.as_str())));
    log::debug!(
        target: logs::WIRE,
        "WebSocket wire: received response {}{headers} connector={}",
        secrets.excerpt(&status.to_string()), settings.connector
    );
}

fn response_value(url: &Url, secrets: &Secrets, name: &str, value: &str) -> String {
    let is = |public: &str| public.eq_ignore_ascii_case(name);
    if is("Location") {
        secrets.target(url, value)
    } else if PUBLIC_RESPONSE_HEADERS.into_iter().any(is) {
        secrets.excerpt(value)
    } else {
        "***".to_owned()
    }
}

fn fields<'a>(headers: impl Iterator<Item = (&'a str, &'a str)>) -> String {
    headers.fold(String::new(), |mut text, (name, value)| {
        let _ = write!(text, " | {name}: {value}");
        text
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_header_that_may_carry_a_servers_secret_is_masked() {
        let url = Url::parse("wss://h/feed").expect("a URL");
        let shown = |name, value| response_value(&url, &Secrets::default(), name, value);
        for name in [
            "Set-Cookie",
            "X-Auth-Token",
            "X-Jwt",
            "Link",
            "Refresh",
            "Sec-WebSocket-Protocol",
        ] {
            assert_eq!(shown(name, "id=1"), "***", "{name}");
        }
        assert_eq!(shown("Location", "/login?ticket=1"), "wss://h/login");
        assert_eq!(shown("location", "//u:p@h2/x"), "wss://h2/x");
        assert_eq!(shown("server", "a\r\nb"), "a\\r\\nb");
    }
}
