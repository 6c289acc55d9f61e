//! How a session ends.

mod support;

use std::time::{Duration, Instant};

use support::*;
use websocket_engine::{Error, Stat};

/// `close` promises a second; a busy machine may need longer, a hang would take a minute.
const STOP: Duration = Duration::from_secs(5);

#[test]
fn a_stop_closes_with_1000_and_counts_what_is_left() {
    let feed = feed();
    let session = open(&feed.url("/numbered?count=500"), "");
    until("all came", || stat(&session, Stat::QueueMessages) == 500);
    let stats = session.close();
    assert_eq!(stats[Stat::Discarded as usize], 500);
    assert_balanced(&stats);
    until("the server was told", || {
        feed.stats().close_codes_received.contains(&1000)
    });
    until("the socket is gone", || feed.stats().sockets == 0);
    assert_eq!(
        session.close()[Stat::Discarded as usize],
        500,
        "a second close changes nothing"
    );
    assert_eq!(poll(&session, Duration::ZERO, 1000), Err(Error::Closed));
}

#[test]
fn a_stop_is_quick_whatever_the_server_does() {
    let feed = feed();
    for path in [
        "/silence",
        "/flood?size=256",
        "/hang",
        "/blackhole?after=1",
        "/status?code=503",
        "/close?after=0",
    ] {
        let session = open(&feed.url(path), "");
        until(path, || feed.stats().accepted > 0);
        let begin = Instant::now();
        assert_balanced(&session.close());
        assert!(begin.elapsed() < STOP, "{path}: {:?}", begin.elapsed());
        until("the socket is gone", || feed.stats().sockets == 0);
        feed.reset_stats();
    }
}

#[test]
fn a_second_poller_is_refused_and_a_stop_wakes_the_first() {
    let feed = feed();
    let session = open(&feed.url("/silence"), "");
    std::thread::scope(|scope| {
        let poller = scope.spawn(|| long_poll(&session));
        until_polled(&session);
        session.close();
        assert_eq!(poller.join().expect("no panic"), Err(Error::Closed));
    });
}

#[test]
fn a_dropped_session_ends_its_thread() {
    let feed = feed();
    let session = open(&feed.url("/silence"), "");
    until("it is connected", || connected(&session));
    drop(session);
    until("the socket is gone", || feed.stats().sockets == 0);
}

#[cfg(target_os = "linux")]
#[test]
fn the_thread_is_named_and_ends() {
    let named = || {
        std::fs::read_dir("/proc/self/task")
            .expect("threads")
            .filter_map(|task| std::fs::read_to_string(task.ok()?.path().join("comm")).ok())
            .any(|name| name.trim() == "ws-7-test")
    };
    let feed = feed();
    let session = open(&feed.url("/silence"), r#""task":7"#);
    until("the thread runs", named);
    session.close();
    until("the thread has ended", || !named());
}

/// A server that sends one frame, behind others, over and over, as fast as the socket takes it.
fn endless(begin: &'static [u8], frame: &'static [u8]) -> String {
    use std::io::{Read as _, Write as _};
    use tokio_tungstenite::tungstenite::handshake::derive_accept_key;

    let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let url = format!("ws://{}/", listener.local_addr().expect("its address"));
    std::thread::spawn(move || {
        let (mut socket, _) = listener.accept().expect("a connection");
        let mut request = Vec::new();
        while !request.ends_with(b"\r\n\r\n") {
            let mut byte = [0];
            socket.read_exact(&mut byte).expect("a request");
            request.push(byte[0]);
        }
        let request = String::from_utf8(request).expect("text");
        let (_, key) = request.split_once("Sec-WebSocket-Key: ").expect("a key");
        let accept = derive_accept_key(key.lines().next().expect("its line").as_bytes());
        let head = format!(
            "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: {accept}\r\n\r\n"
        );
        socket.write_all(head.as_bytes()).expect("an open socket");
        let frames = frame.repeat(32 * 1024);
        socket.write_all(begin).expect("an open socket");
        while socket.write_all(&frames).is_ok() {}
    });
    url
}

#[test]
fn a_flood_of_tiny_frames_does_not_keep_it_from_stopping() {
    for (what, begin, frame) in [
        ("texts", &[][..], &[0x81, 0][..]),
        ("pongs", &[], &[0x8a, 0]),
        ("pings", &[], &[0x89, 0]),
        ("fragments", &[0x01, 0], &[0x00, 0]),
    ] {
        let session = open(&endless(begin, frame), "");
        until("it is connected", || connected(&session));
        if what == "texts" {
            until("messages come", || stat(&session, Stat::Received) > 100_000);
        }
        let last = session.close();
        assert_balanced(&last);
        // The engine's thread has ended: nothing is received that these numbers do not have.
        assert_eq!(
            session.stats()[Stat::Received as usize],
            last[Stat::Received as usize],
            "{what}"
        );
    }
}
