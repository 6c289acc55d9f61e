//! OKX private: a signed login, `ping` when nothing comes, a notice before an upgrade.

use std::time::Duration;

use aws_lc_rs::hmac;
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use serde_json::{Value, json};

use super::Venue;
use super::rules::{Close, Limit, Rules, TOO_MANY_REQUESTS, Window, Within};
use super::talk::{Counter, Talk};
use crate::query::Query;

/// What a client logs in with.
const KEY: &str = "key";
const PASSPHRASE: &str = "pass";
const SECRET: &str = "secret";
/// How old a login's time stamp may be, by the time of day.
const MAX_AGE: f64 = 5.0;
const MAX_REQUEST: usize = 64 * 1024;
/// Subscribe, unsubscribe and login requests of a connection.
const REQUESTS: Limit = Limit::per_seconds(480, 3600);
const LOGIN_FAILED: Close = Close::code(4001, "login failed");

pub(super) struct Okx {
    requests: Window,
    channels: Vec<Value>,
}

pub(super) fn make(_rest: &str, _query: &mut Query) -> Result<Box<dyn Venue>, String> {
    Ok(Box::new(Okx {
        requests: Window::new(REQUESTS),
        channels: Vec::new(),
    }))
}

impl Venue for Okx {
    fn rules(&self) -> Rules {
        Rules {
            connects: Some((Limit::per_seconds(3, 1), TOO_MANY_REQUESTS)),
            login: Some(Within::seconds(30, Close::code(4004, "no login"))),
            subscribe: Some(Within::seconds(30, Close::code(4004, "nothing subscribed"))),
            silent_pair: Some(Within::seconds(
                30,
                Close::code(4004, "no data received in 30s"),
            )),
            notice: Some(Duration::from_secs(30)),
            ..Rules::default()
        }
    }

    fn text(&mut self, text: &str, talk: &mut Talk) {
        if text == "ping" {
            talk.count(Counter::Heartbeat);
            return talk.say("pong");
        }
        if text.len() > MAX_REQUEST {
            return talk.breach(
                "a request of more than 64 KiB",
                Close::code(1009, "message too long"),
            );
        }
        if self.requests.admit(talk.now).is_err() {
            return talk.refuse(
                "more than 480 requests in an hour",
                error("60014", "Requests too frequent"),
            );
        }
        let message: Value = serde_json::from_str(text).unwrap_or_default();
        match (message["op"].as_str(), message["args"].as_array()) {
            (Some("login"), Some(args)) => log_in(args, talk),
            (Some("subscribe"), Some(_)) if !talk.logged_in => {
                talk.refuse(
                    "a subscription before the login",
                    error("60011", "Please log in"),
                );
            }
            (Some("subscribe"), Some(args)) => {
                for arg in args {
                    self.channels.push(arg.clone());
                    talk.subscribe();
                    talk.say(json!({"event": "subscribe", "arg": arg, "connId": "a4d3ae55"}));
                }
            }
            _ => talk.refuse("an invalid request", error("60012", "Invalid request")),
        }
    }

    fn data(&self, number: u64) -> String {
        let arg = &self.channels[number as usize % self.channels.len()];
        json!({"arg": arg, "data": [{"ordId": number.to_string(), "state": "filled", "n": number}]})
            .to_string()
    }

    fn notice(&self) -> Option<String> {
        let text = "The connection will soon be closed for a service upgrade. Please reconnect.";
        Some(
            json!({"event": "notice", "code": "64008", "msg": text, "connId": "a4d3ae55"})
                .to_string(),
        )
    }

    fn planned_close(&self) -> Close {
        Close::code(1001, "service upgrade")
    }
}

fn log_in(args: &[Value], talk: &mut Talk) {
    let arg = args.first().cloned().unwrap_or_default();
    let text = |name: &str| arg[name].as_str().unwrap_or_default();
    let timestamp = text("timestamp");
    let age = talk.unix.as_secs_f64() - timestamp.parse::<f64>().unwrap_or_default();
    let refusal = if (text("apiKey"), text("passphrase")) != (KEY, PASSPHRASE) {
        Some(("60005", "Invalid apiKey or passphrase"))
    } else if age.abs() > MAX_AGE {
        Some(("60006", "Timestamp request expired"))
    } else if text("sign") != sign(timestamp) {
        Some(("60007", "Invalid sign"))
    } else {
        None
    };
    match refusal {
        Some((code, reason)) => {
            talk.refuse(format!("a login refused: {reason}"), error(code, reason));
            talk.end(LOGIN_FAILED);
        }
        None => {
            talk.log_in();
            talk.say(json!({"event": "login", "code": "0", "msg": "", "connId": "a4d3ae55"}));
        }
    }
}

