//! The rules of an open connection: what is said when, what its messages mean, and whether the other side is still there.

use std::time::Duration;

use crate::awaited::Awaited;
use crate::conversation::Message;
use crate::dialogue::{self, Dialogue, Problem, Step};
use crate::ear::Heard;
use crate::heartbeat::{self, Heartbeat};
use crate::ping::{Due, Ping};
use crate::rules::Look;
use crate::watchdog::Watchdog;

/// What an open connection depends on.
#[derive(Clone, Debug)]
pub struct Rules {
    /// Login and subscriptions.
    pub dialogue: dialogue::Rules,
    /// Messages that keep it alive.
    pub heartbeat: Option<heartbeat::Rules>,
    /// Between two pings; `None`: none are sent.
    pub ping_interval: Option<Duration>,
    /// How long a pong may take.
    pub ping_timeout: Duration,
    /// How long what we send may wait for `websocket.send.max.per.window`.
    pub paced: Duration,
    /// How long nothing may come; `None`: however long.
    pub idle_timeout: Option<Duration>,
    /// How long no data may come; `None`: however long.
    pub data_timeout: Option<Duration>,
}

/// Something is to be done with the connection.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Task {
    /// Send this.
    Say(Message),
    /// Send a ping.
    Ping,
    /// Send a heartbeat.
    Heartbeat,
    /// Tell that the login is acknowledged.
    LoggedIn,
    /// It counts as up.
    Up,
    /// Something went wrong with what was said.
    Failed(Problem),
    /// It counts as dead.
    Dead(Death),
    /// It is old enough to be replaced.
    Renew,
}

/// Why a connection counts as dead.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Death {
    /// What did not come, how long, and by which key.
    pub reason: String,
    /// Whether a watchdog says so, and not a missing answer.
    pub watchdog: bool,
}

/// One open connection. Times are since the session began.
#[derive(Debug)]
pub struct Live {
    /// Since when it counts as up.
    pub up: Option<Duration>,
    rules: Rules,
    dialogue: Dialogue,
    ping: Option<Ping>,
    heartbeat: Option<Heartbeat>,
    idle: Option<Watchdog>,
    data: Option<Watchdog>,
    renew_at: Option<Duration>,
    /// Since when nothing is read.
    reading_stopped: Option<Duration>,
}

impl Live {
    /// A connection that opened at `now` and is to be replaced at `renew_at`.
    #[must_use]
    pub fn new(rules: Rules, now: Duration, renew_at: Option<Duration>) -> Self {
        Self {
            up: None,
            dialogue: Dialogue::new(rules.dialogue, now),
            ping: rules.ping_interval.map(|interval| {
                Ping::new(
                    interval,
                    Awaited::patient(rules.ping_timeout, rules.paced),
                    now,
                )
            }),
            heartbeat: None,
            idle: rules
                .idle_timeout
                .map(|timeout| Watchdog::new(timeout, now)),
            data: rules
                .data_timeout
                .map(|timeout| Watchdog::new(timeout, now)),
            renew_at,
            reading_stopped: None,
            rules,
        }
    }

    /// How long it has been of use.
    #[must_use]
    pub fn stable_for(&self, now: Duration) -> Duration {
        self.up.map_or(Duration::ZERO, |up| now - up)
    }

    /// What is said to the server.
    #[must_use]
    pub fn dialogue(&self) -> &Dialogue {
        &self.dialogue
    }

    /// When to come back, if nothing happens before.
    #[must_use]
    pub fn wake_at(&self) -> Option<Duration> {
        [
            self.dialogue.wake_at(),
            self.ping.as_ref().map(Ping::wake_at),
            self.heartbeat.as_ref().map(Heartbeat::wake_at),
            self.idle.as_ref().map(Watchdog::wake_at),
            self.data.as_ref().map(Watchdog::wake_at),
            // What was sent before is read first.
            self.renew_at.filter(|_| self.reading_stopped.is_none()),
        ]
        .into_iter()
        .flatten()
        .min()
    }

