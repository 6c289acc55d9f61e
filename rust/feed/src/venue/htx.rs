//! HTX: everything it says is packed with gzip, and it pings with a number, which must come back.

use std::time::Duration;

use serde_json::{Value, json};

use super::Venue;
use super::rules::{Close, Rules};
use super::talk::{Counter, Talk};
use crate::query::Query;

/// The first ping's number; it is a time in milliseconds at the venue.
const FIRST_PING: u64 = 1_770_000_000_000;
const PING_EVERY: Duration = Duration::from_secs(5);
const MISSES: usize = 2;

#[derive(Default)]
pub(super) struct Htx {
    channels: Vec<String>,
}

pub(super) fn make(_rest: &str, _query: &mut Query) -> Result<Box<dyn Venue>, String> {
    Ok(Box::new(Htx::default()))
}

impl Venue for Htx {
    fn rules(&self) -> Rules {
        Rules::default()
    }

    fn opened(&mut self, talk: &mut Talk) {
        talk.ask_every(PING_EVERY, MISSES, Close::code(1003, "ping check expired"));
    }

    fn text(&mut self, text: &str, talk: &mut Talk) {
        let message: Value = serde_json::from_str(text).unwrap_or_default();
        if let Some(pong) = message.get("pong") {
            let question = pong
                .as_u64()
                .and_then(|number| number.checked_sub(FIRST_PING));
            if !question.is_some_and(|question| talk.answered(question)) {
                talk.refuse(
                    "a pong with another number than a ping's",
                    error(&message["id"], "invalid pong"),
                );
            }
        } else if message.get("ping").is_some() {
            talk.count(Counter::Heartbeat);
            talk.say(json!({"pong": message["ping"]}));
        } else if let Some(channel) = message["sub"]
            .as_str()
            .filter(|name| name.starts_with("market."))
        {
            self.channels.push(channel.to_owned());
            talk.subscribe();
            talk.say(
                json!({"id": message["id"], "status": "ok", "subbed": channel, "ts": FIRST_PING}),
            );
        } else {
            talk.refuse("an invalid request", error(&message["id"], "invalid topic"));
        }
    }

    fn data(&self, number: u64) -> String {
        let channel = &self.channels[number as usize % self.channels.len()];
        json!({"ch": channel, "ts": FIRST_PING + number,
            "tick": {"id": number, "data": [{"tradeId": number, "price": 64250.1, "amount": 0.002, "n": number}]}})
        .to_string()
    }

    fn gzips(&self) -> bool {
        true
    }

    fn question(&self, number: u64) -> String {
        json!({"ping": FIRST_PING + number}).to_string()
    }
}

fn error(id: &Value, reason: &str) -> Value {
    json!({"id": id, "status": "error", "err-code": "bad-request", "err-msg": reason})
}

#[cfg(test)]
mod tests {
    use super::super::play::{Play, answer};

    fn pong(said: &str) -> Option<String> {
        let number = said.strip_prefix(r#"{"ping":"#)?;
        Some(format!(r#"{{"pong":{number}"#))
    }

    #[test]
    fn a_client_that_answers_pings_stays() {
        let mut play = Play::open("htx");
        play.say(r#"{"sub":"market.btcusdt.trade.detail","id":"1"}"#);
        let said = play.pass_with(1000.0, pong, false);
        assert!(said[0].contains(r#""status":"ok""#), "{said:?}");
        play.assert_fine();
        assert_eq!(
            (play.stats.questions, play.stats.answers, play.numbers.len()),
            (200, 200, 1000)
        );
    }

    #[test]
    fn rules_are_enforced() {
        let end = (
            15.0,
            "connection 1: 2 of the venue's pings not answered".to_owned(),
            Some(1003),
        );
        assert_eq!(Play::open("htx").end_in_silence(), end);
        let mut play = Play::open("htx");
        play.pass_with(
            20.0,
            |said| pong(said).map(|_| r#"{"pong":17}"#.to_owned()),
            false,
        );
        assert_eq!(
            play.code(),
            Some(1003),
            "a pong without the ping's number is none"
        );
        assert_eq!(
            play.stats.broken[0],
            "connection 1: a pong with another number than a ping's"
        );
        let (words, _) = answer("htx", &[], r#"{"sub":"nonsense","id":"1"}"#);
        assert!(words.contains(r#""status":"error""#), "{words}");
    }

    #[test]
    fn a_frozen_venue_is_silent_and_stays() {
        let mut play = Play::open("htx?freeze_s=7");
        play.say(r#"{"sub":"market.btcusdt.trade.detail","id":"1"}"#);
        assert_eq!(
            play.pass(1000.0).len(),
            2,
            "the acknowledgement and one ping"
        );
        play.say(r#"{"ping":1}"#);
        assert!(play.pass(1000.0).is_empty());
        assert_eq!(play.numbers.len(), 6);
        play.assert_fine();
    }

    #[test]
    fn one_ping_may_be_missed() {
        let mut play = Play::open("htx");
        for _ in 0..10 {
            let said = play.pass(10.0);
            assert_eq!(said.len(), 2, "{said:?}");
            play.say(pong(&said[1]).expect("a ping"));
        }
        play.assert_fine();
    }
}
