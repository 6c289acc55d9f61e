//! The numbers of a session, as the plugin reads them.

use std::time::{Duration, Instant, SystemTime};

use crate::notices::Notices;
use crate::queue::Queue;
use crate::status::Status;

/// The numbers of a session, in the order of the array that [`Session::stats`] returns.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(
    missing_docs,
    reason = "docs/DESIGN.md, \"Stats\", says what each is and its unit"
)]
pub enum Stat {
    Received,
    Dropped,
    Oversize,
    Unrepresentable,
    Discarded,
    HandedOver,
    QueueMessages,
    QueueCapacity,
    QueueBytes,
    QueueBytesCapacity,
    Connected,
    UptimeMillis,
    SinceLastMessageMillis,
    Reconnects,
    Connections,
    ReadingStoppedMillis,
    WorkerBytes,
    WorkerBytesCapacity,
    Filtered,
    Duplicates,
    LastCloseCode,
    Attempts,
    NextAttemptMillis,
    SinceLastFrameMillis,
    SinceLastDataMillis,
    SubscriptionAcks,
    SubscriptionFailures,
    Heartbeats,
    Replies,
    PlannedReconnects,
    WatchdogReconnects,
    EventsDropped,
    Compressed,
    Corrupt,
}

/// How many numbers [`Stat`] has.
pub const STATS: usize = Stat::Corrupt as usize + 1;

/// This moment's numbers. The counts of messages are of one moment.
pub fn of(queue: &Queue, status: &Status, notices: &Notices, begun: Instant) -> [i64; STATS] {
    let now = queue.snapshot();
    let link = status.get();
    let capacity = queue.capacity();
    let number = |value: u64| i64::try_from(value).unwrap_or(i64::MAX);
    let millis = |time: Duration| i64::try_from(time.as_millis()).unwrap_or(i64::MAX);
    let mut stats = [0; STATS];
    for (stat, value) in [
        (Stat::Received, number(now.counts.received)),
        (Stat::Dropped, number(now.counts.dropped)),
        (Stat::Oversize, number(now.counts.oversize)),
        (Stat::Unrepresentable, number(now.counts.unrepresentable)),
        (Stat::Discarded, number(now.counts.discarded)),
        (Stat::HandedOver, number(now.counts.handed_over)),
        (Stat::QueueMessages, number(now.messages as u64)),
        (Stat::QueueCapacity, number(capacity.messages as u64)),
        (Stat::QueueBytes, number(now.bytes as u64)),
        (Stat::QueueBytesCapacity, number(capacity.bytes as u64)),
        (Stat::Connected, i64::from(link.up_since.is_some())),
        (Stat::UptimeMillis, link.uptime().map_or(0, millis)),
        (
            Stat::SinceLastMessageMillis,
            millis(now.last_message.unwrap_or(begun).elapsed()),
        ),
        (Stat::Reconnects, number(link.reconnects())),
        (Stat::Connections, number(link.connections)),
        (Stat::ReadingStoppedMillis, millis(link.reading_stopped())),
        (Stat::WorkerBytes, number(queue.memory().used() as u64)),
        (
            Stat::WorkerBytesCapacity,
            number(queue.memory().limit() as u64),
        ),
        (Stat::Filtered, number(now.counts.filtered)),
        (Stat::Duplicates, number(now.counts.duplicates)),
        (Stat::LastCloseCode, i64::from(link.last_close_code)),
        (Stat::Attempts, i64::from(link.attempts_in_a_row)),
        (Stat::NextAttemptMillis, until(link.next_attempt)),
        (Stat::SinceLastFrameMillis, since(link.last_frame)),
        (Stat::SinceLastDataMillis, since(link.last_data)),
        (
            Stat::SubscriptionAcks,
            number(link.counts.subscription_acks),
        ),
        (
            Stat::SubscriptionFailures,
            number(link.counts.subscription_failures),
        ),
        (Stat::Heartbeats, number(link.counts.heartbeats)),
        (Stat::Replies, number(link.counts.replies)),
        (
            Stat::PlannedReconnects,
            number(link.counts.planned_reconnects),
        ),
        (
            Stat::WatchdogReconnects,
            number(link.counts.watchdog_reconnects),
        ),
        (Stat::EventsDropped, number(notices.events_dropped())),
        (Stat::Compressed, i64::from(link.compressed)),
        (Stat::Corrupt, number(now.counts.corrupt)),
    ] {
        stats[stat as usize] = value;
    }
    stats
}

/// Milliseconds until then; -1: never.
fn until(time: Option<Instant>) -> i64 {
    time.map_or(-1, |time| {
        let left = time.saturating_duration_since(Instant::now());
        i64::try_from(left.as_millis()).unwrap_or(i64::MAX)
    })
}

/// Milliseconds since that many microseconds after the epoch; -1: never.
fn since(micros: Option<i64>) -> i64 {
    micros.map_or(-1, |micros| {
        let now = SystemTime::now()
            .duration_since(SystemTime::UNIX_EPOCH)
            .unwrap_or_default();
        let now = i64::try_from(now.as_micros()).unwrap_or(i64::MAX);
        ((now - micros) / 1000).max(0)
    })
}
