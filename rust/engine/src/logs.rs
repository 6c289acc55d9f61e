//! Log lines on their way to the worker's log.
//!
//! Rust threads never call into the JVM: lines wait in a bounded ring until the plugin's log thread takes them. The targets here are
//! the last part of the names of the SLF4J loggers.

use std::cell::Cell;
use std::collections::VecDeque;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use log::{Level, LevelFilter, Log, Metadata, Record};
use parking_lot::{Condvar, Mutex};

/// Opening, closing, reconnecting.
pub const CONNECTION: &str = "WebSocketConnection";
/// Overflow and other losses.
pub const QUEUE: &str = "WebSocketQueue";
/// Warnings of the TLS library.
pub const TLS: &str = "WebSocketTls";
/// Opening handshakes and frame headers.
pub const WIRE: &str = "wire";

/// Lines kept until they are taken; more are counted and dropped. Those of DEBUG and TRACE have the first half to themselves, so that a
/// flood of them costs no other line its place.
pub const RING_LINES: usize = 2048;
/// Those of DEBUG and TRACE among them.
pub const DETAIL_LINES: usize = RING_LINES / 2;

/// A session of this number writes no lines: whoever opened it tells what happens in words of its own.
pub const SILENT: i64 = -1;

/// Marks the last line of a session; never dropped.
pub const END: u8 = 255;

/// One line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// The session it belongs to; 0 for none.
    pub session: i64,
    /// 1 error … 5 trace; 255 for the end of the session's lines.
    pub level: u8,
    /// One of the targets above.
    pub target: &'static str,
    /// The text.
    pub text: String,
}

#[derive(Debug)]
struct Waiting {
    lines: VecDeque<Line>,
    lost: u64,
    lost_details: u64,
    /// Of the last line among them: whoever wants to read that wants to read of its loss too.
    lost_details_target: &'static str,
}

static RING: Mutex<Waiting> = Mutex::new(Waiting {
    lines: VecDeque::new(),
    lost: 0,
    lost_details: 0,
    lost_details_target: CONNECTION,
});
static FILLED: Condvar = Condvar::new();

/// The most verbose levels worth sending, as numbers of [`Line::level`]: of all targets but one, and of [`WIRE`].
static LEVEL: AtomicUsize = AtomicUsize::new(Level::Info as usize);
static WIRE_LEVEL: AtomicUsize = AtomicUsize::new(0);

thread_local! {
    static SESSION: Cell<i64> = const { Cell::new(0) };
}

struct RingLog;

impl Log for RingLog {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        target_of(metadata).is_some()
    }

    fn log(&self, record: &Record<'_>) {
        if let Some(target) = target_of(record.metadata()) {
            put(Line {
                session: SESSION.get(),
                level: record.level() as u8,
                target,
                text: record.args().to_string(),
            });
        }
    }

    fn flush(&self) {}
}

/// Other crates' lines are dropped (some print requests with their secrets), but for warnings of the TLS library.
fn target_of(metadata: &Metadata<'_>) -> Option<&'static str> {
    let (target, wanted) = match metadata.target() {
        CONNECTION => (CONNECTION, &LEVEL),
        QUEUE => (QUEUE, &LEVEL),
        WIRE => (WIRE, &WIRE_LEVEL),
        target if target.starts_with("rustls") && metadata.level() <= Level::Warn => (TLS, &LEVEL),
        _ => return None,
    };
    (metadata.level() as usize <= wanted.load(Ordering::Relaxed)).then_some(target)
}

fn put(line: Line) {
    if line.session == SILENT {
        return;
    }
    let mut ring = RING.lock();
    let is_detail = line.level > Level::Info as u8;
    let room = if is_detail { DETAIL_LINES } else { RING_LINES };
    if ring.lines.len() < room || line.level == END {
        ring.lines.push_back(line);
        FILLED.notify_one();
    } else if is_detail {
        ring.lost_details += 1;
        ring.lost_details_target = line.target;
    } else {
        ring.lost += 1;
    }
}

/// Makes the `log` crate's lines end here. Repeated calls do nothing.
pub fn install() {
    if log::set_logger(&RingLog).is_ok() {
        set_levels(Level::Info as usize, 0);
    }
}

/// Lines of this thread belong to this session from now on.
pub fn bind(session: i64) {
    SESSION.set(session);
}

/// Ends the session's lines.
pub fn end(session: i64) {
    put(Line {
        session,
        level: END,
        target: "",
        text: String::new(),
    });
}

/// Sets the most verbose levels worth sending, of [`WIRE`] and of all other targets: 0 off, 1 error … 5 trace.
pub fn set_levels(level: usize, wire: usize) {
    LEVEL.store(level, Ordering::Relaxed);
    WIRE_LEVEL.store(wire, Ordering::Relaxed);
    log::set_max_level(
        LevelFilter::iter()
            .nth(level.max(wire))
            .unwrap_or(LevelFilter::Trace),
    );
}

/// Whether frames and handshakes are to be logged. As cheap as can be: it is asked at every read.
pub fn wire_is_on() -> bool {
    WIRE_LEVEL.load(Ordering::Relaxed) >= Level::Debug as usize
}

/// Waits up to `timeout` for lines and takes all there are.
#[must_use]
pub fn take(timeout: Duration) -> Vec<Line> {
    let deadline = Instant::now() + timeout;
    let mut ring = RING.lock();
    while ring.lines.is_empty() {
        if FILLED.wait_until(&mut ring, deadline).timed_out() {
            break;
        }
    }
    let mut lines: Vec<Line> = ring.lines.drain(..).collect();
    let lost = std::mem::take(&mut ring.lost);
    let lost_details = std::mem::take(&mut ring.lost_details);
    let target = ring.lost_details_target;
    drop(ring);
    if lost > 0 {
        lines.push(of_no_session(
            CONNECTION,
            Level::Warn,
            format!("WebSocket log: {lost} lines were lost, more came than could be written"),
        ));
    }
    if lost_details > 0 {
        lines.push(of_no_session(
            target,
            Level::Debug,
            format!("WebSocket log: {lost_details} lines of DEBUG and TRACE were lost, more came than could be written"),
        ));
    }
    lines
}

fn of_no_session(target: &'static str, level: Level, text: String) -> Line {
    Line {
        session: 0,
        level: level as u8,
        target,
        text,
    }
}

/// Lines in the form that the plugin reads (docs/DESIGN.md, "Logs").
#[must_use]
pub fn encode(lines: &[Line]) -> Vec<u8> {
    let mut bytes = Vec::new();
    for line in lines {
        bytes.extend_from_slice(&line.session.to_le_bytes());
        bytes.push(line.level);
        bytes.extend_from_slice(&u16::try_from(line.target.len()).unwrap_or(0).to_le_bytes());
        bytes.extend_from_slice(line.target.as_bytes());
        bytes.extend_from_slice(&u32::try_from(line.text.len()).unwrap_or(0).to_le_bytes());
        bytes.extend_from_slice(line.text.as_bytes());
    }
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn encoded_lines_carry_their_lengths() {
        let line = Line {
            session: 1,
            level: 2,
            target: QUEUE,
            text: "ü".into(),
        };
        let mut expected = vec![1, 0, 0, 0, 0, 0, 0, 0, 2, 14, 0];
        expected.extend_from_slice(b"WebSocketQueue");
        expected.extend_from_slice(&[2, 0, 0, 0, 0xc3, 0xbc]);
        assert_eq!(encode(&[line]), expected);
    }
}
