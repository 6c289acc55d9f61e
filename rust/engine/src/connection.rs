//! The loop of a connection: it tells the rules what happens and carries out what they answer.

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::future::poll_fn;
use std::ops::ControlFlow;
use std::pin::Pin;
use std::rc::Rc;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use tokio::sync::{Notify, watch};
use tokio::time::Instant;

use crate::blame;
use crate::budget::Budget;
use crate::dedupe::Dedupe;
use crate::dial::Dialer;
use crate::ear::Ear;
use crate::endpoints::Endpoints;
use crate::frames::Received;
use crate::herald::Herald;
use crate::intake::Intake;
use crate::lifecycle::Lifecycle;
use crate::linger::ReceiveLinger;
use crate::link::{Dialed, Link, Open};
use crate::losses::Losses;
use crate::notices::Notices;
use crate::overflow::Overflow;
use crate::panic_points;
use crate::queue::{Failure, Queue};
use crate::reconnect::Reconnect;
use crate::rules::{Event, Look, Rules, overflowed};
use crate::settings::OversizeAction;
use crate::stamp::Reads;
use crate::status::{Shown, Status};
use crate::turn::Turn;
use crate::unpack::Unpacker;

mod acting;
mod intaking;

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

/// What the connections of one session share.
#[derive(Clone)]
pub struct Shared {
    /// Where messages go.
    pub queue: Arc<Queue>,
    /// What the metrics show.
    pub status: Arc<Status>,
    /// What the owner is told beside records.
    pub notices: Arc<Notices>,
    /// Who tells what happens.
    pub herald: Rc<Herald>,
    /// What is told of losses.
    pub losses: Rc<RefCell<Losses>>,
    /// Finds messages that come twice.
    pub dedupe: Option<Rc<RefCell<Dedupe>>>,
    /// Bounds the attempts to connect.
    pub budget: Option<Rc<RefCell<Budget>>>,
    /// What is known of the endpoints.
    pub endpoints: Rc<RefCell<Endpoints>>,
    /// How many messages were sent to the server by template.
    pub sendings: Rc<Cell<u64>>,
    /// When the session began.
    pub begun: Instant,
}

/// What passes between a connection and the one that is to replace it.
#[derive(Default)]
pub struct Signals {
    /// This one is to be replaced.
    pub hands_over: Notify,
    /// This one is up.
    pub up: Notify,
    /// The one that replaces this one is up.
    pub replaced: Notify,
    /// This one is what the metrics show.
    pub leads: Cell<bool>,
    /// It has become so.
    pub takes_lead: Notify,
    /// The one that was to replace this one has given up.
    pub alone: Notify,
    /// This one has failed the session.
    pub failed: Notify,
    /// This one is up at this moment.
    pub is_up: Cell<bool>,
    /// With what the one that is to replace this one is to be opened, and where this one leads.
    pub dialer: RefCell<Option<(Rc<Dialer>, usize)>>,
}

/// What is left to be done for a connection that is gone: what it holds back has to find room.
pub type Remainder = Pin<Box<dyn Future<Output = ()>>>;

/// One connection at a time to the feed, and what is needed for that.
pub struct Connection {
    shared: Shared,
    signals: Rc<Signals>,
    dialer: Rc<Dialer>,
    /// Where the connection or attempt at hand goes.
    endpoint: usize,
    reads: Reads,
    /// Another one, with which the connection that is just opened was made.
    renewed: Option<Rc<Dialer>>,
    link: Link,
    /// Hears what messages are beside data.
    ear: Option<Ear>,
    /// Decompresses payloads.
    unpacker: Option<Unpacker>,
    intake: Intake,
    overflow: Overflow,
    /// When the loop will come back for the losses, as far as it knows of them.
    losses_wake_at: Option<Duration>,
    /// What is left of this turn.
    turn: Turn,
    /// More may wait on the socket than was taken in.
    unread: bool,
    /// A pong came that the rules do not know of.
    pong: bool,
    /// The rules know that nothing is read.
    reading_stopped: bool,
    /// What else the rules are to be told next.
    untold: VecDeque<Event>,
    /// Messages so far that are data.
    data: u64,
    /// Those that are not.
    control: u64,
    /// How many of them the metrics know of.
    data_shown: u64,
    /// No attempt was made yet, and the settings are as the owner has just given them.
    fresh: bool,
    /// What the metrics show.
    shown: Option<(Shown, u32, Option<Duration>, usize)>,
    linger: ReceiveLinger,
}

impl Connection {
    /// Must be called on the engine's runtime. The connection before was to `endpoint`. `fresh`: the settings are as the owner has just
    /// given them.
    pub fn new(
        dialer: Rc<Dialer>,
        endpoint: usize,
        shared: Shared,
        signals: Rc<Signals>,
        fresh: bool,
    ) -> Self {
        let settings = &dialer.settings;
        Self {
            signals,
            renewed: None,
            reads: dialer.reads().clone(),
            ear: dialer.conversation.ear(),
            unpacker: Unpacker::new(settings.payload_decompress, settings.max_message_bytes),
            intake: Intake::new(settings),
            overflow: Overflow::new(&settings.queue),
            losses_wake_at: None,
            linger: ReceiveLinger::new(settings.poll_linger_ms > 0),
            dialer,
            endpoint,
            shared,
            link: Link::Down,
            turn: Turn::FULL,
            unread: false,
            pong: false,
            reading_stopped: false,
            untold: VecDeque::new(),
            data: 0,
            control: 0,
            data_shown: 0,
            fresh,
            shown: None,
        }
    }

