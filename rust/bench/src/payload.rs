//! What is sent: JSON-like texts of an exact size, no two of a block alike, as frames ready to be written.

use clap::ValueEnum;
use tokio_tungstenite::tungstenite::protocol::frame::Frame;
use tokio_tungstenite::tungstenite::protocol::frame::coding::{Data, OpCode};

/// Bytes of a block, roughly: enough for different messages, few enough for a core's cache.
const BLOCK_BYTES: usize = 256 * 1024;

/// The share of bytes that do not belong to ASCII characters.
const NON_ASCII_SHARE: f64 = 0.3;

/// Smaller payloads have no room for a few words in their JSON.
pub const LEAST_SIZE: usize = 64;

const ASCII_WORDS: [&str; 12] = [
    "bid", "ask", "trade", "BTC-USD", "ETH-EUR", "67214.50", "0.00125", "filled", "maker", "taker",
    "seq", "snapshot",
];
const OTHER_WORDS: [&str; 10] = [
    "größe",
    "übermäßig",
    "naïve",
    "日本",
    "東京市場",
    "Ελλάδα",
    "Москва",
    "€",
    "🚀",
    "한국",
];

/// Which characters the payloads have.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Characters {
    /// ASCII only.
    Ascii,
    /// Characters of two to four bytes make up about 30 % of the bytes.
    Mixed,
}

impl Characters {
    /// For the table.
    pub fn name(self) -> &'static str {
        match self {
            Self::Ascii => "ASCII",
            Self::Mixed => "30 % non-ASCII",
        }
    }
}

/// One kind of message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Workload {
    /// Which characters.
    pub characters: Characters,
    /// Bytes of a payload, [`LEAST_SIZE`] at least.
    pub size: usize,
}

impl Workload {
    /// For the table.
    pub fn name(self) -> String {
        format!("{} B, {}", self.size, self.characters.name())
    }

    /// Bytes of a message on the wire, as a server sends it.
    pub fn wire_bytes(self) -> usize {
        wire_bytes(self.size)
    }

    /// Unmasked text frames end to end, different ones.
    pub fn block(self) -> Vec<u8> {
        let mut block = Vec::with_capacity(BLOCK_BYTES + self.wire_bytes());
        for text in self.texts() {
            Frame::message(text.into_bytes(), OpCode::Data(Data::Text), true)
                .format(&mut block)
                .expect("writing to memory cannot fail");
        }
        block
    }

    /// The messages of a block.
    pub fn texts(self) -> impl Iterator<Item = String> {
        // The same for every variant, every round and every run.
        let mut random = fastrand::Rng::with_seed(7);
        let count = BLOCK_BYTES.div_ceil(self.wire_bytes());
        (0..count).map(move |number| self.text(number, &mut random))
    }

    fn text(self, number: usize, random: &mut fastrand::Rng) -> String {
        const END: &str = "\"}";
        let mut text = format!("{{\"seq\":{number},\"text\":\"");
        let mut other = 0;
        loop {
            let lacks_other = (other as f64) < NON_ASCII_SHARE * text.len() as f64;
            let word = if self.characters == Characters::Mixed && lacks_other {
                OTHER_WORDS[random.usize(..OTHER_WORDS.len())]
            } else {
                ASCII_WORDS[random.usize(..ASCII_WORDS.len())]
            };
            if text.len() + word.len() + 1 + END.len() > self.size {
                break;
            }
            other += word.bytes().filter(|byte| !byte.is_ascii()).count();
            text.push_str(word);
            text.push(' ');
        }
        let missing = self.size - END.len() - text.len();
        text.extend(std::iter::repeat_n('.', missing));
        text.push_str(END);
        text
    }
}

/// Bytes of a message of `size` bytes in one unmasked frame (RFC 6455 section 5.2).
pub fn wire_bytes(size: usize) -> usize {
    size + match size {
        0..=125 => 2,
        126..=0xffff => 4,
        _ => 10,
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;
    use std::io::Cursor;

    use tokio_tungstenite::tungstenite::protocol::frame::FrameHeader;

    use super::*;

    fn workloads() -> impl Iterator<Item = Workload> {
        [Characters::Ascii, Characters::Mixed]
            .into_iter()
            .flat_map(|characters| {
                [LEAST_SIZE, 125, 126, 256, 1024, 16_384, 65_536]
                    .into_iter()
                    .map(move |size| Workload { characters, size })
            })
    }

    /// The payloads of a block, read by the library's own parser.
    fn payloads(block: &[u8]) -> Vec<&[u8]> {
        let mut payloads = Vec::new();
        let mut rest = block;
        while !rest.is_empty() {
            let mut cursor = Cursor::new(rest);
            let (header, length) = FrameHeader::parse(&mut cursor)
                .expect("a header")
                .expect("a whole one");
            assert!(header.is_final && header.mask.is_none());
            assert_eq!(header.opcode, OpCode::Data(Data::Text));
            let begin = cursor.position() as usize;
            let end = begin + length as usize;
            payloads.push(&rest[begin..end]);
            rest = &rest[end..];
        }
        payloads
    }

    #[test]
    fn frames_are_whole_and_of_their_size() {
        for workload in workloads() {
            let block = workload.block();
            let payloads = payloads(&block);
            assert_eq!(
                payloads.len() * workload.wire_bytes(),
                block.len(),
                "{workload:?}"
            );
            assert!(block.len() >= BLOCK_BYTES);
            for payload in &payloads {
                assert_eq!(payload.len(), workload.size, "{workload:?}");
                let json: serde_json::Value = serde_json::from_slice(payload).expect("JSON");
                assert!(json["text"].is_string());
            }
            let different: HashSet<_> = payloads.iter().collect();
            assert_eq!(different.len(), payloads.len(), "{workload:?}");
        }
    }

    #[test]
    fn the_share_of_other_characters_is_kept() {
        for workload in workloads() {
            let block = workload.block();
            let payloads = payloads(&block);
            let other = payloads
                .iter()
                .flat_map(|payload| payload.iter())
                .filter(|byte| !byte.is_ascii())
                .count();
            let share = other as f64 / (payloads.len() * workload.size) as f64;
            match workload.characters {
                Characters::Ascii => assert_eq!(other, 0),
                Characters::Mixed => {
                    assert!((0.25..=0.35).contains(&share), "{workload:?}: {share}");
                }
            }
        }
    }
}
