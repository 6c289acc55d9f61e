//! Bluesky Jetstream: events flow without a subscription message, from a cursor on if there is one.

use serde_json::json;

use super::Venue;
use super::rules::{Close, Rules};
use super::talk::Talk;
use crate::query::Query;

/// The time of the event with number 0, in microseconds since the epoch; the others follow one by one.
const EPOCH: u64 = 1_770_000_000_000_000;
const MAX_COLLECTIONS: usize = 100;

pub(super) struct Jetstream {
    collections: Vec<String>,
    cursor: u64,
}

pub(super) fn make(rest: &str, query: &mut Query) -> Result<Box<dyn Venue>, String> {
    if !rest.is_empty() && rest != "subscribe" {
        return Err(format!("Jetstream has /subscribe, not '{rest}'"));
    }
    let mut collections = query.all("wantedCollections");
    if collections.len() > MAX_COLLECTIONS {
        return Err(format!(
            "'wantedCollections' must be at most {MAX_COLLECTIONS}"
        ));
    }
    if collections.is_empty() {
        collections.push("app.bsky.feed.post".to_owned());
    }
    let cursor = query.number("cursor", 0, 0..=u64::MAX)?;
    Ok(Box::new(Jetstream {
        collections,
        cursor,
    }))
}

impl Venue for Jetstream {
    fn rules(&self) -> Rules {
        Rules::default()
    }

    fn opened(&mut self, talk: &mut Talk) {
        talk.resume = (self.cursor > 0).then(|| self.cursor.saturating_sub(EPOCH));
        talk.subscribe();
    }

    /// Only option updates are messages of the client here, and these need another parameter.
    fn text(&mut self, _text: &str, talk: &mut Talk) {
        talk.breach(
            "a message that Jetstream does not know",
            Close::code(1003, "invalid message"),
        );
    }

    fn data(&self, number: u64) -> String {
        let collection = &self.collections[number as usize % self.collections.len()];
        json!({"did": "did:plc:eygmaihciaxprqvxpfvl6flk", "time_us": EPOCH + number, "kind": "commit",
            "commit": {"operation": "create", "collection": collection, "rkey": "3l3qo2vuowo2b"}, "n": number})
        .to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::super::play::{Play, broken};

    #[test]
    fn events_flow_and_resume() {
        let mut play = Play::open("jetstream/subscribe?wantedCollections=app.bsky.feed.post");
        assert!(play.pass(10.5).is_empty());
        assert_eq!(play.numbers, (0..10).collect::<Vec<_>>());
        play.assert_fine();
        let mut play = Play::open("jetstream/subscribe?cursor=1770000000000000");
        play.pass(2.5);
        assert_eq!(play.numbers, [0, 1]);
        play.say("hello");
        assert_eq!(
            (play.code(), broken(&play).as_str()),
            (Some(1003), "a message that Jetstream does not know")
        );
    }
}
