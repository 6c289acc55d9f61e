//! Connections that are cut at every byte.

use std::ops::RangeInclusive;
use std::time::Duration;

use websocket_engine::{Session, Stat};
use websocket_feed::{Direction, Fault, Leaf, SelfSigned, Step, Strike};

use crate::support::{collect, connected, poll, stat, until};
use crate::{Faulty, assert_nothing_lost, head, lines, open_with};

const AT_ONCE: &str = r#""reconnect":{"interval_ms":1,"backoff_max_ms":2},"subscription_message":"{\"op\":\"subscribe\"}""#;
/// Five messages once the subscription has come, then silence.
const PATH: &str = "/numbered?rate=0&count=5&size=40&subscribe=required";

/// Bytes of the request, the subscription message included; of the answer; of both the answer and the messages.
struct Lengths {
    request: u64,
    answer: u64,
    all: u64,
}

fn lengths(faulty: &Faulty) -> Lengths {
    let (_, session) = open_with(&faulty.url(PATH), AT_ONCE, Vec::new(), None);
    collect(&session, 5);
    let passage = faulty.proxy.passages().pop().expect("a connection");
    Lengths {
        request: passage.to_server,
        answer: head(&passage.record).expect("an answer") as u64,
        all: passage.to_client,
    }
}

/// Cuts one connection after the other, and returns how many of them opened.
fn cut(direction: Direction, cuts: RangeInclusive<u64>, strike: fn(u64) -> Strike) -> usize {
    let faulty = Faulty::start(None);
    let attempts = cuts.clone().count();
    faulty.proxy.plan(cuts.map(|after| {
        Step::Connection(Fault {
            direction,
            after,
            strike: strike(after),
            ..Fault::NONE
        })
    }));
    let (id, session) = open_with(&faulty.url(PATH), AT_ONCE, Vec::new(), None);
    faulty.until_all_struck(&session);
    let whole = || faulty.forwarded().concat();
    until("the last connection's messages", || {
        let last = faulty.forwarded().pop();
        last.is_some_and(|last| last == [0, 1, 2, 3, 4])
            && stat(&session, Stat::Received) == whole().len() as i64
    });
    let numbers: Vec<_> = collect(&session, whole().len())
        .iter()
        .map(|record| record.number())
        .collect();
    assert_eq!(
        numbers,
        whole(),
        "what was forwarded whole, and nothing else"
    );
    assert_eq!(
        stat(&session, Stat::Reconnects),
        attempts as i64,
        "one more attempt for each cut"
    );
    assert_eq!(faulty.proxy.stats().max_clients, 1);
    assert_nothing_lost(&session.close());
    let told = lines::all_of(id);
    let opened = lines::count(&told, "Connection opened");
    let refused = lines::count(&told, "Connection failed: ");
    assert_eq!(opened + refused, attempts + 1, "{told:?}");
    opened - 1
}

/// One way at each byte, the other way at the next.
fn alternately(after: u64) -> Strike {
    if after.is_multiple_of(2) {
        Strike::Close
    } else {
        Strike::Reset
    }
}

#[test]
fn every_byte_one_way_or_the_other() {
    cut_the_answer_and_the_frames(alternately);
    cut_the_request_and_the_subscription(alternately);
}

#[test]
#[ignore = "long: make faults"]
fn every_byte_both_ways() {
    for strike in [|_| Strike::Close, |_| Strike::Reset] {
        cut_the_answer_and_the_frames(strike);
        cut_the_request_and_the_subscription(strike);
    }
}

fn cut_the_answer_and_the_frames(strike: fn(u64) -> Strike) {
    let lengths = lengths(&Faulty::start(None));
    assert_eq!(cut(Direction::ToClient, 0..=lengths.answer - 1, strike), 0);
    let opened = cut(Direction::ToClient, lengths.answer..=lengths.all, strike);
    assert_eq!(opened as u64, lengths.all - lengths.answer + 1);
}

fn cut_the_request_and_the_subscription(strike: fn(u64) -> Strike) {
    let lengths = lengths(&Faulty::start(None));
    // The last byte of the request is followed by the subscription: at least its frame's header of six bytes.
    let opening = lengths.request - 6 - r#"{"op":"subscribe"}"#.len() as u64;
    assert_eq!(cut(Direction::ToServer, 0..=opening - 1, strike), 0);
    let opened = cut(Direction::ToServer, opening + 1..=lengths.request, strike);
    assert_eq!(opened as u64, lengths.request - opening);
}

#[test]
fn tls_cut_here_and_there() {
    cut_tls(61);
}

#[test]
#[ignore = "long: make faults"]
fn tls_cut_at_every_fifth_byte() {
    cut_tls(5);
}

