//! What is said to the server once a connection is open, and what it must answer: a login, then the subscriptions.

use std::collections::VecDeque;
use std::time::Duration;

use crate::awaited::Awaited;
use crate::conversation::Message;
use crate::ear::Heard;

/// What is to be said, and how long what may take.
#[derive(Clone, Copy, Debug)]
pub struct Rules {
    /// Whether there is a login; its answer is always waited for.
    pub login: bool,
    /// How many subscription messages there are.
    pub subscriptions: usize,
    /// Between the opening handshake and the first message.
    pub delay: Duration,
    /// Between two subscription messages.
    pub interval: Duration,
    /// Whether each subscription message is to be acknowledged.
    pub acknowledged: bool,
    /// How long an acknowledgement may take, that of the login too.
    pub ack_timeout: Duration,
    /// How long writing a message may take.
    pub write_timeout: Duration,
}

/// What is due.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    /// To be sent now; [`Dialogue::written`] is to be told.
    Say(Message),
    /// The login is acknowledged.
    LoggedIn,
    /// Everything is said and, where that is asked for, acknowledged or given up.
    Up,
    /// Something went wrong with what was said.
    Failed(Problem),
}

/// What went wrong with something that was said.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// With what; `None`: with a subscription message, but with which one is not known.
    pub saying: Option<Message>,
    /// What.
    pub why: String,
    /// It could not be written, so that the connection is of no more use.
    pub unwritten: bool,
}

/// How far the conversation has come. Times are since the session began.
#[derive(Debug)]
pub struct Dialogue {
    rules: Rules,
    phase: Phase,
    /// What is being written, and until when it should be.
    writing: Option<(Message, Duration)>,
    /// The login's acknowledgement.
    login: Awaited,
    /// Subscription messages without an acknowledgement, the oldest first.
    unacknowledged: VecDeque<(usize, Awaited)>,
    /// An acknowledgement came for the message that is being written.
    early: bool,
    /// Since when nothing is read.
    stopped: Option<Duration>,
}

#[derive(Debug, PartialEq, Eq)]
enum Phase {
    /// The login is sent at this time.
    BeforeLogin(Duration),
    /// It is written, or not yet acknowledged.
    LoggingIn,
    /// It has failed, and nothing more is said.
    LoginFailed,
    /// To be told.
    LoggedIn,
    /// The next message, and the earliest time for it.
    Subscribing(usize, Duration),
    Done,
}

impl Dialogue {
    /// For a connection that opened at `now`.
    #[must_use]
    pub fn new(rules: Rules, now: Duration) -> Self {
        let begin = now + rules.delay;
        Self {
            rules,
            phase: if rules.login {
                Phase::BeforeLogin(begin)
            } else {
                Phase::Subscribing(0, begin)
            },
            writing: None,
            login: Awaited::new(rules.ack_timeout),
            unacknowledged: VecDeque::new(),
            early: false,
            stopped: None,
        }
    }

    /// Whether the login, if there is to be one, is behind us.
    #[must_use]
    pub fn is_logged_in(&self) -> bool {
        matches!(self.phase, Phase::Subscribing(..) | Phase::Done)
    }

    /// Whether nothing more is to be said or acknowledged.
    #[must_use]
    pub fn is_done(&self) -> bool {
        self.phase == Phase::Done
    }

    /// What is left unfinished if the connection ends now.
    #[must_use]
    pub fn unfinished(&self) -> Option<Message> {
        match self.phase {
            Phase::BeforeLogin(_) | Phase::LoggingIn => Some(Message::Login),
            Phase::LoggedIn => Some(Message::Subscription(0)),
            Phase::Subscribing(next, _) => {
                let unwritten = self.writing.map(|(saying, _)| saying);
                let unacknowledged = self.unacknowledged.front().map(|(index, _)| *index);
                unacknowledged
                    .map(Message::Subscription)
                    .or(unwritten)
                    .or((next < self.rules.subscriptions).then_some(Message::Subscription(next)))
            }
            Phase::LoginFailed | Phase::Done => None,
        }
    }

    /// When to come back, if nothing happens before.
    #[must_use]
    pub fn wake_at(&self) -> Option<Duration> {
        let next = match self.phase {
            Phase::BeforeLogin(at) => Some(at),
            Phase::LoggingIn => self.login.wake_at(),
            Phase::Subscribing(next, at) if next < self.rules.subscriptions => Some(at),
            _ => None,
        };
        let next = next.filter(|_| self.writing.is_none());
        let written = self.writing.map(|(_, deadline)| deadline);
        let oldest = self.unacknowledged.front();
        let acknowledged = oldest.and_then(|(_, awaited)| awaited.wake_at());
        [next, written, acknowledged].into_iter().flatten().min()
    }

