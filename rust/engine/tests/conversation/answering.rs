//! Heartbeats, answers, and what of the conversation becomes records.

use std::time::Duration;

use websocket_engine::Stat;

use crate::server::start;
use crate::support::*;

const PINGLESS: &str = r#""ping":{"interval_ms":0}"#;

#[test]
fn a_server_that_wants_messages_is_kept_by_heartbeats() {
    let (url, server) = start(|line| {
        loop {
            if !line.hears_within(Duration::from_secs(1))? {
                return line.close(1008);
            }
            line.say("pong")?;
        }
    });
    let session = open(
        &url,
        &format!(
            r#"{PINGLESS},"drop_control":true,"heartbeat":{{"message":"ping {{{{counter}}}}","interval_ms":50,"only_when_idle":true,
            "response_match":"text:pong"}}"#
        ),
    );
    until("twenty were sent", || server.heard().len() >= 20);
    assert_eq!(server.connections(), 1);
    assert_eq!(server.heard()[..2], ["ping 1", "ping 2"]);
    until("the answers are counted", || {
        stat(&session, Stat::Filtered) >= 19
    });
    let stats = session.close();
    assert_balanced(&stats);
    assert_eq!(stats[Stat::HandedOver as usize], 0);
    assert!(stats[Stat::Heartbeats as usize] >= 20);
}

#[test]
fn a_heartbeat_that_is_not_answered_reconnects() {
    let (url, server) = start(|line| {
        line.hear()?;
        line.rest()
    });
    let session = open(
        &url,
        &format!(
            r#"{PINGLESS},{QUICK},"heartbeat":{{"message":"ping","interval_ms":20,"response_match":"text:pong","response_timeout_ms":50}}"#
        ),
    );
    until("it is tried again", || server.connections() > 2);
    let error = session.texts()[2].clone();
    assert!(
        error.contains("no answer to the heartbeat within 50 ms"),
        "{error}"
    );
}

#[test]
fn the_servers_questions_are_answered_with_their_own_values() {
    let (url, server) = start(|line| {
        for (question, answer) in [
            (
                r#"{"ping":18446744073709551615}"#,
                r#"{"pong":18446744073709551615}"#,
            ),
            (r#"{"method":"test","id":"a\"b"}"#, r#"{"id":"a\"b"}"#),
            ("PING", "PONG"),
            (r#"{"data":1}"#, ""),
        ] {
            line.say(question)?;
            if !answer.is_empty() && line.hear()? != answer {
                return line.close(4000);
            }
        }
        line.rest()
    });
    let rules = r#"[{"match":"/ping","send":"{\"pong\":{{reply:/ping}}}"},{"match":"/method=test","send":{"id":"{{reply:/id}}"}},
        {"match":"text:PING","send":"PONG"}]"#;
    let rules = serde_json::to_string(rules).expect("a string");
    let session = open(&url, &format!(r#""reply_rules":{rules}"#));
    let records = collect(&session, 4);
    assert_eq!(records[3].text(), r#"{"data":1}"#, "they are records, too");
    assert_eq!(stat(&session, Stat::Replies), 3);
    assert_eq!(server.connections(), 1);
}

#[test]
fn a_reply_whose_value_is_not_there_is_not_sent() {
    let (url, server) = start(|line| {
        line.say(r#"{"ping":true}"#)?;
        line.rest()
    });
    let rules = r#"[{"match":"/ping","send":"{\"pong\":{{reply:/id}}}"}]"#;
    let rules = serde_json::to_string(rules).expect("a string");
    let session = open(&url, &format!(r#""reply_rules":{rules}"#));
    collect(&session, 1);
    assert_eq!(stat(&session, Stat::Replies), 0);
    assert!(server.heard().is_empty());
}

#[test]
fn heartbeats_are_no_data() {
    let (url, server) = start(|line| {
        line.say("data")?;
        while !line.hears_within(Duration::from_millis(20))? {
            line.say(r#"{"event":"heartbeat"}"#)?;
        }
        Ok(())
    });
    let settings = |more: &str| {
        format!(
            r#"{PINGLESS},{QUICK},"heartbeat":{{"message":"hb","interval_ms":60000,"response_match":"/event=heartbeat"}}{more}"#
        )
    };
    let patient = open(&url, &settings(r#","idle_timeout_ms":300"#));
    let strict = open(&url, &settings(r#","data_timeout_ms":300"#));
    until("the one without data is opened anew", || {
        stat(&strict, Stat::WatchdogReconnects) > 1
    });
    assert_eq!(stat(&patient, Stat::Connections), 1);
    let error = strict.texts()[2].clone();
    assert!(error.contains("no data came for 300 ms"), "{error}");
    assert!(server.connections() > 2);
}

#[test]
fn what_comes_twice_is_counted_and_left_out() {
    let (url, _) = start(|line| {
        for text in [
            r#"{"id":1,"at":1}"#,
            r#"{"id":2,"at":1}"#,
            r#"{"id":1,"at":2}"#,
            r#"{"at":1}"#,
            r#"{"at":1}"#,
            r#"{"id":2,"at":1}"#,
            "end",
        ] {
            line.say(text)?;
        }
        line.rest()
    });
    let by_pointer = open(&url, r#""dedupe":{"pointers":"/id","window":100}"#);
    let texts = |session| {
        let records = collect(session, 5);
        let texts: Vec<_> = records
            .iter()
            .map(|record| record.text().to_owned())
            .collect();
        texts
    };
    assert_eq!(
        texts(&by_pointer),
        [
            r#"{"id":1,"at":1}"#,
            r#"{"id":2,"at":1}"#,
            r#"{"at":1}"#,
            r#"{"at":1}"#,
            "end"
        ],
        "what has no such value is never left out"
    );
    let whole = open(&url, r#""dedupe":{"window":100}"#);
    assert_eq!(
        texts(&whole)[2..],
        [r#"{"id":1,"at":2}"#, r#"{"at":1}"#, "end"]
    );
    for session in [by_pointer, whole] {
        let stats = session.close();
        assert_balanced(&stats);
        assert_eq!(stats[Stat::Duplicates as usize], 2);
    }
}
