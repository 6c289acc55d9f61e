//! What the proxy has seen.

use std::fs;
use std::time::Instant;

use parking_lot::Mutex;
use serde_json::{Value, json};

use super::fault::{Direction, Fault};

/// Connections kept in [`Ledger::passages`]; later ones are only counted.
const PASSAGES_KEPT: usize = 10_000;

/// One connection that was accepted.
#[derive(Clone, Debug)]
pub struct Passage {
    /// What it was to suffer.
    pub fault: Fault,
    /// When it was accepted.
    pub accepted: Instant,
    /// When its fault struck.
    pub struck: Option<Instant>,
    /// When the client's side was gone: closed or reset by the client, or reset by the proxy.
    pub gone: Option<Instant>,
    /// Bytes forwarded to the server.
    pub to_server: u64,
    /// Bytes forwarded to the client.
    pub to_client: u64,
    /// The bytes forwarded to the client, if the proxy records them.
    pub record: Vec<u8>,
}

/// A snapshot of the counters.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct ProxyStats {
    /// Connections accepted.
    pub accepted: u64,
    /// Connections whose fault has struck.
    pub struck: u64,
    /// Connections whose client's side is not gone.
    pub open: u64,
    /// The most sockets of clients, connected to the proxy and held by a process, when one more was accepted.
    pub max_clients: u64,
    /// Steps of the plan that are still to come.
    pub planned: u64,
}

impl ProxyStats {
    /// The counters as a JSON object with the names of the fields.
    #[must_use]
    pub fn to_json(&self) -> Value {
        json!({
            "accepted": self.accepted,
            "struck": self.struck,
            "open": self.open,
            "max_clients": self.max_clients,
            "planned": self.planned,
        })
    }
}

/// Written by the proxy's thread, read by anyone.
#[derive(Default)]
pub(super) struct Ledger(Mutex<Seen>);

#[derive(Default)]
struct Seen {
    stats: ProxyStats,
    passages: Vec<Passage>,
}

impl Ledger {
    pub fn stats(&self) -> ProxyStats {
        self.0.lock().stats.clone()
    }

    pub fn passages(&self) -> Vec<Passage> {
        self.0.lock().passages.clone()
    }

    /// A connection came in on this port; the number that the other methods take.
    pub fn accepted(&self, fault: Fault, port: u16) -> usize {
        let accepted = Instant::now();
        let clients = clients_of(port);
        let mut seen = self.0.lock();
        seen.stats.accepted += 1;
        seen.stats.open += 1;
        let clients = clients.unwrap_or(seen.stats.open);
        seen.stats.max_clients = seen.stats.max_clients.max(clients);
        if seen.passages.len() < PASSAGES_KEPT {
            seen.passages.push(Passage {
                fault,
                accepted,
                struck: None,
                gone: None,
                to_server: 0,
                to_client: 0,
                record: Vec::new(),
            });
            seen.passages.len() - 1
        } else {
            PASSAGES_KEPT
        }
    }

    /// Counts bytes before they are written, so that whoever has received them finds them counted.
    pub fn forwards(&self, passage: usize, direction: Direction, bytes: &[u8], record: bool) {
        let mut seen = self.0.lock();
        let Some(passage) = seen.passages.get_mut(passage) else {
            return;
        };
        match direction {
            Direction::ToServer => passage.to_server += bytes.len() as u64,
            Direction::ToClient => {
                passage.to_client += bytes.len() as u64;
                if record {
                    passage.record.extend_from_slice(bytes);
                }
            }
        }
    }

    pub fn struck(&self, passage: usize) {
        let mut seen = self.0.lock();
        seen.stats.struck += 1;
        if let Some(passage) = seen.passages.get_mut(passage) {
            passage.struck = Some(Instant::now());
        }
    }

    pub fn gone(&self, passage: usize) {
        let mut seen = self.0.lock();
        seen.stats.open -= 1;
        if let Some(passage) = seen.passages.get_mut(passage) {
            passage.gone = Some(Instant::now());
        }
    }
}

/// How many sockets are connected to this port and held by a process, as Linux tells it. What the proxy itself knows lags behind: a
/// client's new connection can be accepted before the end of its last one was read.
fn clients_of(port: u16) -> Option<u64> {
    let table = fs::read_to_string("/proc/self/net/tcp").ok()?;
    let remote = format!(":{port:04X}");
    let held = table.lines().skip(1).filter(|line| {
        let columns: Vec<_> = line.split_whitespace().collect();
        columns
            .get(2)
            .is_some_and(|address| address.ends_with(&remote))
            && columns.get(9).is_some_and(|inode| *inode != "0")
    });
    Some(held.count() as u64)
}
