//! Inflates the messages of one connection (RFC 7692 section 7.2.2), piece by piece into whatever memory it is given.
//!
//! Costs a session 48 KiB once compression is agreed on, whatever is agreed on: the window is always one of 32 KiB.

use flate2::{Decompress, FlushDecompress, Status};

use crate::deflate::Deflate;

/// What a sender leaves out at the end of each message.
const TAIL: [u8; 4] = [0, 0, 0xff, 0xff];

/// The data is no DEFLATE (RFC 1951).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Corrupt;

/// What came of one step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Step {
    /// Bytes of the input that are done with.
    pub taken: usize,
    /// All of the input is, and nothing of it is left to be put out.
    pub done: bool,
}

/// The inflating half of a connection's compression.
#[derive(Debug)]
pub struct Inflater {
    stream: Decompress,
    keeps_context: bool,
    /// Something of the message has come, and its last block was none with BFINAL set.
    begun: bool,
    /// How much of the [`TAIL`] was taken.
    tail: usize,
}

impl Inflater {
    /// For what was agreed on.
    pub fn new(deflate: &Deflate) -> Self {
        Self {
            stream: Decompress::new(false),
            keeps_context: !deflate.server_no_context_takeover,
            begun: false,
            tail: 0,
        }
    }

    /// Inflates into the spare capacity of `output`, of which there must be some. To be called with the rest of the input until all is done.
    pub fn inflate(&mut self, input: &[u8], output: &mut Vec<u8>) -> Result<Step, Corrupt> {
        if input.is_empty() && !self.begun {
            return Ok(Step {
                taken: 0,
                done: true,
            });
        }
        self.begun = true;
        let (before, length) = (self.stream.total_in(), output.len());
        let status = self
            .stream
            .decompress_vec(input, output, FlushDecompress::Sync)
            .map_err(|_| Corrupt)?;
        let taken = (self.stream.total_in() - before) as usize;
        let has_room = output.len() < output.capacity();
        if status == Status::StreamEnd {
            // A block with BFINAL set; what follows it is a stream of its own (RFC 7692 section 7.2.3.4).
            self.stream.reset(false);
            self.begun = false;
        } else if has_room && !input.is_empty() && taken == 0 && output.len() == length {
            // So that nothing is tried for ever.
            return Err(Corrupt);
        }
        Ok(Step {
            taken,
            done: taken == input.len() && (has_room || !self.begun),
        })
    }

    /// Puts out what the end of a message leaves to be put out, as [`inflate`](Self::inflate) does; whether that was all. After it another
    /// message begins.
    pub fn finish(&mut self, output: &mut Vec<u8>) -> Result<bool, Corrupt> {
        // A message that ends with such a block, or has no block at all, lacks nothing.
        if self.begun {
            let step = self.inflate(&TAIL[self.tail..], output)?;
            self.tail += step.taken;
            if !step.done {
                return Ok(false);
            }
        }
        self.begun = false;
        self.tail = 0;
        if !self.keeps_context {
            self.stream.reset(false);
        }
        Ok(true)
    }
}
