//! The seam to WebSocket frames: whole messages in, frames out, over any stream.

use std::io;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::Sleep;

use crate::batch::Kind;
use crate::deflate::Deflate;
use crate::failure::Ending;
#[cfg(feature = "internals")]
use crate::frame_header::BINARY;
use crate::frame_header::{PING, TEXT};
use crate::frame_reader::{FrameReader, Item, Violation};
use crate::frame_writer::FrameWriter;
use crate::inflater::Inflater;
use crate::redact::Secrets;
use crate::settings::{HARD_MESSAGE_LIMIT, Settings};
use crate::wire;

/// How long the server may take to close a connection that we fail.
const FAIL_TIMEOUT: Duration = Duration::from_secs(1);

/// How many reads of a connection that we fail are made before others have their turn.
const DRAIN_READS: usize = 16;

/// What comes from the server.
pub enum Received {
    /// A whole message: [`FrameSource::payload`].
    Message(Kind),
    /// So many bytes of what is not yet whole.
    Part(usize),
    /// A message longer than [`HARD_MESSAGE_LIMIT`] or than memory allows, as far as its length is known; then as [`Failing`](Self::Failing).
    TooLong(usize),
    /// A pong.
    Pong,
    /// A ping or a close frame; the answer is queued.
    Answered,
    /// A violation of the protocol. A close frame is queued, and nothing but the end will come.
    Failing,
    /// The connection has ended.
    Ended(Ending),
}

