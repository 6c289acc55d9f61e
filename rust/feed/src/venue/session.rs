//! One connection to a venue as a state machine: told what was heard and what time it is, it says what to do.

use std::collections::VecDeque;
use std::time::Duration;

use super::Venue;
use super::rules::{Rules, Window, Within};
use super::talk::{Act, Counter, Talk};

/// "Never", for timers.
const FAR: Duration = Duration::from_secs(100 * 365 * 86_400);
/// A notice comes at most this part of a lifetime before its end.
const NOTICE_PART: u32 = 100;

/// A frame from the client.
#[derive(Debug)]
pub(crate) enum Heard<'a> {
    Text(&'a str),
    Binary,
    Ping,
    /// How many pings it answers; `None`: none, since no ping had its payload.
    Pong(Option<usize>),
}

/// What the URL asks for beyond the venue's rules; all in the venue's time.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Course {
    /// From one data message to the next.
    pub interval: Duration,
    /// Data end so long after the connection opened, and all else goes on.
    pub stall: Option<Duration>,
    /// The venue neither sends nor reads anything any more so long after the connection opened, and the connection stays.
    pub freeze: Option<Duration>,
    /// Instead of the venue's own lifetime of a connection.
    pub lifetime: Option<Duration>,
    /// At each multiple of it since the first connection, all connections are ended for an upgrade.
    pub upgrade: Option<Duration>,
}

/// Times are since the venue's first connection, in the venue's time.
pub(crate) struct Session {
    venue: Box<dyn Venue>,
    rules: Rules,
    course: Course,
    talk: Talk,
    opened: Duration,
    /// The next data message; messages have their numbers by the time they are due at, so all connections see the same.
    number: Option<u64>,
    frames: Option<Window>,
    next_ping: Duration,
    /// When the pings not yet answered were sent.
    pings: VecDeque<Duration>,
    heard: Duration,
    /// When either side last sent a message.
    spoken: Duration,
    next_heartbeat: Duration,
    ends: Duration,
    notice: Duration,
}

impl Session {
    pub fn open(venue: Box<dyn Venue>, course: Course, now: Duration, unix: Duration) -> Self {
        let rules = venue.rules();
        let (ends, notice) = end(&rules, &course, now);
        let mut session = Self {
            venue,
            rules,
            course,
            talk: Talk::new(now, unix),
            opened: now,
            number: None,
            frames: rules.frames.map(|(limit, _)| Window::new(limit)),
            next_ping: now + rules.server_ping.map_or(FAR, |ping| ping.every),
            pings: VecDeque::new(),
            heard: now,
            spoken: now,
            next_heartbeat: now + rules.heartbeat.map_or(FAR, |heartbeat| heartbeat.every),
            ends,
            notice,
        };
        session.venue.opened(&mut session.talk);
        session
    }

    /// How many connections the client has to this venue, this one included.
    pub fn connections(&mut self, open: u64) {
        self.talk.connections = open;
    }

    /// See [`Venue::gzips`].
    pub fn gzips(&self) -> bool {
        self.venue.gzips()
    }

