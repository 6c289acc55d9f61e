//! From the bytes of a connection to messages and control frames (RFC 6455 section 5), without I/O.
//!
//! A message that came in one frame is taken where it lies in the read buffer: nothing is allocated or copied for it. Others are put
//! together in a buffer of their own, and so are those that are inflated (RFC 7692).

use std::ops::Range;

use simdutf8::{basic, compat};

use crate::batch::Kind;
use crate::frame_header::{self, BINARY, CLOSE, CONTINUATION, FrameHeader, PING, PONG, TEXT};
use crate::inflater::{Corrupt, Inflater};

/// Room for what one read of the socket brings. Small enough to stay in a core's cache, large enough for a hundred messages.
const BUFFER_BYTES: usize = 128 * 1024;

/// A read gets at least so much room.
const LEAST_ROOM: usize = BUFFER_BYTES / 4;

/// The longest frame that is taken where it lies; of a longer one more would be moved than read.
const LONGEST_IN_PLACE: u64 = BUFFER_BYTES as u64 / 2;

/// RSV1: the frame begins a message that is compressed (RFC 7692 section 6).
const COMPRESSED: u8 = 0b100;

/// At least so much of a message is inflated at once.
const INFLATE_BYTES: usize = 16 * 1024;

/// Memory for messages in several pieces that is kept for the next one.
const MESSAGE_BYTES_KEPT: usize = 256 * 1024;

/// What the server sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Item {
    /// A whole message: [`FrameReader::payload`].
    Message(Kind),
    /// A ping.
    Ping,
    /// A pong.
    Pong,
    /// A close frame with its code, if it has one; its reason is the [`FrameReader::payload`].
    Close(Option<u16>),
}

/// Why the connection has to be failed (RFC 6455 section 7.1.7).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Violation {
    /// Something that the protocol does not allow.
    Protocol(&'static str),
    /// A text that is no UTF-8.
    Utf8,
    /// A compressed message that cannot be inflated.
    Deflate,
    /// A close frame with a code that must not be sent.
    CloseCode(u16),
    /// A message of so many bytes, as far as is known: more than are taken.
    TooLong(usize),
    /// A message for whose so many bytes there is no memory.
    NoMemory(usize),
}

/// Where the payload of the last item lies.
#[derive(Debug)]
enum Payload {
    Buffer(Range<usize>),
    Message,
}

/// The reader of one connection.
#[derive(Debug)]
pub struct FrameReader {
    /// Initialized once; `start..end` is read and not yet taken.
    buffer: Vec<u8>,
    start: usize,
    end: usize,
    longest_message: usize,
    /// Of a message longer than this only the length is kept.
    longest_kept: usize,
    /// The message that is put together.
    message: Vec<u8>,
    /// It is too long to be kept, and only its length is.
    discarding: bool,
    /// How many bytes in front of it were thrown away for that.
    thrown_away: usize,
    /// How much of it is known to be UTF-8.
    valid: usize,
    /// What it is, from its first frame to its last.
    kind: Option<Kind>,
    /// What is still to come of a frame that is taken piece by piece, and whether it is the last one of the message.
    rest: Option<(usize, bool)>,
    payload: Payload,
    /// If compression was agreed on.
    inflater: Option<Box<Inflater>>,
    /// The message that is put together is compressed.
    compressed: bool,
}

impl FrameReader {
    /// A reader that takes messages of at most so many bytes. `read` was read with the answer to the opening handshake.
    pub fn new(longest_message: usize, read: &[u8]) -> Self {
        let mut buffer = vec![0; BUFFER_BYTES.max(read.len() + LEAST_ROOM)];
        buffer[..read.len()].copy_from_slice(read);
        Self {
            buffer,
            start: 0,
            end: read.len(),
            longest_message,
            longest_kept: longest_message,
            message: Vec::new(),
            discarding: false,
            thrown_away: 0,
            valid: 0,
            kind: None,
            rest: None,
            payload: Payload::Buffer(0..0),
            inflater: None,
            compressed: false,
        }
    }

