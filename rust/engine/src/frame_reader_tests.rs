use std::io::{self, Cursor, Read, Write};

use proptest::prelude::*;
use tokio_tungstenite::tungstenite::protocol::{Role, WebSocketConfig};
use tokio_tungstenite::tungstenite::{Error, Message, WebSocket};

use super::*;

const LONGEST: usize = 300_000;

/// Items with their payloads.
type Found = Vec<(Item, Vec<u8>)>;

/// A frame as a server sends it, with what it must not do as well.
pub(super) fn frame(first: u8, masked: bool, payload: &[u8]) -> Vec<u8> {
    let mask = if masked { 0x80 } else { 0 };
    let mut frame = vec![first];
    match payload.len() {
        length @ ..=125 => frame.push(length as u8 | mask),
        length @ ..=0xffff => {
            frame.push(126 | mask);
            frame.extend((length as u16).to_be_bytes());
        }
        length => {
            frame.push(127 | mask);
            frame.extend((length as u64).to_be_bytes());
        }
    }
    if masked {
        frame.extend([0; 4]);
    }
    frame.extend(payload);
    frame
}

/// Puts at most so many of the bytes into the reader; returns the others.
pub(super) fn fill<'a>(reader: &mut FrameReader, bytes: &'a [u8], most: usize) -> &'a [u8] {
    let room = reader.room();
    let size = most.min(room.len()).min(bytes.len());
    room[..size].copy_from_slice(&bytes[..size]);
    reader.filled(size);
    &bytes[size..]
}

/// Everything that becomes of the bytes when they are read in pieces of these sizes, over and over; the end if there was a violation.
fn read(bytes: &[u8], pieces: &[usize]) -> (Found, Option<Violation>, Vec<String>) {
    let mut reader = FrameReader::new(LONGEST, &[]);
    let (mut items, mut headers) = (Vec::new(), Vec::new());
    let mut rest = bytes;
    let mut pieces = pieces.iter().cycle();
    loop {
        match reader.next(|header, _| headers.push(header.to_string())) {
            Ok(Some(item)) => items.push((item, reader.payload().to_vec())),
            Err(violation) => return (items, Some(violation), headers),
            Ok(None) if rest.is_empty() => return (items, None, headers),
            Ok(None) => rest = fill(&mut reader, rest, *pieces.next().expect("a size")),
        }
    }
}

fn items(bytes: &[u8]) -> (Found, Option<Violation>) {
    let (items, violation, _) = read(bytes, &[usize::MAX]);
    (items, violation)
}

#[test]
fn messages_and_control_frames() {
    let long = vec![b'x'; 200_000];
    let bytes = [
        frame(0x81, false, b"text"),
        frame(0x01, false, "grü".as_bytes()),
        frame(0x89, false, b"ask"),
        frame(0x00, false, b""),
        frame(0x80, false, "ße".as_bytes()),
        frame(0x82, false, &[0xff]),
        frame(0x81, false, &long),
        frame(0x8a, false, b""),
        frame(0x88, false, b"\x03\xe8bye"),
    ]
    .concat();
    let expected = vec![
        (Item::Message(Kind::Text), b"text".to_vec()),
        (Item::Ping, b"ask".to_vec()),
        (Item::Message(Kind::Text), "grüße".into()),
        (Item::Message(Kind::Binary), vec![0xff]),
        (Item::Message(Kind::Text), long),
        (Item::Pong, Vec::new()),
        (Item::Close(Some(1000)), b"bye".to_vec()),
    ];
    for pieces in [&[usize::MAX][..], &[1], &[3, 70_000], &[1000]] {
        let (items, violation, headers) = read(&bytes, pieces);
        assert_eq!((&items, violation), (&expected, None), "{pieces:?}");
        assert_eq!(headers.len(), 9);
    }
}

