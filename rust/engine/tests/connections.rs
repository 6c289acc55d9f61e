//! Connecting, losing the connection, connecting again.

mod support;

use std::net::TcpListener;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use support::*;
use websocket_engine::{Error, Session, Stat, TlsMaterial, panics};
use websocket_feed::{Feed, Options};

/// Attempts that end soon and fail the session with what happened last.
fn once(more: &str) -> String {
    format!(r#""reconnect":{{"enabled":false}}{more}"#)
}

fn text_of(error: Error) -> String {
    match error {
        Error::Failed(text) => text,
        other => panic!("{other:?}"),
    }
}

#[test]
fn every_ending_leads_to_a_new_connection_and_never_to_two() {
    for path in [
        "/close?code=1000&after=3",
        "/close?code=1001&after=3",
        "/close?code=1012&after=3",
        "/close?code=4000&after=3",
        "/close?code=0&after=3",
        "/eof?after=3",
        "/reset?after=3",
        "/bad-frame?kind=utf8",
        "/bad-frame?kind=rsv",
        "/bad-frame?kind=masked",
        "/bad-frame?kind=opcode",
        "/bad-frame?kind=huge",
    ] {
        let feed = feed();
        let session = open(&feed.url(path), QUICK);
        until(path, || stat(&session, Stat::Connections) >= 3);
        assert_eq!(feed.stats().max_open, 1, "{path}");
        assert!(stat(&session, Stat::Reconnects) >= 2, "{path}");
        let stats = session.close();
        assert_balanced(&stats);
        assert_eq!(stats[Stat::Connected as usize], 0);
    }
}

#[test]
fn protocol_errors_are_answered_with_their_close_code() {
    for (path, code) in [
        ("/bad-frame?kind=utf8", 1007),
        ("/bad-frame?kind=rsv", 1002),
        ("/bad-frame?kind=masked", 1002),
    ] {
        let feed = feed();
        let _session = open(&feed.url(path), QUICK);
        until(path, || feed.stats().close_codes_received.contains(&code));
    }
}

#[test]
fn a_close_frame_is_answered_with_its_code() {
    let feed = feed();
    let _session = open(&feed.url("/close?code=1001&after=1"), QUICK);
    until("the reply", || {
        feed.stats().close_codes_received.contains(&1001)
    });
}

#[test]
fn a_black_hole_is_noticed_by_the_missing_pong() {
    let feed = feed();
    let pings = r#""ping":{"interval_ms":50,"timeout_ms":50}"#;
    let session = open(&feed.url("/blackhole?after=3"), &format!("{QUICK},{pings}"));
    until("it reconnects", || stat(&session, Stat::Connections) >= 2);
    let session = open(&feed.url("/no-pong?rate=100"), &format!("{QUICK},{pings}"));
    until("it reconnects", || stat(&session, Stat::Connections) >= 2);
}

#[test]
fn a_server_that_comes_back_is_found_and_the_numbering_goes_on() {
    let mut first = feed();
    let address = first.addr();
    let session = open(&first.url("/numbered?rate=1000"), QUICK);
    collect(&session, 10);
    first.stop();
    until("the loss is seen", || !connected(&session));
    until("attempts are made", || {
        stat(&session, Stat::Reconnects) >= 3
    });
    let _second = Feed::start(Options {
        listen: address,
        tls: None,
    })
    .expect("the same port");
    until("it is connected again", || connected(&session));
    while collect(&session, 1)[0].number() != 0 {}
}

#[test]
fn the_subscription_message_is_sent_on_each_connection() {
    let feed = feed();
    let subscription = r#"{\"op\":\"subscribe\",\"args\":[\"a,b\"]}"#;
    let url = feed.url("/close?after=2&subscribe=required");
    let session = open(
        &url,
        &format!(r#"{QUICK},"subscription_message":"{subscription}""#),
    );
    collect(&session, 6);
    let texts = feed.stats().texts_received;
    assert!(
        texts.len() >= 3
            && texts
                .iter()
                .all(|text| text == r#"{"op":"subscribe","args":["a,b"]}"#),
        "{texts:?}"
    );
}

#[test]
fn a_very_long_subscription_message_is_sent() {
    let feed = feed();
    let long = "s".repeat(600_000);
    let session = open(
        &feed.url("/numbered?count=1&subscribe=required"),
        &format!(r#""subscription_message":"{long}""#),
    );
    collect(&session, 1);
}

#[test]
fn headers_and_credentials_arrive_as_given() {
    let feed = feed();
    let url = feed.url("/headers").replace("ws://", "ws://us%40er:pass@");
    let session = open(
        &url,
        r#""headers":[["X-Api-Key","a,b: c"],["Origin","https://example.com"]]"#,
    );
    let headers: serde_json::Value =
        serde_json::from_str(collect(&session, 1)[0].text()).expect("JSON");
    let header = |name: &str| {
        let members = headers.as_object().expect("an object");
        members
            .iter()
            .find(|(key, _)| key.eq_ignore_ascii_case(name))
            .map(|(_, value)| value.clone())
    };
    assert_eq!(header("x-api-key"), Some("a,b: c".into()));
    assert_eq!(header("origin"), Some("https://example.com".into()));
    assert_eq!(
        header("authorization"),
        Some("Basic dXNAZXI6cGFzcw==".into())
    );
}

#[test]
fn a_list_in_the_connection_header_is_legal() {
    let feed = feed();
    assert_eq!(
        collect(&open(&feed.url("/keep-alive-101"), ""), 10).len(),
        10
    );
}

#[test]
fn refusals_say_what_the_server_said() {
    let feed = feed();
    for (path, says) in [
        ("/status?code=401", "HTTP status 401 Unauthorized"),
        ("/status?code=503", "HTTP status 503"),
        ("/redirect?to=/silence", "redirects are not followed"),
        ("/bad-accept", "Sec-WebSocket-Accept"),
        ("/extension-101", "extension"),
        ("/garbage", "no valid HTTP"),
        ("/nowhere", "HTTP status 404"),
    ] {
        let session = open(&feed.url(path), &once(""));
        let text = text_of(failure(&session));
        assert!(
            text.contains(says) && text.contains("gave up on ws://"),
            "{text}"
        );
    }
}

#[test]
fn a_refused_connection_and_an_unknown_host_are_told_as_such() {
    let free = TcpListener::bind("127.0.0.1:0")
        .expect("a port")
        .local_addr()
        .expect("its address");
    let text = text_of(failure(&open(&format!("ws://{free}/"), &once(""))));
    assert!(
        text.contains(&free.to_string()) && text.contains("refused"),
        "{text}"
    );
    let lookup = Arc::new(|_: &str, _| Err(std::io::Error::other("no such name")));
    let session = Session::open_with(
        1,
        &settings("ws://nowhere.invalid/", &once("")),
        TlsMaterial::default(),
        memory(),
        lookup,
    )
    .expect("a session");
    let text = text_of(failure(&session));
    assert!(text.contains("cannot be resolved: no such name"), "{text}");
}

#[test]
fn attempts_are_limited_and_counted() {
    let feed = feed();
    let reconnect = r#""reconnect":{"interval_ms":10,"backoff_max_ms":20,"max_attempts":3}"#;
    let session = open(&feed.url("/status?code=401"), reconnect);
    let text = text_of(failure(&session));
    assert!(
        text.contains("3 attempts") && text.contains("HTTP status 401"),
        "{text}"
    );
    assert_eq!(feed.stats().accepted, 4, "the first and three more");
    assert_eq!(stat(&session, Stat::Reconnects), 3);
}

#[test]
fn a_server_that_asks_for_time_gets_it() {
    let feed = feed();
    let url = feed.url("/status?code=429&header=Retry-After:1");
    let begun = Instant::now();
    let _session = open(&url, r#""reconnect":{"interval_ms":1,"backoff_max_ms":1}"#);
    until("it comes back", || feed.stats().accepted >= 2);
    assert!(begun.elapsed() >= Duration::from_secs(1));
}

#[test]
fn attempts_keep_to_their_budget() {
    let feed = feed();
    let begun = Instant::now();
    let _session = open(
        &feed.url("/status?code=503"),
        r#""reconnect":{"interval_ms":1,"backoff_max_ms":1,"budget":{"attempts":5,"window_ms":400}}"#,
    );
    until("eleven attempts", || feed.stats().accepted >= 11);
    assert!(begun.elapsed() >= Duration::from_millis(800));
}

#[test]
fn a_silent_connection_is_replaced() {
    let feed = feed();
    let quiet = format!(r#""idle_timeout_ms":200,"ping":{{"interval_ms":0}},{QUICK}"#);
    let silent = open(&feed.url("/silence"), &quiet);
    until("it is replaced", || stat(&silent, Stat::Connections) >= 2);
    // A server's ping is a sign of life, too.
    let busy = open(&feed.url("/pings?every_ms=20"), &quiet);
    until("time passes", || stat(&silent, Stat::Connections) >= 6);
    assert_eq!(stat(&busy, Stat::Connections), 1);
}

#[test]
fn records_come_before_the_failure() {
    let feed = feed();
    let session = open(&feed.url("/close?after=5"), &once(""));
    assert_numbered(&collect(&session, 5), 0);
    assert!(text_of(failure(&session)).contains("code=1001"));
}

#[test]
fn staying_means_no_failure_and_no_attempt() {
    let feed = feed();
    let session = open(
        &feed.url("/close?after=5"),
        r#""reconnect":{"enabled":false,"exhausted_action":"stay"}"#,
    );
    collect(&session, 5);
    until("it is down", || !connected(&session));
    assert!(
        poll(&session, Duration::from_millis(300), 1000)
            .expect("no failure")
            .1
            .is_empty()
    );
    assert_eq!(feed.stats().accepted, 1);
}

#[test]
fn one_deadline_covers_every_phase() {
    let feed = feed();
    let slow = once(r#","connection_timeout_ms":100"#);
    for path in ["/hang", "/slow101?delay_ms=60000"] {
        let text = text_of(failure(&open(&feed.url(path), &slow)));
        assert!(
            text.contains("within 100 ms") && text.contains("opening handshake"),
            "{text}"
        );
    }
}

#[test]
fn a_slow_handshake_within_the_deadline_is_waited_for() {
    let feed = feed();
    assert_eq!(
        collect(&open(&feed.url("/slow101?delay_ms=300"), ""), 10).len(),
        10
    );
}

#[test]
fn a_hanging_resolver_delays_neither_the_deadline_nor_the_stop() {
    let released = Arc::new(AtomicBool::new(false));
    let hold = Arc::clone(&released);
    let lookup = Arc::new(move |_: &str, _| {
        while !hold.load(Ordering::Relaxed) {
            std::thread::sleep(Duration::from_millis(5));
        }
        Ok(Vec::new())
    });
    let slow = format!(r#"{QUICK},"connection_timeout_ms":30"#);
    let session = Session::open_with(
        1,
        &settings("ws://h/", &slow),
        TlsMaterial::default(),
        memory(),
        lookup,
    )
    .expect("a session");
    until("the deadline passes again and again", || {
        stat(&session, Stat::Reconnects) >= 3
    });
    let begin = Instant::now();
    session.close();
    assert!(begin.elapsed() < Duration::from_secs(5));
    released.store(true, Ordering::Relaxed);
}

#[test]
fn a_look_up_that_panics_fails_the_session_with_its_text_and_place() {
    panics::install();
    let lookup = Arc::new(|host: &str, _| panic!("broken {host}"));
    let session = Session::open_with(
        1,
        &settings("ws://h/", QUICK),
        TlsMaterial::default(),
        memory(),
        lookup,
    )
    .expect("a session");
    let Error::Bug(text) = failure(&session) else {
        panic!("a defect")
    };
    assert!(
        text.starts_with("broken h at ") && text.contains("connections.rs:"),
        "{text}"
    );
}

#[test]
fn an_address_that_accepts_and_is_silent_is_tried_last_next_time() {
    let feed = feed();
    let silent = TcpListener::bind("127.0.0.1:0").expect("a port");
    let addresses = vec![silent.local_addr().expect("its address"), feed.addr()];
    let lookup = Arc::new(move |_: &str, _| Ok(addresses.clone()));
    let slow = format!(r#"{QUICK},"connection_timeout_ms":200"#);
    let session = Session::open_with(
        1,
        &settings("ws://h/numbered?count=1", &slow),
        TlsMaterial::default(),
        memory(),
        lookup,
    )
    .expect("a session");
    collect(&session, 1);
    assert_eq!(stat(&session, Stat::Reconnects), 1);
}

#[test]
fn random_disconnects_never_leave_it_stuck_or_with_two_connections() {
    let feed = feed();
    let session = open(
        &feed.url("/numbered?rate=2000&stream=s"),
        r#""reconnect":{"interval_ms":1,"backoff_max_ms":5}"#,
    );
    let mut received = 0;
    for round in 0..100 {
        until("it is connected", || connected(&session));
        received += collect(&session, 1).len() as i64;
        if round % 2 == 0 {
            feed.drop_all()
        } else {
            feed.close_all(1012)
        }
        let connections = stat(&session, Stat::Connections);
        until("a new connection", || {
            stat(&session, Stat::Connections) > connections
        });
    }
    assert_eq!(feed.stats().max_open, 1);
    let stats = session.close();
    assert_balanced(&stats);
    assert!(stats[Stat::HandedOver as usize] == received);
}
