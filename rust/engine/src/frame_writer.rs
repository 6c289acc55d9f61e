//! Frames on their way to the server: masked, in the order in which they were queued (RFC 6455 section 5.3).

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use tokio::io::AsyncWrite;
use tokio_tungstenite::tungstenite::protocol::frame::coding::OpCode;
use tokio_tungstenite::tungstenite::protocol::frame::{self, Frame};

use crate::frame_header::{CLOSE, FrameHeader, PONG};
use crate::pacer::Pacer;

/// While more waits for a server that does not read, only the pong for its last ping is kept (RFC 6455 section 5.5.3).
const MOST_PONG_BYTES: usize = 64 * 1024;

/// What is not yet written.
#[derive(Debug, Default)]
pub struct FrameWriter {
    bytes: Vec<u8>,
    written: usize,
    /// How much was forgotten of what was written.
    forgotten: u64,
    /// The answer to the last ping, while too much waits.
    late_pong: Option<Vec<u8>>,
    pacer: Option<Pacer>,
}

impl FrameWriter {
    /// One that sends at most so many frames in any stretch of time of that length, whatever they are.
    #[must_use]
    pub fn paced(frames: u32, window: Duration) -> Self {
        Self {
            pacer: Some(Pacer::new(frames, window)),
            ..Self::default()
        }
    }

    /// How many bytes were queued so far.
    #[must_use]
    pub fn queued(&self) -> u64 {
        self.forgotten + self.bytes.len() as u64
    }

    /// How many of them were written.
    #[must_use]
    pub fn written(&self) -> u64 {
        self.forgotten + self.written as u64
    }

    /// Whether so much waits that nothing should be added that can be left out: as much as the pace allows in a window, or 64 KiB.
    #[must_use]
    pub fn is_crowded(&self) -> bool {
        self.pacer.as_ref().is_some_and(Pacer::is_crowded) || self.backlog() > MOST_PONG_BYTES
    }

    fn backlog(&self) -> usize {
        self.bytes.len() - self.written
    }

    /// Queues a frame; `seen` is told of its header and its payload.
    ///
    /// # Errors
    /// The system has no random numbers for the masking key.
    pub fn queue(
        &mut self,
        opcode: u8,
        payload: Vec<u8>,
        seen: impl FnOnce(&FrameHeader, &[u8]),
    ) -> io::Result<()> {
        seen(&FrameHeader::sent(opcode, payload.len()), &payload);
        let mut mask = [0; 4];
        getrandom::fill(&mut mask)?;
        let header = frame::FrameHeader {
            opcode: OpCode::from(opcode),
            mask: Some(mask),
            ..frame::FrameHeader::default()
        };
        Frame::from_payload(header, payload.into())
            .format(&mut self.bytes)
            .map_err(|error| io::Error::other(error.to_string()))?;
        if let Some(pacer) = &mut self.pacer {
            pacer.queued(self.bytes.len());
        }
        Ok(())
    }

    /// Queues the answer to a ping.
    ///
    /// # Errors
    /// As [`queue`](Self::queue).
    pub fn pong(
        &mut self,
        payload: &[u8],
        seen: impl FnOnce(&FrameHeader, &[u8]),
    ) -> io::Result<()> {
        let most = if self.pacer.is_some() {
            // The pace is not to be spent on pongs.
            0
        } else {
            MOST_PONG_BYTES
        };
        if self.backlog() > most {
            self.late_pong = Some(payload.to_vec());
            return Ok(());
        }
        self.queue(PONG, payload.to_vec(), seen)
    }

    /// Queues a close frame. Nothing may follow it, and what had to wait for its turn is forgotten.
    ///
    /// # Errors
    /// As [`queue`](Self::queue).
    pub fn close(
        &mut self,
        payload: Vec<u8>,
        seen: impl FnOnce(&FrameHeader, &[u8]),
    ) -> io::Result<()> {
        self.late_pong = None;
        if let Some(mut pacer) = self.pacer.take() {
            self.bytes.truncate(pacer.forget_waiting());
        }
        self.queue(CLOSE, payload, seen)
    }

    /// Writes and flushes everything, as fast as the pace allows.
    pub fn poll_flush<S: AsyncWrite + Unpin>(
        &mut self,
        stream: &mut S,
        context: &mut Context<'_>,
        mut seen: impl FnMut(&FrameHeader, &[u8]),
    ) -> Poll<io::Result<()>> {
        loop {
            while self.written < self.bytes.len() {
                let end = ready!(self.poll_release(context));
                let rest = &self.bytes[self.written..end];
                let written = ready!(Pin::new(&mut *stream).poll_write(context, rest))?;
                if written == 0 {
                    return Poll::Ready(Err(io::ErrorKind::WriteZero.into()));
                }
                self.written += written;
                if self.pacer.is_some() && self.written == end {
                    // What comes next may be long in coming.
                    ready!(Pin::new(&mut *stream).poll_flush(context))?;
                    self.insert_late_pong(&mut seen)?;
                }
            }
            self.cut();
            match self.late_pong.take() {
                Some(payload) => self.queue(PONG, payload, &mut seen)?,
                None => return Pin::new(&mut *stream).poll_flush(context),
            }
        }
    }

