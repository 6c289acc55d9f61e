//! The command `compression`: what messages that the server compresses cost the engine, beside inflating alone, and what they save.

use std::hint::black_box;
use std::io;
use std::time::Duration;

use flate2::{Compress, Compression, Decompress, FlushCompress, FlushDecompress};
use tokio_tungstenite::tungstenite::protocol::frame::FrameHeader;
use tokio_tungstenite::tungstenite::protocol::frame::coding::{Data, OpCode};

use crate::child::Process;
use crate::meter::{Measured, Meter};
use crate::payload::{Characters, Workload};
use crate::receive::Variant;
use crate::rows::{Better, Row, Rows, Series, median};

/// Bytes of a message.
const SIZES: [usize; 2] = [256, 1024];

/// What a sender leaves out at the end of each message (RFC 7692 section 7.2.1).
const TAIL: [u8; 4] = [0, 0, 0xff, 0xff];

const PLAIN: &str = "engine, not compressed";

/// A block's messages, compressed with what the ones before had.
pub struct Compressed {
    /// As the first ones of a connection.
    first: Vec<Vec<u8>>,
    /// As those that follow the same messages: these can be sent for ever.
    again: Vec<Vec<u8>>,
}

impl Compressed {
    pub fn new(workload: Workload) -> Self {
        let mut compress = Compress::new(Compression::default(), false);
        let mut all = || {
            let texts = workload.texts();
            texts
                .map(|text| message(&mut compress, text.as_bytes()))
                .collect()
        };
        Self {
            first: all(),
            again: all(),
        }
    }

    /// The frames to begin with.
    pub fn first_frames(&self) -> Vec<u8> {
        frames(&self.first)
    }

    /// Those to go on with.
    pub fn frames(&self) -> Vec<u8> {
        frames(&self.again)
    }
}

fn message(compress: &mut Compress, text: &[u8]) -> Vec<u8> {
    // More than what does not shrink at all needs.
    let mut compressed = Vec::with_capacity(2 * text.len() + 100);
    compress
        .compress_vec(text, &mut compressed, FlushCompress::Sync)
        .expect("compressing cannot fail");
    compressed.truncate(compressed.len() - TAIL.len());
    compressed
}

fn frames(messages: &[Vec<u8>]) -> Vec<u8> {
    let header = FrameHeader {
        rsv1: true,
        opcode: OpCode::Data(Data::Text),
        ..FrameHeader::default()
    };
    let mut frames = Vec::new();
    for message in messages {
        header
            .format(message.len() as u64, &mut frames)
            .expect("writing to memory cannot fail");
        frames.extend(message);
    }
    frames
}

/// Inflates messages of this size where they lie, for so long.
pub fn inflate(size: usize, length: Duration) -> io::Result<Measured> {
    let compressed = Compressed::new(workload(size));
    let mut stream = Decompress::new(false);
    let mut text = Vec::with_capacity(2 * size);
    let mut one = |message: &[u8]| {
        for input in [message, &TAIL] {
            stream
                .decompress_vec(input, &mut text, FlushDecompress::Sync)
                .map_err(io::Error::other)?;
        }
        let inflated = black_box(&text).len();
        text.clear();
        if inflated == size {
            Ok(())
        } else {
            Err(io::Error::other(format!("{inflated} bytes were inflated")))
        }
    };
    compressed.first.iter().try_for_each(|first| one(first))?;
    let (mut meter, mut messages) = (Meter::new(length), 0.0);
    loop {
        for message in &compressed.again {
            one(message)?;
        }
        messages += compressed.again.len() as f64;
        if let Some(measured) = meter.look(messages) {
            return Ok(measured);
        }
    }
}

/// Runs everything, with a line a size on stderr.
pub fn run(rounds: usize, length: Duration) -> io::Result<Rows> {
    let mut rows = Vec::new();
    for size in SIZES {
        let cost = cost(rounds, length, size)?;
        let figures: Vec<_> = cost.series.iter().map(summary).collect();
        eprintln!("{}: {}: {}", cost.name, cost.measure, figures.join(" | "));
        rows.push(cost);
        rows.push(saved(rounds, size));
    }
    Ok(Rows { rows })
}

fn summary(series: &Series) -> String {
    format!("{} {:.4}", series.name, median(&series.values))
}

fn workload(size: usize) -> Workload {
    Workload {
        characters: Characters::Ascii,
        size,
    }
}

/// What each way costs.
fn cost(rounds: usize, length: Duration, size: usize) -> io::Result<Row> {
    let sender = |more: &[&str]| {
        let mut arguments = vec!["send".to_owned(), "ascii".to_owned(), size.to_string()];
        arguments.extend(more.iter().map(|argument| (*argument).to_owned()));
        Process::start(&arguments)
    };
    let (mut compressing, mut plain) = (sender(&["--compressed"])?, sender(&[])?);
    let (compressed_port, plain_port) = (compressing.line()?, plain.line()?);
    let mut contenders = [
        (Variant::Engine.name(), "engine", &compressed_port),
        (Variant::Inflate.name(), "inflate", &compressed_port),
        (PLAIN, "engine", &plain_port),
    ]
    .map(|contender| (contender, Vec::new()));
    for round in 0..rounds {
        // What changes slowly on the machine shall not favour one of them.
        let mut order: Vec<_> = contenders.iter_mut().collect();
        if round % 2 == 1 {
            order.reverse();
        }
        for ((_, variant, port), values) in order {
            let line = Process::start(&[
                "receive".to_owned(),
                (*variant).to_owned(),
                (*port).clone(),
                size.to_string(),
                length.as_secs_f64().to_string(),
            ])?
            .line()?;
            let run: Measured = serde_json::from_str(&line)?;
            values.push(run.cpu_seconds * 1e6 / run.messages);
        }
    }
    Ok(Row {
        name: format!("{size} B of JSON, compressed"),
        measure: "CPU-s per million messages",
        better: Better::Lower,
        series: contenders
            .into_iter()
            .map(|((name, ..), values)| Series { name, values })
            .collect(),
        limits: Vec::new(),
    })
}

/// How many bytes go over the wire for a message.
fn saved(rounds: usize, size: usize) -> Row {
    let workload = workload(size);
    let compressed = Compressed::new(workload);
    let each = compressed.frames().len() as f64 / compressed.again.len() as f64;
    let series = |name, value| Series {
        name,
        values: vec![value; rounds],
    };
    Row {
        name: format!("{size} B of JSON, compressed"),
        measure: "bytes on the wire per message",
        better: Better::Lower,
        series: vec![
            series(Variant::Engine.name(), each),
            series(PLAIN, workload.wire_bytes() as f64),
        ],
        limits: Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_block_can_be_sent_for_ever() {
        for size in SIZES {
            let compressed = Compressed::new(workload(size));
            let mut stream = Decompress::new(false);
            for block in [&compressed.first, &compressed.again, &compressed.again] {
                for (message, expected) in block.iter().zip(workload(size).texts()) {
                    let mut text = Vec::with_capacity(2 * size);
                    for input in [&message[..], &TAIL] {
                        stream
                            .decompress_vec(input, &mut text, FlushDecompress::Sync)
                            .expect("valid");
                    }
                    assert_eq!(text, expected.as_bytes());
                }
            }
            assert!(compressed.frames().len() < size * compressed.again.len() / 2);
        }
    }
}
