//! Bitfinex: channels with numbers of the connection's own, data in arrays, an info message that asks to reconnect.

use std::time::Duration;

use serde_json::{Value, json};

use super::Venue;
use super::rules::{Heartbeat, Limit, Rules, TOO_MANY_REQUESTS};
use super::talk::{Counter, Talk};
use crate::query::Query;

const MAX_CHANNELS: usize = 25;

#[derive(Default)]
pub(super) struct Bitfinex {
    symbols: Vec<String>,
}

pub(super) fn make(_rest: &str, _query: &mut Query) -> Result<Box<dyn Venue>, String> {
    Ok(Box::new(Bitfinex::default()))
}

impl Venue for Bitfinex {
    fn rules(&self) -> Rules {
        Rules {
            connects: Some((Limit::per_seconds(20, 60), TOO_MANY_REQUESTS)),
            heartbeat: Some(Heartbeat {
                every: Duration::from_secs(15),
                when_idle: false,
            }),
            notice: Some(Duration::from_secs(30)),
            ..Rules::default()
        }
    }

    fn opened(&mut self, talk: &mut Talk) {
        talk.say(
            json!({"event": "info", "version": 2, "serverId": "9f2c", "platform": {"status": 1}}),
        );
    }

    fn text(&mut self, text: &str, talk: &mut Talk) {
        let message: Value = serde_json::from_str(text).unwrap_or_default();
        let symbol = message["symbol"].as_str();
        let failure = |code: u32, reason: &str| json!({"event": "error", "msg": reason, "code": code, "symbol": symbol});
        match (
            message["event"].as_str(),
            message["channel"].as_str(),
            symbol,
        ) {
            (Some("ping"), ..) => {
                talk.count(Counter::Heartbeat);
                talk.say(
                    json!({"event": "pong", "cid": message["cid"], "ts": 1_770_000_000_000_u64}),
                );
            }
            (Some("subscribe"), Some("trades"), Some(symbol)) => {
                if self.symbols.iter().any(|known| known == symbol) {
                    talk.refuse("a channel twice", failure(10301, "subscribe: dup"));
                } else if self.symbols.len() >= MAX_CHANNELS {
                    talk.refuse("more than 25 channels", failure(10305, "subscribe: limit"));
                } else {
                    let channel = self.channel(self.symbols.len());
                    self.symbols.push(symbol.to_owned());
                    talk.subscribe();
                    talk.say(json!({"event": "subscribed", "channel": "trades", "chanId": channel, "symbol": symbol}));
                }
            }
            _ => talk.refuse("an invalid request", failure(10300, "subscribe: invalid")),
        }
    }

    fn data(&self, number: u64) -> String {
        let channel = self.channel(number as usize % self.symbols.len());
        json!([
            channel,
            "te",
            [number, 1_770_000_000_000_u64, 0.002, 64250.5]
        ])
        .to_string()
    }

    fn heartbeat(&self, talk: &Talk) -> Option<String> {
        talk.subscribed
            .then(|| json!([self.channel(0), "hb"]).to_string())
    }

    fn notice(&self) -> Option<String> {
        Some(json!({"event": "info", "code": 20051, "msg": "Stop/Restart Websocket Server (please reconnect)"}).to_string())
    }
}

impl Bitfinex {
    fn channel(&self, index: usize) -> usize {
        17_470 + index
    }
}

#[cfg(test)]
mod tests {
    use super::super::play::{Play, answer, broken};

    fn subscribe(symbol: usize) -> String {
        format!(r#"{{"event":"subscribe","channel":"trades","symbol":"t{symbol}"}}"#)
    }

    #[test]
    fn a_client_is_asked_to_reconnect() {
        let mut play = Play::open("bitfinex?upgrade_s=100");
        (0..25).for_each(|symbol| play.say(subscribe(symbol)));
        let said = play.pass(99.0);
        play.assert_fine();
        assert!(
            said[1].contains(r#""event":"subscribed""#)
                && said.last().is_some_and(|text| text.contains("hb")),
            "{said:?}"
        );
        assert!(said.iter().any(|text| text.contains("20051")), "{said:?}");
        play.pass(2.0);
        assert_eq!(
            (play.code(), play.stats.planned_ends, play.numbers.len()),
            (Some(1001), 1, 99)
        );
    }

    #[test]
    fn rules_are_enforced() {
        let mut play = Play::open("bitfinex");
        (0..26).for_each(|symbol| play.say(subscribe(symbol)));
        assert!(
            play.pass(0.0)
                .last()
                .is_some_and(|text| text.contains("10305"))
        );
        assert_eq!(broken(&play), "more than 25 channels");
        let (words, rule) = answer("bitfinex", &[&subscribe(1)], &subscribe(1));
        assert_eq!(
            (words.contains("10301"), rule.as_str()),
            (true, "a channel twice")
        );
        assert_eq!(answer("bitfinex", &[], "[]").1, "an invalid request");
    }
}