#[test]
fn what_the_protocol_forbids() {
    let begun = frame(0x01, false, b"a");
    for (what, bytes) in [
        ("reserved bits", frame(0xc1, false, b"")),
        ("a masked frame", frame(0x81, true, b"a")),
        ("reserved opcode", frame(0x83, false, b"")),
        ("reserved opcode", frame(0x8b, false, b"")),
        ("continuation of nothing", frame(0x80, false, b"")),
        ("within another", [begun, frame(0x81, false, b"b")].concat()),
        ("in fragments", frame(0x09, false, b"")),
        ("too long", frame(0x89, false, &[0; 126])),
        ("one byte", frame(0x88, false, b"x")),
    ] {
        let (_, Some(Violation::Protocol(problem))) = items(&bytes) else {
            panic!("{what}: {:?}", items(&bytes))
        };
        assert!(problem.contains(what), "{problem}");
    }
}

#[test]
fn close_codes_that_must_not_be_sent() {
    for code in [0_u16, 999, 1004, 1005, 1006, 1015, 1016, 2999, 5000] {
        let found = items(&frame(0x88, false, &code.to_be_bytes())).1;
        assert_eq!(found, Some(Violation::CloseCode(code)));
    }
    for code in [1000_u16, 1001, 1011, 1013, 3000, 4999] {
        let found = items(&frame(0x88, false, &code.to_be_bytes())).0;
        assert_eq!(found, [(Item::Close(Some(code)), Vec::new())]);
    }
}

#[test]
fn texts_that_are_no_utf8_fail_as_soon_as_that_is_known() {
    for bytes in [
        frame(0x81, false, b"\xff"),
        frame(0x81, false, &"ü".as_bytes()[..1]),
        frame(0x01, false, b"\xff"),
        frame(0x88, false, b"\x03\xe8\xff"),
        [
            frame(0x01, false, &"ü".as_bytes()[..1]),
            frame(0x80, false, b"x"),
        ]
        .concat(),
        [
            frame(0x01, false, b""),
            frame(0x80, false, &"🚀".as_bytes()[..3]),
        ]
        .concat(),
    ] {
        assert_eq!(
            items(&bytes),
            (Vec::new(), Some(Violation::Utf8)),
            "{bytes:?}"
        );
    }
    // What is not yet a character may become one.
    let cut = [
        frame(0x01, false, &"🚀".as_bytes()[..2]),
        frame(0x80, false, &"🚀".as_bytes()[2..]),
    ];
    assert_eq!(
        items(&cut.concat()).0,
        [(Item::Message(Kind::Text), "🚀".into())]
    );
    // A long text is looked at before it is whole.
    let long = frame(
        0x81,
        false,
        &[b"\xff", vec![b'x'; 200_000].as_slice()].concat(),
    );
    assert_eq!(items(&long[..100_000]).1, Some(Violation::Utf8));
}

#[test]
fn a_length_is_judged_before_memory_is_taken() {
    let mut huge = vec![0x82, 127];
    huge.extend((1_u64 << 40).to_be_bytes());
    assert_eq!(items(&huge).1, Some(Violation::TooLong(1 << 40)));
    let begun = frame(0x02, false, &vec![0; LONGEST]);
    let more = [begun, frame(0x80, false, b"x")].concat();
    assert_eq!(items(&more).1, Some(Violation::TooLong(LONGEST + 1)));
    let fits = frame(0x82, false, &vec![0; LONGEST]);
    assert_eq!(items(&fits).0.len(), 1);
}

#[test]
fn what_came_with_the_handshake_is_read_first() {
    let bytes = [frame(0x81, false, b"one"), frame(0x81, false, b"two")].concat();
    let mut reader = FrameReader::new(LONGEST, &bytes[..7]);
    assert_eq!(reader.next(|_, _| {}), Ok(Some(Item::Message(Kind::Text))));
    assert_eq!(reader.payload(), b"one");
    assert_eq!(reader.next(|_, _| {}), Ok(None));
    reader.room()[..3].copy_from_slice(&bytes[7..]);
    reader.filled(3);
    assert_eq!(reader.next(|_, _| {}), Ok(Some(Item::Message(Kind::Text))));
    assert_eq!(reader.payload(), b"two");
}

#[test]
fn memory_of_a_long_message_is_given_back() {
    let mut reader = FrameReader::new(usize::MAX, &[]);
    let bytes = frame(0x82, false, &vec![7; 3 * MESSAGE_BYTES_KEPT]);
    for piece in bytes.chunks(50_000) {
        assert_eq!(reader.next(|_, _| {}), Ok(None));
        reader.room()[..piece.len()].copy_from_slice(piece);
        reader.filled(piece.len());
    }
    assert_eq!(
        reader.next(|_, _| {}),
        Ok(Some(Item::Message(Kind::Binary)))
    );
    assert_eq!(reader.payload().len(), 3 * MESSAGE_BYTES_KEPT);
    assert_eq!(reader.next(|_, _| {}), Ok(None));
    assert!(reader.message.capacity() <= MESSAGE_BYTES_KEPT);
}

