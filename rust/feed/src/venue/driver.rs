//! Carries out what a venue's session says, on an open connection.

use std::io;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use tokio::select;
use tokio::time::{Instant, sleep_until};

use super::rules::{Ban, Close};
use super::session::{Heard, Session};
use super::talk::Act;
use super::{Desks, Refusal, Visit};
use crate::compression;
use crate::connection::{Connection, Event};
use crate::frame;
use crate::server::Orders;
use crate::stats::Ledger;
use crate::stream;
use crate::tokens::Tokens;

/// A client that leaves more bytes than this unread is too slow for the venue.
const MAX_UNREAD: usize = 4 * 1024 * 1024;
const TOO_SLOW: Close = Close::code(1008, "client is too slow");
/// The longest sleep; what is due later is looked at again.
const LONGEST_SLEEP: Duration = Duration::from_secs(3600);

/// A connection that a venue has admitted.
pub(crate) struct Admission {
    visit: Visit,
    start: Instant,
    number: u64,
}

impl Visit {
    /// What the client must offer.
    pub fn subprotocol(&self) -> Option<&'static str> {
        self.venue.rules().subprotocol
    }

    /// Asks at the venue's desk. `offers`: the client offers the subprotocol, if there must be one.
    pub fn admit(
        self,
        offers: bool,
        tokens: &Tokens,
        desks: &Desks,
        ledger: &Ledger,
    ) -> Result<Admission, Refusal> {
        let admitted = self
            .venue
            .token()
            .map_or(Ok(()), |token| tokens.admit(token));
        let breach = match (offers, admitted) {
            (false, _) => Some((400, "a connect without the subprotocol".to_owned())),
            (true, Err(why)) => Some((401, format!("a connect with {why}"))),
            (true, Ok(())) => None,
        };
        if let Some((status, rule)) = breach {
            ledger.venue(&self.key, |stats| stats.breach(None, &rule));
            return Err(Refusal {
                status,
                retry_after: Duration::ZERO,
                rule,
            });
        }
        match desks.admit(&self.key, &self.venue.rules(), self.scale, Instant::now()) {
            Ok((start, number)) => Ok(Admission {
                visit: self,
                start,
                number,
            }),
            Err(refusal) => {
                ledger.venue(&self.key, |stats| stats.breach(None, &refusal.rule));
                let retry_after = refusal.retry_after.mul_f64(self.scale);
                Err(Refusal {
                    retry_after,
                    ..refusal
                })
            }
        }
    }
}

/// Counts a venue's connection for as long as it lives.
struct Open {
    key: String,
    ledger: Arc<Ledger>,
}

impl Open {
    fn new(key: String, ledger: Arc<Ledger>) -> Self {
        ledger.venue(&key, |stats| stats.opened());
        Self { key, ledger }
    }
}

impl Drop for Open {
    fn drop(&mut self) {
        self.ledger.venue(&self.key, |stats| stats.closed());
    }
}

/// The venue's side of one connection.
struct Driver<'a> {
    session: Session,
    open: Open,
    number: u64,
    ban: Option<Ban>,
    scale: f64,
    start: Instant,
    desks: &'a Desks,
}

