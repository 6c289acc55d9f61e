//! One session: what the bridge sees of the engine.

use std::borrow::Cow;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, bounded};
use tokio::sync::watch;

use crate::connection::Wish;
use crate::engine::Engine;
use crate::hand_over::hand_over;
use crate::linger::PollLinger;
use crate::memory::Memory;
use crate::notices::{Notice, Notices};
use crate::panic_points;
use crate::queue::{Capacity, Failure, Queue, Taken};
use crate::resolver::{self, Lookup};
use crate::settings::Settings;
use crate::stats::{self, STATS};
use crate::status::Status;
use crate::tls::{Tls, TlsMaterial};
use crate::turnstile::Turnstile;

/// How long [`Session::close`] waits for the engine thread. Closing the connection takes 300 ms at most; more than this means that the thread
/// has no processor, and it ends by itself later.
const CLOSE_WAIT: Duration = Duration::from_millis(600);

/// Why a call failed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Error {
    /// A setting is refused.
    Config(String),
    /// The session was closed.
    Closed,
    /// Another poll is under way.
    Busy,
    /// The session has ended for good; the text says why.
    Failed(String),
    /// A defect of ours, with a panic's text and place.
    Bug(String),
}

impl From<Failure> for Error {
    fn from(failure: Failure) -> Self {
        match failure {
            Failure::Ended(text) => Self::Failed(text),
            Failure::Bug(text) => Self::Bug(text),
        }
    }
}

/// What a poll brought.
#[derive(Debug, PartialEq, Eq)]
pub enum Polled {
    /// This many bytes of whole records; 0 when nothing came in time.
    Bytes(usize),
    /// The next record needs this many bytes; nothing was taken.
    Needs(usize),
    /// Events wait: [`Session::take_events`]. Nothing was taken.
    Events,
    /// Settings are wanted as they are now: [`Session::refresh`]. Nothing was taken.
    SettingsWanted,
}

impl From<Notice> for Polled {
    fn from(notice: Notice) -> Self {
        match notice {
            Notice::Events => Self::Events,
            Notice::SettingsWanted => Self::SettingsWanted,
        }
    }
}

/// How many texts [`Session::texts`] returns.
pub const TEXTS: usize = 4;

/// A feed being kept connected by a thread of its own. Dropping it stops that thread without waiting for it.
#[derive(Debug)]
pub struct Session {
    connector: String,
    begun: Instant,
    queue: Arc<Queue>,
    status: Arc<Status>,
    notices: Arc<Notices>,
    /// The last poll returned a notice.
    noticed: AtomicBool,
    speaks_tls: bool,
    tls: Tls,
    max_records: usize,
    linger: PollLinger,
    turnstile: Turnstile,
    wish: watch::Sender<Wish>,
    thread_ended: Receiver<()>,
}

impl Session {
    /// Starts a session and returns without waiting for its connection. `id` marks its log lines; `material` is looked at if the settings
    /// speak TLS to anybody; the sessions that share `memory` share its limit.
    pub fn open(
        id: i64,
        settings_json: &str,
        material: TlsMaterial,
        memory: Arc<Memory>,
    ) -> Result<Self, Error> {
        Self::open_with(id, settings_json, material, memory, resolver::system())
    }

    /// As [`open`](Self::open), with another way to look host names up.
    pub fn open_with(
        id: i64,
        settings_json: &str,
        material: TlsMaterial,
        memory: Arc<Memory>,
        lookup: Lookup,
    ) -> Result<Self, Error> {
        let settings = Settings::parse(settings_json).map_err(Error::Config)?;
        panic_points::pass("open", &settings.connector);
        Self::start(id, settings, material, memory, lookup)
    }

    /// As [`open_with`](Self::open_with), with settings that are checked.
    pub(crate) fn start(
        id: i64,
        settings: Settings,
        material: TlsMaterial,
        memory: Arc<Memory>,
        lookup: Lookup,
    ) -> Result<Self, Error> {
        let connector = settings.connector.clone();
        let tls = Tls::new(&settings, material).map_err(Error::Config)?;
        if let Some(bytes) = settings.memory_max_bytes {
            memory.set_limit(bytes);
        }
        let bounds = settings.queue;
        let capacity = Capacity {
            messages: bounds.messages,
            bytes: bounds.bytes,
        };
        let queue = Arc::new(Queue::new(capacity, memory));
        let status = Arc::new(Status::default());
        let notices = Arc::new(Notices::default());
        let speaks_tls = settings.speaks_tls();
        let (wish, wishes) = watch::channel(Wish::Run);
        let (running, thread_ended) = bounded(0);
        let max_records = settings.poll_max_records;
        let linger = PollLinger::new(Duration::from_millis(settings.poll_linger_ms));
        let engine = Engine {
            id,
            settings,
            tls: tls.clone(),
            lookup,
            queue: Arc::clone(&queue),
            status: Arc::clone(&status),
            notices: Arc::clone(&notices),
        };
        std::thread::Builder::new()
            .name(engine.thread_name())
            .spawn(move || engine.run(wishes, running))
            .map_err(|error| {
                Error::Failed(format!("the engine's thread cannot be started: {error}"))
            })?;
        let begun = Instant::now();
        Ok(Self {
            connector,
            begun,
            queue,
            status,
            notices,
            noticed: AtomicBool::new(false),
            speaks_tls,
            tls,
            max_records,
            linger,
            turnstile: Turnstile::new(),
            wish,
            thread_ended,
        })
    }

    /// The connector's name, as in the settings.
    #[must_use]
    pub fn connector(&self) -> &str {
        &self.connector
    }

