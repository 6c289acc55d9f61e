//! What a venue counts about one client.

use std::collections::VecDeque;

use serde_json::{Value, json};

use super::talk::Counter;

/// Breaches kept in [`VenueStats::broken`].
const BREACHES_KEPT: usize = 100;

/// What one client did at one venue.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct VenueStats {
    /// Connections open now.
    pub open: u64,
    /// The most connections that were open at a time.
    pub max_open: u64,
    /// Connections opened.
    pub connects: u64,
    /// Connects answered with an HTTP status.
    pub refused: u64,
    /// The rules that the client broke, the last 100, each with the connection's number.
    pub broken: VecDeque<String>,
    /// Logins accepted.
    pub logins: u64,
    /// Subscriptions accepted.
    pub subscriptions: u64,
    /// Requests answered with an error.
    pub refusals: u64,
    /// Heartbeat messages of the client that were answered.
    pub heartbeats: u64,
    /// The venue's ping messages.
    pub questions: u64,
    /// Those that the client answered.
    pub answers: u64,
    /// Pings (RFC 6455 section 5.5.2) that the venue sent.
    pub pings: u64,
    /// Pongs with the payload of an open ping.
    pub pings_answered: u64,
    /// Pongs without.
    pub pongs_unsolicited: u64,
    /// Notices of a planned end.
    pub notices: u64,
    /// Connections that the venue ended as planned: the client had not left before.
    pub planned_ends: u64,
    /// Data messages sent, doubles included.
    pub sent: u64,
    /// Data messages that went to a second connection of the client, too.
    pub doubles: u64,
    /// The number of the first data message sent; none: nothing was sent yet.
    pub first: Option<u64>,
    /// The number behind that of the last one.
    pub next: u64,
    /// The numbers between these two that no connection was sent, as first and last of each range.
    pub unsent: Vec<(u64, u64)>,
}

impl VenueStats {
    pub(crate) fn to_json(&self) -> Value {
        json!({
            "open": self.open,
            "max_open": self.max_open,
            "connects": self.connects,
            "refused": self.refused,
            "broken": self.broken,
            "logins": self.logins,
            "subscriptions": self.subscriptions,
            "refusals": self.refusals,
            "heartbeats": self.heartbeats,
            "questions": self.questions,
            "answers": self.answers,
            "pings": self.pings,
            "pings_answered": self.pings_answered,
            "pongs_unsolicited": self.pongs_unsolicited,
            "notices": self.notices,
            "planned_ends": self.planned_ends,
            "sent": self.sent,
            "doubles": self.doubles,
            "first": self.first,
            "next": self.next,
            "unsent": self.unsent,
        })
    }

    pub(crate) fn opened(&mut self) {
        self.connects += 1;
        self.open += 1;
        self.max_open = self.max_open.max(self.open);
    }

    pub(crate) fn closed(&mut self) {
        self.open -= 1;
    }

    /// The connection `None` is one that was refused.
    pub(crate) fn breach(&mut self, connection: Option<u64>, rule: &str) {
        if self.broken.len() == BREACHES_KEPT {
            self.broken.pop_front();
        }
        self.broken.push_back(match connection {
            Some(number) => format!("connection {number}: {rule}"),
            None => rule.to_owned(),
        });
        self.refused += u64::from(connection.is_none());
    }

    pub(crate) fn count(&mut self, counter: Counter) {
        *match counter {
            Counter::Login => &mut self.logins,
            Counter::Subscription => &mut self.subscriptions,
            Counter::Refusal => &mut self.refusals,
            Counter::Heartbeat => &mut self.heartbeats,
            Counter::Question => &mut self.questions,
            Counter::Answer => &mut self.answers,
            Counter::PingAnswered => &mut self.pings_answered,
            Counter::PongUnsolicited => &mut self.pongs_unsolicited,
            Counter::Notice => &mut self.notices,
            Counter::PlannedEnd => &mut self.planned_ends,
        } += 1;
    }

    /// A data message went out.
    pub(crate) fn data(&mut self, number: u64) {
        self.sent += 1;
        if self.first.is_none() {
            self.first = Some(number);
            self.next = number;
        }
        if number >= self.next {
            if number > self.next {
                self.unsent.push((self.next, number - 1));
            }
            self.next = number + 1;
        } else if !self.make_up(number) {
            self.doubles += 1;
        }
    }

    /// Takes a number out of the unsent ones; false if it is none of them.
    fn make_up(&mut self, number: u64) -> bool {
        let found = self
            .unsent
            .iter()
            .rposition(|(from, to)| (*from..=*to).contains(&number));
        let Some(index) = found else {
            return false;
        };
        let (from, to) = self.unsent.remove(index);
        if number < to {
            self.unsent.insert(index, (number + 1, to));
        }
        if from < number {
            self.unsent.insert(index, (from, number - 1));
        }
        true
    }

    /// What is left when the counters are set to zero.
    pub(crate) fn reset(&mut self) {
        *self = Self {
            open: self.open,
            max_open: self.open,
            ..Self::default()
        };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unsent_and_doubled_numbers_are_told() {
        let mut stats = VenueStats::default();
        for number in [5, 6, 10, 11, 8, 6] {
            stats.data(number);
        }
        assert_eq!(
            (stats.first, stats.next, stats.doubles, stats.sent),
            (Some(5), 12, 1, 6)
        );
        assert_eq!(stats.unsent, [(7, 7), (9, 9)]);
        for number in [7, 9, 15] {
            stats.data(number);
        }
        assert_eq!(stats.unsent, [(12, 14)]);
    }
}
