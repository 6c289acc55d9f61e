use serde_json::Value;
use tokio_tungstenite::tungstenite::Error;
use websocket_feed::{Feed, Options};

use crate::client::{
    Client, close_frame, connect, failure, http, number, ping_pong, start, try_connect, until,
};

async fn post(feed: &Feed, path: &str) {
    let answer = http(feed, "POST", path).await.expect("an answer");
    assert!(answer.starts_with("HTTP/1.1 200 "), "{answer}");
}

async fn two(feed: &Feed) -> [Client; 2] {
    [
        connect(feed, "/silence").await,
        connect(feed, "/flood").await,
    ]
}

#[tokio::test]
async fn drop_resets_all_connections() {
    let feed = start();
    for over_http in [false, true] {
        let mut clients = two(&feed).await;
        if over_http {
            post(&feed, "/_drop").await
        } else {
            feed.drop_all()
        }
        for client in &mut clients {
            assert!(!matches!(failure(client).await, Error::ConnectionClosed));
        }
        until(&feed, "closed", |stats| stats.sockets == 0).await;
    }
    // What was ordered before does not touch a new connection.
    ping_pong(&mut connect(&feed, "/silence").await).await;
    let stats = feed.stats();
    assert_eq!((stats.upgraded, stats.max_open, stats.accepted), (5, 2, 5));
}

#[tokio::test]
async fn close_closes_all_connections() {
    let feed = start();
    for (over_http, code) in [(false, 4000), (true, 1012)] {
        let mut clients = two(&feed).await;
        if over_http {
            post(&feed, "/_close").await
        } else {
            feed.close_all(code)
        }
        for client in &mut clients {
            assert_eq!(
                u16::from(close_frame(client).await.expect("a code").code),
                code
            );
            failure(client).await;
        }
        until(&feed, "closed", |stats| stats.sockets == 0).await;
    }
    assert_eq!(feed.stats().close_codes_received, [4000, 4000, 1012, 1012]);
}

#[tokio::test]
async fn refuse_resets_all_but_control_requests() {
    let feed = start();
    post(&feed, "/_refuse?on=true").await;
    try_connect(&feed, "/silence").await.expect_err("refused");
    let mut answer = http(&feed, "GET", "/_stats").await.expect("an answer");
    let stats: Value =
        serde_json::from_str(&answer.split_off(answer.find('{').expect("JSON"))).expect("JSON");
    assert_eq!(
        (&stats["refused"], &stats["upgraded"]),
        (&1.into(), &0.into())
    );
    feed.refuse(false);
    ping_pong(&mut connect(&feed, "/silence").await).await;
}

#[tokio::test]
async fn stats_count_and_reset() {
    let feed = start();
    let mut client = connect(&feed, "/numbered?count=3&stream=s").await;
    while number(&mut client).await < 2 {}
    until(&feed, "sent", |stats| stats.sent == 3).await;
    post(&feed, "/_reset_stats").await;
    let stats = feed.stats();
    assert_eq!(
        (stats.open, stats.max_open, stats.sent, stats.upgraded),
        (1, 1, 0, 0)
    );
    assert_eq!(stats.streams["s"], 3);
}

#[tokio::test]
async fn stats_tell_connections_apart_by_what_they_asked_for() {
    let feed = start();
    let first = connect(&feed, "/numbered?rate=1&stream=a").await;
    let second = connect(&feed, "/numbered?rate=1&stream=a").await;
    let _other = connect(&feed, "/silence").await;
    until(&feed, "all are open", |stats| stats.open == 3).await;
    let of = |target: &str| {
        let stats = feed.stats();
        stats.by_target.get(target).map(|it| (it.open, it.max_open))
    };
    assert_eq!(of("/numbered?rate=1&stream=a"), Some((2, 2)));
    assert_eq!(of("/silence"), Some((1, 1)));
    drop(first);
    until(&feed, "one left", |stats| stats.open == 2).await;
    assert_eq!(of("/numbered?rate=1&stream=a"), Some((1, 2)));
    post(&feed, "/_reset_stats").await;
    assert_eq!(of("/numbered?rate=1&stream=a"), Some((1, 1)));
    drop(second);
    until(&feed, "none left", |stats| stats.open == 1).await;
    assert_eq!(of("/numbered?rate=1&stream=a"), Some((0, 1)));
    post(&feed, "/_reset_stats").await;
    assert_eq!(of("/numbered?rate=1&stream=a"), None);
    let answer = http(&feed, "GET", "/_stats").await.expect("an answer");
    let json: Value =
        serde_json::from_str(&answer[answer.find('{').expect("JSON")..]).expect("JSON");
    assert_eq!(json["by_target"]["/silence"]["open"], 1);
    assert_eq!(json["by_target"]["/silence"]["max_open"], 1);
}

#[tokio::test]
async fn pause_holds_for_new_connections() {
    let feed = start();
    post(&feed, "/_pause").await;
    let mut client = connect(&feed, "/flood").await;
    assert_eq!(ping_pong(&mut client).await, 0);
    post(&feed, "/_resume").await;
    assert_eq!(number(&mut client).await, 0);
}

#[tokio::test]
async fn wrong_control_requests_are_told_so() {
    let feed = start();
    for (method, path, status) in [
        ("GET", "/_drop", "405"),
        ("POST", "/_close?code=9", "400"),
        ("POST", "/_nothing", "404"),
    ] {
        let answer = http(&feed, method, path).await.expect("an answer");
        assert!(
            answer.starts_with(&format!("HTTP/1.1 {status} ")),
            "{path}: {answer}"
        );
    }
}

#[tokio::test]
async fn a_new_feed_takes_the_port_over_at_once() {
    let mut feed = start();
    let listen = feed.addr();
    for _ in 0..5 {
        let mut clients = two(&feed).await;
        feed.stop();
        for client in &mut clients {
            failure(client).await;
        }
        assert!(try_connect(&feed, "/silence").await.is_err(), "stopped");
        feed = Feed::start(Options { listen, tls: None }).expect("the port is free");
    }
}
