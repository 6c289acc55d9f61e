//! What is offered to the queue, how, and what becomes of it.

use std::fmt;

use crate::chunk::Chunk;

/// Messages on their way into the queue: the engine thread's own chunk and what could not become a record.
#[derive(Debug)]
pub struct Arrivals {
    /// Records to be queued.
    pub chunk: Chunk,
    /// Messages that were too long.
    pub oversize: u64,
    /// Binary messages that are no UTF-8.
    pub unrepresentable: u64,
    /// Messages whose payload cannot be decompressed.
    pub corrupt: u64,
    /// Messages that were dropped for the queue's sake without being looked at.
    pub dropped: u64,
    /// Messages that are no data, and are not wanted (`websocket.filter.drop.control`).
    pub filtered: u64,
    /// Messages that came before.
    pub duplicates: u64,
}

impl Arrivals {
    /// Nothing has arrived.
    #[must_use]
    pub fn new() -> Self {
        Self {
            chunk: Chunk::pooled(),
            oversize: 0,
            unrepresentable: 0,
            corrupt: 0,
            dropped: 0,
            filtered: 0,
            duplicates: 0,
        }
    }

    /// Whether there is nothing to be offered.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.messages() == 0
    }

    /// All of them, records or not.
    pub fn messages(&self) -> u64 {
        self.chunk.records() as u64
            + self.oversize
            + self.unrepresentable
            + self.corrupt
            + self.dropped
            + self.filtered
            + self.duplicates
    }
}

impl Default for Arrivals {
    fn default() -> Self {
        Self::new()
    }
}

/// What becomes of messages when the queue is full.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WhenFull {
    /// They are dropped.
    DropNewest,
    /// They are queued, and the oldest are dropped for them.
    DropOldest,
    /// They stay where they are, uncounted, and are to be offered again when there is [`room`](crate::queue::Queue::room).
    Hold,
}

/// What became of an offer.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Offered {
    /// There were records, and all of them found room.
    pub fitted: bool,
    /// Messages that were dropped, the newest or the oldest.
    pub dropped: u64,
    /// Records were held back.
    pub held: bool,
    /// The bounds that were in the way.
    pub bounds: Bounds,
}

/// Some of a queue's bounds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Bounds {
    /// That in messages.
    pub messages: bool,
    /// That in bytes.
    pub bytes: bool,
    /// That in bytes of all queues together.
    pub worker: bool,
}

impl Bounds {
    /// Those of either.
    #[must_use]
    pub fn or(self, other: Self) -> Self {
        Self {
            messages: self.messages | other.messages,
            bytes: self.bytes | other.bytes,
            worker: self.worker | other.worker,
        }
    }
}

impl fmt::Display for Bounds {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let all = [
            (self.messages, "messages"),
            (self.bytes, "bytes"),
            (self.worker, "worker"),
        ];
        let names: Vec<_> = all
            .iter()
            .filter(|(is, _)| *is)
            .map(|(_, name)| *name)
            .collect();
        f.write_str(&names.join(" and "))
    }
}
