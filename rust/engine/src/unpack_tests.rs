use std::io::Write as _;

use flate2::Compression;
use flate2::write::{DeflateEncoder, GzEncoder, ZlibEncoder};
use proptest::prelude::*;
use ruzstd::encoding::{CompressionLevel, compress_to_vec};

use super::*;

const MOST: usize = 100_000;

const FORMATS: [PayloadFormat; 4] = [
    PayloadFormat::Gzip,
    PayloadFormat::Zlib,
    PayloadFormat::Deflate,
    PayloadFormat::Zstd,
];

/// The test's own words for the same as the module's.
fn pack(format: PayloadFormat, bytes: &[u8]) -> Vec<u8> {
    let level = Compression::default();
    let packed = match format {
        PayloadFormat::Gzip => {
            let mut encoder = GzEncoder::new(Vec::new(), level);
            encoder.write_all(bytes).and_then(|()| encoder.finish())
        }
        PayloadFormat::Zlib => {
            let mut encoder = ZlibEncoder::new(Vec::new(), level);
            encoder.write_all(bytes).and_then(|()| encoder.finish())
        }
        PayloadFormat::Deflate => {
            let mut encoder = DeflateEncoder::new(Vec::new(), level);
            encoder.write_all(bytes).and_then(|()| encoder.finish())
        }
        PayloadFormat::Zstd => Ok(compress_to_vec(bytes, CompressionLevel::Fastest)),
        PayloadFormat::None | PayloadFormat::Auto => Ok(bytes.to_vec()),
    };
    packed.expect("memory")
}

fn unpacker(format: PayloadFormat) -> Unpacker {
    Unpacker::new(format, MOST).expect("a format")
}

/// What becomes of a payload; `None`: it is left as it is.
fn unpack(format: PayloadFormat, payload: &[u8]) -> Result<Option<Vec<u8>>, Trouble> {
    let mut unpacker = unpacker(format);
    unpacker.unpack(payload)?;
    Ok(unpacker.bytes().map(<[u8]>::to_vec))
}

#[test]
fn payloads_of_each_format() {
    assert!(Unpacker::new(PayloadFormat::None, MOST).is_none());
    let text = "{\"ping\":1770000000000}".repeat(1000).into_bytes();
    for format in FORMATS {
        let mut unpacker = unpacker(format);
        for payload in [&b"x"[..], &text, b"", &text[..MOST.min(text.len())]] {
            assert_eq!(unpacker.unpack(&pack(format, payload)), Ok(()));
            assert_eq!(unpacker.bytes(), Some(payload), "{format:?}");
        }
        unpacker.pass();
        assert_eq!(unpacker.bytes(), None);
        assert_eq!(unpacker.unpack(b""), Ok(()));
        assert_eq!(unpacker.bytes(), None);
        if format != PayloadFormat::Deflate {
            let found = unpack(PayloadFormat::Auto, &pack(format, &text));
            assert_eq!(found, Ok(Some(text.clone())), "{format:?}");
        }
    }
}

/// Made by zstd 1.5.4 itself, with a checksum and without; and such a one whose window is 16 MiB.
#[test]
fn frames_of_the_original_zstd() {
    for frame in [
        &b"\x28\xb5\x2f\xfd\x04\x58\x29\x00\x00Hello\x44\x7d\xb2\x75"[..],
        b"\x28\xb5\x2f\xfd\x00\x58\x29\x00\x00Hello",
    ] {
        let found = unpack(PayloadFormat::Auto, frame);
        if frame.len() == 18 {
            // A byte of the checksum is not what it was.
            let mut broken = frame.to_vec();
            broken[17] ^= 1;
            assert_eq!(unpack(PayloadFormat::Zstd, &broken), Err(BROKEN));
        }
        assert_eq!(found, Ok(Some(b"Hello".to_vec())));
    }
    let wide = b"\x28\xb5\x2f\xfd\x00\x70\x29\x00\x00Hello";
    assert_eq!(
        unpack(PayloadFormat::Zstd, wide),
        Err(Trouble::Corrupt("its window is larger than 8 MiB"))
    );
}

