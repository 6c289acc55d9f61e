//! A GraphQL gateway that speaks graphql-transport-ws: an initialised connection, operations with ids, pings in messages.

use std::time::Duration;

use serde_json::{Value, json};

use super::Venue;
use super::rules::{Close, Rules, Within};
use super::talk::{Counter, Talk};
use crate::query::Query;

const SUBPROTOCOL: &str = "graphql-transport-ws";
const PING_EVERY: Duration = Duration::from_secs(12);
/// The only field of the gateway's subscription type.
const FIELD: &str = "reading";

#[derive(Default)]
pub(super) struct Graphql {
    initialising: bool,
    operations: Vec<String>,
}

pub(super) fn make(_rest: &str, _query: &mut Query) -> Result<Box<dyn Venue>, String> {
    Ok(Box::new(Graphql::default()))
}

impl Venue for Graphql {
    fn rules(&self) -> Rules {
        Rules {
            subprotocol: Some(SUBPROTOCOL),
            login: Some(Within::seconds(
                3,
                Close::code(4408, "Connection initialisation timeout"),
            )),
            ..Rules::default()
        }
    }

    fn text(&mut self, text: &str, talk: &mut Talk) {
        let message: Value = serde_json::from_str(text).unwrap_or_default();
        let id = message["id"].as_str().filter(|id| !id.is_empty());
        match (message["type"].as_str(), id) {
            (Some("connection_init"), _) if self.initialising => {
                talk.breach(
                    "a second connection_init",
                    Close::code(4429, "Too many initialisation requests"),
                );
            }
            (Some("connection_init"), _) => {
                self.initialising = true;
                talk.log_in();
                talk.say(json!({"type": "connection_ack"}));
                talk.ask_every(PING_EVERY, 1, Close::code(4499, "Terminated"));
            }
            (Some("ping"), _) => {
                talk.count(Counter::Heartbeat);
                talk.say(json!({"type": "pong"}));
            }
            // A pong without a ping is allowed.
            (Some("pong"), _) => drop(talk.open_question().map(|question| talk.answered(question))),
            (Some("subscribe"), Some(_)) if !talk.logged_in => {
                talk.breach(
                    "an operation before connection_ack",
                    Close::code(4401, "Unauthorized"),
                );
            }
            (Some("subscribe"), Some(id)) if self.operations.iter().any(|known| known == id) => {
                talk.breach(
                    "an operation's id twice",
                    Close::code(4409, "Subscriber already exists"),
                );
            }
            (Some("subscribe"), Some(id)) if message["payload"]["query"].is_string() => {
                let query = message["payload"]["query"].as_str().unwrap_or_default();
                if subscribed_field(query) == Some(FIELD) {
                    self.operations.push(id.to_owned());
                    talk.subscribe();
                } else {
                    let reason = "the schema has no such subscription";
                    talk.refuse(
                        "an operation that is not in the schema",
                        json!({"id": id, "type": "error", "payload": [{"message": reason}]}),
                    );
                }
            }
            _ => talk.breach("an invalid message", Close::code(4400, "Invalid message")),
        }
    }

    fn data(&self, number: u64) -> String {
        let id = &self.operations[number as usize % self.operations.len()];
        json!({"id": id, "type": "next", "payload": {"data": {"reading": {"device": "pump-3", "value": 21.5, "n": number}}}}).to_string()
    }

    fn question(&self, _number: u64) -> String {
        json!({"type": "ping"}).to_string()
    }
}

/// The first field that a subscription asks for; `None` for another operation.
fn subscribed_field(query: &str) -> Option<&str> {
    let (head, fields) = query.split_once('{')?;
    let fields = fields.trim_start();
    let end = fields.find(|character: char| !character.is_ascii_alphanumeric() && character != '_');
    let is_subscription = head.split_whitespace().next() == Some("subscription");
    is_subscription.then(|| &fields[..end.unwrap_or(fields.len())])
}

#[cfg(test)]
mod tests {
    use super::super::play::{Play, answer};

    const INIT: &str = r#"{"type":"connection_init"}"#;
    const SUBSCRIBE: &str =
        r#"{"id":"1","type":"subscribe","payload":{"query":"subscription { reading { n } }"}}"#;

    #[test]
    fn a_client_that_answers_pings_stays() {
        let mut play = Play::open("graphql");
        play.say(INIT);
        play.say(SUBSCRIBE);
        play.say(r#"{"type":"ping"}"#);
        let pong =
            |said: &str| (said == r#"{"type":"ping"}"#).then(|| r#"{"type":"pong"}"#.to_owned());
        let said = play.pass_with(1200.0, pong, false);
        assert_eq!(
            said[..2],
            [r#"{"type":"connection_ack"}"#, r#"{"type":"pong"}"#]
        );
        play.assert_fine();
        assert_eq!((play.stats.answers, play.numbers.len()), (100, 1200));
    }

    #[test]
    fn rules_are_enforced() {
        let end =
            |seconds: f64, rule: &str, code| (seconds, format!("connection 1: {rule}"), Some(code));
        assert_eq!(
            Play::open("graphql").end_in_silence(),
            end(3.0, "no login within 3s", 4408)
        );
        let mut play = Play::open("graphql");
        play.say(INIT);
        assert_eq!(
            play.end_in_silence(),
            end(24.0, "1 of the venue's pings not answered", 4499)
        );
        for query in [
            "subscription { other { n } }",
            "query { reading { n } }",
            "reading",
        ] {
            let subscribe = SUBSCRIBE.replace("subscription { reading { n } }", query);
            let (words, rule) = answer("graphql", &[INIT], &subscribe);
            assert!(
                words.starts_with(r#"{"id":"1","payload":[{"message":"#)
                    && words.ends_with(r#""type":"error"}"#),
                "{words}"
            );
            assert_eq!(rule, "an operation that is not in the schema");
        }
        for (before, message, code) in [
            (&[INIT][..], INIT, 4429),
            (&[], SUBSCRIBE, 4401),
            (&[INIT, SUBSCRIBE], SUBSCRIBE, 4409),
            (&[INIT], r#"{"type":"subscribe"}"#, 4400),
        ] {
            let mut play = Play::open("graphql");
            before.iter().for_each(|message| play.say(message));
            play.assert_fine();
            play.say(message);
            assert_eq!(play.code(), Some(code), "{message}");
        }
    }
}
