//! Payloads that the server's application compressed by itself (`websocket.payload.decompress`), each message on its own.
//!
//! Deflate in its three wrappings is inflated by zlib-rs, zstd by ruzstd: both are Rust, so that they are built for every platform as the rest is.

use flate2::{Decompress, FlushDecompress, Status};
use ruzstd::decoding::errors::{FrameDecoderError, ReadFrameHeaderError};
use ruzstd::decoding::{BlockDecodingStrategy, FrameDecoder};

use crate::settings::PayloadFormat;

const GZIP: [u8; 3] = [0x1f, 0x8b, 8];
const ZSTD: [u8; 4] = [0x28, 0xb5, 0x2f, 0xfd];
const SKIPPABLE: [u8; 3] = [0x2a, 0x4d, 0x18];

/// So much is decompressed at least before its length is looked at.
const PIECE: usize = 16 * 1024;

/// The largest window of zstd that is taken, in bytes: what RFC 8878 section 3.1.1.1.2 asks of every decoder.
const ZSTD_WINDOW: usize = 8 * 1024 * 1024;

/// Memory that is kept for the next message.
const BYTES_KEPT: usize = 256 * 1024;

const NOT_WHOLE: Trouble = Trouble::Corrupt("it ends too early");
const BROKEN: Trouble = Trouble::Corrupt("its data is broken");

/// Why a payload could not be decompressed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trouble {
    /// It is longer than is taken: at least so many bytes.
    TooLong(usize),
    /// There is no memory for so many bytes.
    NoMemory(usize),
    /// It is not what it should be.
    Corrupt(&'static str),
}

/// Decompresses payloads, one at a time.
pub struct Unpacker {
    format: PayloadFormat,
    most: usize,
    bytes: Vec<u8>,
    /// The last payload was decompressed.
    unpacked: bool,
    zlib: Decompress,
    deflate: Decompress,
    zstd: FrameDecoder,
}

impl Unpacker {
    /// For payloads of at most `most` bytes; `None` if they are to be left alone.
    pub fn new(format: PayloadFormat, most: usize) -> Option<Self> {
        let mut zstd = FrameDecoder::new();
        zstd.set_max_window_size(most.max(ZSTD_WINDOW) as u64);
        (format != PayloadFormat::None).then(|| Self {
            format,
            most,
            bytes: Vec::new(),
            unpacked: false,
            zlib: Decompress::new(true),
            deflate: Decompress::new(false),
            zstd,
        })
    }

    /// What the last payload was decompressed to; `None` if it was left as it is.
    pub fn bytes(&self) -> Option<&[u8]> {
        self.unpacked.then_some(&self.bytes)
    }

    /// A payload comes that is to be left as it is.
    pub fn pass(&mut self) {
        self.unpacked = false;
        self.bytes.clear();
        self.bytes.shrink_to(BYTES_KEPT);
    }

    /// Decompresses a payload, unless it is empty or, if the format is to be found out, of none.
    pub fn unpack(&mut self, payload: &[u8]) -> Result<(), Trouble> {
        self.pass();
        let guessed = self.format == PayloadFormat::Auto;
        let format = if guessed { guess(payload) } else { self.format };
        let result = match format {
            _ if payload.is_empty() => return Ok(()),
            PayloadFormat::None | PayloadFormat::Auto => return Ok(()),
            PayloadFormat::Gzip => self.gunzip(payload),
            PayloadFormat::Zlib => {
                self.zlib.reset(true);
                inflate(&mut self.zlib, payload, &mut self.bytes, self.most).and_then(ended)
            }
            PayloadFormat::Deflate => {
                self.deflate.reset(false);
                inflate(&mut self.deflate, payload, &mut self.bytes, self.most).and_then(ended)
            }
            PayloadFormat::Zstd => self.unzstd(payload),
        };
        match result {
            // Two bytes are weak evidence: it was none.
            Err(Trouble::Corrupt(_)) if guessed && format == PayloadFormat::Zlib => {
                self.pass();
                return Ok(());
            }
            result => result?,
        }
        self.unpacked = true;
        Ok(())
    }

    /// As gzip does: one member after the other, and zeros behind the last one do not matter (RFC 1952 section 2.2).
    fn gunzip(&mut self, payload: &[u8]) -> Result<(), Trouble> {
        let mut rest = payload;
        loop {
            let mut stream = Decompress::new_gzip(15);
            rest = inflate(&mut stream, rest, &mut self.bytes, self.most)?;
            if rest.iter().all(|byte| *byte == 0) {
                return Ok(());
            }
            if !rest.starts_with(&GZIP) {
                return ended(rest);
            }
        }
    }

