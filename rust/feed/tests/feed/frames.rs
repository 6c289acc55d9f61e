use serde_json::Value;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio_tungstenite::tungstenite::error::{CapacityError, ProtocolError};
use tokio_tungstenite::tungstenite::{Error, Message};

use crate::client::{
    LIMIT, connect, failure, handshake, handshake_with, head, next, number, ping_pong, send, start,
    text, until,
};

#[tokio::test]
async fn fragments_have_pings_between() {
    let feed = start();
    let mut client = connect(&feed, "/fragments?count=50&parts=3&rate=0").await;
    for expected in 0..50 {
        assert_eq!(number(&mut client).await, expected);
    }
    // The client's library writes its last pong when it is used next.
    ping_pong(&mut client).await;
    until(&feed, "answered", |stats| stats.pongs_received > 0).await;
    let stats = feed.stats();
    assert_eq!((stats.sent, stats.pings_sent), (50, 100));
    assert_eq!(stats.pongs_exact, stats.pongs_received);
}

#[tokio::test]
async fn fragments_are_what_they_say() {
    let feed = start();
    let mut tcp = handshake(&feed, "/fragments?count=1&parts=2&size=9&rate=0").await;
    head(&mut tcp).await;
    let mut first = [0; 7];
    tcp.read_exact(&mut first)
        .await
        .expect("the first fragment");
    assert_eq!(&first, b"\x01\x05{\"n\":");
    let mut ping = [0; 2];
    tcp.read_exact(&mut ping).await.expect("a ping");
    assert_eq!(ping[0], 0x89);
    let mut payload = vec![0; ping[1].into()];
    tcp.read_exact(&mut payload).await.expect("its payload");
    let mut last = [0; 6];
    tcp.read_exact(&mut last).await.expect("the last fragment");
    assert_eq!(&last, b"\x80\x040  }");
}

#[tokio::test]
async fn messages_are_compressed_where_that_is_offered() {
    let feed = start();
    let path = "/numbered?count=1&size=7&compress=apart";
    for (offer, says, message) in [
        (
            "Sec-WebSocket-Extensions: x, permessage-deflate; client_max_window_bits\r\n",
            "\r\nSec-WebSocket-Extensions: permessage-deflate; server_no_context_takeover\r\n",
            &b"\xc1\x09\xaa\x56\xca\x53\xb2\x32\xa8\x05\x00"[..],
        ),
        ("", "", b"\x81\x07{\"n\":0}"),
    ] {
        let mut tcp = handshake_with(&feed, path, offer).await;
        let answer = head(&mut tcp).await;
        assert!(answer.contains(says), "{answer}");
        assert_eq!(answer.contains("Extensions"), !offer.is_empty(), "{answer}");
        let mut frame = vec![0; message.len()];
        tcp.read_exact(&mut frame).await.expect("a frame");
        assert_eq!(frame, message);
    }
}

#[tokio::test]
async fn pongs_are_told_apart() {
    let feed = start();
    let mut client = connect(&feed, "/pings?every_ms=5").await;
    for _ in 0..5 {
        assert!(matches!(next(&mut client).await, Ok(Message::Ping(_))));
    }
    until(&feed, "answered", |stats| stats.pongs_exact >= 4).await;
    send(&mut client, Message::Pong(b"to no ping".as_slice().into())).await;
    until(&feed, "noticed", |stats| {
        stats.pongs_received > stats.pongs_exact
    })
    .await;
    assert_eq!(feed.stats().sent, 0);
}

#[tokio::test]
async fn no_pong_never_answers_pings() {
    let feed = start();
    let mut client = connect(&feed, "/no-pong?rate=0&count=2&subscribe=required").await;
    send(&mut client, Message::Ping(b"?".as_slice().into())).await;
    send(&mut client, Message::text("go")).await;
    // The ping came first: its pong would have, too.
    assert_eq!(number(&mut client).await, 0);
    assert_eq!(number(&mut client).await, 1);
    assert_eq!(feed.stats().pings_received, 1);
}

#[tokio::test]
async fn binary_messages() {
    let feed = start();
    for (path, utf8) in [
        ("/binary?count=3&utf8=true", true),
        ("/binary?count=3&utf8=false", false),
    ] {
        let mut client = connect(&feed, path).await;
        for _ in 0..3 {
            let Ok(Message::Binary(payload)) = next(&mut client).await else {
                panic!("not binary")
            };
            assert_eq!(str::from_utf8(&payload).is_ok(), utf8);
        }
    }
}

