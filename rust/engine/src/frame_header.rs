//! The header of a frame (RFC 6455 section 5.2).

use std::fmt;

/// A continuation of a message that was begun by another frame.
pub const CONTINUATION: u8 = 0;
/// The first or only frame of a text message.
pub const TEXT: u8 = 1;
/// The first or only frame of a binary message.
pub const BINARY: u8 = 2;
/// The end of one side's sending.
pub const CLOSE: u8 = 8;
/// Asks for a pong.
pub const PING: u8 = 9;
/// Answers a ping.
pub const PONG: u8 = 10;

/// The longest payload of a control frame, and the longest that stands in the second byte.
pub const SHORT_LENGTH: u64 = 125;

/// What a frame's header says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FrameHeader {
    /// The last frame of a message.
    pub fin: bool,
    /// RSV1 to RSV3, as they stand in the first byte.
    pub rsv: u8,
    /// What the frame is.
    pub opcode: u8,
    /// The payload is masked.
    pub masked: bool,
    /// Bytes of payload.
    pub length: u64,
}

impl FrameHeader {
    /// The header of a frame that is sent: masked, and a message of its own.
    pub fn sent(opcode: u8, length: usize) -> Self {
        Self {
            fin: true,
            rsv: 0,
            opcode,
            masked: true,
            length: length as u64,
        }
    }

    /// The header at the beginning of `bytes`, if it is whole.
    #[inline]
    pub fn parse(bytes: &[u8]) -> Option<Self> {
        let [first, second, rest @ ..] = bytes else {
            return None;
        };
        let length = match second & 0x7f {
            126 => u64::from(u16::from_be_bytes(*rest.first_chunk()?)),
            127 => u64::from_be_bytes(*rest.first_chunk()?),
            short => u64::from(short),
        };
        let header = Self {
            fin: first & 0x80 != 0,
            rsv: first >> 4 & 0x07,
            opcode: first & 0x0f,
            masked: second & 0x80 != 0,
            length,
        };
        // The length may be written longer than it needs to be.
        (bytes.len() >= Self::bytes_of(*second)).then_some(header)
    }

    /// How many bytes a header takes, masking key included, whose second byte this is.
    #[inline]
    pub fn bytes_of(second: u8) -> usize {
        let length = match second & 0x7f {
            126 => 2,
            127 => 8,
            _ => 0,
        };
        2 + length + if second & 0x80 == 0 { 0 } else { 4 }
    }

    /// Close, ping, pong and what may come to be one (RFC 6455 section 5.5).
    #[inline]
    pub fn is_control(&self) -> bool {
        self.opcode >= CLOSE
    }
}

impl fmt::Display for FrameHeader {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = match self.opcode {
            CONTINUATION => "continuation",
            TEXT => "text",
            BINARY => "binary",
            CLOSE => "close",
            PING => "ping",
            PONG => "pong",
            _ => "reserved",
        };
        let (opcode, fin, rsv) = (self.opcode, u8::from(self.fin), self.rsv);
        write!(
            f,
            "opcode={opcode} ({name}) fin={fin} rsv={rsv:03b} length={}",
            self.length
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn headers_of_every_kind() {
        for (bytes, text, masked) in [
            (
                &[0x01, 3][..],
                "opcode=1 (text) fin=0 rsv=000 length=3",
                false,
            ),
            (
                &[0x80, 0x80, 1, 2, 3, 4],
                "opcode=0 (continuation) fin=1 rsv=000 length=0",
                true,
            ),
            (
                &[0x82, 126, 1, 0],
                "opcode=2 (binary) fin=1 rsv=000 length=256",
                false,
            ),
            (
                &[0xc1, 127, 0, 0, 0, 0, 0, 1, 0, 0],
                "opcode=1 (text) fin=1 rsv=100 length=65536",
                false,
            ),
            (
                &[0x88, 125],
                "opcode=8 (close) fin=1 rsv=000 length=125",
                false,
            ),
            (&[0x89, 0], "opcode=9 (ping) fin=1 rsv=000 length=0", false),
            (
                &[0x8a, 0xff, 0, 0, 0, 0, 0, 0, 0, 2, 1, 2, 3, 4],
                "opcode=10 (pong) fin=1 rsv=000 length=2",
                true,
            ),
            (
                &[0x83, 127, 255, 255, 255, 255, 255, 255, 255, 255],
                "opcode=3 (reserved) fin=1 rsv=000 length=18446744073709551615",
                false,
            ),
        ] {
            let header = FrameHeader::parse(bytes).expect("a header");
            assert_eq!((header.to_string().as_str(), header.masked), (text, masked));
            assert_eq!(FrameHeader::bytes_of(bytes[1]), bytes.len());
            for less in 0..bytes.len() {
                assert_eq!(FrameHeader::parse(&bytes[..less]), None);
            }
        }
    }

    proptest! {
        #[test]
        fn no_bytes_break_it(bytes: Vec<u8>) {
            let header = FrameHeader::parse(&bytes);
            prop_assert!(header.is_none() || bytes.len() >= FrameHeader::bytes_of(bytes[1]));
        }
    }
}
