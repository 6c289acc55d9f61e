//! What the server compresses: its messages, where the client offers permessage-deflate (RFC 7692), and what a venue compresses by itself.

use std::io::Write as _;

use flate2::write::GzEncoder;
use flate2::{Compress, Compression, FlushCompress};

/// What a sender leaves out at the end of each message (RFC 7692 section 7.2.1).
const TAIL: [u8; 4] = [0, 0, 0xff, 0xff];

/// The compressor of one connection.
pub(crate) struct Deflater {
    compress: Compress,
    forgets: bool,
}

impl Deflater {
    /// `forgets`: without context takeover.
    pub fn new(forgets: bool) -> Self {
        Self {
            compress: Compress::new(Compression::fast(), false),
            forgets,
        }
    }

    /// A message's payload as it is sent.
    pub fn message(&mut self, payload: &[u8]) -> Vec<u8> {
        if self.forgets {
            self.compress.reset();
        }
        let begun = self.compress.total_in();
        let mut compressed = Vec::with_capacity(payload.len() / 2 + 64);
        loop {
            let taken = (self.compress.total_in() - begun) as usize;
            self.compress
                .compress_vec(&payload[taken..], &mut compressed, FlushCompress::Sync)
                .expect("compressing cannot fail");
            if compressed.len() < compressed.capacity() {
                break;
            }
            compressed.reserve(compressed.len());
        }
        // Nothing to flush is no block at all, and a message has to have one (RFC 7692 section 7.2.3.6).
        match compressed.strip_suffix(&TAIL) {
            Some(stripped) if !stripped.is_empty() => compressed.truncate(stripped.len()),
            _ => compressed = vec![0],
        }
        compressed
    }
}

/// A gzip file (RFC 1952) of these bytes.
pub(crate) fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder
        .write_all(bytes)
        .and_then(|()| encoder.finish())
        .expect("writing to memory cannot fail")
}

#[cfg(test)]
mod tests {
    use flate2::{Decompress, FlushDecompress};

    use super::*;

    #[test]
    fn messages_can_be_inflated() {
        let long = "abcdefgh".repeat(100_000);
        for forgets in [false, true] {
            let mut deflater = Deflater::new(forgets);
            let mut inflate = Decompress::new(false);
            let mut sizes = Vec::new();
            for message in ["Hello", "Hello", "", &long, "", "Hello"] {
                let mut compressed = deflater.message(message.as_bytes());
                sizes.push(compressed.len());
                compressed.extend(TAIL);
                let mut inflated = Vec::with_capacity(message.len() + 1);
                inflate
                    .decompress_vec(&compressed, &mut inflated, FlushDecompress::Sync)
                    .expect("valid");
                assert_eq!(inflated, message.as_bytes());
            }
            assert_eq!(sizes[1] < sizes[0], !forgets);
            assert!(sizes[3] < long.len() / 20);
        }
    }
}
