use super::*;
use crate::batch::{Kind, record_bytes};
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
    Queue::new(Capacity { messages, bytes })
}

/// Takes and hands over everything; returns how many messages that was.
fn drain(queue: &Queue) -> usize {
    let mut messages = 0;
    while let Some(mut chunk) = queue.take_now() {
        let part = chunk.next_part(usize::MAX, usize::MAX);
        assert!(queue.handed_over(part));
        chunk.take(part);
        queue.recycle(chunk);
        messages += part.records;
    }
    messages
}

#[test]
fn the_newest_are_dropped_at_the_message_bound() {
    let queue = queue(3, usize::MAX);
    assert_eq!(queue.offer(&mut arrivals(2, 1)), 0);
    assert_eq!(queue.offer(&mut arrivals(5, 1)), 4);
    let snapshot = queue.snapshot();
    assert_eq!(
        (
            snapshot.messages,
            snapshot.counts.received,
            snapshot.counts.dropped
        ),
        (3, 7, 4)
    );
    assert_eq!(drain(&queue), 3);
    assert_eq!(queue.offer(&mut arrivals(3, 1)), 0);
}

#[test]
fn the_byte_bound_holds_too() {
    let queue = queue(1000, 2 * record_bytes(100));
    assert_eq!(queue.offer(&mut arrivals(3, 100)), 1);
    assert_eq!(queue.snapshot().bytes, 2 * record_bytes(100));
}

#[test]
fn a_failure_is_seen_after_the_last_record() {
    let queue = queue(10, 10_000);
    queue.offer(&mut arrivals(1, 1));
    queue.fail(Failure::Ended("first".into()));
    queue.fail(Failure::Bug("second".into()));
    assert!(matches!(queue.take(Instant::now()), Taken::Chunk(_)));
    let taken = queue.take(Instant::now());
    assert!(matches!(taken, Taken::Failed(Failure::Ended(text)) if text == "first"));
}

#[test]
fn what_is_queued_at_close_or_comes_later_is_discarded() {
    let queue = queue(10, 10_000);
    queue.offer(&mut arrivals(4, 1));
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
    queue.offer(&mut arrivals(2, 1));
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
        scope.spawn(|| queue.offer(&mut arrivals(1, 1)));
        assert!(matches!(queue.take(far), Taken::Chunk(_)));
        scope.spawn(|| queue.close());
        assert!(matches!(queue.take(far), Taken::Closed));
    });
}

proptest! {
    #[test]
    fn the_books_balance_and_the_bounds_hold(
        steps in prop::collection::vec((0usize..40, 0usize..3000, 0u64..3, any::<bool>()), 1..60),
        messages in 1usize..100, bytes in 1usize..200_000, close in any::<bool>(),
    ) {
        let queue = queue(messages, bytes);
        for (count, payload, lost, take) in steps {
            let mut arrivals = arrivals(count, payload);
            arrivals.oversize = lost;
            arrivals.unrepresentable = lost;
            let before = queue.snapshot();
            let fits = before.messages + count <= messages && before.bytes + count * record_bytes(payload) <= bytes;
            let dropped = queue.offer(&mut arrivals);
            prop_assert!(dropped == 0 || !fits, "dropped though there was room");
            prop_assert_eq!(arrivals.messages(), 0);
            let now = queue.snapshot();
            prop_assert!(now.messages <= messages && now.bytes <= bytes);
            prop_assert_eq!(now.messages as u64, before.messages as u64 + count as u64 - dropped);
            if take {
                let queued = now.messages;
                prop_assert_eq!(drain(&queue), queued);
            }
        }
        if close { queue.close(); }
        let now = queue.snapshot();
        let c = now.counts;
        prop_assert_eq!(
            c.received,
            c.handed_over + c.dropped + c.oversize + c.unrepresentable + c.discarded + now.messages as u64
        );
    }
}

#[test]
fn memory_stays_below_twice_the_bytes_whatever_the_sizes() {
    let queue = queue(usize::MAX, usize::MAX);
    for payload in [33 * 1024, 1].repeat(200) {
        queue.offer(&mut arrivals(1, payload));
    }
    let state = queue.state.lock();
    let chunks = state.sealed.len() + 1;
    assert!(
        chunks * CHUNK_BYTES < 2 * state.bytes,
        "{chunks} chunks for {} bytes",
        state.bytes
    );
}
