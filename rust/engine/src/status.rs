//! The connection's state as the metrics show it.

use std::time::{Duration, Instant};

use parking_lot::Mutex;

/// Written by the engine thread, read by anyone.
#[derive(Debug, Default)]
pub struct Status(Mutex<Link>);

/// One moment of a connection.
#[derive(Clone, Copy, Debug, Default)]
pub struct Link {
    /// Since when the connection is up: opened, and the subscription message, if any, written.
    pub up_since: Option<Instant>,
    /// Connections opened so far.
    pub connections: u64,
    /// Attempts to connect so far.
    pub attempts: u64,
    /// Since when nothing is read because the queue is full.
    pub stopped_since: Option<Instant>,
    /// How long nothing was read for that reason, before that.
    pub stopped: Duration,
}

impl Link {
    /// How long the connection has been up; `None` while it is down.
    pub fn uptime(&self) -> Option<Duration> {
        self.up_since.map(|since| since.elapsed())
    }

    /// How long, in all, nothing was read because the queue was full.
    pub fn reading_stopped(&self) -> Duration {
        let now = self.stopped_since.map(|since| since.elapsed());
        self.stopped + now.unwrap_or_default()
    }

    /// Attempts but the first (runbook, `TotalReconnects`).
    pub fn reconnects(&self) -> u64 {
        self.attempts.saturating_sub(1)
    }
}

impl Status {
    pub fn get(&self) -> Link {
        *self.0.lock()
    }

    pub fn attempt(&self) {
        self.0.lock().attempts += 1;
    }

    pub fn opened(&self) {
        self.0.lock().connections += 1;
    }

    pub fn up(&self) {
        self.0.lock().up_since = Some(Instant::now());
    }

    /// Reading stops or goes on.
    pub fn reading_stops(&self, stops: bool) {
        let mut link = self.0.lock();
        link.stopped = link.reading_stopped();
        link.stopped_since = stops.then(Instant::now);
    }

    pub fn down(&self) {
        self.0.lock().up_since = None;
    }
}
