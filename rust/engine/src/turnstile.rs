//! Who polls, and since when nobody does.

use std::time::{Duration, Instant};

use parking_lot::Mutex;

/// Lets one poller in at a time and knows how long nobody has been inside.
#[derive(Debug)]
pub struct Turnstile(Mutex<Since>);

#[derive(Debug)]
enum Since {
    Inside,
    Outside(Instant),
}

/// A poller that is inside; dropping it lets it out.
#[derive(Debug)]
pub struct Inside<'a>(&'a Turnstile);

impl Turnstile {
    /// Nobody has been inside since now.
    pub fn new() -> Self {
        Self(Mutex::new(Since::Outside(Instant::now())))
    }

    /// Lets a poller in and calls `entered`; `None` while another is inside.
    pub fn enter(&self, entered: impl FnOnce()) -> Option<Inside<'_>> {
        let mut since = self.0.lock();
        if matches!(*since, Since::Inside) {
            return None;
        }
        *since = Since::Inside;
        entered();
        Some(Inside(self))
    }

    /// Whoever is outside has given a sign of life: nobody has been inside since now.
    pub fn greet(&self) {
        let mut since = self.0.lock();
        if matches!(*since, Since::Outside(_)) {
            *since = Since::Outside(Instant::now());
        }
    }

    /// Calls `deserted` if nobody has been inside for `time`; nobody enters meanwhile.
    pub fn if_deserted_for(&self, time: Duration, deserted: impl FnOnce()) {
        let since = self.0.lock();
        if matches!(*since, Since::Outside(left) if left.elapsed() >= time) {
            deserted();
        }
    }
}

impl Drop for Inside<'_> {
    fn drop(&mut self) {
        *self.0.0.lock() = Since::Outside(Instant::now());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_at_a_time_and_deserted_only_when_nobody_is_inside() {
        let turnstile = Turnstile::new();
        let deserted = |time| {
            let mut called = false;
            turnstile.if_deserted_for(time, || called = true);
            called
        };
        assert!(deserted(Duration::ZERO) && !deserted(Duration::from_secs(3600)));
        let inside = turnstile.enter(|| {}).expect("nobody is inside");
        assert!(turnstile.enter(|| panic!("not entered")).is_none());
        assert!(!deserted(Duration::ZERO));
        turnstile.greet();
        assert!(!deserted(Duration::ZERO));
        drop(inside);
        assert!(turnstile.enter(|| {}).is_some());
        assert!(deserted(Duration::ZERO));
    }

    #[test]
    fn who_gives_a_sign_of_life_has_not_deserted() {
        let (turnstile, time) = (Turnstile::new(), Duration::from_millis(20));
        std::thread::sleep(time);
        let before = Instant::now();
        turnstile.greet();
        let mut deserted = false;
        turnstile.if_deserted_for(time, || deserted = true);
        assert!(!deserted || before.elapsed() >= time);
    }
}
