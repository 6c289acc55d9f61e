//! How a fuzzer's bytes become a server's: what it sends, and how it sends and reads.

/// The longest that a few bytes may grow to.
const MOST_BYTES: usize = 512 * 1024;

/// Begins a run of letters; never part of UTF-8, and as a frame's first byte a violation that others show as well.
const RUN: u8 = 0xf5;

/// The most steps of a schedule, and how many it takes in all. Later reads and writes bring everything, so that long streams do not take forever.
const MOST_STEPS: usize = 32;
const STEPS_TAKEN: usize = 3000;

/// How a stream behaves: what each read or write brings, over and over.
#[derive(Clone, Debug)]
pub struct Schedule {
    steps: Vec<u8>,
    taken: usize,
    waited: bool,
}

/// What one read or write does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// Nothing yet. Never twice in a row.
    Wait,
    /// At most so many bytes.
    Bytes(usize),
}

/// Bytes that a schedule stands behind: `bytes… steps… flags count`, where `count` is the number of steps. So what the bytes mean stays the same when
/// a schedule is changed, and the other way round.
#[derive(Debug)]
pub struct Input<'a> {
    /// What the server sends, not yet [`expanded`].
    pub bytes: &'a [u8],
    /// What else the target wants to know.
    pub flags: u8,
    /// How it is read and written.
    pub schedule: Schedule,
}

impl<'a> Input<'a> {
    /// Takes a fuzzer's bytes apart. All bytes are an input.
    #[must_use]
    pub fn new(data: &'a [u8]) -> Self {
        let (count, data) = data.split_last().unwrap_or((&0, &[]));
        let (flags, data) = data.split_last().unwrap_or((&0, &[]));
        let count = usize::from(*count).min(MOST_STEPS).min(data.len());
        let (bytes, steps) = data.split_at(data.len() - count);
        Self {
            bytes,
            flags: *flags,
            schedule: Schedule::new(steps),
        }
    }
}

impl Schedule {
    /// These steps, again and again: 0 waits, up to 127 is so many bytes, more is so many KiB above that. Without steps all bytes come at once.
    #[must_use]
    pub fn new(steps: &[u8]) -> Self {
        Self {
            steps: steps.to_vec(),
            taken: 0,
            waited: false,
        }
    }

    /// The next step.
    pub fn step(&mut self) -> Step {
        if self.steps.is_empty() || self.taken == STEPS_TAKEN {
            return Step::Bytes(usize::MAX);
        }
        let step = &self.steps[self.taken % self.steps.len()];
        self.taken += 1;
        if *step == 0 && !std::mem::replace(&mut self.waited, true) {
            return Step::Wait;
        }
        self.waited = false;
        Step::Bytes(match usize::from(*step) {
            few @ ..=127 => few.max(1),
            many => (many - 127) * 1024,
        })
    }
}

/// The bytes with their runs written out, so that few bytes make long messages: `0xf5 high low` stands for four times so many letters `y`, and
/// for itself if that is none. At most [`MOST_BYTES`].
#[must_use]
pub fn expanded(bytes: &[u8]) -> Vec<u8> {
    let mut expanded = Vec::with_capacity(bytes.len());
    let mut rest = bytes;
    while let [first, after @ ..] = rest {
        rest = after;
        match after {
            [high, low, after @ ..] if *first == RUN && (*high, *low) != (0, 0) => {
                let letters = 4 * usize::from(u16::from_be_bytes([*high, *low]));
                expanded.resize((expanded.len() + letters).min(MOST_BYTES), b'y');
                rest = after;
            }
            _ => expanded.push(*first),
        }
    }
    expanded.truncate(MOST_BYTES);
    expanded
}