    /// What is due now; to be asked until it is nothing.
    pub fn next(&mut self, now: Duration, look: Look) -> Option<Task> {
        if let Some(task) = self.talk(now, look.unread) {
            return Some(task);
        }
        let listening = self.reading_stopped.is_none();
        if let Some(death) = self.watch(now, look, listening) {
            return Some(Task::Dead(death));
        }
        if listening && self.renew_at.is_some_and(|at| now >= at) {
            self.renew_at = None;
            return Some(Task::Renew);
        }
        if let Some(ping) = &mut self.ping {
            match ping.due(now, look.unread) {
                Due::Nothing => {}
                Due::Send => return Some(Task::Ping),
                Due::Lost => {
                    let timeout = ping.pong().timeout();
                    return Some(missing("pong", timeout, "websocket.ping.timeout.ms"));
                }
            }
        }
        let heartbeat = self.heartbeat.as_mut()?;
        match heartbeat.due(now, look.messages, look.unread) {
            Due::Nothing => None,
            Due::Send => Some(Task::Heartbeat),
            Due::Lost => {
                let timeout = heartbeat.response()?.timeout();
                Some(missing(
                    "answer to the heartbeat",
                    timeout,
                    "websocket.heartbeat.response.timeout.ms",
                ))
            }
        }
    }

    /// What is to be said now, or has come of what was said; to be asked until it is nothing.
    pub fn talk(&mut self, now: Duration, unread: bool) -> Option<Task> {
        let step = self.dialogue.step(now, unread);
        if self.heartbeat.is_none() && self.dialogue.is_logged_in() {
            self.heartbeat = self
                .rules
                .heartbeat
                .map(|rules| Heartbeat::new(rules, self.rules.paced, now));
            self.tell_stopped();
        }
        Some(match step? {
            Step::Say(saying) => Task::Say(saying),
            Step::LoggedIn => Task::LoggedIn,
            Step::Failed(problem) => Task::Failed(problem),
            Step::Up => {
                self.up = Some(now);
                Task::Up
            }
        })
    }

    fn watch(&mut self, now: Duration, look: Look, listening: bool) -> Option<Death> {
        // Where control messages come all the time, something is always unread, and no data among it.
        let watched = [
            (
                &mut self.idle,
                look.received,
                listening && !look.unread,
                "nothing",
                "websocket.idle.timeout.ms",
            ),
            (
                &mut self.data,
                look.data,
                listening,
                "no data",
                "websocket.data.timeout.ms",
            ),
        ];
        for (watchdog, count, listening, what, key) in watched {
            if let Some(watchdog) = watchdog
                && now >= watchdog.wake_at()
                && watchdog.has_run_out(now, count, listening)
            {
                let millis = watchdog.timeout().as_millis();
                return Some(Death {
                    reason: format!("{what} came for {millis} ms ({key})"),
                    watchdog: true,
                });
            }
        }
        None
    }

    /// What was to be sent has been written.
    pub fn written(&mut self, now: Duration) {
        self.dialogue.written(now);
    }

    /// A pong came.
    pub fn pong(&mut self) {
        if let Some(ping) = &mut self.ping {
            ping.pong().answered();
        }
    }

    /// The server sent something that means something. Whether it acknowledged a subscription message, and what went wrong.
    pub fn heard(&mut self, heard: Heard) -> (bool, Option<Problem>) {
        if heard.heartbeat_response
            && let Some(response) = self.heartbeat.as_mut().and_then(Heartbeat::response)
        {
            response.answered();
        }
        self.dialogue.heard(heard)
    }

    /// From now on it is to be replaced then.
    pub fn renew_at(&mut self, at: Duration) {
        self.renew_at = Some(at);
    }

    /// Nothing is read for now.
    pub fn reading_stopped(&mut self, now: Duration) {
        self.reading_stopped.get_or_insert(now);
        self.dialogue.reading_stopped(now);
        self.tell_stopped();
    }

    fn tell_stopped(&mut self) {
        let Some(since) = self.reading_stopped else {
            return;
        };
        if let Some(ping) = &mut self.ping {
            ping.pong().reading_stopped(since);
        }
        if let Some(response) = self.heartbeat.as_mut().and_then(Heartbeat::response) {
            response.reading_stopped(since);
        }
    }

    /// The connection is read again.
    pub fn reading_resumed(&mut self, now: Duration) {
        self.reading_stopped = None;
        self.dialogue.reading_resumed(now);
        if let Some(ping) = &mut self.ping {
            ping.pong().reading_resumed(now);
        }
        if let Some(response) = self.heartbeat.as_mut().and_then(Heartbeat::response) {
            response.reading_resumed(now);
        }
    }
}

fn missing(what: &str, timeout: Duration, key: &str) -> Task {
    Task::Dead(Death {
        reason: format!("no {what} within {} ms ({key})", timeout.as_millis()),
        watchdog: false,
    })
}
