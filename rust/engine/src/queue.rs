//! The bounded queue between the engine thread and the poller, and the books of every message.
//!
//! One lock over chunks and counters, so that each snapshot is exact:
//! `received = handed over + dropped + oversize + unrepresentable + corrupt + discarded + filtered + duplicates + queued`.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Instant;

use crossbeam_channel::{Receiver, Sender, bounded};
use parking_lot::Mutex;
use tokio::sync::Notify;

use crate::chunk::{CHUNK_BYTES, Chunk, Part};
use crate::memory::Memory;
use crate::offer::{Arrivals, Bounds, Offered, WhenFull};

/// Free chunks kept for reuse, until nothing has come for a while.
const POOLED_CHUNKS: usize = 16;

/// What is handed over before it is more than this is still in the cache of the core that received it.
const CACHED_BYTES: usize = 2 * CHUNK_BYTES;

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
    /// Dropped because the queue was full, the newest or the oldest.
    pub dropped: u64,
    /// Longer than allowed.
    pub oversize: u64,
    /// Binary and no UTF-8 where strings are wanted.
    pub unrepresentable: u64,
    /// With a payload that cannot be decompressed.
    pub corrupt: u64,
    /// Still queued when the queue was closed, or received after that or after a failure.
    pub discarded: u64,
    /// Given to the poller.
    pub handed_over: u64,
    /// No data, and not wanted.
    pub filtered: u64,
    /// Came before.
    pub duplicates: u64,
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

/// What a poller finds.
#[derive(Debug)]
pub enum Taken {
    /// Records; give the chunk back with [`Queue::give_back`], emptied or not.
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
    /// The poller is to look elsewhere.
    nudged: bool,
    /// Records are held back until there is room.
    awaited: bool,
    /// What the poller gathers: it is not woken for less.
    gathered: Part,
}

/// The queue. The engine thread offers, one poller takes, anyone may look or close.
#[derive(Debug)]
pub struct Queue {
    capacity: Capacity,
    memory: Arc<Memory>,
    state: Mutex<State>,
    bell: Sender<()>,
    doorstep: Receiver<()>,
    room: Notify,
}

impl Queue {
    /// An empty queue, whose bytes come out of `memory`.
    #[must_use]
    pub fn new(capacity: Capacity, memory: Arc<Memory>) -> Self {
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
            nudged: false,
            awaited: false,
            gathered: Part::default(),
        };
        Self {
            capacity,
            memory,
            state: Mutex::new(state),
            bell,
            doorstep,
            room: Notify::new(),
        }
    }

    /// What all queues together may hold.
    #[must_use]
    pub fn memory(&self) -> &Memory {
        &self.memory
    }

    /// The bounds.
    #[must_use]
    pub fn capacity(&self) -> Capacity {
        self.capacity
    }

    /// Books everything that arrived, queues what fits and does with the rest as `when_full` says. Leaves in `arrivals` what is held back.
    pub fn offer(&self, arrivals: &mut Arrivals, when_full: WhenFull) -> Offered {
        let messages = arrivals.messages();
        if messages == 0 {
            return Offered::default();
        }
        let mut state = self.state.lock();
        let records = arrivals.chunk.records();
        let mut offered = if records == 0 {
            Offered::default()
        } else if state.closed || state.failure.is_some() {
            state.counts.discarded += records as u64;
            state.renew(&mut arrivals.chunk);
            Offered::default()
        } else {
            let before = state.bytes;
            let wanted = arrivals.chunk.len();
            let granted = self.memory.reserve(wanted, before);
            let mut room = self.capacity;
            room.bytes = room.bytes.min(before + granted);
            let excess = (before + wanted).saturating_sub(self.capacity.bytes);
            let mut offered = state.enqueue(&mut arrivals.chunk, room, when_full);
            offered.bounds.bytes = excess > 0;
            offered.bounds.worker = granted < wanted;
            self.memory.release(before + granted - state.bytes);
            offered
        };
        offered.dropped += std::mem::take(&mut arrivals.dropped);
        state.counts.dropped += offered.dropped;
        state.counts.oversize += std::mem::take(&mut arrivals.oversize);
        state.counts.unrepresentable += std::mem::take(&mut arrivals.unrepresentable);
        state.counts.corrupt += std::mem::take(&mut arrivals.corrupt);
        state.counts.filtered += std::mem::take(&mut arrivals.filtered);
        state.counts.duplicates += std::mem::take(&mut arrivals.duplicates);
        let booked = messages - arrivals.messages();
        if booked > 0 {
            state.counts.received += booked;
            state.last_message = Some(Instant::now());
        }
        let wakes = !offered.fitted || state.holds(state.gathered);
        let cached = state.bytes >= CACHED_BYTES;
        drop(state);
        if wakes && self.ring() && cached {
            // The poller may wait for this very core.
            std::thread::yield_now();
        }
        offered
    }

    /// Waits until records were handed over since some were held back, or the queue was closed. Wakes one waiter.
    pub async fn room(&self) {
        self.room.notified().await;
    }

    /// Wakes another waiter for [`room`](Self::room).
    pub fn pass_room_on(&self) {
        self.room.notify_one();
    }

    /// Waits until `deadline` for so many records, but not until they leave the cache, the queue is more than half full or has no room.
    /// For the poller.
    pub fn gather(&self, records: usize, deadline: Instant) {
        let enough = Part {
            records: records.min(self.capacity.messages / 2),
            bytes: CACHED_BYTES.min(self.capacity.bytes / 2),
        };
        {
            let mut state = self.state.lock();
            if state.closed || state.failure.is_some() || state.awaited || state.holds(enough) {
                return;
            }
            state.gathered = enough;
            // What has rung so far was about less.
            let _ = self.doorstep.try_recv();
        }
        let _ = self.doorstep.recv_deadline(deadline);
        self.state.lock().gathered = Part::default();
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
                if std::mem::take(&mut state.nudged) {
                    return Taken::Nothing;
                }
            }
            if self.doorstep.recv_deadline(deadline).is_err() {
                // Nothing has come for a while: the memory may serve others.
                self.state.lock().free.clear();
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
        self.memory.release(part.bytes);
        if std::mem::take(&mut state.awaited) {
            drop(state);
            self.room.notify_one();
        }
        true
    }

    /// Gives a chunk back; what it still holds is the next to be taken, or to be dropped.
    pub fn give_back(&self, chunk: Chunk) {
        let mut state = self.state.lock();
        if chunk.is_empty() {
            state.pool(chunk);
        } else if !state.closed {
            state.sealed.push_front(chunk);
        }
    }

    /// Tells the poller, once it has taken everything, that nothing more will come. The first failure stays.
    pub fn fail(&self, failure: Failure) {
        self.state.lock().failure.get_or_insert(failure);
        self.ring();
    }

    /// Lets a poller that finds nothing return at once.
    pub fn nudge(&self) {
        self.state.lock().nudged = true;
        self.ring();
    }

    /// Closes the queue: what it still holds, and whatever is offered later, counts as discarded. Idempotent.
    pub fn close(&self) {
        {
            let mut state = self.state.lock();
            state.closed = true;
            state.counts.discarded += state.messages as u64;
            state.messages = 0;
            self.memory.release(std::mem::take(&mut state.bytes));
            state.sealed.clear();
            state.free.clear();
            state.filling = Chunk::default();
        }
        self.ring();
        self.room.notify_one();
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

    /// This moment's fill against the bounds, for texts.
    #[must_use]
    pub fn fill(&self) -> String {
        let now = self.snapshot();
        format!(
            "the queue holds {} of {} messages and {} of {} bytes",
            now.messages, self.capacity.messages, now.bytes, self.capacity.bytes
        )
    }

    /// Whether the bell was silent: a ringing one has already woken the poller, or will.
    fn ring(&self) -> bool {
        self.bell.try_send(()).is_ok()
    }
}

