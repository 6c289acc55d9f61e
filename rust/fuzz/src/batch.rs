//! Messages on their way to the poller, under any policy and in batches of any size: what comes out is what went in, in whole records and in order,
//! and the books balance.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Instant;

use arbitrary::{Arbitrary, Unstructured};
use websocket_engine::batch::{HEADER_BYTES, Kind};
use websocket_engine::internals::{Intake, Refusal, hand_over};
use websocket_engine::offer::WhenFull;
use websocket_engine::queue::{Capacity, Failure, Queue, Taken};
use websocket_engine::session::PollError;
use websocket_engine::settings::ValueFormat;
use websocket_engine::{Error, Memory, Polled, Settings};

/// More messages come in several steps.
const MOST_AT_ONCE: u8 = 32;

/// What happens, and in which bounds.
#[derive(Arbitrary, Debug)]
struct Plan {
    as_bytes: bool,
    max_message_bytes: u16,
    messages: u8,
    bytes: u32,
    memory: Option<u32>,
    steps: Vec<Step>,
}

#[derive(Arbitrary, Debug)]
enum Step {
    /// So many messages of this size; the binary ones are UTF-8 or not.
    Messages {
        count: u8,
        bytes: Size,
        content: Content,
    },
    /// A message that is dropped without being looked at.
    DropUnseen,
    /// What has come is offered to the queue.
    Offer(Full),
    /// A poll. The queue may be closed while records are copied.
    Poll {
        records: u8,
        capacity: Size,
        closes: bool,
    },
    /// The session fails.
    Fail,
    /// The session is closed.
    Close,
}

/// Bytes; the large ones are as large as chunks, and larger.
#[derive(Arbitrary, Clone, Copy, Debug)]
enum Size {
    Small(u8),
    Large(u16),
    Huge(u8),
}

impl Size {
    fn bytes(self) -> usize {
        match self {
            Self::Small(bytes) => bytes.into(),
            Self::Large(bytes) => bytes.into(),
            Self::Huge(kibibytes) => 1024 * usize::from(kibibytes % 80),
        }
    }
}

#[derive(Arbitrary, Clone, Copy, Debug)]
enum Content {
    Text,
    BinaryText,
    Binary,
}

#[derive(Arbitrary, Clone, Copy, Debug)]
enum Full {
    DropNewest,
    DropOldest,
    Hold,
}

/// Messages that were accepted and not yet handed over or lost, by number.
type Accepted = VecDeque<(i64, Kind, Vec<u8>)>;

/// Carries a plan out; panics when something is lost, changed or miscounted.
pub fn run(data: &[u8]) {
    if let Ok(plan) = Plan::arbitrary_take_rest(Unstructured::new(data)) {
        Run::new(&plan).carry_out(&plan);
    }
}

struct Run {
    format: ValueFormat,
    longest: usize,
    intake: Intake,
    memory: Arc<Memory>,
    queue: Queue,
    capacity: Capacity,
    accepted: Accepted,
    next: i64,
    received: u64,
    handed_over: u64,
    ended: bool,
    closed: bool,
}