    /// Takes compressed messages, too, if that was agreed on. All limits hold for what they inflate to.
    pub fn inflating(mut self, inflater: Option<Inflater>) -> Self {
        self.inflater = inflater.map(Box::new);
        self
    }

    /// Whether it does.
    pub fn inflates(&self) -> bool {
        self.inflater.is_some()
    }

    /// Keeps only the length of longer messages, so that these cost no memory; they are checked all the same.
    pub fn keeping(mut self, bytes: usize) -> Self {
        self.longest_kept = bytes;
        self
    }

    /// Where the next bytes belong; ends the last item.
    pub fn room(&mut self) -> &mut [u8] {
        if self.start == self.end {
            (self.start, self.end) = (0, 0);
        } else if self.buffer.len() - self.end < LEAST_ROOM {
            self.buffer.copy_within(self.start..self.end, 0);
            (self.start, self.end) = (0, self.end - self.start);
        }
        &mut self.buffer[self.end..]
    }

    /// So many bytes were put into the [`room`](Self::room).
    pub fn filled(&mut self, bytes: usize) {
        self.end += bytes;
    }

    /// How many bytes the last item carries: more than its [`payload`](Self::payload) has if that was not kept.
    pub fn length(&self) -> usize {
        match &self.payload {
            Payload::Buffer(range) => range.len(),
            Payload::Message => self.message_length(),
        }
    }

    /// What the last item carries.
    pub fn payload(&self) -> &[u8] {
        match &self.payload {
            Payload::Buffer(range) => &self.buffer[range.clone()],
            Payload::Message => &self.message,
        }
    }

    /// Gives the memory of the last item's payload back, if it has some of its own.
    #[inline]
    pub fn forget_payload(&mut self) {
        if matches!(self.payload, Payload::Message) {
            self.payload = Payload::Buffer(0..0);
            self.valid = 0;
            self.discarding = false;
            self.thrown_away = 0;
            self.message.clear();
            self.message.shrink_to(MESSAGE_BYTES_KEPT);
        }
    }

    /// The next item, or `None` if more bytes are needed. `seen` is told of each frame's header, once, and of a control frame's
    /// payload. After a violation nothing more is to be asked for.
    #[inline]
    pub fn next(
        &mut self,
        mut seen: impl FnMut(&FrameHeader, &[u8]),
    ) -> Result<Option<Item>, Violation> {
        self.forget_payload();
        loop {
            if let Some((rest, fin)) = self.rest {
                if !self.take_piece(rest, fin)? {
                    return Ok(None);
                }
                if let Some(item) = self.end_frame(fin)? {
                    return Ok(Some(item));
                }
            }
            let read = &self.buffer[self.start..self.end];
            let Some(header) = FrameHeader::parse(read) else {
                return Ok(None);
            };
            if let Err(violation) = self.check(&header) {
                seen(&header, &[]);
                return Err(violation);
            }
            let begin = self.start + FrameHeader::bytes_of(read[1]);
            let whole = header.length <= (self.end - begin) as u64;
            let alone = header.is_control() || header.fin && self.kind.is_none() && header.rsv == 0;
            if alone && (whole || header.length <= LONGEST_IN_PLACE) {
                if !whole {
                    return Ok(None);
                }
                self.start = begin + header.length as usize;
                seen(&header, &self.buffer[begin..self.start]);
                return self.item(header.opcode, begin..self.start).map(Some);
            }
            seen(&header, &[]);
            self.start = begin;
            self.begin_frame(&header)?;
        }
    }

