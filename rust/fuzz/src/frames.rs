//! What a server sends after the upgrade: never a panic, always an end, bounded answers, and the same messages as by tungstenite.

use std::future::poll_fn;
use std::io::{self, Cursor, Read, Write};
use std::rc::Rc;
use std::task::Poll;
use std::time::Duration;

use tokio_tungstenite::tungstenite::protocol::{CloseFrame, Role, WebSocketConfig};
use tokio_tungstenite::tungstenite::{Error, Message, WebSocket};
use websocket_engine::Settings;
use websocket_engine::batch::Kind;
use websocket_engine::internals::{FrameHeader, FrameSource, Frames, Received};
use websocket_engine::settings::HARD_MESSAGE_LIMIT;

use crate::clock;
use crate::schedule::{Input, expanded};
use crate::server::{End, Server};

/// The server does not read.
const DEAF: u8 = 0x04;
/// The first bytes came with the answer to the opening handshake.
const WITH_HANDSHAKE: u8 = 0x08;
/// The bytes are sent sixteen times.
const AGAIN: u8 = 0x10;

/// More bytes are not kept for a server that does not read: 64 KiB of pongs, the last one and a close frame.
const MOST_KEPT: usize = 64 * 1024 + 3 * (125 + 6);

/// Our patience with a server that does not close when we fail the connection.
const FAIL_TIMEOUT: Duration = Duration::from_secs(1);

/// What was made of the bytes.
#[derive(Debug, Default, PartialEq, Eq)]
struct Found {
    messages: Vec<(Kind, Vec<u8>)>,
    pongs: usize,
    outcome: Outcome,
    ended: bool,
}

/// What became of the connection.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Outcome {
    /// It is open, or ended without a close frame.
    #[default]
    Open,
    /// The server closed it.
    Closed(u16),
    /// We fail it, with this code if that is known.
    Failed(u16),
}

/// Reads the bytes and compares; panics where they are not read as they should be.
pub fn run(data: &[u8]) {
    let input = Input::new(data);
    let times = if input.flags & AGAIN == 0 { 1 } else { 16 };
    let bytes = expanded(&input.bytes.repeat(times));
    let (ours, took) = read(&bytes, &input);
    let (theirs, pings) = oracle(&bytes);
    compare(&ours, &theirs, ends_within_a_frame(&bytes));
    check_answers(&took, &pings, &ours);
}

