//! What the server counts.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

use parking_lot::Mutex;
use serde_json::{Map, Value, json};

use crate::tokens::TokenStats;
use crate::venue::VenueStats;

/// Texts kept in [`Stats::texts_received`].
const TEXTS_KEPT: usize = 100;
/// Bytes kept of each of them.
const TEXT_BYTES_KEPT: usize = 64 * 1024;
/// Codes kept in [`Stats::close_codes_received`].
const CLOSE_CODES_KEPT: usize = 1000;

/// The WebSocket connections that asked for one path and query.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Connections {
    /// Open now.
    pub open: u64,
    /// The most that were open at a time.
    pub max_open: u64,
}

/// A snapshot of the counters. All but `open`, `sockets` and `streams` count since the start or the last reset.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Stats {
    /// WebSocket connections open now: answered with 101 and not yet given up.
    pub open: u64,
    /// The most WebSocket connections that were open at a time.
    pub max_open: u64,
    /// TCP connections open now, control requests excluded.
    pub sockets: u64,
    /// TCP connections accepted, control requests excluded.
    pub accepted: u64,
    /// TCP connections reset because the server was told to refuse.
    pub refused: u64,
    /// WebSocket connections opened.
    pub upgraded: u64,
    /// Messages given to the socket to their last byte.
    pub sent: u64,
    /// Text and binary messages received.
    pub received: u64,
    /// Pings received.
    pub pings_received: u64,
    /// Pings sent.
    pub pings_sent: u64,
    /// Pongs received.
    pub pongs_received: u64,
    /// Pongs received that carried exactly the payload of a ping not yet answered (RFC 6455 section 5.5.3).
    pub pongs_exact: u64,
    /// Codes of the close frames received, the last 1000 in order; 1005 for a frame without a code.
    pub close_codes_received: VecDeque<u16>,
    /// The last 100 text messages received, each cut at 64 KiB.
    pub texts_received: VecDeque<String>,
    /// WebSocket connections opened, by path.
    pub by_path: BTreeMap<&'static str, u64>,
    /// WebSocket connections by path and query, as the clients wrote them.
    pub by_target: BTreeMap<String, Connections>,
    /// The next number of each stream.
    pub streams: BTreeMap<String, u64>,
    /// What clients did at the venues, by the venue's name, with `/` and the client's name behind it where the URL has one.
    pub venues: BTreeMap<String, VenueStats>,
    /// What happened with tokens.
    pub tokens: TokenStats,
}

impl Stats {
    /// The counters as a JSON object with the names of the fields.
    pub fn to_json(&self) -> Value {
        json!({
            "open": self.open,
            "max_open": self.max_open,
            "sockets": self.sockets,
            "accepted": self.accepted,
            "refused": self.refused,
            "upgraded": self.upgraded,
            "sent": self.sent,
            "received": self.received,
            "pings_received": self.pings_received,
            "pings_sent": self.pings_sent,
            "pongs_received": self.pongs_received,
            "pongs_exact": self.pongs_exact,
            "close_codes_received": self.close_codes_received,
            "texts_received": self.texts_received,
            "by_path": self.by_path,
            "by_target": self.by_target.iter().map(|(target, connections)| {
                (target.clone(), json!({"open": connections.open, "max_open": connections.max_open}))
            }).collect::<Map<_, _>>(),
            "streams": self.streams,
            "venues": self.venues.iter().map(|(key, stats)| (key.clone(), stats.to_json())).collect::<Map<_, _>>(),
            "tokens": self.tokens.to_json(),
        })
    }
}

/// The live counters, shared by all connections and read from any thread.
#[derive(Default)]
pub(crate) struct Ledger(Mutex<Stats>);

impl Ledger {
    pub fn snapshot(&self) -> Stats {
        self.0.lock().clone()
    }

    pub fn reset(&self) {
        let mut stats = self.0.lock();
        let mut by_target = std::mem::take(&mut stats.by_target);
        by_target.retain(|_, connections| connections.open > 0);
        for connections in by_target.values_mut() {
            connections.max_open = connections.open;
        }
        let mut venues = std::mem::take(&mut stats.venues);
        venues.retain(|_, venue| venue.open > 0);
        venues.values_mut().for_each(VenueStats::reset);
        *stats = Stats {
            open: stats.open,
            max_open: stats.open,
            sockets: stats.sockets,
            by_target,
            streams: std::mem::take(&mut stats.streams),
            venues,
            ..Stats::default()
        };
    }

