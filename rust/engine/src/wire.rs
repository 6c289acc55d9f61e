//! What goes over the wire, for the log: opening handshakes and frame headers, never a payload (docs/LOGS.md, "The wire log").
//!
//! Fragments, answered pings and broken frames appear as they are: a received frame once it is whole, a fragment, a compressed or a long one
//! once its header is, a frame that is sent when it is queued. While the log is off a frame costs one relaxed load.

use std::fmt::{Display, Write as _};

use url::Url;

use crate::frame_header::{CLOSE, FrameHeader};
use crate::logs;
use crate::redact::Secrets;
use crate::requests::Target;
use crate::settings::Settings;

/// What the handshake puts into these is no secret.
const PUBLIC_REQUEST_HEADERS: [&str; 7] = [
    "Host",
    "Upgrade",
    "Connection",
    "Sec-WebSocket-Key",
    "Sec-WebSocket-Version",
    "Sec-WebSocket-Extensions",
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

/// Logs the headers of received frames.
#[inline]
pub fn received(settings: &Settings) -> impl FnMut(&FrameHeader, &[u8]) {
    frames("received", settings)
}

/// Logs the headers of frames that are sent.
#[inline]
pub fn sent(settings: &Settings) -> impl FnMut(&FrameHeader, &[u8]) {
    frames("sent", settings)
}

#[inline]
fn frames(direction: &'static str, settings: &Settings) -> impl FnMut(&FrameHeader, &[u8]) {
    move |header, payload| {
        if logs::wire_is_on() {
            show_frame(direction, header, payload, &settings.connector);
        }
    }
}

#[cold]
fn show_frame(direction: &str, header: &FrameHeader, payload: &[u8], connector: &str) {
    let code = match payload {
        [high, low, ..] if header.opcode == CLOSE => {
            format!(" code={}", u16::from_be_bytes([*high, *low]))
        }
        _ => String::new(),
    };
    if header.is_control() {
        log::debug!(target: logs::WIRE, "WebSocket wire: {direction} frame {header}{code} connector={connector}");
    } else {
        log::trace!(target: logs::WIRE, "WebSocket wire: {direction} frame {header} connector={connector}");
    }
}

/// Logs the opening handshake's request, as it is sent.
pub fn show_request(settings: &Settings, target: &Target, request: &str) {
    let headers = request
        .lines()
        .skip(1)
        .filter_map(|line| line.split_once(": "));
    let headers = fields(
        headers.map(|(name, value)| (name, if is_ours(target, name) { value } else { "***" })),
    );
    let query = if target.url.query().is_some() {
        "?***"
    } else {
        ""
    };
    log::debug!(
        target: logs::WIRE,
        "WebSocket wire: sent request GET {}{query} HTTP/1.1{headers} connector={}",
        target.shown_path, settings.connector
    );
}

/// Whether a request header has the value that the handshake gives it. A configured value is never shown.
fn is_ours(target: &Target, name: &str) -> bool {
    PUBLIC_REQUEST_HEADERS.contains(&name)
        && !target
            .headers
            .iter()
            .any(|(given, _)| given.eq_ignore_ascii_case(name))
}

/// Logs the head of the server's answer to it.
pub fn show_response(
    settings: &Settings,
    target: &Target,
    secrets: &Secrets,
    status: impl Display,
    headers: &[(String, String)],
) {
    let shown: Vec<_> = headers
        .iter()
        .map(|(name, value)| {
            (
                name.as_str(),
                response_value(&target.url, secrets, name, value),
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