/// What the engine makes of the bytes, and what it sends.
fn read(bytes: &[u8], input: &Input<'_>) -> (Found, Vec<u8>) {
    let end = [End::Closed, End::Reset, End::Silent][usize::from(input.flags & 3) % 3];
    let early = if input.flags & WITH_HANDSHAKE == 0 {
        0
    } else {
        bytes.len() / 2
    };
    let (with_handshake, later) = bytes.split_at(early);
    let server = Server::new(later.to_vec(), end, input.schedule.clone());
    server.0.borrow_mut().takes = input.flags & DEAF == 0;
    let settings = Settings::parse(r#"{"connector":"c","url":"ws://h/"}"#).expect("settings");
    let secrets = Rc::new(settings.secrets());
    let mut frames = Frames::new(server.clone(), with_handshake, Rc::new(settings), secrets);
    let mut found = Found::default();
    clock::run(receive_all(&mut frames, &server, &mut found));
    if input.flags & DEAF != 0 {
        assert!(server.0.borrow().took.is_empty());
        server.0.borrow_mut().takes = true;
        let flushed = clock::run(poll_fn(|context| frames.poll_flush(context)));
        assert!(flushed.is_ok(), "the server takes everything now");
        let kept = server.0.borrow().took.len();
        assert!(kept <= MOST_KEPT, "{kept} bytes were kept");
        clock::run(receive_all(&mut frames, &server, &mut found));
    }
    let _ = clock::run(poll_fn(|context| frames.poll_flush(context)));
    let took = std::mem::take(&mut server.0.borrow_mut().took);
    (found, took)
}

/// Receives until the connection ends, or until nothing more will come.
async fn receive_all(frames: &mut Frames<Server>, server: &Server, found: &mut Found) {
    let mut failing = false;
    // Each read brings something, and so does each item; waits come one at a time.
    let mut patience = 8 * server.0.borrow().sends.len() + 100_000;
    let (mut moved, mut idle) = (0, 0);
    while !found.ended {
        patience -= 1;
        assert!(patience > 0, "it does not end");
        let polled = poll_fn(|context| {
            let _ = frames.poll_flush(context);
            Poll::Ready(frames.poll_receive(context))
        });
        match polled.await {
            Poll::Ready(Received::Message(kind)) => {
                assert!(!failing, "a message after a violation");
                found.messages.push((kind, frames.payload().to_vec()));
                frames.forget_payload();
            }
            Poll::Ready(Received::Pong) => found.pongs += 1,
            Poll::Ready(Received::Part(bytes)) => assert!(bytes > 0),
            Poll::Ready(Received::Answered) => {}
            Poll::Ready(Received::Failing | Received::TooLong(_)) => {
                assert!(!failing, "two violations");
                failing = true;
            }
            Poll::Ready(Received::Ended(ending)) => {
                assert!(ending.reason.chars().count() < 2000, "{}", ending.reason);
                found.outcome = match ending.code {
                    code if failing => Outcome::Failed(code),
                    1006 => Outcome::Open,
                    code => Outcome::Closed(code),
                };
                found.ended = true;
            }
            Poll::Pending if failing => tokio::time::advance(FAIL_TIMEOUT / 16).await,
            Poll::Pending => {
                let server = server.0.borrow();
                idle = if server.moved() == moved { idle + 1 } else { 0 };
                moved = server.moved();
                if idle == 3 {
                    assert!(server.may_stall(), "it stands still");
                    return;
                }
            }
        }
    }
}

/// The bytes for a library that did not see them coming; keeps what it writes.
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

/// What tungstenite makes of the bytes, and the pings that it finds.
fn oracle(bytes: &[u8]) -> (Found, Vec<Vec<u8>>) {
    let config = WebSocketConfig::default()
        .max_message_size(Some(HARD_MESSAGE_LIMIT))
        .max_frame_size(Some(HARD_MESSAGE_LIMIT));
    let served = Served(Cursor::new(bytes));
    let mut library = WebSocket::from_raw_socket(served, Role::Client, Some(config));
    let (mut found, mut pings) = (Found::default(), Vec::new());
    loop {
        match library.read() {
            Ok(Message::Text(text)) => found.messages.push((Kind::Text, text.as_bytes().to_vec())),
            Ok(Message::Binary(bytes)) => found.messages.push((Kind::Binary, bytes.to_vec())),
            Ok(Message::Ping(bytes)) => pings.push(bytes.to_vec()),
            Ok(Message::Pong(_)) => found.pongs += 1,
            Ok(Message::Close(frame)) => {
                let code = frame.map_or(1005, |CloseFrame { code, .. }| code.into());
                found.outcome = Outcome::Closed(code);
                return (found, pings);
            }
            Err(Error::Io(error)) if error.kind() == io::ErrorKind::WouldBlock => {
                return (found, pings);
            }
            Ok(Message::Frame(_)) | Err(_) => {
                found.outcome = Outcome::Failed(0);
                return (found, pings);
            }
        }
    }
}

/// Whether the last frame lacks something, were all frames what they should be.
fn ends_within_a_frame(mut bytes: &[u8]) -> bool {
    while let [_, second, ..] = bytes {
        let Some(header) = FrameHeader::parse(bytes) else {
            return true;
        };
        let length = usize::try_from(header.length).unwrap_or(usize::MAX);
        match bytes.get(FrameHeader::bytes_of(*second).saturating_add(length)..) {
            Some(rest) => bytes = rest,
            None => return true,
        }
    }
    !bytes.is_empty()
}

/// Where the two may differ: tungstenite looks at a frame when it is whole, we as early as we can; and it does not know the code 1014.
fn compare(ours: &Found, theirs: &Found, ends_within_a_frame: bool) {
    assert_eq!(ours.messages, theirs.messages);
    assert_eq!(ours.pongs, theirs.pongs);
    let agree = match (ours.outcome, theirs.outcome) {
        (Outcome::Failed(code), Outcome::Failed(_)) => matches!(code, 1002 | 1007 | 1009),
        // It takes a close frame with a forbidden code for one with 1002.
        (Outcome::Failed(code), Outcome::Closed(theirs)) => (code, theirs) == (1002, 1002),
        (Outcome::Failed(_), Outcome::Open) => ends_within_a_frame,
        (Outcome::Closed(1014), theirs) => theirs == Outcome::Closed(1002),
        (ours, theirs) => ours == theirs,
    };
    assert!(agree, "{:?} and {:?}", ours.outcome, theirs.outcome);
}

/// What we send: masked pongs for the pings, in their order, and at most one close frame, behind which nothing comes.
fn check_answers(mut took: &[u8], pings: &[Vec<u8>], ours: &Found) {
    let most = 64 * 1024;
    let all = took.len() < most;
    let mut open_pings = pings.iter();
    let mut pongs = 0;
    let mut closed = None;
    while let [first, second @ 0x80..=0xfd, rest @ ..] = took {
        assert_eq!(closed, None, "something behind a close frame");
        let (mask, rest) = rest.split_at(4);
        let (masked, rest) = rest.split_at(usize::from(second & 0x7f));
        let payload: Vec<u8> = masked
            .iter()
            .zip(mask.iter().cycle())
            .map(|(byte, key)| byte ^ key)
            .collect();
        match first {
            0x8a => {
                assert!(
                    open_pings.any(|ping| *ping == payload),
                    "a pong for no ping"
                );
                pongs += 1;
            }
            0x88 => {
                closed = Some(
                    payload
                        .first_chunk()
                        .map_or(1005, |code| u16::from_be_bytes(*code)),
                )
            }
            _ => panic!("sent {first:#x}"),
        }
        took = rest;
    }
    assert!(took.is_empty(), "sent {took:?}");
    assert!(
        !all || pongs == pings.len(),
        "{pongs} pongs for {} pings",
        pings.len()
    );
    let expected = match ours.outcome {
        Outcome::Open => None,
        Outcome::Closed(code) | Outcome::Failed(code) => Some(code),
    };
    assert_eq!(closed, expected);
}
