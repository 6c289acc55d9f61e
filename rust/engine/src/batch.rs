//! The hand-over format: whole records end to end, little-endian.
//!
//! ```text
//! 0  i32 payload length
//! 4  u8  kind (0 TEXT, 1 BINARY)
//! 5  u8  code (0)
//! 6  u16 extension length (0)
//! 8  i64 receive time, microseconds since the epoch
//! 16     extension, then payload
//! ```
//!
//! `tests/golden/batch.bin` pins it for Rust and Java.

/// Bytes in front of a record's payload.
pub const HEADER_BYTES: usize = 16;

/// What a record's payload is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// UTF-8, to become a string.
    Text = 0,
    /// Bytes as they are.
    Binary = 1,
}

/// The size of a record with a payload of this many bytes.
#[must_use]
pub const fn record_bytes(payload_bytes: usize) -> usize {
    HEADER_BYTES + payload_bytes
}

/// Appends one record. The payload must be shorter than 2 GiB; settings bound it to 64 MiB.
pub fn append(batch: &mut Vec<u8>, kind: Kind, receive_micros: i64, payload: &[u8]) {
    let length = u32::try_from(payload.len()).expect("a message is bounded to 64 MiB");
    let mut header = [0; HEADER_BYTES];
    header[0..4].copy_from_slice(&length.to_le_bytes());
    header[4] = kind as u8;
    header[8..16].copy_from_slice(&receive_micros.to_le_bytes());
    batch.extend_from_slice(&header);
    batch.extend_from_slice(payload);
}

/// The size of the record that starts at the beginning of `records`, which must not be empty.
#[must_use]
pub fn first_record_bytes(records: &[u8]) -> usize {
    let length: [u8; 4] = records[0..4].try_into().expect("four bytes");
    record_bytes(u32::from_le_bytes(length) as usize)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn golden_batch() {
        let mut batch = Vec::new();
        append(&mut batch, Kind::Text, 1_700_000_000_000_001, b"hello");
        append(&mut batch, Kind::Text, 1_700_000_000_000_002, b"");
        append(
            &mut batch,
            Kind::Binary,
            1_700_000_000_000_003,
            &[0x00, 0xff, 0x80],
        );
        append(
            &mut batch,
            Kind::Text,
            1_700_000_000_000_004,
            "grüße 日本 🚀".as_bytes(),
        );
        let golden = concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/golden/batch.bin");
        assert_eq!(batch, std::fs::read(golden).expect("the golden file"));
    }

    #[test]
    fn records_are_walked_by_their_lengths() {
        let mut batch = Vec::new();
        append(&mut batch, Kind::Text, 1, b"abc");
        append(&mut batch, Kind::Binary, 2, b"");
        assert_eq!(first_record_bytes(&batch), record_bytes(3));
        assert_eq!(first_record_bytes(&batch[record_bytes(3)..]), HEADER_BYTES);
    }
}
