//! From when to when a run is measured.

use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};

use crate::cpu;

/// How long a run goes on before it is measured: until buffers, caches and TCP's windows have settled.
const WARM_UP: Duration = Duration::from_millis(50);

/// What a run did between two instants of its steady state.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Measured {
    /// Messages that reached the end of the way; of one whose bytes were merely counted, the part that came.
    pub messages: f64,
    /// The receiving process's processor time.
    pub cpu_seconds: f64,
    /// Time on the clock.
    pub seconds: f64,
}

/// Measures one run. The first look begins the warm-up.
#[derive(Debug)]
pub struct Meter {
    length: Duration,
    warm_at: Option<Instant>,
    begin: Option<Mark>,
}

#[derive(Debug)]
struct Mark {
    messages: f64,
    cpu: Duration,
    at: Instant,
}

impl Meter {
    /// Measures for `length` after the warm-up.
    pub fn new(length: Duration) -> Self {
        Self {
            length,
            warm_at: None,
            begin: None,
        }
    }

    /// To be told from time to time how many messages there were so far; the result once the time is over.
    pub fn look(&mut self, messages: f64) -> Option<Measured> {
        let now = Instant::now();
        let warm_at = *self.warm_at.get_or_insert(now + WARM_UP);
        if now < warm_at {
            return None;
        }
        let begin = self.begin.get_or_insert_with(|| Mark {
            messages,
            cpu: cpu::process_time(),
            at: now,
        });
        let elapsed = now - begin.at;
        (elapsed >= self.length && messages > begin.messages).then(|| Measured {
            messages: messages - begin.messages,
            cpu_seconds: (cpu::process_time() - begin.cpu).as_secs_f64(),
            seconds: elapsed.as_secs_f64(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_comes_after_the_warm_up_is_measured() {
        let length = Duration::from_millis(20);
        let mut meter = Meter::new(length);
        let begin = Instant::now();
        assert_eq!(meter.look(7.0), None);
        std::thread::sleep(WARM_UP);
        // Begins the measurement.
        assert_eq!(meter.look(1000.0), None);
        std::thread::sleep(length);
        // Nothing has come since.
        assert_eq!(meter.look(1000.0), None);
        let measured = meter.look(1500.0).expect("it is over");
        assert_eq!(measured.messages, 500.0);
        assert!(measured.seconds >= length.as_secs_f64());
        assert!(measured.seconds <= (begin.elapsed() - WARM_UP).as_secs_f64());
        assert!(measured.cpu_seconds >= 0.0);
    }
}
