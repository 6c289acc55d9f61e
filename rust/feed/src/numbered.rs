//! Texts `{"n":17,"pad":"xx…"}` or `{"n":17,"t":1700000000000123,"pad":"xx…"}` of an exact size.

use std::io::Write;
use std::time::SystemTime;

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
    /// Each message says when it was put out.
    pub stamp: bool,
    /// Frames of a message, a ping between each two.
    pub parts: usize,
}

impl Numbered {
    /// Puts up to `max` messages into the outbox. They go out together, so they share one stamp.
    pub fn fill(&mut self, connection: &mut Connection<'_>, max: u64) {
        let first = self.take(connection.out.ledger(), max);
        let stamp = self.stamp.then(micros);
        for number in first..first + max {
            if self.parts == 1 && connection.out.compresses() {
                let payload = payload(number, stamp, self.size);
                connection.out.message(frame::TEXT, &payload);
            } else if self.parts == 1 {
                let buffer = connection.out.buffer();
                let length = length(number, stamp, self.size);
                frame::write_header(buffer, frame::TEXT, true, false, length);
                write_payload(buffer, number, stamp, length);
                connection.out.end_message();
            } else {
                self.fragments(connection, number, stamp);
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

    fn fragments(&self, connection: &mut Connection<'_>, number: u64, stamp: Option<u64>) {
        let payload = payload(number, stamp, self.size);
        let payload = connection.out.squeezed(&payload);
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

/// The message `number` as text, `size` bytes long or as long as its numbers need. `stamp` is in microseconds since the epoch.
pub(crate) fn payload(number: u64, stamp: Option<u64>, size: usize) -> Vec<u8> {
    let mut bytes = Vec::new();
    let length = length(number, stamp, size);
    write_payload(&mut bytes, number, stamp, length);
    bytes
}

/// Bytes of the message `number`.
pub(crate) fn length(number: u64, stamp: Option<u64>, size: usize) -> usize {
    let stamp = stamp.map_or(0, |stamp| b",\"t\":".len() + digits(stamp));
    size.max(b"{\"n\":}".len() + digits(number) + stamp)
}

fn digits(number: u64) -> usize {
    number.checked_ilog10().unwrap_or(0) as usize + 1
}

/// Microseconds since the epoch.
fn micros() -> u64 {
    let since_epoch = SystemTime::now()
        .duration_since(SystemTime::UNIX_EPOCH)
        .unwrap_or_default();
    u64::try_from(since_epoch.as_micros()).unwrap_or(u64::MAX)
}

fn write_payload(bytes: &mut Vec<u8>, number: u64, stamp: Option<u64>, length: usize) {
    let end = bytes.len() + length;
    write!(bytes, "{{\"n\":{number}").expect("writing to memory cannot fail");
    if let Some(stamp) = stamp {
        write!(bytes, ",\"t\":{stamp}").expect("writing to memory cannot fail");
    }
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
                for stamp in [None, Some(0), Some(1_700_000_000_000_123)] {
                    let payload = payload(number, stamp, size);
                    let json: Value = serde_json::from_slice(&payload).expect("JSON");
                    assert_eq!(json["n"], number);
                    assert_eq!(json.get("t").and_then(Value::as_u64), stamp);
                    let time = stamp.map_or(String::new(), |stamp| format!(",\"t\":{stamp}"));
                    let needed = format!("{{\"n\":{number}{time}}}").len();
                    assert_eq!(payload.len(), size.max(needed), "{number} in {size} bytes");
                }
            }
        }
    }

    #[test]
    fn streams_continue() {
        let ledger = Ledger::default();
        let numbered = || Numbered {
            size: 8,
            numbering: Numbering::Stream("s".into()),
            stamp: false,
            parts: 1,
        };
        let (mut first, mut second) = (numbered(), numbered());
        assert_eq!(first.take(&ledger, 5), 0);
        assert_eq!(second.take(&ledger, 3), 5);
        assert_eq!(first.take(&ledger, 1), 8);
        assert_eq!(ledger.snapshot().streams["s"], 9);
    }
}
