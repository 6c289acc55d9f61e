//! Compressed messages. What compresses them here is another implementation of DEFLATE than the one that inflates them.

use flate2::{Compress, Compression, FlushCompress};
use miniz_oxide::deflate::core::{CompressorOxide, create_comp_flags_from_zip_params};
use miniz_oxide::deflate::stream::deflate;
use miniz_oxide::{MZFlush, MZStatus};
use proptest::prelude::*;

use super::tests::fill;
use super::*;
use crate::deflate::Deflate;

const LONGEST: usize = 300_000;
const KEPT: usize = 100_000;

const ALL_KEPT: Deflate = Deflate {
    server_no_context_takeover: false,
    server_max_window_bits: 15,
};

/// Items with their lengths and payloads.
type Found = Vec<(Item, usize, Vec<u8>)>;

/// Everything that becomes of the bytes when they are read in pieces of these sizes, over and over; the end if there was a violation.
fn read(bytes: &[u8], pieces: &[usize], deflate: Deflate) -> (Found, Option<Violation>) {
    let mut reader = FrameReader::new(LONGEST, &[])
        .keeping(KEPT)
        .inflating(Some(Inflater::new(&deflate)));
    let mut items = Vec::new();
    let mut rest = bytes;
    let mut pieces = pieces.iter().cycle();
    loop {
        assert!(reader.message.capacity() <= MESSAGE_BYTES_KEPT.max(KEPT + INFLATE_BYTES));
        match reader.next(|_, _| {}) {
            Ok(Some(item)) => items.push((item, reader.length(), reader.payload().to_vec())),
            Err(violation) => return (items, Some(violation)),
            Ok(None) if rest.is_empty() => return (items, None),
            Ok(None) => rest = fill(&mut reader, rest, *pieces.next().expect("a size")),
        }
    }
}

/// What becomes of them, however they are read.
fn outcome(bytes: &[u8]) -> (Found, Option<Violation>) {
    let found = read(bytes, &[usize::MAX], ALL_KEPT);
    assert_eq!(read(bytes, &[1], ALL_KEPT), found);
    found
}

fn frame(first: u8, payload: &[u8]) -> Vec<u8> {
    super::tests::frame(first, false, payload)
}

fn text(text: &str) -> (Item, usize, Vec<u8>) {
    (Item::Message(Kind::Text), text.len(), text.into())
}

#[test]
fn the_examples_of_the_rfc() {
    let hello = frame(0xc1, b"\xf2\x48\xcd\xc9\xc9\x07\x00");
    for (what, bytes, messages) in [
        ("one block", hello.clone(), 1),
        (
            "fragments",
            [
                frame(0x41, b"\xf2\x48\xcd"),
                frame(0x89, b""),
                frame(0x80, b"\xc9\xc9\x07\x00"),
            ]
            .concat(),
            1,
        ),
        (
            "the window of the message before",
            [&hello[..], &frame(0xc1, b"\xf2\x00\x11\x00\x00")].concat(),
            2,
        ),
        (
            "a block without compression",
            frame(0xc1, b"\x00\x05\x00\xfa\xff\x48\x65\x6c\x6c\x6f\x00"),
            1,
        ),
        (
            "a final block, then the same again",
            frame(0xc1, b"\xf3\x48\xcd\xc9\xc9\x07\x00\x00").repeat(2),
            2,
        ),
        (
            "a final block with nothing behind it",
            frame(0xc1, b"\xf3\x48\xcd\xc9\xc9\x07\x00").repeat(2),
            2,
        ),
        (
            "two blocks",
            frame(
                0xc1,
                b"\xf2\x48\x05\x00\x00\x00\xff\xff\xca\xc9\xc9\x07\x00",
            ),
            1,
        ),
        (
            "a message that is not compressed between",
            [&hello[..], &frame(0x81, b"Hello"), &hello].concat(),
            3,
        ),
    ] {
        let (mut items, violation) = outcome(&bytes);
        items.retain(|(item, ..)| *item != Item::Ping);
        assert_eq!(violation, None, "{what}");
        assert_eq!(items, vec![text("Hello"); messages], "{what}");
    }
    let empty = [
        frame(0xc1, b"\0"),
        frame(0xc1, b""),
        frame(0x41, b""),
        frame(0x80, b"\0"),
    ];
    let all = [empty.concat(), hello].concat();
    let expected = vec![text(""), text(""), text(""), text("Hello")];
    assert_eq!(outcome(&all), (expected, None));
}

