//! From frames to the queue.

use std::ops::ControlFlow;

use super::Connection;
use crate::batch::Kind;
use crate::chunk::CHUNK_BYTES;
use crate::conversation::Message;
use crate::ear::Heard;
use crate::frames::Outgoing;
use crate::intake::Refusal;
use crate::link::Link;
use crate::rules::Event;
use crate::settings::{OverflowPolicy, OversizeAction};
use crate::unpack::Unpacker;

/// The most bytes that were read from the socket and wait in the frame reader and in TLS.
const READ_AHEAD: usize = 256 * 1024;

/// So much of a message is looked through for what can be shown of it, which is a lot less.
const MOST_SHOWN: usize = 4096;

impl Connection {
    /// Takes in the message that was received last.
    pub(super) fn take_in(&mut self, kind: Kind) {
        let Link::Up(open) = &self.link else { return };
        let bytes = open.frames.length();
        self.turn.spend(bytes);
        if self.overflow.holds() {
            // We are closing, and this came too late to be waited for.
            self.intake.drop_unseen();
            return;
        }
        if open.frames.payload().len() < bytes {
            self.data += 1;
            let refusal = self.intake.refuse_oversize(bytes);
            self.refused(refusal, OversizeAction::Skip);
        } else if self.unpack(kind) {
            self.take_in_payload(kind);
        }
        if bytes > CHUNK_BYTES
            && let Link::Up(open) = &mut self.link
        {
            // It is not to lie in memory twice while nothing is read.
            open.frames.forget_payload();
        }
    }

    /// Takes in the payload, as it came or decompressed.
    fn take_in_payload(&mut self, kind: Kind) {
        let bytes = payload(&self.link, self.unpacker.as_ref()).len();
        if !self.intake.has_room(bytes) {
            self.publish();
        }
        if self.ear.is_some() || self.shared.dedupe.is_some() {
            self.hear(kind);
        } else {
            self.data += 1;
            self.keep(kind);
        }
    }

    /// Decompresses the payload if that is wanted; false if the message is none, and was counted.
    #[inline]
    fn unpack(&mut self, kind: Kind) -> bool {
        let (Some(unpacker), Link::Up(open)) = (&mut self.unpacker, &self.link) else {
            return true;
        };
        if kind == Kind::Text {
            unpacker.pass();
            return true;
        }
        match unpacker.unpack(open.frames.payload()) {
            Ok(()) => {
                self.turn.spend(unpacker.bytes().map_or(0, <[u8]>::len));
                true
            }
            Err(trouble) => {
                // How much was decompressed until then nobody knows: a bomb is not to be followed by the next one.
                self.turn.spend(usize::MAX);
                self.data += 1;
                let refusal = self.intake.refuse_packed(trouble);
                self.refused(refusal, OversizeAction::Skip);
                false
            }
        }
    }

    /// Takes in a message that may mean something.
    fn hear(&mut self, kind: Kind) {
        let payload = payload(&self.link, self.unpacker.as_ref());
        let heard = self
            .ear
            .as_mut()
            .map_or_else(Heard::default, |ear| ear.hear(payload));
        if heard.is_control() {
            self.control += 1;
            self.control(kind, heard);
        } else {
            self.data += 1;
            self.record(kind);
        }
    }

    /// Makes a record of the message, unless it came before.
    fn record(&mut self, kind: Kind) {
        let payload = payload(&self.link, self.unpacker.as_ref());
        if let Some(dedupe) = &self.shared.dedupe {
            let identity = match &self.ear {
                Some(ear) if !self.dialer.conversation.matchers.key.is_empty() => ear.key(),
                _ => Some(payload),
            };
            if identity.is_some_and(|identity| !dedupe.borrow_mut().is_new(identity)) {
                return self.intake.pass_over_duplicate();
            }
        }
        self.keep(kind);
    }

