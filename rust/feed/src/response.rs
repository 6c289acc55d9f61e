//! HTTP answers.

use tokio_tungstenite::tungstenite::handshake::derive_accept_key;
use tokio_tungstenite::tungstenite::http::StatusCode;

use crate::stream::Squeeze;

/// An answer after which the connection ends.
pub(crate) fn answer(status: StatusCode, headers: &[(String, String)], body: &str) -> String {
    let mut head = format!(
        "HTTP/1.1 {} {}\r\n",
        status.as_str(),
        status.canonical_reason().unwrap_or("Unknown")
    );
    for (name, value) in headers {
        head += &format!("{name}: {value}\r\n");
    }
    head + &format!(
        "Content-Length: {}\r\nConnection: close\r\n\r\n{body}",
        body.len()
    )
}

/// An answer in plain text.
pub(crate) fn text(status: StatusCode, body: &str) -> String {
    answer(
        status,
        &[(
            "Content-Type".to_owned(),
            "text/plain; charset=utf-8".to_owned(),
        )],
        &format!("{body}\n"),
    )
}

/// How the 101 deviates from the plain one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Upgrade {
    Plain,
    /// `Connection: keep-alive, Upgrade`, which is legal.
    KeepAlive,
    /// An extension, whether offered or not.
    Extension,
    /// With permessage-deflate, which must have been offered.
    Compression(Squeeze),
    /// With this subprotocol.
    Subprotocol(&'static str),
    /// A Sec-WebSocket-Accept that belongs to another key.
    BadAccept,
}

/// The 101 for a Sec-WebSocket-Key (RFC 6455 section 4.2.2).
pub(crate) fn switching_protocols(key: &str, upgrade: Upgrade) -> String {
    let accept = match upgrade {
        Upgrade::BadAccept => derive_accept_key(b"another key"),
        _ => derive_accept_key(key.as_bytes()),
    };
    let connection = if upgrade == Upgrade::KeepAlive {
        "keep-alive, Upgrade"
    } else {
        "Upgrade"
    };
    let choice = match upgrade {
        Upgrade::Extension => "Sec-WebSocket-Extensions: x-unheard-of\r\n".to_owned(),
        Upgrade::Compression(Squeeze::Together) => {
            "Sec-WebSocket-Extensions: permessage-deflate\r\n".to_owned()
        }
        Upgrade::Compression(Squeeze::Apart) => {
            "Sec-WebSocket-Extensions: permessage-deflate; server_no_context_takeover\r\n"
                .to_owned()
        }
        Upgrade::Subprotocol(name) => format!("Sec-WebSocket-Protocol: {name}\r\n"),
        _ => String::new(),
    };
    format!(
        "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: {connection}\r\n\
         Sec-WebSocket-Accept: {accept}\r\n{choice}\r\n"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    // Key and accept value of RFC 6455 section 1.3.
    const KEY: &str = "dGhlIHNhbXBsZSBub25jZQ==";
    const ACCEPT: &str = "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n";

    #[test]
    fn accepts() {
        assert!(switching_protocols(KEY, Upgrade::Plain).contains(ACCEPT));
        assert!(!switching_protocols(KEY, Upgrade::BadAccept).contains(ACCEPT));
        assert!(
            switching_protocols(KEY, Upgrade::KeepAlive)
                .contains("Connection: keep-alive, Upgrade\r\n")
        );
    }

    #[test]
    fn answers_are_framed() {
        let answer = answer(StatusCode::UNAUTHORIZED, &[("A".into(), "b".into())], "no");
        assert!(answer.starts_with("HTTP/1.1 401 Unauthorized\r\nA: b\r\nContent-Length: 2\r\n"));
        assert!(answer.ends_with("\r\n\r\nno"));
    }
}
