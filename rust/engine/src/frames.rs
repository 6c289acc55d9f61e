//! The seam to WebSocket frames: whole messages in, frames out, over any stream.

use std::io;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::Sleep;

use crate::batch::Kind;
use crate::failure::Ending;
use crate::frame_header::{CLOSE, PING, TEXT};
use crate::frame_reader::{FrameReader, Item, Violation};
use crate::frame_writer::FrameWriter;
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
    /// A message longer than [`HARD_MESSAGE_LIMIT`], as far as its length is known; the connection ends because of it.
    TooLong(usize),
    /// A pong.
    Pong,
    /// Something that was answered already, such as a ping.
    Other,
    /// The connection has ended.
    Ended(Ending),
}

/// What goes to the server.
pub enum Outgoing<'a> {
    /// A text message.
    Text(&'a str),
    /// A ping without a payload.
    Ping,
    /// A close frame.
    Close(u16),
}

/// An open connection. One thread, one caller.
pub trait FrameSource {
    /// The next thing from the server. Pings and close frames are answered on the way.
    fn poll_receive(&mut self, context: &mut Context<'_>) -> Poll<Received>;

    /// The message that was received last, until something else is received.
    fn payload(&self) -> &[u8];

    /// Queues something for the server; [`poll_flush`](Self::poll_flush) writes it.
    fn start_send(&mut self, outgoing: Outgoing<'_>) -> Result<(), Ending>;

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
            reader: FrameReader::new(HARD_MESSAGE_LIMIT, read),
            writer: FrameWriter::default(),
            settings,
            secrets,
            closing: false,
            close: None,
            failing: None,
        }
    }

    fn received(&mut self, item: Item) -> Received {
        match item {
            Item::Message(kind) => return Received::Message(kind),
            Item::Pong => return Received::Pong,
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
                });
                // What cannot be answered any more has been told of all the same.
                let _ = self.queue_close(code);
            }
        }
        Received::Other
    }

    /// Queues a close frame unless there was one; without a code it is empty (RFC 6455 section 5.5.1).
    fn queue_close(&mut self, code: Option<u16>) -> io::Result<()> {
        if std::mem::replace(&mut self.closing, true) {
            return Ok(());
        }
        let payload = code.map_or(Vec::new(), |code| code.to_be_bytes().to_vec());
        self.writer
            .queue(CLOSE, payload, wire::sent(&self.settings))
    }

    fn fail(&mut self, violation: Violation) -> Received {
        let (code, reason) = match violation {
            Violation::TooLong(_) => (
                1009,
                format!("a message is longer than {HARD_MESSAGE_LIMIT} bytes, the hard limit"),
            ),
            Violation::Utf8 => (1007, "a text from the server is not valid UTF-8".to_owned()),
            Violation::Protocol(problem) => {
                (1002, format!("protocol error of the server: {problem}"))
            }
        };
        if let Err(error) = self.queue_close(Some(code)) {
            return Received::Ended(send_ending(&error));
        }
        self.failing = Some(Failing {
            ending: Ending { code, reason },
            deadline: Box::pin(tokio::time::sleep(FAIL_TIMEOUT)),
        });
        match violation {
            Violation::TooLong(bytes) => Received::TooLong(bytes),
            _ => Received::Other,
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

    /// The next item, reading as often as it takes.
    fn poll_next(&mut self, context: &mut Context<'_>) -> Poll<Received> {
        loop {
            match self.reader.next(wire::received(&self.settings)) {
                Ok(Some(item)) => return Poll::Ready(self.received(item)),
                Ok(None) => {}
                Err(violation) => return Poll::Ready(self.fail(violation)),
            }
            // Pongs. What cannot be written ends the connection only after everything was read.
            let unsent = if self.writer.is_empty() {
                None
            } else {
                match self.poll_flush(context) {
                    Poll::Ready(Err(ending)) => Some(ending),
                    _ => None,
                }
            };
            let mut room = ReadBuf::new(self.reader.room());
            let read = match Pin::new(&mut self.stream).poll_read(context, &mut room) {
                Poll::Ready(read) => read,
                Poll::Pending => {
                    return unsent
                        .map_or(Poll::Pending, |ending| Poll::Ready(Received::Ended(ending)));
                }
            };
            let bytes = room.filled().len();
            let ending = match read {
                Err(error) => Ending::abnormal(io_reason(&error)),
                Ok(()) if bytes == 0 => {
                    Ending::abnormal("the server closed the TCP connection without a close frame")
                }
                Ok(()) => {
                    self.reader.filled(bytes);
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

    fn start_send(&mut self, outgoing: Outgoing<'_>) -> Result<(), Ending> {
        if self.closing {
            // The connection is ending and its cause is known: nothing else may be sent or told.
            return Ok(());
        }
        let (opcode, payload) = match outgoing {
            Outgoing::Text(text) => (TEXT, text.into()),
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
