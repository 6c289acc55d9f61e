//! What a socket is read like: when, with one clock reading a read, how much, and how much may wait.

use std::cell::Cell;
use std::io;
use std::os::fd::AsFd;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll};
use std::time::SystemTime;

use socket2::SockRef;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

/// What is known of the socket reads so far. Shared on the engine's thread.
#[derive(Clone, Debug, Default)]
pub struct Reads(Rc<Shared>);

#[derive(Debug, Default)]
struct Shared {
    micros: Cell<i64>,
    bytes: Cell<u64>,
    buffer: Cell<Option<usize>>,
    buffer_wanted: Cell<bool>,
}

impl Reads {
    /// When the last one was, in microseconds since the epoch.
    pub fn micros(&self) -> i64 {
        self.0.micros.get()
    }

    /// Bytes read so far, over all connections.
    pub fn bytes(&self) -> u64 {
        self.0.bytes.get()
    }

    /// Asks the next read how much the socket's receive buffer holds.
    pub fn want_buffer(&self) {
        self.0.buffer.set(None);
        self.0.buffer_wanted.set(true);
    }

    /// The answer, in bytes, once there is one.
    pub fn buffer(&self) -> Option<usize> {
        self.0.buffer.get()
    }

    fn add(&self, bytes: usize) {
        let since_epoch = SystemTime::now()
            .duration_since(SystemTime::UNIX_EPOCH)
            .unwrap_or_default();
        self.0
            .micros
            .set(i64::try_from(since_epoch.as_micros()).unwrap_or(i64::MAX));
        self.0.bytes.set(self.0.bytes.get() + bytes as u64);
    }
}

/// A socket that notes how it is read.
pub struct Stamped<S> {
    stream: S,
    reads: Reads,
}

impl<S> Stamped<S> {
    pub fn new(stream: S, reads: Reads) -> Self {
        Self { stream, reads }
    }
}

impl<S: AsyncRead + AsFd + Unpin> AsyncRead for Stamped<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        into: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = into.filled().len();
        let read = Pin::new(&mut self.stream).poll_read(context, into);
        if read.is_ready() {
            self.reads.add(into.filled().len() - before);
            if self.reads.0.buffer_wanted.take() {
                let size = SockRef::from(&self.stream).recv_buffer_size();
                self.reads.0.buffer.set(size.ok());
            }
        }
        read
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Stamped<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        from: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(context, from)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}
