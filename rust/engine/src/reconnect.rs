//! Whether to connect again, and when.

use std::cell::RefCell;
use std::rc::Rc;
use std::time::Duration;

use crate::backoff::Backoff;
use crate::budget::Budget;
use crate::settings;

/// The longest wait that a server is granted by `Retry-After`, but for the jitter on top.
const LONGEST_RETRY_AFTER: Duration = Duration::from_secs(24 * 60 * 60);

/// Why there is no connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Loss {
    /// An attempt failed.
    Refused {
        /// The server's HTTP status, if it came to that.
        status: Option<u16>,
        /// How long the server asks to be left alone (RFC 9110 section 10.2.3).
        retry_after: Option<Duration>,
    },
    /// An open connection ended; with this close code, if it was not ours.
    Closed(Option<u16>),
}

/// What follows a loss.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Another attempt.
    Again(Wait),
    /// None, for the attempts are used up; the text says which setting says so.
    Exhausted(String),
    /// None, for this loss is not to be tried again; the text says which setting says so.
    Fatal(String),
}

/// A wait before an attempt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Wait {
    /// How long.
    pub delay: Duration,
    /// The attempt's number since the last stable connection.
    pub attempt: u32,
    /// Why it is longer than the backoff.
    pub held: Option<Held>,
}

/// What makes a wait longer than the backoff.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Held {
    /// The server said `Retry-After`.
    ByServer,
    /// `websocket.reconnect.max.per.window`
    ByBudget,
}

/// Counts and spaces the attempts of one session. Times are since it began.
#[derive(Debug)]
pub struct Reconnect {
    settings: settings::Reconnect,
    backoff: Backoff,
    budget: Option<Rc<RefCell<Budget>>>,
}

impl Reconnect {
    /// `budget` is that of all attempts of the session, and `seed` drives the jitter.
    #[must_use]
    pub fn new(
        settings: settings::Reconnect,
        budget: Option<Rc<RefCell<Budget>>>,
        seed: u64,
    ) -> Self {
        let backoff = Backoff::new(
            Duration::from_millis(settings.interval_ms),
            Duration::from_millis(settings.backoff_max_ms),
            settings.jitter,
            seed,
        );
        Self {
            settings,
            backoff,
            budget,
        }
    }

    /// An attempt begins.
    pub fn begins(&mut self, now: Duration) {
        if let Some(budget) = &self.budget {
            budget.borrow_mut().spend(now);
        }
    }

    /// How long an attempt must wait that nothing but the budget holds up.
    #[must_use]
    pub fn hold(&self, now: Duration) -> Option<Wait> {
        let earliest = self.budget.as_ref()?.borrow().earliest(now);
        (earliest > now).then(|| Wait {
            delay: earliest - now,
            attempt: self.backoff.attempts() + 1,
            held: Some(Held::ByBudget),
        })
    }

    /// A connection ended that was up for this long: if that was stable, the attempts start anew.
    pub fn was_up(&mut self, time: Duration) {
        if self.is_stable(time) {
            self.backoff.reset();
        }
    }

    /// Whether a connection that was up for this long was a stable one (`websocket.reconnect.reset.after.ms`).
    #[must_use]
    pub fn is_stable(&self, time: Duration) -> bool {
        time >= Duration::from_millis(self.settings.reset_after_ms)
    }

    /// Attempts since the last stable connection.
    #[must_use]
    pub fn attempts(&self) -> u32 {
        self.backoff.attempts()
    }

    /// `time`, less a random share of it of at most `part`.
    pub fn shortened(&mut self, time: Duration, part: f64) -> Duration {
        self.backoff.shortened(time, part)
    }

    /// Decides what follows a loss, and counts the attempt.
    pub fn after(&mut self, loss: Loss, now: Duration) -> Verdict {
        if let Some(why) = self.fatal(loss) {
            return Verdict::Fatal(why);
        }
        if !self.settings.enabled {
            return Verdict::Exhausted(
                "the connection is down and websocket.reconnect.enabled=false".to_owned(),
            );
        }
        let attempts = self.backoff.attempts();
        if self.settings.max_attempts > 0 && i64::from(attempts) >= self.settings.max_attempts {
            return Verdict::Exhausted(format!(
                "{attempts} attempts to reconnect were made in vain (websocket.reconnect.max.attempts)"
            ));
        }
        let mut wait = Wait {
            delay: self.backoff.next_delay(),
            attempt: attempts + 1,
            held: None,
        };
        if let Loss::Refused {
            retry_after: Some(asked),
            ..
        } = loss
        {
            // Many clients may have been told the same time.
            let asked = asked.min(LONGEST_RETRY_AFTER) + self.backoff.spread();
            wait.extend(asked, Held::ByServer);
        }
        if let Some(budget) = &self.budget {
            let begin = now + wait.delay;
            wait.extend(budget.borrow().earliest(begin) - now, Held::ByBudget);
        }
        Verdict::Again(wait)
    }

