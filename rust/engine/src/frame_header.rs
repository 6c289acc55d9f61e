//! Frame headers in a stream of bytes (RFC 6455 section 5.2), payloads passed over.

use std::fmt;

/// Two bytes, a long length and a masking key; behind it the code of a close frame.
const MOST_BYTES: usize = 14 + CODE_BYTES;
const CODE_BYTES: usize = 2;

/// Lengths up to this one stand in the second byte.
const SHORT_LENGTH: u8 = 125;

const CLOSE: u8 = 8;

/// What a frame's header says, and the close code if there is one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FrameHeader {
    fin: bool,
    /// RSV1 to RSV3, as they stand in the first byte.
    rsv: u8,
    opcode: u8,
    /// Bytes of payload.
    length: u64,
    close_code: Option<u16>,
}

impl FrameHeader {
    /// The header of a control frame of this length, or of a message that was sent in one frame.
    pub fn whole(opcode: u8, length: usize, close_code: Option<u16>) -> Self {
        Self {
            fin: true,
            rsv: 0,
            opcode,
            length: length as u64,
            close_code,
        }
    }

    /// Close, ping, pong and what may come to be one (RFC 6455 section 5.5).
    pub fn is_control(&self) -> bool {
        self.opcode >= CLOSE
    }
}

impl fmt::Display for FrameHeader {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = match self.opcode {
            0 => "continuation",
            1 => "text",
            2 => "binary",
            CLOSE => "close",
            9 => "ping",
            10 => "pong",
            _ => "reserved",
        };
        let (opcode, fin, rsv) = (self.opcode, u8::from(self.fin), self.rsv);
        write!(f, "opcode={opcode} ({name})")?;
        // The alternate form is for a message, whose frames are not known.
        if !f.alternate() {
            write!(f, " fin={fin} rsv={rsv:03b}")?;
        }
        write!(f, " length={}", self.length)?;
        match self.close_code {
            Some(code) => write!(f, " code={code}"),
            None => Ok(()),
        }
    }
}

/// Finds the headers in one direction of a connection, however its bytes are cut. It begins at the beginning of a frame.
#[derive(Debug, Default)]
pub struct HeaderScanner {
    head: [u8; MOST_BYTES],
    have: usize,
    /// Bytes of payload that are still to come.
    skip: u64,
}

impl HeaderScanner {
    /// Takes in what comes next; `seen` gets each header as soon as it is complete.
    pub fn scan(&mut self, mut bytes: &[u8], mut seen: impl FnMut(FrameHeader)) {
        while let [first, rest @ ..] = bytes {
            if self.skip > 0 {
                let skipped =
                    usize::try_from(self.skip).map_or(bytes.len(), |skip| skip.min(bytes.len()));
                self.skip -= skipped as u64;
                bytes = &bytes[skipped..];
                continue;
            }
            self.head[self.have] = *first;
            self.have += 1;
            bytes = rest;
            if self.have >= 2 && self.have == self.header_bytes() + self.code_bytes() {
                let header = self.header();
                self.skip = header.length - self.code_bytes() as u64;
                self.have = 0;
                seen(header);
            }
        }
    }

    fn short_length(&self) -> u8 {
        self.head[1] & 0x7f
    }

    fn length_bytes(&self) -> usize {
        match self.short_length() {
            ..=SHORT_LENGTH => 0,
            126 => 2,
            _ => 8,
        }
    }

    fn is_masked(&self) -> bool {
        self.head[1] & 0x80 != 0
    }

    fn header_bytes(&self) -> usize {
        2 + self.length_bytes() + if self.is_masked() { 4 } else { 0 }
    }

    /// How many bytes of the payload are read with the header.
    fn code_bytes(&self) -> usize {
        let has_code = (2..=SHORT_LENGTH).contains(&self.short_length());
        if self.head[0] & 0x0f == CLOSE && has_code {
            CODE_BYTES
        } else {
            0
        }
    }

