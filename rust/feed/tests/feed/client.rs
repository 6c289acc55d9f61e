//! What all tests need of a client.

use std::io::Read as _;
use std::time::{Duration, Instant};

use flate2::read::GzDecoder;
use futures_util::{SinkExt, StreamExt};
use serde_json::Value;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::{sleep, timeout};
use tokio_tungstenite::tungstenite::protocol::CloseFrame;
use tokio_tungstenite::tungstenite::{Error, Message};
use tokio_tungstenite::{WebSocketStream, client_async};
use websocket_feed::{Feed, Options, Stats};

pub type Client = WebSocketStream<TcpStream>;

/// How long anything may take before a test fails.
pub const LIMIT: Duration = Duration::from_secs(20);

pub fn start() -> Feed {
    Feed::start(Options::default()).expect("starts")
}

pub async fn connect(feed: &Feed, path: &str) -> Client {
    try_connect(feed, path).await.expect("101")
}

pub async fn try_connect(feed: &Feed, path: &str) -> Result<Client, Error> {
    let tcp = TcpStream::connect(feed.addr()).await?;
    let handshake = client_async(feed.url(path), tcp);
    Ok(timeout(LIMIT, handshake)
        .await
        .expect("an answer in time")?
        .0)
}

/// The next message, or how the connection ended.
pub async fn next(client: &mut Client) -> Result<Message, Error> {
    timeout(LIMIT, client.next())
        .await
        .expect("a message in time")
        .unwrap_or(Err(Error::ConnectionClosed))
}

pub async fn send(client: &mut Client, message: Message) {
    client.send(message).await.expect("sent");
}

/// The next text, which may be one that is compressed with gzip.
pub async fn text(client: &mut Client) -> String {
    loop {
        match next(client).await.expect("a message") {
            Message::Text(text) => return text.to_string(),
            Message::Binary(packed) => {
                let mut text = String::new();
                GzDecoder::new(&packed[..])
                    .read_to_string(&mut text)
                    .expect("a text in gzip");
                return text;
            }
            Message::Ping(_) => {}
            other => panic!("not a text: {other:?}"),
        }
    }
}

/// The number in the next message.
pub async fn number(client: &mut Client) -> u64 {
    let json: Value = serde_json::from_str(&text(client).await).expect("JSON");
    json["n"].as_u64().expect("a number")
}

/// Reads up to the server's close frame.
pub async fn close_frame(client: &mut Client) -> Option<CloseFrame> {
    loop {
        if let Message::Close(frame) = next(client).await.expect("a close frame") {
            return frame;
        }
    }
}

/// Reads up to the error that ends the connection.
pub async fn failure(client: &mut Client) -> Error {
    loop {
        if let Err(error) = next(client).await {
            return error;
        }
    }
}

/// Sends a ping and reads up to its pong; returns how many texts came before.
pub async fn ping_pong(client: &mut Client) -> u64 {
    let payload = b"are you there".as_slice();
    send(client, Message::Ping(payload.into())).await;
    let mut texts = 0;
    loop {
        match next(client).await.expect("a pong") {
            Message::Pong(pong) => {
                assert_eq!(pong, payload);
                return texts;
            }
            Message::Text(_) => texts += 1,
            other => panic!("not expected: {other:?}"),
        }
    }
}

/// Waits until the counters are as wished.
pub async fn until(feed: &Feed, what: &str, wished: impl Fn(&Stats) -> bool) {
    let start = Instant::now();
    while !wished(&feed.stats()) {
        assert!(
            start.elapsed() < LIMIT,
            "still not {what}: {:?}",
            feed.stats()
        );
        sleep(Duration::from_millis(2)).await;
    }
}

/// Opens a TCP connection and sends an opening handshake for the path, made by hand.
pub async fn handshake(feed: &Feed, path: &str) -> TcpStream {
    handshake_with(feed, path, "").await
}

/// The same with more header lines.
pub async fn handshake_with(feed: &Feed, path: &str, more: &str) -> TcpStream {
    let mut tcp = TcpStream::connect(feed.addr()).await.expect("accepted");
    let request = format!(
        "GET {path} HTTP/1.1\r\nHost: feed\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
         Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n{more}\r\n"
    );
    tcp.write_all(request.as_bytes()).await.expect("sent");
    tcp
}

/// Reads the head of the answer to a handshake.
pub async fn head(tcp: &mut TcpStream) -> String {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(
            timeout(LIMIT, tcp.read_u8())
                .await
                .expect("in time")
                .expect("an answer"),
        );
    }
    String::from_utf8(head).expect("text")
}

/// Sends a plain HTTP request and returns the whole answer.
pub async fn http(feed: &Feed, method: &str, path: &str) -> std::io::Result<String> {
    let mut tcp = TcpStream::connect(feed.addr()).await?;
    tcp.write_all(format!("{method} {path} HTTP/1.1\r\nHost: feed\r\n\r\n").as_bytes())
        .await?;
    let mut answer = String::new();
    timeout(LIMIT, tcp.read_to_string(&mut answer))
        .await
        .expect("an answer in time")?;
    Ok(answer)
}
