//! The bounded queue between the engine thread and the poller, and the books of every message.
//!
//! One lock over chunks and counters, so that each snapshot is exact:
//! `received = handed over + dropped + oversize + unrepresentable + discarded + queued`.

use std::collections::VecDeque;
use std::time::Instant;

use crossbeam_channel::{Receiver, Sender, bounded};
use parking_lot::Mutex;

use crate::chunk::{CHUNK_BYTES, Chunk, Part};

/// Free chunks kept for reuse.
const POOLED_CHUNKS: usize = 4;

/// The bounds of a queue: it never holds more than either allows.
#[derive(Clone, Copy, Debug)]
pub struct Capacity {
    /// Messages, as `websocket.message.queue.size` says.
    pub messages: usize,
    /// Bytes, record headers included.
    pub bytes: usize,
}

/// What happened to every message so far.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Messages received from the server.
    pub received: u64,
    /// Dropped because the queue was full.
    pub dropped: u64,
    /// Longer than allowed.
    pub oversize: u64,
    /// Binary and no UTF-8 where strings are wanted.
    pub unrepresentable: u64,
    /// Still queued when the queue was closed, or received after that.
    pub discarded: u64,
    /// Given to the poller.
    pub handed_over: u64,
}

/// One moment of a queue.
#[derive(Clone, Copy, Debug)]
pub struct Snapshot {
    /// The books.
    pub counts: Counts,
    /// Messages queued now.
    pub messages: usize,
    /// Bytes queued now, record headers included.
    pub bytes: usize,
    /// When the last message arrived, if any did.
    pub last_message: Option<Instant>,
}

/// Messages on their way into the queue: the engine thread's own chunk and what could not become a record.
#[derive(Debug)]
pub struct Arrivals {
    /// Records to be queued.
    pub chunk: Chunk,
    /// Messages that were too long.
    pub oversize: u64,
    /// Binary messages that are no UTF-8.
    pub unrepresentable: u64,
}

impl Arrivals {
    /// Nothing has arrived.
    #[must_use]
    pub fn new() -> Self {
        Self {
            chunk: Chunk::pooled(),
            oversize: 0,
            unrepresentable: 0,
        }
    }

    fn messages(&self) -> u64 {
        self.chunk.records() as u64 + self.oversize + self.unrepresentable
    }
}

impl Default for Arrivals {
    fn default() -> Self {
        Self::new()
    }
}

/// What a poller finds.
#[derive(Debug)]
pub enum Taken {
    /// Records; give the chunk back with [`Queue::recycle`] once it is empty.
    Chunk(Chunk),
    /// Nothing came in time.
    Nothing,
    /// The queue was closed.
    Closed,
    /// The session has failed and everything before that was taken.
    Failed(Failure),
}

/// Why a session has ended for good.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Failure {
    /// A condition the operator can mend.
    Ended(String),
    /// A defect of ours: a panic's text and place.
    Bug(String),
}

#[derive(Debug)]
struct State {
    sealed: VecDeque<Chunk>,
    filling: Chunk,
    free: Vec<Chunk>,
    counts: Counts,
    messages: usize,
    bytes: usize,
    last_message: Option<Instant>,
    failure: Option<Failure>,
    closed: bool,
}

/// The queue. The engine thread offers, one poller takes, anyone may look or close.
#[derive(Debug)]
pub struct Queue {
    capacity: Capacity,
    state: Mutex<State>,
    bell: Sender<()>,
    doorstep: Receiver<()>,
}

impl Queue {
    /// An empty queue.
    #[must_use]
    pub fn new(capacity: Capacity) -> Self {
        let (bell, doorstep) = bounded(1);
        let state = State {
            sealed: VecDeque::new(),
            filling: Chunk::pooled(),
            free: Vec::new(),
            counts: Counts::default(),
            messages: 0,
            bytes: 0,
            last_message: None,
            failure: None,
            closed: false,
        };
        Self {
            capacity,
            state: Mutex::new(state),
            bell,
            doorstep,
        }
    }

    /// The bounds.
    #[must_use]
    pub fn capacity(&self) -> Capacity {
        self.capacity
    }

    /// Books everything that arrived, queues what fits and drops the rest. Leaves `arrivals` empty.
    /// Returns how many messages were dropped.
    pub fn offer(&self, arrivals: &mut Arrivals) -> u64 {
        if arrivals.messages() == 0 {
            return 0;
        }
        let mut state = self.state.lock();
        state.last_message = Some(Instant::now());
        state.counts.received += arrivals.messages();
        state.counts.oversize += std::mem::take(&mut arrivals.oversize);
        state.counts.unrepresentable += std::mem::take(&mut arrivals.unrepresentable);
        let dropped = if state.closed {
            state.counts.discarded += arrivals.chunk.records() as u64;
            state.renew(&mut arrivals.chunk);
            0
        } else {
            state.enqueue(&mut arrivals.chunk, self.capacity)
        };
        state.counts.dropped += dropped;
        drop(state);
        self.ring();
        dropped
    }

