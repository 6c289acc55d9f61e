//! A buffer of whole records: the unit in which messages travel from the socket to the poller.

use crate::batch::{self, Kind};

/// The size of a pooled chunk, in bytes. Small enough to stay in a core's cache, large enough that a lock per chunk is nothing.
pub const CHUNK_BYTES: usize = 64 * 1024;

/// Whole records in the hand-over format, taken from the front.
#[derive(Debug, Default)]
pub struct Chunk {
    bytes: Vec<u8>,
    taken: usize,
    records: usize,
}

/// Some whole records at a chunk's front.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Part {
    /// How many records.
    pub records: usize,
    /// Their size in bytes, headers included.
    pub bytes: usize,
}

impl Chunk {
    /// An empty chunk with room for [`CHUNK_BYTES`].
    #[must_use]
    pub fn pooled() -> Self {
        Self {
            bytes: Vec::with_capacity(CHUNK_BYTES),
            taken: 0,
            records: 0,
        }
    }

    /// The records not yet taken.
    #[must_use]
    pub fn records(&self) -> usize {
        self.records
    }

    /// The bytes not yet taken, headers included.
    #[must_use]
    pub fn len(&self) -> usize {
        self.bytes.len() - self.taken
    }

    /// Whether every record has been taken.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.records == 0
    }

    /// How many more bytes fit without growing.
    #[must_use]
    pub fn room(&self) -> usize {
        self.bytes.capacity() - self.bytes.len()
    }

    /// Appends one record. A payload larger than a chunk makes this one as large as needed; `false` if that memory cannot be had.
    #[must_use]
    pub fn push(&mut self, kind: Kind, receive_micros: i64, payload: &[u8]) -> bool {
        if self
            .bytes
            .try_reserve_exact(batch::record_bytes(payload.len()))
            .is_err()
        {
            return false;
        }
        batch::append(&mut self.bytes, kind, receive_micros, payload);
        self.records += 1;
        true
    }

    /// Appends the records at the front of `other` that fit into `max_bytes`, and takes them there.
    pub fn move_front(&mut self, other: &mut Chunk, max_bytes: usize) {
        let part = other.next_part(usize::MAX, max_bytes);
        self.bytes.extend_from_slice(other.front(part.bytes));
        self.records += part.records;
        other.take(part);
    }

    /// Keeps the records that [`next_part`](Self::next_part) named and forgets those behind them.
    pub fn truncate(&mut self, part: Part) {
        self.bytes.truncate(self.taken + part.bytes);
        self.records = part.records;
    }

    /// The most whole records at the front within both limits.
    #[must_use]
    pub fn next_part(&self, max_records: usize, max_bytes: usize) -> Part {
        if self.records <= max_records && self.len() <= max_bytes {
            return Part {
                records: self.records,
                bytes: self.len(),
            };
        }
        let mut part = Part::default();
        while part.records < self.records.min(max_records) {
            let next = batch::first_record_bytes(&self.bytes[self.taken + part.bytes..]);
            if part.bytes + next > max_bytes {
                break;
            }
            part.records += 1;
            part.bytes += next;
        }
        part
    }

    /// The fewest whole records at the front that make up both, or all there are.
    #[must_use]
    pub fn least_part(&self, min_records: usize, min_bytes: usize) -> Part {
        if min_records >= self.records || min_bytes >= self.len() {
            return Part {
                records: self.records,
                bytes: self.len(),
            };
        }
        let mut part = Part::default();
        while part.records < min_records || part.bytes < min_bytes {
            part.records += 1;
            part.bytes += batch::first_record_bytes(&self.bytes[self.taken + part.bytes..]);
        }
        part
    }

    /// The size of the first record, headers included. The chunk must not be empty.
    #[must_use]
    pub fn first_record_bytes(&self) -> usize {
        batch::first_record_bytes(&self.bytes[self.taken..])
    }

    /// The first `bytes` bytes not yet taken.
    #[must_use]
    pub fn front(&self, bytes: usize) -> &[u8] {
        &self.bytes[self.taken..self.taken + bytes]
    }

    /// Takes records that [`next_part`](Self::next_part) named.
    pub fn take(&mut self, part: Part) {
        self.taken += part.bytes;
        self.records -= part.records;
    }

    /// Takes the fewest records that make up `excess`, or all there are, and lessens `excess` by them.
    pub fn drop_front(&mut self, excess: &mut Part) -> Part {
        let part = self.least_part(excess.records, excess.bytes);
        self.take(part);
        excess.records = excess.records.saturating_sub(part.records);
        excess.bytes = excess.bytes.saturating_sub(part.bytes);
        part
    }

    /// Empties the chunk for reuse, keeping a pooled chunk's memory; `None` for one that grew beyond the pool's size.
    #[must_use]
    pub fn recycle(mut self) -> Option<Self> {
        (self.bytes.capacity() <= CHUNK_BYTES).then(|| {
            self.bytes.clear();
            self.taken = 0;
            self.records = 0;
            self
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chunk(payloads: &[&[u8]]) -> Chunk {
        let mut chunk = Chunk::pooled();
        for payload in payloads {
            assert!(chunk.push(Kind::Text, 7, payload));
        }
        chunk
    }

    #[test]
    fn parts_are_whole_records_within_both_limits() {
        let chunk = chunk(&[b"a", b"bb", b"ccc"]);
        assert_eq!(
            chunk.next_part(9, usize::MAX),
            Part {
                records: 3,
                bytes: 17 + 18 + 19
            }
        );
        assert_eq!(
            chunk.next_part(2, usize::MAX),
            Part {
                records: 2,
                bytes: 35
            }
        );
        assert_eq!(
            chunk.next_part(9, 36),
            Part {
                records: 2,
                bytes: 35
            }
        );
        assert_eq!(
            chunk.next_part(9, 16),
            Part {
                records: 0,
                bytes: 0
            }
        );
    }

    #[test]
    fn least_parts_make_up_both_or_are_all() {
        let chunk = chunk(&[b"a", b"bb", b"ccc"]);
        for (records, bytes, part) in [
            (0, 0, (0, 0)),
            (1, 0, (1, 17)),
            (0, 17, (1, 17)),
            (0, 18, (2, 35)),
            (1, 18, (2, 35)),
            (3, 0, (3, 54)),
            (0, 100, (3, 54)),
        ] {
            let found = chunk.least_part(records, bytes);
            assert_eq!((found.records, found.bytes), part);
        }
    }

    #[test]
    fn taking_and_moving_keep_the_rest() {
        let mut from = chunk(&[b"a", b"bb", b"ccc"]);
        from.take(from.next_part(1, usize::MAX));
        assert_eq!(
            (from.records(), from.len(), from.first_record_bytes()),
            (2, 37, 18)
        );
        let mut to = chunk(&[b"z"]);
        to.move_front(&mut from, 18);
        assert_eq!((to.records(), from.records()), (2, 1));
        to.move_front(&mut from, usize::MAX);
        assert_eq!(to.front(to.len()), chunk(&[b"z", b"bb", b"ccc"]).front(54));
    }

    #[test]
    fn truncating_keeps_the_front() {
        let mut chunk = chunk(&[b"a", b"bb", b"ccc"]);
        chunk.take(chunk.next_part(1, usize::MAX));
        chunk.truncate(chunk.next_part(1, usize::MAX));
        assert_eq!(
            (chunk.records(), chunk.len(), chunk.first_record_bytes()),
            (1, 18, 18)
        );
        chunk.truncate(chunk.next_part(0, usize::MAX));
        assert_eq!((chunk.is_empty(), chunk.len()), (true, 0));
    }

    #[test]
    fn only_pooled_sizes_are_recycled() {
        assert!(
            chunk(&[b"a"])
                .recycle()
                .is_some_and(|chunk| chunk.is_empty())
        );
        let large = vec![b'x'; CHUNK_BYTES];
        let mut grown = Chunk::pooled();
        assert!(grown.room() < batch::record_bytes(large.len()));
        assert!(grown.push(Kind::Text, 7, &large));
        assert!(grown.recycle().is_none());
    }
}
