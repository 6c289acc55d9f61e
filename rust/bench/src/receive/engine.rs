//! The engine, used as the bridge uses it.

use std::convert::Infallible;
use std::io;
use std::sync::Arc;
use std::time::Duration;

use serde_json::json;
use websocket_engine::batch::{self, HEADER_BYTES};
use websocket_engine::{Memory, Polled, Session, Stat, TlsMaterial, logs, panics};

use super::Run;
use crate::meter::{Measured, Meter};

/// Bytes of the array that the plugin polls into.
const BATCH_BYTES: usize = 256 * 1024;

/// How long the plugin waits for records.
const POLL_TIMEOUT: Duration = Duration::from_secs(1);

pub fn receive(run: &Run) -> io::Result<Measured> {
    panics::install();
    logs::install();
    let settings = json!({
        "connector": "bench",
        "url": run.url(),
        "queue": { "overflow_policy": "block" },
    });
    let session = Session::open(
        1,
        &settings.to_string(),
        TlsMaterial::default(),
        Arc::new(Memory::unlimited()),
    )
    .map_err(|error| io::Error::other(format!("{error:?}")))?;
    let measured = poll(run, &session)?;
    let stats = session.close();
    let stat = |stat: Stat| stats[stat as usize];
    if stat(Stat::Received) != stat(Stat::HandedOver) + stat(Stat::Discarded)
        || stat(Stat::Reconnects) != 0
    {
        return Err(io::Error::other(format!(
            "the engine lost messages: {stats:?}"
        )));
    }
    Ok(measured)
}

fn poll(run: &Run, session: &Session) -> io::Result<Measured> {
    let mut meter = Meter::new(run.length);
    let mut batch = vec![0; BATCH_BYTES];
    let mut messages = 0;
    loop {
        let polled = session.poll(POLL_TIMEOUT, batch.len(), |offset, records| {
            // What SetByteArrayRegion does.
            batch[offset..offset + records.len()].copy_from_slice(records);
            Ok::<(), Infallible>(())
        });
        let bytes = match polled {
            Ok(Polled::Bytes(bytes)) => bytes,
            other => return Err(io::Error::other(format!("a poll brought {other:?}"))),
        };
        messages += touch_all(run, &batch[..bytes])?;
        if let Some(measured) = (messages > 0)
            .then(|| meter.look(messages as f64))
            .flatten()
        {
            return Ok(measured);
        }
    }
}

/// Walks the records and touches their payloads; returns how many there are.
fn touch_all(run: &Run, mut records: &[u8]) -> io::Result<u64> {
    let mut count = 0;
    while !records.is_empty() {
        let (record, rest) = records.split_at(batch::first_record_bytes(records));
        run.touch(&record[HEADER_BYTES..])?;
        count += 1;
        records = rest;
    }
    Ok(count)
}
