//! Connections that fail in every way. The long tests are ignored: `make faults` runs them.

mod certificates;
mod lines;
mod look_ups;
#[path = "../support/mod.rs"]
mod support;

use std::sync::Arc;

use support::*;
use websocket_engine::Session;
use websocket_engine::resolver::{self, Lookup};

/// A session whose log lines can be had from [`lines`].
fn open_with(
    url: &str,
    more: &str,
    anchors: Vec<Vec<u8>>,
    lookup: Option<Lookup>,
) -> (i64, Session) {
    let id = lines::next_id();
    let lookup = lookup.unwrap_or_else(resolver::system);
    let session = Session::open_with(id, &settings(url, more), anchors, memory(), lookup);
    (id, session.expect("a session"))
}

/// A look-up of ours.
fn lookup(
    answer: impl Fn() -> std::io::Result<Vec<std::net::SocketAddr>> + Send + Sync + 'static,
) -> Option<Lookup> {
    Some(Arc::new(move |_: &str, _| answer()))
}
