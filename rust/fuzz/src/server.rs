//! A server in memory: it answers what was written with bytes made from it, cut as a schedule says.

use std::cell::RefCell;
use std::io;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

use crate::schedule::{Schedule, Step};

/// What comes when all bytes were read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// The end of the stream.
    Closed,
    /// An error.
    Reset,
    /// Nothing, ever.
    Silent,
}

/// What a server sends, made from what it was sent.
pub type Answer = Box<dyn FnOnce(&[u8]) -> Vec<u8>>;

/// The server's side, to be looked at from outside.
pub struct State {
    /// What it sends.
    pub sends: Vec<u8>,
    /// How much of that was read.
    pub read: usize,
    /// What it was sent.
    pub took: Vec<u8>,
    /// Whether it takes what it is sent.
    pub takes: bool,
    end: End,
    schedule: Schedule,
    answer: Option<Answer>,
}

/// The client's end of the connection.
#[derive(Clone)]
pub struct Server(pub Rc<RefCell<State>>);

impl Server {
    /// A server that sends these bytes.
    #[must_use]
    pub fn new(sends: Vec<u8>, end: End, schedule: Schedule) -> Self {
        Self(Rc::new(RefCell::new(State {
            sends,
            read: 0,
            took: Vec::new(),
            takes: true,
            end,
            schedule,
            answer: None,
        })))
    }

    /// A server that makes up its mind when it is read from for the first time.
    #[must_use]
    pub fn answering(answer: Answer, end: End, schedule: Schedule) -> Self {
        let server = Self::new(Vec::new(), end, schedule);
        server.0.borrow_mut().answer = Some(answer);
        server
    }
}

impl State {
    /// How much was moved so far, in bytes.
    #[must_use]
    pub fn moved(&self) -> usize {
        self.read + self.took.len()
    }

    /// Whether it has reason to keep us waiting forever.
    #[must_use]
    pub fn may_stall(&self) -> bool {
        self.end == End::Silent || !self.takes
    }

    /// How much the next read or write moves, or `None` if it has to be tried again.
    fn moves(&mut self, context: &Context<'_>) -> Option<usize> {
        match self.schedule.step() {
            Step::Bytes(bytes) => Some(bytes),
            Step::Wait => {
                context.waker().wake_by_ref();
                None
            }
        }
    }
}

impl AsyncRead for Server {
    fn poll_read(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        into: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let mut state = self.0.borrow_mut();
        if let Some(answer) = state.answer.take() {
            state.sends = answer(&state.took);
        }
        if state.read == state.sends.len() {
            return match state.end {
                End::Closed => Poll::Ready(Ok(())),
                End::Reset => Poll::Ready(Err(io::ErrorKind::ConnectionReset.into())),
                End::Silent => Poll::Pending,
            };
        }
        let Some(bytes) = state.moves(context) else {
            return Poll::Pending;
        };
        let bytes = bytes
            .min(into.remaining())
            .min(state.sends.len() - state.read);
        into.put_slice(&state.sends[state.read..state.read + bytes]);
        state.read += bytes;
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for Server {
    fn poll_write(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        from: &[u8],
    ) -> Poll<io::Result<usize>> {
        let mut state = self.0.borrow_mut();
        if !state.takes {
            return Poll::Pending;
        }
        let Some(bytes) = state.moves(context) else {
            return Poll::Pending;
        };
        let bytes = bytes.min(from.len());
        state.took.extend_from_slice(&from[..bytes]);
        Poll::Ready(Ok(bytes))
    }

    fn poll_flush(self: Pin<&mut Self>, _context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, _context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }
}
