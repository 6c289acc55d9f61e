//! Records on their last way: from the queue's chunks into a poller's batch.

use crate::chunk::Chunk;
use crate::queue::Queue;
use crate::session::{Error, PollError, Polled};

/// Hands over the records of `chunk`, which was taken from `queue`, and of those behind it: at most so many, and as many as fit into `capacity`
/// bytes. Leaves in `chunk` what does not; it is to be given back. A queue that is closed meanwhile ends it.
pub fn hand_over<E>(
    queue: &Queue,
    chunk: &mut Chunk,
    max_records: usize,
    capacity: usize,
    sink: &mut impl FnMut(usize, &[u8]) -> Result<(), E>,
) -> Result<Polled, PollError<E>> {
    let mut bytes = 0;
    let mut records = 0;
    loop {
        let part = chunk.next_part(max_records - records, capacity - bytes);
        if part.records == 0 {
            break;
        }
        sink(bytes, chunk.front(part.bytes)).map_err(PollError::Sink)?;
        if !queue.handed_over(part) {
            // What was counted before the queue was closed has to reach the poller.
            if bytes > 0 {
                break;
            }
            return Err(Error::Closed.into());
        }
        chunk.take(part);
        bytes += part.bytes;
        records += part.records;
        if chunk.is_empty() {
            match queue.take_now() {
                Some(next) => queue.give_back(std::mem::replace(chunk, next)),
                None => break,
            }
        }
    }
    if bytes == 0 {
        Ok(Polled::Needs(chunk.first_record_bytes()))
    } else {
        Ok(Polled::Bytes(bytes))
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::time::Instant;

    use super::*;
    use crate::batch::{Kind, record_bytes};
    use crate::chunk::CHUNK_BYTES;
    use crate::memory::Memory;
    use crate::offer::{Arrivals, WhenFull};
    use crate::queue::{Capacity, Taken};

    /// A queue with two chunks of one record each.
    fn two_chunks() -> Queue {
        let capacity = Capacity {
            messages: 10,
            bytes: usize::MAX,
        };
        let queue = Queue::new(capacity, Arc::new(Memory::unlimited()));
        for _ in 0..2 {
            let mut arrivals = Arrivals::new();
            assert!(arrivals.chunk.push(Kind::Text, 1, &[b'x'; CHUNK_BYTES]));
            queue.offer(&mut arrivals, WhenFull::DropNewest);
        }
        queue
    }

    /// What is handed over when the queue is closed while the part at this byte is copied.
    fn closed_at(queue: &Queue, close_at: usize) -> Result<Polled, PollError<()>> {
        let Taken::Chunk(mut chunk) = queue.take(Instant::now()) else {
            panic!("there are two");
        };
        hand_over(queue, &mut chunk, 10, usize::MAX, &mut |at, _| {
            if at == close_at {
                queue.close();
            }
            Ok(())
        })
    }

    #[test]
    fn what_was_counted_as_handed_over_is_handed_over_though_the_queue_was_closed_meanwhile() {
        let bytes = record_bytes(CHUNK_BYTES);
        for (close_at, handed_over, polled) in [
            (0, 0, Err(Error::Closed.into())),
            (bytes, 1, Ok(Polled::Bytes(bytes))),
            (2 * bytes, 2, Ok(Polled::Bytes(2 * bytes))),
        ] {
            let queue = two_chunks();
            assert_eq!(closed_at(&queue, close_at), polled);
            let counts = queue.snapshot().counts;
            assert_eq!(counts.handed_over, handed_over);
            queue.close();
            assert_eq!(queue.snapshot().counts.discarded, 2 - handed_over);
        }
    }
}
