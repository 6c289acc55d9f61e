//! What happens while a connection is open.

use std::time::Duration;

use super::{Lifecycle, Standing, State, Then, normal};
use crate::conversation::Message;
use crate::dialogue::Problem;
use crate::ear::Heard;
use crate::failure::Ending;
use crate::live::{Live, Task};
use crate::reconnect::Loss;
use crate::reports::Report;
use crate::rules::{Action, Look, overflowed};
use crate::settings::{FailureAction, Handover, OversizeAction};

/// The most that a connection is replaced before its time (`websocket.connection.max.age.ms`), so that many do not do it at once.
const AGE_JITTER: f64 = 0.05;

impl Lifecycle {
    pub(super) fn opened(&mut self, now: Duration) {
        if !matches!(self.state, State::Connecting) {
            return;
        }
        self.report(Report::Opened);
        let renew_at = self
            .rules
            .max_age
            .map(|age| now + self.reconnect.shortened(age, AGE_JITTER));
        let live = Live::new(self.rules.live.clone(), now, renew_at);
        self.state = State::Open(Box::new(live));
        self.talk(now);
    }

    pub(super) fn live(&mut self) -> Option<&mut Live> {
        match &mut self.state {
            State::Open(live) => Some(live),
            _ => None,
        }
    }

    pub(super) fn sent(&mut self, now: Duration) {
        if let Some(live) = self.live() {
            live.written(now);
            self.talk(now);
        }
    }

    pub(super) fn pong(&mut self) {
        if let Some(live) = self.live() {
            live.pong();
        }
    }

    pub(super) fn reading_stopped(&mut self, now: Duration) {
        if let Some(live) = self.live() {
            live.reading_stopped(now);
        }
    }

    pub(super) fn reading_resumed(&mut self, now: Duration) {
        if let Some(live) = self.live() {
            live.reading_resumed(now);
        }
    }

    /// An acknowledgement may be among what came with this, so none is late here.
    fn talk(&mut self, now: Duration) {
        while let Some(task) = self.live().and_then(|live| live.talk(now, true)) {
            self.do_task(now, task);
        }
    }

    pub(super) fn look(&mut self, now: Duration, look: Look) {
        while let Some(task) = self.live().and_then(|live| live.next(now, look)) {
            self.do_task(now, task);
        }
    }

    fn do_task(&mut self, now: Duration, task: Task) {
        match task {
            Task::Say(saying) => self.act(Action::Say(saying)),
            Task::Ping => self.act(Action::Ping),
            Task::Heartbeat => self.act(Action::Heartbeat),
            Task::LoggedIn => self.report(Report::LoggedIn),
            Task::Up => {
                if self.rules.live.dialogue.acknowledged {
                    let messages = self.rules.live.dialogue.subscriptions;
                    self.report(Report::Subscribed { messages });
                }
                self.act(Action::Up);
            }
            Task::Failed(problem) => self.say_failed(now, problem, None),
            Task::Dead(death) => {
                if death.watchdog {
                    self.report(Report::Silent {
                        why: death.reason.clone(),
                    });
                }
                // 1006 as far as anybody can tell, but by us.
                self.disconnect(now, Ending::ours(1006, death.reason));
            }
            Task::Renew => {
                let why = match self.rules.max_age {
                    Some(age) => format!(
                        "it is older than {} ms, or soon will be (websocket.connection.max.age.ms)",
                        age.as_millis()
                    ),
                    None => "the server has asked for it (websocket.reconnect.on.match)".to_owned(),
                };
                self.renew(now, why, Then::Connect);
            }
        }
    }

    /// The server sent something that means something; `shown` is its text, fit to be shown, if that is an error.
    pub(super) fn heard(&mut self, now: Duration, heard: Heard, shown: Option<String>) {
        let Some(live) = self.live() else { return };
        let stable = live.stable_for(now);
        let (acknowledged, problem) = live.heard(heard);
        if acknowledged {
            self.act(Action::Acknowledged);
        }
        if let Some(problem) = problem {
            self.say_failed(now, problem, shown);
        }
        if heard.notice && matches!(self.state, State::Open(_)) {
            // A server that asks for it again and again is not obeyed at full speed.
            let then = if self.reconnect.is_stable(stable) {
                Then::Connect
            } else {
                Then::Retry
            };
            let why = "the server asks for it (websocket.reconnect.on.match)".to_owned();
            self.renew(now, why, then);
        }
        self.talk(now);
    }

    /// Replaces the connection by plan.
    fn renew(&mut self, now: Duration, why: String, then: Then) {
        if self.standing != Standing::Only {
            let again = now + self.rules.renew_again;
            if let Some(live) = self.live() {
                live.renew_at(again);
            }
            return;
        }
        let handover = match then {
            Then::Retry => Handover::Break,
            _ => self.rules.handover,
        };
        match handover {
            Handover::Break => {
                self.report(Report::Renewed { why, handover });
                self.act(Action::Replaced);
                self.close(now, normal("planned reconnect"), then);
            }
            Handover::Overlap => {
                self.standing = Standing::BeingReplaced;
                self.report(Report::Renewed { why, handover });
                self.act(Action::HandOver);
            }
        }
    }

