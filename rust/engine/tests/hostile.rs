//! Servers that mean harm: what they did is told, and what they cost is bounded. `docs/SECURITY.md` names these tests.

mod support;

use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use flate2::{Compress, Compression, FlushCompress};
use support::*;
use tokio_tungstenite::tungstenite::handshake::derive_accept_key;
use websocket_engine::{Error, Session, Stat};

/// Small bounds, so that what goes beyond them shows.
const BOUNDS: &str = r#""max_message_bytes":100000,"queue":{"messages":1000,"bytes":1000000}"#;
const ONCE: &str = r#""reconnect":{"enabled":false}"#;

/// What an attack may add to the process, in bytes: far above what the bounds allow (some MB), far below what the server sends.
const MOST_GROWTH: usize = 24 * 1024 * 1024;
const FLOOD: usize = 96 * 1024 * 1024;
/// So many frames or messages that 24 bytes kept of each are more than [`MOST_GROWTH`].
const MANY: usize = 1024 * 1024;
const PIECE: usize = 64 * 1024;

/// One attack at a time, for they are weighed by the memory of the whole process.
static ALONE: Mutex<()> = Mutex::new(());

/// An attacker on a free port; `attack` is called on a thread for each connection and may fail when the client leaves.
struct Attacker {
    url: String,
    connections: Arc<AtomicUsize>,
    sent: Arc<AtomicUsize>,
}

impl Attacker {
    fn start(attack: impl Fn(&mut Victim) -> std::io::Result<()> + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let url = format!("ws://{}/", listener.local_addr().expect("an address"));
        let (connections, sent) = (Arc::<AtomicUsize>::default(), Arc::<AtomicUsize>::default());
        let (count, total, attack) = (
            Arc::clone(&connections),
            Arc::clone(&sent),
            Arc::new(attack),
        );
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                count.fetch_add(1, Ordering::Relaxed);
                let mut victim = Victim {
                    stream,
                    sent: Arc::clone(&total),
                };
                let attack = Arc::clone(&attack);
                std::thread::spawn(move || attack(&mut victim));
            }
        });
        Self {
            url,
            connections,
            sent,
        }
    }

    fn connections(&self) -> usize {
        self.connections.load(Ordering::Relaxed)
    }

    fn sent(&self) -> usize {
        self.sent.load(Ordering::Relaxed)
    }
}

/// A connection as the attacker sees it.
struct Victim {
    stream: TcpStream,
    sent: Arc<AtomicUsize>,
}

impl Victim {
    fn send(&mut self, bytes: &[u8]) -> std::io::Result<()> {
        self.stream.write_all(bytes)?;
        self.sent.fetch_add(bytes.len(), Ordering::Relaxed);
        Ok(())
    }

    /// For as long as the client takes it.
    fn send_forever(&mut self, bytes: &[u8]) -> std::io::Result<()> {
        loop {
            self.send(bytes)?;
        }
    }

    /// Reads the request; the key in it.
    fn request(&mut self) -> std::io::Result<String> {
        let mut request = Vec::new();
        let mut byte = [0];
        while !request.ends_with(b"\r\n\r\n") {
            self.stream.read_exact(&mut byte)?;
            request.push(byte[0]);
        }
        let request = String::from_utf8_lossy(&request).into_owned();
        let key = request
            .lines()
            .find_map(|line| line.strip_prefix("Sec-WebSocket-Key: "));
        Ok(key.expect("a key").to_owned())
    }

    /// Performs the opening handshake; `more` are further lines of its answer.
    fn upgrade(&mut self, more: &str) -> std::io::Result<()> {
        let accept = derive_accept_key(self.request()?.as_bytes());
        let answer = format!(
            "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: {accept}\r\n{more}\r\n"
        );
        self.send(answer.as_bytes())
    }

    /// The next frame's opcode and, of a close frame, its code.
    fn frame(&mut self) -> std::io::Result<(u8, Option<u16>)> {
        let mut header = [0; 6];
        self.stream.read_exact(&mut header)?;
        let mut payload = vec![0; usize::from(header[1] & 0x7f)];
        self.stream.read_exact(&mut payload)?;
        let unmasked: Vec<u8> = payload
            .iter()
            .zip(header[2..].iter().cycle())
            .map(|(byte, mask)| byte ^ mask)
            .collect();
        let code = unmasked.first_chunk().map(|code| u16::from_be_bytes(*code));
        Ok((header[0] & 0x0f, code))
    }
}

/// How much the process has grown since this was made, at most.
struct Growth {
    before: usize,
    most: usize,
    _alone: MutexGuard<'static, ()>,
}

