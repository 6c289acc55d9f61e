//! A tunnel through an HTTP proxy (RFC 9110 section 9.3.6).

use std::fmt::Write as _;

use tokio::io::{AsyncRead, AsyncWrite, AsyncWriteExt as _};
use zeroize::Zeroizing;

use super::Origin;
use super::proxies::Credentials;
use crate::failure::{self, Failure};
use crate::handshake::Answer;
use crate::redact::Secrets;

/// What the request has beside what is counted, at most, in bytes.
const OWN_BYTES: usize = 256;

/// Asks for a tunnel to the origin; behind it the stream leads there. The error is a sentence about the proxy, fit to be shown.
pub async fn connect<S: AsyncRead + AsyncWrite + Unpin>(
    stream: &mut S,
    origin: &Origin,
    credentials: Option<&Credentials>,
    secrets: &Secrets,
) -> Result<(), String> {
    let lost = |error: std::io::Error| format!("the connection was lost: {error}");
    let request = request(origin, credentials);
    stream.write_all(request.as_bytes()).await.map_err(lost)?;
    stream.flush().await.map_err(lost)?;
    let answer = match Answer::read(stream, "the proxy").await {
        Ok(answer) => answer,
        Err(Failure::Handshake(text)) => return Err(secrets.excerpt(&text)),
        Err(Failure::Lost(error)) => return Err(failure::lost(&error)),
        Err(other) => return Err(other.to_string()),
    };
    match answer.status {
        // The other end is silent until we have spoken, so nobody can know whose words these are.
        200..300 if !answer.rest.is_empty() => {
            Err("it sent something behind its answer, before the server was spoken to".to_owned())
        }
        200..300 => Ok(()),
        _ => Err(refusal(&answer, origin, credentials.is_some(), secrets)),
    }
}

/// With room for all of it from the start, so that growing leaves no piece of it in freed memory.
fn request(origin: &Origin, credentials: Option<&Credentials>) -> Zeroizing<String> {
    let authority = origin.authority();
    let basic = credentials.map(Credentials::basic);
    let room = 2 * authority.len() + basic.as_ref().map_or(0, |basic| basic.len()) + OWN_BYTES;
    let mut request = Zeroizing::new(String::with_capacity(room));
    let _ = write!(
        request,
        "CONNECT {authority} HTTP/1.1\r\nHost: {authority}\r\nUser-Agent: kafka-connect-websocket/{}\r\n",
        env!("CARGO_PKG_VERSION")
    );
    if let Some(basic) = basic {
        let _ = write!(request, "Proxy-Authorization: Basic {}\r\n", &*basic);
    }
    request.push_str("\r\n");
    request
}

/// What the proxy said instead of 2xx.
fn refusal(answer: &Answer, origin: &Origin, known: bool, secrets: &Secrets) -> String {
    let reason = secrets.excerpt(&answer.reason);
    let space = if reason.is_empty() { "" } else { " " };
    let advice = match answer.status {
        // tinyproxy says 401 where it knows nobody of that name and password.
        401 | 407 => {
            return format!(
                "it answered {}{space}{reason}{}",
                answer.status,
                authentication(answer, known, secrets)
            );
        }
        403 => "its rules do not let us there; ask whoever runs the proxy".to_owned(),
        300..400 => {
            "it wants to send us elsewhere, which no proxy may; is that the proxy?".to_owned()
        }
        400 | 404 | 405 | 501 => {
            "is that an HTTP proxy, and does it know CONNECT? Check websocket.proxy.url".to_owned()
        }
        _ => "it cannot reach the server; its log says why".to_owned(),
    };
    format!(
        "it answered {}{space}{reason} when asked for {}: {advice}",
        answer.status,
        secrets.excerpt(&origin.authority())
    )
}

/// Why it does not know us.
fn authentication(answer: &Answer, known: bool, secrets: &Secrets) -> String {
    let wanted: Vec<String> = answer
        .headers
        .iter()
        .filter(|(name, _)| name.eq_ignore_ascii_case("Proxy-Authenticate"))
        .filter_map(|(_, value)| value.split_whitespace().next())
        .map(|scheme| secrets.excerpt(scheme.trim_end_matches(',')))
        .collect();
    // One line may have several.
    let has_basic = answer.values("Proxy-Authenticate").any(|value| {
        value.split(',').any(|part| {
            let scheme = part.split_whitespace().next();
            scheme.is_some_and(|scheme| scheme.eq_ignore_ascii_case("Basic"))
        })
    });
    if !wanted.is_empty() && !has_basic {
        return format!(
            ": it wants {}, and nothing but Basic is spoken here",
            wanted.join(", ")
        );
    }
    let what = if known { "check" } else { "set" };
    format!(": {what} websocket.proxy.username and websocket.proxy.password")
}