    /// What is to be done, in order.
    pub fn acts(&mut self) -> std::vec::Drain<'_, Act> {
        self.talk.acts()
    }

    pub fn hear(&mut self, heard: Heard<'_>, now: Duration, unix: Duration) {
        self.talk.at(now, unix);
        if self.is_frozen() {
            return;
        }
        self.heard = now;
        if let (Some(frames), Some((limit, close))) = (&mut self.frames, self.rules.frames)
            && frames.admit(now).is_err()
        {
            let rule = format!("more than {} frames in {:?}", limit.count, limit.per);
            self.talk.breach(rule, close);
        }
        match heard {
            Heard::Text(text) => {
                self.spoken = now;
                self.venue.text(text, &mut self.talk);
            }
            Heard::Binary => self.venue.text("", &mut self.talk),
            Heard::Ping => {}
            Heard::Pong(Some(answered)) => {
                let answered = answered.min(self.pings.len());
                self.pings.drain(..answered);
                self.talk.count(Counter::PingAnswered);
            }
            Heard::Pong(None) => self.talk.count(Counter::PongUnsolicited),
        }
    }

    /// Does what has become due; `feeds`: data may be sent.
    pub fn tick(&mut self, now: Duration, unix: Duration, feeds: bool) {
        self.talk.at(now, unix);
        if self.is_frozen() {
            return;
        }
        self.deadlines(now);
        self.pings(now);
        self.talk.ask(&*self.venue);
        self.planned_end(now);
        self.data(now, feeds);
        self.heartbeat(now);
        if self.talk.has_spoken() {
            self.spoken = now;
        }
    }

    /// Whether the venue has stopped to send and to read.
    pub fn is_frozen(&self) -> bool {
        self.talk.now >= self.freezes()
    }

    /// When the next [`Session::tick`] is due.
    pub fn next(&self) -> Duration {
        if self.is_frozen() {
            return FAR;
        }
        let deadlines = self
            .pending_deadlines()
            .map(|(since, within, _)| since + within.time);
        let ping = self
            .rules
            .server_ping
            .and_then(|ping| Some(*self.pings.front()? + ping.answer.time));
        let data = self.number.map(|number| due(number, self.course.interval));
        let data = data.filter(|due| *due < self.stalls());
        let others = [
            self.next_ping,
            ping.unwrap_or(FAR),
            data.unwrap_or(FAR),
            self.talk.next_question().unwrap_or(FAR),
            self.next_heartbeat,
            self.notice,
            self.ends,
            self.freezes(),
        ];
        deadlines.chain(others).min().unwrap_or(FAR)
    }

    fn stalls(&self) -> Duration {
        self.course.stall.map_or(FAR, |stall| self.opened + stall)
    }

    fn freezes(&self) -> Duration {
        self.course
            .freeze
            .map_or(FAR, |freeze| self.opened + freeze)
    }

    /// The deadlines in force: since when, how long, and what the client failed to do when they pass.
    fn pending_deadlines(&self) -> impl Iterator<Item = (Duration, Within, &'static str)> {
        let rules = &self.rules;
        let login = rules.login.filter(|_| !self.talk.logged_in);
        let subscribe = rules.subscribe.filter(|_| !self.talk.subscribed);
        [
            (self.opened, login, "no login"),
            (self.opened, subscribe, "no subscription"),
            (self.heard, rules.silent_client, "nothing from the client"),
            (
                self.spoken,
                rules.silent_pair,
                "no message in either direction",
            ),
        ]
        .into_iter()
        .filter_map(|(since, within, what)| Some((since, within?, what)))
    }

    fn deadlines(&mut self, now: Duration) {
        let passed = self
            .pending_deadlines()
            .find(|(since, within, _)| *since + within.time <= now);
        if let Some((_, within, what)) = passed {
            self.talk
                .breach(format!("{what} within {:?}", within.time), within.close);
        }
    }

    fn pings(&mut self, now: Duration) {
        let Some(rule) = self.rules.server_ping else {
            return;
        };
        if self
            .pings
            .front()
            .is_some_and(|sent| *sent + rule.answer.time <= now)
        {
            let what = format!("a ping not answered within {:?}", rule.answer.time);
            self.talk.breach(what, rule.answer.close);
        }
        if now >= self.next_ping {
            self.talk.ping();
            self.pings.push_back(now);
            self.next_ping = now + rule.every;
        }
    }

    fn planned_end(&mut self, now: Duration) {
        if now >= self.notice {
            self.notice = FAR;
            if let Some(notice) = self.venue.notice() {
                self.talk.say(notice);
                self.talk.count(Counter::Notice);
            }
        }
        if now >= self.ends {
            self.ends = FAR;
            self.talk.count(Counter::PlannedEnd);
            self.talk.end(self.venue.planned_close());
        }
    }

    fn data(&mut self, now: Duration, feeds: bool) {
        if !self.talk.subscribed {
            return;
        }
        let passed = passed(now, self.course.interval);
        let mut next = self
            .number
            .unwrap_or_else(|| self.talk.resume.unwrap_or(passed));
        if feeds && now < self.stalls() {
            for number in next..passed {
                self.talk.data(number, self.venue.data(number));
            }
        }
        next = next.max(passed);
        self.number = Some(next);
    }

    fn heartbeat(&mut self, now: Duration) {
        let Some(rule) = self.rules.heartbeat else {
            return;
        };
        if rule.when_idle && self.talk.has_spoken() {
            self.next_heartbeat = now + rule.every;
        } else if now >= self.next_heartbeat {
            self.next_heartbeat = now + rule.every;
            if let Some(heartbeat) = self.venue.heartbeat(&self.talk) {
                self.talk.say(heartbeat);
            }
        }
    }
}

/// When the connection ends as planned, and when that is announced.
fn end(rules: &Rules, course: &Course, opened: Duration) -> (Duration, Duration) {
    let notice = rules.notice.unwrap_or_default();
    let old_age = course.lifetime.or(rules.lifetime).map(|lifetime| {
        let end = opened + lifetime;
        (end, end - notice.min(lifetime / NOTICE_PART))
    });
    let upgrade = course.upgrade.map(|every| {
        // Who connects after the notice is on the upgraded side already.
        let ahead = opened + notice;
        let end = every.mul_f64((ahead.as_secs_f64() / every.as_secs_f64()).floor() + 1.0);
        (end, end - notice)
    });
    old_age
        .into_iter()
        .chain(upgrade)
        .min()
        .unwrap_or((FAR, FAR))
}

/// When a data message is due.
fn due(number: u64, interval: Duration) -> Duration {
    interval.mul_f64((number + 1) as f64)
}

/// How many data messages have been due up to now.
fn passed(now: Duration, interval: Duration) -> u64 {
    // A little more than now, so that a timer for `due` never finds it not due for a rounding.
    ((now.as_secs_f64() + 1e-6) / interval.as_secs_f64()) as u64
}