    /// Waits until `deadline` for records.
    pub fn take(&self, deadline: Instant) -> Taken {
        loop {
            {
                let mut state = self.state.lock();
                if state.closed {
                    return Taken::Closed;
                }
                if let Some(chunk) = state.next_chunk() {
                    return Taken::Chunk(chunk);
                }
                if let Some(failure) = &state.failure {
                    return Taken::Failed(failure.clone());
                }
            }
            if self.doorstep.recv_deadline(deadline).is_err() {
                return Taken::Nothing;
            }
        }
    }

    /// Takes what is there without waiting.
    pub fn take_now(&self) -> Option<Chunk> {
        let mut state = self.state.lock();
        if state.closed {
            None
        } else {
            state.next_chunk()
        }
    }

    /// Books records as handed over. `false` if the queue was closed meanwhile: they count as discarded then and must not be used.
    #[must_use]
    pub fn handed_over(&self, part: Part) -> bool {
        let mut state = self.state.lock();
        if state.closed {
            return false;
        }
        state.counts.handed_over += part.records as u64;
        state.messages -= part.records;
        state.bytes -= part.bytes;
        true
    }

    /// Gives an emptied chunk back.
    pub fn recycle(&self, chunk: Chunk) {
        self.state.lock().pool(chunk);
    }

    /// Tells the poller, once it has taken everything, that nothing more will come. The first failure stays.
    pub fn fail(&self, failure: Failure) {
        self.state.lock().failure.get_or_insert(failure);
        self.ring();
    }

    /// Closes the queue: what it still holds, and whatever is offered later, counts as discarded. Idempotent.
    pub fn close(&self) {
        {
            let mut state = self.state.lock();
            state.closed = true;
            state.counts.discarded += state.messages as u64;
            state.messages = 0;
            state.bytes = 0;
            state.sealed.clear();
            state.free.clear();
            state.filling = Chunk::default();
        }
        self.ring();
    }

    /// This moment's books.
    #[must_use]
    pub fn snapshot(&self) -> Snapshot {
        let state = self.state.lock();
        Snapshot {
            counts: state.counts,
            messages: state.messages,
            bytes: state.bytes,
            last_message: state.last_message,
        }
    }

    fn ring(&self) {
        // A full bell has already woken the poller, or will.
        let _ = self.bell.try_send(());
    }
}

impl State {
    /// Queues the records of `chunk` that fit, in order; returns how many do not.
    fn enqueue(&mut self, chunk: &mut Chunk, capacity: Capacity) -> u64 {
        let free_messages = capacity.messages - self.messages;
        let free_bytes = capacity.bytes.saturating_sub(self.bytes);
        let fitting = chunk.next_part(free_messages, free_bytes);
        let dropped = chunk.records() - fitting.records;
        chunk.truncate(fitting);
        self.enqueue_all(chunk);
        dropped as u64
    }

    /// Queues all records of a chunk. Chunks are filled up before another is begun, so that the queue's memory stays below twice its bytes.
    fn enqueue_all(&mut self, chunk: &mut Chunk) {
        self.messages += chunk.records();
        self.bytes += chunk.len();
        if !self.filling.is_empty() {
            let room = self.filling.room();
            self.filling.move_front(chunk, room);
        }
        if chunk.len() >= CHUNK_BYTES / 2 {
            self.seal();
            let next = self.free_chunk();
            self.sealed.push_back(std::mem::replace(chunk, next));
        } else {
            if !chunk.is_empty() {
                self.seal();
                self.filling.move_front(chunk, usize::MAX);
            }
            self.renew(chunk);
        }
    }

    fn seal(&mut self) {
        if !self.filling.is_empty() {
            let next = self.free_chunk();
            self.sealed
                .push_back(std::mem::replace(&mut self.filling, next));
        }
    }

    fn next_chunk(&mut self) -> Option<Chunk> {
        self.sealed.pop_front().or_else(|| {
            (!self.filling.is_empty()).then(|| {
                let next = self.free_chunk();
                std::mem::replace(&mut self.filling, next)
            })
        })
    }

    fn free_chunk(&mut self) -> Chunk {
        self.free.pop().unwrap_or_else(Chunk::pooled)
    }

    fn renew(&mut self, chunk: &mut Chunk) {
        *chunk = std::mem::take(chunk)
            .recycle()
            .unwrap_or_else(|| self.free_chunk());
    }

    fn pool(&mut self, chunk: Chunk) {
        if self.free.len() < POOLED_CHUNKS
            && !self.closed
            && let Some(chunk) = chunk.recycle()
        {
            self.free.push(chunk);
        }
    }
}

#[cfg(test)]
#[path = "queue_tests.rs"]
mod tests;
