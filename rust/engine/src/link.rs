//! The connection at hand and what is to be written to it.

use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll};

use crate::dial::Dialer;
use crate::failure::{Ending, Failure};
use crate::frames::{FrameSource, Outgoing};
use crate::rules::Event;

/// A connection that is being opened, and with what.
pub type Dialing = Pin<Box<dyn Future<Output = Dialed>>>;

/// What has come of it.
pub struct Dialed {
    /// With what it was opened.
    pub dialer: Rc<Dialer>,
    /// The connection, or why there is none.
    pub opened: Result<Box<dyn FrameSource>, Failure>,
}

/// The connection at hand: none, one being opened, or one. Never two.
pub enum Link {
    /// None.
    Down,
    /// One that is being opened.
    Dialing(Dialing),
    /// An open one.
    Up(Open),
}

/// An open connection and what it is about.
pub struct Open {
    /// Where messages come from.
    pub frames: Box<dyn FrameSource>,
    /// Something was queued for the server and is not yet written.
    flushing: bool,
    /// Until so many bytes are written the rules wait.
    awaited: Option<u64>,
    /// Something could not be sent: the connection is of no more use.
    broken: Option<Ending>,
    /// We have sent a close frame: it is read on for the answer, whether there is room or not.
    closing: bool,
}

impl Link {
    /// Something that was received was answered.
    pub fn answers(&mut self) {
        if let Self::Up(open) = self {
            open.flushing = true;
        }
    }

    /// A close frame goes out.
    pub fn closes(&mut self) {
        if let Self::Up(open) = self {
            open.closing = true;
        }
    }

    /// Whether it is open and to be left unread while there is no room for what it brings.
    pub fn is_read_only_with_room(&self) -> bool {
        matches!(self, Self::Up(open) if !open.closing)
    }

    /// Writes what is queued, as far as the socket takes it; its being written may be news.
    pub fn flush(&mut self, context: &mut Context<'_>) -> Option<Event> {
        match self {
            Self::Up(open) => match open.poll_flush(context) {
                Poll::Ready(event) => Some(event),
                Poll::Pending => None,
            },
            _ => None,
        }
    }

    /// Why nothing can be sent any more, if that is so.
    pub fn broken(&mut self) -> Option<Ending> {
        match self {
            Self::Up(open) => open.broken.take(),
            _ => None,
        }
    }
}

impl Open {
    /// Nothing is sent yet.
    pub fn new(frames: Box<dyn FrameSource>) -> Self {
        Self {
            frames,
            flushing: false,
            awaited: None,
            broken: None,
            closing: false,
        }
    }

    /// Queues something; whether it is written is perhaps `awaited`.
    pub fn send(&mut self, outgoing: Outgoing<'_>, awaited: bool) {
        self.flushing = true;
        if let Err(ending) = self.frames.start_send(outgoing) {
            self.broken.get_or_insert(ending);
        }
        if awaited {
            self.awaited = Some(self.frames.queued());
        }
    }

    /// Writes what is queued for the server; ready when something was among it that is awaited.
    pub fn poll_flush(&mut self, context: &mut Context<'_>) -> Poll<Event> {
        if !self.flushing || self.broken.is_some() {
            return Poll::Pending;
        }
        match self.frames.poll_flush(context) {
            Poll::Pending if self.awaited.is_some_and(|end| self.frames.written() >= end) => {
                self.awaited = None;
                Poll::Ready(Event::Sent)
            }
            Poll::Pending => Poll::Pending,
            Poll::Ready(Err(ending)) => {
                self.broken = Some(ending);
                Poll::Pending
            }
            Poll::Ready(Ok(())) => {
                self.flushing = false;
                if self.awaited.take().is_some() {
                    Poll::Ready(Event::Sent)
                } else {
                    Poll::Pending
                }
            }
        }
    }
}
