//! The fault proxy, seen by a client and a server that count bytes.

use std::io::{ErrorKind, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use websocket_feed::{Direction, Fault, Proxy, ProxyOptions, Step, Strike};

/// Long enough for a busy machine; nothing waits this long when all is well.
const PATIENCE: Duration = Duration::from_secs(60);

/// A server that says something to every client, reads to the end and returns what it has read of each.
struct Server {
    address: SocketAddr,
    thread: JoinHandle<Vec<Vec<u8>>>,
}

fn server(clients: usize, says: &'static [u8]) -> Server {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = listener.local_addr().expect("its address");
    let thread = thread::spawn(move || {
        let read = |_| {
            let (mut client, _) = listener.accept().expect("a client");
            let mut all = Vec::new();
            // A client that was reset meanwhile takes nothing; a reset comes behind what was sent before.
            let _ = client.write_all(says);
            let _ = client.read_to_end(&mut all);
            all
        };
        (0..clients).map(read).collect()
    });
    Server { address, thread }
}

fn proxy(upstream: SocketAddr) -> Proxy {
    let options = ProxyOptions {
        record: true,
        ..ProxyOptions::default()
    };
    Proxy::start(upstream, options).expect("a proxy")
}

fn client(proxy: &Proxy) -> TcpStream {
    let client = TcpStream::connect(proxy.addr()).expect("a connection");
    client.set_read_timeout(Some(PATIENCE)).expect("a timeout");
    client
}

/// What comes until the end, and how that is told.
fn rest(client: &mut TcpStream) -> (Vec<u8>, Option<ErrorKind>) {
    let mut all = Vec::new();
    let end = client.read_to_end(&mut all);
    (all, end.err().map(|error| error.kind()))
}

fn until(what: &str, mut condition: impl FnMut() -> bool) {
    let deadline = Instant::now() + PATIENCE;
    while !condition() {
        assert!(Instant::now() < deadline, "in vain: {what}");
        thread::sleep(Duration::from_millis(2));
    }
}

#[test]
fn without_a_fault_everything_passes() {
    let server = server(1, b"hello");
    let proxy = proxy(server.address);
    let mut client = client(&proxy);
    client.write_all(b"from the client").expect("sent");
    client
        .shutdown(std::net::Shutdown::Write)
        .expect("half closed");
    assert_eq!(rest(&mut client), (b"hello".to_vec(), None));
    drop(client);
    assert_eq!(server.thread.join().expect("read"), [b"from the client"]);
    until("it is gone", || proxy.stats().open == 0);
    let passage = &proxy.passages()[0];
    assert_eq!((passage.to_client, passage.to_server), (5, 15));
    assert_eq!(
        (passage.record.as_slice(), passage.struck),
        (&b"hello"[..], None)
    );
}

#[test]
fn cuts_are_exact_to_the_byte() {
    for (strike, end) in [
        (Strike::Close, None),
        (Strike::Reset, Some(ErrorKind::ConnectionReset)),
    ] {
        let server = server(5, b"hello");
        let proxy = proxy(server.address);
        let faults = (1..=5).map(|after| Step::Connection(Fault::to_client(after, strike)));
        proxy.plan(faults);
        for after in 1..=5 {
            assert_eq!(rest(&mut client(&proxy)), (b"hello"[..after].to_vec(), end));
        }
        server.thread.join().expect("all were served");
        assert_eq!((proxy.stats().struck, proxy.stats().planned), (5, 0));
    }
}

#[test]
fn cuts_on_the_way_to_the_server_are_exact_too() {
    let server = server(3, b"");
    let proxy = proxy(server.address);
    for after in 1..=3 {
        proxy.set(Fault::to_server(after, Strike::Close));
        let mut client = client(&proxy);
        client.write_all(b"request").expect("sent");
        assert_eq!(rest(&mut client), (Vec::new(), None));
    }
    assert_eq!(
        server.thread.join().expect("read"),
        [&b"r"[..], b"re", b"req"]
    );
}

#[test]
fn a_strike_at_once_needs_no_server() {
    let nobody = TcpListener::bind("127.0.0.1:0").expect("a port");
    let proxy = proxy(nobody.local_addr().expect("its address"));
    drop(nobody);
    proxy.set(Fault::to_client(0, Strike::Close));
    assert_eq!(rest(&mut client(&proxy)), (Vec::new(), None));
    proxy.set(Fault::NONE);
    assert_eq!(
        rest(&mut client(&proxy)).1,
        Some(ErrorKind::ConnectionReset)
    );
}

#[test]
fn half_open_is_silence_until_the_client_closes() {
    let server = server(1, b"hello");
    let proxy = proxy(server.address);
    proxy.set(Fault::to_client(3, Strike::HalfOpen));
    let mut client = client(&proxy);
    let mut three = [0; 3];
    client.read_exact(&mut three).expect("three bytes");
    client.write_all(b"lost").expect("taken, and swallowed");
    client
        .set_read_timeout(Some(Duration::from_millis(50)))
        .expect("a timeout");
    let waited = client.read(&mut [0]).expect_err("nothing comes");
    assert_eq!(waited.kind(), ErrorKind::WouldBlock);
    assert_eq!(proxy.stats().open, 1);
    drop(client);
    until("it is gone", || proxy.stats().open == 0);
    assert_eq!(server.thread.join().expect("read"), [b""]);
}

#[test]
fn a_trickle_is_one_byte_at_a_time() {
    let server = server(1, b"hello");
    let proxy = proxy(server.address);
    let pause = Duration::from_millis(20);
    proxy.set(Fault::to_client(1, Strike::Trickle(pause)));
    let begin = Instant::now();
    let mut client = client(&proxy);
    let mut five = [0; 5];
    client.read_exact(&mut five).expect("five bytes");
    assert_eq!(&five, b"hello");
    assert!(begin.elapsed() >= 4 * pause);
    drop(client);
    until("it is gone", || proxy.stats().open == 0);
    server.thread.join().expect("read");
}

#[test]
fn delayed_bytes_come_later() {
    let server = server(1, b"hello");
    let proxy = proxy(server.address);
    let delay = Duration::from_millis(50);
    proxy.set(Fault::to_client(5, Strike::Close).delayed(delay));
    let begin = Instant::now();
    assert_eq!(rest(&mut client(&proxy)).0, b"hello");
    assert!(begin.elapsed() >= delay);
    server.thread.join().expect("read");
}

#[test]
fn refusing_is_refusing() {
    let server = server(1, b"hello");
    let proxy = proxy(server.address);
    let refused = || {
        TcpStream::connect(proxy.addr())
            .is_err_and(|error| error.kind() == ErrorKind::ConnectionRefused)
    };
    proxy.refuse(true);
    until("it refuses", refused);
    proxy.refuse(false);
    until("it accepts", || !refused());
    proxy.plan([Step::Refuse(Duration::from_millis(50))]);
    until("it refuses", refused);
    until("it accepts again", || !refused());
    drop(server);
}

#[test]
fn open_connections_are_struck_on_demand_and_clients_counted() {
    let server = server(2, b"hello");
    let proxy = proxy(server.address);
    let mut first = client(&proxy);
    first.read_exact(&mut [0; 5]).expect("a greeting");
    let second = client(&proxy);
    until("both are there", || proxy.stats().accepted == 2);
    assert_eq!(proxy.stats().max_clients, 2);
    proxy.strike_all(Strike::Reset);
    assert_eq!(rest(&mut first).1, Some(ErrorKind::ConnectionReset));
    until("both are gone", || proxy.stats().open == 0);
    drop(second);
    server.thread.join().expect("read");
    assert_eq!(proxy.passages()[0].fault.direction, Direction::ToClient);
}
