//! Several endpoints, of which some do not serve, and subprotocols.

mod support;

use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpListener};

use support::*;
use tokio_tungstenite::tungstenite::handshake::derive_accept_key;
use websocket_engine::{Error, Session, Stat};

const ENDPOINT: usize = 3;

/// A port that nobody listens at.
fn closed_port() -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    listener.local_addr().expect("an address")
}

/// Answers every request with this; `{accept}` stands for the right key. Returns its address.
fn server(answer: &'static str) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = listener.local_addr().expect("an address");
    std::thread::spawn(move || {
        for mut tcp in listener.incoming().flatten() {
            let mut head = Vec::new();
            let mut read = [0; 4096];
            while !head.ends_with(b"\r\n\r\n") {
                match tcp.read(&mut read) {
                    Ok(count @ 1..) => head.extend(&read[..count]),
                    _ => break,
                }
            }
            let head = String::from_utf8_lossy(&head).into_owned();
            let key = head
                .lines()
                .find_map(|line| line.strip_prefix("Sec-WebSocket-Key: "));
            let accept = derive_accept_key(key.unwrap_or_default().as_bytes());
            let _ = tcp.write_all(answer.replace("{accept}", &accept).as_bytes());
            std::thread::spawn(move || while matches!(tcp.read(&mut read), Ok(1..)) {});
        }
    });
    address
}

fn events(session: &Session) -> Vec<String> {
    let mut all = Vec::new();
    until("an open event", || {
        all.extend(session.take_events());
        all.iter()
            .any(|event: &String| event.contains(r#""event":"open""#))
    });
    all
}

#[test]
fn data_comes_from_the_second_endpoint_within_one_backoff() {
    let feed = feed();
    let gone = closed_port();
    let second = feed.url("/numbered?count=10");
    let more = format!(r#""urls":["{second}"],"events":true,{QUICK}"#);
    let session = open(&format!("ws://{gone}/path?token=s3cret"), &more);
    assert_numbered(&collect(&session, 10), 0);
    assert_eq!(stat(&session, Stat::Reconnects), 1);
    let shown = second.split('?').next().expect("a part");
    assert_eq!(session.texts()[ENDPOINT], shown);
    let events = events(&session);
    assert!(
        events[0].contains("connect_failed")
            && events[0].contains(&format!(r#""url":"ws://{gone}/path""#)),
        "{events:?}"
    );
    assert!(
        events[1].contains(&format!(r#""url":"{shown}""#)),
        "{events:?}"
    );
}

#[test]
fn the_first_endpoint_has_its_turn_again_when_the_second_fails() {
    let feed = feed();
    let first = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = first.local_addr().expect("an address");
    drop(first);
    // Accepts and closes: it does not hold.
    let second = feed.url("/close?code=1000&after=1");
    let session = open(
        &format!("ws://{address}/"),
        &format!(r#""urls":["{second}"],{QUICK}"#),
    );
    until("a connection to the second", || {
        stat(&session, Stat::Connections) >= 1
    });
    let back = TcpListener::bind(address).expect("the port is free again");
    let (_client, _) = back.accept().expect("an attempt at the first");
}

#[test]
fn a_handover_leaves_the_first_endpoint_alone_that_has_just_failed() {
    let feed = feed();
    let second = feed.url("/numbered?rate=100");
    let more = format!(r#""urls":["{second}"],"max_age_ms":1000,"handover":"overlap",{QUICK}"#);
    let session = open(&format!("ws://{}/", closed_port()), &more);
    until("a handover", || {
        stat(&session, Stat::PlannedReconnects) >= 1
    });
    assert_eq!(stat(&session, Stat::Connections), 2);
    assert_eq!(
        stat(&session, Stat::Reconnects),
        2,
        "one failed, and the handover"
    );
    assert_eq!(
        session.texts()[ENDPOINT],
        second.split('?').next().expect("a part")
    );
}

#[test]
fn a_server_that_says_retry_after_does_not_keep_us_from_the_next() {
    let busy = server("HTTP/1.1 503 Busy\r\nRetry-After: 3600\r\nContent-Length: 0\r\n\r\n");
    let feed = feed();
    let more = format!(r#""urls":["{}"],{QUICK}"#, feed.url("/numbered?count=10"));
    collect(&open(&format!("ws://{busy}/"), &more), 10);
}

#[test]
fn a_failure_names_the_endpoint_that_failed_last() {
    let (first, second) = (closed_port(), closed_port());
    let more = format!(
        r#""urls":["ws://u:s3cret@{second}/x?s3cret"],"reconnect":{{"interval_ms":1,"max_attempts":1}}"#
    );
    let session = open(&format!("ws://{first}/"), &more);
    let Error::Failed(text) = failure(&session) else {
        panic!("a failure")
    };
    assert!(
        text.starts_with(&format!("gave up on ws://{second}/x: 1 attempts")),
        "{text}"
    );
    assert!(!text.contains("s3cret"), "{text}");
}

#[test]
fn what_is_no_endpoint_is_refused() {
    let refused = |more: &str| match try_open("ws://h/", more, Vec::new()) {
        Err(Error::Config(text)) => text,
        other => panic!("{other:?}"),
    };
    assert_eq!(
        refused(r#""urls":["ws://h/","http://h/"]"#),
        "websocket.urls: must begin with ws:// or wss://"
    );
    let names = "websocket.subprotocols: has a name that is no HTTP token";
    assert_eq!(refused(r#""subprotocols":["v 1"]"#), names);
    assert_eq!(refused(r#""subprotocols":[""]"#), names);
    assert_eq!(
        refused(r#""subprotocols":["v1","v1"]"#),
        "websocket.subprotocols: has a name twice"
    );
    let both = r#""subprotocols":["v1"],"headers":[["sec-websocket-protocol","v2"]]"#;
    assert!(
        refused(both).starts_with("websocket.subprotocols: cannot be set together with the header")
    );
}

#[test]
fn the_server_chooses_among_the_subprotocols() {
    const HEAD: &str = "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: {accept}\r\n";
    let more = r#""subprotocols":["v2","v1"],"reconnect":{"enabled":false}"#;
    for chosen in ["", "Sec-WebSocket-Protocol: v1\r\n"] {
        let answer: &'static str = format!("{HEAD}{chosen}\r\n").leak();
        let session = open(&format!("ws://{}/", server(answer)), more);
        until("a connection", || connected(&session));
    }
    let other: &'static str = format!("{HEAD}Sec-WebSocket-Protocol: v3\r\n\r\n").leak();
    let session = open(&format!("ws://{}/", server(other)), more);
    let Error::Failed(text) = failure(&session) else {
        panic!("a failure")
    };
    assert!(
        text.contains("the server chose a subprotocol that was not offered"),
        "{text}"
    );
}