#[test]
fn a_message_that_is_not_kept_is_checked_and_measured() {
    let text = "gr\u{fc}n \u{1f600}".repeat(20_000);
    for (first, kind, payload) in [
        (0x01, Kind::Text, text.as_bytes()),
        (0x02, Kind::Binary, &[0xff; 200_000][..]),
    ] {
        let (begin, end) = payload.split_at(100_001);
        let bytes = [
            frame(first, false, begin),
            frame(0x89, false, b"ping"),
            frame(0x80, false, end),
            frame(0x81, false, b"short"),
        ]
        .concat();
        let mut reader = FrameReader::new(LONGEST, &[]).keeping(1000);
        let mut found = Vec::new();
        for piece in bytes.chunks(7001) {
            reader.room()[..piece.len()].copy_from_slice(piece);
            reader.filled(piece.len());
            while let Some(item) = reader.next(|_, _| {}).expect("no violation") {
                found.push((item, reader.length(), reader.payload().len()));
            }
            assert!(
                reader.message.capacity() < 20_000,
                "{}",
                reader.message.capacity()
            );
        }
        let short = (Item::Message(Kind::Text), 5, 5);
        let long = (Item::Message(kind), payload.len(), 0);
        assert_eq!(found, [(Item::Ping, 4, 4), long, short]);
    }

    let mut broken = text.into_bytes();
    broken[90_000] = 0xff;
    let mut reader = FrameReader::new(LONGEST, &frame(0x81, false, &broken)).keeping(1000);
    assert_eq!(reader.next(|_, _| {}), Err(Violation::Utf8));
    let cut = [
        frame(0x01, false, &[b'x'; 2000]),
        frame(0x80, false, b"\xc3"),
    ]
    .concat();
    let mut reader = FrameReader::new(LONGEST, &cut).keeping(1000);
    assert_eq!(reader.next(|_, _| {}), Err(Violation::Utf8));
    let too_long = [frame(0x02, false, &[0; LONGEST]), frame(0x80, false, b"x")].concat();
    let mut reader = FrameReader::new(LONGEST, &too_long).keeping(1000);
    assert_eq!(reader.next(|_, _| {}), Err(Violation::TooLong(LONGEST + 1)));
}

/// The bytes for a library that did not see them coming; what it writes is nobody's.
struct Served<'a>(Cursor<&'a [u8]>);

impl Read for Served<'_> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        match self.0.read(into)? {
            0 => Err(io::ErrorKind::WouldBlock.into()),
            bytes => Ok(bytes),
        }
    }
}

