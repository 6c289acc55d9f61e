//! Log lines on their way to the worker's log.
//!
//! Rust threads never call into the JVM: lines wait in a bounded ring until the plugin's log thread takes them. The targets here are
//! the last part of the names of the SLF4J loggers.

use std::cell::Cell;
use std::collections::VecDeque;
use std::time::{Duration, Instant};

use log::{Level, LevelFilter, Log, Metadata, Record};
use parking_lot::{Condvar, Mutex};

/// Opening, closing, reconnecting.
pub const CONNECTION: &str = "WebSocketConnection";
/// Overflow and other losses.
pub const QUEUE: &str = "WebSocketQueue";
/// Warnings of the TLS library.
pub const TLS: &str = "WebSocketTls";

/// Lines kept until they are taken. More than that are counted and dropped.
const RING_LINES: usize = 1024;

/// Marks the last line of a session; never dropped.
const END: u8 = 255;

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
}

static RING: Mutex<Waiting> = Mutex::new(Waiting {
    lines: VecDeque::new(),
    lost: 0,
});
static FILLED: Condvar = Condvar::new();

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
    match metadata.target() {
        CONNECTION => Some(CONNECTION),
        QUEUE => Some(QUEUE),
        target if target.starts_with("rustls") && metadata.level() <= Level::Warn => Some(TLS),
        _ => None,
    }
}

fn put(line: Line) {
    let mut ring = RING.lock();
    if ring.lines.len() >= RING_LINES && line.level != END {
        ring.lost += 1;
    } else {
        ring.lines.push_back(line);
        FILLED.notify_one();
    }
}

/// Makes the `log` crate's lines end here. Repeated calls do nothing.
pub fn install() {
    if log::set_logger(&RingLog).is_ok() {
        log::set_max_level(LevelFilter::Info);
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

/// Sets the most verbose level worth sending: 0 off, 1 error … 5 trace.
pub fn set_level(level: usize) {
    log::set_max_level(LevelFilter::iter().nth(level).unwrap_or(LevelFilter::Trace));
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
    if lost > 0 {
        let text =
            format!("WebSocket log: {lost} lines were lost, more came than could be written");
        lines.push(Line {
            session: 0,
            level: Level::Warn as u8,
            target: CONNECTION,
            text,
        });
    }
    lines
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

    // One test, since the ring is one for all threads.
    #[test]
    fn lines_are_bound_filtered_bounded_and_ended() {
        install();
        bind(7);
        log::info!(target: CONNECTION, "WebSocket {}", "one");
        log::warn!(target: "tungstenite", "secret");
        log::debug!(target: CONNECTION, "below the level");
        log::warn!(target: "rustls::client", "odd certificate");
        for _ in 0..2 * RING_LINES {
            log::warn!(target: QUEUE, "WebSocket many");
        }
        end(7);
        // Other tests of this process may log too.
        let mut lines = take(Duration::from_secs(5));
        let lost = lines
            .iter()
            .any(|line| line.session == 0 && line.text.contains(" lines were lost"));
        lines.retain(|line| line.session == 7);
        let line = |level, target, text: &str| Line {
            session: 7,
            level,
            target,
            text: text.into(),
        };
        assert_eq!(lines[0], line(3, CONNECTION, "WebSocket one"));
        assert_eq!(lines[1], line(2, TLS, "odd certificate"));
        assert_eq!(lines.last(), Some(&line(END, "", "")));
        assert!(lines.len() <= RING_LINES + 1, "{} lines", lines.len());
        assert!(lost, "that lines were lost is told");
    }

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
