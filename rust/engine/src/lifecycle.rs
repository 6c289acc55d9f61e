//! The rules of one connection at a time: a pure state machine without I/O and without a clock.
//!
//! The loop tells it what happened ([`Event`]) and when, and carries out what it answers ([`Action`]). Times are since the session began.

use std::cell::RefCell;
use std::rc::Rc;
use std::time::Duration;

use crate::endpoints::Endpoints;
use crate::failure::{Ending, FailedAttempt};
use crate::live::Live;
use crate::losses::Digest;
use crate::reconnect::{Loss, Reconnect, Verdict, Wait};
use crate::reports::Report;
use crate::rules::{Action, Event, Look, Rules};
use crate::settings::ExhaustedAction;
use crate::status::Shown;

mod open;

/// How long the other side may take to answer our close frame at a stop.
const CLOSE_TIMEOUT: Duration = Duration::from_millis(300);

#[derive(Debug)]
enum State {
    Idle,
    Connecting,
    Open(Box<Live>),
    Waiting {
        until: Duration,
    },
    Closing {
        /// How long the connection was of use.
        stable: Duration,
        until: Duration,
        ending: Ending,
        then: Then,
    },
    /// Without a connection on purpose, until [`Event::Resume`]; the backoff stays in force.
    Paused {
        not_before: Duration,
    },
    /// Attempts are exhausted or the session has failed; only a stop is left.
    GaveUp,
    Ended,
}

/// What these rules are to those of another connection of the session.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Standing {
    /// There is no other one.
    Only,
    /// The other one is to replace this one, and sees to everything once this one is gone.
    BeingReplaced,
    /// This one is to replace the other one, which is still up.
    Successor,
}

/// What follows a connection that we close.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Then {
    End,
    Pause,
    /// Messages were wanted again before the close was done.
    Connect,
    /// The backoff, as after a loss.
    Retry,
    /// The end of one that was to replace another one, which stays; the backoff if that is gone meanwhile.
    GiveWay,
    /// Nothing but a stop.
    Fail,
}

/// The state machine.
#[derive(Debug)]
pub struct Lifecycle {
    rules: Rules,
    reconnect: Reconnect,
    state: State,
    standing: Standing,
    /// Of the session.
    endpoints: Rc<RefCell<Endpoints>>,
    /// Where the connection or attempt at hand goes.
    endpoint: usize,
    /// Where the next attempt goes.
    next_endpoint: usize,
    /// Subscriptions that failed on connections that stay.
    failures: Digest,
    actions: Vec<Action>,
}

impl Lifecycle {
    /// A session that has not begun.
    #[must_use]
    pub fn new(rules: Rules, reconnect: Reconnect) -> Self {
        Self {
            rules,
            reconnect,
            state: State::Idle,
            standing: Standing::Only,
            endpoints: Rc::default(),
            endpoint: 0,
            next_endpoint: 0,
            failures: Digest::default(),
            actions: Vec::new(),
        }
    }

    /// As [`new`](Self::new), for a connection that is to replace another one.
    #[must_use]
    pub fn successor(rules: Rules, reconnect: Reconnect) -> Self {
        Self {
            standing: Standing::Successor,
            ..Self::new(rules, reconnect)
        }
    }

    /// With what all connections of the session know of its endpoints; the connection before this one was to `endpoint`.
    #[must_use]
    pub fn among(self, endpoints: Rc<RefCell<Endpoints>>, endpoint: usize) -> Self {
        Self {
            endpoints,
            endpoint,
            next_endpoint: endpoint,
            ..self
        }
    }

    /// When to come back with [`Event::Wake`], if nothing happens before.
    #[must_use]
    pub fn wake_at(&self) -> Option<Duration> {
        match &self.state {
            State::Waiting { until } | State::Closing { until, .. } => Some(*until),
            State::Open(live) => live.wake_at(),
            State::Idle
            | State::Connecting
            | State::Paused { .. }
            | State::GaveUp
            | State::Ended => None,
        }
    }

    /// Whether the session is over.
    #[must_use]
    pub fn has_ended(&self) -> bool {
        matches!(self.state, State::Ended)
    }

    /// From now on these rules hold, for connections that open later.
    pub fn change(&mut self, rules: Rules) {
        self.rules = rules;
        if self.endpoint >= self.rules.endpoints.len() {
            self.endpoint = 0;
        }
        if self.next_endpoint >= self.rules.endpoints.len() {
            self.next_endpoint = 0;
        }
    }

    /// Where the connection or attempt at hand goes, for texts.
    fn endpoint(&self) -> &str {
        &self.rules.endpoints[self.endpoint]
    }

    /// The connection or attempt at hand failed, and the server asks to be left alone for some time.
    fn endpoint_failed(&mut self, now: Duration, asked: Option<Duration>) {
        let count = self.rules.endpoints.len();
        let mut endpoints = self.endpoints.borrow_mut();
        self.next_endpoint = endpoints.failed(self.endpoint, count, now, asked);
    }

