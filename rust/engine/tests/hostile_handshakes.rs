//! Servers that answer the opening handshake wrongly: the error says what is wrong, and the next attempt comes.

mod support;

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use support::*;
use tokio_tungstenite::tungstenite::handshake::derive_accept_key;
use websocket_engine::{Error, Stat};

const HEAD: &str = "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: {accept}\r\n";
/// What is told of a server that does not answer in time.
const SILENCE: &str = "waiting for the answer to the opening handshake";
const HELLO: &[u8] = b"\x81\x05hello";

/// How a server answers. `{accept}` stands for the right key.
#[derive(Clone)]
enum Answer {
    /// With this, and then nothing more; it keeps the connection open.
    Text(String),
    /// With this, and then the end of the connection.
    Last(String),
    /// A byte every five milliseconds.
    Slowly(String),
}

fn right(more: &str) -> String {
    format!("{HEAD}\r\n{more}")
}

/// Answers the first two connections in this way, and those after them rightly, with one message. Returns its URL.
fn server(answer: Answer) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let url = format!("ws://{}/", listener.local_addr().expect("its address"));
    let accepted = Arc::new(AtomicUsize::new(0));
    std::thread::spawn(move || {
        for tcp in listener.incoming().flatten() {
            let hostile = accepted.fetch_add(1, Ordering::Relaxed) < 2;
            let answer = answer.clone();
            std::thread::spawn(move || {
                let _ = if hostile {
                    serve(tcp, &answer)
                } else {
                    serve(tcp, &Answer::Text(right("")))
                };
            });
        }
    });
    url
}

fn serve(mut tcp: TcpStream, answer: &Answer) -> std::io::Result<()> {
    let accept = derive_accept_key(key(&mut tcp)?.as_bytes());
    let text = match answer {
        Answer::Text(text) | Answer::Last(text) | Answer::Slowly(text) => text,
    };
    let text = text.replace("{accept}", &accept);
    match answer {
        Answer::Slowly(_) => {
            for byte in text.bytes() {
                tcp.write_all(&[byte])?;
                std::thread::sleep(Duration::from_millis(5));
            }
        }
        _ => tcp.write_all(text.as_bytes())?,
    }
    if text == right("").replace("{accept}", &accept) {
        tcp.write_all(HELLO)?;
    }
    if !matches!(answer, Answer::Last(_)) {
        // Until the client has had enough.
        std::io::copy(&mut tcp, &mut std::io::sink())?;
    }
    Ok(())
}

/// The request's Sec-WebSocket-Key.
fn key(tcp: &mut TcpStream) -> std::io::Result<String> {
    let mut request = Vec::new();
    let mut byte = [0];
    while !request.ends_with(b"\r\n\r\n") {
        tcp.read_exact(&mut byte)?;
        request.push(byte[0]);
    }
    let request = String::from_utf8(request).expect("our request is ASCII");
    let line = request
        .lines()
        .find_map(|line| line.strip_prefix("Sec-WebSocket-Key: "));
    Ok(line.expect("a key").to_owned())
}