    /// A frame that is an item by itself and lies whole in the buffer.
    #[inline]
    fn item(&mut self, opcode: u8, payload: Range<usize>) -> Result<Item, Violation> {
        let bytes = &self.buffer[payload.clone()];
        let item = match opcode {
            TEXT if basic::from_utf8(bytes).is_err() => return Err(Violation::Utf8),
            TEXT => Item::Message(Kind::Text),
            BINARY => Item::Message(Kind::Binary),
            PING => Item::Ping,
            PONG => Item::Pong,
            _ => return self.close(payload),
        };
        self.payload = Payload::Buffer(payload);
        Ok(item)
    }

    fn close(&mut self, payload: Range<usize>) -> Result<Item, Violation> {
        let (code, reason) = match &self.buffer[payload.clone()] {
            [] => (None, payload),
            [_] => return Err(Violation::Protocol("a close frame with one byte")),
            [high, low, reason @ ..] => {
                let code = u16::from_be_bytes([*high, *low]);
                if !may_be_sent(code) {
                    return Err(Violation::CloseCode(code));
                }
                if basic::from_utf8(reason).is_err() {
                    return Err(Violation::Utf8);
                }
                (Some(code), payload.start + 2..payload.end)
            }
        };
        self.payload = Payload::Buffer(reason);
        Ok(Item::Close(code))
    }

    #[inline]
    fn check(&self, header: &FrameHeader) -> Result<(), Violation> {
        let problem = match header.opcode {
            _ if header.rsv != 0 && !self.may_be_compressed(header) => "reserved bits are set",
            _ if header.masked => "a masked frame",
            CONTINUATION if self.kind.is_none() => "a continuation of nothing",
            TEXT | BINARY if self.kind.is_some() => "a message within another",
            CONTINUATION | TEXT | BINARY => return self.check_length(header.length),
            CLOSE | PING | PONG if !header.fin => "a control frame in fragments",
            CLOSE | PING | PONG if header.length > frame_header::SHORT_LENGTH => {
                "a control frame that is too long"
            }
            CLOSE | PING | PONG => return Ok(()),
            _ => "a reserved opcode",
        };
        Err(Violation::Protocol(problem))
    }

    /// RSV1 alone, on the first frame of a message, and only where compression was agreed on.
    #[cold]
    fn may_be_compressed(&self, header: &FrameHeader) -> bool {
        self.inflater.is_some()
            && header.rsv == COMPRESSED
            && matches!(header.opcode, TEXT | BINARY)
    }

    /// Before any memory is taken for the frame. A message is hardly ever longer compressed than it is inflated.
    #[inline]
    fn check_length(&self, length: u64) -> Result<(), Violation> {
        let length = usize::try_from(length)
            .unwrap_or(usize::MAX)
            .saturating_add(self.message_length());
        if length > self.longest_message {
            return Err(Violation::TooLong(length));
        }
        Ok(())
    }

    /// A frame whose pieces are put together with those of others, or that is too long to be taken where it lies.
    fn begin_frame(&mut self, header: &FrameHeader) -> Result<(), Violation> {
        let length = header.length as usize;
        let together = self.message_length() + length;
        if header.opcode != CONTINUATION {
            self.compressed = header.rsv != 0;
        }
        if self.compressed {
            // Nobody knows how long it will be.
        } else if together > self.longest_kept {
            self.discarding = true;
            self.throw_away();
        } else if self.message.try_reserve(length).is_err() {
            return Err(Violation::NoMemory(together));
        }
        match header.opcode {
            TEXT => self.kind = Some(Kind::Text),
            BINARY => self.kind = Some(Kind::Binary),
            _ => {}
        }
        self.rest = Some((length, header.fin));
        Ok(())
    }

    /// Takes what is there of a frame; whether that was all of it.
    fn take_piece(&mut self, rest: usize, fin: bool) -> Result<bool, Violation> {
        let piece = rest.min(self.end - self.start);
        let bytes = self.start..self.start + piece;
        self.start += piece;
        if self.compressed {
            self.inflate(bytes)?;
        } else {
            self.message.extend_from_slice(&self.buffer[bytes]);
            self.take_in()?;
        }
        self.rest = (piece < rest).then_some((rest - piece, fin));
        Ok(self.rest.is_none())
    }

