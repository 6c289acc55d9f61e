//! Connections that are replaced by plan.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use websocket_engine::{Stat, TlsMaterial};

use crate::server::{Ledger, start};
use crate::support::*;

/// Sends numbers, the same to all its connections and the last ones again on each, and closes those that are older than a second.
fn ageing() -> (String, Arc<Ledger>) {
    let begun = std::time::Instant::now();
    start(move |line| {
        let opened = std::time::Instant::now();
        line.hear()?;
        line.say("subscribed")?;
        let mut next = (begun.elapsed().as_millis() / 5).saturating_sub(20);
        while opened.elapsed() < Duration::from_secs(1) {
            while next <= begun.elapsed().as_millis() / 5 {
                line.say(&format!(r#"{{"n":{next}}}"#))?;
                next += 1;
            }
            line.frame(Duration::from_millis(4))?;
        }
        line.close(1001)
    })
}

const OVERLAP: &str = r#""max_age_ms":400,"handover":"overlap","subscription_message":"subscribe","subscription":{"ack_match":"text:subscribed"},
    "drop_control":true,"dedupe":{"pointers":"/n","window":1000},"reconnect":{"interval_ms":20,"reset_after_ms":1}"#;

#[test]
fn an_overlap_loses_nothing_and_there_are_never_more_than_two() {
    let (url, server) = ageing();
    let session = open(&url, OVERLAP);
    let mut records = Vec::new();
    while server.connections() < 4 {
        records.extend(collect(&session, 20));
    }
    let numbers: Vec<_> = records.iter().map(Record::number).collect();
    let from_the_first: Vec<_> = (numbers[0]..).take(numbers.len()).collect();
    assert_eq!(
        numbers, from_the_first,
        "none is missing, and none comes twice"
    );
    assert!(stat(&session, Stat::PlannedReconnects) >= 2);
    assert_eq!(server.most_open(), 2);
    assert!(stat(&session, Stat::Duplicates) > 0);
    assert_balanced(&session.close());
    until("both are closed", || server.open() == 0);
}

#[test]
fn a_break_has_one_connection_at_a_time() {
    let (url, server) = ageing();
    let settings = OVERLAP.replace("overlap", "break");
    let session = open(&url, &settings);
    until("it was replaced", || {
        stat(&session, Stat::PlannedReconnects) > 2 && connected(&session)
    });
    assert_eq!(server.most_open(), 1);
    assert_eq!(session.texts()[1], "planned reconnect");
}

#[test]
fn a_server_that_takes_one_connection_only_ends_no_overlap() {
    let taken = AtomicU64::new(0);
    let (url, server) = start(move |line| {
        if taken.fetch_add(1, Ordering::SeqCst) > 0 {
            let refused = line.close(4406);
            taken.fetch_sub(1, Ordering::SeqCst);
            return refused;
        }
        line.hear()?;
        line.say("subscribed")?;
        let rest = line.rest();
        taken.fetch_sub(1, Ordering::SeqCst);
        rest
    });
    let session = open(&url, OVERLAP);
    until("others were refused", || server.connections() > 4);
    assert!(connected(&session), "the first one stays");
    assert_eq!(session.texts()[0], "HANDING_OVER");
    assert_eq!(server.most_open(), 2);
}

#[test]
fn a_notice_is_obeyed_before_the_server_closes() {
    let (url, server) = start(|line| {
        line.say("data")?;
        if line.number == 0 {
            std::thread::sleep(Duration::from_millis(50));
            line.say(r#"{"event":"serverShutdown"}"#)?;
        }
        line.rest()
    });
    let session = open(
        &url,
        r#""reconnect_on_match":"/event=serverShutdown","reconnect":{"interval_ms":60000,"reset_after_ms":1}"#,
    );
    until("it is on the second", || {
        server.connections() == 2 && server.open() == 1
    });
    assert_eq!(stat(&session, Stat::PlannedReconnects), 1);
}

#[test]
fn a_stop_and_a_pause_end_both() {
    for stops in [true, false] {
        let (url, server) = start(|line| {
            // The second is never acknowledged, so that there are two for good.
            line.hear()?;
            if line.number == 0 {
                line.say("subscribed")?;
            }
            line.rest()
        });
        let session = open(&url, OVERLAP);
        until("there are two", || server.open() == 2);
        if stops {
            session.close();
        } else {
            session.pause_if_unpolled(Duration::ZERO);
        }
        until("both are gone", || server.open() == 0);
        if !stops {
            poll(&session, Duration::ZERO, 1000).expect("nothing");
            until("one is back", || server.open() == 1);
        }
    }
}

/// One connection that sends numbers, and others that are refused with this code once they have subscribed.
fn only_one(code: u16) -> (String, Arc<Ledger>) {
    let number = AtomicU64::new(0);
    start(move |line| {
        line.hear()?;
        if line.number > 0 {
            return line.close(code);
        }
        line.say("subscribed")?;
        loop {
            let number = number.fetch_add(1, Ordering::SeqCst);
            line.say(&format!(r#"{{"n":{number}}}"#))?;
            line.frame(Duration::from_millis(1))?;
        }
    })
}

#[test]
fn one_that_cannot_replace_it_gives_up_and_the_old_one_goes_on() {
    for limit in [
        r#""max_attempts":2"#,
        r#""fatal_close_codes":[4406]"#,
        r#""enabled":false"#,
    ] {
        let (url, server) = only_one(4406);
        let reconnect = format!(r#""reconnect":{{{limit},"interval_ms":5,"backoff_max_ms":100,"#);
        let session = open(
            &url,
            &OVERLAP.replace(r#""reconnect":{"interval_ms":20,"#, &reconnect),
        );
        until("it was tried, given up and tried again", || {
            server.connections() > 3
        });
        let before = server.connections();
        let records = collect(&session, 50);
        assert_numbered(&records, 0);
        until("and again", || server.connections() > before);
        assert!(connected(&session), "{limit}");
        assert_eq!(stat(&session, Stat::LastCloseCode), 4406);
    }
}

#[test]
fn one_whose_subscription_is_refused_replaces_nothing() {
    let (url, server) = start(|line| {
        line.hear()?;
        line.say(if line.number == 0 {
            "subscribed"
        } else {
            "error"
        })?;
        line.rest()
    });
    let settings = OVERLAP.replace(
        r#""text:subscribed""#,
        r#""text:subscribed","error_match":"text:error","failure_action":"warn""#,
    );
    let settings = settings.replace(
        r#""interval_ms":20,"#,
        r#""interval_ms":20,"backoff_max_ms":50,"#,
    );
    let session = open(&url, &settings);
    until("others were refused", || server.connections() > 3);
    assert!(connected(&session));
    assert_eq!(stat(&session, Stat::SubscriptionAcks), 1);
    assert_eq!(server.most_open(), 2);
}

#[test]
fn what_is_held_back_when_it_is_replaced_still_finds_room() {
    let (url, server) = start(|line| {
        line.hear()?;
        line.say("subscribed")?;
        let first = line.number * 100;
        for number in first..first + 100 {
            line.say(&format!(r#"{{"n":{number}}}"#))?;
        }
        line.rest()
    });
    let blocks = r#""queue":{"messages":10,"overflow_policy":"block","block_max_ms":60000}"#;
    let session = open(
        &url,
        &format!(
            r#"{blocks},"reconnect_on_match":"/n=5","handover":"overlap","subscription_message":"subscribe",
            "subscription":{{"ack_match":"text:subscribed"}},"reconnect":{{"reset_after_ms":1}}"#
        ),
    );
    until("there are two", || server.connections() == 2);
    let mut numbers: Vec<_> = collect(&session, 202)
        .iter()
        .filter(|record| record.text() != "subscribed")
        .map(Record::number)
        .collect();
    numbers.sort_unstable();
    assert_eq!(numbers, (0..200).collect::<Vec<_>>());
    let stats = session.close();
    assert_balanced(&stats);
    assert_eq!(stats[Stat::Dropped as usize], 0);
}

#[test]
fn the_next_one_starts_with_the_settings_of_the_last_one() {
    let (url, server) = start(|line| {
        line.hear()?;
        line.say("subscribed")?;
        if line.number == 0 {
            return line.close(1012);
        }
        line.rest()
    });
    let more = |number: usize| {
        let subscribe = format!(r#""subscription_message":"subscribe {number}""#);
        let settings = OVERLAP.replace(r#""subscription_message":"subscribe""#, &subscribe);
        format!(r#""fresh_settings":true,{settings}"#)
    };
    let session = open(&url, &more(0));
    let mut answered = false;
    until("one was replaced by one that got no answer", || {
        let polled = poll(&session, Duration::from_millis(10), 1 << 20)
            .expect("a poll")
            .0;
        if polled == websocket_engine::Polled::SettingsWanted && !answered {
            answered = true;
            session
                .refresh(
                    &crate::support::settings(&url, &more(1)),
                    TlsMaterial::default(),
                )
                .expect("settings");
        } else if polled == websocket_engine::Polled::SettingsWanted {
            // Refused, so that those stay that it has.
            session
                .refresh("{}", TlsMaterial::default())
                .expect_err("no settings");
        }
        server.heard().len() > 2
    });
    assert_eq!(
        server.heard()[..3],
        ["subscribe 0", "subscribe 1", "subscribe 1"]
    );
}

#[test]
fn all_connections_share_the_budget_of_attempts() {
    let (url, server) = ageing();
    let settings = OVERLAP.replace(
        r#""reconnect":{"#,
        r#""reconnect":{"budget":{"attempts":2,"window_ms":60000},"#,
    );
    let session = open(&url, &settings);
    until("it waits for the budget", || {
        stat(&session, Stat::NextAttemptMillis) > 10_000
    });
    assert_eq!(server.connections(), 2);
}

#[test]
fn one_that_is_lost_in_the_moment_in_which_it_was_to_be_replaced_is_replaced() {
    let (url, server) = start(|line| {
        line.hear()?;
        line.say("subscribed")?;
        if line.number < 3 {
            std::thread::sleep(Duration::from_millis(50));
            return line.say_last(r#"{"event":"serverShutdown"}"#, 1001);
        }
        line.rest()
    });
    let session = open(
        &url,
        &format!(r#"{OVERLAP},"reconnect_on_match":"/event=serverShutdown""#)
            .replace(r#""max_age_ms":400,"#, ""),
    );
    until("the fourth is up", || {
        poll(&session, Duration::from_millis(10), 1 << 20).expect("no failure");
        server.connections() == 4 && connected(&session)
    });
    until("it is open", || session.texts()[0] == "OPEN");
}
