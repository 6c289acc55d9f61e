use super::*;
use crate::batch::{Kind, record_bytes};
use futures_util::FutureExt;
use proptest::prelude::*;
use std::time::Duration;

fn arrivals(messages: usize, payload: usize) -> Arrivals {
    let mut arrivals = Arrivals::new();
    for _ in 0..messages {
        assert!(arrivals.chunk.push(Kind::Text, 1, &vec![b'x'; payload]));
    }
    arrivals
}

fn queue(messages: usize, bytes: usize) -> Queue {
    Queue::new(Capacity { messages, bytes }, Arc::new(Memory::unlimited()))
}

/// Messages that carry their numbers.
fn numbered(numbers: std::ops::Range<i64>, payload: usize) -> Arrivals {
    let mut arrivals = Arrivals::new();
    for number in numbers {
        assert!(
            arrivals
                .chunk
                .push(Kind::Text, number, &vec![b'x'; payload])
        );
    }
    arrivals
}

/// Takes and hands over as much as there is, up to so many messages; returns their numbers.
fn take(queue: &Queue, mut most: usize) -> Vec<i64> {
    let mut numbers = Vec::new();
    while most > 0
        && let Some(mut chunk) = queue.take_now()
    {
        let part = chunk.next_part(most, usize::MAX);
        for _ in 0..part.records {
            let one = chunk.next_part(1, usize::MAX);
            let record = chunk.front(one.bytes);
            numbers.push(i64::from_le_bytes(
                record[8..16].try_into().expect("eight bytes"),
            ));
            chunk.take(one);
        }
        assert!(queue.handed_over(part));
        queue.give_back(chunk);
        most -= part.records;
    }
    numbers
}

fn drain(queue: &Queue) -> Vec<i64> {
    take(queue, usize::MAX)
}

fn offer(queue: &Queue, arrivals: &mut Arrivals) -> Offered {
    queue.offer(arrivals, WhenFull::DropNewest)
}

#[test]
fn the_newest_are_dropped_at_the_message_bound() {
    let queue = queue(3, usize::MAX);
    assert_eq!(offer(&queue, &mut arrivals(2, 1)).dropped, 0);
    let offered = offer(&queue, &mut arrivals(5, 1));
    assert_eq!(
        (offered.dropped, offered.bounds.to_string().as_str()),
        (4, "messages")
    );
    let snapshot = queue.snapshot();
    assert_eq!(
        (
            snapshot.messages,
            snapshot.counts.received,
            snapshot.counts.dropped
        ),
        (3, 7, 4)
    );
    assert_eq!(drain(&queue).len(), 3);
    assert!(offer(&queue, &mut arrivals(3, 1)).fitted);
}

#[test]
fn the_byte_bound_holds_too() {
    let queue = queue(1000, 2 * record_bytes(100));
    let offered = offer(&queue, &mut arrivals(3, 100));
    assert_eq!(
        (offered.dropped, offered.bounds.to_string().as_str()),
        (1, "bytes")
    );
    assert_eq!(queue.snapshot().bytes, 2 * record_bytes(100));
}

/// Gathers so many messages on another thread while `meanwhile` is done, with a deadline that is never reached.
fn gather(queue: &Queue, records: usize, meanwhile: impl FnOnce()) {
    std::thread::scope(|scope| {
        let gathering =
            scope.spawn(|| queue.gather(records, Instant::now() + Duration::from_secs(600)));
        meanwhile();
        gathering.join().expect("it has gathered");
    });
    assert_eq!(queue.state.lock().gathered, Part::default());
}

fn await_gathering(queue: &Queue) {
    while queue.state.lock().gathered == Part::default() {
        std::thread::yield_now();
    }
}

#[test]
fn a_poller_that_gathers_is_not_woken_for_less() {
    let queue = queue(100, usize::MAX);
    offer(&queue, &mut arrivals(2, 1));
    gather(&queue, 5, || {
        await_gathering(&queue);
        offer(&queue, &mut arrivals(2, 1));
        assert!(queue.doorstep.is_empty());
        assert_eq!(queue.state.lock().gathered.records, 5);
        offer(&queue, &mut arrivals(1, 1));
    });
    gather(&queue, 5, || {});
    drain(&queue);
    gather(&queue, 1000, || {
        offer(&queue, &mut arrivals(50, 1));
    });
}