impl Growth {
    fn watch() -> Self {
        let alone = ALONE
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner);
        let before = resident();
        Self {
            before,
            most: before,
            _alone: alone,
        }
    }

    /// Looks until the condition holds.
    fn until(&mut self, what: &str, mut condition: impl FnMut() -> bool) {
        until(what, || {
            self.most = self.most.max(resident());
            condition()
        });
    }

    fn assert_bounded(mut self) {
        self.most = self.most.max(resident());
        if has_address_sanitizer() {
            return;
        }
        let growth = self.most.saturating_sub(self.before);
        assert!(growth < MOST_GROWTH, "the process grew by {growth} bytes");
    }
}

/// Memory of this process, without mapped files, in bytes.
fn resident() -> usize {
    let status = std::fs::read_to_string("/proc/self/status").expect("Linux");
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix("RssAnon:"));
    let kilobytes = line.expect("RssAnon").trim().trim_end_matches(" kB");
    kilobytes.parse::<usize>().expect("a number") * 1024
}

/// AddressSanitizer keeps what was freed, and marks all memory in memory of its own: the weight says nothing then.
fn has_address_sanitizer() -> bool {
    std::env::var_os("ASAN_OPTIONS").is_some()
}

fn frame(first: u8, payload: &[u8]) -> Vec<u8> {
    let mut frame = vec![first];
    match payload.len() {
        length @ 0..=125 => frame.push(u8::try_from(length).expect("small")),
        length => {
            frame.push(127);
            frame.extend((length as u64).to_be_bytes());
        }
    }
    frame.extend(payload);
    frame
}

fn victim(attacker: &Attacker, more: &str) -> Session {
    open(&attacker.url, &format!("{BOUNDS},{more}"))
}

/// What the session says of an attack on its only attempt; the attack is weighed until then.
fn told(attacker: &Attacker, growth: &mut Growth) -> String {
    told_of(&victim(attacker, ONCE), growth)
}

fn told_of(session: &Session, growth: &mut Growth) -> String {
    let mut failure = None;
    growth.until("a failure", || {
        failure = poll(session, Duration::ZERO, PIECE).err();
        failure.is_some()
    });
    match failure {
        Some(Error::Failed(text)) => text,
        other => panic!("{other:?}"),
    }
}

#[test]
fn endless_fragments_are_thrown_away_and_end_in_1009() {
    let mut growth = Growth::watch();
    let codes = Arc::new(Mutex::new(Vec::new()));
    let seen = Arc::clone(&codes);
    let attacker = Attacker::start(move |victim| {
        victim.upgrade("")?;
        let mut reader = Victim {
            stream: victim.stream.try_clone()?,
            sent: Arc::default(),
        };
        let seen = Arc::clone(&seen);
        std::thread::spawn(move || {
            while let Ok((opcode, code)) = reader.frame() {
                if opcode == 8 {
                    seen.lock().expect("no panic").extend(code);
                }
            }
        });
        victim.send(&frame(0x01, b"begin"))?;
        victim.send_forever(&frame(0x00, &vec![b'x'; PIECE]))
    });
    let session = victim(&attacker, QUICK);
    growth.until("a second attempt", || attacker.connections() > 1);
    assert!(attacker.sent() > 64 * 1024 * 1024, "{}", attacker.sent());
    until("1009", || codes.lock().expect("no panic").contains(&1009));
    assert!(stat(&session, Stat::Oversize) >= 1);
    growth.assert_bounded();
}

#[test]
fn endless_empty_fragments_cost_nothing_and_do_not_keep_it_from_stopping() {
    let mut growth = Growth::watch();
    let answered = Arc::<AtomicBool>::default();
    let pong = Arc::clone(&answered);
    let attacker = Attacker::start(move |victim| {
        victim.upgrade("")?;
        victim.send(&frame(0x01, b"begin"))?;
        victim.send(&frame(0x00, b"").repeat(MANY))?;
        // Its answer shows that all before it was read, and does not just wait in the kernel.
        victim.send(&frame(0x89, b""))?;
        victim.frame()?;
        pong.store(true, Ordering::Relaxed);
        victim.send_forever(&frame(0x00, b"").repeat(PIECE / 2))
    });
    let session = victim(&attacker, QUICK);
    growth.until("a pong", || answered.load(Ordering::Relaxed));
    let stats = session.close();
    assert_eq!(stats[Stat::Received as usize], 0);
    growth.assert_bounded();
}

#[test]
fn lengths_that_no_message_has_are_refused_before_memory_is_taken() {
    let mut growth = Growth::watch();
    let attacks = [1_u64 << 40, 1 << 62, u64::MAX].map(|length| {
        let attacker = Attacker::start(move |victim| {
            victim.upgrade("")?;
            victim.send(&[&[0x82, 127][..], &length.to_be_bytes()].concat())?;
            victim.send_forever(&[b'x'; PIECE])
        });
        (length, victim(&attacker, ONCE))
    });
    for (length, session) in attacks {
        let text = told_of(&session, &mut growth);
        assert!(text.contains("code=1009"), "{length}: {text}");
    }
    growth.assert_bounded();
}

