//! From message to record: what a message becomes, and what cannot become one.

use crate::batch::{Kind, record_bytes};
use crate::offer::Arrivals;
use crate::settings::{Settings, ValueFormat};
use crate::unpack::Trouble;

/// Why a message did not become a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// Longer than `websocket.max.message.bytes`; its length.
    Oversize(usize),
    /// No memory for it; its length.
    NoMemory(usize),
    /// Binary, not UTF-8, and strings are wanted.
    Unrepresentable,
    /// Its payload cannot be decompressed, and why.
    Corrupt(&'static str),
}

/// The chunk being filled and the rules for filling it.
#[derive(Debug)]
pub struct Intake {
    value_format: ValueFormat,
    max_message_bytes: usize,
    arrivals: Arrivals,
}

impl Intake {
    /// Nothing has come yet.
    pub fn new(settings: &Settings) -> Self {
        Self {
            value_format: settings.value_format,
            max_message_bytes: settings.max_message_bytes,
            arrivals: Arrivals::new(),
        }
    }

    /// Whether a message of this size fits behind what is already here; if not, [`arrivals`](Self::arrivals) must be queued first.
    pub fn has_room(&self, payload_bytes: usize) -> bool {
        self.arrivals.chunk.is_empty() || record_bytes(payload_bytes) <= self.arrivals.chunk.room()
    }

    /// Takes a message in and counts it.
    pub fn accept(
        &mut self,
        kind: Kind,
        receive_micros: i64,
        payload: &[u8],
    ) -> Result<(), Refusal> {
        if payload.len() > self.max_message_bytes {
            return Err(self.refuse_oversize(payload.len()));
        }
        let kind = match (self.value_format, kind) {
            (ValueFormat::Bytes, _) => Kind::Binary,
            (ValueFormat::String, Kind::Text) => Kind::Text,
            (ValueFormat::String, Kind::Binary) if simdutf8::basic::from_utf8(payload).is_ok() => {
                Kind::Text
            }
            (ValueFormat::String, Kind::Binary) => {
                self.arrivals.unrepresentable += 1;
                return Err(Refusal::Unrepresentable);
            }
        };
        if self.arrivals.chunk.push(kind, receive_micros, payload) {
            Ok(())
        } else {
            self.arrivals.oversize += 1;
            Err(Refusal::NoMemory(payload.len()))
        }
    }

    /// Counts a message that is too long to be taken, or even to be read.
    pub fn refuse_oversize(&mut self, bytes: usize) -> Refusal {
        self.arrivals.oversize += 1;
        Refusal::Oversize(bytes)
    }

    /// Counts a message whose payload cannot be decompressed.
    pub fn refuse_packed(&mut self, trouble: Trouble) -> Refusal {
        match trouble {
            Trouble::TooLong(bytes) => self.refuse_oversize(bytes),
            Trouble::NoMemory(bytes) => {
                self.arrivals.oversize += 1;
                Refusal::NoMemory(bytes)
            }
            Trouble::Corrupt(why) => {
                self.arrivals.corrupt += 1;
                Refusal::Corrupt(why)
            }
        }
    }

    /// Counts a message that is dropped for the queue's sake, unlooked at.
    pub fn drop_unseen(&mut self) {
        self.arrivals.dropped += 1;
    }

    /// Counts a message that is no data and is not wanted.
    pub fn filter(&mut self) {
        self.arrivals.filtered += 1;
    }

    /// Counts a message that came before.
    pub fn pass_over_duplicate(&mut self) {
        self.arrivals.duplicates += 1;
    }

    /// What has been taken in since it was last queued.
    pub fn arrivals(&mut self) -> &mut Arrivals {
        &mut self.arrivals
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn intake(more: &str) -> Intake {
        Intake::new(
            &Settings::parse(&format!(r#"{{"connector":"c","url":"ws://h/"{more}}}"#))
                .expect("settings"),
        )
    }

    #[test]
    fn strings_take_text_and_binary_that_is_utf8() {
        let mut intake = intake("");
        assert_eq!(intake.accept(Kind::Text, 1, b"text"), Ok(()));
        assert_eq!(intake.accept(Kind::Binary, 1, "grün".as_bytes()), Ok(()));
        assert_eq!(
            intake.accept(Kind::Binary, 1, &[0xff]),
            Err(Refusal::Unrepresentable)
        );
        let arrivals = intake.arrivals();
        assert_eq!((arrivals.chunk.records(), arrivals.unrepresentable), (2, 1));
        assert_eq!(arrivals.chunk.front(5)[4], Kind::Text as u8);
    }

    #[test]
    fn bytes_take_everything_as_it_is() {
        let mut intake = intake(r#","value_format":"bytes""#);
        assert_eq!(intake.accept(Kind::Text, 1, b"text"), Ok(()));
        assert_eq!(intake.accept(Kind::Binary, 1, &[0xff]), Ok(()));
        assert_eq!(intake.arrivals().chunk.front(5)[4], Kind::Binary as u8);
    }

    #[test]
    fn the_limit_is_inclusive() {
        let mut intake = intake(r#","max_message_bytes":4"#);
        assert_eq!(intake.accept(Kind::Text, 1, b"four"), Ok(()));
        assert_eq!(
            intake.accept(Kind::Text, 1, b"five!"),
            Err(Refusal::Oversize(5))
        );
        assert_eq!(intake.arrivals().oversize, 1);
    }
}
