//! The loop of the engine thread: it tells the rules what happens and carries out what they answer.

use std::future::poll_fn;
use std::ops::ControlFlow;
use std::rc::Rc;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use tokio::sync::watch;
use tokio::time::Instant;

use crate::batch::Kind;
use crate::chunk::CHUNK_BYTES;
use crate::dial::Dialer;
use crate::frames::{Outgoing, Received};
use crate::intake::{Intake, Refusal};
use crate::lifecycle::Lifecycle;
use crate::linger::ReceiveLinger;
use crate::link::{Link, Open};
use crate::losses::Losses;
use crate::overflow::Overflow;
use crate::panic_points;
use crate::queue::{self, Queue};
use crate::reconnect::Reconnect;
use crate::rules::{Action, Event, Rules};
use crate::settings::{OverflowPolicy, OversizeAction, Settings};
use crate::stamp::Reads;
use crate::status::Status;
use crate::turn::Turn;

/// The most bytes that were read from the socket and wait in the frame reader and in TLS.
const READ_AHEAD: usize = 256 * 1024;

/// What the session's owner wants of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wish {
    /// Stay connected.
    Run,
    /// Let go of the feed until messages are wanted again.
    Pause,
    /// End.
    Stop,
}

/// Everything that one session's thread works with.
pub struct Connection {
    settings: Rc<Settings>,
    dialer: Rc<Dialer>,
    reads: Reads,
    queue: Arc<Queue>,
    status: Arc<Status>,
    link: Link,
    intake: Intake,
    overflow: Overflow,
    losses: Losses,
    /// When the loop will come back for the losses, as far as it knows of them.
    losses_wake_at: Option<Duration>,
    begun: Instant,
    /// What is left of this turn.
    turn: Turn,
    /// More may wait on the socket than was taken in.
    unread: bool,
    /// A pong came that the rules do not know of.
    pong: bool,
    /// The rules know that nothing is read.
    reading_stopped: bool,
    /// What else the rules are to be told next.
    unfit: Option<Event>,
    linger: ReceiveLinger,
}

impl Connection {
    /// Must be called on the engine's runtime.
    pub fn new(dialer: Dialer, queue: Arc<Queue>, status: Arc<Status>) -> Self {
        let settings = Rc::clone(&dialer.settings);
        Self {
            intake: Intake::new(&settings),
            overflow: Overflow::new(&settings.queue),
            losses: Losses::new(&settings),
            losses_wake_at: None,
            linger: ReceiveLinger::new(settings.poll_linger_ms > 0),
            reads: dialer.reads.clone(),
            dialer: Rc::new(dialer),
            settings,
            queue,
            status,
            link: Link::Down,
            begun: Instant::now(),
            turn: Turn::FULL,
            unread: false,
            pong: false,
            reading_stopped: false,
            unfit: None,
        }
    }

    /// Runs until a stop is wished.
    pub async fn run(mut self, mut wishes: watch::Receiver<Wish>) {
        let reconnect = Reconnect::new(self.settings.reconnect.clone(), fastrand::u64(..));
        let mut rules = Lifecycle::new(Rules::of(&self.settings), reconnect);
        let mut event = Event::Start;
        let mut stopping = false;
        let begun = self.begun;
        let queue = Arc::clone(&self.queue);
        loop {
            stopping |= matches!(event, Event::Stop);
            for action in rules.handle(self.begun.elapsed(), event) {
                self.carry_out(action);
            }
            if rules.has_ended() {
                break;
            }
            if let Some(next) = self.next_event() {
                event = next;
                continue;
            }
            self.losses.tell(self.begun.elapsed(), &self.queue);
            self.losses_wake_at = self.losses.wake_at();
            let wakes = [
                rules.wake_at(),
                self.losses_wake_at,
                self.overflow.wake_at(),
            ];
            let wake = wakes.into_iter().flatten().min();
            let held = self.overflow.holds();
            let happened = tokio::select! {
                biased;
                event = wished(&mut wishes), if !stopping => Some(event),
                event = poll_fn(|context| self.poll_link(context)) => Some(event),
                () = queue.room(), if held => None,
                () = sleep_until(begun, wake) => None,
            };
            if held {
                self.publish();
            }
            let unread = self.unread;
            event = happened.unwrap_or_else(|| self.wake(unread));
        }
        self.publish();
        self.losses.tell_rest(&self.queue);
    }

