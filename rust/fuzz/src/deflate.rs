//! What a server compresses: frames with RSV1 that may be anything, messages that another implementation compressed, and payloads of any format.

use miniz_oxide::deflate::core::{CompressorOxide, create_comp_flags_from_zip_params};
use miniz_oxide::deflate::stream::deflate;
use miniz_oxide::inflate::stream::{InflateState, inflate};
use miniz_oxide::{DataFormat, MZFlush, MZStatus};
use websocket_engine::internals::{
    Deflate, FrameReader, Inflater, Item, Trouble, Unpacker, Violation,
};
use websocket_engine::settings::PayloadFormat;

/// The longest message, and the longest that is kept.
const LONGEST: usize = 1 << 20;
const KEPT: usize = 1 << 16;

/// What a sender leaves out at the end of each message.
const TAIL: [u8; 4] = [0, 0, 0xff, 0xff];

/// Each message with its length, and what ended the reading.
type Read = (Vec<(usize, Vec<u8>)>, Option<Violation>);

/// Panics where something is not read as it should be. The first byte says how it is sent, the second how it is cut.
pub fn run(data: &[u8]) {
    let [flags, cut, bytes @ ..] = data else {
        return;
    };
    let deflate = Deflate {
        server_no_context_takeover: flags & 1 != 0,
        server_max_window_bits: 15,
    };
    let cut = usize::from(*cut) + 1;
    // Cuts make no difference.
    let (messages, violation) = read(bytes, cut, &deflate);
    let (whole, same) = read(bytes, usize::MAX, &deflate);
    assert_eq!(messages, whole);
    assert_eq!(violation.is_some(), same.is_some());
    against_another(bytes, &deflate);
    round_trip(bytes, *flags, cut, &deflate);
    payloads(bytes);
}

/// Reads frames in pieces of this size.
fn read(bytes: &[u8], cut: usize, deflate: &Deflate) -> Read {
    let mut reader = FrameReader::new(LONGEST, &[])
        .keeping(KEPT)
        .inflating(Some(Inflater::new(deflate)));
    let mut messages = Vec::new();
    let mut rest = bytes;
    loop {
        match reader.next(|_, _| {}) {
            Ok(Some(item)) => {
                let (length, kept) = (reader.length(), reader.payload().to_vec());
                assert!(length <= LONGEST && kept.len() <= length);
                if let Item::Message(_) = item {
                    assert_eq!(kept.is_empty(), length == 0 || length > KEPT);
                    messages.push((length, kept));
                }
            }
            Ok(None) if rest.is_empty() => return (messages, None),
            Ok(None) => {
                let room = reader.room();
                let (now, later) = rest.split_at(cut.min(rest.len()).min(room.len()));
                room[..now.len()].copy_from_slice(now);
                reader.filled(now.len());
                rest = later;
            }
            Err(violation) => return (messages, Some(violation)),
        }
    }
}

fn framed(payload: &[u8]) -> Vec<u8> {
    let mut frame = vec![0xc2, 127];
    frame.extend((payload.len() as u64).to_be_bytes());
    frame.extend(payload);
    frame
}

/// Taken for a compressed message, the bytes are the same to both implementations if both can inflate them.
fn against_another(bytes: &[u8], deflate: &Deflate) {
    if bytes.is_empty() {
        return;
    }
    let mut input = bytes.to_vec();
    input.extend(TAIL);
    let mut output = vec![0; KEPT + 1];
    let mut state = InflateState::new(DataFormat::Raw);
    let result = inflate(&mut state, &input, &mut output, MZFlush::Sync);
    let clean = result.status == Ok(MZStatus::Ok) && result.bytes_consumed == input.len();
    if clean
        && result.bytes_written <= KEPT
        && let (messages, None) = read(&framed(bytes), usize::MAX, deflate)
    {
        assert_eq!(messages[0].1, output[..result.bytes_written]);
    }
}

/// What another implementation compresses is what comes.
fn round_trip(bytes: &[u8], flags: u8, cut: usize, deflate_agreed: &Deflate) {
    let level = i32::from(flags >> 1 & 7);
    let mut compressor = CompressorOxide::new(create_comp_flags_from_zip_params(level, -15, 0));
    let mut frames = Vec::new();
    for message in [bytes, bytes] {
        let mut compressed = vec![0; message.len() * 2 + 1024];
        let mut length = 0;
        for piece in message.chunks(cut * 64) {
            let flush = [MZFlush::None, MZFlush::Sync, MZFlush::Full][usize::from(flags >> 4) % 3];
            let result = deflate(&mut compressor, piece, &mut compressed[length..], flush);
            length += result.bytes_written;
            if length + 256 > compressed.len() {
                // Flushed so often that it does not fit: another input's business.
                return;
            }
        }
        length += deflate(
            &mut compressor,
            &[],
            &mut compressed[length..],
            MZFlush::Sync,
        )
        .bytes_written;
        compressed.truncate(length);
        match compressed.strip_suffix(&TAIL) {
            Some(stripped) => frames.extend(framed(stripped)),
            None => frames.extend(framed(&[0])),
        }
        if deflate_agreed.server_no_context_takeover {
            compressor.reset();
        }
    }
    let (messages, violation) = read(&frames, cut, deflate_agreed);
    assert_eq!(violation, None);
    let kept = if bytes.len() > KEPT { &[] } else { bytes };
    let expected = (bytes.len(), kept.to_vec());
    assert_eq!(messages, [expected.clone(), expected]);
}

/// No payload takes more than it may.
fn payloads(bytes: &[u8]) {
    for format in [
        PayloadFormat::Gzip,
        PayloadFormat::Zlib,
        PayloadFormat::Deflate,
        PayloadFormat::Zstd,
        PayloadFormat::Auto,
    ] {
        let mut unpacker = Unpacker::new(format, KEPT).expect("a format");
        match unpacker.unpack(bytes) {
            Ok(()) => assert!(unpacker.bytes().is_none_or(|bytes| bytes.len() <= KEPT)),
            Err(Trouble::TooLong(length)) => assert!(length > KEPT),
            Err(_) => {}
        }
    }
}
