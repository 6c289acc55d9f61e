//! Streams of frames that are nearly right, cut and taken in any way: the connection makes of them what tungstenite does.
//!
//! `make fuzz` runs the same comparison on whatever bytes libFuzzer comes up with.

use proptest::collection::vec;
use proptest::prelude::*;
use websocket_fuzz::frames;

/// How long a frame says that its payload is, in which of the three forms (RFC 6455 section 5.2).
#[derive(Clone, Copy, Debug)]
enum Form {
    Shortest,
    Two,
    Eight,
}

fn frame(first: u8, form: Form, mask: Option<[u8; 4]>, payload: &[u8]) -> Vec<u8> {
    let masked = if mask.is_some() { 0x80 } else { 0 };
    let mut frame = vec![first];
    match (form, payload.len()) {
        (Form::Shortest, length @ ..=125) => frame.push(length as u8 | masked),
        (Form::Shortest | Form::Two, length @ ..=0xffff) => {
            frame.push(126 | masked);
            frame.extend((length as u16).to_be_bytes());
        }
        (_, length) => {
            frame.push(127 | masked);
            frame.extend((length as u64).to_be_bytes());
        }
    }
    frame.extend(mask.iter().flatten());
    frame.extend(payload);
    frame
}

fn plain(first: u8, payload: &[u8]) -> Vec<u8> {
    frame(first, Form::Shortest, None, payload)
}

fn form() -> impl Strategy<Value = Form> {
    prop_oneof![6 => Just(Form::Shortest), 1 => Just(Form::Two), 1 => Just(Form::Eight)]
}

/// Text, a text that is cut within a character or has something else in it, or a long one.
fn payload() -> impl Strategy<Value = Vec<u8>> {
    let text = "[a-zäß日🚀]{0,30}".prop_map(String::into_bytes);
    let spoilt = (
        "[ä日🚀]{1,9}",
        any::<prop::sample::Index>(),
        any::<Option<u8>>(),
    )
        .prop_map(|(text, at, byte)| {
            let mut bytes = text.into_bytes();
            let at = at.index(bytes.len());
            match byte {
                Some(byte) => bytes[at] = byte,
                None => bytes.truncate(at),
            }
            bytes
        });
    let long = prop_oneof![124..130_usize, 65_530..65_540_usize, 1000..200_000_usize]
        .prop_map(|length| vec![b'y'; length]);
    prop_oneof![8 => text, 3 => spoilt, 2 => long]
}

/// One frame: mostly one that may stand alone.
fn any_frame() -> impl Strategy<Value = Vec<u8>> {
    let first = prop_oneof![12 => prop::sample::select(vec![0x81, 0x82, 0x89, 0x8a]), 3 => prop::sample::select(vec![0x00, 0x01, 0x02, 0x80]), 1 => any::<u8>()];
    let mask = prop_oneof![40 => Just(None), 1 => any::<[u8; 4]>().prop_map(Some)];
    (first, form(), mask, payload())
        .prop_map(|(first, form, mask, payload)| frame(first, form, mask, &payload))
}

/// A message in fragments that know nothing of characters, with control frames between them.
fn message() -> impl Strategy<Value = Vec<u8>> {
    let between = prop_oneof![
        Just(Vec::new()),
        Just(plain(0x89, b"ask")),
        Just(plain(0x8a, b"")),
        Just(plain(0x89, &[b'p'; 125]))
    ];
    (
        payload(),
        any::<bool>(),
        vec((any::<prop::sample::Index>(), form(), between), 0..5),
    )
        .prop_map(|(payload, binary, cuts)| {
            let mut rest = payload.as_slice();
            let mut opcode = if binary { 2 } else { 1 };
            let mut bytes = Vec::new();
            for (cut, form, between) in cuts {
                let (piece, later) = rest.split_at(cut.index(rest.len() + 1));
                bytes.extend(frame(opcode, form, None, piece));
                bytes.extend(between);
                (rest, opcode) = (later, 0);
            }
            bytes.extend(plain(0x80 | opcode, rest));
            bytes
        })
}

/// A close frame, with any code and any reason.
fn close() -> impl Strategy<Value = Vec<u8>> {
    let edges = vec![
        999, 1000, 1001, 1003, 1004, 1005, 1006, 1007, 1013, 1014, 1015, 1016, 2999, 3000, 4999,
        5000,
    ];
    let code = prop_oneof![8 => prop::sample::select(edges), 1 => any::<u16>()];
    let reason = payload().prop_map(|reason| reason[..reason.len().min(123)].to_vec());
    prop_oneof![
        1 => vec(any::<u8>(), 0..3),
        6 => (code, reason).prop_map(|(code, reason)| [code.to_be_bytes().as_slice(), &reason].concat()),
    ]
    .prop_map(|payload| plain(0x88, &payload))
}

/// The steps of reads and writes, and what else the target lets the server do.
fn schedule() -> impl Strategy<Value = Vec<u8>> {
    (
        vec(prop_oneof![Just(0), 1..20_u8, any::<u8>()], 0..12),
        0..32_u8,
    )
        .prop_map(|(mut steps, flags)| {
            let count = steps.len() as u8;
            steps.extend([flags, count]);
            steps
        })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn frames_are_those_of_tungstenite(
        stream in vec(prop_oneof![4 => any_frame(), 6 => message(), 1 => close()], 0..8), cut in prop::option::weighted(0.2, any::<prop::sample::Index>()), schedule in schedule(),
    ) {
        let mut bytes = stream.concat();
        if let Some(cut) = cut {
            bytes.truncate(cut.index(bytes.len() + 1));
        }
        bytes.extend(schedule);
        frames::run(&bytes);
    }
}
