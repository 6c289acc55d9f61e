//! The head of a client's HTTP request.

use std::io;

use serde_json::{Map, Value};
use tokio::io::AsyncReadExt;

use crate::transport::Transport;

const MAX_HEAD: usize = 64 * 1024;
const MAX_HEADERS: usize = 128;

#[derive(Debug)]
pub(crate) struct Request {
    pub method: String,
    pub path: String,
    pub query: String,
    /// Names as sent; values with other bytes than UTF-8 replaced.
    headers: Vec<(String, String)>,
}

/// Reads a request's head: the request and what followed it; `InvalidData` says what is wrong with it.
pub(crate) async fn read(io: &mut dyn Transport) -> io::Result<(Request, Vec<u8>)> {
    let mut input = Vec::new();
    loop {
        if let Some((request, length)) = parse(&input)? {
            return Ok((request, input.split_off(length)));
        }
        if input.len() >= MAX_HEAD {
            return Err(invalid("the request's head is too long"));
        }
        if io.read_buf(&mut input).await? == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
    }
}

/// Reads what follows the head, as far as its length says; `begun` is what has come already.
pub(crate) async fn read_body(
    io: &mut dyn Transport,
    request: &Request,
    mut begun: Vec<u8>,
    most: usize,
) -> io::Result<Vec<u8>> {
    let length = request.header("Content-Length").map_or(Ok(0), str::parse);
    let length: usize = length.map_err(invalid)?;
    if length > most {
        return Err(invalid("the request's body is too long"));
    }
    while begun.len() < length {
        if io.read_buf(&mut begun).await? == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
    }
    begun.truncate(length);
    Ok(begun)
}

fn invalid(reason: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, reason)
}

fn parse(input: &[u8]) -> io::Result<Option<(Request, usize)>> {
    let mut headers = [httparse::EMPTY_HEADER; MAX_HEADERS];
    let mut head = httparse::Request::new(&mut headers);
    let length = match head.parse(input).map_err(invalid)? {
        httparse::Status::Complete(length) => length,
        httparse::Status::Partial => return Ok(None),
    };
    let target = head.path.unwrap_or_default();
    let (path, query) = target.split_once('?').unwrap_or((target, ""));
    let headers = head.headers.iter();
    let request = Request {
        method: head.method.unwrap_or_default().to_owned(),
        path: path.to_owned(),
        query: query.to_owned(),
        headers: headers
            .map(|header| {
                (
                    header.name.to_owned(),
                    String::from_utf8_lossy(header.value).into_owned(),
                )
            })
            .collect(),
    };
    Ok(Some((request, length)))
}

impl Request {
    /// Path and query as one.
    pub fn target(&self) -> String {
        let mark = if self.query.is_empty() { "" } else { "?" };
        format!("{}{mark}{}", self.path, self.query)
    }

    fn values(&self, name: &str) -> impl Iterator<Item = &str> {
        self.headers
            .iter()
            .filter(move |(key, _)| key.eq_ignore_ascii_case(name))
            .map(|(_, value)| value.as_str())
    }

    /// The first value of a header.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.values(name).next()
    }

    fn lists(&self, name: &str, token: &str) -> bool {
        self.values(name)
            .flat_map(|value| value.split(','))
            .any(|item| item.trim().eq_ignore_ascii_case(token))
    }

    /// The `Sec-WebSocket-Key` of an opening handshake (RFC 6455 section 4.2.1), or what is missing.
    pub fn websocket_key(&self) -> Result<&str, String> {
        if self.method != "GET" {
            return Err("an opening handshake must be a GET".to_owned());
        }
        for (name, token) in [
            ("Upgrade", "websocket"),
            ("Connection", "upgrade"),
            ("Sec-WebSocket-Version", "13"),
        ] {
            if !self.lists(name, token) {
                return Err(format!("an opening handshake must have '{name}: {token}'"));
            }
        }
        let mut keys = self.values("Sec-WebSocket-Key");
        match (keys.next(), keys.next()) {
            (Some(key), None) => Ok(key),
            _ => Err("an opening handshake must have one Sec-WebSocket-Key".to_owned()),
        }
    }

    /// Whether the client offers a subprotocol.
    pub fn offers(&self, subprotocol: &str) -> bool {
        self.values("Sec-WebSocket-Protocol")
            .flat_map(|value| value.split(','))
            .any(|item| item.trim() == subprotocol)
    }

    /// Whether the client offers to have messages compressed (RFC 7692).
    pub fn offers_compression(&self) -> bool {
        self.values("Sec-WebSocket-Extensions")
            .flat_map(|value| value.split(','))
            .any(|offer| offer.split(';').next().map(str::trim) == Some("permessage-deflate"))
    }

    /// The headers as a JSON object; an array where a name occurs more than once.
    pub fn headers_json(&self) -> String {
        let mut object = Map::new();
        for (name, value) in &self.headers {
            let value = Value::from(value.as_str());
            match object.get_mut(name) {
                None => drop(object.insert(name.clone(), value)),
                Some(Value::Array(values)) => values.push(value),
                Some(first) => *first = Value::Array(vec![first.take(), value]),
            }
        }
        Value::Object(object).to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HANDSHAKE: &str = "GET /echo?a=1 HTTP/1.1\r\nHost: x\r\nupgrade: WebSocket\r\nConnection: keep-alive, Upgrade\r\n\
        Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: abc\r\nSec-WebSocket-Protocol: v1, v2\r\nX: 1\r\nX: 2\r\n\r\nrest";

    #[test]
    fn parses_a_handshake() {
        let (request, length) = parse(HANDSHAKE.as_bytes())
            .expect("valid")
            .expect("complete");
        assert_eq!(&HANDSHAKE[length..], "rest");
        assert_eq!(
            (request.path.as_str(), request.query.as_str()),
            ("/echo", "a=1")
        );
        assert_eq!(request.websocket_key(), Ok("abc"));
        assert!(request.offers("v2") && !request.offers("v"));
        let headers: Value = serde_json::from_str(&request.headers_json()).expect("JSON");
        assert_eq!(headers["Host"], "x");
        assert_eq!(headers["X"], serde_json::json!(["1", "2"]));
    }

    #[test]
    fn says_what_a_handshake_lacks() {
        let plain = parse(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
            .expect("valid")
            .expect("complete")
            .0;
        assert!(plain.websocket_key().unwrap_err().contains("Upgrade"));
        assert!(parse(b"\x01\x02\r\n\r\n").is_err());
        assert!(
            parse(b"GET / HTTP/1.1\r\nHost")
                .expect("valid so far")
                .is_none()
        );
    }
}
