//! Who may connect to a venue.

use std::collections::BTreeMap;
use std::time::Duration;

use parking_lot::Mutex;
use tokio::time::Instant;

use super::rules::{Ban, Rules, Window};

/// Why a client must not connect.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Refusal {
    pub status: u16,
    /// In the venue's time.
    pub retry_after: Duration,
    pub rule: String,
}

/// The desks of all venues for all their clients.
#[derive(Default)]
pub(crate) struct Desks(Mutex<BTreeMap<String, Desk>>);

impl Desks {
    /// When the venue's time began for this client, and the connection's number, from 1.
    pub fn admit(
        &self,
        key: &str,
        rules: &Rules,
        scale: f64,
        now: Instant,
    ) -> Result<(Instant, u64), Refusal> {
        let mut desks = self.0.lock();
        let desk = desks
            .entry(key.to_owned())
            .or_insert_with(|| Desk::new(rules, now));
        let start = desk.start;
        let number = desk.admit((now - start).div_f64(scale))?;
        Ok((start, number))
    }

    /// Keeps a client out from now on.
    pub fn ban(&self, key: &str, ban: Ban, scale: f64, now: Instant) {
        if let Some(desk) = self.0.lock().get_mut(key) {
            let until = (now - desk.start).div_f64(scale) + ban.time;
            desk.ban = Some((ban.status, until));
        }
    }
}

/// One client at one venue; times are in the venue's time.
struct Desk {
    start: Instant,
    connects: Option<(Window, u16)>,
    ban: Option<(u16, Duration)>,
    admitted: u64,
}

impl Desk {
    fn new(rules: &Rules, start: Instant) -> Self {
        Self {
            start,
            connects: rules
                .connects
                .map(|(limit, status)| (Window::new(limit), status)),
            ban: None,
            admitted: 0,
        }
    }

    fn admit(&mut self, now: Duration) -> Result<u64, Refusal> {
        if let Some((status, until)) = self.ban
            && now < until
        {
            return Err(Refusal {
                status,
                retry_after: until - now,
                rule: "a connect while banned".to_owned(),
            });
        }
        if let Some((connects, status)) = &mut self.connects {
            connects.admit(now).map_err(|retry_after| Refusal {
                status: *status,
                retry_after,
                rule: "too many connects".to_owned(),
            })?;
        }
        self.admitted += 1;
        Ok(self.admitted)
    }
}

#[cfg(test)]
mod tests {
    use super::super::rules::Limit;
    use super::*;

    #[test]
    fn counts_connects_and_keeps_banned_clients_out() {
        let rules = Rules {
            connects: Some((Limit::per_seconds(2, 60), 429)),
            ..Rules::default()
        };
        let start = Instant::now();
        // A venue's second takes a tenth of one.
        let (desks, at) = (Desks::default(), |seconds: u64| {
            start + Duration::from_millis(100 * seconds)
        });
        let admit = |key: &str, seconds| desks.admit(key, &rules, 0.1, at(seconds));
        assert_eq!(admit("a", 0), Ok((start, 1)));
        assert_eq!(admit("a", 1).map(|(_, number)| number), Ok(2));
        let refusal = admit("a", 20).expect_err("the third");
        assert_eq!(
            (refusal.status, refusal.retry_after.as_secs_f64().round()),
            (429, 40.0)
        );
        assert!(admit("b", 20).is_ok(), "another client");
        assert_eq!(admit("a", 61).map(|(_, number)| number), Ok(3));
        let ban = Ban {
            status: 418,
            time: Duration::from_secs(120),
        };
        desks.ban("a", ban, 0.1, at(70));
        let refusal = admit("a", 189).expect_err("banned");
        assert_eq!(
            (refusal.status, refusal.retry_after.as_secs_f64().round()),
            (418, 1.0)
        );
        assert!(admit("a", 191).is_ok());
    }
}
