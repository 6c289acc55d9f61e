//! The wire log. One test, since the ring of lines and the levels are one for all sessions of a process.

mod support;

use std::time::Duration;

use support::*;
use websocket_engine::Stat;
use websocket_engine::logs::{self, Line};
use websocket_feed::{Feed, Leaf, Options, SelfSigned};

const OFF: usize = 0;
const INFO: usize = 3;
const DEBUG: usize = 4;
const TRACE: usize = 5;

#[test]
fn handshakes_and_frame_headers_without_payloads_and_secrets() {
    logs::install();
    let feed = feed();
    handshake_and_every_frame(&feed);
    frames_under_tls();
    debug_shows_control_frames_only(&feed);
    answers_that_refuse(&feed);
    switched_on_and_off_in_a_flood(&feed);
    switched_on_and_off_between_pings(&feed);
}

fn handshake_and_every_frame(feed: &Feed) {
    logs::set_levels(INFO, TRACE);
    let url = feed
        .url("/fragments?rate=0&count=2&parts=3&subscribe=required&stream=qu3ry-c4n4ry")
        .replace("ws://", "ws://us3r-c4n4ry:p4ss-c4n4ry@");
    let session = open(
        &url,
        r#""headers":[["Authorization","Bearer t0k3n-c4n4ry"],["User-Agent","4g3nt-c4n4ry"],["Cookie","c00k1e-c4n4ry"]],
           "subscription_message":"subscr1be-c4n4ry","ping":{"interval_ms":50,"timeout_ms":20000}"#,
    );
    assert_eq!(collect(&session, 2).len(), 2);
    let mut lines = wire_until("our ping's pong", |lines| {
        has(lines, "received frame opcode=10 (pong) fin=1")
    });
    session.close();
    lines.extend(wire_until("the end", |lines| {
        has(lines, "received frame opcode=8")
    }));

    let of = |words: &str| -> Vec<&Line> {
        let found = lines.iter().filter(|line| line.text.contains(words));
        found.collect()
    };
    let request = of("sent request")[0];
    assert_eq!(request.level, 4);
    assert!(
        request.text.starts_with(
            "WebSocket wire: sent request GET /fragments?*** HTTP/1.1 | Host: 127.0.0.1:"
        ),
        "{request:?}"
    );
    for header in [
        "Upgrade: websocket",
        "Sec-WebSocket-Key: ",
        "Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits",
        "Authorization: ***",
        "Cookie: ***",
        "User-Agent: ***",
    ] {
        assert!(
            request.text.contains(&format!(" | {header}")),
            "{header}: {request:?}"
        );
    }
    let response = of("received response")[0];
    assert_eq!(response.level, 4);
    assert!(
        response
            .text
            .contains("HTTP/1.1 101 Switching Protocols | "),
        "{response:?}"
    );
    assert!(
        response.text.contains(" | Sec-WebSocket-Accept: "),
        "{response:?}"
    );

    let subscription = of("sent frame opcode=1 (text) fin=1 rsv=000 length=16 connector=test");
    assert_eq!((subscription.len(), subscription[0].level), (1, 5));
    // Two messages in three frames each, a ping between each two.
    for (words, level, count) in [
        ("received frame opcode=1 (text) fin=0 rsv=000 length=", 5, 2),
        (
            "received frame opcode=0 (continuation) fin=0 rsv=000 length=",
            5,
            2,
        ),
        (
            "received frame opcode=0 (continuation) fin=1 rsv=000 length=",
            5,
            2,
        ),
        ("received frame opcode=9 (ping) fin=1 rsv=000 length=", 4, 4),
    ] {
        let found = of(words);
        assert_eq!(found.len(), count, "{words}: {lines:#?}");
        assert!(found.iter().all(|line| line.level == level), "{found:?}");
    }
    assert!(
        !of("sent frame opcode=10 (pong) fin=1 rsv=000 length=").is_empty(),
        "{lines:#?}"
    );
    assert!(
        !of("sent frame opcode=9 (ping) fin=1 rsv=000 length=0").is_empty(),
        "{lines:#?}"
    );
    assert_eq!(
        of("sent frame opcode=8 (close) fin=1 rsv=000 length=2 code=1000").len(),
        1,
        "{lines:#?}"
    );
    assert_eq!(
        of("received frame opcode=8 (close) fin=1 rsv=000 length=2 code=1000").len(),
        1,
        "{lines:#?}"
    );
    assert!(
        lines.iter().all(|line| !line.text.contains("c4n4ry")),
        "{lines:#?}"
    );
}

fn frames_under_tls() {
    logs::set_levels(INFO, TRACE);
    let certificates = SelfSigned::generate(Leaf::Valid).expect("certificates");
    let options = Options {
        tls: Some(certificates.tls),
        ..Options::default()
    };
    let feed = Feed::start(options).expect("a feed");
    let url = feed.url("/numbered?rate=0&count=1&size=70000");
    let session = try_open(&url, "", vec![certificates.ca_der]).expect("a session");
    wire_until("a frame", |lines| {
        has(
            lines,
            "received frame opcode=1 (text) fin=1 rsv=000 length=70000",
        )
    });
    session.close();
}