#[test]
fn gathering_ends_when_nothing_more_fits_or_comes() {
    let small = queue(usize::MAX, 10 * record_bytes(100));
    gather(&small, 1000, || {
        offer(&small, &mut arrivals(1, 1000));
    });
    let held = queue(3, usize::MAX);
    gather(&held, 1000, || {
        held.offer(&mut arrivals(4, 1), WhenFull::Hold);
    });
    gather(&held, 1000, || {});
    let failed = queue(100, usize::MAX);
    gather(&failed, 10, || failed.fail(Failure::Ended("over".into())));
    gather(&failed, 10, || {});
    let closed = queue(100, usize::MAX);
    gather(&closed, 10, || closed.close());
    gather(&closed, 10, || {});
}

#[test]
fn what_is_held_back_is_not_counted_and_room_is_told() {
    let queue = queue(3, usize::MAX);
    let mut arrivals = arrivals(5, 1);
    arrivals.oversize = 1;
    let offered = queue.offer(&mut arrivals, WhenFull::Hold);
    assert!(offered.held && !offered.fitted && offered.dropped == 0);
    assert_eq!((arrivals.chunk.records(), arrivals.messages()), (2, 2));
    assert_eq!(queue.snapshot().counts.received, 4);
    assert!(queue.room().now_or_never().is_none(), "no room yet");
    assert_eq!(drain(&queue).len(), 3);
    assert!(queue.room().now_or_never().is_some());
    assert!(queue.offer(&mut arrivals, WhenFull::Hold).fitted);
    assert_eq!(drain(&queue).len(), 2);
    assert!(
        queue.room().now_or_never().is_none(),
        "nobody waits for room"
    );
}

#[test]
fn what_is_held_back_is_discarded_by_a_close() {
    let queue = queue(3, usize::MAX);
    let mut arrivals = arrivals(5, 1);
    queue.offer(&mut arrivals, WhenFull::Hold);
    queue.close();
    assert!(queue.room().now_or_never().is_some());
    assert_eq!(
        queue.offer(&mut arrivals, WhenFull::Hold),
        Offered::default()
    );
    let counts = queue.snapshot().counts;
    assert_eq!((counts.received, counts.discarded), (5, 5));
}

#[test]
fn what_a_poller_gives_back_is_the_oldest() {
    let queue = queue(4, usize::MAX);
    offer(&queue, &mut numbered(0..4, 1));
    let mut chunk = queue.take_now().expect("records");
    let part = chunk.next_part(1, usize::MAX);
    assert!(queue.handed_over(part));
    chunk.take(part);
    queue.give_back(chunk);
    let dropped = queue.offer(&mut numbered(4..7, 1), WhenFull::DropOldest);
    assert_eq!(dropped.dropped, 2);
    assert_eq!(drain(&queue), [3, 4, 5, 6]);
}

#[test]
fn what_a_poller_holds_is_not_dropped_but_counts() {
    let queue = queue(4, usize::MAX);
    offer(&queue, &mut numbered(0..3, 1));
    let chunk = queue.take_now().expect("records");
    let offered = queue.offer(&mut numbered(3..6, 1), WhenFull::DropOldest);
    assert_eq!(offered.dropped, 2);
    assert_eq!(queue.snapshot().messages, 4);
    queue.give_back(chunk);
    assert_eq!(drain(&queue), [0, 1, 2, 5]);
}

#[test]
fn a_failure_is_seen_after_the_last_record() {
    let queue = queue(10, 10_000);
    offer(&queue, &mut arrivals(1, 1));
    queue.fail(Failure::Ended("first".into()));
    queue.fail(Failure::Bug("second".into()));
    assert_eq!(offer(&queue, &mut arrivals(2, 1)), Offered::default());
    assert_eq!(
        queue.snapshot().counts.discarded,
        2,
        "nothing is queued behind a failure"
    );
    assert!(matches!(queue.take(Instant::now()), Taken::Chunk(_)));
    let taken = queue.take(Instant::now());
    assert!(matches!(taken, Taken::Failed(Failure::Ended(text)) if text == "first"));
}

