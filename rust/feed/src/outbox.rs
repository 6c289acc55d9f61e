//! Bytes on their way to the socket, and which of them end a message.

use std::borrow::Cow;
use std::collections::VecDeque;
use std::sync::Arc;

use tokio_tungstenite::tungstenite::protocol::frame::coding::OpCode;

use crate::compression::Deflater;
use crate::frame;
use crate::stats::Ledger;

/// A larger buffer is given back once it is empty.
const CAPACITY_KEPT: usize = 1024 * 1024;
/// Answers to the client (pongs, echoes) that may wait before the client is no longer read.
const MAX_REPLIES: usize = 1024 * 1024;

/// Messages count as sent when their last byte went to the socket.
pub(crate) struct Outbox {
    bytes: Vec<u8>,
    /// How many of `bytes` are written.
    written: usize,
    /// How many bytes were written before `bytes` began.
    before: u64,
    /// Where messages end, from the beginning of the connection.
    ends: VecDeque<u64>,
    /// Bytes of waiting replies.
    replies: usize,
    /// If compression was agreed on.
    deflater: Option<Deflater>,
    ledger: Arc<Ledger>,
}

impl Outbox {
    pub fn new(ledger: Arc<Ledger>) -> Self {
        Self {
            bytes: Vec::new(),
            written: 0,
            before: 0,
            ends: VecDeque::new(),
            replies: 0,
            deflater: None,
            ledger,
        }
    }

    /// Compresses messages from now on.
    pub fn compress(&mut self, deflater: Deflater) {
        self.deflater = Some(deflater);
    }

    pub fn compresses(&self) -> bool {
        self.deflater.is_some()
    }

    /// A message's payload as it is sent.
    pub fn squeezed<'a>(&mut self, payload: &'a [u8]) -> Cow<'a, [u8]> {
        match &mut self.deflater {
            Some(deflater) => deflater.message(payload).into(),
            None => payload.into(),
        }
    }

    pub fn ledger(&self) -> &Ledger {
        &self.ledger
    }

    /// What is still to be written.
    pub fn pending(&self) -> &[u8] {
        &self.bytes[self.written..]
    }

    pub fn is_empty(&self) -> bool {
        self.written == self.bytes.len()
    }

    /// The client takes less than it asks for, so no more of its frames should be read for now.
    pub fn is_clogged(&self) -> bool {
        self.replies > MAX_REPLIES
    }

    /// The first `count` pending bytes are written.
    pub fn advance(&mut self, count: usize) {
        self.written += count;
        let position = self.before + self.written as u64;
        let sent = self.ends.partition_point(|end| *end <= position);
        if sent > 0 {
            self.ends.drain(..sent);
            self.ledger.sent(sent as u64);
        }
        if self.is_empty() {
            self.replies = 0;
            self.forget_written();
            self.bytes.shrink_to(CAPACITY_KEPT);
        } else if self.written > self.bytes.len() / 2 {
            self.forget_written();
        }
    }

    fn forget_written(&mut self) {
        self.bytes.drain(..self.written);
        self.before += self.written as u64;
        self.written = 0;
    }

    /// Appends bytes as they are.
    pub fn raw(&mut self, bytes: &[u8]) {
        self.bytes.extend_from_slice(bytes);
    }

    /// The buffer, to append to.
    pub fn buffer(&mut self) -> &mut Vec<u8> {
        &mut self.bytes
    }

    /// What was appended last ends a message.
    pub fn end_message(&mut self) {
        self.ends.push_back(self.before + self.bytes.len() as u64);
    }

    /// A frame; a message's first one if `opcode` is text or binary, whose payload is [`squeezed`](Self::squeezed).
    pub fn frame(&mut self, opcode: OpCode, is_final: bool, payload: &[u8]) {
        let begins = opcode == frame::TEXT || opcode == frame::BINARY;
        let compressed = begins && self.compresses();
        frame::write_header(&mut self.bytes, opcode, is_final, compressed, payload.len());
        self.raw(payload);
    }

    /// A message in one frame.
    pub fn message(&mut self, opcode: OpCode, payload: &[u8]) {
        let squeezed = self.squeezed(payload);
        self.frame(opcode, true, &squeezed);
        self.end_message();
    }

    /// A message sent back to the client.
    pub fn echo(&mut self, opcode: OpCode, payload: &[u8]) {
        self.message(opcode, payload);
        self.replies += payload.len();
    }

    pub fn pong(&mut self, payload: &[u8]) {
        self.frame(frame::PONG, true, payload);
        // An empty pong takes room, too.
        self.replies += payload.len() + 2;
    }

    /// A close frame; without a code it is empty (RFC 6455 section 5.5.1).
    pub fn close(&mut self, code: Option<u16>, reason: &str) {
        let mut payload = Vec::new();
        if let Some(code) = code {
            payload.extend_from_slice(&code.to_be_bytes());
            payload.extend_from_slice(reason.as_bytes());
        }
        self.frame(frame::CLOSE, true, &payload);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_a_message_with_its_last_byte() {
        let ledger = Arc::new(Ledger::default());
        let mut out = Outbox::new(Arc::clone(&ledger));
        out.message(frame::TEXT, b"one");
        out.pong(b"");
        out.message(frame::TEXT, b"two");
        assert_eq!(out.pending(), b"\x81\x03one\x8a\x00\x81\x03two");
        out.advance(4);
        assert_eq!(ledger.snapshot().sent, 0);
        out.advance(1);
        assert_eq!(ledger.snapshot().sent, 1);
        out.advance(6);
        assert_eq!((ledger.snapshot().sent, out.pending()), (1, &b"o"[..]));
        out.message(frame::TEXT, b"");
        out.advance(1);
        assert_eq!(ledger.snapshot().sent, 2);
        out.advance(2);
        assert_eq!(ledger.snapshot().sent, 3);
        assert!(out.is_empty());
    }

    #[test]
    fn clogs_by_replies_only() {
        let mut out = Outbox::new(Arc::default());
        out.message(frame::BINARY, &vec![0; 2 * MAX_REPLIES]);
        assert!(!out.is_clogged());
        out.echo(frame::BINARY, &vec![0; MAX_REPLIES + 1]);
        assert!(out.is_clogged());
        out.advance(out.pending().len());
        assert!(!out.is_clogged());
    }
}
