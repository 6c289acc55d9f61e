//! When bytes came from the network: one clock reading a socket read.

use std::cell::Cell;
use std::io;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll};
use std::time::SystemTime;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

/// The time of the last socket read, in microseconds since the epoch. Shared on the engine's thread.
#[derive(Clone, Debug, Default)]
pub struct ReadTime(Rc<Cell<i64>>);

impl ReadTime {
    /// Microseconds since the epoch.
    pub fn micros(&self) -> i64 {
        self.0.get()
    }

    fn set_now(&self) {
        let since_epoch = SystemTime::now()
            .duration_since(SystemTime::UNIX_EPOCH)
            .unwrap_or_default();
        self.0
            .set(i64::try_from(since_epoch.as_micros()).unwrap_or(i64::MAX));
    }
}

/// A stream that notes when it was read.
pub struct Stamped<S> {
    stream: S,
    read_time: ReadTime,
}

impl<S> Stamped<S> {
    pub fn new(stream: S, read_time: ReadTime) -> Self {
        Self { stream, read_time }
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Stamped<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        into: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let read = Pin::new(&mut self.stream).poll_read(context, into);
        if read.is_ready() {
            self.read_time.set_now();
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
