//! Random disconnects: never stuck, never two sockets, exact counts, bounded logs.

use std::time::{Duration, Instant};

use fastrand::Rng;
use websocket_engine::{Polled, Session, Stat};
use websocket_feed::{Fault, Passage, Step, Strike};

use crate::support::{PATIENCE, connected, poll, stat};
use crate::{Faulty, assert_nothing_lost, head, lines, open_with};

/// Repeats a run: `FAULTS_SEED=… cargo test -p websocket-engine --test faults`.
const SEED: &str = "FAULTS_SEED";
const BACKOFF_MAX_MS: u64 = 20;
/// A thousand times the backoff: however busy the machine is, an engine that has not tried again by then is stuck.
const STUCK: Duration = Duration::from_millis(1000 * BACKOFF_MAX_MS);
/// Until a connection that is silent is noticed, in the opening handshake or by a missing pong; what is stuck takes longer.
const SETTINGS: &str = r#""reconnect":{"interval_ms":1,"backoff_max_ms":20,"reset_after_ms":5},"connection_timeout_ms":1000,
    "ping":{"interval_ms":50,"timeout_ms":400}"#;

#[test]
fn some_random_disconnects() {
    run(60);
}

/// With a queue that is too small, whatever does not fit is counted.
#[test]
fn some_random_disconnects_with_a_full_queue() {
    let (faulty, id, session, records) = disconnected(30, r#","queue":{"messages":5}"#, 3);
    let stats = session.close();
    crate::assert_balanced(&stats);
    assert_eq!(stats[Stat::HandedOver as usize] as usize, records.len());
    let told = lines::all_of(id);
    let drops = lines::count(&told, "Queue full, dropping message");
    assert_eq!(drops > 0, stats[Stat::Dropped as usize] > 0);
    let forwarded = faulty.forwarded().concat();
    if given_up(&told) == 0 {
        assert_eq!(stats[Stat::Received as usize] as usize, forwarded.len());
    }
    let mut forwarded = forwarded.into_iter();
    for record in records {
        assert!(
            forwarded.any(|number| number == record),
            "{record} came twice, late or from nowhere"
        );
    }
}

#[test]
#[ignore = "long: make faults"]
fn a_thousand_random_disconnects() {
    run(1000);
}

fn run(disconnects: usize) {
    let begin = Instant::now();
    let (faulty, id, session, records) = disconnected(disconnects, "", 0);
    let reconnects = stat(&session, Stat::Reconnects) as usize;
    let connections = stat(&session, Stat::Connections) as usize;
    let stats = session.close();
    assert_nothing_lost(&stats);
    assert_eq!(stats[Stat::Received as usize] as usize, records.len());

    let told = lines::all_of(id);
    assert_exact(&records, &faulty.forwarded(), given_up(&told));
    let sent = faulty.feed.stats().sent as usize;
    assert!(records.len() <= sent, "{} of {sent}", records.len());

    let passages = faulty.proxy.passages();
    assert_eq!(faulty.proxy.stats().max_clients, 1);
    assert_outages(&passages);
    assert_log(&told, reconnects, connections);
    println!(
        "FIGURE {disconnects} random disconnects in {:.1} s: {} connections, {} attempts, {} messages received, {} lost with their connections",
        begin.elapsed().as_secs_f64(),
        connections,
        reconnects + 1,
        records.len(),
        records.last().map_or(0, |last| *last as usize + 1) - records.len()
    );
}

/// A session that was disconnected so many times and is connected again, and the numbers that were handed over. Each poll is
/// followed by a pause of up to that many milliseconds.
fn disconnected(disconnects: usize, more: &str, pause: u64) -> (Faulty, i64, Session, Vec<u64>) {
    let seed = std::env::var(SEED).map_or_else(
        |_| fastrand::u64(..),
        |seed| seed.parse().expect("a number in FAULTS_SEED"),
    );
    println!("{SEED}={seed}");
    let mut random = Rng::with_seed(seed);
    let faulty = Faulty::start(None);
    let url = faulty.url("/numbered?rate=5000&size=64&stream=s");
    let (id, session) = open_with(&url, &format!("{SETTINGS}{more}"), Vec::new(), None);
    let mut records = Vec::new();
    let plain = until(&session, &mut records, 0, || connected(&session));
    assert!(plain, "the first connection opens");
    let request = faulty.proxy.passages()[0].to_server;
    let answer = head(&faulty.proxy.passages()[0].record).expect("an answer") as u64;
    faulty
        .proxy
        .plan((1..disconnects).map(|_| step(&mut random, request, answer)));
    faulty.proxy.strike_all(Strike::Reset);
    let mut left = u64::MAX;
    while left > 0 {
        let before = left;
        let goes_on = until(&session, &mut records, pause, || {
            left = faulty.proxy.stats().planned;
            left < before
        });
        assert!(
            goes_on,
            "stuck with {left} faults to come: {:?}",
            lines::of(id).last()
        );
    }
    let again = until(&session, &mut records, pause, || {
        let passages = faulty.proxy.passages();
        connected(&session)
            && passages
                .last()
                .is_some_and(|last| last.fault == Fault::NONE)
    });
    assert!(again, "connected at the end");
    // The end is quiet, so that all counts are of one moment.
    faulty.feed.pause(true);
    let mut before = (0, 0);
    let quiet = until(&session, &mut records, pause, || {
        let received = stat(&session, Stat::Received);
        let now = (received, faulty.feed.stats().sent);
        let last = faulty.forwarded().concat().len() as i64;
        std::mem::replace(&mut before, now) == now
            && stat(&session, Stat::QueueMessages) == 0
            && (received == last || given_up(&lines::of(id)) > 0)
    });
    assert!(
        quiet,
        "what was forwarded is received: {:?}",
        session.stats()
    );
    (faulty, id, session, records)
}

fn step(random: &mut Rng, request: u64, answer: u64) -> Step {
    let quick = if random.bool() {
        Strike::Reset
    } else {
        Strike::Close
    };
    let bytes = random.u64(0..answer + 2000);
    let fault = match random.u32(0..100) {
        0..10 => return Step::Refuse(Duration::from_millis(random.u64(1..30))),
        10..25 => Fault::to_server(random.u64(0..=request), quick),
        25..33 => Fault::to_client(bytes, Strike::HalfOpen),
        33..36 => Fault::to_client(bytes, Strike::Trickle(Duration::from_secs(1))),
        36..46 => Fault::to_client(bytes, quick).delayed(Duration::from_millis(random.u64(1..8))),
        _ => Fault::to_client(bytes, quick),
    };
    Step::Connection(fault)
}

/// Polls until the condition holds; `false` if it does not in time.
fn until(
    session: &Session,
    records: &mut Vec<u64>,
    pause: u64,
    mut condition: impl FnMut() -> bool,
) -> bool {
    let deadline = Instant::now() + PATIENCE;
    while !condition() {
        if Instant::now() > deadline {
            return false;
        }
        let (polled, polled_records) =
            poll(session, Duration::from_millis(5), 1 << 16).expect("no failure");
        assert!(matches!(polled, Polled::Bytes(_)));
        records.extend(polled_records.iter().map(crate::support::Record::number));
        if pause > 0 {
            std::thread::sleep(Duration::from_millis(fastrand::u64(0..=pause)));
        }
    }
    true
}

/// Each connection was noticed to be dead, closed, and followed by the next attempt.
fn assert_outages(passages: &[Passage]) {
    for (number, two) in passages.windows(2).enumerate() {
        let (dead, next) = (&two[0], &two[1]);
        let gone = dead.gone.expect("it is gone");
        let noticed = gone.duration_since(dead.struck.unwrap_or(gone));
        let waited = next.accepted.saturating_duration_since(gone);
        assert!(
            noticed < STUCK && waited < STUCK,
            "{number}: {noticed:?}, {waited:?}, {:?}",
            dead.fault
        );
    }
}

/// The records are exactly what was forwarded whole, in its order, and numbers are missing only where a connection ended. A connection
/// that the engine gave up because it heard nothing, which it tells, may have had more to say.
fn assert_exact(records: &[u64], forwarded: &[Vec<u64>], given_up: usize) {
    assert!(records.windows(2).all(|two| two[0] < two[1]));
    let mut records = records;
    let mut cut_short = 0;
    for numbers in forwarded {
        assert!(
            numbers.windows(2).all(|two| two[1] == two[0] + 1),
            "{numbers:?}"
        );
        let had = numbers.iter().zip(records).take_while(|(a, b)| a == b);
        let had = had.count();
        cut_short += usize::from(had < numbers.len());
        records = &records[had..];
    }
    assert_eq!(records, [0; 0], "from nowhere");
    assert!(
        cut_short <= given_up,
        "messages of {cut_short} connections are missing, and {given_up} were given up"
    );
}

/// How many connections the engine ended itself, for want of an answer.
fn given_up(told: &[String]) -> usize {
    lines::count(told, "no pong within ") + lines::count(told, "no connection within ")
}

/// An outage is told in two lines, a connection in one more; each wait is within the backoff.
fn assert_log(told: &[String], reconnects: usize, connections: usize) {
    let opened = lines::count(told, "WebSocket Connection opened");
    let ended = lines::count(told, "WebSocket Connection closed: code=1006")
        + lines::count(told, "WebSocket Connection failed");
    let waits: Vec<u64> = told
        .iter()
        .filter_map(|line| {
            line.split_once("Reconnecting in ")?
                .1
                .split(' ')
                .next()?
                .parse()
                .ok()
        })
        .collect();
    assert_eq!(
        (opened, ended, waits.len()),
        (connections, reconnects, reconnects)
    );
    assert!(
        waits.iter().all(|wait| (0..=BACKOFF_MAX_MS).contains(wait)),
        "{waits:?}"
    );
    assert_eq!(
        told.len(),
        opened + ended + waits.len() + 1,
        "and one line for the stop"
    );
    assert!(
        told.iter()
            .all(|line| line.ends_with("connector=test") && line.len() < 400)
    );
}