#[test]
fn reserved_bits_mean_nothing_elsewhere() {
    let begun = frame(0x41, b"\xf2\x48\xcd");
    for (what, bytes) in [
        ("a control frame", frame(0xc9, b"")),
        ("a close frame", frame(0xc8, b"")),
        ("a continuation", [begun, frame(0xc0, b"\xc9")].concat()),
        ("RSV2", frame(0xa1, b"")),
        ("RSV3", frame(0x91, b"")),
        ("more than RSV1", frame(0xe1, b"\0")),
    ] {
        let violation = Violation::Protocol("reserved bits are set");
        assert_eq!(outcome(&bytes), (vec![], Some(violation)), "{what}");
    }
    let mut without = FrameReader::new(LONGEST, &frame(0xc1, b"\0"));
    assert!(matches!(
        without.next(|_, _| {}),
        Err(Violation::Protocol(_))
    ));
}

#[test]
fn what_is_no_deflate_fails() {
    for bytes in [
        // A block of the reserved type, lengths that are no complement, a distance too far back.
        frame(0xc1, b"\x07"),
        frame(0xc1, b"\x00\x05\x00\x00\x00"),
        frame(0xc1, b"\xf2\x00\x11\x00\x00"),
    ] {
        assert_eq!(outcome(&bytes), (vec![], Some(Violation::Deflate)));
    }
    // Without context nothing may be referred to.
    let hello = frame(0xc1, b"\xf2\x48\xcd\xc9\xc9\x07\x00");
    let bytes = [&hello[..], &frame(0xc1, b"\xf2\x00\x11\x00\x00")].concat();
    let none = Deflate {
        server_no_context_takeover: true,
        ..ALL_KEPT
    };
    let found = read(&bytes, &[usize::MAX], none);
    assert_eq!(found, (vec![text("Hello")], Some(Violation::Deflate)));
}

/// Compresses what a server says.
enum Server {
    Miniz(Box<CompressorOxide>),
    Window(Compress),
}

impl Server {
    fn miniz(level: i32) -> Self {
        let flags = create_comp_flags_from_zip_params(level, -15, 0);
        Self::Miniz(Box::new(CompressorOxide::new(flags)))
    }

    /// With windows other than the usual one; 9 stands in for 8, which compressors do not have.
    fn window(bits: u8) -> Self {
        let compress = Compress::new_with_window_bits(Compression::fast(), false, bits.max(9));
        Self::Window(compress)
    }

    fn reset(&mut self) {
        match self {
            Self::Miniz(compressor) => compressor.reset(),
            Self::Window(compress) => compress.reset(),
        }
    }

    /// Appends the compressed piece, then does what `flush` says.
    fn compress(&mut self, piece: &[u8], flush: Flush, into: &mut Vec<u8>) {
        let mut rest = piece;
        loop {
            into.reserve(piece.len() + 1000);
            let room = into.capacity() - into.len();
            let length = into.len();
            let (taken, ended) = match self {
                Self::Miniz(compressor) => {
                    into.resize(length + room, 0);
                    let result = deflate(compressor, rest, &mut into[length..], flush.miniz());
                    into.truncate(length + result.bytes_written);
                    (
                        result.bytes_consumed,
                        result.status == Ok(MZStatus::StreamEnd),
                    )
                }
                Self::Window(compress) => {
                    let before = compress.total_in();
                    let status = compress.compress_vec(rest, into, flush.flate2());
                    let taken = (compress.total_in() - before) as usize;
                    (
                        taken,
                        status.expect("compressed") == flate2::Status::StreamEnd,
                    )
                }
            };
            rest = &rest[taken..];
            if ended || rest.is_empty() && into.len() < length + room {
                return;
            }
        }
    }

