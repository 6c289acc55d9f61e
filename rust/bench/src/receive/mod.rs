//! The receivers: each in a process of its own, so that a process's time is a receiver's cost.

mod bytes;
mod engine;
mod library;

use std::hint::black_box;
use std::io;
use std::process;
use std::thread;
use std::time::Duration;

use clap::ValueEnum;

use crate::compressed;
use crate::cpu::{self, Part};
use crate::meter::Measured;

/// How much longer than its measurement a run may take before it counts as stuck.
const PATIENCE: Duration = Duration::from_secs(30);

/// Between two looks at the clock, where messages come one by one.
const LOOK_EVERY: u64 = 64;

/// Ways to receive.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Variant {
    /// A session of the engine, polled as the bridge does.
    Engine,
    /// tokio-tungstenite on a current-thread runtime, each message dropped once it was touched.
    Tungstenite,
    /// The same with one send over a bounded channel for each message, to a thread that touches it.
    TungsteniteChannel,
    /// Blocking reads of the socket, thrown away.
    Recv,
    /// Nothing is received: compressed messages are inflated where they lie in memory.
    Inflate,
}

impl Variant {
    /// Those of `engine`, the subject first.
    pub const ALL: [Self; 4] = [
        Self::Engine,
        Self::Tungstenite,
        Self::TungsteniteChannel,
        Self::Recv,
    ];

    /// For the table.
    pub fn name(self) -> &'static str {
        match self {
            Self::Engine => "engine",
            Self::Tungstenite => "tokio-tungstenite",
            Self::TungsteniteChannel => "tokio-tungstenite, one channel send per message",
            Self::Recv => "recv, thrown away",
            Self::Inflate => "inflating alone",
        }
    }
}

/// What to receive.
#[derive(Clone, Copy, Debug)]
pub struct Run {
    /// The sender's, on the loopback interface.
    pub port: u16,
    /// Bytes of every payload.
    pub size: usize,
    /// How long to measure.
    pub length: Duration,
}

impl Run {
    fn url(&self) -> String {
        format!("ws://127.0.0.1:{}/", self.port)
    }

    /// Reads a few bytes at each end of a payload. An error if it does not have the length that it was sent with.
    fn touch(&self, payload: &[u8]) -> io::Result<()> {
        if payload.len() != self.size {
            let text = format!(
                "a payload has {} bytes instead of {}",
                payload.len(),
                self.size
            );
            return Err(io::Error::other(text));
        }
        black_box((payload.first_chunk::<8>(), payload.last_chunk::<8>()));
        Ok(())
    }
}

/// Receives and measures. Keeps all of the process on the receiver's core, and ends it when the run is stuck.
pub fn run(variant: Variant, run: &Run) -> io::Result<Measured> {
    cpu::pin(Part::Receiver)?;
    watch(variant, run.length + PATIENCE);
    match variant {
        Variant::Engine => engine::receive(run),
        Variant::Tungstenite => library::receive(run),
        Variant::TungsteniteChannel => library::receive_through_channel(run),
        Variant::Recv => bytes::receive(run),
        Variant::Inflate => compressed::inflate(run.size, run.length),
    }
}

fn watch(variant: Variant, time: Duration) {
    thread::spawn(move || {
        thread::sleep(time);
        eprintln!(
            "websocket-bench: {}: nothing measured within {time:?}",
            variant.name()
        );
        process::exit(1);
    });
}

fn ended() -> io::Error {
    io::Error::new(
        io::ErrorKind::UnexpectedEof,
        "the sender has ended the connection",
    )
}
