use std::time::{Duration, Instant, SystemTime};

use serde_json::Value;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::protocol::frame::coding::CloseCode;

use crate::client::{close_frame, connect, next, number, ping_pong, send, start, text, until};

#[tokio::test]
async fn messages_come_complete_in_order_and_in_size() {
    let feed = start();
    let mut client = connect(&feed, "/numbered?count=5000&size=100&then=close").await;
    for expected in 0..5000_u64 {
        let text = text(&mut client).await;
        assert_eq!(text.len(), 100);
        let json: Value = serde_json::from_str(&text).expect("JSON");
        assert_eq!(json["n"], expected);
    }
    assert_eq!(
        close_frame(&mut client).await.expect("a code").code,
        CloseCode::Normal
    );
    let stats = feed.stats();
    assert_eq!((stats.sent, stats.by_path["/numbered"]), (5000, 1));
}

#[tokio::test]
async fn stamps_say_when_a_message_was_put_out() {
    let micros = || {
        let since_epoch = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
        since_epoch.expect("after 1970").as_micros() as u64
    };
    let feed = start();
    for path in [
        "/numbered?rate=1000&count=50&size=100&stamp=true",
        "/flood?size=100&stamp=true",
    ] {
        let mut least = micros();
        let mut client = connect(&feed, path).await;
        for expected in 0..50_u64 {
            let text = text(&mut client).await;
            assert_eq!(text.len(), 100);
            let json: Value = serde_json::from_str(&text).expect("JSON");
            assert_eq!(json["n"], expected);
            let stamp = json["t"].as_u64().expect("a stamp");
            assert!((least..=micros()).contains(&stamp), "{stamp} after {least}");
            least = stamp;
        }
    }
}

#[tokio::test]
async fn a_stream_continues_on_the_next_connection() {
    let feed = start();
    for first in [0, 10] {
        let mut client = connect(&feed, "/numbered?count=10&stream=s").await;
        for expected in first..first + 10 {
            assert_eq!(number(&mut client).await, expected);
        }
    }
    let mut other = connect(&feed, "/numbered?count=1&stream=t").await;
    assert_eq!(number(&mut other).await, 0);
    let stats = feed.stats();
    assert_eq!((stats.streams["s"], stats.streams["t"]), (20, 1));
}

#[tokio::test]
async fn a_rate_is_not_exceeded() {
    let feed = start();
    let start = Instant::now();
    let mut client = connect(&feed, "/numbered?rate=200&count=41").await;
    while number(&mut client).await < 40 {}
    // The first is due at once, the other 40 take 5 ms each.
    assert!(
        start.elapsed() >= Duration::from_millis(200),
        "{:?}",
        start.elapsed()
    );
}

#[tokio::test]
async fn pings_are_answered_in_a_flood() {
    let feed = start();
    let mut client = connect(&feed, "/flood?size=64").await;
    for expected in 0..10_000 {
        assert_eq!(number(&mut client).await, expected);
    }
    ping_pong(&mut client).await;
    ping_pong(&mut client).await;
    assert_eq!(feed.stats().pings_received, 2);
}

#[tokio::test]
async fn a_slow_client_holds_the_flood_back() {
    let feed = start();
    let client = connect(&feed, "/flood?size=65536").await;
    // Once the sockets' buffers are full, nothing more is sent.
    let mut sent = 0;
    let mut unchanged = 0;
    until(&feed, "held back", |stats| stats.sent > 0).await;
    while unchanged < 50 {
        tokio::time::sleep(Duration::from_millis(2)).await;
        unchanged = if feed.stats().sent == sent {
            unchanged + 1
        } else {
            0
        };
        sent = feed.stats().sent;
        assert!(sent < 10_000, "655 MB sent and nothing read");
    }
    drop(client);
    until(&feed, "closed", |stats| stats.open == 0).await;
}

#[tokio::test]
async fn nothing_is_sent_before_the_subscription() {
    let feed = start();
    for path in ["/numbered?subscribe=required", "/market?subscribe=required"] {
        let mut client = connect(&feed, path).await;
        assert_eq!(ping_pong(&mut client).await, 0, "{path}");
        send(&mut client, Message::text("subscribe to it")).await;
        text(&mut client).await;
    }
    assert_eq!(
        feed.stats().texts_received,
        ["subscribe to it", "subscribe to it"]
    );
}

#[tokio::test]
async fn a_subscription_without_the_words_is_ignored() {
    let feed = start();
    let mut client = connect(&feed, "/numbered?subscribe=required&words=%22subscribe%22").await;
    send(&mut client, Message::text(r#"{"action":"subscrieb"}"#)).await;
    assert_eq!(ping_pong(&mut client).await, 0);
    send(&mut client, Message::text(r#"{"action":"subscribe"}"#)).await;
    text(&mut client).await;
}

#[tokio::test]
async fn pause_and_resume() {
    let feed = start();
    let mut client = connect(&feed, "/numbered?rate=1000").await;
    assert_eq!(number(&mut client).await, 0);
    feed.pause(true);
    ping_pong(&mut client).await;
    // What was under way has come before the first pong.
    assert_eq!(ping_pong(&mut client).await, 0);
    feed.pause(false);
    number(&mut client).await;
}

#[tokio::test]
async fn the_market_is_lively() {
    let feed = start();
    let mut client = connect(&feed, "/market?rate=5000").await;
    let mut symbols = std::collections::BTreeSet::new();
    for sequence in 1..=500_u64 {
        let trade: Value = serde_json::from_str(&text(&mut client).await).expect("JSON");
        assert_eq!(trade["sequence"], sequence);
        assert!(trade["price"].as_f64().expect("a price") > 0.0);
        assert!(trade["time"].as_u64().expect("a time") > 1_700_000_000_000);
        symbols.insert(trade["symbol"].to_string());
    }
    assert!(symbols.len() > 2, "{symbols:?}");
}

#[tokio::test]
async fn silence_only_answers() {
    let feed = start();
    let mut client = connect(&feed, "/silence").await;
    assert_eq!(ping_pong(&mut client).await, 0);
    client.close(None).await.expect("sent");
    assert_eq!(
        next(&mut client).await.expect("the answer"),
        Message::Close(None)
    );
    assert_eq!(feed.stats().close_codes_received, [1005]);
}