    /// A message as it is compressed: its pieces, how each is flushed, and whether the last block is a final one.
    fn message(&mut self, pieces: &[(Vec<u8>, Flush)], finishes: bool) -> Vec<u8> {
        let mut compressed = Vec::new();
        for (piece, flush) in pieces {
            self.compress(piece, *flush, &mut compressed);
        }
        if finishes {
            self.compress(&[], Flush::Finish, &mut compressed);
            self.reset();
            compressed.push(0);
            return compressed;
        }
        self.compress(&[], Flush::Sync, &mut compressed);
        match compressed.strip_suffix(&[0, 0, 0xff, 0xff]) {
            Some(stripped) => stripped.to_vec(),
            None => vec![0],
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Flush {
    None,
    Sync,
    Full,
    Finish,
}

impl Flush {
    fn miniz(self) -> MZFlush {
        match self {
            Self::None => MZFlush::None,
            Self::Sync => MZFlush::Sync,
            Self::Full => MZFlush::Full,
            Self::Finish => MZFlush::Finish,
        }
    }

    fn flate2(self) -> FlushCompress {
        match self {
            Self::None => FlushCompress::None,
            Self::Sync => FlushCompress::Sync,
            Self::Full => FlushCompress::Full,
            Self::Finish => FlushCompress::Finish,
        }
    }
}

/// One message of a server.
#[derive(Clone, Debug)]
struct Said {
    binary: bool,
    pieces: Vec<(Vec<u8>, Flush)>,
    finishes: bool,
    compressed: bool,
    /// Lengths of its fragments but the last.
    cuts: Vec<usize>,
}

impl Said {
    fn payload(&self) -> Vec<u8> {
        self.pieces
            .iter()
            .flat_map(|(piece, _)| piece.clone())
            .collect()
    }

    fn frames(&self, payload: &[u8]) -> Vec<u8> {
        let mut rest = payload;
        let mut bytes = Vec::new();
        let mut first = if self.binary { 2 } else { 1 } | if self.compressed { 0x40 } else { 0 };
        for cut in &self.cuts {
            let (piece, later) = rest.split_at((*cut).min(rest.len()));
            bytes.extend(frame(first, piece));
            bytes.extend(frame(0x89, b"?"));
            (rest, first) = (later, 0);
        }
        bytes.extend(frame(0x80 | first, rest));
        bytes
    }

    fn item(&self) -> (Item, usize, Vec<u8>) {
        let payload = self.payload();
        let kind = if self.binary {
            Kind::Binary
        } else {
            Kind::Text
        };
        let kept = if payload.len() > KEPT {
            vec![]
        } else {
            payload.clone()
        };
        (Item::Message(kind), payload.len(), kept)
    }
}

fn any_piece() -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![
        4 => "[a-däß🚀]{0,40}".prop_map(String::into_bytes),
        2 => ("[a-z日]{1,9}", 1..300_usize).prop_map(|(word, times)| word.repeat(times).into_bytes()),
        1 => (0..140_000_usize).prop_map(|size| vec![b'0'; size]),
    ]
}

fn any_said() -> impl Strategy<Value = Said> {
    let flush = prop_oneof![3 => Just(Flush::None), 1 => Just(Flush::Sync), 1 => Just(Flush::Full)];
    let bytes = proptest::collection::vec(any::<u8>(), 0..2000);
    let text = (
        Just(false),
        proptest::collection::vec((any_piece(), flush.clone()), 0..4),
    );
    let binary = (Just(true), proptest::collection::vec((bytes, flush), 0..4));
    (
        prop_oneof![3 => text, 1 => binary],
        prop_oneof![5 => Just(false), 1 => Just(true)],
        prop_oneof![8 => Just(true), 1 => Just(false)],
        proptest::collection::vec(0..60_usize, 0..4),
    )
        .prop_map(|((binary, pieces), finishes, compressed, cuts)| Said {
            binary,
            pieces,
            finishes,
            compressed,
            cuts,
        })
        .prop_filter("a message that may be read", |said| {
            said.payload().len() <= LONGEST
        })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(if cfg!(miri) { 2 } else { 60 }))]

    /// What one implementation compresses the other one inflates, however it is flushed, fragmented and cut.
    #[test]
    fn messages_come_through(
        said in proptest::collection::vec(any_said(), 0..8),
        pieces in proptest::collection::vec(1..5000_usize, 1..20),
        level in 0..10,
        window in proptest::option::of(8..=15_u8),
        forgets: bool,
    ) {
        let mut server = window.map_or_else(|| Server::miniz(level), Server::window);
        let mut bytes = Vec::new();
        for said in &said {
            let payload = if said.compressed {
                server.message(&said.pieces, said.finishes)
            } else {
                said.payload()
            };
            bytes.extend(said.frames(&payload));
            if forgets {
                server.reset();
            }
        }
        let deflate = Deflate { server_no_context_takeover: forgets, server_max_window_bits: window.unwrap_or(15) };
        let (mut found, violation) = read(&bytes, &pieces, deflate);
        found.retain(|(item, ..)| *item != Item::Ping);
        let expected: Vec<_> = said.iter().map(Said::item).collect();
        prop_assert_eq!(violation, None);
        prop_assert!(found == expected, "{:?}", found.iter().map(|(item, length, _)| (*item, *length)).collect::<Vec<_>>());
    }

