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
}

impl Link {
    /// How long the connection has been up; `None` while it is down.
    pub fn uptime(&self) -> Option<Duration> {
        self.up_since.map(|since| since.elapsed())
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

    pub fn down(&self) {
        self.0.lock().up_since = None;
    }
}