    /// The connection that was to replace this one has given up; another one may be more lucky.
    pub(super) fn alone(&mut self, now: Duration) {
        self.standing = Standing::Only;
        let again = now + self.rules.renew_again;
        if let Some(live) = self.live() {
            live.renew_at(again);
        }
    }

    /// The connection that replaces this one is up, or this one is not needed any more.
    pub(super) fn replaced(&mut self, now: Duration) {
        self.standing = Standing::BeingReplaced;
        match &mut self.state {
            State::Open(_) => {
                self.act(Action::Replaced);
                self.close(now, normal("replaced by a new connection"), Then::End);
            }
            State::Closing { then, .. } if *then != Then::Fail => *then = Then::End,
            State::Closing { .. } | State::GaveUp | State::Ended => {}
            _ => {
                self.act(Action::Disconnect);
                self.end();
            }
        }
    }

    /// A login or a subscription went wrong; `shown` is the server's answer, fit to be shown.
    fn say_failed(&mut self, now: Duration, problem: Problem, shown: Option<String>) {
        let is_login = problem.saying == Some(Message::Login);
        let what = match problem.saying {
            Some(saying) => format!("{saying}: {}", problem.why),
            None => format!("a subscription message: {}", problem.why),
        };
        let why = match shown {
            Some(shown) => format!("{what}; the server says: {shown}"),
            None => what,
        };
        self.act(Action::Failed {
            is_login,
            why: why.clone(),
        });
        let action = match self.rules.failure_action {
            // Nothing can be subscribed to without the login.
            FailureAction::Warn if is_login => FailureAction::Reconnect,
            action => action,
        };
        // What is subscribed to is not given up for something worse.
        let gives_way = self.standing == Standing::Successor;
        let stays = action == FailureAction::Warn && !problem.unwritten && !gives_way;
        self.report_failed(now, is_login, stays, &why);
        let ending = || {
            Ending::ours(
                1000,
                if is_login {
                    "the login failed"
                } else {
                    "a subscription failed"
                },
            )
        };
        match action {
            _ if gives_way => {
                self.report(Report::NotReplaced { why });
                self.close(now, ending(), Then::GiveWay);
            }
            FailureAction::Fail => {
                let why = format!("{why} (websocket.subscription.failure.action=fail)");
                self.fail(now, why, ending());
            }
            _ if problem.unwritten => self.disconnect(now, Ending::abnormal(why)),
            FailureAction::Reconnect => self.close(now, ending(), Then::Retry),
            FailureAction::Warn => {}
        }
    }

    /// Tells of it, unless the connection `stays` and that would be one line after the other.
    fn report_failed(&mut self, now: Duration, is_login: bool, stays: bool, why: &str) {
        self.failures.add(1);
        let told = if stays {
            self.failures.take_due(now)
        } else {
            self.failures.take_rest()
        };
        let why = match told {
            None => return,
            Some(1) => why.to_owned(),
            Some(failures) => format!("{why} ({failures} failures since the last such line)"),
        };
        self.report(failed(is_login, why));
    }

    pub(super) fn overflowed(&mut self, now: Duration, how: &str) {
        self.fail(now, overflowed(how), normal("the queue is full"));
    }

    pub(super) fn oversize(&mut self, now: Duration, bytes: usize) {
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
                if matches!(self.state, State::Open(_)) {
                    self.close(now, ending, Then::Retry);
                }
            }
        }
    }

    pub(super) fn lost(&mut self, now: Duration, ending: Ending) {
        match &self.state {
            State::Open(live) => {
                let unfinished = live.dialogue().unfinished();
                if let Some(saying) = unfinished {
                    self.unfinished(saying, &ending);
                }
                self.disconnect(now, ending);
            }
            State::Closing { .. } => self.closed(now, Some(&ending)),
            _ => {}
        }
    }

    /// The connection is lost before this was written and acknowledged.
    fn unfinished(&mut self, saying: Message, ending: &Ending) {
        let why = format!("{saying}: the connection ended before: {ending}");
        let is_login = saying == Message::Login;
        self.act(Action::Failed {
            is_login,
            why: why.clone(),
        });
        self.report(failed(is_login, why));
    }

    /// The open connection is gone.
    fn disconnect(&mut self, now: Duration, ending: Ending) {
        if let Some(live) = self.live() {
            let stable = live.stable_for(now);
            self.reconnect.was_up(stable);
            // We end it that way where it has gone silent.
            let held = self.reconnect.is_stable(stable) && !ending.ours;
            self.endpoint_left(now, held);
        }
        let last = format!("connection closed: {ending}");
        let loss = Loss::Closed((!ending.ours).then_some(ending.code));
        self.act(Action::Disconnect);
        self.report(Report::Closed { ending });
        self.retry(now, loss, &last);
    }
}

/// A login or a subscription that failed.
fn failed(is_login: bool, why: String) -> Report {
    if is_login {
        Report::LoginFailed { why }
    } else {
        Report::SubscriptionFailed { why }
    }
}