    /// As zstd does: one frame after the other, those that are to be skipped left out (RFC 8878 section 3.1).
    fn unzstd(&mut self, payload: &[u8]) -> Result<(), Trouble> {
        let mut rest = payload;
        while !rest.is_empty() {
            // The whole of the frame in one segment: its window is its length.
            let single = rest.get(4).is_some_and(|descriptor| descriptor & 0x20 != 0);
            match self.zstd.reset(&mut rest) {
                Ok(()) => self.unzstd_frame(&mut rest)?,
                Err(FrameDecoderError::ReadFrameHeaderError(ReadFrameHeaderError::SkipFrame {
                    length,
                    ..
                })) => rest = rest.get(length as usize..).ok_or(NOT_WHOLE)?,
                Err(FrameDecoderError::WindowSizeTooBig { requested, .. }) if single => {
                    return Err(Trouble::TooLong(
                        usize::try_from(requested).unwrap_or(usize::MAX),
                    ));
                }
                Err(FrameDecoderError::WindowSizeTooBig { .. }) => {
                    return Err(Trouble::Corrupt("its window is larger than 8 MiB"));
                }
                Err(FrameDecoderError::DictNotProvided { .. }) => {
                    return Err(Trouble::Corrupt("it needs a dictionary"));
                }
                Err(_) => return Err(BROKEN),
            }
        }
        Ok(())
    }

    /// What follows a frame's header. Memory is that of the window and of what may be kept.
    fn unzstd_frame(&mut self, rest: &mut &[u8]) -> Result<(), Trouble> {
        let told = usize::try_from(self.zstd.content_size()).unwrap_or(usize::MAX);
        if told > self.most {
            return Err(Trouble::TooLong(told));
        }
        let begin = self.bytes.len();
        while !self.zstd.is_finished() {
            self.zstd
                .decode_blocks(&mut *rest, BlockDecodingStrategy::UptoBytes(PIECE))
                .map_err(|_| BROKEN)?;
            let more = self.zstd.can_collect();
            if self.bytes.try_reserve(more).is_err() {
                return Err(Trouble::NoMemory(self.bytes.len() + more));
            }
            self.zstd
                .collect_to_writer(&mut self.bytes)
                .map_err(|_| BROKEN)?;
            if self.bytes.len() > self.most {
                return Err(Trouble::TooLong(self.bytes.len()));
            }
        }
        if told > 0 && told != self.bytes.len() - begin {
            return Err(BROKEN);
        }
        match self.zstd.get_checksum_from_data() {
            checksum @ Some(_) if checksum != self.zstd.get_calculated_checksum() => Err(BROKEN),
            _ => Ok(()),
        }
    }
}

/// What a payload looks like. Deflate without a wrapping looks like anything.
fn guess(payload: &[u8]) -> PayloadFormat {
    let skippable = matches!(payload, [0x50..=0x5f, rest @ ..] if rest.starts_with(&SKIPPABLE));
    match payload {
        _ if payload.starts_with(&GZIP) => PayloadFormat::Gzip,
        _ if payload.starts_with(&ZSTD) || skippable => PayloadFormat::Zstd,
        // RFC 1950 section 2.2: the method, a window of at most 32 KiB, a check of both bytes, no dictionary.
        [cmf @ 0x08..=0x78, flags, ..]
            if cmf & 0x0f == 8
                && u16::from_be_bytes([*cmf, *flags]) % 31 == 0
                && flags & 0x20 == 0 =>
        {
            PayloadFormat::Zlib
        }
        _ => PayloadFormat::None,
    }
}

/// Appends what one stream inflates to; returns what follows its end.
fn inflate<'a>(
    stream: &mut Decompress,
    payload: &'a [u8],
    into: &mut Vec<u8>,
    most: usize,
) -> Result<&'a [u8], Trouble> {
    let mut rest = payload;
    loop {
        make_room(into, most)?;
        let (before, length) = (stream.total_in(), into.len());
        let status = stream
            .decompress_vec(rest, into, FlushDecompress::None)
            .map_err(|_| BROKEN)?;
        let taken = (stream.total_in() - before) as usize;
        rest = &rest[taken..];
        if into.len() > most {
            return Err(Trouble::TooLong(into.len()));
        }
        if status == Status::StreamEnd {
            return Ok(rest);
        }
        if into.len() < into.capacity() {
            if rest.is_empty() {
                return Err(NOT_WHOLE);
            }
            if taken == 0 && into.len() == length {
                return Err(BROKEN);
            }
        }
    }
}

/// Room for more: as much again as there is, but never much more than may be kept.
fn make_room(bytes: &mut Vec<u8>, most: usize) -> Result<(), Trouble> {
    let length = bytes.len();
    if bytes.capacity() - length < PIECE / 16 {
        let wanted = (2 * length).min(most).max(length) + PIECE;
        if bytes.try_reserve_exact(wanted - length).is_err() {
            return Err(Trouble::NoMemory(wanted));
        }
    }
    Ok(())
}

/// Nothing is to follow the end.
fn ended(rest: &[u8]) -> Result<(), Trouble> {
    if rest.is_empty() {
        Ok(())
    } else {
        Err(Trouble::Corrupt("something follows its end"))
    }
}

#[cfg(test)]
#[path = "unpack_tests.rs"]
mod tests;
