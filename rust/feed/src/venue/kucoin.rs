//! KuCoin, public channels: a token for each connection from an HTTP endpoint, pings as messages.

use serde_json::{Value, json};
use tokio_tungstenite::tungstenite::http::StatusCode;

use super::Venue;
use super::rules::{Close, Limit, Rules, Within};
use super::talk::{Counter, Talk};
use crate::query::Query;
use crate::request::Request;
use crate::tokens::{Answer, Tokens};

pub(super) struct Kucoin {
    token: String,
    connect: String,
    topics: Vec<String>,
}

pub(super) fn make(rest: &str, query: &mut Query) -> Result<Box<dyn Venue>, String> {
    if !rest.is_empty() {
        return Err(format!("KuCoin's endpoint has no path '{rest}'"));
    }
    Ok(Box::new(Kucoin {
        token: query.text("token", ""),
        connect: query.text("connectId", ""),
        topics: Vec::new(),
    }))
}

/// `POST /api/v1/bullet-public`
pub(super) fn bullet(
    request: &Request,
    _body: &[u8],
    _query: &mut Query,
    tokens: &Tokens,
) -> Result<Answer, String> {
    if request.method != "POST" {
        let error = json!({"code": "405000", "msg": "Request method is not supported"});
        return Ok(Answer::Denied(StatusCode::METHOD_NOT_ALLOWED, error));
    }
    let host = request.header("Host").unwrap_or_default();
    Ok(Answer::Issued(json!({"code": "200000", "data": {
        "token": tokens.issue(None, true),
        "instanceServers": [{"endpoint": format!("ws://{host}/venue/kucoin/"), "encrypt": true, "protocol": "websocket",
            "pingInterval": 18000, "pingTimeout": 10000}]}})))
}

impl Venue for Kucoin {
    fn rules(&self) -> Rules {
        Rules {
            frames: Some((
                Limit::per_seconds(100, 10),
                Close::code(1008, "too many messages"),
            )),
            // The ping's interval and the time for its answer.
            silent_client: Some(Within::seconds(28, Close::code(1000, "no ping"))),
            ..Rules::default()
        }
    }

    fn token(&self) -> Option<&str> {
        Some(&self.token)
    }

    fn opened(&mut self, talk: &mut Talk) {
        talk.say(json!({"id": self.connect, "type": "welcome"}));
    }

    fn text(&mut self, text: &str, talk: &mut Talk) {
        let message: Value = serde_json::from_str(text).unwrap_or_default();
        let id = &message["id"];
        match (message["type"].as_str(), message["topic"].as_str()) {
            (Some("ping"), _) => {
                talk.count(Counter::Heartbeat);
                talk.say(json!({"id": id, "type": "pong"}));
            }
            (Some("subscribe"), Some(topic)) if topic.starts_with("/market/") => {
                self.topics.push(topic.to_owned());
                talk.subscribe();
                if message["response"] == true {
                    talk.say(json!({"id": id, "type": "ack"}));
                }
            }
            _ => talk.refuse(
                "an invalid request",
                json!({"id": id, "type": "error", "code": 404, "data": "topic is not found"}),
            ),
        }
    }

    fn data(&self, number: u64) -> String {
        let topic = &self.topics[number as usize % self.topics.len()];
        json!({"type": "message", "topic": topic, "subject": "trade.ticker", "data": {"price": "64250.1", "size": "0.002"}, "n": number})
            .to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::super::play::{Play, answer};

    const SUBSCRIBE: &str =
        r#"{"id":1,"type":"subscribe","topic":"/market/ticker:BTC-USDT","response":true}"#;

    #[test]
    fn pings_keep_it_open() {
        let mut play = Play::open("kucoin/?token=t&connectId=c");
        play.say(SUBSCRIBE);
        let said = play.pass(20.0);
        assert!(
            said[0].contains(r#""type":"welcome""#) && said[1].contains(r#""type":"ack""#),
            "{said:?}"
        );
        assert_eq!(play.numbers.len(), 20);
        play.say(r#"{"id":2,"type":"ping"}"#);
        play.pass(27.9);
        play.assert_fine();
        let end = Play::open("kucoin/?token=t").end_in_silence();
        assert_eq!((end.0, end.2), (28.0, Some(1000)));
    }

    #[test]
    fn rules_are_enforced() {
        for message in ["{}", r#"{"id":1,"type":"subscribe","topic":"/spot"}"#] {
            assert_eq!(
                answer("kucoin/", &[SUBSCRIBE], message).1,
                "an invalid request"
            );
        }
    }
}