impl Run {
    fn new(plan: &Plan) -> Self {
        let longest = usize::from(plan.max_message_bytes).max(1);
        let mut settings =
            Settings::parse(r#"{"connector":"c","url":"ws://h/"}"#).expect("settings");
        settings.max_message_bytes = longest;
        if plan.as_bytes {
            settings.value_format = ValueFormat::Bytes;
        }
        let memory = Arc::new(Memory::unlimited());
        if let Some(limit) = plan.memory {
            memory.set_limit(limit as usize);
        }
        let capacity = Capacity {
            messages: usize::from(plan.messages).max(1),
            bytes: (plan.bytes as usize).max(HEADER_BYTES + longest),
        };
        Self {
            format: settings.value_format,
            longest,
            intake: Intake::new(&settings),
            queue: Queue::new(capacity, Arc::clone(&memory)),
            memory,
            capacity,
            accepted: Accepted::new(),
            next: 0,
            received: 0,
            handed_over: 0,
            ended: false,
            closed: false,
        }
    }

    fn carry_out(mut self, plan: &Plan) {
        for step in &plan.steps {
            match *step {
                Step::Messages {
                    count,
                    bytes,
                    content,
                } => {
                    (0..count % MOST_AT_ONCE).for_each(|_| self.message(bytes.bytes(), content));
                }
                Step::DropUnseen => {
                    self.intake.drop_unseen();
                    self.received += 1;
                }
                Step::Offer(full) => self.offer(full),
                Step::Poll {
                    records,
                    capacity,
                    closes,
                } => {
                    self.poll(usize::from(records).max(1), capacity.bytes(), closes);
                }
                Step::Fail => {
                    self.queue.fail(Failure::Ended("it is over".into()));
                    self.ended = true;
                }
                Step::Close => {
                    self.queue.close();
                    self.closed = true;
                }
            }
            self.check_books();
        }
        self.drain();
    }

    /// A message comes in; its number is its time of receipt.
    fn message(&mut self, bytes: usize, content: Content) {
        let kind = if matches!(content, Content::Text) {
            Kind::Text
        } else {
            Kind::Binary
        };
        let mut payload = vec![b'a' + self.next as u8 % 26; bytes];
        if let (Content::Binary, Some(last)) = (content, payload.last_mut()) {
            *last = 0xff;
        }
        let is_text = std::str::from_utf8(&payload).is_ok();
        if !self.intake.has_room(bytes) {
            self.offer(Full::DropNewest);
        }
        let number = self.next;
        self.next += 1;
        self.received += 1;
        let expected = match self.format {
            _ if bytes > self.longest => Err(Refusal::Oversize(bytes)),
            ValueFormat::Bytes => Ok(Kind::Binary),
            ValueFormat::String if is_text => Ok(Kind::Text),
            ValueFormat::String => Err(Refusal::Unrepresentable),
        };
        let accepted = self.intake.accept(kind, number, &payload);
        assert_eq!(accepted, expected.map(|_| ()));
        if let Ok(kind) = expected {
            self.accepted.push_back((number, kind, payload));
        }
    }

    fn offer(&mut self, full: Full) {
        let when_full = match full {
            Full::DropNewest => WhenFull::DropNewest,
            Full::DropOldest => WhenFull::DropOldest,
            Full::Hold => WhenFull::Hold,
        };
        let offered = self.queue.offer(self.intake.arrivals(), when_full);
        assert!(!offered.held || when_full == WhenFull::Hold);
        assert_eq!(self.intake.arrivals().is_empty(), !offered.held);
    }

    fn poll(&mut self, records: usize, capacity: usize, closes: bool) {
        let mut chunk = match self.queue.take(Instant::now()) {
            Taken::Chunk(chunk) => chunk,
            Taken::Nothing => return assert!(!self.ended && !self.closed),
            Taken::Closed => return assert!(self.closed),
            Taken::Failed(_) => return assert!(self.ended && self.queue.snapshot().messages == 0),
        };
        let mut batch = Vec::new();
        let polled = hand_over(
            &self.queue,
            &mut chunk,
            records,
            capacity,
            &mut |at, part| {
                assert_eq!(at, batch.len());
                if closes && at > 0 {
                    self.queue.close();
                    self.closed = true;
                }
                batch.extend_from_slice(part);
                Ok::<_, ()>(())
            },
        );
        match polled {
            Ok(Polled::Bytes(bytes)) => {
                assert!(bytes <= capacity);
                let found = self.take_batch(&batch[..bytes]);
                assert!(found > 0 && found <= records);
            }
            Ok(Polled::Needs(bytes)) => assert!(bytes > capacity && batch.is_empty()),
            Err(PollError::Session(Error::Closed)) => assert!(self.closed),
            other => panic!("{other:?}"),
        }
        self.queue.give_back(chunk);
    }

    /// Compares a batch with what was accepted; what lies before its records was lost on the way. Returns how many it has.
    fn take_batch(&mut self, mut batch: &[u8]) -> usize {
        let mut records = 0;
        while !batch.is_empty() {
            let (header, rest) = batch.split_first_chunk::<HEADER_BYTES>().expect("a header");
            let length = u32::from_le_bytes(*header.first_chunk().expect("a length"));
            let number = i64::from_le_bytes(*header.last_chunk().expect("a time"));
            let (payload, rest) = rest.split_at(length as usize);
            assert_eq!(header[5..8], [0; 3]);
            let accepted = self
                .accepted
                .iter()
                .position(|(accepted, ..)| *accepted == number);
            self.accepted.drain(..accepted.expect("in order, and once"));
            let (_, kind, expected) = self.accepted.pop_front().expect("it was found");
            assert_eq!((header[4], payload), (kind as u8, expected.as_slice()));
            records += 1;
            batch = rest;
        }
        self.handed_over += records;
        records as usize
    }

    fn check_books(&mut self) {
        let now = self.queue.snapshot();
        let counts = now.counts;
        assert!(now.messages <= self.capacity.messages && now.bytes <= self.capacity.bytes);
        assert_eq!(self.memory.used(), now.bytes);
        assert_eq!(counts.handed_over, self.handed_over);
        assert_eq!(
            counts.received + self.intake.arrivals().messages(),
            self.received
        );
        let known = counts.handed_over
            + counts.dropped
            + counts.oversize
            + counts.unrepresentable
            + counts.corrupt
            + counts.discarded;
        assert_eq!(counts.received, known + now.messages as u64);
    }

    /// Everything that is still there comes out.
    fn drain(mut self) {
        self.offer(Full::DropOldest);
        while self.queue.snapshot().messages > 0 {
            self.poll(usize::MAX, usize::MAX, false);
            self.check_books();
        }
        assert_eq!(self.memory.used(), 0);
    }
}