fn debug_shows_control_frames_only(feed: &Feed) {
    logs::set_levels(INFO, DEBUG);
    let session = open(
        &feed.url("/close?code=4001&after=50"),
        r#""reconnect":{"enabled":false}"#,
    );
    failure(&session);
    let lines = wire_until("both close frames", |lines| {
        has(
            lines,
            "received frame opcode=8 (close) fin=1 rsv=000 length=5 code=4001",
        ) && has(
            lines,
            "sent frame opcode=8 (close) fin=1 rsv=000 length=2 code=4001",
        )
    });
    assert!(!has(&lines, "(text)"), "{lines:#?}");
}

fn answers_that_refuse(feed: &Feed) {
    logs::set_levels(INFO, DEBUG);
    for (path, shown, hidden) in [
        (
            "/status?code=403&header=Set-Cookie:id%3Dc4n4ry&header=X-Session-Token:c4n4ry&header=Server:no%20luck",
            vec![
                "HTTP/1.1 403 Forbidden | ",
                "Set-Cookie: ***",
                "X-Session-Token: ***",
                "Server: no ***",
            ],
            "c4n4ry",
        ),
        (
            "/redirect?to=/elsewhere?code=c4n4ry",
            vec!["HTTP/1.1 302 ", " | Location: ws://127.0.0.1:"],
            "c4n4ry",
        ),
    ] {
        let session = open(&feed.url(path), QUICK);
        let lines = wire_until(path, |lines| has(lines, "received response"));
        session.close();
        let response = lines
            .iter()
            .find(|line| line.text.contains("received response"))
            .expect("a response");
        for words in shown {
            assert!(response.text.contains(words), "{words}: {response:?}");
        }
        assert!(!response.text.contains(hidden), "{response:?}");
    }
}

/// Wherever a frame begins when the log is switched on, what is shown is a frame's header, and no message is lost.
fn switched_on_and_off_in_a_flood(feed: &Feed) {
    logs::set_levels(INFO, OFF);
    let session = open(&feed.url("/flood?size=300"), r#""queue":{"messages":1000}"#);
    for _ in 0..20 {
        let received = stat(&session, Stat::Received);
        until("more", || stat(&session, Stat::Received) > received + 2000);
        logs::set_levels(INFO, TRACE);
        let lines = wire_until("frames", |lines| has(lines, "received frame"));
        logs::set_levels(INFO, OFF);
        for line in lines.iter().filter(|line| line.text.contains("received")) {
            let frame = "WebSocket wire: received frame opcode=1 (text) fin=1 rsv=000 length=300 connector=test";
            assert_eq!(line.text, frame);
        }
    }
    until("the log is off", || {
        let _before = logs::take(Duration::ZERO);
        let received = stat(&session, Stat::Received);
        until("more", || stat(&session, Stat::Received) > received + 2000);
        let after = logs::take(Duration::ZERO);
        !after.iter().any(|line| line.target == logs::WIRE)
    });
    assert_eq!(stat(&session, Stat::Connections), 1, "no frame was broken");
    assert_balanced(&session.close());
}

fn switched_on_and_off_between_pings(feed: &Feed) {
    logs::set_levels(INFO, OFF);
    let session = open(
        &feed.url("/silence"),
        r#""ping":{"interval_ms":5,"timeout_ms":20000}"#,
    );
    until("a connection", || connected(&session));
    for _ in 0..20 {
        logs::set_levels(INFO, DEBUG);
        let lines = wire_until("both", |lines| has(lines, "sent") && has(lines, "received"));
        logs::set_levels(INFO, OFF);
        for line in &lines {
            let ping = "sent frame opcode=9 (ping) fin=1 rsv=000 length=0 connector=test";
            let pong = "received frame opcode=10 (pong) fin=1 rsv=000 length=0 connector=test";
            assert!(
                line.text.ends_with(ping) || line.text.ends_with(pong),
                "{line:?}"
            );
        }
        until("no more lines", || {
            logs::take(Duration::from_millis(20)).is_empty()
        });
    }
    session.close();
}

/// The wire log's lines from now on, until they are as wanted.
fn wire_until(what: &str, wanted: impl Fn(&[Line]) -> bool) -> Vec<Line> {
    let mut lines = Vec::new();
    until(what, || {
        lines.extend(
            logs::take(Duration::from_millis(20))
                .into_iter()
                .filter(|line| line.target == logs::WIRE),
        );
        wanted(&lines)
    });
    lines.retain(|line| line.session != 0);
    lines
}

fn has(lines: &[Line], words: &str) -> bool {
    lines.iter().any(|line| line.text.contains(words))
}
