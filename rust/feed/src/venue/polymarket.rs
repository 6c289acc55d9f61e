//! Polymarket's market channel: one subscription at the beginning, then `PING` every ten seconds.

use serde_json::{Value, json};

use super::Venue;
use super::rules::{Close, Rules, Within};
use super::talk::{Counter, Talk};
use crate::query::Query;

#[derive(Default)]
pub(super) struct Polymarket {
    assets: Vec<String>,
}

pub(super) fn make(_rest: &str, _query: &mut Query) -> Result<Box<dyn Venue>, String> {
    Ok(Box::new(Polymarket::default()))
}

impl Venue for Polymarket {
    fn rules(&self) -> Rules {
        Rules {
            subscribe: Some(Within::seconds(10, Close::ABNORMAL)),
            // One missed ping is forgiven.
            silent_client: Some(Within::seconds(20, Close::ABNORMAL)),
            ..Rules::default()
        }
    }

    fn text(&mut self, text: &str, talk: &mut Talk) {
        if text == "PING" {
            talk.count(Counter::Heartbeat);
            return talk.say("PONG");
        }
        let message: Value = serde_json::from_str(text).unwrap_or_default();
        match (
            message["type"].as_str(),
            super::strings(&message["assets_ids"]),
        ) {
            (Some("market"), Some(assets)) => {
                self.assets.extend(assets.into_iter().map(str::to_owned));
                talk.subscribe();
            }
            _ => talk.refuse("an invalid request", "INVALID OPERATION"),
        }
    }

    fn data(&self, number: u64) -> String {
        let asset = &self.assets[number as usize % self.assets.len()];
        json!([{"event_type": "last_trade_price", "asset_id": asset, "price": "0.456", "size": "219.2", "n": number}]).to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::super::play::{Play, answer};

    const SUBSCRIBE: &str =
        r#"{"type":"market","assets_ids":["65818619657568813474341868652308942079"]}"#;

    #[test]
    fn a_client_that_pings_stays() {
        let mut play = Play::open("polymarket");
        play.say(SUBSCRIBE);
        for _ in 0..100 {
            assert!(play.pass(10.0).is_empty());
            play.say("PING");
            assert_eq!(play.pass(0.0), ["PONG"]);
        }
        play.assert_fine();
        assert_eq!(play.numbers.len(), 1000);
    }

    #[test]
    fn rules_are_enforced() {
        assert_eq!(
            Play::open("polymarket").end_in_silence(),
            (
                10.0,
                "connection 1: no subscription within 10s".to_owned(),
                None
            )
        );
        let mut play = Play::open("polymarket");
        play.say(SUBSCRIBE);
        assert_eq!(
            play.end_in_silence(),
            (
                20.0,
                "connection 1: nothing from the client within 20s".to_owned(),
                None
            )
        );
        assert_eq!(
            answer("polymarket", &[SUBSCRIBE], "ping").0,
            "INVALID OPERATION"
        );
    }
}
