//! Logins and subscriptions.

use std::time::{Duration, Instant};

use websocket_engine::{Error, Stat};

use crate::server::start;
use crate::support::*;

const SOON: Duration = Duration::from_millis(200);

fn quick(more: &str) -> String {
    format!("{QUICK},{more}")
}

fn json(text: &str) -> String {
    serde_json::to_string(text).expect("a string")
}

#[test]
fn messages_are_sent_byte_for_byte_and_in_order() {
    let (url, server) = start(|_| Ok(()));
    let messages = json(r#"[{"op" : "subscribe","price":1.10}, "plain", [1,  2]]"#);
    let session = open(&url, &format!(r#""subscription_messages":{messages}"#));
    until("it is up", || connected(&session));
    until("all came", || server.heard().len() == 3);
    assert_eq!(
        server.heard(),
        [r#"{"op" : "subscribe","price":1.10}"#, "plain", "[1,  2]"]
    );
}

#[test]
fn a_login_is_new_on_each_connection_and_comes_before_the_subscription() {
    let (url, server) = start(|line| {
        let login = line.hear()?;
        if line.hears_within(SOON)? {
            return line.close(4003);
        }
        line.say(&format!(r#"{{"event":"login","of":{}}}"#, line.number))?;
        line.hear()?;
        line.say(r#"{"event":"subscribed"}"#)?;
        assert!(login.contains("\"sign\""), "{login}");
        if line.number < 2 {
            line.close(1012)
        } else {
            line.rest()
        }
    });
    let login = r#"{"key":"{{secret.key}}","at":"{{now_ms}}","sign":"{{hmac_sha256_hex(secret.key, now_ms + 'GET')}}"}"#;
    let session = open(
        &url,
        &quick(&format!(
            r#""login":{{"message":{},"ack_match":"/event=login"}},"secrets":[["key","s3cret"]],
            "subscription_messages":"[\"subscribe\"]","subscription":{{"ack_match":"/event=subscribed"}}"#,
            json(login)
        )),
    );
    until("the third connection is up", || {
        server.connections() == 3 && connected(&session)
    });
    let heard = server.heard();
    assert_eq!(heard.len(), 6, "{heard:?}");
    let logins: Vec<_> = heard.iter().step_by(2).collect();
    assert!(
        logins[0] != logins[1] && logins[1] != logins[2],
        "{logins:?}"
    );
    assert!(
        heard
            .iter()
            .skip(1)
            .step_by(2)
            .all(|text| text == "subscribe")
    );
    assert_eq!(stat(&session, Stat::SubscriptionAcks), 3);
    assert_eq!(stat(&session, Stat::SubscriptionFailures), 0);
}

#[test]
fn a_server_that_ignores_the_first_moments_is_spoken_to_later() {
    let delay = Duration::from_millis(300);
    let (url, server) = start(move |line| {
        if line.hears_within(delay - Duration::from_millis(50))? {
            return line.close(1008);
        }
        line.hear()?;
        line.rest()
    });
    let session = open(
        &url,
        r#""subscription_message":"subscribe","subscription":{"delay_ms":300}"#,
    );
    until("it is up", || connected(&session));
    until("it came", || server.heard().len() == 1);
    assert_eq!(server.connections(), 1);
}

/// That no window has too many is shown with a virtual clock in `pacer.rs`; here the server's clock is as good as the machine is idle.
#[test]
fn no_more_is_sent_than_the_server_takes_and_pongs_count() {
    const MOST: u32 = 5;
    const MESSAGES: u32 = 20;
    let window = Duration::from_millis(200);
    let (told, frames) = std::sync::mpsc::channel();
    let (url, server) = start(move |line| {
        let mut texts = 0;
        while let Some(frame) = line.frame(PATIENCE)? {
            let _ = told.send(Instant::now());
            if frame.is_text() {
                texts += 1;
                line.say("acknowledged")?;
                line.ping()?;
            }
            if texts == MESSAGES {
                break;
            }
        }
        line.rest()
    });
    let messages: Vec<_> = (0..MESSAGES).collect();
    let session = open(
        &url,
        &format!(
            r#""subscription_messages":"{messages:?}","send_budget":{{"times":{MOST},"window_ms":200}},
            "subscription":{{"ack_match":"text:acknowledged"}}"#
        ),
    );
    until("it is up", || connected(&session));
    assert_eq!((server.connections(), server.heard().len()), (1, 20));
    let times: Vec<_> = frames.try_iter().collect();
    let sent = u32::try_from(times.len()).expect("a few");
    // Of pongs that have to wait only the last goes out.
    assert!(sent > MESSAGES, "with pongs: {sent}");
    let took = times[times.len() - 1] - times[0];
    let least = window * (sent / MOST - 2);
    assert!(took >= least, "{sent} frames in {took:?}");
}

#[test]
fn what_is_refused_and_what_is_not_acknowledged_is_counted_and_the_rest_stays() {
    let (url, _) = start(|line| {
        for answer in [Some("yes"), Some("error: no such stream"), None] {
            line.hear()?;
            if let Some(answer) = answer {
                line.say(answer)?;
            }
        }
        line.rest()
    });
    let session = open(
        &url,
        r#""subscription_messages":"[1,2,3]","subscription":{"interval_ms":1,"ack_match":"text:yes","error_match":"regex:^error","ack_timeout_ms":100}"#,
    );
    until("both are told", || {
        stat(&session, Stat::SubscriptionFailures) == 2
    });
    until("it is up with what it has", || connected(&session));
    assert_eq!(stat(&session, Stat::SubscriptionAcks), 1);
    let error = session.texts()[2].clone();
    assert!(
        error.contains("subscription message 3: not acknowledged within 100 ms"),
        "{error}"
    );
}

#[test]
fn a_refusal_reconnects_or_fails_as_configured() {
    let (url, server) = start(|line| {
        line.hear()?;
        line.say("error: not today")?;
        line.rest()
    });
    let settings = |action: &str| {
        quick(&format!(
            r#""subscription_message":"subscribe","subscription":{{"error_match":"regex:^error","failure_action":"{action}"}}"#
        ))
    };
    let reconnects = open(&url, &settings("reconnect"));
    until("it is tried again", || server.connections() > 2);
    reconnects.close();
    let Error::Failed(text) = failure(&open(&url, &settings("fail"))) else {
        panic!("a failure")
    };
    assert!(
        text.contains("error: not today")
            && text.contains("websocket.subscription.failure.action=fail"),
        "{text}"
    );
}
