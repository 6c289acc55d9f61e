//! Bybit v5 public spot: the client pings, acknowledged subscriptions, limits on their size.

use std::time::Duration;

use serde_json::{Value, json};

use super::Venue;
use super::rules::{Close, Limit, Rules, Within};
use super::talk::{Counter, Talk};
use crate::query::Query;

/// What a client is answered with that connects too often.
const FORBIDDEN: u16 = 403;
const MAX_ARGS: usize = 10;
/// Characters of all topics of a connection.
const MAX_CHARACTERS: usize = 21_000;

pub(super) struct Bybit {
    topics: Vec<String>,
    active: u64,
}

/// `max_active_time` is the venue's own parameter, which it takes for private streams: after so many seconds without a message in either
/// direction the connection is cut.
pub(super) fn make(_rest: &str, query: &mut Query) -> Result<Box<dyn Venue>, String> {
    let time = query.text("max_active_time", "600s");
    let active = time
        .strip_suffix('s')
        .and_then(|seconds| seconds.parse().ok());
    match active {
        Some(active) if (30..=600).contains(&active) => Ok(Box::new(Bybit {
            topics: Vec::new(),
            active,
        })),
        _ => Err(format!(
            "'max_active_time' must be from 30s to 600s, not '{time}'"
        )),
    }
}

impl Venue for Bybit {
    fn rules(&self) -> Rules {
        Rules {
            connects: Some((Limit::per_seconds(500, 300), FORBIDDEN)),
            silent_pair: Some(Within {
                time: Duration::from_secs(self.active),
                close: Close::ABNORMAL,
            }),
            ..Rules::default()
        }
    }

    fn text(&mut self, text: &str, talk: &mut Talk) {
        let message: Value = serde_json::from_str(text).unwrap_or_default();
        let id = message["req_id"].as_str().unwrap_or_default();
        let failure = |reason: &str| json!({"success": false, "ret_msg": reason, "conn_id": "7c9f", "req_id": id, "op": "subscribe"});
        match (message["op"].as_str(), super::strings(&message["args"])) {
            (Some("ping"), _) => {
                talk.count(Counter::Heartbeat);
                talk.say(json!({"success": true, "ret_msg": "pong", "conn_id": "7c9f", "req_id": id, "op": "ping"}));
            }
            (Some("subscribe"), Some(args)) if args.len() > MAX_ARGS => {
                talk.refuse("more than 10 args in a request", failure("args size >10"));
            }
            (Some("subscribe"), Some(args)) => {
                self.topics.extend(args.into_iter().map(str::to_owned));
                if self.topics.iter().map(String::len).sum::<usize>() > MAX_CHARACTERS {
                    return talk.breach(
                        "args of more than 21000 characters",
                        Close::code(1008, "args too long"),
                    );
                }
                talk.subscribe();
                talk.say(json!({"success": true, "ret_msg": "subscribe", "conn_id": "7c9f", "req_id": id, "op": "subscribe"}));
            }
            _ => talk.refuse("an invalid request", failure("invalid request")),
        }
    }

    fn data(&self, number: u64) -> String {
        let topic = &self.topics[number as usize % self.topics.len()];
        json!({"topic": topic, "type": "snapshot", "ts": 1_770_000_000_000 + number,
            "data": [{"i": number.to_string(), "p": "64250.01", "v": "0.002", "n": number}]})
        .to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::super::play::{Play, answer};

    const SUBSCRIBE: &str =
        r#"{"op":"subscribe","req_id":"1","args":["publicTrade.BTCUSDT","publicTrade.ETHUSDT"]}"#;

    #[test]
    fn a_client_that_pings_stays() {
        let mut play = Play::open("bybit?stall_s=100");
        play.say(SUBSCRIBE);
        assert!(play.pass(0.0)[0].contains(r#""success":true"#));
        for _ in 0..100 {
            play.pass(20.0);
            play.say(r#"{"op":"ping","req_id":"2"}"#);
            assert!(play.pass(0.0)[0].contains(r#""ret_msg":"pong""#));
        }
        play.assert_fine();
        assert_eq!((play.stats.heartbeats, play.numbers.len()), (100, 99));
    }

    #[test]
    fn rules_are_enforced() {
        let mut play = Play::open("bybit?max_active_time=30s&stall_s=8");
        play.pass(6.0);
        play.say(SUBSCRIBE);
        let end = (
            37.0,
            "connection 1: no message in either direction within 30s".to_owned(),
            None,
        );
        assert_eq!(play.end_in_silence(), end);
        let request = |count: usize, length: usize| {
            serde_json::json!({"op": "subscribe", "args": vec!["x".repeat(length); count]})
                .to_string()
        };
        let (words, rule) = answer("bybit", &[], &request(11, 5));
        assert_eq!(
            (words.contains(r#""success":false"#), rule.as_str()),
            (true, "more than 10 args in a request")
        );
        assert_eq!(
            answer("bybit", &[&request(10, 2000)], &request(10, 101)).1,
            "args of more than 21000 characters"
        );
        assert_eq!(answer("bybit", &[], "{}").1, "an invalid request");
    }
}
