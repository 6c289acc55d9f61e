//! The engine of the WebSocket source connector: it keeps one feed connected and turns its messages into batches.
//!
//! Pure Rust, knows nothing of Java. Data flows one way: socket → `frames` → `intake` → `queue` → [`Session::poll`].
//!
//! | module | concern |
//! |---|---|
//! | `session`, `stats`, `turnstile` | open, poll, stats, pause, close: all that the bridge sees; who polls |
//! | `engine` | the thread of a session |
//! | `settings` | what a session is told |
//! | `lifecycle`, `rules`, `reconnect`, `backoff`, `budget` | the rules of connecting, without I/O and without a clock |
//! | `live`, `dialogue`, `ping`, `heartbeat`, `awaited`, `watchdog` | those of an open connection |
//! | `succession`, `connection`, `link`, `turn` | the loops that carry the rules' actions out |
//! | `conversation`, `template`, `messages` | what is said to the server |
//! | `requests`, `address`, `preconnect`, `oauth2`, `http`, `members` | what is asked of servers before a connection is open |
//! | `ear`, `matcher`, `pointer`, `literal` | what is heard from it besides data |
//! | `dial`, `route`, `resolver`, `tls`, `handshake` | from a URL to an open connection |
//! | `frames`, `frame_reader`, `frame_writer`, `frame_header`, `pacer`, `stamp` | from bytes to messages and back; how many are sent, and when bytes came |
//! | `deflate`, `inflater` | compression: what is agreed on, and inflating |
//! | `wire` | what goes over the wire, for the log |
//! | `unpack`, `intake` | from message to record; payloads that the server compressed by itself |
//! | `batch`, `chunk`, `offer`, `queue`, `linger`, `hand_over` | records on their way to the poller, bounded and counted |
//! | `memory` | what all queues together may hold |
//! | `overflow` | what a full queue means |
//! | `dedupe` | messages that come twice |
//! | `status`, `herald`, `notices` | what the metrics, the log and the session's owner are told |
//! | `failure`, `blame`, `losses`, `reports` | why a connection failed and by which key, what was lost, and the log lines of the runbook |
//! | `trial` | whether there would be a connection, for validation |
//! | `logs`, `panics`, `redact` | how it is told, and what never is |
//! | `panic_points` | panics on demand, for tests of a build of their own |

#![forbid(unsafe_code)]

pub mod address;
mod awaited;
pub mod backoff;
pub mod batch;
mod blame;
pub mod budget;
pub mod chunk;
mod connection;
pub mod conversation;
mod dedupe;
mod deflate;
mod dial;
mod dialogue;
pub mod ear;
pub mod endpoints;
mod engine;
pub mod failure;
mod frame_header;
mod frame_reader;
mod frame_writer;
mod frames;
mod hand_over;
mod handshake;
mod heartbeat;
mod herald;
mod http;
mod inflater;
mod intake;
#[cfg(feature = "internals")]
pub mod internals;
pub mod lifecycle;
mod linger;
mod link;
mod literal;
mod live;
pub mod logs;
mod losses;
pub mod matcher;
mod members;
pub mod memory;
pub mod messages;
mod notices;
mod oauth2;
pub mod offer;
pub mod overflow;
mod pacer;
pub mod panic_points;
pub mod panics;
pub mod ping;
pub mod pointer;
pub mod preconnect;
pub mod queue;
pub mod reconnect;
pub mod redact;
pub mod reports;
pub mod requests;
pub mod resolver;
mod route;
pub mod rules;
pub mod session;
pub mod settings;
mod stamp;
pub mod stats;
mod status;
mod succession;
pub mod template;
mod tls;
pub mod trial;
mod turn;
mod turnstile;
mod unpack;
pub mod watchdog;
mod wire;

pub use memory::Memory;
pub use session::{Error, Polled, Session};
pub use settings::Settings;
pub use stats::Stat;
pub use tls::TlsMaterial;
