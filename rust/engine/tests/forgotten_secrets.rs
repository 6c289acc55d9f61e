//! What a session was told in confidence is not in this process's memory any more once the session has ended.

mod support;

use std::collections::BTreeSet;
use std::fs::File;
use std::io::{Read as _, Seek as _, SeekFrom, Write as _};
use std::net::TcpListener;

use support::*;
use tokio_tungstenite::tungstenite::handshake::derive_accept_key;
use websocket_engine::{Session, TlsMaterial};
use websocket_feed::{Leaf, SelfSigned};
use zeroize::{Zeroize as _, Zeroizing};

/// A canary is looked for by pieces of so many bytes.
const PIECE: usize = 16;

const PAGE: usize = 4096;

/// Memory is read in parts of so many bytes, each with the beginning of the next one.
const PART: usize = 256 * PAGE;

/// What is never written down in the test's own memory as it is.
struct Hidden(Vec<u8>);

impl Hidden {
    const MASK: u8 = 0xa5;

    fn new() -> Self {
        let mut random = [0; 20];
        File::open("/dev/urandom")
            .and_then(|mut file| file.read_exact(&mut random))
            .expect("random bytes");
        let digit = |nibble: u8| b"0123456789abcdef"[usize::from(nibble)] ^ Self::MASK;
        Self(
            random
                .iter()
                .flat_map(|byte| [digit(byte >> 4), digit(byte & 15)])
                .collect(),
        )
    }

    fn shown(&self) -> Zeroizing<String> {
        let mut text = Zeroizing::new(String::with_capacity(self.0.len()));
        text.extend(self.0.iter().map(|byte| char::from(byte ^ Self::MASK)));
        text
    }

    /// Pieces of it, since the rest may have been overwritten by chance.
    fn pieces(&self) -> impl Iterator<Item = &[u8]> {
        self.0.windows(PIECE).step_by(8)
    }
}

/// Which canaries are in writable memory of this process, by their numbers.
fn survivors(canaries: &[Hidden]) -> BTreeSet<usize> {
    let pieces: Vec<(usize, &[u8])> = canaries
        .iter()
        .enumerate()
        .flat_map(|(number, canary)| canary.pieces().map(move |piece| (number, piece)))
        .collect();
    let maps = std::fs::read_to_string("/proc/self/maps").expect("Linux");
    let mut memory = File::open("/proc/self/mem").expect("our own memory");
    let mut found = BTreeSet::new();
    let mut part = vec![0; PART + PIECE - 1];
    for line in maps.lines().filter(|line| line.contains(" rw")) {
        let (range, _) = line.split_once(' ').expect("a range");
        let (begin, end) = range.split_once('-').expect("a range");
        let number = |text| u64::from_str_radix(text, 16).expect("an address");
        for start in (number(begin)..number(end)).step_by(PART) {
            let left = usize::try_from(number(end) - start).expect("a size");
            let part = &mut part[..left.min(PART + PIECE - 1)];
            let read = memory
                .seek(SeekFrom::Start(start))
                .and_then(|_| memory.read_exact(part));
            // What goes on meanwhile may have taken the area away.
            if read.is_ok() {
                search(part, &pieces, &mut found);
            }
            part.zeroize();
        }
    }
    found
}

/// Page by page, because most of them are empty.
fn search(area: &[u8], pieces: &[(usize, &[u8])], found: &mut BTreeSet<usize>) {
    let empty = [0; PAGE + PIECE];
    let mut begins = [false; 256];
    for (_, piece) in pieces {
        begins[usize::from(piece[0] ^ Hidden::MASK)] = true;
    }
    for start in (0..area.len()).step_by(PAGE) {
        let page = &area[start..area.len().min(start + PAGE + PIECE - 1)];
        if page == &empty[..page.len()] {
            continue;
        }
        for window in page
            .windows(PIECE)
            .filter(|window| begins[usize::from(window[0])])
        {
            let is_here = |piece: &[u8]| {
                let mut pairs = window.iter().zip(piece);
                pairs.all(|(byte, hidden)| byte ^ Hidden::MASK == *hidden)
            };
            found.extend(
                pieces
                    .iter()
                    .filter(|(_, piece)| is_here(piece))
                    .map(|(number, _)| *number),
            );
        }
    }
}

