//! What a venue has to say to a client, and what it knows of it.

use std::collections::VecDeque;
use std::time::Duration;

use super::Venue;
use super::rules::Close;

/// Something for the driver to do.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Act {
    Say(String),
    Data {
        number: u64,
        text: String,
    },
    Ping,
    Count(Counter),
    /// A rule was broken.
    Breach(String),
    /// The last one.
    End(Close),
}

/// What is counted besides messages and breaches.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Counter {
    Login,
    Subscription,
    Refusal,
    Heartbeat,
    Question,
    Answer,
    PingAnswered,
    PongUnsolicited,
    Notice,
    PlannedEnd,
}

/// Questions of the venue that the client must answer.
#[derive(Debug)]
struct Asking {
    every: Duration,
    next: Duration,
    /// So many open ones, and the next is not asked any more.
    misses: usize,
    close: Close,
    asked: u64,
    open: VecDeque<u64>,
}

/// The state that venues and their common rules share. After [`Talk::breach`] or [`Talk::end`] nothing more is said.
#[derive(Debug)]
pub(crate) struct Talk {
    /// The venue's time.
    pub now: Duration,
    /// The time of day, since the epoch, for signatures.
    pub unix: Duration,
    /// How many connections the client has.
    pub connections: u64,
    pub logged_in: bool,
    pub subscribed: bool,
    /// The number of the first data message, where the client resumes.
    pub resume: Option<u64>,
    asking: Option<Asking>,
    acts: Vec<Act>,
    spoken: bool,
    ended: bool,
}

impl Talk {
    pub fn new(now: Duration, unix: Duration) -> Self {
        Self {
            now,
            unix,
            connections: 1,
            logged_in: false,
            subscribed: false,
            resume: None,
            asking: None,
            acts: Vec::new(),
            spoken: false,
            ended: false,
        }
    }

    pub fn say(&mut self, message: impl ToString) {
        self.act(Act::Say(message.to_string()));
        self.spoken = true;
    }

    pub fn data(&mut self, number: u64, text: String) {
        self.act(Act::Data { number, text });
        self.spoken = true;
    }

    pub fn ping(&mut self) {
        self.act(Act::Ping);
    }

    pub fn count(&mut self, counter: Counter) {
        self.act(Act::Count(counter));
    }

    pub fn log_in(&mut self) {
        self.logged_in = true;
        self.count(Counter::Login);
    }

    pub fn subscribe(&mut self) {
        self.subscribed = true;
        self.count(Counter::Subscription);
    }

    /// The client broke a rule; the connection ends.
    pub fn breach(&mut self, rule: impl Into<String>, close: Close) {
        self.act(Act::Breach(rule.into()));
        self.end(close);
    }

    /// The client broke a rule and is told so, and the connection stays.
    pub fn refuse(&mut self, rule: impl Into<String>, message: impl ToString) {
        self.act(Act::Breach(rule.into()));
        self.count(Counter::Refusal);
        self.say(message);
    }

    pub fn end(&mut self, close: Close) {
        self.act(Act::End(close));
        self.ended = true;
    }

    /// Asks a question from now on; with `misses` of them open the connection ends.
    pub fn ask_every(&mut self, every: Duration, misses: usize, close: Close) {
        self.asking = Some(Asking {
            every,
            next: self.now + every,
            misses,
            close,
            asked: 0,
            open: VecDeque::new(),
        });
    }

    /// The client answered this question and with it those before; false: it was not asked.
    pub fn answered(&mut self, question: u64) -> bool {
        let Some(asking) = &mut self.asking else {
            return false;
        };
        let Some(index) = asking.open.iter().position(|open| *open == question) else {
            return false;
        };
        asking.open.drain(..=index);
        self.count(Counter::Answer);
        true
    }

    /// The newest question without an answer.
    pub fn open_question(&self) -> Option<u64> {
        self.asking.as_ref()?.open.back().copied()
    }

    /// Asks when it is time to.
    pub(super) fn ask(&mut self, venue: &dyn Venue) {
        let Some(asking) = self
            .asking
            .as_mut()
            .filter(|asking| asking.next <= self.now)
        else {
            return;
        };
        if asking.open.len() >= asking.misses {
            let (missed, close) = (asking.open.len(), asking.close);
            return self.breach(format!("{missed} of the venue's pings not answered"), close);
        }
        asking.asked += 1;
        asking.next = self.now + asking.every;
        let question = asking.asked;
        asking.open.push_back(question);
        self.count(Counter::Question);
        self.say(venue.question(question));
    }

    pub(super) fn next_question(&self) -> Option<Duration> {
        self.asking.as_ref().map(|asking| asking.next)
    }

    pub(super) fn at(&mut self, now: Duration, unix: Duration) {
        (self.now, self.unix) = (now, unix);
    }

    /// Whether a message is among what is to be done.
    pub(super) fn has_spoken(&self) -> bool {
        self.spoken
    }

    pub(super) fn acts(&mut self) -> std::vec::Drain<'_, Act> {
        self.spoken = false;
        self.acts.drain(..)
    }

    fn act(&mut self, act: Act) {
        if !self.ended {
            self.acts.push(act);
        }
    }
}
