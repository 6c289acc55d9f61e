//! How much the engine's thread takes in at a time.

/// How many frames, and how many bytes of messages, are taken in before the loop looks at its clock and its owner's wishes again. A flood
/// of tiny frames would otherwise keep it for seconds.
const TURN_FRAMES: usize = 1024;
const TURN_BYTES: usize = 256 * 1024;

/// How much may still be taken in before the loop has to look around.
pub struct Turn {
    frames: usize,
    bytes: usize,
}

impl Turn {
    /// Nothing was taken in yet.
    pub const FULL: Self = Self {
        frames: TURN_FRAMES,
        bytes: TURN_BYTES,
    };

    /// A frame, or part of one, of so many bytes was taken in.
    pub fn spend(&mut self, bytes: usize) {
        self.frames = self.frames.saturating_sub(1);
        self.bytes = self.bytes.saturating_sub(bytes);
    }

    /// The loop has to look around.
    pub fn is_over(&self) -> bool {
        self.frames == 0 || self.bytes == 0
    }
}
