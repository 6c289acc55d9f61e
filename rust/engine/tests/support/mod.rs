//! A session and a feed in one process.

#![allow(dead_code, reason = "each test binary uses a part of it")]

use std::sync::Arc;
use std::time::{Duration, Instant};

use websocket_engine::batch::{HEADER_BYTES, first_record_bytes};
use websocket_engine::session::PollError;
use websocket_engine::stats::STATS;
use websocket_engine::{Error, Memory, Polled, Session, Stat, TlsMaterial};
use websocket_feed::{Feed, Options};

/// Long enough for a busy machine; nothing waits this long when all is well.
pub const PATIENCE: Duration = Duration::from_secs(60);

/// Quick reconnects, unless a test says otherwise.
pub const QUICK: &str = r#""reconnect":{"interval_ms":20,"backoff_max_ms":100}"#;

pub fn feed() -> Feed {
    Feed::start(Options::default()).expect("a feed")
}

/// Opens a session; `more` are further settings, such as `"task":1`.
pub fn open(url: &str, more: &str) -> Session {
    try_open(url, more, Vec::new()).expect("a session")
}

pub fn try_open(url: &str, more: &str, anchors: Vec<Vec<u8>>) -> Result<Session, Error> {
    Session::open(
        1,
        &settings(url, more),
        TlsMaterial::from(anchors),
        memory(),
    )
}

/// A memory of its own, without a limit.
pub fn memory() -> Arc<Memory> {
    Arc::new(Memory::unlimited())
}

pub fn settings(url: &str, more: &str) -> String {
    let comma = if more.is_empty() { "" } else { "," };
    format!(r#"{{"connector":"test","url":"{url}"{comma}{more}}}"#)
}

/// A record as the plugin would see it.
#[derive(Debug, PartialEq, Eq)]
pub struct Record {
    pub kind: u8,
    pub micros: i64,
    pub payload: Vec<u8>,
}

impl Record {
    pub fn text(&self) -> &str {
        assert_eq!(self.kind, 0, "a text record");
        std::str::from_utf8(&self.payload).expect("UTF-8")
    }

    /// The number of a numbered message.
    pub fn number(&self) -> u64 {
        let digits = self.text().trim_start_matches(r#"{"n":"#);
        digits[..digits.find([',', '}']).expect("an end")]
            .parse()
            .expect("a number")
    }
}

/// One poll with a batch of this size.
pub fn poll(
    session: &Session,
    timeout: Duration,
    capacity: usize,
) -> Result<(Polled, Vec<Record>), Error> {
    let mut batch = vec![0; capacity];
    let polled = session.poll(timeout, capacity, |offset, part| {
        batch[offset..offset + part.len()].copy_from_slice(part);
        Ok::<(), ()>(())
    });
    match polled {
        Ok(Polled::Bytes(bytes)) => Ok((Polled::Bytes(bytes), records(&batch[..bytes]))),
        Ok(needs) => Ok((needs, Vec::new())),
        Err(PollError::Session(error)) => Err(error),
        Err(PollError::Sink(())) => unreachable!("the sink does not fail"),
    }
}

fn records(mut batch: &[u8]) -> Vec<Record> {
    let mut records = Vec::new();
    while !batch.is_empty() {
        let (record, rest) = batch.split_at(first_record_bytes(batch));
        records.push(Record {
            kind: record[4],
            micros: i64::from_le_bytes(record[8..16].try_into().expect("eight bytes")),
            payload: record[HEADER_BYTES..].to_vec(),
        });
        batch = rest;
    }
    records
}

/// A poll that waits long, as the one poller; tries again while another holds the session.
pub fn long_poll(session: &Session) -> Result<(Polled, Vec<Record>), Error> {
    loop {
        match poll(session, PATIENCE, 1000) {
            Err(Error::Busy) => std::thread::yield_now(),
            polled => return polled,
        }
    }
}

/// Waits until another thread polls.
pub fn until_polled(session: &Session) {
    until("another thread polls", || {
        poll(session, Duration::ZERO, 1000) == Err(Error::Busy)
    });
}

/// Polls until this many records came.
pub fn collect(session: &Session, count: usize) -> Vec<Record> {
    let deadline = Instant::now() + PATIENCE;
    let mut all = Vec::new();
    while all.len() < count {
        assert!(
            Instant::now() < deadline,
            "{} of {count} records came",
            all.len()
        );
        all.extend(
            poll(session, Duration::from_millis(500), 1 << 20)
                .expect("records")
                .1,
        );
    }
    all
}

/// Polls until the session fails; whatever comes before is thrown away.
pub fn failure(session: &Session) -> Error {
    let deadline = Instant::now() + PATIENCE;
    loop {
        assert!(Instant::now() < deadline, "no failure came");
        if let Err(error) = poll(session, Duration::from_millis(500), 1 << 20) {
            return error;
        }
    }
}

/// Waits for a condition.
pub fn until(what: &str, mut condition: impl FnMut() -> bool) {
    let deadline = Instant::now() + PATIENCE;
    while !condition() {
        assert!(Instant::now() < deadline, "in vain: {what}");
        std::thread::sleep(Duration::from_millis(2));
    }
}

pub fn stat(session: &Session, stat: Stat) -> i64 {
    session.stats()[stat as usize]
}

pub fn connected(session: &Session) -> bool {
    stat(session, Stat::Connected) == 1
}

/// `received = handed over + dropped + oversize + unrepresentable + corrupt + discarded + filtered + duplicates + queued`
pub fn assert_balanced(stats: &[i64; STATS]) {
    let of = |stat: Stat| stats[stat as usize];
    let fates = [
        Stat::HandedOver,
        Stat::Dropped,
        Stat::Oversize,
        Stat::Unrepresentable,
        Stat::Corrupt,
        Stat::Discarded,
        Stat::Filtered,
        Stat::Duplicates,
        Stat::QueueMessages,
    ];
    assert_eq!(
        of(Stat::Received),
        fates.into_iter().map(of).sum::<i64>(),
        "{stats:?}"
    );
}

pub fn assert_numbered(records: &[Record], from: u64) {
    assert!(!records.is_empty());
    for (record, number) in records.iter().zip(from..) {
        assert_eq!(record.number(), number);
    }
}
