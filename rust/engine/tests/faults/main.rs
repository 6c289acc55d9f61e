//! Connections that fail in every way. The long tests are ignored: `make faults` runs them.

mod certificates;
mod cuts;
mod disconnects;
mod lines;
mod look_ups;
#[path = "../support/mod.rs"]
mod support;

use std::sync::Arc;

use support::*;
use websocket_engine::resolver::{self, Lookup};
use websocket_engine::{Session, Stat, TlsMaterial};
use websocket_feed::{Feed, Options, Proxy, ProxyOptions, Tls};

/// A feed behind a proxy that records what it forwards.
struct Faulty {
    feed: Feed,
    proxy: Proxy,
}

impl Faulty {
    fn start(tls: Option<Tls>) -> Self {
        let options = Options {
            tls,
            ..Options::default()
        };
        let feed = Feed::start(options).expect("a feed");
        let options = ProxyOptions {
            record: true,
            ..ProxyOptions::default()
        };
        let proxy = Proxy::start(feed.addr(), options).expect("a proxy");
        Self { feed, proxy }
    }

    /// The feed's URL, through the proxy.
    fn url(&self, path: &str) -> String {
        let feed = self.feed.addr().to_string();
        self.feed
            .url(path)
            .replace(&feed, &self.proxy.addr().to_string())
    }

    /// Waits until all that was planned has happened and the last connection is one without a fault.
    fn until_all_struck(&self, session: &Session) {
        let mut left = u64::MAX;
        while left > 0 {
            let before = left;
            until("the next fault to strike", || {
                left = self.proxy.stats().planned;
                left < before || left == 0
            });
        }
        until("a connection without a fault", || {
            let passages = self.proxy.passages();
            let last = passages.last().expect("a connection");
            last.fault == websocket_feed::Fault::NONE && connected(session)
        });
    }

    /// The numbers of the messages that were forwarded whole, for each connection.
    fn forwarded(&self) -> Vec<Vec<u64>> {
        let passages = self.proxy.passages();
        passages
            .iter()
            .map(|passage| whole_numbers(&passage.record))
            .collect()
    }
}

/// A session whose log lines can be had from [`lines`].
fn open_with(
    url: &str,
    more: &str,
    anchors: Vec<Vec<u8>>,
    lookup: Option<Lookup>,
) -> (i64, Session) {
    let id = lines::next_id();
    let lookup = lookup.unwrap_or_else(resolver::system);
    let session = Session::open_with(
        id,
        &settings(url, more),
        TlsMaterial::from(anchors),
        memory(),
        lookup,
    );
    (id, session.expect("a session"))
}

/// The end of the opening handshake's answer; `None` if it is not whole.
fn head(bytes: &[u8]) -> Option<usize> {
    let end = bytes.windows(4).position(|four| four == b"\r\n\r\n")?;
    Some(end + 4)
}

/// The numbers of the whole messages in what a server sent: its answer, then frames that are no longer than 65,535 bytes.
fn whole_numbers(sent: &[u8]) -> Vec<u64> {
    let mut numbers = Vec::new();
    let Some(head) = head(sent) else {
        return numbers;
    };
    let mut frames = &sent[head..];
    while let Some((opcode, payload, rest)) = first_frame(frames) {
        if opcode == 1 {
            let text = std::str::from_utf8(payload).expect("text");
            let digits = text.trim_start_matches(r#"{"n":"#);
            let end = digits.find([',', '}', ' ']).expect("an end");
            numbers.push(digits[..end].parse().expect("a number"));
        }
        frames = rest;
    }
    numbers
}

fn first_frame(bytes: &[u8]) -> Option<(u8, &[u8], &[u8])> {
    let (head, rest) = bytes.split_at_checked(2)?;
    let (length, rest) = match head[1] {
        126 => {
            let (length, rest) = rest.split_at_checked(2)?;
            (
                usize::from(u16::from_be_bytes([length[0], length[1]])),
                rest,
            )
        }
        length => (usize::from(length), rest),
    };
    let (payload, rest) = rest.split_at_checked(length)?;
    Some((head[0] & 0x0f, payload, rest))
}

fn assert_nothing_lost(stats: &[i64; websocket_engine::stats::STATS]) {
    assert_balanced(stats);
    assert_eq!(
        stats[Stat::HandedOver as usize],
        stats[Stat::Received as usize]
    );
}

/// A look-up of ours.
fn lookup(
    answer: impl Fn() -> std::io::Result<Vec<std::net::SocketAddr>> + Send + Sync + 'static,
) -> Option<Lookup> {
    Some(Arc::new(move |_: &str, _| answer()))
}