    pub fn refused(&self) {
        self.0.lock().refused += 1;
    }

    pub fn sent(&self, messages: u64) {
        self.0.lock().sent += messages;
    }

    pub fn ping_sent(&self) {
        self.0.lock().pings_sent += 1;
    }

    pub fn ping(&self) {
        self.0.lock().pings_received += 1;
    }

    pub fn pong(&self, exact: bool) {
        let mut stats = self.0.lock();
        stats.pongs_received += 1;
        stats.pongs_exact += u64::from(exact);
    }

    pub fn close(&self, code: u16) {
        let codes = &mut self.0.lock().close_codes_received;
        if codes.len() == CLOSE_CODES_KEPT {
            codes.pop_front();
        }
        codes.push_back(code);
    }

    pub fn message(&self, text: Option<&str>) {
        let mut stats = self.0.lock();
        stats.received += 1;
        let Some(text) = text else { return };
        if stats.texts_received.len() == TEXTS_KEPT {
            stats.texts_received.pop_front();
        }
        let mut end = text.len().min(TEXT_BYTES_KEPT);
        while !text.is_char_boundary(end) {
            end -= 1;
        }
        stats.texts_received.push_back(text[..end].to_owned());
    }

    /// Changes or reads what a client did at a venue.
    pub fn venue<T>(&self, key: &str, access: impl FnOnce(&mut VenueStats) -> T) -> T {
        let venues = &mut self.0.lock().venues;
        if !venues.contains_key(key) {
            venues.insert(key.to_owned(), VenueStats::default());
        }
        access(venues.get_mut(key).expect("just put there"))
    }

    /// A token was asked for, and issued or not.
    pub fn asked(&self, issued: bool) {
        let tokens = &mut self.0.lock().tokens;
        *(if issued {
            &mut tokens.issued
        } else {
            &mut tokens.denied
        }) += 1;
    }

    /// A connection was refused for this token.
    pub fn unadmitted(&self, why: &'static str) {
        *self.0.lock().tokens.refused.entry(why).or_default() += 1;
    }

    /// Takes the next `count` numbers of a stream and returns the first.
    pub fn take_numbers(&self, key: &str, count: u64) -> u64 {
        let streams = &mut self.0.lock().streams;
        let next = streams.entry(key.to_owned()).or_default();
        let first = *next;
        *next += count;
        first
    }
}

/// Counts one TCP connection for as long as it lives.
pub(crate) struct SocketGuard(Arc<Ledger>);

impl SocketGuard {
    pub fn new(ledger: Arc<Ledger>) -> Self {
        {
            let mut stats = ledger.0.lock();
            stats.accepted += 1;
            stats.sockets += 1;
        }
        Self(ledger)
    }

    /// The connection turned out to carry a control request: it is not counted.
    pub fn forget(self) {
        let mut stats = self.0.0.lock();
        // A reset of the counters may have come in between.
        stats.accepted = stats.accepted.saturating_sub(1);
    }
}

impl Drop for SocketGuard {
    fn drop(&mut self) {
        self.0.0.lock().sockets -= 1;
    }
}

/// Counts one WebSocket connection for as long as it lives.
pub(crate) struct OpenGuard {
    ledger: Arc<Ledger>,
    target: String,
}

impl OpenGuard {
    /// `path` names the scenario, `target` is what the client asked for.
    pub fn new(ledger: Arc<Ledger>, path: &'static str, target: String) -> Self {
        {
            let mut stats = ledger.0.lock();
            stats.upgraded += 1;
            stats.open += 1;
            stats.max_open = stats.max_open.max(stats.open);
            *stats.by_path.entry(path).or_default() += 1;
            let connections = stats.by_target.entry(target.clone()).or_default();
            connections.open += 1;
            connections.max_open = connections.max_open.max(connections.open);
        }
        Self { ledger, target }
    }
}

impl Drop for OpenGuard {
    fn drop(&mut self) {
        let mut stats = self.ledger.0.lock();
        stats.open -= 1;
        if let Some(connections) = stats.by_target.get_mut(&self.target) {
            connections.open -= 1;
        }
    }
}
