use std::io::ErrorKind;

use tokio::io::AsyncReadExt;
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::error::ProtocolError;
use tokio_tungstenite::tungstenite::{Error, Message};

use crate::client::{
    LIMIT, close_frame, connect, failure, handshake, head, next, number, send, start, until,
};

#[tokio::test]
async fn close_says_why() {
    let feed = start();
    for (path, code, reason) in [
        ("/close", 1001, "bye"),
        (
            "/close?code=1013&reason=come%20back&after=0",
            1013,
            "come back",
        ),
    ] {
        let mut client = connect(&feed, path).await;
        let frame = close_frame(&mut client).await.expect("a code");
        assert_eq!(
            (u16::from(frame.code), frame.reason.as_str()),
            (code, reason)
        );
        assert!(matches!(
            failure(&mut client).await,
            Error::ConnectionClosed
        ));
    }
    until(&feed, "answered", |stats| {
        stats.close_codes_received == [1001, 1013]
    })
    .await;
    assert_eq!(feed.stats().sent, 10);
}

#[tokio::test]
async fn close_without_a_code() {
    let feed = start();
    let mut client = connect(&feed, "/close?code=0&after=3").await;
    for expected in 0..3 {
        assert_eq!(number(&mut client).await, expected);
    }
    assert_eq!(close_frame(&mut client).await, None);
}

#[tokio::test]
async fn eof_comes_without_a_close_frame() {
    let feed = start();
    let mut tcp = handshake(&feed, "/eof?after=2&size=8").await;
    head(&mut tcp).await;
    let mut rest = Vec::new();
    timeout(LIMIT, tcp.read_to_end(&mut rest))
        .await
        .expect("in time")
        .expect("an orderly end");
    assert_eq!(rest, b"\x81\x08{\"n\":0 }\x81\x08{\"n\":1 }");
    assert_eq!(feed.stats().open, 0);
}

#[tokio::test]
async fn reset_is_a_reset() {
    let feed = start();
    let mut client = connect(&feed, "/reset").await;
    match failure(&mut client).await {
        Error::Io(error) => assert_eq!(error.kind(), ErrorKind::ConnectionReset),
        // How tungstenite calls a reset that it meets between messages.
        error => assert!(
            matches!(
                error,
                Error::Protocol(ProtocolError::ResetWithoutClosingHandshake)
            ),
            "{error:?}"
        ),
    }
    until(&feed, "closed", |stats| stats.sockets == 0).await;
}

#[tokio::test]
async fn a_black_hole_keeps_the_connection() {
    let feed = start();
    let mut client = connect(&feed, "/blackhole?after=4").await;
    for expected in 0..4 {
        assert_eq!(number(&mut client).await, expected);
    }
    send(&mut client, Message::Ping(b"anybody?".as_slice().into())).await;
    send(&mut client, Message::text("hello?")).await;
    feed.close_all(1001);
    // Nothing comes: there is nothing to wait for but time.
    assert!(timeout(LIMIT / 40, next(&mut client)).await.is_err());
    let stats = feed.stats();
    assert_eq!(
        (stats.open, stats.pings_received, stats.received),
        (1, 0, 0)
    );
    drop(client);
    until(&feed, "given up", |stats| {
        (stats.open, stats.sockets) == (0, 0)
    })
    .await;
}

#[tokio::test]
async fn a_black_hole_can_be_dropped() {
    let feed = start();
    let mut client = connect(&feed, "/blackhole?after=1").await;
    number(&mut client).await;
    feed.drop_all();
    failure(&mut client).await;
}
