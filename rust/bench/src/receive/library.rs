//! The WebSocket library alone, and with a channel behind it.

use std::io;
use std::net::Ipv4Addr;
use std::thread;

use crossbeam_channel::{Receiver, bounded};
use futures_util::StreamExt;
use tokio::net::TcpStream;
use tokio_tungstenite::client_async;
use tokio_tungstenite::tungstenite::{Message, Utf8Bytes};

use super::{LOOK_EVERY, Run, ended};
use crate::meter::{Measured, Meter};

/// Messages that the channel holds.
const CHANNEL_MESSAGES: usize = 8192;

pub fn receive(run: &Run) -> io::Result<Measured> {
    let mut count = Count::new(run);
    each_message(run, |text| count.add(&text))
}

pub fn receive_through_channel(run: &Run) -> io::Result<Measured> {
    let (sender, receiver) = bounded::<Utf8Bytes>(CHANNEL_MESSAGES);
    thread::scope(|scope| {
        let consumer = scope.spawn(|| consume(run, receiver));
        // The consumer ends first, when it has measured enough; what ends the reader before is an error.
        let read = each_message(run, |text| Ok(sender.send(text).err().map(|_gone| ())));
        drop(sender);
        let measured = consumer
            .join()
            .map_err(|_panic| io::Error::other("the consumer panicked"))?;
        read.and(measured)
    })
}

fn consume(run: &Run, receiver: Receiver<Utf8Bytes>) -> io::Result<Measured> {
    let mut count = Count::new(run);
    for text in receiver {
        if let Some(measured) = count.add(&text)? {
            return Ok(measured);
        }
    }
    Err(ended())
}

/// Calls `each` with every message until it has a result.
fn each_message<T>(
    run: &Run,
    mut each: impl FnMut(Utf8Bytes) -> io::Result<Option<T>>,
) -> io::Result<T> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_io()
        .build()?;
    runtime.block_on(async {
        let stream = TcpStream::connect((Ipv4Addr::LOCALHOST, run.port)).await?;
        let (mut open, _response) = client_async(run.url(), stream)
            .await
            .map_err(io::Error::other)?;
        while let Some(message) = open.next().await {
            let Message::Text(text) = message.map_err(io::Error::other)? else {
                return Err(io::Error::other("something else than a text message came"));
            };
            if let Some(result) = each(text)? {
                return Ok(result);
            }
        }
        Err(ended())
    })
}

/// Counts messages that come one by one.
struct Count<'a> {
    run: &'a Run,
    messages: u64,
    meter: Meter,
}

impl<'a> Count<'a> {
    fn new(run: &'a Run) -> Self {
        Self {
            run,
            messages: 0,
            meter: Meter::new(run.length),
        }
    }

    fn add(&mut self, text: &Utf8Bytes) -> io::Result<Option<Measured>> {
        self.run.touch(text.as_bytes())?;
        self.messages += 1;
        Ok(if self.messages.is_multiple_of(LOOK_EVERY) {
            self.meter.look(self.messages as f64)
        } else {
            None
        })
    }
}
