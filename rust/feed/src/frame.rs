//! Frames as bytes (RFC 6455 section 5): ours go out unmasked, the client's come in masked.

use std::io::Cursor;

use tokio_tungstenite::tungstenite::protocol::frame::FrameHeader;
use tokio_tungstenite::tungstenite::protocol::frame::coding::{Control, Data, OpCode};

pub(crate) const TEXT: OpCode = OpCode::Data(Data::Text);
pub(crate) const BINARY: OpCode = OpCode::Data(Data::Binary);
pub(crate) const CONTINUE: OpCode = OpCode::Data(Data::Continue);
pub(crate) const PING: OpCode = OpCode::Control(Control::Ping);
pub(crate) const PONG: OpCode = OpCode::Control(Control::Pong);
pub(crate) const CLOSE: OpCode = OpCode::Control(Control::Close);

/// The longest frame accepted from a client, and the longest message.
pub(crate) const MAX_RECEIVED: usize = 16 * 1024 * 1024;
/// RFC 6455 section 5.5.
const MAX_CONTROL: u64 = 125;

/// What a client did against the protocol, with the close code that answers it.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Violation {
    pub code: u16,
    pub reason: &'static str,
}

impl Violation {
    pub const fn protocol(reason: &'static str) -> Self {
        Self { code: 1002, reason }
    }
}

/// A frame from the client, unmasked.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Frame {
    pub opcode: OpCode,
    pub is_final: bool,
    pub payload: Vec<u8>,
}

/// Appends a frame's header; `compressed`: the frame begins a message that is compressed (RFC 7692 section 6).
pub(crate) fn write_header(
    bytes: &mut Vec<u8>,
    opcode: OpCode,
    is_final: bool,
    compressed: bool,
    length: usize,
) {
    let header = FrameHeader {
        opcode,
        is_final,
        rsv1: compressed,
        ..FrameHeader::default()
    };
    header
        .format(length as u64, bytes)
        .expect("writing to memory cannot fail");
}

/// Takes the first frame of `input`: the frame and its length in `input`, or `None` when more bytes are needed.
pub(crate) fn read(input: &[u8]) -> Result<Option<(Frame, usize)>, Violation> {
    let mut cursor = Cursor::new(input);
    let parsed =
        FrameHeader::parse(&mut cursor).map_err(|_| Violation::protocol("reserved opcode"))?;
    let Some((header, length)) = parsed else {
        return Ok(None);
    };
    if header.rsv1 || header.rsv2 || header.rsv3 {
        return Err(Violation::protocol("reserved bit"));
    }
    let Some(mask) = header.mask else {
        return Err(Violation::protocol("unmasked frame"));
    };
    if matches!(header.opcode, OpCode::Control(_)) && (length > MAX_CONTROL || !header.is_final) {
        return Err(Violation::protocol("long or fragmented control frame"));
    }
    if length > MAX_RECEIVED as u64 {
        return Err(Violation {
            code: 1009,
            reason: "frame too long",
        });
    }
    let start = cursor.position() as usize;
    let end = start + length as usize;
    let Some(masked) = input.get(start..end) else {
        return Ok(None);
    };
    let payload = masked
        .iter()
        .zip(mask.iter().cycle())
        .map(|(byte, key)| byte ^ key)
        .collect();
    Ok(Some((
        Frame {
            opcode: header.opcode,
            is_final: header.is_final,
            payload,
        },
        end,
    )))
}

#[cfg(test)]
mod tests {
    use super::*;

    // The masked "Hello" of RFC 6455 section 5.7.
    const HELLO: [u8; 11] = [
        0x81, 0x85, 0x37, 0xfa, 0x21, 0x3d, 0x7f, 0x9f, 0x4d, 0x51, 0x58,
    ];

    #[test]
    fn unmasks() {
        let expected = Frame {
            opcode: TEXT,
            is_final: true,
            payload: b"Hello".to_vec(),
        };
        assert_eq!(read(&HELLO), Ok(Some((expected, HELLO.len()))));
    }

    #[test]
    fn waits_for_the_whole_frame() {
        for cut in 0..HELLO.len() {
            assert_eq!(read(&HELLO[..cut]), Ok(None), "{cut} bytes");
        }
    }

    #[test]
    fn refuses_violations() {
        let reserved_bit = [0xc1, 0x80, 0, 0, 0, 0];
        let reserved_opcode = [0x83, 0x80, 0, 0, 0, 0];
        let unmasked = [0x81, 0x00];
        let long_ping = [0x89, 0xfe, 0, 126, 0, 0, 0, 0];
        let huge = [0x82, 0xff, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0];
        let code = |input: &[u8]| read(input).unwrap_err().code;
        assert_eq!(code(&reserved_bit), 1002);
        assert_eq!(code(&reserved_opcode), 1002);
        assert_eq!(code(&unmasked), 1002);
        assert_eq!(code(&long_ping), 1002);
        assert_eq!(code(&huge), 1009);
    }
}
