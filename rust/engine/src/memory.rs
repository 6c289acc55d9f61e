//! What the queues of all sessions of a process may hold together. They lie outside the JVM's heap, which nothing else bounds.

use std::sync::atomic::{AtomicUsize, Ordering};

/// How many times the free bytes a queue may hold.
const SHARE: usize = 4;

/// A budget in bytes, record headers included. Any thread.
#[derive(Debug)]
pub struct Memory {
    limit: AtomicUsize,
    used: AtomicUsize,
}

impl Memory {
    /// Without a limit, until one is set.
    #[must_use]
    pub const fn unlimited() -> Self {
        Self {
            limit: AtomicUsize::new(usize::MAX),
            used: AtomicUsize::new(0),
        }
    }

    /// Sets the limit. What is in use above it stays until it is released.
    pub fn set_limit(&self, bytes: usize) {
        self.limit.store(bytes, Ordering::Relaxed);
    }

    /// The limit.
    #[must_use]
    pub fn limit(&self) -> usize {
        self.limit.load(Ordering::Relaxed)
    }

    /// What is in use now.
    #[must_use]
    pub fn used(&self) -> usize {
        self.used.load(Ordering::Relaxed)
    }

    /// Takes up to so many bytes for a queue that holds `held` already; returns how many it may have.
    ///
    /// A queue may hold up to [`SHARE`] times what is free. So one full queue leaves a fifth, two leave a ninth, and a task that Kafka
    /// takes everything from always finds room for what it needs.
    #[must_use]
    pub fn reserve(&self, wanted: usize, held: usize) -> usize {
        let limit = self.limit();
        let granted = |used: usize| {
            let share = limit.saturating_sub(used).saturating_mul(SHARE);
            wanted.min(share.saturating_sub(held) / (SHARE + 1))
        };
        let before = self
            .used
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, |used| {
                Some(used + granted(used))
            });
        // The closure always answers.
        before.map_or(0, granted)
    }

    /// Gives bytes back.
    pub fn release(&self, bytes: usize) {
        self.used.fetch_sub(bytes, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn grants_four_times_what_stays_free() {
        let memory = Memory::unlimited();
        assert_eq!(memory.reserve(1000, 0), 1000);
        memory.release(1000);
        memory.set_limit(1000);
        assert_eq!((memory.reserve(2000, 0), memory.reserve(1, 800)), (800, 0));
        assert_eq!(memory.reserve(2000, 0), 160, "another queue finds room");
        assert_eq!(memory.reserve(10, 0), 10, "and a third one");
        memory.set_limit(500);
        assert_eq!((memory.used(), memory.reserve(1, 0)), (970, 0));
        memory.release(970);
        assert_eq!(memory.reserve(2000, 0), 400);
    }

    #[test]
    fn is_exact_whoever_asks_at_once() {
        let memory = Memory::unlimited();
        memory.set_limit(1000);
        std::thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| {
                    for wanted in 1..2000 {
                        let granted = memory.reserve(wanted, 0);
                        assert!(memory.used() <= 1000);
                        memory.release(granted);
                    }
                });
            }
        });
        assert_eq!(memory.used(), 0);
    }
}