    fn carry_out(&mut self, action: Action) {
        match action {
            Action::Connect => {
                self.status.attempt();
                let dialer = Rc::clone(&self.dialer);
                self.link = Link::Dialing(Box::pin(async move { dialer.dial().await }));
            }
            Action::Subscribe => {
                let settings = Rc::clone(&self.settings);
                if let Some(message) = &settings.subscription_message {
                    self.send(Outgoing::Text(message), true);
                }
            }
            Action::Up => self.status.up(),
            Action::Ping => self.send(Outgoing::Ping, false),
            Action::Close(code) => {
                panic_points::pass("engine-close", &self.settings.connector);
                self.status.down();
                self.send(Outgoing::Close(code), false);
                self.link.closes();
            }
            Action::Disconnect => {
                self.publish();
                self.status.down();
                self.overflow.disconnected();
                self.link = Link::Down;
                self.pong = false;
            }
            Action::Report(report) => {
                report.log(&self.settings.connector, &self.settings.endpoint())
            }
            Action::Fail(text) => self.queue.fail(queue::Failure::Ended(text)),
            Action::End => {}
        }
    }

    fn send(&mut self, outgoing: Outgoing<'_>, subscribing: bool) {
        if let Link::Up(open) = &mut self.link {
            open.send(outgoing, subscribing);
        }
    }

    fn poll_link(&mut self, context: &mut Context<'_>) -> Poll<Event> {
        match &mut self.link {
            Link::Down => Poll::Pending,
            Link::Dialing(dialing) => {
                let opened = std::task::ready!(dialing.as_mut().poll(context));
                Poll::Ready(match opened {
                    Ok(frames) => {
                        self.status.opened();
                        self.overflow
                            .connected(self.begun.elapsed(), self.reads.bytes());
                        self.reads.want_buffer();
                        self.link = Link::Up(Open::new(frames));
                        Event::Opened
                    }
                    Err(failure) => {
                        self.link = Link::Down;
                        Event::Refused((&failure).into())
                    }
                })
            }
            Link::Up(open) => {
                if let Poll::Ready(event) = open.poll_flush(context) {
                    return Poll::Ready(event);
                }
                self.poll_receive(context)
            }
        }
    }

    /// Takes in messages until the socket runs dry or the turn is over, then queues them.
    fn poll_receive(&mut self, context: &mut Context<'_>) -> Poll<Event> {
        while !self.turn.is_over() {
            if self.stops_reading() {
                self.turn = Turn::FULL;
                self.unread = true;
                return self.news().map_or(Poll::Pending, Poll::Ready);
            }
            let Link::Up(open) = &mut self.link else {
                return Poll::Pending;
            };
            match open.frames.poll_receive(context) {
                Poll::Pending => {
                    self.turn = Turn::FULL;
                    // The runtime, too, makes a busy socket look dry from time to time.
                    self.unread = !tokio::task::coop::has_budget_remaining();
                    self.publish();
                    if let Some(event) = self.link.flush(context) {
                        return Poll::Ready(event);
                    }
                    if !self.unread {
                        self.overflow.caught_up();
                        // What could not be sent ends the connection only after everything was read.
                        if let Some(ending) = self.link.broken() {
                            return Poll::Ready(Event::Lost(ending));
                        }
                        self.linger();
                    }
                    return self.news().map_or(Poll::Pending, Poll::Ready);
                }
                Poll::Ready(received) => {
                    if let ControlFlow::Break(event) = self.received(received) {
                        return Poll::Ready(event);
                    }
                }
            }
        }
        self.unread = true;
        self.publish();
        if let Some(event) = self.news() {
            return Poll::Ready(event);
        }
        // Lets the runtime look at the clock, and comes back at once.
        self.turn = Turn::FULL;
        context.waker().wake_by_ref();
        Poll::Pending
    }

    /// Sleeps while a busy feed sends the next messages.
    fn linger(&mut self) {
        let pause = self
            .linger
            .ran_dry(std::time::Instant::now(), self.reads.bytes());
        if let Some(pause) = pause {
            std::thread::sleep(pause);
            self.linger.waits(std::time::Instant::now());
        }
    }

    /// What the loop has to be told beside what it waits for: a pong, or losses that it does not know of.
    fn news(&mut self) -> Option<Event> {
        if std::mem::take(&mut self.pong) {
            return Some(Event::Pong);
        }
        let news = self.losses.wake_at() != self.losses_wake_at
            || self.stops_reading() != self.reading_stopped
            || self.unfit.is_some();
        news.then(|| self.wake(self.unread))
    }

    fn wake(&self, unread: bool) -> Event {
        Event::Wake {
            unread,
            received: self.reads.bytes(),
        }
    }

    /// Nothing is to be read from the open connection, since what was read last has no room.
    fn stops_reading(&self) -> bool {
        self.overflow.holds() && self.link.is_read_only_with_room()
    }

    /// What the rules have to be told before anything else happens.
    fn next_event(&mut self) -> Option<Event> {
        let stops = self.stops_reading();
        if stops != self.reading_stopped {
            self.reading_stopped = stops;
            self.status.reading_stops(stops);
            if stops {
                self.losses.reading_stopped();
            }
            return Some(if stops {
                Event::ReadingStopped
            } else {
                Event::ReadingResumed
            });
        }
        self.unfit.take()
    }