    /// Waits up to `timeout` for records and hands whole ones over: `sink` is called with each part and where it belongs in a batch of `capacity`
    /// bytes. Records of a part whose sink failed are not taken. One caller at a time.
    pub fn poll<E>(
        &self,
        timeout: Duration,
        capacity: usize,
        mut sink: impl FnMut(usize, &[u8]) -> Result<(), E>,
    ) -> Result<Polled, PollError<E>> {
        let _inside = self.turnstile.enter(|| self.resume()).ok_or(Error::Busy)?;
        // Records have their turn between two notices.
        let after_notice = self.noticed.swap(false, Ordering::Relaxed);
        if !after_notice && let Some(notice) = self.next_notice() {
            return Ok(notice);
        }
        let now = Instant::now();
        let timeout = if self.notices.any() {
            Duration::ZERO
        } else {
            timeout
        };
        if let Some(until) = self.linger.until(now) {
            self.queue
                .gather(self.max_records, until.min(now + timeout));
        }
        let mut chunk = match self.queue.take(now + timeout) {
            Taken::Chunk(chunk) => chunk,
            Taken::Nothing => return Ok(self.next_notice().unwrap_or(Polled::Bytes(0))),
            Taken::Closed => return Err(Error::Closed.into()),
            Taken::Failed(failure) => {
                // What is known of it is told first.
                return match self.next_notice() {
                    Some(notice) => Ok(notice),
                    None => Err(Error::from(failure).into()),
                };
            }
        };
        let polled = hand_over(
            &self.queue,
            &mut chunk,
            self.max_records,
            capacity,
            &mut sink,
        );
        self.queue.give_back(chunk);
        if matches!(polled, Ok(Polled::Bytes(_))) {
            self.linger.handed_over(Instant::now());
        }
        polled
    }

    fn next_notice(&self) -> Option<Polled> {
        let notice = self.notices.next()?;
        self.noticed.store(true, Ordering::Relaxed);
        Some(notice.into())
    }

    /// The events that wait, each a JSON object, the oldest first (docs/EVENTS.md). Never waits.
    #[must_use]
    pub fn take_events(&self) -> Vec<String> {
        self.notices.take_events()
    }

    /// Answers [`Polled::SettingsWanted`] with the settings as they are now, for the attempt that waits for them and those after it. What
    /// is about the queue, the reconnecting and the records stays as it was when the session was opened. Whoever answers, however late, is about
    /// to poll again: to [`pause_if_unpolled`](Self::pause_if_unpolled) this counts as a poll.
    ///
    /// # Errors
    /// The settings or the material are refused, and the old ones stay in force.
    pub fn refresh(&self, settings_json: &str, material: TlsMaterial) -> Result<(), Error> {
        self.turnstile.greet();
        match self.renewed(settings_json, material) {
            Ok(settings) => {
                self.notices.answer(Some(settings));
                Ok(())
            }
            Err(text) => {
                self.notices.answer(None);
                Err(Error::Config(text))
            }
        }
    }

    fn renewed(&self, settings_json: &str, material: TlsMaterial) -> Result<Settings, String> {
        let settings = Settings::parse(settings_json)?;
        if settings.speaks_tls() && !self.speaks_tls {
            return Err(
                "websocket.url, or another URL, begins with wss:// or https:// now, and none did when the task started; restart the task"
                    .to_owned(),
            );
        }
        self.tls.renew(&settings, material)?;
        Ok(settings)
    }

    /// The state's name, the last connection's close reason, the last error and the endpoint in use; empty where there is none.
    #[must_use]
    pub fn texts(&self) -> [String; TEXTS] {
        let words = self.status.words();
        [
            self.status.get().shown.name().to_owned(),
            words.last_close_reason,
            words.last_error,
            words.endpoint,
        ]
    }

    /// The configuration's key that the last failed attempt was about; empty if none has failed.
    pub(crate) fn blamed(&self) -> Cow<'static, str> {
        self.status.words().blamed
    }

    /// Lets go of the feed if nobody has polled for `time`; the next poll takes it up again. The queue keeps what it has.
    ///
    /// For a paused connector, which Connect no longer polls. The caller must know that every record handed over was acknowledged:
    /// otherwise a blocked producer would look the same.
    pub fn pause_if_unpolled(&self, time: Duration) {
        self.turnstile
            .if_deserted_for(time, || self.change(Wish::Run, Wish::Pause));
    }

    fn resume(&self) {
        self.change(Wish::Pause, Wish::Run);
    }

    fn change(&self, from: Wish, to: Wish) {
        self.wish.send_if_modified(|wish| {
            let changes = *wish == from;
            if changes {
                *wish = to;
            }
            changes
        });
    }

    /// This moment's numbers, in the order of [`Stat`]. The counts are of one moment.
    #[must_use]
    pub fn stats(&self) -> [i64; STATS] {
        stats::of(&self.queue, &self.status, &self.notices, self.begun)
    }

    /// Ends the session: closes the connection with 1000, counts what is still queued as discarded and returns the final numbers. Returns within a
    /// second, whatever the network or a resolver does. Any thread; later calls return the same.
    pub fn close(&self) -> [i64; STATS] {
        self.queue.close();
        self.wish.send_replace(Wish::Stop);
        // The thread never sends: the channel closes when it ends.
        let _ = self.thread_ended.recv_timeout(CLOSE_WAIT);
        self.stats()
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        self.wish.send_replace(Wish::Stop);
    }
}

/// Why a poll failed: the session, or the caller's sink.
#[derive(Debug, PartialEq, Eq)]
pub enum PollError<E> {
    /// The session's own reason.
    Session(Error),
    /// What the sink returned.
    Sink(E),
}

impl<E> From<Error> for PollError<E> {
    fn from(error: Error) -> Self {
        Self::Session(error)
    }
}
