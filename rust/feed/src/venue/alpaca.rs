//! Alpaca market data: a welcome, a login within ten seconds, one connection for each account, arrays in every frame.

use serde_json::{Value, json};

use super::Venue;
use super::rules::{Close, Rules, Within};
use super::talk::Talk;
use crate::query::Query;

/// What a client logs in with.
const KEY: &str = "key";
const SECRET: &str = "secret";

#[derive(Default)]
pub(super) struct Alpaca {
    symbols: Vec<String>,
}

pub(super) fn make(_rest: &str, _query: &mut Query) -> Result<Box<dyn Venue>, String> {
    Ok(Box::new(Alpaca::default()))
}

impl Venue for Alpaca {
    fn rules(&self) -> Rules {
        Rules {
            login: Some(Within::seconds(10, Close::code(1000, "auth timeout"))),
            ..Rules::default()
        }
    }

    fn opened(&mut self, talk: &mut Talk) {
        talk.say(json!([{"T": "success", "msg": "connected"}]));
    }

    fn text(&mut self, text: &str, talk: &mut Talk) {
        let message: Value = serde_json::from_str(text).unwrap_or_default();
        match (
            message["action"].as_str(),
            super::strings(&message["trades"]),
        ) {
            (Some("auth"), _) => log_in(&message, talk),
            (Some("subscribe"), _) if !talk.logged_in => {
                fail(
                    talk,
                    "a subscription before the login",
                    error(401, "not authenticated"),
                );
            }
            (Some("subscribe"), Some(trades)) => {
                self.symbols.extend(trades.into_iter().map(str::to_owned));
                talk.subscribe();
                talk.say(json!([{"T": "subscription", "trades": self.symbols, "quotes": [], "bars": []}]));
            }
            _ => talk.refuse("an invalid request", error(400, "invalid syntax")),
        }
    }

    fn data(&self, number: u64) -> String {
        let symbol = &self.symbols[number as usize % self.symbols.len()];
        json!([{"T": "t", "i": number, "S": symbol, "p": 190.25, "s": 100, "n": number}])
            .to_string()
    }
}

fn log_in(message: &Value, talk: &mut Talk) {
    let credentials = (message["key"].as_str(), message["secret"].as_str());
    if credentials != (Some(KEY), Some(SECRET)) {
        fail(talk, "a login refused", error(402, "auth failed"));
    } else if talk.logged_in {
        talk.refuse("a second login", error(403, "already authenticated"));
    } else if talk.connections > 1 {
        fail(
            talk,
            "a second connection",
            error(406, "connection limit exceeded"),
        );
    } else {
        talk.log_in();
        talk.say(json!([{"T": "success", "msg": "authenticated"}]));
    }
}

fn fail(talk: &mut Talk, rule: &str, error: Value) {
    talk.refuse(rule, error);
    talk.end(Close::code(1000, ""));
}

fn error(code: u32, reason: &str) -> Value {
    json!([{"T": "error", "code": code, "msg": reason}])
}

#[cfg(test)]
mod tests {
    use super::super::play::{Play, answer, broken};

    const AUTH: &str = r#"{"action":"auth","key":"key","secret":"secret"}"#;
    const SUBSCRIBE: &str = r#"{"action":"subscribe","trades":["AAPL","MSFT"]}"#;

    #[test]
    fn a_client_that_logs_in_stays() {
        let mut play = Play::open("alpaca");
        play.pass(9.0);
        play.say(AUTH);
        play.say(SUBSCRIBE);
        let said = play.pass(1000.0);
        assert_eq!(
            said,
            [
                r#"[{"T":"success","msg":"authenticated"}]"#,
                r#"[{"T":"subscription","bars":[],"quotes":[],"trades":["AAPL","MSFT"]}]"#
            ]
        );
        play.assert_fine();
        assert_eq!((play.stats.logins, play.numbers.len()), (1, 1000));
    }

    #[test]
    fn rules_are_enforced() {
        assert_eq!(
            Play::open("alpaca").end_in_silence(),
            (
                10.0,
                "connection 1: no login within 10s".to_owned(),
                Some(1000)
            )
        );
        let mut second = Play::open("alpaca");
        second.connections(2);
        second.say(AUTH);
        assert!(second.pass(0.0)[1].contains("406"));
        assert_eq!(
            (second.code(), broken(&second).as_str()),
            (Some(1000), "a second connection")
        );
        let refused = |before: &[&str], message: &str| answer("alpaca", before, message).0;
        assert!(refused(&[], &AUTH.replace("\"secret\"}", "\"guess\"}")).contains("402"));
        assert!(refused(&[], SUBSCRIBE).contains("401"));
        assert!(refused(&[AUTH], AUTH).contains("403"));
        assert!(refused(&[AUTH], "{}").contains("400"));
    }
}
