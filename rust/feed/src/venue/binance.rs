//! Binance spot: streams in the URL, pings from the venue, five frames a second, a day per connection.

use std::time::Duration;

use serde_json::{Value, json};

use super::Venue;
use super::rules::{Ban, Close, Limit, Rules, ServerPing, TOO_MANY_REQUESTS, Within};
use super::talk::Talk;
use crate::query::Query;

const MAX_STREAMS: usize = 1024;

pub(super) struct Binance {
    streams: Vec<String>,
    /// Each message says which stream it is of.
    combined: bool,
}

/// `/stream?streams=a/b` is combined, `/ws/a` is one stream; either may begin without streams and subscribe.
pub(super) fn make(rest: &str, query: &mut Query) -> Result<Box<dyn Venue>, String> {
    let (list, combined) = match rest.strip_prefix("ws") {
        Some(stream) => (stream.trim_start_matches('/').to_owned(), false),
        None if rest.is_empty() || rest == "stream" => (query.text("streams", ""), true),
        None => return Err(format!("Binance has /stream and /ws, not '{rest}'")),
    };
    let streams: Vec<String> = list
        .split('/')
        .filter(|name| !name.is_empty())
        .map(str::to_owned)
        .collect();
    if streams.len() > MAX_STREAMS {
        return Err(format!("'streams' must be at most {MAX_STREAMS}"));
    }
    Ok(Box::new(Binance { streams, combined }))
}

impl Venue for Binance {
    fn rules(&self) -> Rules {
        Rules {
            connects: Some((Limit::per_seconds(300, 300), TOO_MANY_REQUESTS)),
            frames: Some((
                Limit::per_seconds(5, 1),
                Close::code(1008, "too many requests"),
            )),
            ban: Some(Ban {
                status: 418,
                time: Duration::from_secs(120),
            }),
            server_ping: Some(ServerPing {
                every: Duration::from_secs(20),
                answer: Within::seconds(60, Close::code(1008, "pong timeout")),
            }),
            lifetime: Some(Duration::from_secs(86_400)),
            notice: Some(Duration::from_secs(60)),
            ..Rules::default()
        }
    }

    fn opened(&mut self, talk: &mut Talk) {
        if !self.streams.is_empty() {
            talk.subscribe();
        }
    }

    fn text(&mut self, text: &str, talk: &mut Talk) {
        let message: Value = serde_json::from_str(text).unwrap_or_default();
        let id = &message["id"];
        match (
            message["method"].as_str(),
            super::strings(&message["params"]),
        ) {
            (Some("SUBSCRIBE"), Some(streams))
                if self.streams.len() + streams.len() <= MAX_STREAMS =>
            {
                self.streams.extend(streams.into_iter().map(str::to_owned));
                talk.subscribe();
                talk.say(json!({"result": null, "id": id}));
            }
            (Some("SUBSCRIBE"), Some(_)) => {
                talk.breach(
                    "more than 1024 streams",
                    Close::code(1008, "too many streams"),
                );
            }
            (Some("LIST_SUBSCRIPTIONS"), _) => talk.say(json!({"result": self.streams, "id": id})),
            _ => talk.refuse(
                "an invalid request",
                json!({"error": {"code": 2, "msg": "Invalid request"}, "id": id}),
            ),
        }
    }

    /// The trade ids of each stream count on by themselves, so they occur in several streams.
    fn data(&self, number: u64) -> String {
        let count = self.streams.len() as u64;
        let stream = &self.streams[(number % count) as usize];
        let symbol = stream.split('@').next().unwrap_or_default().to_uppercase();
        let trade = json!({"e": "trade", "s": symbol, "t": number / count, "p": "64250.01", "q": "0.002", "n": number});
        if self.combined {
            json!({"stream": stream, "data": trade}).to_string()
        } else {
            trade.to_string()
        }
    }

    fn notice(&self) -> Option<String> {
        let event = json!({"e": "serverShutdown", "E": 1_770_000_000_000_u64});
        Some(if self.combined {
            json!({"stream": "", "data": event}).to_string()
        } else {
            event.to_string()
        })
    }

    fn planned_close(&self) -> Close {
        Close::code(1001, "the connection's time is over")
    }
}

#[cfg(test)]
mod tests {
    use super::super::play::{Play, answer, broken, never};
    use super::super::session::Heard;

    const STREAM: &str = "binance/stream?streams=btcusdt@trade/ethusdt@trade";

    #[test]
    fn a_client_that_answers_pings_stays_for_a_day() {
        let mut play = Play::open(STREAM);
        let said = play.pass_with(86_395.0, never, true);
        play.assert_fine();
        assert_eq!(
            (play.stats.pings_answered, play.numbers.len()),
            (4319, 86_395)
        );
        // The only words besides the data.
        assert_eq!(said.len(), 1);
        assert!(said[0].contains("serverShutdown"), "{said:?}");
        play.pass_with(10.0, never, true);
        assert_eq!(
            (play.code(), play.stats.planned_ends, play.stats.notices),
            (Some(1001), 1, 1)
        );
        assert!(play.stats.broken.is_empty());
    }

    #[test]
    fn pongs_must_have_a_pings_payload() {
        let mut play = Play::open(STREAM);
        for _ in 0..8 {
            play.pass(10.0);
            play.hear(Heard::Pong(None));
        }
        assert_eq!(play.code(), Some(1008));
        assert_eq!(
            (broken(&play).as_str(), play.stats.pongs_unsolicited),
            ("a ping not answered within 60s", 7)
        );
        assert_eq!(Play::open(STREAM).end_in_silence().0, 80.0);
    }

    #[test]
    fn every_frame_counts() {
        let mut play = Play::open(STREAM);
        for _ in 0..10 {
            play.hear(Heard::Ping);
            play.hear(Heard::Pong(None));
            play.pass(0.5);
        }
        play.assert_fine();
        play.pass(1.0);
        for _ in 0..3 {
            play.hear(Heard::Ping);
            play.hear(Heard::Pong(None));
        }
        assert_eq!(
            (play.code(), broken(&play).as_str()),
            (Some(1008), "more than 5 frames in 1s")
        );
    }

    #[test]
    fn streams_can_be_subscribed_to() {
        let mut play = Play::open("binance/ws");
        assert!(play.pass(3.0).is_empty() && play.numbers.is_empty());
        play.say(r#"{"method":"SUBSCRIBE","params":["btcusdt@trade"],"id":7}"#);
        assert_eq!(play.pass(3.0), [r#"{"id":7,"result":null}"#]);
        assert_eq!(play.numbers, [3, 4, 5]);
        let many = vec!["x@trade"; 1024];
        play.say(serde_json::json!({"method": "SUBSCRIBE", "params": many, "id": 8}));
        assert_eq!(
            (play.code(), broken(&play).as_str()),
            (Some(1008), "more than 1024 streams")
        );
        let (answer, broken) = answer("binance/ws", &[], "hello");
        assert_eq!(
            (answer.contains("Invalid request"), broken.as_str()),
            (true, "an invalid request")
        );
    }
}