    /// The pong that was kept goes before what waits.
    fn insert_late_pong(&mut self, seen: impl FnOnce(&FrameHeader, &[u8])) -> io::Result<()> {
        let Some(payload) = self.late_pong.take() else {
            return Ok(());
        };
        let waiting = self.bytes.split_off(self.written);
        let ends = self.pacer.as_mut().map(Pacer::take_waiting);
        self.queue(PONG, payload, seen)?;
        let pong = self.bytes.len() - self.written;
        self.bytes.extend(waiting);
        if let Some((pacer, ends)) = self.pacer.as_mut().zip(ends) {
            ends.into_iter().for_each(|end| pacer.queued(end + pong));
        }
        Ok(())
    }

    /// How far may be written now.
    fn poll_release(&mut self, context: &mut Context<'_>) -> Poll<usize> {
        if self.written > MOST_PONG_BYTES && self.pacer.is_some() {
            self.cut();
        }
        match &mut self.pacer {
            Some(pacer) => pacer.poll_release(self.written, context),
            None => Poll::Ready(self.bytes.len()),
        }
    }

    /// Forgets what was written.
    fn cut(&mut self) {
        self.bytes.drain(..self.written);
        self.bytes.shrink_to(MOST_PONG_BYTES);
        if let Some(pacer) = &mut self.pacer {
            pacer.cut(self.written);
        }
        self.forgotten += self.written as u64;
        self.written = 0;
    }
}

#[cfg(test)]
mod tests {
    use std::task::Waker;

    use super::*;

    /// Takes so many bytes, then none.
    struct Narrow(usize, Vec<u8>);

    impl AsyncWrite for Narrow {
        fn poll_write(
            mut self: Pin<&mut Self>,
            _context: &mut Context<'_>,
            from: &[u8],
        ) -> Poll<io::Result<usize>> {
            let taken = from.len().min(self.0);
            if taken == 0 {
                return Poll::Pending;
            }
            self.0 -= taken;
            self.1.extend_from_slice(&from[..taken]);
            Poll::Ready(Ok(taken))
        }

        fn poll_flush(self: Pin<&mut Self>, _context: &mut Context<'_>) -> Poll<io::Result<()>> {
            Poll::Ready(Ok(()))
        }

        fn poll_shutdown(self: Pin<&mut Self>, _context: &mut Context<'_>) -> Poll<io::Result<()>> {
            Poll::Ready(Ok(()))
        }
    }

    fn flush(writer: &mut FrameWriter, to: &mut Narrow) -> (bool, usize) {
        let mut seen = 0;
        let flushed = writer.poll_flush(to, &mut Context::from_waker(Waker::noop()), |_, _| {
            seen += 1
        });
        (flushed.is_ready(), seen)
    }

    #[test]
    fn frames_are_masked_and_written_in_pieces() {
        let mut writer = FrameWriter::default();
        writer
            .queue(1, b"hello".to_vec(), |header, _| {
                assert_eq!(header.to_string(), "opcode=1 (text) fin=1 rsv=000 length=5");
            })
            .expect("queued");
        let mut narrow = Narrow(3, Vec::new());
        assert_eq!(flush(&mut writer, &mut narrow), (false, 0));
        narrow.0 = 100;
        assert_eq!(flush(&mut writer, &mut narrow), (true, 0));
        let [0x81, 0x85, mask @ .., a, b, c, d, e] = narrow.1.as_slice() else {
            panic!("a masked text frame: {:?}", narrow.1)
        };
        let unmasked: Vec<u8> = [a, b, c, d, e]
            .into_iter()
            .zip(mask.iter().cycle())
            .map(|(byte, key)| byte ^ key)
            .collect();
        assert_eq!((unmasked.as_slice(), mask.len()), (&b"hello"[..], 4));
    }

    #[test]
    fn a_server_that_only_asks_gets_its_last_answer() {
        let mut writer = FrameWriter::default();
        let mut seen = 0;
        for number in 0..100_000_u32 {
            writer
                .pong(&number.to_be_bytes(), |_, _| seen += 1)
                .expect("queued");
        }
        assert!(seen < 10_000 && writer.bytes.len() < MOST_PONG_BYTES + 100);
        let mut wide = Narrow(usize::MAX, Vec::new());
        assert_eq!(flush(&mut writer, &mut wide), (true, 1));
        assert_eq!(wide.1.len(), (seen + 1) * 10);
        let last = &wide.1[seen * 10..];
        let unmasked: Vec<u8> = (0..4).map(|i| last[6 + i] ^ last[2 + i]).collect();
        assert_eq!(unmasked, 99_999_u32.to_be_bytes());
    }
}
