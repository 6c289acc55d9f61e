//! The command `idle`: what sessions cost whose feeds send nothing.

use std::io;
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use serde_json::json;
use websocket_engine::{Memory, Session, Stat, TlsMaterial, logs, panics};
use websocket_feed::{Feed, Options};

use crate::child::Process;
use crate::cpu;
use crate::process_files::{private_dirty_bytes, voluntary_switches};
use crate::rows::{Better, Limit, Row, Rows, Series};

const CONNECT_TIMEOUT: Duration = Duration::from_secs(30);

/// What a session may hold, as long as nothing comes.
const MEMORY_LIMIT: Limit = Limit {
    against: None,
    at_most: 2.0,
};

/// Opens so many sessions, waits until they are connected, and watches them for `length`.
pub fn run(sessions: usize, length: Duration) -> io::Result<Rows> {
    panics::install();
    logs::install();
    let mut feed = Process::start(&["feed".to_owned()])?;
    let url = format!("{}/silence", feed.line()?);
    let memory_before = private_dirty_bytes()?;
    let open = open(sessions, &url)?;
    eprintln!("{sessions} sessions are connected");
    // What the handshakes left to be done is over when half of the time is.
    thread::sleep(length / 2);
    let switches = engine_switches()?;
    let (cpu, begin) = (cpu::process_time(), Instant::now());
    thread::sleep(length);
    let seconds = begin.elapsed().as_secs_f64();
    let cpu = (cpu::process_time() - cpu).as_secs_f64();
    let wake_ups = (engine_switches()? - switches) as f64;
    let memory = private_dirty_bytes()?.saturating_sub(memory_before) as f64;
    if connected(&open) < sessions {
        return Err(io::Error::other(
            "a session has lost its connection meanwhile",
        ));
    }
    let each = |all: f64| all / sessions as f64;
    let row = |measure, value, limits| Row {
        name: format!("engine alone, {sessions} idle sessions"),
        measure,
        better: Better::Lower,
        series: vec![Series {
            name: "engine",
            values: vec![value],
        }],
        limits,
    };
    Ok(Rows {
        rows: vec![
            row(
                "MiB per session",
                each(memory / f64::from(1 << 20)),
                vec![MEMORY_LIMIT],
            ),
            row(
                "% of a core per session",
                each(100.0 * cpu / seconds),
                Vec::new(),
            ),
            row(
                "wake-ups per second and session",
                each(wake_ups / seconds),
                Vec::new(),
            ),
        ],
    })
}

/// How often the engine's threads have gone to sleep.
fn engine_switches() -> io::Result<u64> {
    match voluntary_switches("ws-")? {
        // Each has slept until its connection was open.
        0 => Err(io::Error::other(
            "the engine's threads are not found by their names",
        )),
        switches => Ok(switches),
    }
}

fn open(sessions: usize, url: &str) -> io::Result<Vec<Session>> {
    let memory = Arc::new(Memory::unlimited());
    let settings = |task| json!({ "connector": "idle", "task": task, "url": url }).to_string();
    let open = (0..sessions)
        .map(|task| {
            Session::open(
                task as i64 + 1,
                &settings(task),
                TlsMaterial::default(),
                Arc::clone(&memory),
            )
            .map_err(|error| io::Error::other(format!("{error:?}")))
        })
        .collect::<io::Result<Vec<_>>>()?;
    let begin = Instant::now();
    while connected(&open) < sessions {
        if begin.elapsed() > CONNECT_TIMEOUT {
            let count = connected(&open);
            let text =
                format!("{count} of {sessions} sessions were connected after {CONNECT_TIMEOUT:?}");
            return Err(io::Error::new(io::ErrorKind::TimedOut, text));
        }
        thread::sleep(Duration::from_millis(10));
    }
    Ok(open)
}

fn connected(sessions: &[Session]) -> usize {
    let is_connected = |session: &&Session| session.stats()[Stat::Connected as usize] == 1;
    sessions.iter().filter(is_connected).count()
}

/// The feed, in a process of its own, so that its memory and its processor time do not count. Prints its URL.
pub fn serve() -> io::Result<()> {
    let feed = Feed::start(Options::default())?;
    println!("{}", feed.url(""));
    loop {
        thread::park();
    }
}
