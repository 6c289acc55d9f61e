//! How often frames may be sent (`websocket.send.max.per.window`).

use std::collections::VecDeque;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use tokio::time::{Instant, Sleep};

use crate::budget::Budget;

/// The part of a window by which ours is longer than the server's: frames that we sent apart may arrive closer together.
const MARGIN: u32 = 20;

/// Holds frames back that would be too many. Works on the offsets of a buffer in which they lie one behind the other.
#[derive(Debug)]
pub struct Pacer {
    budget: Budget,
    begun: Instant,
    /// Where the frames end that must wait, in order.
    waiting: VecDeque<usize>,
    /// How far the buffer may be written.
    released: usize,
    sleep: Pin<Box<Sleep>>,
}

impl Pacer {
    /// At most `most` frames in any `window`.
    #[must_use]
    pub fn new(most: u32, window: Duration) -> Self {
        let begun = Instant::now();
        Self {
            budget: Budget::new(most, window + window / MARGIN),
            begun,
            waiting: VecDeque::new(),
            released: 0,
            sleep: Box::pin(tokio::time::sleep_until(begun)),
        }
    }

    /// A frame was queued; it ends here.
    pub fn queued(&mut self, end: usize) {
        self.waiting.push_back(end);
    }

    /// How far the buffer may be written, which is further than `written`.
    pub fn poll_release(&mut self, written: usize, context: &mut Context<'_>) -> Poll<usize> {
        while let Some(&end) = self.waiting.front() {
            let now = self.begun.elapsed();
            let earliest = self.budget.earliest(now);
            if now < earliest {
                if written < self.released {
                    break;
                }
                self.sleep.as_mut().reset(self.begun + earliest);
                ready!(self.sleep.as_mut().poll(context));
                continue;
            }
            self.budget.spend(now);
            self.released = end;
            self.waiting.pop_front();
        }
        Poll::Ready(self.released)
    }

    /// Forgets the frames that wait; says where the buffer ends without them.
    pub fn forget_waiting(&mut self) -> usize {
        self.waiting.clear();
        self.released
    }

    /// The first bytes of the buffer are gone.
    pub fn cut(&mut self, bytes: usize) {
        self.released -= bytes;
        for end in &mut self.waiting {
            *end -= bytes;
        }
    }
}