/// Cuts the TLS stream after each `step` bytes, both ways: in its handshake, in the WebSocket one and in the records behind. Each cut
/// has a session of its own, for a second connection of the same one resumes TLS and is shorter.
fn cut_tls(step: usize) {
    let certificates = SelfSigned::generate(Leaf::Valid).expect("certificates");
    let faulty = Faulty::start(Some(certificates.tls.clone()));
    let url = faulty.url("/numbered?rate=0&count=2&size=300&stream=s");
    let open = || open_with(&url, AT_ONCE, vec![certificates.ca_der.clone()], None);
    let (_, session) = open();
    collect(&session, 2);
    let first = faulty.proxy.passages().remove(0);
    session.close();
    until("it is gone", || faulty.proxy.stats().open == 0);
    let mut cuts = 0;
    let mut within_a_record = 0;
    for (direction, bytes) in [
        (Direction::ToClient, first.to_client),
        (Direction::ToServer, first.to_server),
    ] {
        for strike in [Strike::Close, Strike::Reset] {
            // A signature may be some bytes shorter another time, so that the last bytes may never come.
            for after in (0..bytes - 16).step_by(step) {
                let fault = Fault {
                    direction,
                    after,
                    strike,
                    ..Fault::NONE
                };
                faulty.proxy.plan([Step::Connection(fault)]);
                let cut = cut_tls_once(&faulty, fault, open());
                cuts += 1;
                within_a_record += usize::from(is_cut_in_a_record(&cut));
            }
        }
    }
    println!(
        "FIGURE {cuts} TLS connections cut, {within_a_record} of them within a record that came"
    );
    assert!(within_a_record > cuts / 4);
    assert_eq!(faulty.proxy.stats().max_clients, 1);
}

/// Has the session's first connection cut and waits for all messages of its second one; returns what came on the first.
fn cut_tls_once(faulty: &Faulty, fault: Fault, (id, session): (i64, Session)) -> Vec<u8> {
    let mut numbers = Vec::new();
    until("the second connection's messages", || {
        let (_, records) = poll(&session, Duration::from_millis(1), 1 << 16).expect("no failure");
        numbers.extend(records.iter().map(|record| record.number()));
        stat(&session, Stat::Reconnects) == 1
            && connected(&session)
            && numbers.last().map(|last| last + 1) == faulty.feed.stats().streams.get("s").copied()
    });
    assert!(numbers.windows(2).all(|two| two[0] < two[1]), "{numbers:?}");
    assert_nothing_lost(&session.close());
    let told = lines::all_of(id);
    let ended = lines::count(&told, "Connection failed: ")
        + lines::count(&told, "Connection closed: code=1006");
    assert_eq!(ended, 1, "{told:?}");
    assert_eq!(lines::count(&told, "docs.rs"), 0, "plain words: {told:?}");
    until("it is gone", || faulty.proxy.stats().open == 0);
    let passages = faulty.proxy.passages();
    let [.., cut, _] = passages.as_slice() else {
        panic!("two connections");
    };
    assert_eq!((cut.fault, cut.struck.is_some()), (fault, true));
    cut.record.clone()
}

/// Whether a stream of TLS records (RFC 8446 section 5.1) ends within one.
fn is_cut_in_a_record(mut stream: &[u8]) -> bool {
    while let Some(header) = stream.first_chunk::<5>() {
        let length = usize::from(u16::from_be_bytes([header[3], header[4]]));
        match stream.get(5 + length..) {
            Some(rest) => stream = rest,
            None => return true,
        }
    }
    !stream.is_empty()
}

/// A message in many frames, some cut in the middle of them.
#[test]
fn fragments_cut_in_the_middle() {
    let faulty = Faulty::start(None);
    let url = faulty.url("/fragments?rate=0&count=1&parts=4&size=60");
    let settings = r#""reconnect":{"interval_ms":1,"backoff_max_ms":2}"#;
    let (_, session) = open_with(&url, settings, Vec::new(), None);
    collect(&session, 1);
    let first = faulty.proxy.passages().remove(0);
    let answer = head(&first.record).expect("an answer") as u64;
    session.close();
    until("it is gone", || faulty.proxy.stats().open == 0);
    let (_, session) = open_with(&url, settings, Vec::new(), None);
    collect(&session, 1);
    // The pings between the fragments are of random lengths: this is what always comes.
    let cuts = answer..answer + 60 + 4 * 2 + 3 * 2;
    let attempts = cuts.end - cuts.start;
    let fault = |after| Step::Connection(Fault::to_client(after, Strike::Close));
    faulty.proxy.plan(cuts.map(fault));
    faulty.proxy.strike_all(Strike::Reset);
    faulty.until_all_struck(&session);
    collect(&session, 1);
    assert_eq!(stat(&session, Stat::Reconnects) as u64, attempts + 1);
    let stats = session.close();
    assert_eq!(
        stats[Stat::Received as usize],
        2,
        "the first and the last connection's"
    );
    assert_nothing_lost(&stats);
}