fn error(code: &str, reason: &str) -> Value {
    json!({"event": "error", "code": code, "msg": reason, "connId": "a4d3ae55"})
}

/// The signature for a login at that time.
fn sign(timestamp: &str) -> String {
    let key = hmac::Key::new(hmac::HMAC_SHA256, SECRET.as_bytes());
    let tag = hmac::sign(&key, format!("{timestamp}GET/users/self/verify").as_bytes());
    BASE64_STANDARD.encode(tag)
}

#[cfg(test)]
mod tests {
    use super::super::play::{Play, answer, broken};
    use super::*;

    #[test]
    fn signs_as_other_implementations_do() {
        // printf '1700000000GET/users/self/verify' | openssl dgst -sha256 -hmac secret -binary | base64
        assert_eq!(
            sign("1700000000"),
            "lhmJXK08fk9SI1ZwFXKFRrPtzfbNOwC+D1xMJJ/1KZg="
        );
    }

    const SUBSCRIBE: &str = r#"{"op":"subscribe","args":[{"channel":"orders","instType":"ANY"}]}"#;
    /// At the play's beginning; the signature is what openssl makes of it.
    const TIMESTAMP: &str = "1700000000";
    const SIGN: &str = "lhmJXK08fk9SI1ZwFXKFRrPtzfbNOwC+D1xMJJ/1KZg=";

    fn login(key: &str, timestamp: &str, sign: &str) -> String {
        let arg = serde_json::json!({"apiKey": key, "passphrase": "pass", "timestamp": timestamp, "sign": sign});
        serde_json::json!({"op": "login", "args": [arg]}).to_string()
    }

    fn logged_in(target: &str) -> Play {
        let mut play = Play::open(target);
        play.say(login("key", TIMESTAMP, SIGN));
        play.say(SUBSCRIBE);
        let said = play.pass(0.0);
        assert!(
            said[0].contains(r#""event":"login""#) && said[1].contains(r#""event":"subscribe""#),
            "{said:?}"
        );
        play
    }

    #[test]
    fn a_client_that_pings_in_silence_stays_until_the_upgrade() {
        let mut play = logged_in("okx?stall_s=60&upgrade_s=200");
        play.pass(85.0);
        play.say("ping");
        assert_eq!(play.pass(25.0), ["pong"]);
        play.say("ping");
        play.pass(25.0);
        play.say("ping");
        play.pass(25.0);
        play.say("ping");
        let said = play.pass(25.0);
        assert!(said[1].contains("64008"), "{said:?}");
        play.assert_fine();
        play.say("ping");
        play.pass(25.0);
        assert_eq!(
            (play.code(), play.stats.planned_ends, play.stats.heartbeats),
            (Some(1001), 1, 5)
        );
        assert!(play.stats.broken.is_empty());
    }

    #[test]
    fn silence_ends_the_connection() {
        let mut play = logged_in("okx?stall_s=60");
        let end = (
            89.0,
            "connection 1: no message in either direction within 30s".to_owned(),
            Some(4004),
        );
        assert_eq!(play.end_in_silence(), end);
        assert_eq!(
            Play::open("okx").end_in_silence().1,
            "connection 1: no login within 30s"
        );
        let mut play = Play::open("okx");
        play.say(login("key", TIMESTAMP, SIGN));
        play.pass(20.0);
        play.say("ping");
        assert_eq!(
            play.end_in_silence().1,
            "connection 1: no subscription within 30s"
        );
    }

    #[test]
    fn a_login_must_be_right_and_comes_first() {
        let refused = |message: &str| {
            let (words, rule) = answer("okx", &[], message);
            assert!(words.contains(r#""event":"error""#), "{words}");
            rule
        };
        assert_eq!(refused(SUBSCRIBE), "a subscription before the login");
        assert_eq!(
            refused(&login("other", TIMESTAMP, SIGN)),
            "a login refused: Invalid apiKey or passphrase"
        );
        assert_eq!(
            refused(&login("key", "1699999994", SIGN)),
            "a login refused: Timestamp request expired"
        );
        assert_eq!(
            refused(&login("key", "1699999999", SIGN)),
            "a login refused: Invalid sign"
        );
        assert_eq!(refused("{}"), "an invalid request");
        let mut play = Play::open("okx");
        play.say(login("key", "1", SIGN));
        assert_eq!(play.code(), Some(4001));
    }

    #[test]
    fn requests_are_limited() {
        let mut play = logged_in("okx");
        (0..478).for_each(|_| play.say(SUBSCRIBE));
        play.assert_fine();
        play.say(SUBSCRIBE);
        assert_eq!(broken(&play), "more than 480 requests in an hour");
        play.say("x".repeat(64 * 1024 + 1));
        assert_eq!(
            (play.code(), broken(&play).as_str()),
            (Some(1009), "a request of more than 64 KiB")
        );
    }
}