    /// Inflates a piece of a message.
    fn inflate(&mut self, mut piece: Range<usize>) -> Result<(), Violation> {
        loop {
            self.make_room()?;
            let inflater = self.inflater.as_mut().expect("compression was agreed on");
            let step = inflater.inflate(&self.buffer[piece.clone()], &mut self.message)?;
            piece.start += step.taken;
            self.take_in_inflated()?;
            if step.done {
                return Ok(());
            }
        }
    }

    /// Inflates what the end of a message leaves to be inflated.
    fn end_inflating(&mut self) -> Result<(), Violation> {
        loop {
            self.make_room()?;
            let inflater = self.inflater.as_mut().expect("compression was agreed on");
            let done = inflater.finish(&mut self.message)?;
            self.take_in_inflated()?;
            if done {
                return Ok(());
            }
        }
    }

    /// Room for what is inflated next: as much again as there is, but never much more than may be kept.
    fn make_room(&mut self) -> Result<(), Violation> {
        let length = self.message.len();
        if self.message.capacity() - length < INFLATE_BYTES / 16 {
            let wanted = (2 * length).min(self.longest_kept).max(length) + INFLATE_BYTES;
            if self.message.try_reserve_exact(wanted - length).is_err() {
                return Err(Violation::NoMemory(self.message_length()));
            }
        }
        Ok(())
    }

    /// Judges what was inflated. Of a message that is too long the rest is inflated all the same: later ones may refer to it.
    fn take_in_inflated(&mut self) -> Result<(), Violation> {
        let length = self.message_length();
        if length > self.longest_message {
            return Err(Violation::TooLong(length));
        }
        self.discarding |= length > self.longest_kept;
        self.take_in()
    }

    /// Judges what was added to the message.
    fn take_in(&mut self) -> Result<(), Violation> {
        if self.kind == Some(Kind::Text) {
            self.validate()?;
        }
        self.throw_away();
        Ok(())
    }

    /// Fails as soon as the message cannot become UTF-8 any more; its last bytes may be the beginning of a character.
    fn validate(&mut self) -> Result<(), Violation> {
        match compat::from_utf8(&self.message[self.valid..]) {
            Ok(text) => self.valid += text.len(),
            Err(error) if error.error_len().is_none() => self.valid += error.valid_up_to(),
            Err(_) => return Err(Violation::Utf8),
        }
        Ok(())
    }

    /// Of a message that is too long only what may be the beginning of a character stays.
    fn throw_away(&mut self) {
        if self.discarding {
            let checked = match self.kind {
                Some(Kind::Text) => std::mem::take(&mut self.valid),
                _ => self.message.len(),
            };
            self.message.drain(..checked);
            self.thrown_away += checked;
        }
    }

    /// How long the message is that is put together, as far as it has come.
    fn message_length(&self) -> usize {
        self.thrown_away + self.message.len()
    }

    fn end_frame(&mut self, fin: bool) -> Result<Option<Item>, Violation> {
        if !fin {
            return Ok(None);
        }
        if self.compressed {
            self.end_inflating()?;
        }
        let kind = self.kind.take().expect("a frame of a message");
        if kind == Kind::Text && self.valid < self.message.len() {
            return Err(Violation::Utf8);
        }
        self.payload = Payload::Message;
        Ok(Some(Item::Message(kind)))
    }
}

impl From<Corrupt> for Violation {
    fn from(_: Corrupt) -> Self {
        Self::Deflate
    }
}

/// Whether a close frame may carry this code (RFC 6455 section 7.4).
fn may_be_sent(code: u16) -> bool {
    matches!(code, 1000..=1003 | 1007..=1014 | 3000..=4999)
}

#[cfg(test)]
#[path = "frame_reader_tests.rs"]
mod tests;

#[cfg(test)]
#[path = "frame_reader_deflate_tests.rs"]
mod deflate_tests;
