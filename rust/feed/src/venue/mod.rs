//! Simulators of venues: each enforces its venue's rules and ends the connection of a client that breaks them.
//!
//! A venue's own part is a state machine that understands its messages ([`Venue`]); what venues have in common is in [`session`] (the
//! rules about time and counts), [`desk`] (who may connect) and [`driver`] (the connection). All of them get the time from outside, and
//! all but the driver know the venue's time only.

mod alpaca;
mod binance;
mod bitfinex;
mod bybit;
mod coinbase;
mod crypto_com;
mod deribit;
mod desk;
mod driver;
mod graphql;
mod htx;
mod jetstream;
mod kraken;
mod kucoin;
mod okx;
#[cfg(test)]
mod play;
mod polymarket;
mod rules;
mod session;
mod slack;
mod stats;
mod talk;

use std::time::Duration;

use serde_json::Value;

pub(crate) use desk::{Desks, Refusal};
pub(crate) use driver::run;
pub use stats::VenueStats;

use crate::query::Query;
use crate::tokens::Endpoint;
use rules::{Close, Rules};
use session::Course;
use talk::Talk;

const MAX_CLIENT_NAME: usize = 100;

/// What a venue makes of a client's messages.
pub(crate) trait Venue: Send {
    fn rules(&self) -> Rules;

    /// With which one-time token the client comes, where it must have one.
    fn token(&self) -> Option<&str> {
        None
    }

    /// The connection is open.
    fn opened(&mut self, _talk: &mut Talk) {}

    /// A text message; empty for a binary one, which no venue here wants.
    fn text(&mut self, text: &str, talk: &mut Talk);

    /// The data message with this number.
    fn data(&self, number: u64) -> String;

    /// The message of [`Rules::heartbeat`].
    fn heartbeat(&self, _talk: &Talk) -> Option<String> {
        None
    }

    /// Whether everything is said in binary messages that are packed with gzip.
    fn gzips(&self) -> bool {
        false
    }

    /// The message of [`Rules::notice`].
    fn notice(&self) -> Option<String> {
        None
    }

    /// How a connection ends that the venue ends as planned.
    fn planned_close(&self) -> Close {
        Close::code(1001, "going away")
    }

    /// The question with this number, see [`Talk::ask_every`].
    fn question(&self, _number: u64) -> String {
        String::new()
    }
}

/// Makes a venue from the rest of the path and the query.
type Make = fn(&str, &mut Query) -> Result<Box<dyn Venue>, String>;

const VENUES: [(&str, Make); 15] = [
    ("alpaca", alpaca::make),
    ("binance", binance::make),
    ("bitfinex", bitfinex::make),
    ("bybit", bybit::make),
    ("coinbase", coinbase::make),
    ("crypto-com", crypto_com::make),
    ("deribit", deribit::make),
    ("graphql", graphql::make),
    ("htx", htx::make),
    ("jetstream", jetstream::make),
    ("kraken", kraken::make),
    ("kucoin", kucoin::make),
    ("okx", okx::make),
    ("polymarket", polymarket::make),
    ("slack", slack::make),
];

/// The venue's HTTP endpoint with this path.
pub(crate) fn endpoint(path: &str) -> Option<Endpoint> {
    match path.strip_prefix("/venue/")? {
        "kucoin/api/v1/bullet-public" => Some(kucoin::bullet),
        "slack/api/apps.connections.open" => Some(slack::open),
        _ => None,
    }
}

/// A client's wish to connect to a venue.
pub(crate) struct Visit {
    /// The venue and the client; connections with the same share limits, bans and numbers.
    key: String,
    venue: Box<dyn Venue>,
    course: Course,
    scale: f64,
}

impl Visit {
    /// `path` is what follows `/venue/`; `None`: no such venue.
    pub fn parse(path: &str, query: &mut Query) -> Result<Option<Self>, String> {
        let (name, rest) = path.split_once('/').unwrap_or((path, ""));
        let Some((name, make)) = VENUES.iter().find(|(known, _)| *known == name) else {
            return Ok(None);
        };
        let scale = query.number("scale", 1.0, 0.000_1..=1.0)?;
        let rate = query.number("rate", 20.0, 0.001..=10_000.0)?;
        let client = query.text("client", "");
        if client.len() > MAX_CLIENT_NAME {
            return Err(format!(
                "'client' must have at most {MAX_CLIENT_NAME} bytes"
            ));
        }
        let course = Course {
            interval: Duration::from_secs_f64(1.0 / rate / scale),
            stall: seconds(query, "stall_s")?,
            freeze: seconds(query, "freeze_s")?,
            lifetime: seconds(query, "lifetime_s")?,
            upgrade: seconds(query, "upgrade_s")?,
        };
        let key = if client.is_empty() {
            (*name).to_owned()
        } else {
            format!("{name}/{client}")
        };
        Ok(Some(Self {
            key,
            venue: make(rest, query)?,
            course,
            scale,
        }))
    }
}

/// Seconds of the venue's time; 0 for none.
fn seconds(query: &mut Query, name: &'static str) -> Result<Option<Duration>, String> {
    let seconds = query.number(name, 0.0, 0.0..=1e9)?;
    Ok((seconds > 0.0).then(|| Duration::from_secs_f64(seconds)))
}

/// The strings in an array; `None` if it is none, is empty or has other elements.
fn strings(value: &Value) -> Option<Vec<&str>> {
    let array = value.as_array().filter(|array| !array.is_empty())?;
    array.iter().map(Value::as_str).collect()
}
