//! Deribit: JSON-RPC; once a client has set a heartbeat it must answer the venue's test requests.

use std::time::Duration;

use serde_json::{Value, json};

use super::Venue;
use super::rules::{Close, Heartbeat, Rules};
use super::talk::Talk;
use crate::query::Query;

/// The shortest heartbeat, in seconds.
const MIN_HEARTBEAT: u64 = 10;

#[derive(Default)]
pub(super) struct Deribit {
    beats: bool,
    channels: Vec<String>,
}

pub(super) fn make(_rest: &str, _query: &mut Query) -> Result<Box<dyn Venue>, String> {
    Ok(Box::new(Deribit::default()))
}

impl Venue for Deribit {
    fn rules(&self) -> Rules {
        Rules {
            // As often as any client may ask for.
            heartbeat: Some(Heartbeat {
                every: Duration::from_secs(MIN_HEARTBEAT),
                when_idle: false,
            }),
            ..Rules::default()
        }
    }

    fn text(&mut self, text: &str, talk: &mut Talk) {
        let message: Value = serde_json::from_str(text).unwrap_or_default();
        let (id, params) = (&message["id"], &message["params"]);
        let result = |result: Value| json!({"jsonrpc": "2.0", "id": id, "result": result});
        let failure = |code: i32, reason: &str| json!({"jsonrpc": "2.0", "id": id, "error": {"code": code, "message": reason}});
        match message["method"].as_str() {
            Some("public/set_heartbeat") => match params["interval"].as_u64() {
                Some(seconds) if seconds >= MIN_HEARTBEAT => {
                    self.beats = true;
                    talk.say(result(json!("ok")));
                    talk.ask_every(
                        Duration::from_secs(seconds),
                        1,
                        Close::code(1000, "heartbeat not answered"),
                    );
                }
                _ => talk.refuse(
                    "a heartbeat of less than 10 seconds",
                    failure(-32602, "Invalid params"),
                ),
            },
            Some("public/test") => {
                if let Some(question) = talk.open_question() {
                    talk.answered(question);
                }
                talk.say(result(json!({"version": "1.2.26"})));
            }
            Some("public/subscribe") => match super::strings(&params["channels"]) {
                Some(channels) => {
                    talk.say(result(json!(channels)));
                    self.channels
                        .extend(channels.into_iter().map(str::to_owned));
                    talk.subscribe();
                }
                _ => talk.refuse(
                    "a subscription to nothing",
                    failure(-32602, "Invalid params"),
                ),
            },
            _ => talk.refuse("an invalid request", failure(-32601, "Method not found")),
        }
    }

    fn data(&self, number: u64) -> String {
        let channel = &self.channels[number as usize % self.channels.len()];
        json!({"jsonrpc": "2.0", "method": "subscription", "params": {"channel": channel,
            "data": [{"trade_seq": number, "price": 64250.5, "amount": 10.0, "n": number}]}})
        .to_string()
    }

    fn heartbeat(&self, _talk: &Talk) -> Option<String> {
        self.beats.then(|| heartbeat("heartbeat"))
    }

    fn question(&self, _number: u64) -> String {
        heartbeat("test_request")
    }
}

fn heartbeat(kind: &str) -> String {
    json!({"jsonrpc": "2.0", "method": "heartbeat", "params": {"type": kind}}).to_string()
}

#[cfg(test)]
mod tests {
    use super::super::play::{Play, answer};

    const HEARTBEAT: &str =
        r#"{"jsonrpc":"2.0","id":1,"method":"public/set_heartbeat","params":{"interval":30}}"#;
    const SUBSCRIBE: &str = r#"{"jsonrpc":"2.0","id":2,"method":"public/subscribe","params":{"channels":["trades.BTC-PERPETUAL.100ms"]}}"#;

    #[test]
    fn a_client_that_passes_the_tests_stays() {
        let mut play = Play::open("deribit");
        play.say(HEARTBEAT);
        play.say(SUBSCRIBE);
        let test = |said: &str| {
            said.contains("test_request")
                .then(|| r#"{"jsonrpc":"2.0","id":3,"method":"public/test"}"#.to_owned())
        };
        let said = play.pass_with(3000.0, test, false);
        assert_eq!(
            said[..2],
            [
                r#"{"id":1,"jsonrpc":"2.0","result":"ok"}"#,
                r#"{"id":2,"jsonrpc":"2.0","result":["trades.BTC-PERPETUAL.100ms"]}"#
            ]
        );
        play.assert_fine();
        assert_eq!((play.stats.questions, play.stats.answers), (100, 100));
        let beats = said.iter().filter(|text| {
            *text == r#"{"jsonrpc":"2.0","method":"heartbeat","params":{"type":"heartbeat"}}"#
        });
        assert_eq!(beats.count(), 300);
        let mut play = Play::open("deribit");
        play.say(SUBSCRIBE);
        assert_eq!(play.pass(300.0).len(), 1, "nobody asked for heartbeats");
    }

    #[test]
    fn rules_are_enforced() {
        let mut play = Play::open("deribit");
        play.say(HEARTBEAT);
        assert_eq!(
            play.end_in_silence(),
            (
                60.0,
                "connection 1: 1 of the venue's pings not answered".to_owned(),
                Some(1000)
            )
        );
        assert_eq!(
            answer("deribit", &[], &HEARTBEAT.replace("30", "9")).1,
            "a heartbeat of less than 10 seconds"
        );
        assert_eq!(
            answer(
                "deribit",
                &[],
                r#"{"method":"public/subscribe","params":{"channels":[]}}"#
            )
            .1,
            "a subscription to nothing"
        );
        assert_eq!(
            answer("deribit", &[], r#"{"method":"private/x"}"#).1,
            "an invalid request"
        );
    }
}
