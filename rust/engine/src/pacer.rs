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

    /// Whether as many frames wait as may be sent in a window.
    #[must_use]
    pub fn is_crowded(&self) -> bool {
        self.waiting.len() >= self.budget.most()
    }

    /// Where the frames end that wait; they are to be queued anew.
    pub fn take_waiting(&mut self) -> VecDeque<usize> {
        std::mem::take(&mut self.waiting)
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

#[cfg(test)]
mod tests {
    use std::future::poll_fn;

    use proptest::prelude::*;

    use super::*;
    use crate::frame_header::TEXT;
    use crate::frame_writer::FrameWriter;

    const WINDOW: Duration = Duration::from_secs(1);

    /// Queues frames at these times and writes them; when each was written.
    async fn written(most: u32, waits: Vec<u64>) -> Vec<Duration> {
        let begun = Instant::now();
        let mut writer = FrameWriter::paced(most, WINDOW);
        let frames = waits.len();
        let (stream, mut server) = tokio::io::duplex(1 << 20);
        let writes = async move {
            let mut stream = stream;
            for wait in waits {
                tokio::time::sleep(Duration::from_millis(wait)).await;
                writer
                    .queue(TEXT, vec![b'x'; 10], |_, _| {})
                    .expect("random numbers");
                let soon = tokio::time::timeout(
                    Duration::from_millis(1),
                    poll_fn(|context| writer.poll_flush(&mut stream, context, |_, _| {})),
                );
                let _ = soon.await;
            }
            poll_fn(|context| writer.poll_flush(&mut stream, context, |_, _| {}))
                .await
                .expect("a stream");
        };
        let reads = async move {
            let mut times = Vec::new();
            for _ in 0..frames {
                let mut frame = [0; 16];
                tokio::io::AsyncReadExt::read_exact(&mut server, &mut frame)
                    .await
                    .expect("a frame");
                times.push(begun.elapsed());
            }
            times
        };
        tokio::join!(writes, reads).1
    }

    fn virtual_time<T>(future: impl Future<Output = T>) -> T {
        tokio::runtime::Builder::new_current_thread()
            .enable_time()
            .start_paused(true)
            .build()
            .expect("a runtime")
            .block_on(future)
    }

    proptest! {
        #[test]
        fn no_window_has_more_frames_than_allowed(most in 1u32..6, waits in prop::collection::vec(0u64..800, 1..40)) {
            let times = virtual_time(written(most, waits));
            for (index, first) in times.iter().enumerate() {
                let within = times[index..].iter().take_while(|time| **time < *first + WINDOW);
                prop_assert!(within.count() <= most as usize, "{times:?}");
            }
        }
    }

    #[test]
    fn nothing_waits_before_the_budget_is_spent() {
        let times = virtual_time(written(5, vec![0; 6]));
        assert!(times[4] < Duration::from_millis(20), "{times:?}");
        assert!(times[5] >= WINDOW && times[5] < WINDOW * 2, "{times:?}");
    }

    #[test]
    fn a_close_frame_waits_for_nothing_and_forgets_what_waits() {
        let sent = virtual_time(async {
            let mut writer = FrameWriter::paced(1, WINDOW);
            let (mut stream, mut server) = tokio::io::duplex(1 << 20);
            for _ in 0..3 {
                writer
                    .queue(TEXT, vec![b'x'; 10], |_, _| {})
                    .expect("random numbers");
            }
            let flush = poll_fn(|context| writer.poll_flush(&mut stream, context, |_, _| {}));
            tokio::time::timeout(WINDOW / 2, flush)
                .await
                .expect_err("two must wait");
            assert!(writer.queued() > writer.written());
            writer
                .close(vec![3, 232], |_, _| {})
                .expect("random numbers");
            poll_fn(|context| writer.poll_flush(&mut stream, context, |_, _| {}))
                .await
                .expect("a stream");
            drop(stream);
            let mut sent = Vec::new();
            tokio::io::AsyncReadExt::read_to_end(&mut server, &mut sent)
                .await
                .expect("all of it");
            sent
        });
        // A header of six bytes each: the first text, then the close frame.
        assert_eq!((sent.len(), sent[0], sent[16]), (24, 0x81, 0x88));
    }
}
