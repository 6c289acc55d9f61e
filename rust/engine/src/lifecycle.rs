//! The rules of one connection at a time: a pure state machine without I/O and without a clock.
//!
//! The loop tells it what happened ([`Event`]) and when, and carries out what it answers ([`Action`]). Times are since the session began.

use std::time::Duration;

use crate::backoff::Backoff;
use crate::failure::Ending;
use crate::ping::{Due, Ping};
use crate::reports::Report;
use crate::settings::{ExhaustedAction, Settings};

/// How long the other side may take to answer our close frame at a stop.
const CLOSE_TIMEOUT: Duration = Duration::from_millis(300);

/// Something happened.
#[derive(Clone, Debug)]
pub enum Event {
    /// The session begins.
    Start,
    /// An attempt failed; the text holds no secret.
    Refused(String),
    /// The opening handshake is done.
    Opened,
    /// What was to be sent has been written.
    Sent,
    /// A pong arrived.
    Pong,
    /// The connection is gone.
    Lost(Ending),
    /// The time that [`Lifecycle::wake_at`] named has come.
    Wake {
        /// Data waits on the socket that has not been looked at.
        unread: bool,
    },
    /// Nobody wants messages for now: let go of the feed.
    Pause,
    /// Messages are wanted again.
    Resume,
    /// The session is to end.
    Stop,
}

/// Something is to be done.
#[derive(Clone, Debug, PartialEq)]
pub enum Action {
    /// Begin an attempt to connect.
    Connect,
    /// Send the subscription message and answer with [`Event::Sent`].
    Subscribe,
    /// The connection counts as up: opened, and the subscription message, if any, written.
    Up,
    /// Send a ping.
    Ping,
    /// Send a close frame with code 1000 and go on reading.
    Close,
    /// Drop the connection, or the attempt.
    Disconnect,
    /// Tell the operator.
    Report(Report),
    /// The session has failed for good; the text says why.
    Fail(String),
    /// The session is over.
    End,
}

/// What the rules depend on.
#[derive(Clone, Debug)]
pub struct Rules {
    /// The URL without secrets, for texts.
    pub endpoint: String,
    /// Whether a subscription message is to be sent.
    pub subscribe: bool,
    /// Whether to connect again at all.
    pub reconnect: bool,
    /// Attempts in a row before giving up; `None`: no limit.
    pub max_attempts: Option<u32>,
    /// What giving up means.
    pub exhausted_action: ExhaustedAction,
    /// How long writing the subscription message may take.
    pub send_timeout: Duration,
    /// Between two pings.
    pub ping_interval: Duration,
    /// How long a pong may take.
    pub ping_timeout: Duration,
    /// A connection that was open this long resets the attempts.
    pub stable_after: Duration,
}

impl Rules {
    /// The rules that these settings ask for.
    #[must_use]
    pub fn of(settings: &Settings) -> Self {
        let reconnect = &settings.reconnect;
        Self {
            endpoint: settings.endpoint(),
            subscribe: settings.subscription_message.is_some(),
            reconnect: reconnect.enabled,
            max_attempts: u32::try_from(reconnect.max_attempts)
                .ok()
                .filter(|attempts| *attempts > 0),
            exhausted_action: reconnect.exhausted_action,
            send_timeout: settings.connection_timeout(),
            ping_interval: Duration::from_millis(settings.ping.interval_ms),
            ping_timeout: Duration::from_millis(settings.ping.timeout_ms),
            stable_after: Duration::from_millis(settings.stable_after_ms),
        }
    }
}

#[derive(Debug)]
enum State {
    Idle,
    Connecting,
    Subscribing {
        opened: Duration,
        deadline: Duration,
    },
    Open {
        opened: Duration,
        ping: Ping,
    },
    Waiting {
        until: Duration,
    },
    Closing {
        opened: Duration,
        until: Duration,
        then: Then,
    },
    /// Without a connection on purpose, until [`Event::Resume`]; the backoff stays in force.
    Paused {
        not_before: Duration,
    },
    /// Attempts are exhausted; only a stop is left.
    GaveUp,
    Ended,
}