fn answers() -> Vec<(&'static str, Answer, &'static str)> {
    let page = "<html><body><h1>502 Bad Gateway</h1></body></html>";
    vec![
        ("wrong key", Answer::Text(right("").replace("{accept}", "bm8=")), "Sec-WebSocket-Accept"),
        ("no key", Answer::Text(right("").replace("Sec-WebSocket-Accept", "X")), "Sec-WebSocket-Accept"),
        ("no Upgrade", Answer::Text(right("").replace("Upgrade: websocket\r\n", "")), "Upgrade: websocket"),
        ("no Connection", Answer::Text(right("").replace("Connection: Upgrade\r\n", "")), "Connection: Upgrade"),
        ("HTTP/1.0", Answer::Text(right("").replace("HTTP/1.1", "HTTP/1.0")), "HTTP/1.0"),
        ("HTTP/2", Answer::Text("\0\0\x12\x04\0\0\0\0\0\0\0".into()), "no valid HTTP"),
        ("a banner", Answer::Text("220 mail.example ESMTP\r\n".into()), "no valid HTTP"),
        (
            "a body behind the 101",
            Answer::Last(format!("{HEAD}Content-Length: {}\r\n\r\n{page}", page.len())),
            "protocol error of the server",
        ),
        (
            "a subprotocol",
            Answer::Text(format!("{HEAD}Sec-WebSocket-Protocol: chat\r\n\r\n")),
            "subprotocol",
        ),
        (
            "another extension",
            Answer::Text(format!("{HEAD}Sec-WebSocket-Extensions: x-webkit-deflate-frame\r\n\r\n")),
            "extension that was not offered: x-webkit-deflate-frame",
        ),
        (
            "compression twice",
            Answer::Text(format!("{HEAD}Sec-WebSocket-Extensions: permessage-deflate, permessage-deflate\r\n\r\n")),
            "several WebSocket extensions",
        ),
        (
            "a window that there is not",
            Answer::Text(format!("{HEAD}Sec-WebSocket-Extensions: permessage-deflate; server_max_window_bits=16\r\n\r\n")),
            "not from 8 to 15",
        ),
        (
            "a header bomb",
            Answer::Text(format!("{HEAD}{}\r\n", "X-Bomb: boom\r\n".repeat(1000))),
            "no valid HTTP",
        ),
        (
            "one huge header",
            Answer::Text(format!("{HEAD}X-Bomb: {}", "b".repeat(1_000_000))),
            "longer than 65536 bytes",
        ),
        ("slow", Answer::Slowly(format!("{HEAD}X-Slow: {}", "s".repeat(1000))), SILENCE),
        ("silent", Answer::Text(String::new()), SILENCE),
        ("gone", Answer::Last(String::new()), "without an answer"),
        ("cut", Answer::Last(HEAD.into()), "in the middle"),
        ("200", Answer::Text("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi".into()), "HTTP status 200 OK, body: hi"),
        (
            "a redirect",
            Answer::Text("HTTP/1.1 301 Moved\r\nLocation: wss://other.example/feed?key=1\r\nContent-Length: 0\r\n\r\n".into()),
            "redirects are not followed",
        ),
        (
            "a redirect to nowhere",
            Answer::Text("HTTP/1.1 302 Found\r\nContent-Length: 0\r\n\r\n".into()),
            "HTTP status 302 Found",
        ),
        (
            "a proxy's error page",
            Answer::Last(format!("HTTP/1.1 502 Bad Gateway\r\nConnection: close\r\nContent-Type: text/html\r\n\r\n{page}")),
            "HTTP status 502 Bad Gateway, body: <html>",
        ),
        (
            "a proxy's error page in chunks",
            Answer::Text(format!("HTTP/1.1 503 Busy\r\nTransfer-Encoding: chunked\r\n\r\n{:x}\r\n{page}\r\n0\r\n\r\n", page.len())),
            "HTTP status 503 Busy, body: <html>",
        ),
        (
            "a proxy that wants a login",
            Answer::Text("HTTP/1.1 407 Proxy Authentication Required\r\nProxy-Authenticate: Basic\r\nContent-Length: 0\r\n\r\n".into()),
            "HTTP status 407",
        ),
    ]
}

/// Short where the server keeps us waiting for ever, and else long enough for a busy machine.
fn patience(says: &str) -> &'static str {
    if says == SILENCE {
        r#""connection_timeout_ms":300"#
    } else {
        r#""connection_timeout_ms":20000"#
    }
}

#[test]
fn each_is_told_in_plain_words() {
    for (what, answer, says) in answers() {
        let once = format!(r#"{},"reconnect":{{"enabled":false}}"#, patience(says));
        let session = open(&server(answer), &once);
        let Error::Failed(text) = failure(&session) else {
            panic!("{what}: not the failure of a connection");
        };
        assert!(text.contains(says), "{what}: {says} in {text}");
        assert!(text.len() < 700, "{what}: {text}");
    }
}

#[test]
fn each_is_followed_by_a_new_attempt() {
    for (what, answer, says) in answers() {
        let quick = format!("{},{QUICK}", patience(says));
        let session = open(&server(answer), &quick);
        assert_eq!(collect(&session, 1)[0].text(), "hello", "{what}");
        assert!(stat(&session, Stat::Reconnects) >= 2, "{what}");
    }
}