    /// Makes a record of the message.
    fn keep(&mut self, kind: Kind) {
        let payload = payload(&self.link, self.unpacker.as_ref());
        let micros = self.reads.micros();
        if let Err(refusal) = self.intake.accept(kind, micros, payload) {
            self.refused(refusal, OversizeAction::Skip);
        }
    }

    /// Takes in a message that is no data: answers it, and lets the rules hear of it.
    fn control(&mut self, kind: Kind, heard: Heard) {
        let payload = payload(&self.link, self.unpacker.as_ref());
        if let Some(rule) = heard.reply
            && let Some(text) = self.text(Message::Reply(rule), Some(payload))
        {
            self.send(Outgoing::Text(&text), false);
            self.shared.status.count(|counts| counts.replies += 1);
        }
        if (Heard {
            reply: None,
            ..heard
        })
        .is_control()
        {
            let shown = heard.error.then(|| self.excerpt());
            self.untold.push_back(Event::Heard { heard, shown });
        }
        if self.dialer.settings.drop_control {
            return self.intake.filter();
        }
        self.keep(kind);
    }

    /// The message, fit to be shown.
    fn excerpt(&self) -> String {
        let payload = payload(&self.link, self.unpacker.as_ref());
        let text = String::from_utf8_lossy(&payload[..payload.len().min(MOST_SHOWN)]);
        self.dialer.secrets.excerpt(&text)
    }

    /// Lets the metrics show when something came.
    pub(super) fn show_received(&mut self) {
        let micros = self.reads.micros();
        let has_data = self.data != std::mem::replace(&mut self.data_shown, self.data);
        self.shared
            .status
            .received(micros, has_data.then_some(micros));
    }

    /// Tells of a message that is no record; the rules too, unless `done` is what the configuration wants.
    pub(super) fn refused(&mut self, refusal: Refusal, done: OversizeAction) {
        self.shared.losses.borrow_mut().refused(refusal);
        let wanted = self.dialer.settings.oversize_action;
        if let Refusal::Oversize(bytes) = refusal
            && !matches!(wanted, OversizeAction::Skip)
            && wanted != done
        {
            self.publish();
            self.untold.push_back(Event::Oversize(bytes));
        }
    }

    /// Goes on receiving unless the rules have to hear of something first.
    pub(super) fn go_on(&self) -> ControlFlow<Event> {
        if !self.untold.is_empty() {
            ControlFlow::Break(self.wake(true))
        } else {
            ControlFlow::Continue(())
        }
    }

    /// Offers the queue what was taken in.
    pub(super) fn publish(&mut self) {
        if self.intake.arrivals().is_empty() {
            return;
        }
        let begun = self.shared.begun;
        let now = || begun.elapsed();
        let when_full = self.overflow.when_full(now);
        let offered = self.shared.queue.offer(self.intake.arrivals(), when_full);
        self.shared.losses.borrow_mut().offered(offered);
        match self.overflow.policy() {
            OverflowPolicy::DropNewest | OverflowPolicy::DropOldest => {}
            OverflowPolicy::Fail if offered.dropped > 0 => {
                self.untold
                    .push_back(Event::Overflowed(self.shared.queue.fill()));
            }
            OverflowPolicy::Fail => {}
            OverflowPolicy::Block => {
                let read = self.reads.bytes();
                let held = self.overflow.holds();
                let begins = self.overflow.offered(now, read, offered);
                if held && !self.overflow.holds() {
                    // Another connection may hold records, too.
                    self.shared.queue.pass_room_on();
                }
                if begins {
                    self.reads.want_buffer();
                } else if let Some(buffer) = self.reads.buffer() {
                    self.overflow.read(read, (buffer + READ_AHEAD) as u64);
                }
            }
        }
    }
}

/// What the message says that was received last, as it came or decompressed.
#[inline]
fn payload<'a>(link: &'a Link, unpacker: Option<&'a Unpacker>) -> &'a [u8] {
    match (link, unpacker.and_then(Unpacker::bytes)) {
        (_, Some(bytes)) => bytes,
        (Link::Up(open), None) => open.frames.payload(),
        _ => &[],
    }
}
