//! The venues over real connections; their rules one by one are tested where they are written.

use std::time::Duration;

use serde_json::Value;
use tokio::net::TcpStream;
use tokio::time::{sleep, timeout};
use tokio_tungstenite::client_async;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::{Error, Message};
use websocket_feed::{Feed, VenueStats};

use crate::client::{
    Client, LIMIT, close_frame, connect, failure, http, next, send, start, text, try_connect, until,
};

fn venue(feed: &Feed, key: &str) -> VenueStats {
    feed.stats().venues.get(key).cloned().unwrap_or_default()
}

/// Reads messages until `count` of them have a number; answers others with `answer`.
async fn numbers(
    client: &mut Client,
    count: usize,
    answer: impl Fn(&str) -> Option<String>,
) -> Vec<u64> {
    let mut numbers = Vec::new();
    while numbers.len() < count {
        let said = text(client).await;
        if let Some((_, number)) = said.split_once("\"n\":") {
            let digits = number
                .find(|c: char| !c.is_ascii_digit())
                .unwrap_or(number.len());
            numbers.push(number[..digits].parse().expect("a number"));
        } else if let Some(answer) = answer(&said) {
            send(client, Message::text(answer)).await;
        }
    }
    numbers
}

fn never(_: &str) -> Option<String> {
    None
}

fn assert_successive(numbers: &[u64]) {
    assert!(
        numbers.windows(2).all(|pair| pair[1] == pair[0] + 1),
        "{numbers:?}"
    );
}

#[tokio::test]
async fn a_good_client_stays_and_gets_every_number() {
    let feed = start();
    let mut client = connect(
        &feed,
        "/venue/binance/stream?streams=a@trade/b@trade&scale=0.01&rate=100",
    )
    .await;
    // A second is 100 of the venue's seconds: five pings, which tungstenite answers.
    let numbers = numbers(&mut client, 100, never).await;
    assert_successive(&numbers);
    let stats = venue(&feed, "binance");
    assert!(
        stats.broken.is_empty() && stats.pings_answered >= 3,
        "{stats:?}"
    );
    assert_eq!((stats.open, stats.max_open, stats.connects), (1, 1, 1));
    assert_eq!((stats.first, stats.unsent.len()), (Some(numbers[0]), 0));
}