#[test]
fn what_is_queued_at_close_or_comes_later_is_discarded() {
    let queue = queue(10, 10_000);
    offer(&queue, &mut arrivals(4, 1));
    let Taken::Chunk(chunk) = queue.take(Instant::now()) else {
        panic!("records are there")
    };
    let part = chunk.next_part(1, usize::MAX);
    assert!(queue.handed_over(part));
    queue.close();
    assert!(
        !queue.handed_over(part),
        "records taken after the close must not be used"
    );
    offer(&queue, &mut arrivals(2, 1));
    let counts = queue.snapshot().counts;
    assert_eq!(
        (counts.received, counts.handed_over, counts.discarded),
        (6, 1, 5)
    );
    assert!(matches!(queue.take(Instant::now()), Taken::Closed));
}

#[test]
fn a_waiting_poller_is_woken_by_an_offer_and_by_close() {
    let queue = queue(10, 10_000);
    let far = Instant::now() + Duration::from_secs(60);
    std::thread::scope(|scope| {
        scope.spawn(|| offer(&queue, &mut arrivals(1, 1)));
        assert!(matches!(queue.take(far), Taken::Chunk(_)));
        scope.spawn(|| queue.close());
        assert!(matches!(queue.take(far), Taken::Closed));
    });
}

/// Two queues of one memory, in which one of them finds no room.
#[test]
fn the_memory_of_all_queues_is_a_bound_of_each() {
    let memory = Arc::new(Memory::unlimited());
    memory.set_limit(100 * record_bytes(1));
    let new = || {
        let capacity = Capacity {
            messages: 1000,
            bytes: 100_000,
        };
        Queue::new(capacity, Arc::clone(&memory))
    };
    let (one, other) = (new(), new());
    let offered = offer(&one, &mut numbered(0..100, 1));
    assert_eq!(
        (offered.dropped, offered.bounds.to_string().as_str()),
        (20, "worker")
    );
    assert_eq!(offer(&other, &mut numbered(0..20, 1)).dropped, 4);
    let offered = other.offer(&mut numbered(20..24, 1), WhenFull::DropOldest);
    assert_eq!(offered.dropped, 4);
    assert_eq!(memory.used(), 96 * record_bytes(1));

    let mut held = numbered(100..104, 1);
    assert!(one.offer(&mut held, WhenFull::Hold).held);
    drop(other);
    take(&one, 5);
    assert_eq!(memory.used(), 75 * record_bytes(1));
    assert!(one.offer(&mut held, WhenFull::Hold).fitted);
    assert_eq!(drain(&one).last(), Some(&103));
    assert_eq!(memory.used(), 0);
    offer(&one, &mut numbered(7..9, 1));
    one.close();
    assert_eq!(memory.used(), 0);
}

proptest! {
    /// However two queues of one memory are used, it is never exceeded, and it is empty when they are.
    #[test]
    fn the_memory_is_never_exceeded(
        steps in prop::collection::vec((any::<bool>(), 0i64..40, 0usize..3000, 0usize..60, when_full()), 1..60), limit in 0usize..100_000,
    ) {
        let memory = Arc::new(Memory::unlimited());
        memory.set_limit(limit);
        let queues = [(); 2].map(|()| Queue::new(Capacity { messages: 50, bytes: 50_000 }, Arc::clone(&memory)));
        for (which, count, payload, most, when_full) in steps {
            let queue = &queues[usize::from(which)];
            queue.offer(&mut numbered(0..count, payload), when_full);
            prop_assert!(memory.used() <= limit);
            prop_assert_eq!(memory.used(), queues.iter().map(|queue| queue.snapshot().bytes).sum::<usize>());
            take(queue, most);
        }
        queues.iter().for_each(|queue| drop(drain(queue)));
        prop_assert_eq!(memory.used(), 0);
    }
}

/// What the queue should hold, message by message.
#[derive(Default)]
struct Model {
    queued: VecDeque<(i64, usize)>,
    held: VecDeque<(i64, usize)>,
    dropped: u64,
}

impl Model {
    fn fits(&self, capacity: Capacity, bytes: usize) -> bool {
        let queued: usize = self.queued.iter().map(|(_, bytes)| bytes).sum();
        self.queued.len() < capacity.messages && queued + bytes <= capacity.bytes
    }