/// What follows a connection that we close.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Then {
    End,
    Pause,
    /// Messages were wanted again before the close was done.
    Connect,
}

/// The state machine.
#[derive(Debug)]
pub struct Lifecycle {
    rules: Rules,
    backoff: Backoff,
    state: State,
    actions: Vec<Action>,
}

impl Lifecycle {
    /// A session that has not begun.
    #[must_use]
    pub fn new(rules: Rules, backoff: Backoff) -> Self {
        Self {
            rules,
            backoff,
            state: State::Idle,
            actions: Vec::new(),
        }
    }

    /// When to come back with [`Event::Wake`], if nothing happens before.
    #[must_use]
    pub fn wake_at(&self) -> Option<Duration> {
        match &self.state {
            State::Waiting { until } | State::Closing { until, .. } => Some(*until),
            State::Subscribing { deadline, .. } => Some(*deadline),
            State::Open { ping, .. } => Some(ping.wake_at()),
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

    /// Takes an event and answers with what is to be done, in order. Events that no longer matter are ignored.
    pub fn handle(&mut self, now: Duration, event: Event) -> Vec<Action> {
        match event {
            Event::Start => self.start(),
            Event::Refused(why) => self.refused(now, &why),
            Event::Opened => self.opened(now),
            Event::Sent => self.sent(now),
            Event::Pong => self.pong(),
            Event::Lost(ending) => self.lost(now, ending),
            Event::Wake { unread } => self.wake(now, unread),
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

    fn start(&mut self) {
        if matches!(self.state, State::Idle) {
            self.connect();
        }
    }

    fn connect(&mut self) {
        self.state = State::Connecting;
        self.act(Action::Connect);
    }

    fn refused(&mut self, now: Duration, why: &str) {
        if matches!(self.state, State::Connecting) {
            self.report(Report::Failed {
                why: why.to_owned(),
            });
            self.retry(now, &format!("connection failed: {why}"));
        }
    }

    fn opened(&mut self, now: Duration) {
        if !matches!(self.state, State::Connecting) {
            return;
        }
        self.report(Report::Opened);
        if self.rules.subscribe {
            self.state = State::Subscribing {
                opened: now,
                deadline: now + self.rules.send_timeout,
            };
            self.act(Action::Subscribe);
        } else {
            self.up(now, now);
        }
    }

    fn sent(&mut self, now: Duration) {
        if let State::Subscribing { opened, .. } = self.state {
            self.up(opened, now);
        }
    }

    fn up(&mut self, opened: Duration, now: Duration) {
        let ping = Ping::new(self.rules.ping_interval, self.rules.ping_timeout, now);
        self.state = State::Open { opened, ping };
        self.act(Action::Up);
    }

    fn pong(&mut self) {
        if let State::Open { ping, .. } = &mut self.state {
            ping.pong();
        }
    }

    fn lost(&mut self, now: Duration, ending: Ending) {
        let opened = match self.state {
            State::Subscribing { opened, .. } => {
                self.report(Report::SubscriptionFailed {
                    why: ending.to_string(),
                });
                opened
            }
            State::Open { opened, .. } => opened,
            State::Closing { opened, then, .. } => return self.closed(now, opened, then),
            _ => return,
        };
        self.disconnect(now, opened, ending);
    }

    fn disconnect(&mut self, now: Duration, opened: Duration, ending: Ending) {
        self.settle(now, opened);
        let last = format!("connection closed: {ending}");
        self.act(Action::Disconnect);
        self.report(Report::Closed { ending });
        self.retry(now, &last);
    }

    /// A connection that held for a while starts the attempts anew.
    fn settle(&mut self, now: Duration, opened: Duration) {
        if now - opened >= self.rules.stable_after {
            self.backoff.reset();
        }
    }

    fn retry(&mut self, now: Duration, last: &str) {
        let attempts = self.backoff.attempts();
        if !self.rules.reconnect || self.rules.max_attempts.is_some_and(|max| attempts >= max) {
            return self.give_up(last);
        }
        let delay = self.backoff.next_delay();
        self.state = State::Waiting { until: now + delay };
        self.report(Report::Reconnecting {
            delay,
            attempt: attempts + 1,
        });
    }

    fn give_up(&mut self, last: &str) {
        self.state = State::GaveUp;
        let why = if self.rules.reconnect {
            format!(
                "{} attempts to reconnect were made in vain (websocket.reconnect.max.attempts)",
                self.backoff.attempts()
            )
        } else {
            "the connection is down and websocket.reconnect.enabled=false".to_owned()
        };
        let endpoint = &self.rules.endpoint;
        let text = format!("gave up on {endpoint}: {why}; last: {last}");
        match self.rules.exhausted_action {
            ExhaustedAction::Fail => {
                self.report(Report::GaveUp {
                    why: text.clone(),
                    stays: false,
                });
                self.act(Action::Fail(text));
            }
            ExhaustedAction::Stay => self.report(Report::GaveUp {
                why: text,
                stays: true,
            }),
        }
    }

    fn wake(&mut self, now: Duration, unread: bool) {
        match &mut self.state {
            State::Waiting { until } if now >= *until => self.connect(),
            State::Subscribing { opened, deadline } if now >= *deadline => {
                let opened = *opened;
                let why = format!(
                    "not written within {} ms",
                    self.rules.send_timeout.as_millis()
                );
                self.report(Report::SubscriptionFailed { why: why.clone() });
                self.disconnect(
                    now,
                    opened,
                    Ending::abnormal(format!("subscription message {why}")),
                );
            }
            State::Closing {
                opened,
                until,
                then,
            } if now >= *until => {
                let (opened, then) = (*opened, *then);
                self.closed(now, opened, then);
            }
            State::Open { opened, ping } => match ping.due(now, unread) {
                Due::Nothing => {}
                Due::Send => self.act(Action::Ping),
                Due::Lost => {
                    let opened = *opened;
                    let reason = format!("no pong within {} ms", ping.timeout().as_millis());
                    self.disconnect(now, opened, Ending::abnormal(reason));
                }
            },
            _ => {}
        }
    }

    fn pause(&mut self, now: Duration) {
        match self.state {
            State::Open { opened, .. } | State::Subscribing { opened, .. } => {
                self.report(Report::Paused);
                self.close(now, opened, Then::Pause);
            }
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
            State::Paused { .. } => self.connect(),
            State::Closing { then, .. } if *then == Then::Pause => *then = Then::Connect,
            _ => {}
        }
    }

    fn stop(&mut self, now: Duration) {
        match &mut self.state {
            State::Open { opened, .. } | State::Subscribing { opened, .. } => {
                let opened = *opened;
                self.close(now, opened, Then::End);
            }
            State::Closing { then, .. } => *then = Then::End,
            State::Ended => {}
            _ => {
                self.act(Action::Disconnect);
                self.end();
            }
        }
    }

    fn close(&mut self, now: Duration, opened: Duration, then: Then) {
        self.state = State::Closing {
            opened,
            until: now + CLOSE_TIMEOUT,
            then,
        };
        self.act(Action::Close);
    }

    /// The connection that we closed is gone, or its answer is late.
    fn closed(&mut self, now: Duration, opened: Duration, then: Then) {
        self.settle(now, opened);
        let reason = match then {
            Then::End => "stopped by Kafka Connect",
            Then::Pause | Then::Connect => "paused",
        };
        self.act(Action::Disconnect);
        self.report(Report::Closed {
            ending: Ending {
                code: 1000,
                reason: reason.into(),
            },
        });
        match then {
            Then::End => self.end(),
            Then::Pause => self.state = State::Paused { not_before: now },
            Then::Connect => self.connect(),
        }
    }

    fn end(&mut self) {
        self.state = State::Ended;
        self.act(Action::End);
    }
}

#[cfg(test)]
#[path = "lifecycle_tests.rs"]
mod tests;