    /// However compressed bytes are broken, they end in messages or a violation, and cuts make no difference.
    #[test]
    fn no_bytes_break_it(
        frames in proptest::collection::vec((prop_oneof![Just(0xc1_u8), Just(0xc2), Just(0x41), Just(0x80), Just(0x00)],
            proptest::collection::vec(any::<u8>(), 0..200)), 0..6),
        pieces in proptest::collection::vec(1..50_usize, 1..5),
    ) {
        let bytes: Vec<u8> = frames.iter().flat_map(|(first, payload)| frame(*first, payload)).collect();
        let (items, violation) = read(&bytes, &pieces, ALL_KEPT);
        let (whole, same) = read(&bytes, &[usize::MAX], ALL_KEPT);
        prop_assert_eq!(items, whole);
        // What is inflated before data turns out to be broken may be no UTF-8.
        prop_assert_eq!(violation.is_some(), same.is_some(), "{:?} {:?}", violation, same);
    }
}

/// A message of so many times a mebibyte of zeros.
fn bomb(mebibytes: usize) -> Vec<u8> {
    let mut server = Server::miniz(6);
    let zeros = vec![0; 1 << 20];
    let (mut first, mut next) = (Vec::new(), Vec::new());
    server.compress(&zeros, Flush::Sync, &mut first);
    server.compress(&zeros, Flush::Sync, &mut next);
    let mut all = first;
    for _ in 1..mebibytes {
        all.extend(&next);
    }
    frame(
        0xc2,
        all.strip_suffix(&[0, 0, 0xff, 0xff]).expect("a flush"),
    )
}

#[test]
fn a_bomb_costs_no_memory() {
    // Kept is nothing of it, and what follows is right.
    let hello = frame(0xc1, b"\xf2\x48\xcd\xc9\xc9\x07\x00");
    let bytes = [bomb(3), hello].concat();
    let mut reader = FrameReader::new(4 << 20, &bytes)
        .keeping(1000)
        .inflating(Some(Inflater::new(&ALL_KEPT)));
    assert_eq!(
        reader.next(|_, _| {}),
        Ok(Some(Item::Message(Kind::Binary)))
    );
    assert_eq!((reader.length(), reader.payload()), (3 << 20, &b""[..]));
    assert!(reader.message.capacity() <= 1000 + INFLATE_BYTES);
    assert_eq!(reader.next(|_, _| {}), Ok(Some(Item::Message(Kind::Text))));
    assert_eq!(reader.payload(), b"Hello");

    // Above the hard limit it is not even inflated further.
    let bytes = bomb(1024);
    assert!(bytes.len() < 1_100_000, "{}", bytes.len());
    let mut reader = FrameReader::new(4 << 20, &bytes)
        .keeping(1000)
        .inflating(Some(Inflater::new(&ALL_KEPT)));
    let Err(Violation::TooLong(length)) = reader.next(|_, _| {}) else {
        panic!("it was taken")
    };
    assert!(length <= (4 << 20) + 1000 + INFLATE_BYTES, "{length}");
    assert!(reader.message.capacity() <= 1000 + INFLATE_BYTES);
}

#[test]
fn a_text_is_looked_at_while_it_is_inflated() {
    let mut server = Server::miniz(6);
    let mut compressed = Vec::new();
    server.compress(b"broken \xff text", Flush::Sync, &mut compressed);
    let begun = frame(0x41, &compressed);
    assert_eq!(outcome(&begun), (vec![], Some(Violation::Utf8)));
    // What is not yet a character may become one; at the end it must be one.
    let rocket = "🚀".as_bytes();
    for (end, expected) in [(4, Ok(text("🚀"))), (3, Err(Violation::Utf8))] {
        let mut server = Server::miniz(6);
        let payload = server.message(
            &[
                (rocket[..2].to_vec(), Flush::Sync),
                (rocket[2..end].to_vec(), Flush::None),
            ],
            false,
        );
        let (items, violation) = outcome(&frame(0xc1, &payload));
        assert_eq!(
            violation.map_or_else(|| Ok(items[0].clone()), Err),
            expected
        );
    }
}
