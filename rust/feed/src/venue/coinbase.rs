//! Coinbase Exchange: subscribe within five seconds, 100 messages a second, message types that nobody has told of.

use std::collections::BTreeMap;
use std::time::Duration;

use serde_json::{Value, json};

use super::Venue;
use super::rules::{Close, Heartbeat, Limit, Rules, TOO_MANY_REQUESTS, Within};
use super::talk::Talk;
use crate::query::Query;

/// 8 a second in the long run, 20 at a time.
const CONNECTS: Limit = Limit {
    count: 20,
    per: Duration::from_millis(2500),
};
/// Subscriptions of one product and channel on a connection.
const MAX_SAME: u32 = 10;

#[derive(Default)]
pub(super) struct Coinbase {
    subscriptions: BTreeMap<(String, String), u32>,
}

pub(super) fn make(_rest: &str, _query: &mut Query) -> Result<Box<dyn Venue>, String> {
    Ok(Box::new(Coinbase::default()))
}

impl Venue for Coinbase {
    fn rules(&self) -> Rules {
        Rules {
            connects: Some((CONNECTS, TOO_MANY_REQUESTS)),
            frames: Some((
                Limit::per_seconds(100, 1),
                Close::code(1008, "rate limit exceeded"),
            )),
            subscribe: Some(Within::seconds(5, Close::code(1000, "no subscription"))),
            heartbeat: Some(Heartbeat {
                every: Duration::from_secs(10),
                when_idle: false,
            }),
            ..Rules::default()
        }
    }

    fn text(&mut self, text: &str, talk: &mut Talk) {
        let message: Value = serde_json::from_str(text).unwrap_or_default();
        let products = super::strings(&message["product_ids"]);
        let channels = super::strings(&message["channels"]);
        let (Some("subscribe"), Some(products), Some(channels)) =
            (message["type"].as_str(), products, channels)
        else {
            return talk.refuse("an invalid request", error("malformed subscribe"));
        };
        for channel in &channels {
            for product in &products {
                let count = self
                    .subscriptions
                    .entry(((*product).to_owned(), (*channel).to_owned()))
                    .or_default();
                *count += 1;
                if *count > MAX_SAME {
                    return talk.refuse(
                        "more than 10 subscriptions of one product and channel",
                        error("too many subscriptions"),
                    );
                }
            }
        }
        talk.subscribe();
        let channels: Vec<_> = channels
            .iter()
            .map(|name| json!({"name": name, "product_ids": products}))
            .collect();
        talk.say(json!({"type": "subscriptions", "channels": channels}));
    }

    fn data(&self, number: u64) -> String {
        let products: Vec<_> = self.subscriptions.keys().collect();
        let (product, _) = products[number as usize % products.len()];
        json!({"type": "match", "product_id": product, "sequence": number / products.len() as u64, "price": "64250.01",
            "size": "0.002", "n": number})
        .to_string()
    }

    /// Clients must ignore types that they do not know.
    fn heartbeat(&self, talk: &Talk) -> Option<String> {
        talk.subscribed
            .then(|| json!({"type": "not_in_the_documentation", "detail": {}}).to_string())
    }
}

fn error(reason: &str) -> Value {
    json!({"type": "error", "message": "Failed to subscribe", "reason": reason})
}

#[cfg(test)]
mod tests {
    use super::super::play::{Play, answer, broken};
    use super::super::session::Heard;

    const SUBSCRIBE: &str =
        r#"{"type":"subscribe","product_ids":["BTC-USD","ETH-USD"],"channels":["matches"]}"#;

    #[test]
    fn a_client_that_subscribes_stays() {
        let mut play = Play::open("coinbase");
        play.pass(4.9);
        play.say(SUBSCRIBE);
        let said = play.pass(30.0);
        play.assert_fine();
        assert!(said[0].contains(r#""type":"subscriptions""#), "{said:?}");
        assert_eq!(
            said.iter()
                .filter(|text| text.contains("not_in_the_documentation"))
                .count(),
            3
        );
        assert_eq!(play.numbers.len(), 30);
    }

    #[test]
    fn rules_are_enforced() {
        let silence = (
            5.0,
            "connection 1: no subscription within 5s".to_owned(),
            Some(1000),
        );
        assert_eq!(Play::open("coinbase").end_in_silence(), silence);
        let (words, rule) = answer("coinbase", &[SUBSCRIBE; 10], SUBSCRIBE);
        assert_eq!(
            (words.contains("too many subscriptions"), rule.as_str()),
            (
                true,
                "more than 10 subscriptions of one product and channel"
            )
        );
        let (words, _) = answer("coinbase", &[], r#"{"type":"subscribe"}"#);
        assert!(words.contains(r#""type":"error""#), "{words}");
        let mut play = Play::open("coinbase");
        (0..101).for_each(|_| play.hear(Heard::Ping));
        assert_eq!(
            (play.code(), broken(&play).as_str()),
            (Some(1008), "more than 100 frames in 1s")
        );
    }
}