    /// What is due now; to be asked until it is nothing. `unread`: as [`Awaited::is_late`].
    pub fn step(&mut self, now: Duration, unread: bool) -> Option<Step> {
        if let Some(problem) = self.overdue(now, unread) {
            return Some(Step::Failed(problem));
        }
        if self.writing.is_some() {
            return None;
        }
        match self.phase {
            Phase::BeforeLogin(at) if now >= at => {
                self.phase = Phase::LoggingIn;
                Some(self.say(now, Message::Login))
            }
            Phase::LoggedIn => {
                self.phase = Phase::Subscribing(0, now);
                Some(Step::LoggedIn)
            }
            Phase::Subscribing(next, at) if next < self.rules.subscriptions => {
                (now >= at).then(|| {
                    self.phase = Phase::Subscribing(next + 1, at);
                    self.say(now, Message::Subscription(next))
                })
            }
            Phase::Subscribing(..) if self.unacknowledged.is_empty() => {
                self.phase = Phase::Done;
                Some(Step::Up)
            }
            _ => None,
        }
    }

    fn say(&mut self, now: Duration, saying: Message) -> Step {
        self.early = false;
        self.writing = Some((saying, now + self.rules.write_timeout));
        Step::Say(saying)
    }

    /// What should have happened by now.
    fn overdue(&mut self, now: Duration, unread: bool) -> Option<Problem> {
        if let Some((saying, deadline)) = self.writing
            && now >= deadline
        {
            self.writing = None;
            let why = format!(
                "not written within {} ms",
                self.rules.write_timeout.as_millis()
            );
            return Some(Problem {
                saying: Some(saying),
                why,
                unwritten: true,
            });
        }
        let late = |saying| Problem {
            saying: Some(saying),
            why: format!(
                "not acknowledged within {} ms (websocket.subscription.ack.timeout.ms)",
                self.rules.ack_timeout.as_millis()
            ),
            unwritten: false,
        };
        if self.phase == Phase::LoggingIn && self.login.is_late(now, unread) {
            self.phase = Phase::LoginFailed;
            return Some(late(Message::Login));
        }
        let (index, awaited) = self.unacknowledged.front_mut()?;
        let index = *index;
        awaited.is_late(now, unread).then(|| {
            self.unacknowledged.pop_front();
            late(Message::Subscription(index))
        })
    }

    /// What was to be sent has been written.
    pub fn written(&mut self, now: Duration) {
        let Some((saying, _)) = self.writing.take() else {
            return;
        };
        let early = std::mem::take(&mut self.early);
        match (saying, &mut self.phase) {
            (Message::Login, Phase::LoggingIn) => self.login.asked(now),
            (Message::Subscription(index), phase) => {
                if let Phase::Subscribing(_, at) = phase {
                    *at = now + self.rules.interval;
                }
                if self.rules.acknowledged && !early {
                    let mut awaited = Awaited::new(self.rules.ack_timeout);
                    awaited.asked(now);
                    if let Some(since) = self.stopped {
                        awaited.reading_stopped(since);
                    }
                    self.unacknowledged.push_back((index, awaited));
                }
            }
            _ => {}
        }
    }

    /// Nothing is read for now.
    pub fn reading_stopped(&mut self, now: Duration) {
        self.stopped.get_or_insert(now);
        for awaited in self.awaited() {
            awaited.reading_stopped(now);
        }
    }

    /// The connection is read again.
    pub fn reading_resumed(&mut self, now: Duration) {
        self.stopped = None;
        for awaited in self.awaited() {
            awaited.reading_resumed(now);
        }
    }

    fn awaited(&mut self) -> impl Iterator<Item = &mut Awaited> {
        let unacknowledged = self.unacknowledged.iter_mut();
        std::iter::once(&mut self.login).chain(unacknowledged.map(|(_, awaited)| awaited))
    }

    /// The server sent something that means something. Whether it acknowledged a subscription message, and what went wrong.
    pub fn heard(&mut self, heard: Heard) -> (bool, Option<Problem>) {
        if self.phase == Phase::LoggingIn {
            if heard.error {
                self.phase = Phase::LoginFailed;
                return (false, Some(refused(Some(Message::Login))));
            }
            if heard.login_ack {
                self.writing = None;
                self.phase = Phase::LoggedIn;
            }
            return (false, None);
        }
        if !heard.error && !heard.ack {
            return (false, None);
        }
        let answered = self.unacknowledged.pop_front();
        let writing = self.writing.map(|(saying, _)| saying);
        let early = answered.is_none() && writing.is_some() && self.rules.acknowledged;
        let counts = answered.is_some() || early && !self.early;
        self.early |= early;
        if heard.error {
            let saying = answered
                .map(|(index, _)| Message::Subscription(index))
                .or(writing);
            return (false, Some(refused(saying)));
        }
        (counts, None)
    }
}

fn refused(saying: Option<Message>) -> Problem {
    Problem {
        saying,
        why: "refused by the server (websocket.subscription.error.match)".to_owned(),
        unwritten: false,
    }
}

#[cfg(test)]
#[path = "dialogue_tests.rs"]
mod tests;
