//! Carrying out what the rules answer, and what is sent to the server.

use std::rc::Rc;
use std::sync::Arc;

use zeroize::Zeroizing;

use super::Connection;
use crate::conversation::Message;
use crate::frames::Outgoing;
use crate::link::Link;
use crate::panic_points;
use crate::queue::Failure;
use crate::rules::Action;
use crate::template::Moment;

impl Connection {
    pub(super) fn carry_out(&mut self, action: Action) {
        match action {
            Action::TurnTo(endpoint) => self.endpoint = endpoint,
            Action::Connect => self.connect(),
            Action::Say(message) => {
                self.say(message);
            }
            Action::Up => self.is_up(),
            Action::Ping => self.send(Outgoing::Ping, false),
            Action::Heartbeat => {
                if self.say(Message::Heartbeat) {
                    self.shared.status.count(|counts| counts.heartbeats += 1);
                }
            }
            Action::Acknowledged => {
                self.shared
                    .status
                    .count(|counts| counts.subscription_acks += 1);
            }
            Action::Failed { is_login, why } => {
                let url = self.endpoint_text();
                self.shared.herald.failed(is_login, &why, &url);
                self.nudge();
            }
            Action::Replaced => {
                self.shared
                    .status
                    .count(|counts| counts.planned_reconnects += 1);
            }
            Action::HandOver => {
                *self.signals.dialer.borrow_mut() = Some((Rc::clone(&self.dialer), self.endpoint));
                self.signals.hands_over.notify_one();
            }
            Action::Close(code) => {
                panic_points::pass("engine-close", &self.dialer.settings.connector);
                self.is_down();
                self.send(Outgoing::Close(code), false);
                self.link.closes();
            }
            Action::Disconnect => {
                self.publish();
                self.is_down();
                self.overflow.disconnected();
                self.link = Link::Down;
                self.pong = false;
            }
            Action::Report(report) => {
                let url = self.endpoint_text();
                self.shared.herald.report(&report, &url);
                self.nudge();
            }
            Action::Fail(text) => {
                self.signals.failed.notify_one();
                self.shared.queue.fail(Failure::Ended(text));
            }
            Action::End => {}
        }
    }

    /// Where the connection or attempt at hand goes, as may be shown.
    pub(super) fn endpoint_text(&self) -> String {
        self.dialer.settings.address_at(self.endpoint).endpoint()
    }

    /// Begins an attempt, with settings as they are now if the owner can tell.
    fn connect(&mut self) {
        self.shared.status.attempt();
        let (dialer, endpoint) = (Rc::clone(&self.dialer), self.endpoint);
        let notices = Arc::clone(&self.shared.notices);
        let fresh = std::mem::take(&mut self.fresh) || !dialer.settings.fresh_settings;
        if !fresh {
            notices.want_settings();
            self.shared.queue.nudge();
        }
        self.link = Link::Dialing(Box::pin(async move {
            let settings = if fresh {
                None
            } else {
                notices.settings().await
            };
            let dialer = match settings {
                Some(settings) => Rc::new(dialer.renewed(settings)),
                None => dialer,
            };
            dialer.dial(endpoint).await
        }));
    }

    fn is_up(&mut self) {
        self.signals.is_up.set(true);
        if let Some(since) = self.shared.status.up() {
            self.shared.herald.gap(since, &self.endpoint_text());
            self.nudge();
        }
        self.signals.up.notify_one();
    }

    fn is_down(&mut self) {
        if self.signals.is_up.take() {
            self.shared.status.down();
        }
    }

    /// Lets the owner see what waits for it.
    fn nudge(&self) {
        if self.dialer.settings.events {
            self.shared.queue.nudge();
        }
    }

    /// Sends a message, if it can be; the rules wait for a login and a subscription to be written.
    fn say(&mut self, message: Message) -> bool {
        let awaited = matches!(message, Message::Login | Message::Subscription(_));
        let text = self.text(message, None);
        if let Some(text) = &text {
            self.send(Outgoing::Text(text), awaited);
        }
        text.is_some()
    }

    /// A message, written out; `None` if it cannot be, which is told.
    pub(super) fn text(
        &self,
        message: Message,
        reply_to: Option<&[u8]>,
    ) -> Option<Zeroizing<String>> {
        if let Link::Up(open) = &self.link
            && open.frames.is_crowded()
            && matches!(message, Message::Reply(_) | Message::Heartbeat)
        {
            let why = "too much waits to be sent: the server does not read, or websocket.send.max.per.window allows too little";
            self.shared.losses.borrow_mut().unsent(why);
            return None;
        }
        let moment = Moment::next(&self.shared.sendings);
        let dialer = &self.dialer;
        let text = dialer
            .conversation
            .text(message, &moment, &dialer.extracted, reply_to)?;
        text.map_err(|why| self.shared.losses.borrow_mut().unsent(&why))
            .ok()
    }

    pub(super) fn send(&mut self, outgoing: Outgoing<'_>, awaited: bool) {
        if let Link::Up(open) = &mut self.link {
            open.send(outgoing, awaited);
        }
    }
}
