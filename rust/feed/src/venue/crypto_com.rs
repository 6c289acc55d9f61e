//! Crypto.com Exchange: heartbeats to answer with their id, and no subscription in the first second.

use std::time::Duration;

use serde_json::{Value, json};

use super::Venue;
use super::rules::{Close, Limit, Rules};
use super::talk::Talk;
use crate::query::Query;

const HEARTBEAT_EVERY: Duration = Duration::from_secs(30);
/// Before it the venue counts the rate limits of a second as those of a part of it.
const FIRST_SECOND: Duration = Duration::from_secs(1);

#[derive(Default)]
pub(super) struct CryptoCom {
    opened: Duration,
    channels: Vec<String>,
}

pub(super) fn make(_rest: &str, _query: &mut Query) -> Result<Box<dyn Venue>, String> {
    Ok(Box::new(CryptoCom::default()))
}

impl Venue for CryptoCom {
    fn rules(&self) -> Rules {
        Rules {
            frames: Some((
                Limit::per_seconds(100, 1),
                Close::code(1008, "too many requests"),
            )),
            ..Rules::default()
        }
    }

    fn opened(&mut self, talk: &mut Talk) {
        self.opened = talk.now;
        talk.ask_every(HEARTBEAT_EVERY, 1, Close::code(1000, "no heartbeat"));
    }

    fn text(&mut self, text: &str, talk: &mut Talk) {
        let message: Value = serde_json::from_str(text).unwrap_or_default();
        let id = &message["id"];
        let failure = |code: u32, reason: &str| json!({"id": id, "method": message["method"], "code": code, "message": reason});
        match (
            message["method"].as_str(),
            super::strings(&message["params"]["channels"]),
        ) {
            (Some("public/respond-heartbeat"), _) => {
                if !id.as_u64().is_some_and(|question| talk.answered(question)) {
                    talk.refuse(
                        "a heartbeat's answer with another id",
                        failure(40003, "INVALID_REQUEST"),
                    );
                }
            }
            (Some("subscribe"), Some(_)) if talk.now < self.opened + FIRST_SECOND => {
                talk.refuse(
                    "a subscription in the first second",
                    failure(42901, "RATE_LIMIT"),
                );
            }
            (Some("subscribe"), Some(channels)) => {
                for channel in channels {
                    self.channels.push(channel.to_owned());
                    talk.say(json!({"id": id, "method": "subscribe", "code": 0, "result": {"channel": channel}}));
                }
                talk.subscribe();
            }
            _ => talk.refuse("an invalid request", failure(40003, "INVALID_REQUEST")),
        }
    }

    fn data(&self, number: u64) -> String {
        let channel = &self.channels[number as usize % self.channels.len()];
        json!({"id": -1, "method": "subscribe", "code": 0, "result": {"channel": "trade", "subscription": channel,
            "data": [{"d": number.to_string(), "p": "64250.1", "q": "0.002", "n": number}]}})
        .to_string()
    }

    fn question(&self, number: u64) -> String {
        json!({"id": number, "method": "public/heartbeat", "code": 0}).to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::super::play::{Play, answer, broken};
    use super::super::session::Heard;

    const SUBSCRIBE: &str =
        r#"{"id":1,"method":"subscribe","params":{"channels":["trade.BTCUSD-PERP"]}}"#;

    fn respond(said: &str) -> Option<String> {
        said.contains("public/heartbeat")
            .then(|| said.replace("public/heartbeat", "public/respond-heartbeat"))
    }

    #[test]
    fn a_client_that_answers_heartbeats_stays() {
        let mut play = Play::open("crypto-com");
        play.pass(1.0);
        play.say(SUBSCRIBE);
        let said = play.pass_with(3000.0, respond, false);
        assert!(said[0].contains(r#""code":0"#), "{said:?}");
        play.assert_fine();
        assert_eq!((play.stats.questions, play.stats.answers), (100, 100));
    }

    #[test]
    fn rules_are_enforced() {
        assert_eq!(
            Play::open("crypto-com").end_in_silence(),
            (
                60.0,
                "connection 1: 1 of the venue's pings not answered".to_owned(),
                Some(1000)
            )
        );
        let (words, rule) = answer("crypto-com", &[], SUBSCRIBE);
        assert_eq!(
            (words.contains("42901"), rule.as_str()),
            (true, "a subscription in the first second")
        );
        let mut play = Play::open("crypto-com");
        play.pass_with(
            61.0,
            |said| respond(said).map(|text| text.replace("\"id\":", "\"id\":9")),
            false,
        );
        assert_eq!(
            (play.code(), play.stats.broken[0].as_str()),
            (
                Some(1000),
                "connection 1: a heartbeat's answer with another id"
            )
        );
        assert_eq!(answer("crypto-com", &[], "{}").1, "an invalid request");
        let mut play = Play::open("crypto-com");
        (0..101).for_each(|_| play.hear(Heard::Ping));
        assert_eq!(
            (play.code(), broken(&play).as_str()),
            (Some(1008), "more than 100 frames in 1s")
        );
    }
}