#[test]
fn several_members_and_frames_are_one_payload() {
    let both = |format| [pack(format, b"one, "), pack(format, b"two")].concat();
    let expected = Ok(Some(b"one, two".to_vec()));
    let gzip = both(PayloadFormat::Gzip);
    assert_eq!(unpack(PayloadFormat::Auto, &gzip), expected);
    let padded = [&gzip[..], &[0; 100]].concat();
    assert_eq!(unpack(PayloadFormat::Gzip, &padded), expected);
    let zstd = both(PayloadFormat::Zstd);
    assert_eq!(unpack(PayloadFormat::Auto, &zstd), expected);
    let skipped = [b"\x5a\x2a\x4d\x18\x03\0\0\0abc", &zstd[..]].concat();
    assert_eq!(unpack(PayloadFormat::Auto, &skipped), expected);
    let follows = Err(Trouble::Corrupt("something follows its end"));
    for format in [
        PayloadFormat::Gzip,
        PayloadFormat::Zlib,
        PayloadFormat::Deflate,
    ] {
        let more = [&pack(format, b"one")[..], b"two"].concat();
        assert_eq!(unpack(format, &more), follows, "{format:?}");
    }
}

#[test]
fn what_has_no_format_is_left_as_it_is() {
    for payload in [
        &b"{\"json\":1}"[..],
        b"\0\x01\x02",
        b"x",
        b"\x1f\x8b",
        // Its first two bytes could be those of zlib.
        b"x^2 is no zlib",
        b"8O and so on",
    ] {
        assert_eq!(unpack(PayloadFormat::Auto, payload), Ok(None));
    }
    for format in FORMATS {
        assert!(unpack(format, b"{\"json\":1}").is_err(), "{format:?}");
    }
}

#[test]
fn no_more_is_kept_than_may_be() {
    for format in FORMATS {
        let fits = vec![b'x'; MOST];
        assert_eq!(unpack(format, &pack(format, &fits)), Ok(Some(fits)));
        let mut unpacker = unpacker(format);
        for size in [MOST + 1, 16 << 20] {
            let result = unpacker.unpack(&pack(format, &vec![0; size]));
            let Err(Trouble::TooLong(length)) = result else {
                panic!("{format:?}: {result:?}")
            };
            assert!((MOST + 1..=size).contains(&length), "{format:?}: {length}");
            let most = if format == PayloadFormat::Zstd { 4 } else { 2 };
            assert!(unpacker.bytes.capacity() < most * MOST, "{format:?}");
        }
        assert_eq!(unpacker.bytes(), None);
    }
}

#[test]
fn memory_of_a_long_payload_is_given_back() {
    let mut unpacker = Unpacker::new(PayloadFormat::Gzip, 1 << 24).expect("a format");
    let long = pack(PayloadFormat::Gzip, &vec![0; 1 << 24]);
    assert_eq!(unpacker.unpack(&long), Ok(()));
    assert_eq!(unpacker.bytes().map(<[u8]>::len), Some(1 << 24));
    unpacker.pass();
    assert!(unpacker.bytes.capacity() <= BYTES_KEPT);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(if cfg!(miri) { 2 } else { 60 }))]

    /// What is packed comes out, and a piece of it does not come out as something else.
    #[test]
    fn payloads_come_through(
        payload in prop_oneof!["[a-c]{0,3000}".prop_map(String::into_bytes), proptest::collection::vec(any::<u8>(), 0..3000)],
        which in 0..4_usize,
        cut: prop::sample::Index,
    ) {
        let format = FORMATS[which];
        let packed = pack(format, &payload);
        prop_assert_eq!(unpack(format, &packed), Ok(Some(payload)));
        let cut = cut.index(packed.len());
        if cut > 0 {
            prop_assert!(unpack(format, &packed[..cut]).is_err());
        }
    }

    /// Whatever is sent instead, or broken, is left as it is, decompressed or told to be corrupt.
    #[test]
    fn no_bytes_break_it(bytes: Vec<u8>, magic in 0..5_usize, at: prop::sample::Index, with: u8) {
        for format in FORMATS.into_iter().chain([PayloadFormat::Auto]) {
            let _ = unpack(format, &bytes);
            let begin = [&b""[..], &GZIP, &ZSTD, b"\x78\x9c", b"\x28\xb5\x2f\xfd\x24\x05"][magic];
            let _ = unpack(format, &[begin, &bytes].concat());
            let mut packed = pack(format, &bytes);
            if !packed.is_empty() {
                let at = at.index(packed.len());
                packed[at] ^= with;
            }
            let _ = unpack(format, &packed);
        }
    }
}
