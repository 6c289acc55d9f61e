//! A WebSocket connection, seen from the server: reads the client's frames while it writes what is in the outbox.

use std::collections::VecDeque;
use std::future::poll_fn;
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use tokio::io::ReadBuf;
use tokio_tungstenite::tungstenite::protocol::frame::coding::{CloseCode, OpCode};

use crate::frame::{self, Frame, Violation};
use crate::outbox::Outbox;
use crate::stats::Ledger;
use crate::transport::Transport;

const READ_SIZE: usize = 16 * 1024;
/// Pings whose pongs are still recognised.
const PINGS_REMEMBERED: usize = 1000;

/// What happened on a connection.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Event {
    Text(String),
    Binary(Vec<u8>),
    /// A ping; it is answered unless this connection does not.
    Ping,
    /// A pong and how many of our pings it answers; `None`: none, since no ping had its payload.
    Pong(Option<usize>),
    /// The client's close frame with its code.
    Close(Option<u16>),
    Violation(Violation),
    /// The client closed without a close frame.
    Eof,
    /// The outbox is written out.
    Drained,
}

pub(crate) struct Connection<'a> {
    io: &'a mut dyn Transport,
    pub out: Outbox,
    unflushed: bool,
    scratch: Vec<u8>,
    input: Vec<u8>,
    /// How many bytes of `input` are done with.
    consumed: usize,
    eof: bool,
    /// After a close frame or a violation nothing more is read.
    deaf: bool,
    /// The message whose last fragment has not come yet.
    partial: Option<(OpCode, Vec<u8>)>,
    pub answers_pings: bool,
    pings: VecDeque<Vec<u8>>,
    ledger: Arc<Ledger>,
}

impl<'a> Connection<'a> {
    /// `input` is what the client sent behind its request.
    pub fn new(
        io: &'a mut dyn Transport,
        input: Vec<u8>,
        ledger: Arc<Ledger>,
        answers_pings: bool,
    ) -> Self {
        Self {
            io,
            out: Outbox::new(Arc::clone(&ledger)),
            unflushed: false,
            scratch: vec![0; READ_SIZE],
            input,
            consumed: 0,
            eof: false,
            deaf: false,
            partial: None,
            answers_pings,
            pings: VecDeque::new(),
            ledger,
        }
    }

    /// Puts a ping with a random payload into the outbox.
    pub fn ping(&mut self) {
        let payload: Vec<u8> = (0..fastrand::usize(1..=125))
            .map(|_| fastrand::u8(..))
            .collect();
        self.out.frame(frame::PING, true, &payload);
        if self.pings.len() == PINGS_REMEMBERED {
            self.pings.pop_front();
        }
        self.pings.push_back(payload);
        self.ledger.ping_sent();
    }

    /// Reads and writes until something happened. May be cancelled at any time without loss.
    pub async fn drive(&mut self) -> io::Result<Event> {
        loop {
            match self.next_event() {
                Ok(Some(event)) => return Ok(event),
                Ok(None) if self.eof => return Ok(Event::Eof),
                Ok(None) => {}
                Err(violation) => {
                    self.deaf = true;
                    return Ok(Event::Violation(violation));
                }
            }
            if poll_fn(|cx| self.poll_io(cx)).await? {
                return Ok(Event::Drained);
            }
        }
    }