#[tokio::test]
async fn questions_are_asked_and_answered() {
    let feed = start();
    let mut client = connect(&feed, "/venue/htx/ws?scale=0.04&rate=50").await;
    send(
        &mut client,
        Message::text(r#"{"sub":"market.btcusdt.trade.detail","id":"1"}"#),
    )
    .await;
    let answer = |said: &str| {
        said.strip_prefix("{\"ping\":")
            .map(|number| format!("{{\"pong\":{number}"))
    };
    assert_successive(&numbers(&mut client, 50, answer).await);
    let stats = venue(&feed, "htx");
    assert!(stats.broken.is_empty() && stats.answers >= 3, "{stats:?}");
}

#[tokio::test]
async fn a_broken_rule_ends_in_a_close_and_a_ban() {
    let feed = start();
    let path = "/venue/binance/ws/a@trade?client=bad";
    let mut client = connect(&feed, path).await;
    for _ in 0..6 {
        send(&mut client, Message::Ping("".into())).await;
    }
    let frame = close_frame(&mut client).await.expect("a code");
    assert_eq!(
        (u16::from(frame.code), frame.reason.as_str()),
        (1008, "too many requests")
    );
    failure(&mut client).await;
    match try_connect(&feed, path).await {
        Err(Error::Http(answer)) => {
            assert_eq!(
                (answer.status().as_u16(), &answer.headers()["Retry-After"]),
                (418, &"120".parse().expect("a value"))
            );
        }
        other => panic!("not refused: {other:?}"),
    }
    let stats = venue(&feed, "binance/bad");
    assert_eq!(
        stats.broken,
        [
            "connection 1: more than 5 frames in 1s",
            "a connect while banned"
        ]
    );
    assert_eq!((stats.refused, stats.open), (1, 0));
    let answer = http(&feed, "GET", "/_stats").await.expect("an answer");
    let json: Value =
        serde_json::from_str(&answer[answer.find('{').expect("JSON")..]).expect("JSON");
    assert_eq!(
        json["venues"]["binance/bad"]["broken"][1],
        "a connect while banned"
    );
    // Another client is none of the banned one's business.
    connect(&feed, "/venue/binance/ws/a@trade").await;
}

#[tokio::test]
async fn too_many_connects_are_refused_for_a_while() {
    let feed = start();
    let path = "/venue/bitfinex/ws/2";
    for _ in 0..20 {
        connect(&feed, path).await;
    }
    match try_connect(&feed, path).await {
        Err(Error::Http(answer)) => {
            let wait: u64 = answer.headers()["Retry-After"]
                .to_str()
                .expect("text")
                .parse()
                .expect("seconds");
            assert_eq!(answer.status().as_u16(), 429);
            assert!((40..=60).contains(&wait), "{wait}");
        }
        other => panic!("not refused: {other:?}"),
    }
    assert_eq!(venue(&feed, "bitfinex").broken, ["too many connects"]);
}

#[tokio::test]
async fn a_client_must_offer_the_subprotocol() {
    let feed = start();
    let path = "/venue/graphql";
    match try_connect(&feed, path).await {
        Err(Error::Http(answer)) => {
            assert_eq!(answer.status().as_u16(), 400);
            assert!(!answer.headers().contains_key("Retry-After"));
        }
        other => panic!("not refused: {other:?}"),
    }
    assert_eq!(
        venue(&feed, "graphql").broken,
        ["a connect without the subprotocol"]
    );
    let mut request = feed.url(path).into_client_request().expect("a URL");
    let offer = "graphql-ws, graphql-transport-ws".parse().expect("a value");
    request
        .headers_mut()
        .insert("Sec-WebSocket-Protocol", offer);
    let tcp = TcpStream::connect(feed.addr()).await.expect("a connection");
    let (_client, answer) = client_async(request, tcp).await.expect("101");
    assert_eq!(
        answer.headers()["Sec-WebSocket-Protocol"],
        "graphql-transport-ws"
    );
}

#[tokio::test]
async fn a_second_connection_is_refused_while_the_first_is_open() {
    let feed = start();
    let path = "/venue/alpaca/v2/iex";
    let auth = Message::text(r#"{"action":"auth","key":"key","secret":"secret"}"#);
    let mut first = connect(&feed, path).await;
    send(&mut first, auth.clone()).await;
    assert!(
        text(&mut first).await.contains("connected")
            && text(&mut first).await.contains("authenticated")
    );
    let mut second = connect(&feed, path).await;
    send(&mut second, auth.clone()).await;
    assert!(
        text(&mut second).await.contains("connected") && text(&mut second).await.contains("406")
    );
    failure(&mut second).await;
    drop(first);
    until(&feed, "closed", |stats| stats.open == 0).await;
    let mut third = connect(&feed, path).await;
    send(&mut third, auth).await;
    assert!(
        text(&mut third).await.contains("connected")
            && text(&mut third).await.contains("authenticated")
    );
    let stats = venue(&feed, "alpaca");
    assert_eq!((stats.max_open, stats.logins), (2, 2));
    assert_eq!(stats.broken, ["connection 2: a second connection"]);
}

#[tokio::test]
async fn an_end_without_a_close_frame_is_one() {
    let feed = start();
    let mut client = connect(&feed, "/venue/polymarket/ws/market?scale=0.001").await;
    match failure(&mut client).await {
        Error::Protocol(_) | Error::Io(_) => {}
        error => panic!("{error:?}"),
    }
    until(&feed, "closed", |stats| {
        stats.venues["polymarket"].open == 0
    })
    .await;
    assert_eq!(
        venue(&feed, "polymarket").broken,
        ["connection 1: no subscription within 10s"]
    );
}

#[tokio::test]
async fn a_frozen_venue_answers_no_ping() {
    let feed = start();
    let mut client = connect(&feed, "/venue/kraken?scale=0.01&freeze_s=1").await;
    assert!(text(&mut client).await.contains("status"));
    sleep(Duration::from_millis(20)).await;
    send(&mut client, Message::Ping("anybody?".into())).await;
    // Nothing comes: there is nothing to wait for but time.
    assert!(timeout(LIMIT / 40, next(&mut client)).await.is_err());
    assert_eq!(venue(&feed, "kraken").open, 1);
    drop(client);
    until(&feed, "closed", |stats| stats.venues["kraken"].open == 0).await;
}

#[tokio::test]
async fn too_many_connects_may_be_forbidden() {
    let feed = start();
    let path = "/venue/bybit?scale=0.5";
    for _ in 0..500 {
        drop(connect(&feed, path).await);
    }
    match try_connect(&feed, path).await {
        Err(Error::Http(answer)) => {
            assert_eq!(answer.status().as_u16(), 403);
            assert_eq!(answer.headers().get("Retry-After"), None);
        }
        other => panic!("not refused: {other:?}"),
    }
}

#[tokio::test]
async fn numbers_go_on_without_a_connection_and_are_shared_by_two() {
    let feed = start();
    let path = "/venue/jetstream/subscribe?scale=1&rate=200";
    let mut first = connect(&feed, path).await;
    let before = numbers(&mut first, 5, never).await;
    drop(first);
    until(&feed, "closed", |stats| stats.open == 0).await;
    sleep(Duration::from_millis(50)).await;
    let (mut one, mut other) = (connect(&feed, path).await, connect(&feed, path).await);
    let after = numbers(&mut one, 20, never).await;
    let also = numbers(&mut other, 20, never).await;
    assert_successive(&after);
    assert_successive(&also);
    assert!(
        also[0] <= after[19] && after[0] > before[4] + 5,
        "{before:?} {after:?} {also:?}"
    );
    let stats = venue(&feed, "jetstream");
    assert_eq!(stats.unsent.len(), 1, "{stats:?}");
    let (from, to) = stats.unsent[0];
    assert!(
        from > before[4] && to + 1 == after[0],
        "{stats:?} {after:?}"
    );
    assert!(stats.doubles > 0, "{stats:?}");
}

#[tokio::test]
async fn orders_and_wrong_parameters_are_as_elsewhere() {
    let feed = start();
    let mut client = connect(&feed, "/venue/jetstream?rate=100").await;
    numbers(&mut client, 1, never).await;
    feed.close_all(1012);
    assert_eq!(
        u16::from(close_frame(&mut client).await.expect("a code").code),
        1012
    );
    feed.pause(true);
    let mut client = connect(&feed, "/venue/jetstream?rate=100").await;
    sleep(Duration::from_millis(50)).await;
    let sent = venue(&feed, "jetstream").sent;
    feed.pause(false);
    numbers(&mut client, 1, never).await;
    assert!(venue(&feed, "jetstream").sent > sent);
    for (path, status) in [
        ("/venue/nyse", "404"),
        ("/venue/binance/other", "400"),
        ("/venue/kraken?scale=2", "400"),
        ("/venue/kraken?streams=x", "400"),
        ("/venue/bybit?max_active_time=10s", "400"),
        ("/venue/kraken", "426"),
    ] {
        let answer = http(&feed, "GET", path).await.expect("an answer");
        assert!(
            answer.starts_with(&format!("HTTP/1.1 {status} ")),
            "{path}: {answer}"
        );
    }
}

#[tokio::test]
async fn stats_are_reset() {
    let feed = start();
    let mut client = connect(&feed, "/venue/jetstream?rate=100&client=a").await;
    connect(&feed, "/venue/jetstream?client=b").await;
    numbers(&mut client, 3, never).await;
    until(&feed, "closed", |stats| {
        stats.venues["jetstream/b"].open == 0
    })
    .await;
    feed.reset_stats();
    let stats = feed.stats();
    assert_eq!(
        (stats.venues.len(), stats.venues["jetstream/a"].open),
        (1, 1)
    );
    next(&mut client).await.expect("it stays");
}
