//! Letting go of the feed while nobody polls.

mod support;

use std::time::Duration;

use support::*;
use websocket_engine::Stat;

#[test]
fn an_unpolled_session_lets_go_and_keeps_its_queue_and_the_next_poll_takes_the_feed_up() {
    let feed = feed();
    let session = open(&feed.url("/numbered?count=50"), "");
    until("all came", || stat(&session, Stat::QueueMessages) == 50);
    session.pause_if_unpolled(Duration::ZERO);
    until("the server was told", || {
        feed.stats().close_codes_received.contains(&1000)
    });
    until("it is let go", || {
        !connected(&session) && feed.stats().sockets == 0
    });
    assert_eq!(
        stat(&session, Stat::Reconnects),
        0,
        "a pause is no reason to reconnect"
    );
    assert_numbered(&collect(&session, 50), 0);
    until("it is connected again", || connected(&session));
    assert_numbered(&collect(&session, 50), 0);
    assert_balanced(&session.close());
    assert_eq!(feed.stats().max_open, 1);
}

#[test]
fn a_polled_session_is_left_alone() {
    let feed = feed();
    let session = open(&feed.url("/silence"), "");
    until("it is connected", || connected(&session));
    std::thread::scope(|scope| {
        let poller = scope.spawn(|| long_poll(&session));
        until_polled(&session);
        session.pause_if_unpolled(Duration::ZERO);
        session.close();
        poller.join().expect("no panic").expect_err("closed");
    });
    let session = open(&feed.url("/silence"), "");
    until("it is connected", || connected(&session));
    session.pause_if_unpolled(Duration::from_secs(3600));
    assert!(poll(&session, Duration::from_millis(100), 1000).is_ok());
    assert!(connected(&session));
    assert_eq!(stat(&session, Stat::Connections), 1);
}

#[test]
fn a_paused_session_stops_at_once() {
    let feed = feed();
    let session = open(&feed.url("/silence"), "");
    until("it is connected", || connected(&session));
    session.pause_if_unpolled(Duration::ZERO);
    until("it is let go", || feed.stats().sockets == 0);
    session.close();
}
