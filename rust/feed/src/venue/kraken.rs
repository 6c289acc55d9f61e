//! Kraken (v2): acknowledged subscriptions, a heartbeat each second in which nothing else comes, no notice of an end.

use std::time::Duration;

use serde_json::{Value, json};

use super::Venue;
use super::rules::{Close, Heartbeat, Limit, Rules, TOO_MANY_REQUESTS, Within};
use super::talk::{Counter, Talk};
use crate::query::Query;

#[derive(Default)]
pub(super) struct Kraken {
    /// Channel and symbol.
    subscriptions: Vec<(String, String)>,
}

pub(super) fn make(_rest: &str, _query: &mut Query) -> Result<Box<dyn Venue>, String> {
    Ok(Box::new(Kraken::default()))
}

impl Venue for Kraken {
    fn rules(&self) -> Rules {
        Rules {
            connects: Some((Limit::per_seconds(150, 600), TOO_MANY_REQUESTS)),
            // A connection without a subscription, or without any request, does not last.
            subscribe: Some(Within::seconds(60, Close::ABNORMAL)),
            heartbeat: Some(Heartbeat {
                every: Duration::from_secs(1),
                when_idle: true,
            }),
            ..Rules::default()
        }
    }

    fn opened(&mut self, talk: &mut Talk) {
        talk.say(json!({"channel": "status", "type": "update",
            "data": [{"system": "online", "api_version": "v2", "connection_id": 1}]}));
    }

    fn text(&mut self, text: &str, talk: &mut Talk) {
        let message: Value = serde_json::from_str(text).unwrap_or_default();
        let (channel, id) = (message["params"]["channel"].as_str(), &message["req_id"]);
        match (
            message["method"].as_str(),
            channel,
            super::strings(&message["params"]["symbol"]),
        ) {
            (Some("ping"), ..) => {
                talk.count(Counter::Heartbeat);
                talk.say(json!({"method": "pong", "req_id": id}));
            }
            (Some("subscribe"), Some(channel), Some(symbols)) => {
                for symbol in symbols {
                    self.subscribe(channel, symbol, id, talk);
                }
            }
            _ => talk.refuse(
                "an invalid request",
                json!({"error": "Malformed request", "success": false, "req_id": id}),
            ),
        }
    }

    fn data(&self, number: u64) -> String {
        let (channel, symbol) = &self.subscriptions[number as usize % self.subscriptions.len()];
        json!({"channel": channel, "type": "update",
            "data": [{"symbol": symbol, "price": 64250.1, "qty": 0.002, "trade_id": number, "n": number}]})
        .to_string()
    }

    fn heartbeat(&self, talk: &Talk) -> Option<String> {
        talk.subscribed
            .then(|| json!({"channel": "heartbeat"}).to_string())
    }

    /// The proxies in front of it close without a close frame.
    fn planned_close(&self) -> Close {
        Close::ABNORMAL
    }
}

impl Kraken {
    /// One acknowledgement for each symbol.
    fn subscribe(&mut self, channel: &str, symbol: &str, id: &Value, talk: &mut Talk) {
        let subscription = (channel.to_owned(), symbol.to_owned());
        if self.subscriptions.contains(&subscription) {
            let error = json!({"method": "subscribe", "success": false, "error": "Already subscribed", "symbol": symbol, "req_id": id});
            return talk.refuse("a subscription that exists", error);
        }
        self.subscriptions.push(subscription);
        talk.subscribe();
        talk.say(json!({"method": "subscribe", "success": true,
            "result": {"channel": channel, "symbol": symbol, "snapshot": true}, "req_id": id}));
    }
}

#[cfg(test)]
mod tests {
    use super::super::play::{Play, answer};

    const SUBSCRIBE: &str = r#"{"method":"subscribe","params":{"channel":"trade","symbol":["BTC/USD","ETH/USD"]},"req_id":1}"#;

    #[test]
    fn heartbeats_come_only_when_nothing_else_does() {
        let mut play = Play::open("kraken?rate=2&stall_s=10");
        play.say(SUBSCRIBE);
        let said = play.pass(9.9);
        assert_eq!(
            (said.len(), play.numbers.len()),
            (3, 19),
            "the status and two acknowledgements: {said:?}"
        );
        let said = play.pass(20.0);
        assert!(
            said.len() >= 19 && said.iter().all(|text| text.contains("heartbeat")),
            "{said:?}"
        );
        assert_eq!(play.numbers.len(), 19, "data have stalled");
        play.say(r#"{"method":"ping","req_id":2}"#);
        assert_eq!(play.pass(0.0), [r#"{"method":"pong","req_id":2}"#]);
        play.assert_fine();
    }

    #[test]
    fn rules_are_enforced() {
        assert_eq!(
            Play::open("kraken").end_in_silence(),
            (
                60.0,
                "connection 1: no subscription within 60s".to_owned(),
                None
            )
        );
        let (words, rule) = answer("kraken", &[SUBSCRIBE], SUBSCRIBE);
        assert_eq!(
            (words.contains("Already subscribed"), rule.as_str()),
            (true, "a subscription that exists")
        );
        assert_eq!(answer("kraken", &[], "{}").1, "an invalid request");
    }
}