    fn offer(&mut self, capacity: Capacity, when_full: WhenFull) {
        let arrived = std::mem::take(&mut self.held);
        if when_full == WhenFull::DropOldest {
            self.queued.extend(arrived);
            while let Some(oldest) = self.queued.pop_front() {
                if self.fits(capacity, oldest.1) {
                    self.queued.push_front(oldest);
                    break;
                }
                self.dropped += 1;
            }
            return;
        }
        let mut full = false;
        for message in arrived {
            full |= !self.fits(capacity, message.1);
            match when_full {
                _ if !full => self.queued.push_back(message),
                WhenFull::Hold => self.held.push_back(message),
                _ => self.dropped += 1,
            }
        }
    }
}

fn when_full() -> impl Strategy<Value = WhenFull> {
    prop_oneof![
        Just(WhenFull::DropNewest),
        Just(WhenFull::DropOldest),
        Just(WhenFull::Hold)
    ]
}

proptest! {
    /// Under each policy, and when it changes: what is queued is what should be, the bounds hold and the books balance.
    #[test]
    fn the_books_balance_and_the_bounds_hold(
        steps in prop::collection::vec((0i64..40, 0usize..3000, 0u64..3, prop::option::of(0usize..60), when_full()), 1..60),
        messages in 1usize..100, bytes in 3016usize..200_000, one_policy in prop::option::of(when_full()), close in any::<bool>(),
    ) {
        let capacity = Capacity { messages, bytes };
        let memory = Arc::new(Memory::unlimited());
        let queue = Queue::new(capacity, Arc::clone(&memory));
        let mut model = Model::default();
        let mut arrivals = Arrivals::new();
        let mut next = 0;
        for (count, payload, lost, taken, when_full) in steps {
            let when_full = one_policy.unwrap_or(when_full);
            for number in next..next + count {
                prop_assert!(arrivals.chunk.push(Kind::Text, number, &vec![b'x'; payload]));
                model.held.push_back((number, record_bytes(payload)));
            }
            next += count;
            arrivals.oversize = lost;
            arrivals.unrepresentable = lost;
            arrivals.corrupt = lost;
            arrivals.dropped = lost;
            model.dropped += lost;
            let before = queue.snapshot().counts;
            let offered = queue.offer(&mut arrivals, when_full);
            model.offer(capacity, when_full);
            let now = queue.snapshot();
            prop_assert!(now.messages <= messages && now.bytes <= bytes);
            prop_assert_eq!(now.counts.dropped - before.dropped, offered.dropped);
            prop_assert_eq!(now.counts.dropped, model.dropped);
            prop_assert_eq!((arrivals.messages(), offered.held), (model.held.len() as u64, !model.held.is_empty()));
            prop_assert!(!offered.held || when_full == WhenFull::Hold);
            prop_assert_eq!(memory.used(), now.bytes);
            prop_assert_eq!((now.messages, now.bytes), (model.queued.len(), model.queued.iter().map(|(_, bytes)| bytes).sum()));
            if let Some(most) = taken {
                let most = most.min(model.queued.len());
                let wanted: Vec<_> = model.queued.drain(..most).map(|(number, _)| number).collect();
                prop_assert_eq!(take(&queue, most), wanted);
            }
        }
        if close {
            queue.close();
            queue.offer(&mut arrivals, WhenFull::Hold);
            prop_assert_eq!(arrivals.messages(), 0);
        }
        let now = queue.snapshot();
        let c = now.counts;
        prop_assert_eq!(
            c.received,
            c.handed_over + c.dropped + c.oversize + c.unrepresentable + c.corrupt + c.discarded + now.messages as u64
        );
        if !close {
            let wanted: Vec<_> = model.queued.iter().map(|(number, _)| *number).collect();
            prop_assert_eq!(drain(&queue), wanted);
        }
    }
}

#[test]
fn memory_stays_below_twice_the_bytes_whatever_the_sizes() {
    let queue = queue(usize::MAX, usize::MAX);
    for payload in [33 * 1024, 1].repeat(200) {
        offer(&queue, &mut arrivals(1, payload));
    }
    let state = queue.state.lock();
    let chunks = state.sealed.len() + 1;
    assert!(
        chunks * CHUNK_BYTES < 2 * state.bytes,
        "{chunks} chunks for {} bytes",
        state.bytes
    );
}