    /// The connection at hand is gone; whether it held, was of use and had not gone silent.
    fn endpoint_left(&mut self, now: Duration, held: bool) {
        if held {
            self.next_endpoint = self.endpoints.borrow().after(self.endpoint, now);
        } else {
            self.endpoint_failed(now, None);
        }
    }

    /// There will be an attempt.
    fn turn(&mut self) {
        if self.endpoint != self.next_endpoint {
            self.endpoint = self.next_endpoint;
            self.act(Action::TurnTo(self.endpoint));
        }
    }

    /// What the metrics show.
    #[must_use]
    pub fn shown(&self) -> Shown {
        match &self.state {
            State::Idle | State::Connecting => Shown::Connecting,
            State::Open(_) if self.standing == Standing::BeingReplaced => Shown::HandingOver,
            State::Open(live) if !live.dialogue().is_logged_in() => Shown::LoggingIn,
            State::Open(live) if !live.dialogue().is_done() => Shown::Subscribing,
            State::Open(_) => Shown::Open,
            State::Waiting { .. } => Shown::Waiting,
            State::Closing { .. } => Shown::Closing,
            State::Paused { .. } => Shown::Paused,
            State::GaveUp => Shown::GaveUp,
            State::Ended => Shown::Ended,
        }
    }

    /// When the next attempt begins, if one is waited for.
    #[must_use]
    pub fn next_attempt_at(&self) -> Option<Duration> {
        match &self.state {
            State::Waiting { until } => Some(*until),
            _ => None,
        }
    }

    /// Attempts since the last stable connection.
    #[must_use]
    pub fn attempts(&self) -> u32 {
        self.reconnect.attempts()
    }

    /// Takes an event and answers with what is to be done, in order. Events that no longer matter are ignored.
    pub fn handle(&mut self, now: Duration, event: Event) -> Vec<Action> {
        match event {
            Event::Start => self.start(now),
            Event::Refused(attempt) => self.refused(now, attempt),
            Event::Opened => self.opened(now),
            Event::Sent => self.sent(now),
            Event::Pong => self.pong(),
            Event::Heard { heard, shown } => self.heard(now, heard, shown),
            Event::Lost(ending) => self.lost(now, ending),
            Event::Wake(look) => self.wake(now, look),
            Event::ReadingStopped => self.reading_stopped(now),
            Event::ReadingResumed => self.reading_resumed(now),
            Event::Overflowed(how) => self.overflowed(now, &how),
            Event::Oversize(bytes) => self.oversize(now, bytes),
            Event::Replaced => self.replaced(now),
            Event::Leads => self.standing = Standing::Only,
            Event::Alone => self.alone(now),
            Event::Pause => self.pause(now),
            Event::Resume => self.resume(now),
            Event::Stop => self.stop(now),
        }
        std::mem::take(&mut self.actions)
    }

    fn act(&mut self, action: Action) {
        self.actions.push(action);
    }

    fn report(&mut self, report: Report) {
        self.act(Action::Report(report));
    }

    fn start(&mut self, now: Duration) {
        if matches!(self.state, State::Idle) {
            // Planned, if it is not the first.
            self.endpoint_left(now, true);
            self.connect(now);
        }
    }

    /// Begins an attempt, or waits until one may begin.
    fn connect(&mut self, now: Duration) {
        if let Some(wait) = self.reconnect.hold(now) {
            return self.wait(now, wait);
        }
        self.turn();
        self.reconnect.begins(now);
        self.state = State::Connecting;
        self.act(Action::Connect);
    }

    fn wait(&mut self, now: Duration, wait: Wait) {
        self.turn();
        self.state = State::Waiting {
            until: now + wait.delay,
        };
        self.report(Report::Reconnecting { wait });
    }

    fn refused(&mut self, now: Duration, attempt: FailedAttempt) {
        if matches!(self.state, State::Connecting) {
            let last = format!("connection failed: {}", attempt.why);
            let next = if attempt.elsewhere {
                attempt.retry_after
            } else {
                self.endpoint_failed(now, attempt.retry_after);
                // Another endpoint has not asked for it.
                self.endpoints.borrow().held(self.next_endpoint, now)
            };
            let loss = Loss::Refused {
                status: attempt.status.filter(|_| !attempt.mended),
                retry_after: next,
            };
            self.report(Report::Failed {
                why: attempt.why,
                status: attempt.status,
            });
            self.retry(now, loss, &last);
        }
    }

    /// The session fails by what the server sent, not by the loss of its connection: that is closed.
    fn fail(&mut self, now: Duration, why: String, ending: Ending) {
        match &mut self.state {
            State::Open(_) => self.close(now, ending, Then::Fail),
            State::Closing { then, .. } if *then != Then::End => *then = Then::Fail,
            State::Closing { .. } | State::Ended => return,
            _ => {
                self.state = State::GaveUp;
                self.act(Action::Disconnect);
            }
        }
        self.report(Report::Failing { why: why.clone() });
        self.act(Action::Fail(format!("{why}; url={}", self.endpoint())));
    }

