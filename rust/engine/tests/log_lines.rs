//! What the operator reads. One test, since the lines of all sessions of a process meet in one ring.

mod support;

use std::time::Duration;

use support::*;
use websocket_engine::logs::{self, Line};
use websocket_engine::{Session, Stat, TlsMaterial};

/// All lines of a session, up to its end mark.
fn lines_of(id: i64) -> Vec<Line> {
    let mut lines = Vec::new();
    until("the end mark", || {
        lines.extend(logs::take(Duration::from_millis(50)));
        lines
            .iter()
            .any(|line: &Line| line.session == id && line.level == 255)
    });
    lines.retain(|line| line.session == id && line.level != 255);
    lines
}

fn has(lines: &[Line], level: u8, text: &str) -> bool {
    lines.iter().any(|line| {
        line.level == level && line.text.contains(text) && line.text.contains("WebSocket")
    })
}

const ERROR: u8 = 1;
const WARN: u8 = 2;
const INFO: u8 = 3;

#[test]
fn the_runbooks_lines_at_the_runbooks_levels_and_no_secret_at_any() {
    logs::install();
    logs::set_levels(5, 5);
    let feed = feed();
    let secrets = r#""headers":[["X-Key","k3y-c4n4ry"]],"subscription_message":"{\"token\":\"t0k3n-c4n4ry\"}""#;
    let canary = |path: &str| {
        feed.url(path)
            .replace("ws://", "ws://us3r-c4n4ry:p4ss-c4n4ry@")
            + "&subscribe=required"
    };

    let session = open_as(
        2,
        &canary("/close?code=1000&reason=t0k3n-c4n4ry&after=1"),
        &format!("{QUICK},{secrets}"),
    );
    until("two connections", || stat(&session, Stat::Connections) >= 2);
    session.close();
    let normal = lines_of(2);
    assert!(
        has(&normal, INFO, "Connection opened: url=ws://127.0.0.1"),
        "{normal:?}"
    );
    assert!(
        has(&normal, INFO, "Connection closed: code=1000 reason=***"),
        "{normal:?}"
    );
    assert!(has(&normal, INFO, "Reconnecting in "), "{normal:?}");

    let session = open_as(3, &canary("/reset?after=1"), &format!("{QUICK},{secrets}"));
    until("two connections", || stat(&session, Stat::Connections) >= 2);
    feed.refuse(true);
    let attempts = stat(&session, Stat::Reconnects);
    until("a refused attempt", || {
        stat(&session, Stat::Reconnects) > attempts + 2
    });
    feed.refuse(false);
    session.close();
    let broken = lines_of(3);
    assert!(
        has(&broken, WARN, "Connection closed: code=1006"),
        "{broken:?}"
    );
    assert!(has(&broken, ERROR, "Connection failed: "), "{broken:?}");

    let session = open_as(
        4,
        &feed.url("/flood?size=256"),
        r#""queue":{"messages":10}"#,
    );
    until("many are dropped", || {
        stat(&session, Stat::Dropped) > 100_000
    });
    let stats = session.close();
    let flooded = lines_of(4);
    let full: Vec<_> = flooded
        .iter()
        .filter(|line| line.text.contains("Queue full, dropping message"))
        .collect();
    assert!(!full.is_empty() && full.len() <= 3, "{full:?}");
    assert!(full.iter().all(|line| line.level == WARN));
    assert!(
        full.iter().all(|line| line
            .text
            .contains("bound=messages policy=drop_newest; the queue holds ")),
        "{full:?}"
    );
    let dropped: i64 = full
        .iter()
        .map(|line| number_before(&line.text, " dropped"))
        .sum();
    assert_eq!(
        dropped,
        stats[Stat::Dropped as usize],
        "every drop is in a line"
    );

    let session = open_as(
        6,
        &feed.url("/sizes?list=800000,800000"),
        r#""queue":{"bytes":1000016,"overflow_policy":"block","block_max_ms":200}"#,
    );
    until("the oldest is dropped", || {
        stat(&session, Stat::Dropped) == 1
    });
    session.close();
    let blocked = lines_of(6);
    assert!(
        has(&blocked, INFO, "Queue full, reading stopped: 1 times"),
        "{blocked:?}"
    );
    assert!(
        has(&blocked, WARN, "1 in all; bound=bytes policy=block;"),
        "{blocked:?}"
    );

    let status = canary("/status?code=403&body=p4ss-c4n4ry");
    let session = open_as(
        5,
        &status.replace("&subscribe=required", ""),
        &format!("{QUICK},{secrets}"),
    );
    until("an attempt", || stat(&session, Stat::Reconnects) > 0);
    session.close();
    let refused = lines_of(5);
    assert!(
        has(
            &refused,
            ERROR,
            "Connection failed: HTTP status 403 Forbidden, body: ***"
        ),
        "{refused:?}"
    );

    for line in [normal, broken, flooded, refused].concat() {
        assert!(!line.text.contains("c4n4ry"), "{line:?}");
    }
}

fn open_as(id: i64, url: &str, more: &str) -> Session {
    Session::open(id, &settings(url, more), TlsMaterial::default(), memory()).expect("a session")
}

fn number_before(text: &str, word: &str) -> i64 {
    let head = &text[..text.find(word).expect("the word")];
    head.rsplit(' ')
        .next()
        .expect("a number")
        .parse()
        .expect("a number")
}
