//! Slack, Socket Mode: a URL for one connection from an HTTP endpoint, envelopes that want to be acknowledged, a notice before the end.

use std::time::Duration;

use serde_json::{Value, json};
use tokio_tungstenite::tungstenite::http::StatusCode;

use super::Venue;
use super::rules::{Close, Rules, ServerPing, Within};
use super::talk::{Counter, Talk};
use crate::query::Query;
use crate::request::Request;
use crate::tokens::{Answer, Tokens};

/// The app's token.
const TOKEN: &str = "xapp-token";

pub(super) struct Slack {
    ticket: String,
}

pub(super) fn make(rest: &str, query: &mut Query) -> Result<Box<dyn Venue>, String> {
    if rest != "link/" {
        return Err(format!("Slack has /link/, not '{rest}'"));
    }
    Ok(Box::new(Slack {
        ticket: query.text("ticket", ""),
    }))
}

/// `POST /api/apps.connections.open`; the query is the URL's that is handed out.
pub(super) fn open(
    request: &Request,
    _body: &[u8],
    query: &mut Query,
    tokens: &Tokens,
) -> Result<Answer, String> {
    *query = Query::parse("");
    let authorized = request.header("Authorization") == Some(&format!("Bearer {TOKEN}"));
    if request.method != "POST" || !authorized {
        // With 200, as all its errors.
        let error = json!({"ok": false, "error": "invalid_auth"});
        return Ok(Answer::Denied(StatusCode::OK, error));
    }
    let host = request.header("Host").unwrap_or_default();
    let ticket = tokens.issue(Some(Duration::from_secs(30)), true);
    let url = format!(
        "ws://{host}/venue/slack/link/?ticket={ticket}&{}",
        request.query
    );
    Ok(Answer::Issued(json!({"ok": true, "url": url})))
}

impl Venue for Slack {
    fn rules(&self) -> Rules {
        Rules {
            server_ping: Some(ServerPing {
                every: Duration::from_secs(5),
                answer: Within::seconds(10, Close::ABNORMAL),
            }),
            notice: Some(Duration::from_secs(10)),
            ..Rules::default()
        }
    }

    fn token(&self) -> Option<&str> {
        Some(&self.ticket)
    }

    fn opened(&mut self, talk: &mut Talk) {
        talk.say(
            json!({"type": "hello", "num_connections": 1, "connection_info": {"app_id": "A1"}}),
        );
        talk.subscribe();
    }

    /// An acknowledgement, and nothing else.
    fn text(&mut self, text: &str, talk: &mut Talk) {
        let message: Value = serde_json::from_str(text).unwrap_or_default();
        if message["envelope_id"].is_string() {
            talk.count(Counter::Answer);
        } else {
            talk.breach(
                "a message without an envelope_id",
                Close::code(1008, "invalid message"),
            );
        }
    }

    fn data(&self, number: u64) -> String {
        json!({"envelope_id": format!("e-{number}"), "type": "events_api", "accepts_response_payload": false,
            "payload": {"event": {"type": "message", "text": "hello"}}, "n": number})
        .to_string()
    }

    fn notice(&self) -> Option<String> {
        Some(json!({"type": "disconnect", "reason": "warning"}).to_string())
    }
}

#[cfg(test)]
mod tests {
    use super::super::play::{Play, answer};

    #[test]
    fn envelopes_are_acknowledged_and_the_end_is_announced() {
        let mut play = Play::open("slack/link/?ticket=t&lifetime_s=1000");
        let acknowledge = |text: &str| {
            let message: serde_json::Value = serde_json::from_str(text).expect("JSON");
            assert!(message["type"] != "disconnect" || message["reason"] == "warning");
            None
        };
        let said = play.pass_with(995.0, acknowledge, true);
        assert!(
            said[0].contains("hello")
                && said.last().is_some_and(|last| last.contains("disconnect"))
        );
        play.say(r#"{"envelope_id":"e-1"}"#);
        assert_eq!(play.stats.answers, 1);
        play.assert_fine();
    }

    #[test]
    fn rules_are_enforced() {
        assert_eq!(
            answer("slack/link/", &[], "{}").1,
            "a message without an envelope_id"
        );
    }
}
