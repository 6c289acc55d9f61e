//! A scripted WebSocket server for demos, tests and benchmarks.
//!
//! [`Feed`] runs a server on a thread of its own, [`Proxy`] a proxy that breaks connections; the binary `websocket-feed` does the same from
//! the command line.
//!
#![doc = "```text"]
#![doc = include_str!("../scenarios.txt")]
#![doc = "```"]

mod compression;
mod connection;
mod control;
mod feed;
mod frame;
mod market;
mod numbered;
mod outbox;
mod pacer;
mod proxy;
mod query;
mod request;
mod response;
mod scenario;
mod server;
mod source;
mod stats;
mod stream;
mod tls;
mod tokens;
mod transport;
mod venue;

pub use feed::{Feed, Options};
pub use proxy::{Direction, Fault, Passage, Proxy, ProxyOptions, ProxyStats, Step, Strike};
pub use stats::{Connections, Stats};
pub use tls::{ClientIdentity, Leaf, SelfSigned, Tls};
pub use tokens::TokenStats;
pub use venue::VenueStats;

/// The scenarios, their parameters and the control requests, as text.
pub const SCENARIOS: &str = include_str!("../scenarios.txt");

/// The proxy's control requests, as text.
pub const PROXY_CONTROL: &str = include_str!("../proxy.txt");