    fn received(&mut self, received: Received) -> ControlFlow<Event> {
        match received {
            Received::Message(kind) => {
                panic_points::pass("engine-message", &self.settings.connector);
                self.take_in(kind);
                self.go_on()
            }
            Received::TooLong(bytes) => {
                let refusal = self.intake.refuse_oversize(bytes);
                self.fails();
                // The connection is closed with 1009 by then.
                self.refused(refusal, OversizeAction::Reconnect);
                self.go_on()
            }
            Received::Part(bytes) => {
                self.turn.spend(bytes);
                ControlFlow::Continue(())
            }
            Received::Pong => {
                self.turn.spend(0);
                self.pong = true;
                ControlFlow::Continue(())
            }
            Received::Answered => {
                self.turn.spend(0);
                self.link.answers();
                ControlFlow::Continue(())
            }
            Received::Failing => {
                self.fails();
                ControlFlow::Continue(())
            }
            Received::Ended(ending) => {
                self.publish();
                ControlFlow::Break(Event::Lost(ending))
            }
        }
    }

    /// Nothing but the end will come of the connection, and it has to be read for that.
    fn fails(&mut self) {
        self.turn.spend(0);
        self.link.closes();
    }

    /// Takes in the message that was received last.
    fn take_in(&mut self, kind: Kind) {
        let Link::Up(open) = &self.link else { return };
        let bytes = open.frames.length();
        self.turn.spend(bytes);
        if self.overflow.holds() {
            // We are closing, and this came too late to be waited for.
            self.intake.drop_unseen();
            return;
        }
        if !self.intake.has_room(bytes) {
            self.publish();
        }
        let Link::Up(open) = &self.link else { return };
        let payload = open.frames.payload();
        let taken = if payload.len() < bytes {
            Err(self.intake.refuse_oversize(bytes))
        } else {
            self.intake.accept(kind, self.reads.micros(), payload)
        };
        if let Err(refusal) = taken {
            self.refused(refusal, OversizeAction::Skip);
        }
        if bytes > CHUNK_BYTES
            && let Link::Up(open) = &mut self.link
        {
            // It is not to lie in memory twice while nothing is read.
            open.frames.forget_payload();
        }
    }

    /// Tells of a message that is no record; the rules too, unless `done` is what the configuration wants.
    fn refused(&mut self, refusal: Refusal, done: OversizeAction) {
        self.losses.refused(refusal);
        let wanted = self.settings.oversize_action;
        if let Refusal::Oversize(bytes) = refusal
            && !matches!(wanted, OversizeAction::Skip)
            && wanted != done
        {
            self.publish();
            self.unfit.get_or_insert(Event::Oversize(bytes));
        }
    }

    /// Goes on receiving unless the rules have to hear of something first.
    fn go_on(&self) -> ControlFlow<Event> {
        if self.unfit.is_some() {
            ControlFlow::Break(self.wake(true))
        } else {
            ControlFlow::Continue(())
        }
    }

    /// Offers the queue what was taken in.
    fn publish(&mut self) {
        if self.intake.arrivals().is_empty() {
            return;
        }
        let begun = self.begun;
        let now = || begun.elapsed();
        let when_full = self.overflow.when_full(now);
        let offered = self.queue.offer(self.intake.arrivals(), when_full);
        self.losses.offered(offered);
        match self.overflow.policy() {
            OverflowPolicy::DropNewest | OverflowPolicy::DropOldest => {}
            OverflowPolicy::Fail if offered.dropped > 0 => {
                self.unfit = Some(Event::Overflowed(self.queue.fill()));
            }
            OverflowPolicy::Fail => {}
            OverflowPolicy::Block => {
                let read = self.reads.bytes();
                if self.overflow.offered(now, read, offered) {
                    self.reads.want_buffer();
                } else if let Some(buffer) = self.reads.buffer() {
                    self.overflow.read(read, (buffer + READ_AHEAD) as u64);
                }
            }
        }
    }
}

/// The next change of mind. A session that was dropped wishes to stop.
async fn wished(wishes: &mut watch::Receiver<Wish>) -> Event {
    let changed = wishes.changed().await;
    match *wishes.borrow_and_update() {
        _ if changed.is_err() => Event::Stop,
        Wish::Run => Event::Resume,
        Wish::Pause => Event::Pause,
        Wish::Stop => Event::Stop,
    }
}

async fn sleep_until(begun: Instant, wake: Option<Duration>) {
    match wake {
        Some(at) => tokio::time::sleep_until(begun + at).await,
        None => std::future::pending().await,
    }
}