    fn retry(&mut self, now: Duration, loss: Loss, last: &str) {
        if self.standing == Standing::BeingReplaced && !self.reconnect.is_fatal(loss) {
            return self.end();
        }
        match self.reconnect.after(loss, now) {
            Verdict::Again(wait) => self.wait(now, wait),
            Verdict::Exhausted(why) | Verdict::Fatal(why)
                if self.standing == Standing::Successor =>
            {
                self.report(Report::NotReplaced {
                    why: format!("{why}; last: {last}"),
                });
                self.end();
            }
            Verdict::Exhausted(why) => {
                let why = self.gave_up(&why, last);
                let stays = self.rules.exhausted_action == ExhaustedAction::Stay;
                self.report(Report::GaveUp {
                    why: why.clone(),
                    stays,
                });
                if !stays {
                    self.act(Action::Fail(why));
                }
            }
            Verdict::Fatal(why) => {
                let why = self.gave_up(&why, last);
                self.report(Report::Fatal { why: why.clone() });
                self.act(Action::Fail(why));
            }
        }
    }

    fn gave_up(&mut self, why: &str, last: &str) -> String {
        self.state = State::GaveUp;
        format!("gave up on {}: {why}; last: {last}", self.endpoint())
    }

    fn wake(&mut self, now: Duration, look: Look) {
        match &self.state {
            State::Waiting { until } if now >= *until => self.connect(now),
            State::Closing { until, .. } if now >= *until => self.closed(now, None),
            State::Open(_) => self.look(now, look),
            _ => {}
        }
    }

    fn pause(&mut self, now: Duration) {
        match self.state {
            State::Open(_) => {
                self.report(Report::Paused);
                self.close(now, normal("paused"), Then::Pause);
            }
            State::Closing {
                then: ref mut then @ (Then::Connect | Then::Retry | Then::GiveWay),
                ..
            } => *then = Then::Pause,
            State::Connecting => self.let_go(now),
            State::Waiting { until } => self.let_go(until),
            _ => {}
        }
    }

    fn let_go(&mut self, not_before: Duration) {
        self.report(Report::Paused);
        self.act(Action::Disconnect);
        self.state = State::Paused { not_before };
    }

    fn resume(&mut self, now: Duration) {
        match &mut self.state {
            State::Paused { not_before } if now < *not_before => {
                self.state = State::Waiting { until: *not_before }
            }
            State::Paused { .. } => self.connect(now),
            State::Closing { then, .. } if *then == Then::Pause => *then = Then::Connect,
            _ => {}
        }
    }

    fn stop(&mut self, now: Duration) {
        match &mut self.state {
            State::Open(_) => self.close(now, normal("stopped by Kafka Connect"), Then::End),
            State::Closing { then, .. } => *then = Then::End,
            State::Ended => {}
            _ => {
                self.act(Action::Disconnect);
                self.end();
            }
        }
    }

    fn close(&mut self, now: Duration, ending: Ending, then: Then) {
        let stable = match &self.state {
            State::Open(live) => live.stable_for(now),
            _ => Duration::ZERO,
        };
        self.act(Action::Close(ending.code));
        self.state = State::Closing {
            stable,
            until: now + CLOSE_TIMEOUT,
            ending,
            then,
        };
    }

    /// The connection that we closed is gone, or its answer is late.
    /// `met` is how it ended on the server's side, if that is known.
    fn closed(&mut self, now: Duration, met: Option<&Ending>) {
        let State::Closing {
            stable,
            ending,
            then,
            ..
        } = std::mem::replace(&mut self.state, State::GaveUp)
        else {
            return;
        };
        self.reconnect.was_up(stable);
        // Of a close by plan, or for a pause, the endpoint is not to blame.
        let planned = matches!(then, Then::Connect | Then::Pause | Then::End);
        let held = planned || self.reconnect.is_stable(stable);
        self.endpoint_left(now, held);
        // A close frame of the server's own, which crossed ours: an answer has the code that we sent.
        let crossed = met.filter(|met| !matches!(met.code, 1005 | 1006) && met.code != ending.code);
        let last = format!("connection closed: {}", crossed.unwrap_or(&ending));
        let loss = Loss::Closed(crossed.map(|met| met.code));
        self.act(Action::Disconnect);
        self.report(Report::Closed { ending });
        match then {
            Then::End => self.end(),
            Then::Fail => {}
            // Whatever we closed it for.
            _ if self.reconnect.is_fatal(loss) => self.retry(now, loss, &last),
            _ if self.standing == Standing::BeingReplaced => self.end(),
            Then::GiveWay if self.standing == Standing::Successor => self.end(),
            Then::Pause => self.state = State::Paused { not_before: now },
            Then::Connect => self.connect(now),
            Then::Retry | Then::GiveWay => self.retry(now, loss, &last),
        }
    }

    fn end(&mut self) {
        self.state = State::Ended;
        self.act(Action::End);
    }
}

/// A close of ours with code 1000.
fn normal(reason: &str) -> Ending {
    Ending::ours(1000, reason)
}

#[cfg(test)]
#[path = "lifecycle_tests.rs"]
mod tests;
