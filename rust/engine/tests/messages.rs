//! What arrives, in which form, and what is counted instead.

mod support;

use std::time::{Duration, Instant, SystemTime};

use support::*;
use websocket_engine::{Polled, Stat};

#[test]
fn messages_arrive_complete_and_in_order_with_their_receive_time() {
    let feed = feed();
    let before = SystemTime::now()
        .duration_since(SystemTime::UNIX_EPOCH)
        .expect("after 1970")
        .as_micros() as i64;
    let session = open(
        &feed.url("/numbered?count=50000&size=200"),
        r#""queue":{"messages":60000}"#,
    );
    let records = collect(&session, 50_000);
    assert_numbered(&records, 0);
    assert!(records.iter().all(|record| record.payload.len() == 200));
    assert!(records[0].micros >= before && records.is_sorted_by_key(|record| record.micros));
    let stats = session.close();
    assert_balanced(&stats);
    assert_eq!(stats[Stat::HandedOver as usize], 50_000);
}

#[test]
fn compressed_messages_arrive_complete_and_in_order() {
    let feed = feed();
    for (query, compressed) in [
        ("/numbered?count=5000&size=200&compress=yes", 1),
        ("/numbered?count=5000&size=200&compress=apart", 1),
        (
            "/fragments?count=500&parts=4&rate=0&size=300&compress=yes",
            1,
        ),
        ("/numbered?count=5000", 0),
    ] {
        let session = open(&feed.url(query), r#""queue":{"messages":60000}"#);
        let count = query
            .split(['=', '&'])
            .nth(1)
            .and_then(|count| count.parse().ok());
        assert_numbered(&collect(&session, count.expect("a number")), 0);
        assert_eq!(stat(&session, Stat::Compressed), compressed, "{query}");
        assert_balanced(&session.close());
    }
    let path = feed.url("/numbered?count=10&compress=yes");
    let session = open(&path, r#""compression":false"#);
    assert_numbered(&collect(&session, 10), 0);
    assert_eq!(stat(&session, Stat::Compressed), 0);
}

#[test]
fn a_compressed_message_is_as_long_as_what_it_says() {
    let feed = feed();
    let session = open(
        &feed.url("/sizes?list=100,5001,4999,5000000,50&compress=yes"),
        r#""max_message_bytes":5000,"value_format":"bytes""#,
    );
    let sizes: Vec<_> = collect(&session, 3)
        .iter()
        .map(|record| record.payload.len())
        .collect();
    assert_eq!(sizes, [100, 4999, 50]);
    assert_eq!(stat(&session, Stat::Oversize), 2);
    assert_balanced(&session.close());
}

#[test]
fn fragments_become_one_message_and_pings_between_them_are_answered() {
    let feed = feed();
    let session = open(&feed.url("/fragments?count=50&parts=4&rate=0"), "");
    assert_numbered(&collect(&session, 50), 0);
    until("every ping is answered", || feed.stats().pongs_exact == 150);
}

#[test]
fn binary_is_a_string_where_it_is_utf8_and_counted_where_not() {
    let feed = feed();
    let session = open(&feed.url("/binary?count=10&utf8=true"), "");
    assert!(
        collect(&session, 10)
            .iter()
            .all(|record| record.text().starts_with('{'))
    );
    let session = open(&feed.url("/binary?count=10&utf8=false"), "");
    until("ten were counted", || {
        stat(&session, Stat::Unrepresentable) == 10
    });
    assert_balanced(&session.close());
}

#[test]
fn what_a_venue_compresses_is_decompressed_before_all_else() {
    let feed = feed();
    let talk = r#""subscription_messages":"[{\"sub\":\"market.a.trade.detail\",\"id\":\"1\"}]","subscription":{"ack_match":"/status=ok"},
        "reply_rules":"[{\"match\":\"/ping\",\"send\":\"{\\\"pong\\\":{{reply:/ping}}}\"}]","drop_control":true,
        "dedupe":{"pointers":"/tick/id"}"#;
    for (format, kind) in [("gzip", 0), ("auto", 1)] {
        // A second has two of the venue's pings, and two without an answer end the connection.
        let path = format!("/venue/htx/ws?scale=0.1&rate=100&client={format}");
        let value_format = ["string", "bytes"][kind];
        let more =
            format!(r#"{talk},"payload_decompress":"{format}","value_format":"{value_format}""#);
        let session = open(&feed.url(&path), &more);
        let mut records = Vec::new();
        while feed
            .stats()
            .venues
            .get(&format!("htx/{format}"))
            .is_none_or(|venue| venue.answers < 3)
        {
            records.extend(collect(&session, 1));
        }
        assert!(
            records.iter().all(|record| usize::from(record.kind) == kind
                && record.payload.starts_with(b"{\"ch\":"))
        );
        let stats = session.close();
        assert_balanced(&stats);
        let of = |stat: Stat| stats[stat as usize];
        assert_eq!((of(Stat::Corrupt), of(Stat::SubscriptionAcks)), (0, 1));
        assert!(of(Stat::Filtered) > 3 && of(Stat::Replies) >= 3);
        let venue = &feed.stats().venues[&format!("htx/{format}")];
        assert!(venue.broken.is_empty() && venue.answers >= 3, "{venue:?}");
    }
}

#[test]
fn what_cannot_be_decompressed_is_counted() {
    let feed = feed();
    let session = open(
        &feed.url("/binary?count=10&utf8=true"),
        r#""payload_decompress":"gzip""#,
    );
    until("ten were counted", || stat(&session, Stat::Corrupt) == 10);
    assert_balanced(&session.close());
    // What looks like nothing passes, and so do texts.
    for (path, format) in [
        ("/binary?count=10&utf8=true", "auto"),
        ("/numbered?count=10", "gzip"),
    ] {
        let more = format!(r#""payload_decompress":"{format}""#);
        let session = open(&feed.url(path), &more);
        assert_numbered(&collect(&session, 10), 0);
        assert_eq!(stat(&session, Stat::Corrupt), 0);
    }
}

#[test]
fn bytes_take_everything_as_it_is() {
    let feed = feed();
    for path in ["/binary?count=10&utf8=false", "/numbered?count=10"] {
        let session = open(&feed.url(path), r#""value_format":"bytes""#);
        assert!(
            collect(&session, 10)
                .iter()
                .all(|record| record.kind == 1 && !record.payload.is_empty())
        );
    }
}

#[test]
fn a_long_message_is_counted_and_the_connection_stays() {
    let feed = feed();
    let session = open(&feed.url("/sizes?list=10,1000000,1000001,20"), "");
    let sizes: Vec<_> = collect(&session, 3)
        .iter()
        .map(|record| record.payload.len())
        .collect();
    assert_eq!(sizes, [10, 1_000_000, 20]);
    assert!(connected(&session));
    let stats = session.close();
    assert_eq!(
        (
            stats[Stat::Oversize as usize],
            stats[Stat::Connections as usize]
        ),
        (1, 1)
    );
    assert_balanced(&stats);
}

#[test]
fn a_message_beyond_the_hard_limit_closes_with_1009_and_reconnects() {
    let feed = feed();
    let session = open(
        &feed.url("/sizes?list=67108865"),
        &format!(r#""max_message_bytes":67108864,"queue":{{"bytes":67108880}},{QUICK}"#),
    );
    until("it reconnects", || stat(&session, Stat::Connections) >= 2);
    until("it is counted", || stat(&session, Stat::Oversize) >= 2);
    until("the server was told why", || {
        feed.stats().close_codes_received.contains(&1009)
    });
    assert_eq!(feed.stats().max_open, 1);
    assert_balanced(&session.close());
}

#[test]
fn a_poll_that_is_too_small_says_what_it_needs_and_takes_nothing() {
    let feed = feed();
    let session = open(&feed.url("/sizes?list=500000,7"), "");
    until("both came", || stat(&session, Stat::QueueMessages) == 2);
    for _ in 0..2 {
        assert_eq!(
            poll(&session, PATIENCE, 1000),
            Ok((Polled::Needs(500_016), Vec::new()))
        );
    }
    let (_, records) = poll(&session, PATIENCE, 500_016).expect("a record");
    assert_eq!((records.len(), records[0].payload.len()), (1, 500_000));
    assert_eq!(collect(&session, 1)[0].payload.len(), 7);
}

#[test]
fn a_poll_returns_no_more_records_than_asked_for() {
    let feed = feed();
    let session = open(&feed.url("/numbered?count=25"), r#""poll_max_records":10"#);
    until("all came", || stat(&session, Stat::QueueMessages) == 25);
    let counts = [(); 3].map(|()| poll(&session, PATIENCE, 1 << 20).expect("records").1.len());
    assert_eq!(counts, [10, 10, 5]);
}

#[test]
fn polls_of_a_busy_feed_gather_until_there_are_enough() {
    let feed = feed();
    let counts = |settings: &str| {
        let session = open(&feed.url("/numbered?rate=2000&size=60"), settings);
        let counts = [(); 3].map(|()| poll(&session, PATIENCE, 1 << 20).expect("records").1.len());
        (counts, stat(&session, Stat::Dropped))
    };
    let ([first, second, third], dropped) =
        counts(r#""poll_linger_ms":60000,"poll_max_records":1000"#);
    assert_eq!(dropped, 0);
    assert!(first < 1000, "the first ones do not wait for more: {first}");
    assert_eq!([second, third], [1000, 1000]);
    // On a machine that stands still for a moment a queue of 400 drops some.
    let ([_, second, _], _) = counts(r#""poll_linger_ms":60000,"queue":{"messages":400}"#);
    assert!(second >= 200, "until the queue is half full: {second}");
}

#[test]
fn a_full_queue_drops_the_newest_and_the_books_balance() {
    let feed = feed();
    let session = open(
        &feed.url("/numbered?count=5000"),
        r#""queue":{"messages":100}"#,
    );
    until("all came", || stat(&session, Stat::Received) == 5000);
    assert_eq!(stat(&session, Stat::QueueMessages), 100);
    assert_eq!(stat(&session, Stat::Dropped), 4900);
    assert_numbered(&collect(&session, 100), 0);
    assert_balanced(&session.close());
}

#[test]
fn pings_are_answered_while_the_queue_is_full() {
    let feed = feed();
    let flooded = open(
        &feed.url("/flood?size=256"),
        r#""queue":{"messages":10},"ping":{"interval_ms":20,"timeout_ms":5000}"#,
    );
    until("messages are dropped", || {
        stat(&flooded, Stat::Dropped) > 10_000
    });
    let pinged = open(&feed.url("/pings?every_ms=10"), r#""queue":{"messages":1}"#);
    until("its pings are answered", || feed.stats().pongs_exact > 10);
    until("our pings arrive", || feed.stats().pings_received > 3);
    assert!(connected(&flooded) && connected(&pinged));
    assert_balanced(&flooded.close());
}

#[test]
fn an_idle_poll_waits_and_a_message_ends_the_wait() {
    let feed = feed();
    let session = open(&feed.url("/silence"), "");
    let begin = Instant::now();
    assert_eq!(
        poll(&session, Duration::from_millis(200), 1000),
        Ok((Polled::Bytes(0), Vec::new()))
    );
    assert!(
        begin.elapsed() >= Duration::from_millis(200),
        "an empty poll must not spin"
    );
    let session = open(&feed.url("/numbered?count=1"), "");
    assert_eq!(poll(&session, PATIENCE, 1000).expect("a record").1.len(), 1);
}