    /// Writes the outbox out; what the client sends meanwhile is counted and forgotten.
    pub async fn flush(&mut self) -> io::Result<()> {
        while !self.out.is_empty() || self.unflushed {
            if self.drive().await? == Event::Eof {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
        }
        Ok(())
    }

    /// Ready with true when the outbox has been written out, with false when something was read.
    fn poll_io(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<bool>> {
        // Each side has its turn each time, so that neither starves the other.
        let read =
            !self.deaf && !self.eof && !self.out.is_clogged() && self.poll_read(cx)?.is_ready();
        let written = (self.unflushed || !self.out.is_empty()) && self.poll_write(cx)?.is_ready();
        if read || written {
            Poll::Ready(Ok(written))
        } else {
            Poll::Pending
        }
    }

    fn poll_read(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let mut buffer = ReadBuf::new(&mut self.scratch);
        ready!(Pin::new(&mut *self.io).poll_read(cx, &mut buffer))?;
        self.eof = buffer.filled().is_empty();
        self.input.drain(..self.consumed);
        self.consumed = 0;
        self.input.extend_from_slice(buffer.filled());
        Poll::Ready(Ok(()))
    }

    fn poll_write(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        while !self.out.is_empty() {
            let count = ready!(Pin::new(&mut *self.io).poll_write(cx, self.out.pending()))?;
            if count == 0 {
                return Poll::Ready(Err(io::ErrorKind::WriteZero.into()));
            }
            self.out.advance(count);
            self.unflushed = true;
        }
        ready!(Pin::new(&mut *self.io).poll_flush(cx))?;
        self.unflushed = false;
        Poll::Ready(Ok(()))
    }

    /// The next event in the bytes already read.
    fn next_event(&mut self) -> Result<Option<Event>, Violation> {
        while !self.deaf && !self.out.is_clogged() {
            let Some((frame, length)) = frame::read(&self.input[self.consumed..])? else {
                break;
            };
            self.consumed += length;
            match frame.opcode {
                frame::PING => {
                    self.ledger.ping();
                    if self.answers_pings {
                        self.out.pong(&frame.payload);
                    }
                    return Ok(Some(Event::Ping));
                }
                frame::PONG => return Ok(Some(Event::Pong(self.pong(&frame.payload)))),
                frame::CLOSE => return self.close(&frame.payload).map(Some),
                _ => {
                    if let Some(event) = self.data(frame)? {
                        return Ok(Some(event));
                    }
                }
            }
        }
        Ok(None)
    }

    fn pong(&mut self, payload: &[u8]) -> Option<usize> {
        let found = self.pings.iter().position(|ping| ping == payload);
        self.ledger.pong(found.is_some());
        // A client may answer the last of several pings only (RFC 6455 section 5.5.3).
        found.map(|index| self.pings.drain(..=index).count())
    }

    fn close(&mut self, payload: &[u8]) -> Result<Event, Violation> {
        let code = match payload {
            [] => None,
            [high, low, reason @ ..] => {
                let code = u16::from_be_bytes([*high, *low]);
                if !CloseCode::from(code).is_allowed() {
                    return Err(Violation::protocol("close code that must not be sent"));
                }
                if str::from_utf8(reason).is_err() {
                    return Err(Violation {
                        code: 1007,
                        reason: "close reason is no UTF-8",
                    });
                }
                Some(code)
            }
            [_] => return Err(Violation::protocol("half a close code")),
        };
        self.ledger.close(code.unwrap_or(1005));
        self.deaf = true;
        Ok(Event::Close(code))
    }

    fn data(&mut self, frame: Frame) -> Result<Option<Event>, Violation> {
        let (opcode, payload) = match (self.partial.take(), frame.opcode) {
            (None, frame::CONTINUE) => return Err(Violation::protocol("continuation of nothing")),
            (None, opcode) => (opcode, frame.payload),
            (Some((opcode, mut payload)), frame::CONTINUE) => {
                payload.extend_from_slice(&frame.payload);
                (opcode, payload)
            }
            (Some(_), _) => return Err(Violation::protocol("message within a message")),
        };
        if payload.len() > frame::MAX_RECEIVED {
            return Err(Violation {
                code: 1009,
                reason: "message too long",
            });
        }
        if !frame.is_final {
            self.partial = Some((opcode, payload));
            return Ok(None);
        }
        if opcode == frame::BINARY {
            self.ledger.message(None);
            return Ok(Some(Event::Binary(payload)));
        }
        let text = String::from_utf8(payload).map_err(|_| Violation {
            code: 1007,
            reason: "text is no UTF-8",
        })?;
        self.ledger.message(Some(&text));
        Ok(Some(Event::Text(text)))
    }
}
