//! A client and a clock for the tests of venues: no second of them passes.

use std::time::Duration;

use super::Visit;
use super::rules::Close;
use super::session::{Heard, Session};
use super::stats::VenueStats;
use super::talk::Act;
use crate::query::Query;

/// The time of day at the beginning.
const UNIX: Duration = Duration::from_secs(1_700_000_000);

pub(super) struct Play {
    session: Session,
    now: Duration,
    /// What the venue said and nobody has looked at yet.
    said: Vec<String>,
    /// Pings sent and not yet answered.
    pub pings: usize,
    pub numbers: Vec<u64>,
    pub stats: VenueStats,
    pub end: Option<Close>,
}

impl Play {
    /// Opens a connection; data come once a second unless the target says otherwise.
    pub fn open(target: &str) -> Self {
        let (path, query) = target.split_once('?').unwrap_or((target, ""));
        let mut query = Query::parse(&if query.contains("rate=") {
            query.to_owned()
        } else {
            format!("{query}&rate=1")
        });
        let visit = Visit::parse(path, &mut query)
            .expect("valid")
            .expect("a venue");
        query.finish().expect("no unknown parameter");
        let session = Session::open(visit.venue, visit.course, Duration::ZERO, UNIX);
        let mut play = Self {
            session,
            now: Duration::ZERO,
            said: Vec::new(),
            pings: 0,
            numbers: Vec::new(),
            stats: VenueStats::default(),
            end: None,
        };
        play.tick();
        play
    }

    /// The client has so many connections.
    pub fn connections(&mut self, count: u64) {
        self.session.connections(count);
    }

    pub fn say(&mut self, text: impl ToString) {
        self.hear(Heard::Text(&text.to_string()));
    }

    pub fn hear(&mut self, heard: Heard<'_>) {
        if self.end.is_none() {
            self.session.hear(heard, self.now, UNIX + self.now);
            self.tick();
        }
    }

    /// Answers all pings.
    pub fn pong(&mut self) {
        if self.pings > 0 {
            let pings = std::mem::take(&mut self.pings);
            self.hear(Heard::Pong(Some(pings)));
        }
    }

    /// Lets so many seconds pass, or fewer if the connection ends; what the venue said since the last look.
    pub fn pass(&mut self, seconds: f64) -> Vec<String> {
        self.pass_with(seconds, |_| None, false)
    }

    /// As [`Play::pass`], with a client that answers messages, and pings as well if `pongs`.
    pub fn pass_with(
        &mut self,
        seconds: f64,
        answer: impl Fn(&str) -> Option<String>,
        pongs: bool,
    ) -> Vec<String> {
        let until = self.now + Duration::from_secs_f64(seconds);
        let mut looked_at = 0;
        loop {
            while looked_at < self.said.len() {
                let answer = answer(&self.said[looked_at]);
                looked_at += 1;
                if let Some(answer) = answer {
                    self.say(answer);
                }
            }
            if pongs {
                self.pong();
            }
            let next = self.session.next().max(self.now);
            if self.end.is_some() || next > until {
                break;
            }
            self.now = next;
            self.tick();
        }
        self.now = until;
        std::mem::take(&mut self.said)
    }

    /// The seconds since the opening at which the connection ends if nobody says anything, and why.
    pub fn end_in_silence(&mut self) -> (f64, String, Option<u16>) {
        while self.end.is_none() {
            self.now = self.session.next().max(self.now);
            assert!(self.now < Duration::from_secs(200_000), "it stays open");
            self.tick();
        }
        let why = self.stats.broken.back().cloned().unwrap_or_default();
        (self.now.as_secs_f64(), why, self.code())
    }

    /// The close code with which it ended.
    pub fn code(&self) -> Option<u16> {
        self.end.expect("an end").code
    }

    /// Neither did the connection end nor was a rule broken.
    pub fn assert_fine(&self) {
        assert_eq!(self.end, None, "{:?}", self.stats);
        assert!(self.stats.broken.is_empty(), "{:?}", self.stats);
    }

    fn tick(&mut self) {
        self.session.tick(self.now, UNIX + self.now, true);
        let acts: Vec<Act> = self.session.acts().collect();
        for act in acts {
            match act {
                Act::Say(text) => self.said.push(text),
                Act::Data { number, text } => {
                    self.stats.data(number);
                    self.numbers.push(number);
                    assert!(text.contains(&number.to_string()), "{text}");
                }
                Act::Ping => self.pings += 1,
                Act::Count(counter) => self.stats.count(counter),
                Act::Breach(rule) => self.stats.breach(Some(1), &rule),
                Act::End(close) => self.end = Some(close),
            }
        }
    }
}

/// A client that answers no message.
pub(super) fn never(_: &str) -> Option<String> {
    None
}

/// What broke last, without the connection's number.
pub(super) fn broken(play: &Play) -> String {
    let last = play.stats.broken.back().expect("a broken rule");
    last.strip_prefix("connection 1: ")
        .expect("a connection")
        .to_owned()
}

/// Says this to a new connection, after `before`; the venue's last words and what broke.
pub(super) fn answer(target: &str, before: &[&str], message: &str) -> (String, String) {
    let mut play = Play::open(target);
    before.iter().for_each(|message| play.say(message));
    assert!(play.stats.broken.is_empty(), "{:?}", play.stats);
    play.say(message);
    let answer = play.pass(0.0).pop().unwrap_or_default();
    (answer, broken(&play))
}
