//! Records on their last way: from the queue's chunks into a poller's batch.

use crate::chunk::Chunk;
use crate::queue::Queue;
use crate::session::{Error, PollError, Polled};

/// Hands over the records of `chunk`, which was taken from `queue`, and of those behind it: at most so many, and as many as fit into `capacity`
/// bytes. Leaves in `chunk` what does not; it is to be given back.
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
