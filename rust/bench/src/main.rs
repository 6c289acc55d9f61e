//! `websocket-bench`: measures the engine against its limits.
//!
//! | module | concern |
//! |---|---|
//! | `rounds` | `engine`: all receivers on all workloads, interleaved |
//! | `payload`, `sender` | what is sent, and by whom |
//! | `receive`, `meter` | the receivers, and when they are measured |
//! | `discard`, `token_bucket` | `discard`: a reader that throws everything away |
//! | `idle`, `process_files` | `idle`: sessions without messages |
//! | `matchers` | `matchers`: hearing what is no data |
//! | `handshakes` | `handshakes`: TLS, full and resumed |
//! | `compressed` | `compression`: what it costs to inflate, and what it saves |
//! | `rows` | the result as JSON |
//! | `child`, `cpu` | processes, cores, processor time |
//!
//! Sender and receiver are processes of their own. With two cores or more the sender keeps to the first one and the receiver, with all its
//! threads, to the last one: what a receiver costs is then what one core can do.

mod child;
mod compressed;
mod cpu;
mod discard;
mod handshakes;
mod idle;
mod matchers;
mod meter;
mod payload;
mod process_files;
mod receive;
mod rounds;
mod rows;
mod sender;
mod token_bucket;

use std::io;
use std::process::ExitCode;
use std::time::Duration;

use clap::{Parser, Subcommand};

use payload::{Characters, Workload};
use receive::{Run, Variant};
use rounds::Rounds;

/// Measures the engine of the WebSocket source connector against its limits.
#[derive(Parser)]
#[command(version)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Compares the engine with the WebSocket library and with bare reads; prints JSON on stdout
    Engine {
        /// Runs of each receiver
        #[arg(long, default_value_t = 5, value_parser = clap::value_parser!(u16).range(1..))]
        rounds: u16,

        /// How long each run is measured, after a warm-up of 50 ms
        #[arg(long, default_value = "0.4", value_parser = seconds)]
        seconds: Duration,

        /// Bytes of a message, from 64 to 1000000
        #[arg(long, value_delimiter = ',', default_value = "64,256,1024,16384", value_parser = size)]
        sizes: Vec<usize>,
    },

    /// Reads a feed and throws away what comes, until the server closes the TCP connection
    Discard {
        /// Where the feed is; ws:// only
        url: String,

        /// Reads no more than so many messages per second
        #[arg(long, requires = "size", value_parser = rate)]
        rate: Option<f64>,

        /// Bytes of a message's payload; the frame's header is added
        #[arg(long, requires = "rate")]
        size: Option<usize>,
    },

    /// Measures what sessions cost while nothing comes; prints JSON on stdout
    Idle {
        /// How many are opened
        #[arg(long, default_value_t = 100, value_parser = clap::value_parser!(u16).range(1..))]
        sessions: u16,

        /// How long they are watched; pings, one in 30 s, are then no part of it
        #[arg(long, default_value = "5", value_parser = seconds)]
        seconds: Duration,
    },

    /// Measures what matchers cost a message, beside parsing it; prints JSON on stdout
    Matchers {
        /// Runs of each set of rules
        #[arg(long, default_value_t = 5, value_parser = clap::value_parser!(u16).range(1..))]
        rounds: u16,

        /// How long each run is measured
        #[arg(long, default_value = "0.4", value_parser = seconds)]
        seconds: Duration,
    },

    /// Measures what a TLS handshake costs, full and resumed; prints JSON on stdout
    Handshakes {
        /// Runs of each kind
        #[arg(long, default_value_t = 5, value_parser = clap::value_parser!(u16).range(1..))]
        rounds: u16,

        /// How long each run is measured
        #[arg(long, default_value = "0.4", value_parser = seconds)]
        seconds: Duration,
    },

    /// Measures what compressed messages cost the engine, and what they save; prints JSON on stdout
    Compression {
        /// Runs of each receiver
        #[arg(long, default_value_t = 5, value_parser = clap::value_parser!(u16).range(1..))]
        rounds: u16,

        /// How long each run is measured, after a warm-up of 50 ms
        #[arg(long, default_value = "0.4", value_parser = seconds)]
        seconds: Duration,
    },

    /// Floods whoever connects (for `engine` and `compression`)
    #[command(hide = true)]
    Send {
        characters: Characters,
        #[arg(value_parser = size)]
        size: usize,
        #[arg(long)]
        compressed: bool,
    },

    /// One run of one receiver (for `engine` and `compression`)
    #[command(hide = true)]
    Receive {
        variant: Variant,
        port: u16,
        #[arg(value_parser = size)]
        size: usize,
        #[arg(value_parser = seconds)]
        seconds: Duration,
    },

    /// The feed (for `idle`)
    #[command(hide = true)]
    Feed,
}

fn main() -> ExitCode {
    match run(Arguments::parse().command) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("websocket-bench: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run(command: Command) -> io::Result<()> {
    match command {
        Command::Engine {
            rounds,
            seconds,
            sizes,
        } => rounds::run(&Rounds {
            rounds: rounds.into(),
            length: seconds,
            sizes,
        })?
        .print(),
        Command::Discard { url, rate, size } => {
            let bytes = rate
                .zip(size)
                .map(|(rate, size)| rate * payload::wire_bytes(size) as f64);
            discard::run(&url, bytes)
        }
        Command::Idle { sessions, seconds } => idle::run(sessions.into(), seconds)?.print(),
        Command::Matchers { rounds, seconds } => matchers::run(rounds.into(), seconds)
            .map_err(io::Error::other)?
            .print(),
        Command::Handshakes { rounds, seconds } => handshakes::run(rounds.into(), seconds)?.print(),
        Command::Compression { rounds, seconds } => {
            compressed::run(rounds.into(), seconds)?.print()
        }
        Command::Send {
            characters,
            size,
            compressed,
        } => {
            child::end_with_input();
            sender::run(Workload { characters, size }, compressed)
        }
        Command::Receive {
            variant,
            port,
            size,
            seconds,
        } => {
            child::end_with_input();
            let measured = receive::run(
                variant,
                &Run {
                    port,
                    size,
                    length: seconds,
                },
            )?;
            println!("{}", serde_json::to_string(&measured)?);
            Ok(())
        }
        Command::Feed => {
            child::end_with_input();
            idle::serve()
        }
    }
}

fn seconds(text: &str) -> Result<Duration, String> {
    match text.parse::<f64>() {
        Ok(seconds) if (0.001..=3600.0).contains(&seconds) => Ok(Duration::from_secs_f64(seconds)),
        _ => Err("must be a number of seconds from 0.001 to 3600".to_owned()),
    }
}

fn size(text: &str) -> Result<usize, String> {
    // The engine's default for the longest message.
    const MOST: usize = 1_000_000;
    match text.parse() {
        Ok(size) if (payload::LEAST_SIZE..=MOST).contains(&size) => Ok(size),
        _ => Err(format!(
            "must be a number of bytes from {} to {MOST}",
            payload::LEAST_SIZE
        )),
    }
}

fn rate(text: &str) -> Result<f64, String> {
    match text.parse::<f64>() {
        Ok(rate) if rate > 0.0 && rate.is_finite() => Ok(rate),
        _ => Err("must be a number of messages per second above 0".to_owned()),
    }
}
