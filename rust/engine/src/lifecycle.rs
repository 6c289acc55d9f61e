//! The rules of one connection at a time: a pure state machine without I/O and without a clock.
//!
//! The loop tells it what happened ([`Event`]) and when, and carries out what it answers ([`Action`]). Times are since the session began.

use std::time::Duration;

use crate::failure::{Ending, FailedAttempt};
use crate::ping::{Due, Ping};
use crate::reconnect::{Loss, Reconnect, Verdict, Wait};
use crate::reports::Report;
use crate::rules::{Action, Event, Rules};
use crate::settings::{ExhaustedAction, OversizeAction};
use crate::watchdog::Watchdog;

/// How long the other side may take to answer our close frame at a stop.
const CLOSE_TIMEOUT: Duration = Duration::from_millis(300);

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
        ping: Option<Ping>,
        watchdog: Option<Watchdog>,
    },
    Waiting {
        until: Duration,
    },
    Closing {
        opened: Duration,
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

/// What follows a connection that we close.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Then {
    End,
    Pause,
    /// Messages were wanted again before the close was done.
    Connect,
    /// The backoff, as after a loss.
    Retry,
    /// Nothing but a stop.
    Fail,
}

/// The state machine.
#[derive(Debug)]
pub struct Lifecycle {
    rules: Rules,
    reconnect: Reconnect,
    state: State,
    /// Nothing is read for now.
    reading_stopped: bool,
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
            reading_stopped: false,
            actions: Vec::new(),
        }
    }

    /// When to come back with [`Event::Wake`], if nothing happens before.
    #[must_use]
    pub fn wake_at(&self) -> Option<Duration> {
        match &self.state {
            State::Waiting { until } | State::Closing { until, .. } => Some(*until),
            State::Subscribing { deadline, .. } => Some(*deadline),
            State::Open { ping, watchdog, .. } => {
                let pinging = ping.as_ref().map(Ping::wake_at);
                let watching = watchdog.as_ref().map(Watchdog::wake_at);
                pinging.into_iter().chain(watching).min()
            }
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
            Event::Start => self.start(now),
            Event::Refused(attempt) => self.refused(now, attempt),
            Event::Opened => self.opened(now),
            Event::Sent => self.sent(now),
            Event::Pong => self.pong(),
            Event::Lost(ending) => self.lost(now, ending),
            Event::Wake { unread, received } => self.wake(now, unread, received),
            Event::ReadingStopped => self.reading_stopped(now),
            Event::ReadingResumed => self.reading_resumed(now),
            Event::Overflowed(how) => self.overflowed(now, &how),
            Event::Oversize(bytes) => self.oversize(now, bytes),
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
            self.connect(now);
        }
    }

    /// Begins an attempt, or waits until one may begin.
    fn connect(&mut self, now: Duration) {
        if let Some(wait) = self.reconnect.hold(now) {
            return self.wait(now, wait);
        }
        self.reconnect.begins(now);
        self.state = State::Connecting;
        self.act(Action::Connect);
    }

    fn wait(&mut self, now: Duration, wait: Wait) {
        self.state = State::Waiting {
            until: now + wait.delay,
        };
        self.report(Report::Reconnecting { wait });
    }

    fn refused(&mut self, now: Duration, attempt: FailedAttempt) {
        if matches!(self.state, State::Connecting) {
            let last = format!("connection failed: {}", attempt.why);
            let loss = Loss::Refused {
                status: attempt.status,
                retry_after: attempt.retry_after,
            };
            self.report(Report::Failed { why: attempt.why });
            self.retry(now, loss, &last);
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
        let timeout = self.rules.ping_timeout;
        let mut ping = self
            .rules
            .ping_interval
            .map(|interval| Ping::new(interval, timeout, now));
        if let Some(ping) = ping.as_mut().filter(|_| self.reading_stopped) {
            ping.reading_stopped(now);
        }
        let watchdog = self
            .rules
            .idle_timeout
            .map(|timeout| Watchdog::new(timeout, now));
        self.state = State::Open {
            opened,
            ping,
            watchdog,
        };
        self.act(Action::Up);
    }

    fn pong(&mut self) {
        if let Some(ping) = self.ping() {
            ping.pong();
        }
    }

    fn reading_stopped(&mut self, now: Duration) {
        self.reading_stopped = true;
        if let Some(ping) = self.ping() {
            ping.reading_stopped(now);
        }
    }

    fn reading_resumed(&mut self, now: Duration) {
        self.reading_stopped = false;
        if let Some(ping) = self.ping() {
            ping.reading_resumed(now);
        }
    }

    fn ping(&mut self) -> Option<&mut Ping> {
        match &mut self.state {
            State::Open { ping, .. } => ping.as_mut(),
            _ => None,
        }
    }

    fn overflowed(&mut self, now: Duration, how: &str) {
        let why = format!("a message found no room and websocket.overflow.policy=fail: {how}");
        self.fail(now, why, normal("the queue is full"));
    }

    fn oversize(&mut self, now: Duration, bytes: usize) {
        let what = format!(
            "a message of {bytes} bytes is longer than websocket.max.message.bytes={}",
            self.rules.max_message_bytes
        );
        let ending = Ending::ours(1009, what.as_str());
        match self.rules.oversize_action {
            OversizeAction::Skip => {}
            OversizeAction::Fail => self.fail(
                now,
                format!("{what} (websocket.oversize.action=fail)"),
                ending,
            ),
            OversizeAction::Reconnect => {
                if let State::Open { opened, .. } | State::Subscribing { opened, .. } = self.state {
                    self.close(now, opened, ending, Then::Retry);
                }
            }
        }
    }

    /// The session fails by what the server sent, not by the loss of its connection: that is closed.
    fn fail(&mut self, now: Duration, why: String, ending: Ending) {
        match &mut self.state {
            State::Open { opened, .. } | State::Subscribing { opened, .. } => {
                let opened = *opened;
                self.close(now, opened, ending, Then::Fail);
            }
            State::Closing { then, .. } if *then != Then::End => *then = Then::Fail,
            State::Closing { .. } | State::Ended => return,
            _ => {
                self.state = State::GaveUp;
                self.act(Action::Disconnect);
            }
        }
        self.report(Report::Failing { why: why.clone() });
        self.act(Action::Fail(format!("{why}; url={}", self.rules.endpoint)));
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
            State::Closing { .. } => return self.closed(now, Some(&ending)),
            _ => return,
        };
        self.disconnect(now, opened, ending);
    }

    fn disconnect(&mut self, now: Duration, opened: Duration, ending: Ending) {
        self.reconnect.was_open(now - opened);
        let last = format!("connection closed: {ending}");
        let loss = Loss::Closed((!ending.ours).then_some(ending.code));
        self.act(Action::Disconnect);
        self.report(Report::Closed { ending });
        self.retry(now, loss, &last);
    }

    fn retry(&mut self, now: Duration, loss: Loss, last: &str) {
        match self.reconnect.after(loss, now) {
            Verdict::Again(wait) => self.wait(now, wait),
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
        format!("gave up on {}: {why}; last: {last}", self.rules.endpoint)
    }

    fn wake(&mut self, now: Duration, unread: bool, received: u64) {
        match &self.state {
            State::Waiting { until } if now >= *until => self.connect(now),
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
            State::Closing { until, .. } if now >= *until => self.closed(now, None),
            State::Open { .. } => self.look(now, unread, received),
            _ => {}
        }
    }

    /// Whether the other side is still there.
    fn look(&mut self, now: Duration, unread: bool, received: u64) {
        let listening = !self.reading_stopped;
        let State::Open {
            opened,
            ping,
            watchdog,
        } = &mut self.state
        else {
            return;
        };
        let opened = *opened;
        if let Some(watchdog) = watchdog
            && now >= watchdog.wake_at()
            && watchdog.has_run_out(now, received, listening && !unread)
        {
            let reason = format!(
                "nothing came for {} ms (websocket.idle.timeout.ms)",
                watchdog.timeout().as_millis()
            );
            return self.disconnect(now, opened, Ending::abnormal(reason));
        }
        let Some(ping) = ping else { return };
        match ping.due(now, unread) {
            Due::Nothing => {}
            Due::Send => self.act(Action::Ping),
            Due::Lost => {
                let reason = format!("no pong within {} ms", ping.timeout().as_millis());
                self.disconnect(now, opened, Ending::abnormal(reason));
            }
        }
    }

    fn pause(&mut self, now: Duration) {
        match self.state {
            State::Open { opened, .. } | State::Subscribing { opened, .. } => {
                self.report(Report::Paused);
                self.close(now, opened, normal("paused"), Then::Pause);
            }
            State::Closing {
                then: ref mut then @ (Then::Connect | Then::Retry),
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
            State::Open { opened, .. } | State::Subscribing { opened, .. } => {
                let opened = *opened;
                self.close(now, opened, normal("stopped by Kafka Connect"), Then::End);
            }
            State::Closing { then, .. } => *then = Then::End,
            State::Ended => {}
            _ => {
                self.act(Action::Disconnect);
                self.end();
            }
        }
    }

    fn close(&mut self, now: Duration, opened: Duration, ending: Ending, then: Then) {
        self.act(Action::Close(ending.code));
        self.state = State::Closing {
            opened,
            until: now + CLOSE_TIMEOUT,
            ending,
            then,
        };
    }

    /// The connection that we closed is gone, or its answer is late.
    /// `met` is how it ended on the server's side, if that is known.
    fn closed(&mut self, now: Duration, met: Option<&Ending>) {
        let State::Closing {
            opened,
            ending,
            then,
            ..
        } = std::mem::replace(&mut self.state, State::GaveUp)
        else {
            return;
        };
        self.reconnect.was_open(now - opened);
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
            Then::Pause => self.state = State::Paused { not_before: now },
            Then::Connect => self.connect(now),
            Then::Retry => self.retry(now, loss, &last),
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