/// Opens a tunnel to itself, answers one opening handshake, reads what follows until the end, and forgets all of it.
fn serve(listener: &TcpListener) {
    let (mut stream, _) = listener.accept().expect("a client");
    let mut read = Zeroizing::new(vec![0; 16 * 1024]);
    let mut length = 0;
    while !read[..length].ends_with(b"\r\n\r\n") {
        length += stream.read(&mut read[length..]).expect("a request");
    }
    stream
        .write_all(b"HTTP/1.1 200 OK\r\n\r\n")
        .expect("an answer");
    let mut length = 0;
    while !read[..length].ends_with(b"\r\n\r\n") {
        length += stream.read(&mut read[length..]).expect("a request");
    }
    let request = std::str::from_utf8(&read[..length]).expect("text");
    let key = request
        .lines()
        .find_map(|line| line.strip_prefix("Sec-WebSocket-Key: "));
    let accept = derive_accept_key(key.expect("a key").as_bytes());
    write!(
        stream,
        "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: {accept}\r\n\r\n"
    )
    .expect("an answer");
    while matches!(stream.read(&mut read), Ok(1..)) {}
}

fn session(address: &str, canaries: &[Hidden]) -> Session {
    let parts: Vec<_> = canaries.iter().map(Hidden::shown).collect();
    let mut json = Zeroizing::new(String::with_capacity(4096));
    for part in [
        r#"{"connector":"test","url":"ws://"#,
        &parts[0],
        ":",
        &parts[1],
        "@",
        address,
        "/?token=",
        &parts[2],
        r#"","headers":[["X-Key",""#,
        &parts[3],
        r#""]],"subscription_message":""#,
        &parts[4],
        r#"","proxies":[{"for":"*","url":"http://"#,
        address,
        r#"","username":""#,
        &parts[5],
        r#"","password":""#,
        &parts[6],
        r#""}]}"#,
    ] {
        json.push_str(part);
    }
    Session::open(1, &json, TlsMaterial::default(), memory()).expect("a session")
}

/// An Ed25519 key as PKCS#8 (RFC 8410 section 7).
fn private_key(seed: &Hidden) -> Zeroizing<Vec<u8>> {
    let mut key = Zeroizing::new(Vec::with_capacity(48));
    key.extend(b"\x30\x2e\x02\x01\x00\x30\x05\x06\x03\x2b\x65\x70\x04\x22\x04\x20");
    key.extend(&seed.shown().as_bytes()[..32]);
    key
}

/// Of one that does not belong to its certificate, so that the library must have read it to refuse it.
#[test]
fn a_private_key_is_forgotten_when_it_is_used_no_more() {
    let seed = [Hidden::new()];
    let made = SelfSigned::generate(Leaf::Valid).expect("certificates");
    let material = TlsMaterial {
        trust_anchors: vec![made.ca_der.clone()],
        client_identity: vec![Zeroizing::new(made.ca_der), private_key(&seed[0])],
    };
    assert_eq!(
        survivors(&seed),
        BTreeSet::from([0]),
        "the search must not be blind"
    );
    let refused = Session::open(1, &settings("wss://localhost/", ""), material, memory());
    let text = format!("{:?}", refused.expect_err("another's key"));
    assert!(text.contains("not that of the first certificate"), "{text}");
    assert_eq!(survivors(&seed), BTreeSet::new());
}

#[test]
fn an_ended_session_leaves_no_secret_in_memory() {
    let canaries: Vec<Hidden> = (0..7).map(|_| Hidden::new()).collect();
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = listener.local_addr().expect("an address").to_string();
    let server = std::thread::spawn(move || serve(&listener));
    let session = session(&address, &canaries);
    until("a connection", || connected(&session));
    let everything = BTreeSet::from_iter(0..canaries.len());
    assert_eq!(
        survivors(&canaries),
        everything,
        "while they are there: the search must not be blind"
    );
    session.close();
    drop(session);
    server.join().expect("no panic");
    assert_eq!(
        survivors(&canaries),
        BTreeSet::new(),
        "of user, password, query, header, subscription message, the proxy's user and password"
    );
}