#[tokio::test]
async fn sizes_are_exact() {
    let feed = start();
    let mut client = connect(&feed, "/sizes?list=10,125,126,65535,65536,2000000").await;
    for size in [10, 125, 126, 65535, 65536, 2_000_000] {
        assert_eq!(text(&mut client).await.len(), size);
    }
    ping_pong(&mut client).await;
    assert_eq!(feed.stats().sent, 6);
}

#[tokio::test]
async fn echo_sends_back() {
    let feed = start();
    let mut client = connect(&feed, "/echo").await;
    let long = "é".repeat(2_500_000);
    for message in [
        Message::text("hello"),
        Message::binary(vec![0, 255, 1]),
        Message::text(long),
    ] {
        send(&mut client, message.clone()).await;
        assert_eq!(next(&mut client).await.expect("an echo"), message);
    }
    assert_eq!(feed.stats().received, 3);
}

#[tokio::test]
async fn a_client_that_only_sends_is_held_back() {
    let feed = start();
    let mut client = connect(&feed, "/echo").await;
    let message = Message::binary(vec![0; 1_000_000]);
    let endless = async {
        loop {
            send(&mut client, message.clone()).await;
            assert!(feed.stats().received < 500, "500 MB taken and nothing read");
        }
    };
    // Held back is when sending stands still.
    assert!(tokio::time::timeout(LIMIT / 10, endless).await.is_err());
}

#[tokio::test]
async fn headers_are_sent_back() {
    let feed = start();
    let mut client = connect(&feed, "/headers").await;
    let headers: Value = serde_json::from_str(&text(&mut client).await).expect("JSON");
    assert_eq!(headers["Host"], feed.addr().to_string());
    assert_eq!(headers["Sec-WebSocket-Version"], "13");
}

#[tokio::test]
async fn bad_frames_follow_a_good_one() {
    let feed = start();
    for kind in ["utf8", "rsv", "masked", "opcode", "huge"] {
        let mut client = connect(&feed, &format!("/bad-frame?kind={kind}")).await;
        assert_eq!(number(&mut client).await, 0);
        let error = failure(&mut client).await;
        let expected = match kind {
            "utf8" => matches!(error, Error::Utf8(_)),
            "rsv" => matches!(error, Error::Protocol(ProtocolError::NonZeroReservedBits)),
            "masked" => matches!(error, Error::Protocol(ProtocolError::MaskedFrameFromServer)),
            "opcode" => matches!(error, Error::Protocol(ProtocolError::InvalidOpcode(3))),
            _ => matches!(
                error,
                Error::Capacity(CapacityError::MessageTooLong {
                    size: 0x100_0000_0000,
                    ..
                })
            ),
        };
        assert!(expected, "{kind}: {error:?}");
    }
}

#[tokio::test]
async fn a_clients_violation_is_answered() {
    let feed = start();
    for (bytes, code) in [
        (&b"\x81\x02hi"[..], 1002_u16),
        (b"\x81\x82\0\0\0\0\xc3\x28", 1007),
        (b"\x88\x81\0\0\0\0\x03", 1002),
        // The close codes 999, 1005 and 2999 must not be sent (RFC 6455 section 7.4).
        (b"\x88\x82\0\0\0\0\x03\xe7", 1002),
        (b"\x88\x82\0\0\0\0\x03\xed", 1002),
        (b"\x88\x82\0\0\0\0\x0b\xb7", 1002),
        (b"\x88\x83\0\0\0\0\x03\xe8\xff", 1007),
    ] {
        let mut tcp = handshake(&feed, "/flood").await;
        head(&mut tcp).await;
        tcp.write_all(bytes).await.expect("sent");
        let mut answer = Vec::new();
        tokio::time::timeout(LIMIT, tcp.read_to_end(&mut answer))
            .await
            .expect("in time")
            .expect("closed");
        let close = answer
            .iter()
            .rposition(|byte| *byte == 0x88)
            .expect("a close frame");
        assert_eq!(answer[close + 2..close + 4], code.to_be_bytes());
    }
}