impl Drop for Queue {
    fn drop(&mut self) {
        self.memory.release(self.state.get_mut().bytes);
    }
}

impl State {
    /// Queues the records of `chunk`, in order, as far as they fit; leaves there what is held back.
    fn enqueue(&mut self, chunk: &mut Chunk, capacity: Capacity, when_full: WhenFull) -> Offered {
        let excess = Part {
            records: (self.messages + chunk.records()).saturating_sub(capacity.messages),
            bytes: (self.bytes + chunk.len()).saturating_sub(capacity.bytes),
        };
        let mut offered = Offered {
            fitted: excess == Part::default(),
            bounds: Bounds {
                messages: excess.records > 0,
                ..Bounds::default()
            },
            ..Offered::default()
        };
        if !offered.fitted {
            match when_full {
                WhenFull::DropNewest => {
                    let fitting = self.fitting(chunk, capacity);
                    offered.dropped = (chunk.records() - fitting.records) as u64;
                    chunk.truncate(fitting);
                }
                WhenFull::DropOldest => offered.dropped = self.drop_oldest(chunk, excess),
                WhenFull::Hold => {
                    let fitting = self.fitting(chunk, capacity);
                    let mut front = self.free_chunk();
                    front.move_front(chunk, fitting.bytes);
                    self.enqueue_all(&mut front);
                    self.pool(front);
                    self.awaited = true;
                    offered.held = true;
                    return offered;
                }
            }
        }
        self.enqueue_all(chunk);
        offered
    }

    /// Whether the queue has as many records, or bytes, as `part`.
    fn holds(&self, part: Part) -> bool {
        self.messages >= part.records || self.bytes >= part.bytes
    }

    fn fitting(&self, chunk: &Chunk, capacity: Capacity) -> Part {
        chunk.next_part(
            capacity.messages.saturating_sub(self.messages),
            capacity.bytes.saturating_sub(self.bytes),
        )
    }

    /// Drops the oldest records, those of `chunk` last, until what is left is less by `excess`; returns how many. What a poller holds at
    /// this moment is as good as handed over and stays.
    fn drop_oldest(&mut self, chunk: &mut Chunk, mut excess: Part) -> u64 {
        let mut dropped = 0;
        while excess != Part::default()
            && let Some(mut oldest) = self.next_chunk()
        {
            let part = oldest.drop_front(&mut excess);
            dropped += part.records as u64;
            self.messages -= part.records;
            self.bytes -= part.bytes;
            if oldest.is_empty() {
                self.pool(oldest);
            } else {
                self.sealed.push_front(oldest);
            }
        }
        dropped + chunk.drop_front(&mut excess).records as u64
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