impl Write for Served<'_> {
    fn write(&mut self, from: &[u8]) -> io::Result<usize> {
        Ok(from.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// What tungstenite makes of the bytes, and whether it fails the connection.
fn oracle(bytes: &[u8]) -> (Found, bool) {
    let config = WebSocketConfig::default()
        .max_message_size(Some(LONGEST))
        .max_frame_size(Some(LONGEST));
    let mut library =
        WebSocket::from_raw_socket(Served(Cursor::new(bytes)), Role::Client, Some(config));
    let mut items = Vec::new();
    loop {
        items.push(match library.read() {
            Ok(Message::Text(text)) => (Item::Message(Kind::Text), text.as_bytes().to_vec()),
            Ok(Message::Binary(bytes)) => (Item::Message(Kind::Binary), bytes.to_vec()),
            Ok(Message::Ping(bytes)) => (Item::Ping, bytes.to_vec()),
            Ok(Message::Pong(_)) => (Item::Pong, Vec::new()),
            Ok(Message::Close(_) | Message::Frame(_)) => return (items, false),
            Err(Error::Io(error)) if error.kind() == io::ErrorKind::WouldBlock => {
                return (items, false);
            }
            Err(_) => return (items, true),
        });
    }
}

fn any_frame() -> impl Strategy<Value = Vec<u8>> {
    let payload = prop_oneof![
        4 => "[a-zäß日🚀]{0,12}".prop_map(String::into_bytes),
        1 => proptest::collection::vec(any::<u8>(), 0..8),
        1 => (0..200_000_usize).prop_map(|size| vec![b'y'; size]),
    ];
    let first = prop_oneof![
        10 => prop_oneof![Just(0x81_u8), Just(0x01), Just(0x00), Just(0x80), Just(0x82), Just(0x02)],
        3 => prop_oneof![Just(0x89_u8), Just(0x8a)],
        1 => any::<u8>().prop_filter("no close frame", |first| first & 0x0f != CLOSE),
    ];
    (
        first,
        prop_oneof![30 => Just(false), 1 => Just(true)],
        payload,
    )
        .prop_map(|(first, masked, payload)| frame(first, masked, &payload))
}

/// Frames that make up whole messages, some in fragments that cut characters.
fn any_message() -> impl Strategy<Value = Vec<u8>> {
    (
        "[a-zäß日🚀]{0,30}",
        any::<bool>(),
        proptest::collection::vec(0..20_usize, 0..4),
    )
        .prop_map(|(text, binary, cuts)| {
            let mut rest = text.as_bytes();
            let mut bytes = Vec::new();
            let mut opcode = if binary { 2 } else { 1 };
            for cut in cuts {
                let (piece, later) = rest.split_at(cut.min(rest.len()));
                bytes.extend(frame(opcode, false, piece));
                bytes.extend(frame(0x89, false, b"?"));
                (rest, opcode) = (later, 0);
            }
            bytes.extend(frame(0x80 | opcode, false, rest));
            bytes
        })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(if cfg!(miri) { 4 } else { 400 }))]

    /// However the bytes are cut, they become the same.
    #[test]
    fn cuts_make_no_difference(
        frames in proptest::collection::vec(prop_oneof![any_frame(), any_message()], 0..8),
        pieces in proptest::collection::vec(1..5000_usize, 1..20),
    ) {
        let bytes = frames.concat();
        prop_assert_eq!(read(&bytes, &pieces), read(&bytes, &[usize::MAX]));
    }

    /// The same messages as by a library that others have tried, and a failure where it has one.
    #[test]
    fn messages_are_those_of_tungstenite(
        frames in proptest::collection::vec(prop_oneof![1 => any_frame(), 3 => any_message()], 0..8),
    ) {
        let bytes = frames.concat();
        let (mut found, violation) = items(&bytes);
        for (item, payload) in &mut found {
            if *item == Item::Pong {
                payload.clear();
            }
        }
        let (expected, fails) = oracle(&bytes);
        prop_assert_eq!(&found, &expected);
        prop_assert_eq!(violation.is_some(), fails, "{:?}", violation);
    }

    #[test]
    fn no_bytes_break_it(bytes: Vec<u8>) {
        items(&bytes);
    }
}

#[test]
fn of_a_message_that_its_header_tells_to_be_too_long_nothing_is_kept() {
    for frames in [&[300_000][..], &[90, 1000], &[60, 60]] {
        let mut bytes = Vec::new();
        let mut reader = FrameReader::new(1 << 20, &[]).keeping(100);
        for (index, length) in frames.iter().enumerate() {
            let fin = if index + 1 == frames.len() { 0x80 } else { 0 };
            bytes.push(fin | if index == 0 { TEXT } else { CONTINUATION });
            bytes.push(127);
            bytes.extend((*length as u64).to_be_bytes());
            bytes.extend(vec![b'x'; *length]);
        }
        let total = frames.iter().sum::<usize>();
        let mut most = 0;
        let mut items = 0;
        for byte in bytes {
            reader.room()[0] = byte;
            reader.filled(1);
            if let Some(item) = reader.next(|_, _| {}).expect("no violation") {
                assert_eq!(item, Item::Message(Kind::Text));
                assert_eq!((reader.length(), reader.payload()), (total, &b""[..]));
                items += 1;
            }
            most = most.max(reader.message.len());
        }
        assert_eq!(items, 1);
        assert!(most <= frames[0].min(100), "{frames:?}: {most}");
        assert_eq!(reader.message.len(), 0);
    }
}
