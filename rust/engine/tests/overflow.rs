//! What a full queue and a message that is too long mean, policy by policy.

mod support;

use std::sync::Arc;
use std::time::Duration;

use support::*;
use websocket_engine::{Error, Session, Stat, TlsMaterial};
use websocket_feed::Feed;

/// A queue of 100 messages under this policy.
fn hundred(policy: &str) -> String {
    format!(r#""queue":{{"messages":100,"overflow_policy":"{policy}"}}"#)
}

/// A queue of 100 messages that blocks for so long at most.
fn blocking(millis: u64) -> String {
    format!(r#""queue":{{"messages":100,"overflow_policy":"block","block_max_ms":{millis}}}"#)
}

/// A session that is sent more than its queue and its sockets hold, and has stopped reading for a while.
fn blocked(feed: &Feed, millis: u64) -> Session {
    let session = open(
        &feed.url("/flood?size=1000"),
        &format!(
            r#""ping":{{"interval_ms":100,"timeout_ms":1000}},{}"#,
            blocking(millis)
        ),
    );
    until("reading has stood still for three pongs' time", || {
        stat(&session, Stat::ReadingStoppedMillis) > 3000
    });
    session
}

#[test]
fn drop_oldest_keeps_the_newest() {
    let feed = feed();
    let session = open(&feed.url("/numbered?count=5000"), &hundred("drop_oldest"));
    until("all came", || stat(&session, Stat::Received) == 5000);
    assert_eq!(stat(&session, Stat::QueueMessages), 100);
    assert_eq!(stat(&session, Stat::Dropped), 4900);
    assert_numbered(&collect(&session, 100), 4900);
    assert_balanced(&session.close());
}

#[test]
fn drop_oldest_drops_what_a_poll_left_over_first() {
    let feed = feed();
    let session = open(
        &feed.url("/numbered?count=300&rate=500"),
        &format!(r#""poll_max_records":10,{}"#, hundred("drop_oldest")),
    );
    until("a hundred came", || stat(&session, Stat::Received) >= 100);
    assert_eq!(
        poll(&session, PATIENCE, 1 << 20).expect("records").1.len(),
        10
    );
    until("all came", || stat(&session, Stat::Received) == 300);
    assert_numbered(&collect(&session, 100), 200);
    assert_balanced(&session.close());
}

#[test]
fn block_loses_nothing_and_keeps_the_order() {
    let feed = feed();
    let session = open(&feed.url("/numbered?count=50000"), &blocking(60_000));
    until("reading stops", || {
        stat(&session, Stat::ReadingStoppedMillis) > 0
    });
    assert_eq!(stat(&session, Stat::QueueMessages), 100);
    assert_eq!(stat(&session, Stat::Received), 100);
    assert_numbered(&collect(&session, 50_000), 0);
    let stats = session.close();
    assert_balanced(&stats);
    assert_eq!(stats[Stat::HandedOver as usize], 50_000);
    assert_eq!(stats[Stat::Dropped as usize], 0);
}

#[test]
fn no_pong_is_missed_while_reading_stands_still() {
    let feed = feed();
    let session = blocked(&feed, 60_000);
    assert_numbered(&collect(&session, 10_000), 0);
    assert!(connected(&session));
    assert_eq!(stat(&session, Stat::Connections), 1);
    assert_balanced(&session.close());
}

#[test]
fn pings_that_were_read_are_answered_though_nothing_more_is_read() {
    let feed = feed();
    let session = open(
        &feed.url("/fragments?rate=0&count=1000&parts=3"),
        &blocking(600_000),
    );
    until("reading has stopped", || {
        stat(&session, Stat::ReadingStoppedMillis) > 0
    });
    // Two stand in each of the messages that fill the queue.
    until("they are answered", || feed.stats().pongs_received >= 200);
    assert_eq!(stat(&session, Stat::HandedOver), 0);
}

#[test]
fn pings_are_answered_when_reading_goes_on() {
    let feed = feed();
    let path = "/fragments?count=150&parts=2&rate=0&size=60000";
    let session = open(&feed.url(path), &blocking(60_000));
    until("reading stops", || {
        stat(&session, Stat::ReadingStoppedMillis) > 0
    });
    assert!(feed.stats().pongs_exact < 150);
    assert_numbered(&collect(&session, 150), 0);
    until("every ping is answered", || feed.stats().pongs_exact == 150);
}

#[test]
fn block_drops_the_oldest_after_its_limit_until_there_is_room() {
    let feed = feed();
    let session = open(
        &feed.url("/fragments?count=150&parts=2&rate=0&size=60000"),
        &blocking(300),
    );
    until(
        "every ping is answered, whether anybody polls or not",
        || feed.stats().pongs_exact == 150,
    );
    assert!(stat(&session, Stat::ReadingStoppedMillis) >= 300);
    until("all came", || stat(&session, Stat::Received) == 150);
    assert_eq!(stat(&session, Stat::Dropped), 50);
    assert_numbered(&collect(&session, 100), 50);
    assert_balanced(&session.close());
}

#[test]
fn block_drops_too_when_what_waits_is_read_too_slowly() {
    let feed = feed();
    let session = open(
        &feed.url("/flood?size=1000"),
        &format!(r#""poll_max_records":1,{}"#, blocking(500)),
    );
    until("messages are dropped", || {
        poll(&session, Duration::ZERO, 1 << 20).expect("no failure");
        stat(&session, Stat::Dropped) > 0
    });
    assert_eq!(stat(&session, Stat::Connections), 1);
    assert_balanced(&session.close());
}

#[test]
fn a_stop_while_blocked_is_told_to_the_server_and_counts_everything() {
    let feed = feed();
    let session = blocked(&feed, 60_000);
    let stats = session.close();
    assert_balanced(&stats);
    assert!(stats[Stat::Discarded as usize] > 100, "{stats:?}");
    assert_eq!(stats[Stat::Dropped as usize], 0);
    until("the server is rid of it", || feed.stats().sockets == 0);
}

#[test]
fn a_pause_while_blocked_lets_go_and_keeps_the_queue() {
    let feed = feed();
    let session = open(&feed.url("/numbered?count=300"), &blocking(60_000));
    until("reading stops", || {
        stat(&session, Stat::ReadingStoppedMillis) > 0
    });
    session.pause_if_unpolled(Duration::ZERO);
    until("the server was told", || {
        feed.stats().close_codes_received.contains(&1000)
    });
    until("it is let go", || feed.stats().sockets == 0);
    let kept = collect(&session, 100);
    assert_numbered(&kept, 0);
    until("it is connected again", || {
        stat(&session, Stat::Connections) == 2
    });
    until("what was held back is taken", || {
        poll(&session, Duration::ZERO, 1 << 20).expect("records");
        stat(&session, Stat::Received) == 600
    });
    collect_rest(&session);
    assert_balanced(&session.close());
}

fn collect_rest(session: &Session) {
    until("the queue is empty", || {
        poll(session, Duration::ZERO, 1 << 20).expect("records");
        stat(session, Stat::QueueMessages) == 0
    });
}

#[test]
fn what_is_held_back_outlives_the_connection() {
    let feed = feed();
    let session = open(
        &feed.url("/numbered?count=150&then=close"),
        &format!("{},{QUICK}", blocking(60_000)),
    );
    until("reading stops", || {
        stat(&session, Stat::ReadingStoppedMillis) > 0
    });
    let records = collect(&session, 300);
    assert_numbered(&records[..150], 0);
    assert_numbered(&records[150..300], 0);
    assert_balanced(&session.close());
}

#[test]
fn fail_hands_over_what_came_before_and_then_says_why() {
    let feed = feed();
    let session = open(
        &feed.url("/numbered?count=5000"),
        &format!("{},{QUICK}", hundred("fail")),
    );
    until("the server was told", || {
        feed.stats().close_codes_received.contains(&1000)
    });
    assert_numbered(&collect(&session, 100), 0);
    let Error::Failed(text) = failure(&session) else {
        panic!("a failure")
    };
    for words in ["websocket.overflow.policy=fail", "100 of 100 messages"] {
        assert!(text.contains(words), "{text}");
    }
    until("it is gone for good", || feed.stats().sockets == 0);
    let stats = session.close();
    assert!(stats[Stat::Dropped as usize] > 0);
    assert_eq!(stats[Stat::Connections as usize], 1);
    assert_eq!(stats[Stat::HandedOver as usize], 100);
    assert_balanced(&stats);
}

/// Two sessions of one memory: a full queue of one leaves room for the other, and its end gives its memory back.
#[test]
fn the_bound_of_all_queues_is_shared() {
    let feed = feed();
    let memory = memory();
    let open = |path: &str, more: &str| {
        let settings = settings(
            &feed.url(path),
            &format!(r#""memory_max_bytes":1000000{more}"#),
        );
        Session::open(1, &settings, TlsMaterial::default(), Arc::clone(&memory)).expect("a session")
    };
    let full = open("/numbered?count=5000&size=1000", "");
    until("all came", || stat(&full, Stat::Received) == 5000);
    assert!(stat(&full, Stat::Dropped) > 4000, "{:?}", full.stats());
    assert!(stat(&full, Stat::WorkerBytes) <= 800_000);
    assert_eq!(stat(&full, Stat::WorkerBytesCapacity), 1_000_000);

    let other = open("/numbered?count=100&size=1000", "");
    until("all came", || stat(&other, Stat::Received) == 100);
    assert_eq!(stat(&other, Stat::Dropped), 0);

    let blocked = open(
        "/numbered?count=500&size=1000",
        r#","queue":{"overflow_policy":"block","block_max_ms":60000}"#,
    );
    until("reading stops", || {
        stat(&blocked, Stat::ReadingStoppedMillis) > 0
    });
    assert_balanced(&full.close());
    until("what the other gave back is used", || {
        stat(&blocked, Stat::Received) == 500
    });
    assert_eq!(stat(&blocked, Stat::Dropped), 0);
    assert_balanced(&blocked.close());
    assert_balanced(&other.close());
    assert_eq!(memory.used(), 0);
}

#[test]
fn a_long_message_fails_the_session_behind_what_came_before() {
    let feed = feed();
    let session = open(
        &feed.url("/sizes?list=10,20,1000001,30"),
        &format!(r#""oversize_action":"fail",{QUICK}"#),
    );
    let sizes: Vec<_> = collect(&session, 2)
        .iter()
        .map(|record| record.payload.len())
        .collect();
    assert_eq!(sizes, [10, 20]);
    let Error::Failed(text) = failure(&session) else {
        panic!("a failure")
    };
    for words in ["1000001 bytes", "websocket.oversize.action=fail"] {
        assert!(text.contains(words), "{text}");
    }
    until("the server was told", || {
        feed.stats().close_codes_received.contains(&1009)
    });
    let stats = session.close();
    assert_eq!(stats[Stat::Oversize as usize], 1);
    assert_balanced(&stats);
}

#[test]
fn a_long_message_reconnects() {
    let feed = feed();
    let session = open(
        &feed.url("/sizes?list=10,1000001"),
        &format!(r#""oversize_action":"reconnect",{QUICK}"#),
    );
    assert_eq!(collect(&session, 2).len(), 2);
    until("the server was told", || {
        feed.stats().close_codes_received.contains(&1009)
    });
    assert_eq!(feed.stats().max_open, 1);
    let stats = session.close();
    assert!(stats[Stat::Oversize as usize] >= 1 && stats[Stat::Connections as usize] >= 2);
    assert_balanced(&stats);
}

#[test]
fn a_message_beyond_the_hard_limit_fails_too() {
    let feed = feed();
    let session = open(
        &feed.url("/sizes?list=67108865"),
        &format!(r#""oversize_action":"fail",{QUICK}"#),
    );
    let Error::Failed(text) = failure(&session) else {
        panic!("a failure")
    };
    assert!(text.contains("67108865 bytes"), "{text}");
    until("the server was told", || {
        feed.stats().close_codes_received.contains(&1009)
    });
    assert_eq!(stat(&session, Stat::Connections), 1);
}