#[test]
fn a_flood_of_pings_by_a_server_that_reads_nothing_costs_no_memory() {
    let mut growth = Growth::watch();
    let attacker = Attacker::start(|victim| {
        victim.upgrade("")?;
        victim.send_forever(&frame(0x89, &[b'p'; 125]).repeat(PIECE / 127))
    });
    let session = victim(&attacker, QUICK);
    growth.until("a flood", || attacker.sent() > FLOOD / 2);
    assert!(connected(&session));
    growth.assert_bounded();
}

#[test]
fn a_flood_of_messages_that_nobody_takes_stays_within_the_queue() {
    for message in [frame(0x81, b""), frame(0x82, &[b'm'; 50_000])] {
        let mut growth = Growth::watch();
        let attacker = Attacker::start(move |victim| {
            victim.upgrade("")?;
            victim.send_forever(&message.repeat(PIECE.div_ceil(message.len())))
        });
        let session = victim(&attacker, QUICK);
        growth.until("a flood", || {
            attacker.sent() > FLOOD || stat(&session, Stat::Dropped) > MANY as i64
        });
        let stats = session.close();
        assert!(stats[Stat::Dropped as usize] > 0);
        assert_balanced(&stats);
        growth.assert_bounded();
    }
}

#[test]
fn an_endless_answer_is_cut_off() {
    for (what, begin, more) in [
        ("a header", "HTTP/1.1 101 Switching Protocols\r\nX: ", "x"),
        (
            "headers",
            "HTTP/1.1 101 Switching Protocols\r\n",
            "X: y\r\n",
        ),
        ("interim answers", "", "HTTP/1.1 100 Continue\r\n\r\n"),
        ("no line end", "HTTP/1.1 ", "1"),
    ] {
        let mut growth = Growth::watch();
        let attacker = Attacker::start(move |victim| {
            victim.request()?;
            victim.send(begin.as_bytes())?;
            victim.send_forever(more.repeat(1000).as_bytes())
        });
        let text = told(&attacker, &mut growth);
        assert!(
            text.contains("longer than 65536 bytes") || text.contains("no valid HTTP"),
            "{what}: {text}"
        );
        growth.assert_bounded();
    }
}

#[test]
fn an_endless_body_of_a_refusal_is_cut_off() {
    let mut growth = Growth::watch();
    let attacker = Attacker::start(|victim| {
        victim.request()?;
        victim.send(b"HTTP/1.1 403 Forbidden\r\n\r\n")?;
        victim.send_forever(&[b'x'; PIECE])
    });
    let text = told(&attacker, &mut growth);
    assert!(
        text.contains("HTTP status 403") && text.len() < 1000,
        "{text}"
    );
    growth.assert_bounded();
}