    /// Runs until a stop is wished, or until it has been replaced. Returns what is left to be done for it then.
    pub async fn run(mut self, mut wishes: watch::Receiver<Wish>) -> Option<Remainder> {
        let settings = &self.dialer.settings;
        let budget = self.shared.budget.clone();
        let reconnect = Reconnect::new(settings.reconnect.clone(), budget, fastrand::u64(..));
        let mut rules = if self.signals.leads.get() {
            Lifecycle::new(Rules::of(&self.dialer), reconnect)
        } else {
            Lifecycle::successor(Rules::of(&self.dialer), reconnect)
        };
        rules = rules.among(Rc::clone(&self.shared.endpoints), self.endpoint);
        let mut event = Event::Start;
        let mut stopping = false;
        let begun = self.shared.begun;
        let queue = Arc::clone(&self.shared.queue);
        let signals = Rc::clone(&self.signals);
        loop {
            stopping |= matches!(event, Event::Stop);
            if matches!(event, Event::Leads) {
                self.shown = None;
            }
            if let Some(dialer) = self.renewed.take() {
                rules.change(Rules::of(&dialer));
                self.ear = dialer.conversation.ear();
                self.dialer = dialer;
            }
            for action in rules.handle(begun.elapsed(), event) {
                self.carry_out(action);
            }
            if rules.has_ended() {
                break;
            }
            self.show(&rules);
            if let Some(next) = self.next_event() {
                event = next;
                continue;
            }
            self.tell_losses();
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
                // What was received before is to find room first.
                () = signals.replaced.notified(), if !held => Some(Event::Replaced),
                () = signals.takes_lead.notified() => Some(Event::Leads),
                () = signals.alone.notified() => Some(Event::Alone),
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
        if self.reading_stopped {
            self.shared.status.reading_stops(false);
        }
        if stopping {
            return None;
        }
        if let Some(Event::Overflowed(how)) = self.untold.pop_front() {
            queue.fail(Failure::Ended(overflowed(&how)));
        }
        let held = self.overflow.holds();
        held.then(|| Box::pin(self.hand_over_held(wishes)) as Remainder)
    }

    /// Waits with what is held back until it has found room, or a stop is wished.
    async fn hand_over_held(mut self, mut wishes: watch::Receiver<Wish>) {
        let mut stopping = false;
        let queue = Arc::clone(&self.shared.queue);
        let begun = self.shared.begun;
        while self.overflow.holds() && !stopping {
            tokio::select! {
                biased;
                event = wished(&mut wishes) => stopping = matches!(event, Event::Stop),
                () = queue.room() => {}
                () = sleep_until(begun, self.overflow.wake_at()) => {}
            }
            self.publish();
        }
    }

    fn tell_losses(&mut self) {
        let mut losses = self.shared.losses.borrow_mut();
        losses.tell(self.shared.begun.elapsed(), &self.shared.queue);
        self.losses_wake_at = losses.wake_at();
    }

    /// Lets the metrics show what the rules are about.
    fn show(&mut self, rules: &Lifecycle) {
        let now = (
            rules.shown(),
            rules.attempts(),
            rules.next_attempt_at(),
            self.endpoint,
        );
        if self.signals.leads.get() && self.shown != Some(now) {
            self.shown = Some(now);
            let (shown, attempts, at, _) = now;
            self.shared.status.endpoint(&self.endpoint_text());
            let after = at.map(|at| at.saturating_sub(self.shared.begun.elapsed()));
            self.shared.status.show(shown, attempts, after);
        }
    }

    fn poll_link(&mut self, context: &mut Context<'_>) -> Poll<Event> {
        match &mut self.link {
            Link::Down => Poll::Pending,
            Link::Dialing(dialing) => {
                let Dialed { dialer, opened } = std::task::ready!(dialing.as_mut().poll(context));
                if !Rc::ptr_eq(&dialer, &self.dialer) {
                    self.renewed = Some(dialer);
                }
                Poll::Ready(match opened {
                    Ok(frames) => {
                        let reads = &self.reads;
                        self.shared.status.opened(frames.is_compressed());
                        self.overflow
                            .connected(self.shared.begun.elapsed(), reads.bytes());
                        reads.want_buffer();
                        self.link = Link::Up(Open::new(frames));
                        Event::Opened
                    }
                    Err(failure) => {
                        self.link = Link::Down;
                        self.shared.status.blame(blame::key(&failure));
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
                    self.show_received();
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
                        self.show_received();
                        return Poll::Ready(event);
                    }
                }
            }
        }
        self.unread = true;
        self.show_received();
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
        let news = self.shared.losses.borrow().wake_at() != self.losses_wake_at
            || self.stops_reading() != self.reading_stopped
            || !self.untold.is_empty();
        news.then(|| self.wake(self.unread))
    }

    fn wake(&self, unread: bool) -> Event {
        Event::Wake(Look {
            unread,
            received: self.reads.bytes(),
            messages: self.data + self.control,
            data: self.data,
        })
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
            self.shared.status.reading_stops(stops);
            if stops {
                self.shared.losses.borrow_mut().reading_stopped();
            }
            return Some(if stops {
                Event::ReadingStopped
            } else {
                Event::ReadingResumed
            });
        }
        self.untold.pop_front()
    }

    fn received(&mut self, received: Received) -> ControlFlow<Event> {
        match received {
            Received::Message(kind) => {
                panic_points::pass("engine-message", &self.dialer.settings.connector);
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