    fn header(&self) -> FrameHeader {
        let long = &self.head[2..2 + self.length_bytes()];
        let length = if long.is_empty() {
            self.short_length().into()
        } else {
            long.iter()
                .fold(0, |length, byte| length << 8 | u64::from(*byte))
        };
        let end = self.header_bytes();
        let close_code = (self.code_bytes() > 0).then(|| {
            let mut code = [self.head[end], self.head[end + 1]];
            if self.is_masked() {
                code[0] ^= self.head[end - 4];
                code[1] ^= self.head[end - 3];
            }
            u16::from_be_bytes(code)
        });
        FrameHeader {
            fin: self.head[0] & 0x80 != 0,
            rsv: self.head[0] >> 4 & 0x07,
            opcode: self.head[0] & 0x0f,
            length,
            close_code,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn scanned(parts: &[&[u8]]) -> Vec<String> {
        let mut scanner = HeaderScanner::default();
        let mut seen = Vec::new();
        for part in parts {
            scanner.scan(part, |header| seen.push(header.to_string()));
        }
        seen
    }

    /// One of each kind: fragments with a ping between them, all three forms of the length, masked and not.
    fn stream() -> (Vec<u8>, Vec<String>) {
        let mut bytes = vec![0x01, 3, b'a', b'b', b'c'];
        bytes.extend([0x89, 0]);
        bytes.extend([0x80, 0x80, 1, 2, 3, 4]);
        bytes.extend([0x82, 126, 1, 0]);
        bytes.extend([0x88; 256]);
        bytes.extend([0xc1, 127, 0, 0, 0, 0, 0, 1, 0, 0]);
        bytes.extend([0x88; 65536]);
        bytes.extend([0x8a, 2, 9, 9]);
        bytes.extend([0x83, 0]);
        bytes.extend([
            0x88,
            0x84,
            0xff,
            0xff,
            0,
            0,
            0x03 ^ 0xff,
            0xe8 ^ 0xff,
            b'o',
            b'k',
        ]);
        bytes.extend([0x88, 0x02, 0x0f, 0xa1]);
        bytes.extend([0x88, 0x00]);
        let lines = [
            "opcode=1 (text) fin=0 rsv=000 length=3",
            "opcode=9 (ping) fin=1 rsv=000 length=0",
            "opcode=0 (continuation) fin=1 rsv=000 length=0",
            "opcode=2 (binary) fin=1 rsv=000 length=256",
            "opcode=1 (text) fin=1 rsv=100 length=65536",
            "opcode=10 (pong) fin=1 rsv=000 length=2",
            "opcode=3 (reserved) fin=1 rsv=000 length=0",
            "opcode=8 (close) fin=1 rsv=000 length=4 code=1000",
            "opcode=8 (close) fin=1 rsv=000 length=2 code=4001",
            "opcode=8 (close) fin=1 rsv=000 length=0",
        ];
        (bytes, lines.map(str::to_owned).to_vec())
    }

    #[test]
    fn headers_of_every_kind_are_found() {
        let (bytes, lines) = stream();
        assert_eq!(scanned(&[&bytes]), lines);
        let single: Vec<&[u8]> = bytes.chunks(1).collect();
        assert_eq!(scanned(&single), lines);
    }

    #[test]
    fn a_length_beyond_all_bounds_is_passed_over() {
        let mut bytes = vec![0x82, 127];
        bytes.extend([0xff; 8]);
        bytes.extend([0x81, 1, b'x']);
        assert_eq!(
            scanned(&[&bytes]),
            ["opcode=2 (binary) fin=1 rsv=000 length=18446744073709551615"]
        );
    }

    proptest! {
        #[test]
        fn however_the_bytes_are_cut(size in 1_usize..5000) {
            let (bytes, lines) = stream();
            let parts: Vec<&[u8]> = bytes.chunks(size).collect();
            prop_assert_eq!(scanned(&parts), lines);
        }

        #[test]
        fn no_bytes_break_it(bytes: Vec<u8>) {
            scanned(&[&bytes]);
        }
    }
}
