//! Events, and settings that are asked for anew.

use std::time::{Duration, Instant};

use websocket_engine::{Error, Polled, Session, Stat, TlsMaterial};

use crate::server::start;
use crate::support::*;

/// Polls until there is an event of each kind; all that came, each with its kind.
fn events(session: &Session, wanted: &[&str]) -> Vec<(String, serde_json::Value)> {
    let mut all: Vec<(String, serde_json::Value)> = Vec::new();
    until("all events came", || {
        if let (Polled::Events, _) =
            poll(session, Duration::from_millis(100), 1 << 20).expect("a poll")
        {
            for text in session.take_events() {
                let event: serde_json::Value = serde_json::from_str(&text).expect("JSON");
                all.push((event["event"].as_str().expect("a kind").to_owned(), event));
            }
        }
        wanted
            .iter()
            .all(|kind| all.iter().any(|(found, _)| found == kind))
    });
    all
}

#[test]
fn what_happens_is_told_in_order_and_without_secrets() {
    let (url, _) = start(|line| {
        line.hear()?;
        line.say("yes")?;
        if line.number == 0 {
            return line.close(1012);
        }
        line.hear()?;
        line.say("error for s3cret")?;
        line.rest()
    });
    let session = open(
        &url.replace("ws://", "ws://user:s3cret@"),
        &format!(
            r#"{QUICK},"events":true,"task":3,"subscription_messages":"[\"s3cret\"]",
            "subscription":{{"ack_match":"text:yes","error_match":"regex:^error"}},
            "heartbeat":{{"message":"beat","interval_ms":30}}"#
        ),
    );
    let all = events(&session, &["gap", "subscription_failed"]);
    let kinds: Vec<_> = all.iter().map(|(kind, _)| kind.as_str()).collect();
    assert_eq!(
        kinds[..6],
        ["open", "subscribed", "close", "open", "subscribed", "gap"],
        "{all:?}"
    );
    let close = &all[2].1;
    assert_eq!(
        (
            close["code"].as_u64(),
            close["by"].as_str(),
            close["task"].as_u64()
        ),
        (Some(1012), Some("server"), Some(3))
    );
    let gap = &all[5].1;
    assert!(gap["from"].as_str() < gap["to"].as_str(), "{gap}");
    assert!(gap["duration_ms"].as_u64() >= Some(10), "{gap}");
    assert!(!format!("{all:?}").contains("s3cret"), "{all:?}");
    assert!(all.iter().all(|(_, event)| {
        event["url"]
            .as_str()
            .is_some_and(|url| url.starts_with("ws://127."))
            && event["connector"] == "test"
    }));
}

#[test]
fn a_range_of_dropped_messages_is_told() {
    let feed = feed();
    let session = open(
        &feed.url("/numbered?count=100"),
        r#""events":true,"queue":{"messages":10}"#,
    );
    until("they were dropped", || stat(&session, Stat::Dropped) == 90);
    let all = events(&session, &["drop"]);
    let dropped: u64 = all
        .iter()
        .filter(|(kind, _)| kind == "drop")
        .map(|(_, event)| event["count"].as_u64().expect("a number"))
        .sum();
    assert!(dropped > 0 && dropped <= 90, "{all:?}");
}

#[test]
fn events_that_nobody_takes_are_bounded_and_counted() {
    let (url, _) = start(|line| line.close(1000));
    let session = open(
        &url,
        r#""events":true,"reconnect":{"interval_ms":1,"backoff_max_ms":1}"#,
    );
    until("some are dropped", || {
        stat(&session, Stat::EventsDropped) > 10
    });
    assert!(session.take_events().len() <= 1000);
}

#[test]
fn records_have_their_turn_however_many_events_wait() {
    let (url, _) = start(|line| {
        line.say("data")?;
        line.close(1000)
    });
    let session = open(
        &url,
        r#""events":true,"reconnect":{"interval_ms":1,"backoff_max_ms":1}"#,
    );
    until("many wait", || stat(&session, Stat::Received) > 20);
    // The events are not taken.
    assert_eq!(collect(&session, 20)[19].text(), "data");
}

#[test]
fn the_last_event_comes_before_the_failure() {
    let (url, _) = start(|line| line.close(4001));
    let session = open(
        &url,
        r#""events":true,"reconnect":{"fatal_close_codes":[4001]}"#,
    );
    let mut all = Vec::new();
    let error = loop {
        match poll(&session, PATIENCE, 1000) {
            Ok(_) => all.extend(session.take_events()),
            Err(error) => break error,
        }
    };
    assert!(matches!(error, Error::Failed(_)), "{error:?}");
    assert!(
        all.last()
            .is_some_and(|event| event.contains(r#""event":"failed""#)),
        "{all:?}"
    );
}

#[test]
fn without_a_wish_for_events_there_are_none() {
    let (url, server) = start(|line| line.close(1000));
    let session = open(&url, QUICK);
    until("it was tried again", || server.connections() > 3);
    assert_eq!(
        poll(&session, Duration::ZERO, 1000).expect("a poll").0,
        Polled::Bytes(0)
    );
    assert!(session.take_events().is_empty());
}

#[test]
fn each_attempt_but_the_first_uses_the_settings_of_that_moment() {
    let (url, server) = start(|line| {
        let text = line.hear()?;
        if text != format!("subscribe {}", line.number)
            || line.authorization != format!("Bearer {}", line.number)
        {
            return line.close(4003);
        }
        if line.number < 2 {
            return line.close(4001);
        }
        line.rest()
    });
    let more = |number: usize| {
        format!(
            r#"{QUICK},"fresh_settings":true,"headers":[["Authorization","Bearer {number}"]],"subscription_message":"subscribe {number}""#
        )
    };
    let session = open(&url, &more(0));
    for number in 1..3 {
        until("settings are wanted", || {
            poll(&session, Duration::from_millis(100), 1000)
                .expect("a poll")
                .0
                == Polled::SettingsWanted
        });
        session
            .refresh(&settings(&url, &more(number)), TlsMaterial::default())
            .expect("settings");
    }
    until("the third stays", || {
        server.connections() == 3 && connected(&session)
    });
    until("all came", || {
        server.heard() == ["subscribe 0", "subscribe 1", "subscribe 2"]
    });
}

#[test]
fn settings_that_are_refused_leave_the_old_ones() {
    let (url, server) = start(|line| {
        line.hear()?;
        if line.number == 0 {
            return line.close(4001);
        }
        line.rest()
    });
    let more =
        r#""fresh_settings":true,"subscription_message":"subscribe","reconnect":{"interval_ms":1}"#;
    let session = open(&url, more);
    until("settings are wanted", || {
        poll(&session, Duration::from_millis(100), 1000)
            .expect("a poll")
            .0
            == Polled::SettingsWanted
    });
    let other_scheme = settings(&url.replace("ws://", "wss://"), more);
    // A slow answer is no pause.
    let quiet = Duration::from_millis(200);
    std::thread::sleep(quiet);
    let answered = Instant::now();
    let Err(Error::Config(text)) = session.refresh(&other_scheme, TlsMaterial::default()) else {
        panic!("refused")
    };
    assert!(text.starts_with("websocket.url"), "{text}");
    session.pause_if_unpolled(quiet);
    if answered.elapsed() >= quiet {
        poll(&session, Duration::ZERO, 1000).expect("a poll that resumes");
    }
    until("it is up again", || {
        server.connections() == 2 && connected(&session)
    });
    until("it came again", || {
        server.heard() == ["subscribe", "subscribe"]
    });
}
