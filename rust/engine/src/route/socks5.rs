//! A way through a SOCKS proxy (RFC 1928, RFC 1929), which looks the host name up.
//!
//! Our own and not a library's: those at hand keep the password in a buffer that nobody wipes.

use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use url::Host;
use zeroize::Zeroizing;

use super::Origin;
use super::proxies::Credentials;
use crate::redact::Secrets;

const VERSION: u8 = 5;
/// Of the negotiation with username and password.
const AUTHENTICATION_VERSION: u8 = 1;

const NO_AUTHENTICATION: u8 = 0;
const PASSWORD: u8 = 2;
const NONE_ACCEPTABLE: u8 = 0xff;

const CONNECT: u8 = 1;
const IPV4: u8 = 1;
const NAME: u8 = 3;
const IPV6: u8 = 4;

/// Asks for a way to the origin; behind it the stream leads there. The error is a sentence about the proxy, fit to be shown.
pub async fn connect<S: AsyncRead + AsyncWrite + Unpin>(
    stream: &mut S,
    origin: &Origin,
    credentials: Option<&Credentials>,
    secrets: &Secrets,
) -> Result<(), String> {
    greet(stream, credentials).await?;
    let mut request = vec![VERSION, CONNECT, 0];
    match &origin.host {
        Host::Ipv4(ip) => {
            request.push(IPV4);
            request.extend(ip.octets());
        }
        Host::Ipv6(ip) => {
            request.push(IPV6);
            request.extend(ip.octets());
        }
        Host::Domain(name) => {
            let length = u8::try_from(name.len()).map_err(|_| {
                "it cannot be told of a host name of more than 255 bytes".to_owned()
            })?;
            request.extend([NAME, length]);
            request.extend(name.as_bytes());
        }
    }
    request.extend(origin.port.to_be_bytes());
    send(stream, &request).await?;
    let asked_for = secrets.excerpt(&origin.authority());
    answer(stream, &asked_for).await
}

/// Agrees on an authentication, and passes it.
async fn greet<S: AsyncRead + AsyncWrite + Unpin>(
    stream: &mut S,
    credentials: Option<&Credentials>,
) -> Result<(), String> {
    let greeting: &[u8] = match credentials {
        None => &[VERSION, 1, NO_AUTHENTICATION],
        Some(_) => &[VERSION, 2, NO_AUTHENTICATION, PASSWORD],
    };
    send(stream, greeting).await?;
    let [version, method] = receive(stream).await?;
    check_version(version)?;
    match (method, credentials) {
        (NO_AUTHENTICATION, _) => Ok(()),
        (PASSWORD, Some(credentials)) => authenticate(stream, credentials).await,
        (NONE_ACCEPTABLE, None) => Err(
            "it wants a username and a password: set websocket.proxy.username and websocket.proxy.password".to_owned(),
        ),
        (NONE_ACCEPTABLE, Some(_)) => {
            Err("it takes neither a password nor none at all, and no other authentication is spoken here".to_owned())
        }
        (other, _) => Err(format!("it chose authentication {other}, which was not offered")),
    }
}

/// RFC 1929.
async fn authenticate<S: AsyncRead + AsyncWrite + Unpin>(
    stream: &mut S,
    credentials: &Credentials,
) -> Result<(), String> {
    let (username, password) = (&credentials.username, &credentials.password);
    let mut request = Zeroizing::new(Vec::with_capacity(3 + username.len() + password.len()));
    request.push(AUTHENTICATION_VERSION);
    for text in [username, password] {
        // Settings are checked for longer ones.
        request.push(u8::try_from(text.len()).unwrap_or(u8::MAX));
        request.extend(text.as_bytes());
    }
    send(stream, &request).await?;
    match receive(stream).await? {
        [_, 0] => Ok(()),
        [_, _] => Err(
            "it does not accept the username and the password: check websocket.proxy.username and websocket.proxy.password"
                .to_owned(),
        ),
    }
}

async fn answer<S: AsyncRead + Unpin>(stream: &mut S, asked_for: &str) -> Result<(), String> {
    let [version, reply, _reserved, kind] = receive(stream).await?;
    check_version(version)?;
    let why = match reply {
        0 => {
            // The proxy's own address and port, which are of no use here.
            match kind {
                IPV4 => skip(stream, 4 + 2).await?,
                IPV6 => skip(stream, 16 + 2).await?,
                NAME => {
                    let [length] = receive(stream).await?;
                    skip(stream, usize::from(length) + 2).await?;
                }
                other => {
                    return Err(format!(
                        "it answered with an address of unknown type {other}"
                    ));
                }
            }
            return Ok(());
        }
        1 => "it failed; its log says why",
        2 => "its rules do not let us there; ask whoever runs the proxy",
        3 => "it cannot reach the server's network",
        4 => "it cannot reach the server, or does not find its name",
        5 => "the server refuses its connection",
        6 => "the way from it to the server was too long (TTL expired)",
        7 => "it does not know the command CONNECT",
        8 => "it does not take this type of address",
        _ => "a reply that the standard does not know",
    };
    Err(format!(
        "it answered {reply} when asked for {asked_for}: {why}"
    ))
}

fn check_version(version: u8) -> Result<(), String> {
    if version == VERSION {
        Ok(())
    } else {
        Err(format!(
            "it does not speak SOCKS 5: its answer begins with {version}; check websocket.proxy.url"
        ))
    }
}

async fn send<S: AsyncWrite + Unpin>(stream: &mut S, bytes: &[u8]) -> Result<(), String> {
    let lost = |error: std::io::Error| format!("the connection was lost: {error}");
    stream.write_all(bytes).await.map_err(lost)?;
    stream.flush().await.map_err(lost)
}

async fn skip<S: AsyncRead + Unpin>(stream: &mut S, bytes: usize) -> Result<(), String> {
    for _ in 0..bytes {
        let [_] = receive(stream).await?;
    }
    Ok(())
}

async fn receive<const N: usize, S: AsyncRead + Unpin>(stream: &mut S) -> Result<[u8; N], String> {
    let mut bytes = [0; N];
    match stream.read_exact(&mut bytes).await {
        Ok(_) => Ok(bytes),
        Err(error) if error.kind() == std::io::ErrorKind::UnexpectedEof => {
            Err("it closed the connection in the middle of its answer".to_owned())
        }
        Err(error) => Err(format!("the connection was lost: {error}")),
    }
}