    /// Whether a loss is not to be tried again.
    #[must_use]
    pub fn is_fatal(&self, loss: Loss) -> bool {
        self.fatal(loss).is_some()
    }

    fn fatal(&self, loss: Loss) -> Option<String> {
        match loss {
            Loss::Refused {
                status: Some(status),
                ..
            } if self.settings.fatal_http_statuses.contains(&status) => Some(format!(
                "HTTP status {status} is among websocket.reconnect.fatal.http.statuses"
            )),
            Loss::Closed(Some(code)) if self.settings.fatal_close_codes.contains(&code) => Some(
                format!("close code {code} is among websocket.reconnect.fatal.close.codes"),
            ),
            _ => None,
        }
    }
}

impl Wait {
    fn extend(&mut self, at_least: Duration, by: Held) {
        if at_least > self.delay {
            self.delay = at_least;
            self.held = Some(by);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::settings::ConnectBudget;

    const S: fn(u64) -> Duration = Duration::from_secs;
    /// A quarter of the interval.
    const MOST_SPREAD: Duration = Duration::from_millis(1250);
    const LOST: Loss = Loss::Closed(Some(1006));

    fn reconnect(change: impl FnOnce(&mut settings::Reconnect)) -> Reconnect {
        let mut settings = settings::Reconnect::default();
        change(&mut settings);
        let budget = Budget::of(&settings).map(|budget| Rc::new(RefCell::new(budget)));
        Reconnect::new(settings, budget, 1)
    }

    fn refused(status: u16, retry_after: Option<Duration>) -> Loss {
        Loss::Refused {
            status: Some(status),
            retry_after,
        }
    }

    fn wait(verdict: Verdict) -> Wait {
        match verdict {
            Verdict::Again(wait) => wait,
            verdict => panic!("{verdict:?}"),
        }
    }

    #[test]
    fn the_server_may_ask_for_a_longer_wait_but_not_for_a_shorter_one() {
        let mut reconnect = reconnect(|_| {});
        let longer = wait(reconnect.after(refused(429, Some(S(7))), S(0)));
        assert!(longer.delay >= S(7) && longer.delay <= S(7) + MOST_SPREAD);
        assert_eq!(longer.held, Some(Held::ByServer));
        let shorter = wait(reconnect.after(refused(503, Some(S(1))), S(0)));
        assert!(
            shorter.delay > S(7) && shorter.held.is_none(),
            "{shorter:?}"
        );
    }

    #[test]
    fn a_server_is_not_granted_more_than_a_day() {
        let years = refused(503, Some(S(u64::from(u32::MAX))));
        let delay = wait(reconnect(|_| {}).after(years, S(0))).delay;
        assert!(delay >= LONGEST_RETRY_AFTER && delay <= LONGEST_RETRY_AFTER + MOST_SPREAD);
    }

    #[test]
    fn the_budget_holds_up_what_the_backoff_would_allow() {
        let mut reconnect = reconnect(|settings| {
            settings.budget = Some(ConnectBudget {
                attempts: 2,
                window_ms: 300_000,
            });
        });
        reconnect.begins(S(0));
        assert!(wait(reconnect.after(LOST, S(0))).held.is_none());
        reconnect.begins(S(5));
        let held = wait(reconnect.after(LOST, S(6)));
        assert_eq!((held.delay, held.held), (S(294), Some(Held::ByBudget)));
        assert_eq!(reconnect.hold(S(299)).map(|wait| wait.delay), Some(S(1)));
        assert_eq!(reconnect.hold(S(300)), None);
    }

    #[test]
    fn fatal_losses_are_not_tried_again() {
        let mut reconnect = reconnect(|settings| {
            settings.fatal_http_statuses = vec![401, 403];
            settings.fatal_close_codes = vec![4001];
        });
        for (loss, says) in [
            (refused(403, Some(S(5))), "HTTP status 403"),
            (Loss::Closed(Some(4001)), "close code 4001"),
        ] {
            let Verdict::Fatal(why) = reconnect.after(loss, S(0)) else {
                panic!("{loss:?}")
            };
            assert!(why.starts_with(says), "{why}");
        }
        wait(reconnect.after(refused(503, None), S(0)));
        for other in [Some(1000), None] {
            wait(reconnect.after(Loss::Closed(other), S(0)));
        }
    }
}
