//! Texts `{"n":17,"pad":"xx…"}` of an exact size.

use std::io::Write;

use crate::connection::Connection;
use crate::frame;
use crate::stats::Ledger;

const PAD_OPEN: &[u8] = b",\"pad\":\"";
const PAD_CLOSE: &[u8] = b"\"";

/// Where the numbers come from.
pub(crate) enum Numbering {
    /// The connection's own, with the next number.
    Own(u64),
    /// A stream that may be shared by connections.
    Stream(String),
}

/// Numbered messages.
pub(crate) struct Numbered {
    /// Bytes of a message.
    pub size: usize,
    pub numbering: Numbering,
    /// Frames of a message, a ping between each two.
    pub parts: usize,
}

impl Numbered {
    /// Puts up to `max` messages into the outbox.
    pub fn fill(&mut self, connection: &mut Connection<'_>, max: u64) {
        let first = self.take(connection.out.ledger(), max);
        for number in first..first + max {
            if self.parts == 1 {
                let buffer = connection.out.buffer();
                let length = length(number, self.size);
                frame::write_header(buffer, frame::TEXT, true, length);
                write_payload(buffer, number, length);
                connection.out.end_message();
            } else {
                self.fragments(connection, number);
            }
        }
    }

    fn take(&mut self, ledger: &Ledger, count: u64) -> u64 {
        match &mut self.numbering {
            Numbering::Own(next) => {
                let first = *next;
                *next += count;
                first
            }
            Numbering::Stream(key) => ledger.take_numbers(key, count),
        }
    }

    fn fragments(&self, connection: &mut Connection<'_>, number: u64) {
        let payload = payload(number, self.size);
        let part_length = payload.len().div_ceil(self.parts).max(1);
        for part in 0..self.parts {
            let start = (part * part_length).min(payload.len());
            let end = (start + part_length).min(payload.len());
            let opcode = if part == 0 {
                frame::TEXT
            } else {
                frame::CONTINUE
            };
            let last = part + 1 == self.parts;
            connection.out.frame(opcode, last, &payload[start..end]);
            if !last {
                connection.ping();
            }
        }
        connection.out.end_message();
    }
}

/// The message `number` as text, `size` bytes long or as long as the number needs.
pub(crate) fn payload(number: u64, size: usize) -> Vec<u8> {
    let mut bytes = Vec::new();
    write_payload(&mut bytes, number, length(number, size));
    bytes
}

/// Bytes of the message `number`.
pub(crate) fn length(number: u64, size: usize) -> usize {
    let digits = number.checked_ilog10().unwrap_or(0) as usize + 1;
    size.max(b"{\"n\":}".len() + digits)
}

fn write_payload(bytes: &mut Vec<u8>, number: u64, length: usize) {
    let end = bytes.len() + length;
    write!(bytes, "{{\"n\":{number}").expect("writing to memory cannot fail");
    let room = end - bytes.len() - 1;
    if room >= PAD_OPEN.len() + PAD_CLOSE.len() {
        bytes.extend_from_slice(PAD_OPEN);
        bytes.resize(end - 1 - PAD_CLOSE.len(), b'x');
        bytes.extend_from_slice(PAD_CLOSE);
    } else {
        // Too little room for the key: white space is as good.
        bytes.resize(end - 1, b' ');
    }
    bytes.push(b'}');
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::Value;

    #[test]
    fn messages_have_their_size() {
        for size in 0..300 {
            for number in [0, 9, 10, 99_999, u64::MAX] {
                let payload = payload(number, size);
                let json: Value = serde_json::from_slice(&payload).expect("JSON");
                assert_eq!(json["n"], number);
                let needed = format!("{{\"n\":{number}}}").len();
                assert_eq!(payload.len(), size.max(needed), "{number} in {size} bytes");
            }
        }
    }

    #[test]
    fn streams_continue() {
        let ledger = Ledger::default();
        let numbered = || Numbered {
            size: 8,
            numbering: Numbering::Stream("s".into()),
            parts: 1,
        };
        let (mut first, mut second) = (numbered(), numbered());
        assert_eq!(first.take(&ledger, 5), 0);
        assert_eq!(second.take(&ledger, 3), 5);
        assert_eq!(first.take(&ledger, 1), 8);
        assert_eq!(ledger.snapshot().streams["s"], 9);
    }
}