#[test]
fn a_slow_loris_runs_into_the_deadline() {
    let mut growth = Growth::watch();
    let attacker = Attacker::start(|victim| {
        victim.request()?;
        for byte in b"HTTP/1.1 101 Switching Protocols\r\nX-Slow: "
            .iter()
            .chain([b'x'; 10_000].iter())
        {
            victim.send(&[*byte])?;
            std::thread::sleep(Duration::from_millis(20));
        }
        Ok(())
    });
    let deadline = format!(r#"{ONCE},"connection_timeout_ms":400"#);
    let text = told_of(&victim(&attacker, &deadline), &mut growth);
    assert!(
        text.contains("400 ms") || text.contains("0.4 s") || text.contains("timed out"),
        "{text}"
    );
    growth.assert_bounded();
}

#[test]
fn a_frame_that_comes_byte_by_byte_does_not_stand_in_for_a_pong() {
    let attacker = Attacker::start(|victim| {
        victim.upgrade("")?;
        victim.send(&frame(0x82, &[b'x'; 90_000])[..10])?;
        for _ in 0..10_000 {
            victim.send(b"x")?;
            std::thread::sleep(Duration::from_millis(20));
        }
        Ok(())
    });
    let _session = victim(
        &attacker,
        &format!(r#"{QUICK},"ping":{{"interval_ms":100,"timeout_ms":100}}"#),
    );
    until("a second attempt", || attacker.connections() > 1);
}

#[test]
fn compression_that_was_not_asked_for_is_refused() {
    let offers = Attacker::start(|victim| {
        victim.upgrade("Sec-WebSocket-Extensions: permessage-deflate\r\n")?;
        victim.send_forever(&frame(0xc1, &[0; 100]))
    });
    let mut growth = Growth::watch();
    let text = told_of(
        &victim(&offers, &format!(r#"{ONCE},"compression":false"#)),
        &mut growth,
    );
    assert!(text.contains("compresses, though that was not"), "{text}");

    // A deflated megabyte of zeros takes a kilobyte; it is not inflated, for RSV1 means nothing where nothing was agreed on (RFC 6455
    // section 5.2).
    let sends = Attacker::start(|victim| {
        victim.upgrade("")?;
        victim.send_forever(&frame(0xc1, &[0; 100]))
    });
    let text = told(&sends, &mut growth);
    assert!(
        text.contains("code=1002") && text.contains("reserved bits"),
        "{text}"
    );
    growth.assert_bounded();
}

/// A compressed message of so many mebibytes of zeros: about a thousandth of that.
fn bomb(mebibytes: usize) -> Vec<u8> {
    let mut compress = Compress::new(Compression::best(), false);
    let zeros = vec![0; 1 << 20];
    let mut pieces = [(); 2].map(|()| {
        let mut piece = Vec::with_capacity(64 * 1024);
        compress
            .compress_vec(&zeros, &mut piece, FlushCompress::Sync)
            .expect("compressed");
        piece
    });
    // After the first mebibyte all are alike, and what ends the last one is left out.
    let [first, next] = &mut pieces;
    let mut all = std::mem::take(first);
    all.extend(next.repeat(mebibytes - 1));
    all.truncate(all.len() - 4);
    frame(0xc2, &all)
}

#[test]
fn a_deflate_bomb_is_counted_and_costs_no_memory() {
    let mut growth = Growth::watch();
    let (small, large) = (bomb(20), bomb(1024));
    assert!(large.len() < 1_100_000, "{}", large.len());
    let attacker = Attacker::start(move |victim| {
        victim.upgrade("Sec-WebSocket-Extensions: permessage-deflate\r\n")?;
        // Longer than websocket.max.message.bytes, twice; what follows comes through.
        victim.send(&small)?;
        victim.send(&small)?;
        victim.send(&frame(0xc1, b"\xf2\x48\xcd\xc9\xc9\x07\x00"))?;
        // Longer than what is inflated at all.
        victim.send(&large)?;
        victim.send_forever(&frame(0x89, b""))
    });
    let session = victim(&attacker, ONCE);
    let mut taken = Vec::new();
    growth.until("a message", || {
        let (_, records) = poll(&session, Duration::ZERO, PIECE).expect("a poll");
        taken.extend(records);
        !taken.is_empty()
    });
    assert_eq!(taken[0].text(), "Hello");
    let text = told_of(&session, &mut growth);
    assert!(text.contains("code=1009"), "{text}");
    assert_eq!(stat(&session, Stat::Oversize), 3);
    growth.assert_bounded();
}

#[test]
fn what_cannot_be_inflated_ends_in_1007() {
    let attacker = Attacker::start(|victim| {
        victim.upgrade("Sec-WebSocket-Extensions: permessage-deflate\r\n")?;
        victim.send_forever(&frame(0xc1, &[0x07; 100]))
    });
    let mut growth = Growth::watch();
    let text = told(&attacker, &mut growth);
    assert!(
        text.contains("code=1007") && text.contains("websocket.compression.enabled"),
        "{text}"
    );
    growth.assert_bounded();
}

#[test]
fn a_server_that_goes_on_after_its_close_frame_is_left() {
    let mut growth = Growth::watch();
    let attacker = Attacker::start(|victim| {
        victim.upgrade("")?;
        victim.send(&frame(0x88, &1001_u16.to_be_bytes()))?;
        victim.send_forever(&frame(0x81, &[b'x'; 100]).repeat(100))
    });
    let session = victim(&attacker, QUICK);
    growth.until("three attempts", || attacker.connections() > 2);
    assert_eq!(stat(&session, Stat::Received), 0);
    growth.assert_bounded();
}

#[test]
fn an_endless_tls_handshake_is_cut_off() {
    let mut growth = Growth::watch();
    let attacker = Attacker::start(|victim| {
        // Records of type handshake, the first of which announces a message of 16 MiB.
        let record = |payload: &[u8]| {
            let length = u16::try_from(payload.len()).expect("a record");
            [&[22, 3, 3][..], &length.to_be_bytes(), payload].concat()
        };
        victim.send(&record(&[2, 0xff, 0xff, 0xff]))?;
        victim.send_forever(&record(&[0; 16_000]))
    });
    let url = attacker.url.replace("ws://", "wss://");
    let authority =
        websocket_feed::SelfSigned::generate(websocket_feed::Leaf::Valid).expect("certificates");
    let session = try_open(&url, ONCE, vec![authority.ca_der]).expect("a session");
    let text = told_of(&session, &mut growth);
    assert!(text.contains("TLS handshake"), "{text}");
    growth.assert_bounded();
}