/// What goes to the server.
pub enum Outgoing<'a> {
    /// A text message.
    Text(&'a str),
    /// A binary message.
    #[cfg(feature = "internals")]
    Binary(&'a [u8]),
    /// A ping without a payload.
    Ping,
    /// A close frame.
    Close(u16),
}

/// An open connection. One thread, one caller.
pub trait FrameSource {
    /// The next thing from the server. What answers pings and close frames is queued on the way.
    fn poll_receive(&mut self, context: &mut Context<'_>) -> Poll<Received>;

    /// The message that was received last, until something else is received.
    fn payload(&self) -> &[u8];

    /// How many bytes it has: more than its payload if it is longer than `max_message_bytes`, for then it was not kept.
    fn length(&self) -> usize;

    /// Whether the server may compress messages.
    fn is_compressed(&self) -> bool;

    /// Gives the memory of that message back.
    fn forget_payload(&mut self);

    /// Queues something for the server; [`poll_flush`](Self::poll_flush) writes it.
    fn start_send(&mut self, outgoing: Outgoing<'_>) -> Result<(), Ending>;

    /// Whether so much waits to be written that nothing should be added that can be left out.
    fn is_crowded(&self) -> bool;

    /// How many bytes were queued so far.
    fn queued(&self) -> u64;

    /// How many of them were written.
    fn written(&self) -> u64;

    /// Writes what is queued.
    fn poll_flush(&mut self, context: &mut Context<'_>) -> Poll<Result<(), Ending>>;
}

/// The frames of one connection.
pub struct Frames<S> {
    stream: S,
    reader: FrameReader,
    writer: FrameWriter,
    settings: Rc<Settings>,
    secrets: Rc<Secrets>,
    /// Our close frame is queued or sent.
    closing: bool,
    close: Option<Ending>,
    failing: Option<Failing>,
}

/// A connection that we fail (RFC 6455 section 7.1.7).
struct Failing {
    ending: Ending,
    deadline: Pin<Box<Sleep>>,
}

impl<S: AsyncRead + AsyncWrite + Unpin> Frames<S> {
    /// `read` is what came behind the answer to the opening handshake.
    pub fn new(stream: S, read: &[u8], settings: Rc<Settings>, secrets: Rc<Secrets>) -> Self {
        Self {
            stream,
            reader: FrameReader::new(HARD_MESSAGE_LIMIT, read).keeping(settings.max_message_bytes),
            writer: settings
                .send_budget
                .map_or_else(FrameWriter::default, |budget| {
                    FrameWriter::paced(budget.times, Duration::from_millis(budget.window_ms))
                }),
            settings,
            secrets,
            closing: false,
            close: None,
            failing: None,
        }
    }

    /// With what was agreed on about compression.
    #[must_use]
    pub fn agreed(mut self, deflate: Option<Deflate>) -> Self {
        self.reader = self.reader.inflating(deflate.as_ref().map(Inflater::new));
        self
    }

    fn received(&mut self, item: Item) -> Received {
        match item {
            Item::Message(kind) => return Received::Message(kind),
            Item::Pong => return Received::Pong,
            // Nothing is to follow a close frame (RFC 6455 section 5.5.1).
            Item::Ping if self.closing => {}
            Item::Ping => {
                let answered = self
                    .writer
                    .pong(self.reader.payload(), wire::sent(&self.settings));
                if let Err(error) = answered {
                    return Received::Ended(send_ending(&error));
                }
            }
            Item::Close(code) => {
                let reason = String::from_utf8_lossy(self.reader.payload());
                self.close = Some(Ending {
                    code: code.unwrap_or(1005),
                    reason: self.secrets.excerpt(&reason),
                    ours: false,
                });
                // What cannot be answered any more has been told of all the same.
                let _ = self.queue_close(code);
            }
        }
        Received::Answered
    }

    /// Queues a close frame unless there was one; without a code it is empty (RFC 6455 section 5.5.1).
    fn queue_close(&mut self, code: Option<u16>) -> io::Result<()> {
        if std::mem::replace(&mut self.closing, true) {
            return Ok(());
        }
        let payload = code.map_or(Vec::new(), |code| code.to_be_bytes().to_vec());
        self.writer.close(payload, wire::sent(&self.settings))
    }

    fn fail(&mut self, violation: Violation) -> Received {
        let (code, reason) = match violation {
            Violation::TooLong(_) => (
                1009,
                format!("a message is longer than {HARD_MESSAGE_LIMIT} bytes, the hard limit"),
            ),
            Violation::NoMemory(bytes) => (
                1009,
                format!("there is no memory for a message of {bytes} bytes"),
            ),
            Violation::CloseCode(code) => (
                1002,
                format!(
                    "protocol error of the server: the close code {code}, which must not be sent"
                ),
            ),
            Violation::Utf8 => (1007, "a text from the server is not valid UTF-8".to_owned()),
            // No code is named for it; the data is not consistent with what the frame says of it (RFC 6455 section 7.4.1).
            Violation::Deflate => (
                1007,
                "a compressed message from the server cannot be inflated; websocket.compression.enabled=false does without compression"
                    .to_owned(),
            ),
            Violation::Protocol(problem) => {
                (1002, format!("protocol error of the server: {problem}"))
            }
        };
        if let Err(error) = self.queue_close(Some(code)) {
            return Received::Ended(send_ending(&error));
        }
        self.failing = Some(Failing {
            ending: Ending::ours(code, reason),
            deadline: Box::pin(tokio::time::sleep(FAIL_TIMEOUT)),
        });
        match violation {
            Violation::TooLong(bytes) | Violation::NoMemory(bytes) => Received::TooLong(bytes),
            _ => Received::Failing,
        }
    }

    /// Writes the close frame, then reads and forgets what comes until the server closes too: a socket that is closed with data unread
    /// is reset, and a reset can overtake the close frame.
    fn poll_failing(&mut self, context: &mut Context<'_>) -> Poll<()> {
        let Some(failing) = &mut self.failing else {
            return Poll::Ready(());
        };
        if failing.deadline.as_mut().poll(context).is_ready() {
            return Poll::Ready(());
        }
        if ready!(self.poll_flush(context)).is_err() {
            return Poll::Ready(());
        }
        let mut scratch = [0; 16 * 1024];
        for _ in 0..DRAIN_READS {
            let mut forgotten = ReadBuf::new(&mut scratch);
            let read = ready!(Pin::new(&mut self.stream).poll_read(context, &mut forgotten));
            if read.is_err() || forgotten.filled().is_empty() {
                return Poll::Ready(());
            }
        }
        context.waker().wake_by_ref();
        Poll::Pending
    }

    /// The next item, or what one read brings.
    fn poll_next(&mut self, context: &mut Context<'_>) -> Poll<Received> {
        let mut read = 0;
        loop {
            match self.reader.next(wire::received(&self.settings)) {
                Ok(Some(item)) => return Poll::Ready(self.received(item)),
                Ok(None) if read > 0 => return Poll::Ready(Received::Part(read)),
                Ok(None) => {}
                Err(violation) => return Poll::Ready(self.fail(violation)),
            }
            let mut room = ReadBuf::new(self.reader.room());
            let result = ready!(Pin::new(&mut self.stream).poll_read(context, &mut room));
            read = room.filled().len();
            let ending = match result {
                Err(error) => Ending::abnormal(io_reason(&error)),
                Ok(()) if read == 0 => {
                    Ending::abnormal("the server closed the TCP connection without a close frame")
                }
                Ok(()) => {
                    self.reader.filled(read);
                    continue;
                }
            };
            return Poll::Ready(Received::Ended(ending));
        }
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> FrameSource for Frames<S> {
    fn poll_receive(&mut self, context: &mut Context<'_>) -> Poll<Received> {
        if self.close.is_some() {
            // Our close frame goes out first. Servers that never close the TCP connection then do not keep us waiting.
            let _ = ready!(self.poll_flush(context));
        }
        if let Some(ending) = self.close.take() {
            return Poll::Ready(Received::Ended(ending));
        }
        if self.failing.is_some() {
            ready!(self.poll_failing(context));
        }
        if let Some(failing) = self.failing.take() {
            return Poll::Ready(Received::Ended(failing.ending));
        }
        self.poll_next(context)
    }

    fn payload(&self) -> &[u8] {
        self.reader.payload()
    }

    fn length(&self) -> usize {
        self.reader.length()
    }

    fn is_compressed(&self) -> bool {
        self.reader.inflates()
    }

    fn forget_payload(&mut self) {
        self.reader.forget_payload();
    }

    fn start_send(&mut self, outgoing: Outgoing<'_>) -> Result<(), Ending> {
        if self.closing {
            // The connection is ending and its cause is known: nothing else may be sent or told.
            return Ok(());
        }
        let (opcode, payload) = match outgoing {
            Outgoing::Text(text) => (TEXT, text.into()),
            #[cfg(feature = "internals")]
            Outgoing::Binary(bytes) => (BINARY, bytes.into()),
            Outgoing::Ping => (PING, Vec::new()),
            Outgoing::Close(code) => {
                let queued = self.queue_close(Some(code));
                return queued.map_err(|error| send_ending(&error));
            }
        };
        self.writer
            .queue(opcode, payload, wire::sent(&self.settings))
            .map_err(|error| send_ending(&error))
    }

    fn is_crowded(&self) -> bool {
        self.writer.is_crowded()
    }

    fn queued(&self) -> u64 {
        self.writer.queued()
    }

    fn written(&self) -> u64 {
        self.writer.written()
    }

    fn poll_flush(&mut self, context: &mut Context<'_>) -> Poll<Result<(), Ending>> {
        self.writer
            .poll_flush(&mut self.stream, context, wire::sent(&self.settings))
            .map_err(|error| send_ending(&error))
    }
}

fn send_ending(error: &io::Error) -> Ending {
    Ending::abnormal(io_reason(error))
}

fn io_reason(error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::ConnectionReset => "the connection was reset by the server".to_owned(),
        io::ErrorKind::UnexpectedEof => {
            "the server closed the connection without a close frame".to_owned()
        }
        _ => error.to_string(),
    }
}

#[cfg(test)]
#[path = "frames_tests.rs"]
mod tests;
