//! The log lines of this process's sessions. They meet in one ring, so one thread takes them all.

use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Mutex, OnceLock};
use std::time::Duration;

use websocket_engine::logs::{self, Line};

use crate::support::until;

/// The level of the line that ends a session's lines.
const END: u8 = 255;

static LINES: Mutex<Vec<Line>> = Mutex::new(Vec::new());
static COLLECTOR: OnceLock<()> = OnceLock::new();
static IDS: AtomicI64 = AtomicI64::new(1);

/// The number of the next session, whose lines are taken from now on.
pub fn next_id() -> i64 {
    COLLECTOR.get_or_init(|| {
        logs::install();
        std::thread::spawn(|| {
            loop {
                let lines = logs::take(Duration::from_millis(100));
                LINES.lock().expect("no panic").extend(lines);
            }
        });
    });
    IDS.fetch_add(1, Ordering::Relaxed)
}

/// The lines of a session so far.
pub fn of(id: i64) -> Vec<String> {
    let lines = LINES.lock().expect("no panic");
    lines
        .iter()
        .filter(|line| line.session == id && line.level != END)
        .map(|line| line.text.clone())
        .collect()
}

/// The lines of a session that was closed, with none missing.
pub fn all_of(id: i64) -> Vec<String> {
    let is_told = |line: &Line| line.session == id && line.level == END;
    until("the session's last line", || {
        LINES.lock().expect("no panic").iter().any(is_told)
    });
    let lines = LINES.lock().expect("no panic");
    let lost = lines.iter().find(|line| line.text.contains("were lost"));
    assert!(lost.is_none(), "{lost:?}");
    drop(lines);
    of(id)
}

/// Waits for a line with these words, and returns the first one.
pub fn until_told(id: i64, words: &str) -> String {
    let find = || of(id).into_iter().find(|line| line.contains(words));
    until(words, || find().is_some());
    find().expect("it was there")
}

/// How many of the lines have these words.
pub fn count(lines: &[String], words: &str) -> usize {
    lines.iter().filter(|line| line.contains(words)).count()
}
