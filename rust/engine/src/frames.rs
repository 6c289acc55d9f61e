//! The seam to the WebSocket library: nothing outside this file names its types.

use std::io;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use bytes::Bytes;
use futures_util::{Sink, Stream};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::Sleep;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::error::{CapacityError, Error, ProtocolError};
use tokio_tungstenite::tungstenite::protocol::frame::coding::CloseCode;
use tokio_tungstenite::tungstenite::protocol::{CloseFrame, Role, WebSocketConfig};
use tokio_tungstenite::tungstenite::{Message, Utf8Bytes};

use crate::batch::Kind;
use crate::failure::Ending;
use crate::frame_header::FrameHeader;
use crate::redact::Secrets;
use crate::settings::{HARD_MESSAGE_LIMIT, Settings};
use crate::wire::Wire;

/// The most bytes that wait for a server which does not read, such as pongs that it asked for, beside the longest message that we send.
const MAX_UNSENT_BYTES: usize = 1024 * 1024;

/// How long the server may take to close a connection that we fail.
const FAIL_TIMEOUT: Duration = Duration::from_secs(1);

/// How many reads of a connection that we fail are made before others have their turn.
const DRAIN_READS: usize = 16;

/// What comes from the server.
pub enum Received {
    /// A whole message.
    Message(Kind, Bytes),
    /// A message longer than [`HARD_MESSAGE_LIMIT`], as far as its length is known; the connection ends because of it.
    TooLong(usize),
    /// A pong.
    Pong,
    /// Something that was answered by the library, such as a ping.
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

    /// Queues something for the server; [`poll_flush`](Self::poll_flush) writes it.
    fn start_send(&mut self, outgoing: Outgoing<'_>) -> Result<(), Ending>;

    /// Writes what is queued.
    fn poll_flush(&mut self, context: &mut Context<'_>) -> Poll<Result<(), Ending>>;
}

/// Frames by tokio-tungstenite, over any stream.
pub struct TungsteniteFrames<S> {
    stream: WebSocketStream<Wire<S>>,
    secrets: Rc<Secrets>,
    close: Option<Ending>,
    failing: Option<Failing>,
}

/// A connection that we fail (RFC 6455 section 7.1.7).
struct Failing {
    ending: Ending,
    deadline: Pin<Box<Sleep>>,
}

impl<S: AsyncRead + AsyncWrite + Unpin> TungsteniteFrames<S> {
    /// `read` is what came behind the answer to the opening handshake.
    pub async fn new(
        stream: S,
        read: Vec<u8>,
        settings: Rc<Settings>,
        secrets: Rc<Secrets>,
    ) -> Self {
        let longest = settings
            .subscription_message
            .as_ref()
            .map_or(0, String::len);
        let stream = Wire::new(stream, settings, &read);
        let config = WebSocketConfig::default()
            .max_message_size(Some(HARD_MESSAGE_LIMIT))
            .max_frame_size(Some(HARD_MESSAGE_LIMIT))
            .max_write_buffer_size(MAX_UNSENT_BYTES + longest);
        let stream =
            WebSocketStream::from_partially_read(stream, read, Role::Client, Some(config)).await;
        Self {
            stream,
            secrets,
            close: None,
            failing: None,
        }
    }

    fn ending_by(&self, frame: Option<CloseFrame>) -> Ending {
        match frame {
            Some(frame) => Ending {
                code: frame.code.into(),
                reason: self.secrets.excerpt(&frame.reason),
            },
            None => Ending {
                code: 1005,
                reason: String::new(),
            },
        }
    }

    fn ended(&mut self, error: &Error) -> Received {
        let (code, reason) = match error {
            Error::Io(error) => return Received::Ended(Ending::abnormal(io_reason(error))),
            Error::Protocol(ProtocolError::ResetWithoutClosingHandshake) => {
                let reason = "the server closed the TCP connection without a close frame";
                return Received::Ended(Ending::abnormal(reason));
            }
            Error::Capacity(_) => (
                1009,
                format!("a message is longer than {HARD_MESSAGE_LIMIT} bytes, the hard limit"),
            ),
            Error::Utf8(_) => (
                1007,
                "a text message from the server is not valid UTF-8".to_owned(),
            ),
            other => (1002, format!("protocol error of the server: {other}")),
        };
        if let Err(ending) = self.start_send(Outgoing::Close(code)) {
            return Received::Ended(ending);
        }
        self.failing = Some(Failing {
            ending: Ending { code, reason },
            deadline: Box::pin(tokio::time::sleep(FAIL_TIMEOUT)),
        });
        match error {
            Error::Capacity(CapacityError::MessageTooLong { size, .. }) => Received::TooLong(*size),
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
            let read = ready!(Pin::new(self.stream.get_mut()).poll_read(context, &mut forgotten));
            if read.is_err() || forgotten.filled().is_empty() {
                return Poll::Ready(());
            }
        }
        context.waker().wake_by_ref();
        Poll::Pending
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> FrameSource for TungsteniteFrames<S> {
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
        let next = ready!(Pin::new(&mut self.stream).poll_next(context));
        if let Some(Ok(message)) = &next
            && self.stream.get_ref().wants_whole()
        {
            self.stream.get_mut().whole(&header_of(message));
        }
        let received = match next {
            Some(Ok(Message::Text(text))) => Received::Message(Kind::Text, text.into()),
            Some(Ok(Message::Binary(bytes))) => Received::Message(Kind::Binary, bytes),
            Some(Ok(Message::Pong(_))) => Received::Pong,
            Some(Ok(Message::Close(frame))) => {
                self.close = Some(self.ending_by(frame));
                Received::Other
            }
            Some(Ok(Message::Ping(_) | Message::Frame(_))) => Received::Other,
            Some(Err(error)) => self.ended(&error),
            None => Received::Ended(Ending::abnormal("the connection is closed")),
        };
        Poll::Ready(received)
    }

    fn start_send(&mut self, outgoing: Outgoing<'_>) -> Result<(), Ending> {
        if self.failing.is_some() || self.close.is_some() {
            // The connection is ending and its cause is known: nothing else may be sent or told.
            return Ok(());
        }
        let message = match outgoing {
            Outgoing::Text(text) => Message::Text(text.into()),
            Outgoing::Ping => Message::Ping(Bytes::new()),
            Outgoing::Close(code) => Message::Close(Some(CloseFrame {
                code: CloseCode::from(code),
                reason: Utf8Bytes::default(),
            })),
        };
        Pin::new(&mut self.stream)
            .start_send(message)
            .map_err(|error| send_ending(&error))
    }

    fn poll_flush(&mut self, context: &mut Context<'_>) -> Poll<Result<(), Ending>> {
        Pin::new(&mut self.stream)
            .poll_flush(context)
            .map_err(|error| send_ending(&error))
    }
}

fn header_of(message: &Message) -> FrameHeader {
    let opcode = match message {
        Message::Text(_) => 1,
        Message::Binary(_) => 2,
        Message::Ping(_) => 9,
        Message::Pong(_) => 10,
        Message::Close(frame) => {
            let length = frame.as_ref().map_or(0, |frame| 2 + frame.reason.len());
            return FrameHeader::whole(8, length, frame.as_ref().map(|frame| frame.code.into()));
        }
        Message::Frame(frame) => frame.header().opcode.into(),
    };
    FrameHeader::whole(opcode, message.len(), None)
}

fn send_ending(error: &Error) -> Ending {
    match error {
        Error::Io(error) => Ending::abnormal(io_reason(error)),
        other => Ending::abnormal(format!("sending failed: {other}")),
    }
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