/// Serves the client until the connection ends.
pub(crate) async fn run(
    connection: &mut Connection<'_>,
    admission: Admission,
    desks: &Desks,
    ledger: Arc<Ledger>,
    orders: &mut Orders,
) -> io::Result<()> {
    let Admission {
        visit,
        start,
        number,
    } = admission;
    let ban = visit.venue.rules().ban;
    let now = start.elapsed().div_f64(visit.scale);
    let mut driver = Driver {
        session: Session::open(visit.venue, visit.course, now, unix()),
        open: Open::new(visit.key, ledger),
        number,
        ban,
        scale: visit.scale,
        start,
        desks,
    };
    loop {
        let feeds = !*orders.paused.borrow_and_update();
        driver.session.tick(driver.now(), unix(), feeds);
        connection.answers_pings = !driver.session.is_frozen();
        if let Some(close) = driver.act(connection) {
            return end(connection, close).await;
        }
        let wake = Instant::now() + LONGEST_SLEEP;
        let next = driver.session.next().mul_f64(driver.scale);
        let wake = driver
            .start
            .checked_add(next)
            .map_or(wake, |next| wake.min(next));
        select! {
            _ = orders.close.changed() => {
                connection.out.close(Some(*orders.close.borrow()), "");
                return stream::close(connection).await.map(drop);
            }
            _ = orders.paused.changed() => {}
            () = sleep_until(wake) => {}
            event = connection.drive() => match event? {
                Event::Drained => {}
                Event::Text(text) => driver.hear(Heard::Text(&text)),
                Event::Binary(_) => driver.hear(Heard::Binary),
                Event::Ping => driver.hear(Heard::Ping),
                Event::Pong(answered) => driver.hear(Heard::Pong(answered)),
                Event::Eof => return Ok(()),
                Event::Close(code) => {
                    connection.out.close(code, "");
                    return stream::flush_in_time(connection).await.map(drop);
                }
                Event::Violation(violation) => {
                    driver.breach(violation.reason);
                    connection.out.close(Some(violation.code), violation.reason);
                    return stream::flush_in_time(connection).await.map(drop);
                }
            }
        }
    }
}

impl Driver<'_> {
    /// The venue's time.
    fn now(&self) -> Duration {
        self.start.elapsed().div_f64(self.scale)
    }

    fn hear(&mut self, heard: Heard<'_>) {
        let open = self.open.ledger.venue(&self.open.key, |stats| stats.open);
        self.session.connections(open);
        self.session.hear(heard, self.now(), unix());
    }

    /// Puts what is to be said into the outbox; how the connection ends if it does.
    fn act(&mut self, connection: &mut Connection<'_>) -> Option<Close> {
        let acts: Vec<Act> = self.session.acts().collect();
        let gzips = self.session.gzips();
        let say = |connection: &mut Connection<'_>, text: &str| {
            if gzips {
                let packed = compression::gzip(text.as_bytes());
                connection.out.message(frame::BINARY, &packed);
            } else {
                connection.out.message(frame::TEXT, text.as_bytes());
            }
        };
        for act in acts {
            match act {
                Act::Say(text) => say(connection, &text),
                Act::Data { number, text } => {
                    self.count(|stats| stats.data(number));
                    say(connection, &text);
                }
                Act::Ping => {
                    self.count(|stats| stats.pings += 1);
                    connection.ping();
                }
                Act::Count(counter) => self.count(|stats| stats.count(counter)),
                Act::Breach(rule) => self.breach(&rule),
                Act::End(close) => return Some(close),
            }
        }
        if connection.out.pending().len() > MAX_UNREAD {
            self.breach(TOO_SLOW.reason);
            return Some(TOO_SLOW);
        }
        None
    }

    fn count(&self, change: impl FnOnce(&mut super::VenueStats)) {
        self.open.ledger.venue(&self.open.key, change);
    }

    fn breach(&self, rule: &str) {
        self.count(|stats| stats.breach(Some(self.number), rule));
        if let Some(ban) = self.ban {
            self.desks
                .ban(&self.open.key, ban, self.scale, Instant::now());
        }
    }
}

async fn end(connection: &mut Connection<'_>, close: Close) -> io::Result<()> {
    match close.code {
        Some(code) => {
            connection.out.close(Some(code), close.reason);
            stream::close(connection).await.map(drop)
        }
        None => stream::flush_in_time(connection).await.map(drop),
    }
}

/// The time of day, since the epoch.
fn unix() -> Duration {
    SystemTime::now()
        .duration_since(SystemTime::UNIX_EPOCH)
        .unwrap_or_default()
}
